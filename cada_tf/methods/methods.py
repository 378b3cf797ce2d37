"""The systems of Section 4.2: what each is trained on, and how."""

import dataclasses
import enum
import functools
from collections.abc import Iterator, Sequence

import numpy as np

from cada_tf.config import (
    AdamState,
    ClassBalance,
    ExamplesAre,
    FineTuneLayers,
    Readings,
    Scaling,
    Sources,
    StopSet,
)
from cada_tf.models import CADA, FADA, MLP
from cada_tf.protocol.batches import BatchStream, balanced_weights, batch_groups
from cada_tf.protocol.domain_class import Domain, relabel
from cada_tf.protocol.pairs import Group, PairStream
from cada_tf.protocol.problem import Problem, Split, hold_out, keyed_rng
from cada_tf.protocol.scaling import scale
from cada_tf.training.replica_data import Task
from cada_tf.training.stack import Fitted, Phase, Stack, make_stack


class Target(enum.Enum):
    """Which target utterances a method trains on."""

    NONE = "none"
    EXAMPLES = "the few labelled examples"
    ALL = "all training folds"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Method:
    """A system of the paper, or one to compare it with.

    Args:
        model: its network.
        source: whether it trains on the source.
        target: which target utterances it trains on.
        starts_from: the method whose trained networks it goes on from.
        adversarial: False for CADA without its second stage, Eq. (3).
        fewest_per_class: with fewer labelled examples of a class it is not run.
    """

    model: type[MLP] = MLP
    source: bool = False
    target: Target = Target.NONE
    starts_from: str | None = None
    adversarial: bool = True
    fewest_per_class: int = 1

    @property
    def stops_early(self) -> bool:
        """Whether it holds examples out; else it trains for a fixed number of steps."""
        return self.starts_from is None or self.model is CADA


METHODS = {
    "all-source": Method(source=True),
    "fine-tune": Method(target=Target.EXAMPLES, starts_from="all-source"),
    # Not in the paper: what CADA is without the domain in its labels, and without Eq. (3).
    "pooled": Method(source=True, target=Target.EXAMPLES),
    "cada-eq2": Method(model=CADA, source=True, target=Target.EXAMPLES, adversarial=False),
    "fada": Method(model=FADA, source=True, target=Target.EXAMPLES, starts_from="all-source"),
    "cada": Method(model=CADA, source=True, target=Target.EXAMPLES),
    # Not in the paper, whose Algorithm 1 starts from random weights.
    "cada-warm": Method(model=CADA, source=True, target=Target.EXAMPLES, starts_from="all-source"),
    # "only introduced when there are over 10 examples per class in the target domain"
    "label-target": Method(target=Target.EXAMPLES, fewest_per_class=11),
    "all-target": Method(target=Target.ALL),
}


@dataclasses.dataclass(frozen=True)
class Cell:
    """A cell of the results: a method and a number of examples.

    The number is None where a method takes none, and where it takes all of the training folds.
    """

    method: str
    examples: int | None

    @property
    def name(self) -> str:
        """What its files are called."""
        return self.method if self.examples is None else f"{self.method}-{self.examples}"


def make_cells(
    methods: Sequence[str], sizes: Sequence[int], classes: int, readings: Readings
) -> list[Cell]:
    """The cells of a grid, without those that have too few examples for their method."""
    cells = []
    for name in methods:
        method = METHODS[name]
        if method.target is not Target.EXAMPLES:
            cells.append(Cell(name, None))
            continue
        enough = [n for n in sizes if per_class(n, classes, readings) >= method.fewest_per_class]
        cells.extend(Cell(name, size) for size in enough)
    return cells


def per_class(examples: int, classes: int, readings: Readings) -> int:
    """How many examples of each class a number of examples means."""
    return examples if readings.examples_are is ExamplesAre.PER_CLASS else examples // classes


def run_cells(
    problem: Problem, readings: Readings, splits: Sequence[Split], cells: Sequence[Cell]
) -> Iterator[tuple[Cell, list[Fitted]]]:
    """Trains a stack, one replica a split, for each cell.

    Networks that several cells start from are trained once.
    """
    trained: dict[Cell, list[Fitted]] = {}

    def fitted(cell: Cell) -> list[Fitted]:
        if cell not in trained:
            base = METHODS[cell.method].starts_from
            trained[cell] = train(
                cell, problem, readings, splits, base and fitted(Cell(base, None))
            )
        return trained[cell]

    for cell in cells:
        yield cell, fitted(cell)


def train(
    cell: Cell,
    problem: Problem,
    readings: Readings,
    splits: Sequence[Split],
    start: list[Fitted] | None = None,
) -> list[Fitted]:
    """Trains one stack for a cell, a replica a split, from ``start`` if that is given."""
    tasks = [make_task(cell, problem, readings, split) for split in splits]
    method, features = METHODS[cell.method], problem.source.features.shape[1]
    stack = stack_for(
        method,
        readings,
        len(problem.classes),
        features,
        len(tasks),
        sources=sources_apart(method, problem, readings),
    )
    return stack.fit(
        tasks,
        seed=problem.seed,
        phases=make_phases(cell, problem, readings),
        readings=readings,
        initial=start and [replica.weights for replica in start],
    )


def stack_for(
    method: Method,
    readings: Readings,
    classes: int,
    features: int,
    replicas: int,
    sources: int = 1,
) -> Stack:
    """The networks of a method; which of their layers are trained, and at what rate."""
    tuned = method.starts_from is not None and method.model is MLP
    options = {
        "classes": classes,
        "hidden": readings.hidden,
        "input_noise": readings.input_noise,
    }
    rates = (readings.fine_tune_rate if tuned else readings.learning_rate,)
    if method.model is FADA:
        options["discriminator_hidden"] = readings.fada_discriminator
        options["gamma"] = readings.fada_gamma
        options["refreshes"] = readings.fada_refreshes
        rates *= 2
    if method.model is CADA:
        options["adversarial_steps"] = readings.adversarial_steps if method.adversarial else 0
        options["shared_optimizer"] = readings.adam_state is AdamState.SHARED
        options["sources"] = sources
        if readings.adam_state is AdamState.SEPARATE:
            rates += (readings.adversarial_rate,)
    all_layers = not tuned or readings.fine_tune_layers is FineTuneLayers.ALL
    return make_stack(method.model, features, replicas, rates, all_layers, **options)


def make_phases(cell: Cell, problem: Problem, readings: Readings) -> list[Phase]:
    """How long a cell's networks are trained, on what a network they start from has had."""
    method = METHODS[cell.method]
    if method.model is FADA:
        steps, _ = fada_batches(cell, problem, readings)
        return [
            Phase("discriminate", steps, readings.fada_discriminator_epochs),
            Phase("update", steps, readings.fada_epochs),
        ]
    if not method.stops_early:
        return [Phase("update", readings.fine_tune_steps, 1)]
    return [Phase("update", steps_per_epoch(cell, problem, readings), readings.max_epochs)]


def make_task(cell: Cell, problem: Problem, readings: Readings, split: Split) -> Task:
    """What one replica trains on, holds out for early stopping, and is tested on."""
    method, classes = METHODS[cell.method], len(problem.classes)
    source, target = problem.source, problem.target
    rows = target_rows(cell, problem, readings, split)
    xs, xt = scale(readings.scaling, source, target, scaled_by(cell, problem, readings, rows))
    own = slice(None) if method.source else slice(0)
    x = xs[own], xt[rows]
    labels = np.concatenate([source.labels[own], target.labels[rows]])
    sources = sources_apart(method, problem, readings)
    domains = np.concatenate(
        [
            source.parts[own] if sources > 1 else np.full(len(xs[own]), Domain.SOURCE),
            np.full(len(rows), sources),
        ]
    )
    categories = relabel(labels, domains, classes)
    y = categories if method.model is CADA else labels

    key = (cell.method, cell.examples or 0, split.trial, split.fold)
    share = readings.held_out if method.stops_early else 0
    # What the network that it starts from held out of the source is held out again.
    drawn_by = (method.starts_from, 0, *key[2:]) if method.starts_from else key
    kept, held = hold_out(categories, share, keyed_rng(problem.seed, "held-out", *drawn_by))
    if readings.stop_set is StopSet.SOURCE and method.source:
        held = held[domains[held] < sources]
        kept = np.setdiff1d(np.arange(len(y)), held)
    balance = readings.class_balance
    weights = np.ones(len(y), np.float32)
    if balance is ClassBalance.WEIGHTS:
        weights[kept] = balanced_weights(labels[kept])
    if method.model is FADA:
        _, quadruples = fada_batches(cell, problem, readings)
        stream = functools.partial(PairStream, categories, classes, quadruples, balance=balance)
    else:
        groups = batch_groups(categories[kept], classes, readings.batches, balance)
        stream = functools.partial(
            BatchStream, [kept[group] for group in groups], readings.batch_size
        )
    return Task(
        x=x,
        y=y,
        stream=stream,
        weights=weights,
        x_held=np.concatenate(x)[held],
        y_held=y[held],
        x_test=xt[split.test],
        key=key,
    )


def sources_apart(method: Method, problem: Problem, readings: Readings) -> int:
    """How many source domains a method tells apart."""
    apart = method.model is CADA and readings.sources is Sources.APART
    return problem.source.corpora if apart else 1


def scaled_by(
    cell: Cell, problem: Problem, readings: Readings, rows: np.ndarray
) -> list[np.ndarray]:
    """The features ``[·, F]`` that an inductive scaling of the target is fitted on.

    Args:
        cell, problem, readings: as for ``make_task``.
        rows: of ``target_rows``.
    """
    method, own = METHODS[cell.method], problem.target.features[rows]
    # A network that goes on from the source's stays on the scale that network was trained on.
    if method.starts_from:
        return [problem.source.span]
    if not method.source:
        return [own]
    joint = readings.scaling is Scaling.TRAINING
    return [problem.source.span, own] if joint else [problem.source.span]


def target_rows(cell: Cell, problem: Problem, readings: Readings, split: Split) -> np.ndarray:
    """Positions of the target utterances that the cell's method trains on."""
    target = METHODS[cell.method].target
    if target is Target.NONE:
        return np.empty(0, int)
    if target is Target.ALL or cell.examples is None:
        return split.train
    return problem.examples(split, per_class(cell.examples, len(problem.classes), readings))


def steps_per_epoch(cell: Cell, problem: Problem, readings: Readings) -> int:
    """Mini-batches in an epoch: the size of the training set over that of a mini-batch.

    The same for all splits (folds may differ by an utterance), so that they fit a stack.
    """
    method = METHODS[cell.method]
    count = len(problem.source) if method.source else 0
    if method.target is not Target.NONE:
        count += all_examples(cell, problem, readings)
    return -(-count // readings.batch_size)


def fada_batches(cell: Cell, problem: Problem, readings: Readings) -> tuple[int, int]:
    """FADA's mini-batches in an epoch, and the pairs of each group in one of them.

    They are the fewest that hold at most ``batch_size`` pairs of all four groups.
    """
    pairs = readings.fada_pairs or all_examples(cell, problem, readings)
    steps = -(-len(Group) * pairs // readings.batch_size)
    return steps, -(-pairs // steps)


def all_examples(cell: Cell, problem: Problem, readings: Readings) -> int:
    """The labelled target examples of a cell, all classes together."""
    if cell.examples is None:
        return problem.training_size
    classes = len(problem.classes)
    return classes * per_class(cell.examples, classes, readings)
