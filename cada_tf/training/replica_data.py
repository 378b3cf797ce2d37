"""What each replica of a stack trains on, stops on and is tested on, as arrays."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from cada_tf.config import Config, Scaling, Sources, StopSet
from cada_tf.methods.grid import per_class, sizes_of
from cada_tf.methods.method import Method, Stream, Target
from cada_tf.methods.registry import METHODS
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.domain_class import UNLABELLED, Domain, relabel
from cada_tf.protocol.keyed import keyed_rng
from cada_tf.protocol.problem import Problem, Split, hold_out
from cada_tf.protocol.scaling import Scaler, corpus_extent, extent
from cada_tf.training.fitted import Fitted, HeldOut
from cada_tf.training.importance import Importance


@dataclasses.dataclass(frozen=True)
class ReplicaData:
    """What one replica trains on, stops on and is tested on.

    Args:
        x: features in blocks ``[·, F]``, float32, n rows in all: of the source, of labelled target
            examples, and of unlabelled ones. A block that several replicas share, as the source
            is, is one array, which a stack holds once.
        categories: the domain-class category of each example, ``[n]``; all methods are given
            classes and domains by it (see ``protocol.domain_class``).
        weights: of the examples in the loss, ``[n]``, float32; see ``Method.weights`` and
            ``Method.importance``.
        stream: makes the mini-batches from the replica's random numbers, in the shape that the
            network trains on. What it never draws is not trained on.
        held_out: for early stopping, with categories; may be empty.
        x_test: features to classify after training, ``[t, F]``.
        key: names the replica's random numbers, after the seed.
        source_held_out: the source's examples, with their classes, that it or the network that it
            starts from has held out.
        scale: of the target's features; see ``scaling.Scaled``.
    """

    x: Sequence[np.ndarray]
    categories: np.ndarray
    weights: np.ndarray
    stream: Callable[[np.random.Generator], Stream]
    held_out: HeldOut
    x_test: np.ndarray
    key: tuple[int | str, ...]
    source_held_out: HeldOut | None = None
    scale: tuple[np.ndarray, np.ndarray] | None = None


def make_replica_data(
    cell: Cell,
    problem: Problem,
    config: Config,
    splits: Sequence[Split],
    start: Sequence[Fitted] | None = None,
) -> list[ReplicaData]:
    """The data of a stack, one replica per split.

    Args:
        cell, problem, config: what is trained, on what, and how.
        splits: of the target.
        start: the networks that the method starts from, one per split.
    """
    scaler = make_scaler(problem, config)
    importance, replicas = Importance(METHODS[cell.method], config), []
    for place, split in enumerate(splits):
        held_out = start[place].source_held_out if start else None
        replicas.append(replica_data(cell, problem, config, split, scaler, importance, held_out))
    return replicas


def replica_data(
    cell: Cell,
    problem: Problem,
    config: Config,
    split: Split,
    scaler: Scaler,
    importance: Importance,
    held_out: HeldOut | None = None,
) -> ReplicaData:
    """The data of one replica; ``held_out`` is the source's, of the network that it starts from."""
    method, classes = METHODS[cell.method], len(problem.classes)
    source, target = problem.source, problem.target
    rows = target_rows(cell, problem, config, split)
    enrolled = problem.enrolled(split)
    scaled = scaler.scale(fitted_on(cell, problem, config, rows), enrolled)
    # The array itself, not a view of it, so that a stack holds it once.
    x = [scaled.source if method.source else scaled.source[:0], scaled.target[rows]]
    own = slice(len(x[0]))
    labels = np.concatenate([source.labels[own], target.labels[rows]])
    sources = separate_sources(method, problem, config)
    from_source = source.corpus_ids[own] if sources > 1 else np.full(len(x[0]), Domain.SOURCE)
    domains = np.concatenate([from_source, np.full(len(rows), sources)])
    categories = relabel(labels, domains, classes)

    key = (cell.method, cell.examples or 0, split.trial, split.fold)
    share = config.held_out if method.stops_early else 0
    # What the network that it starts from held out of the source is held out again.
    drawn_by = (method.starts_from, 0, *key[2:]) if method.starts_from else key
    kept, held = hold_out(categories, share, keyed_rng(problem.seed, "held-out", *drawn_by))
    if config.stop_set is StopSet.SOURCE and method.source:
        held = held[domains[held] < sources]
        kept = np.setdiff1d(np.arange(len(labels)), held)
    held_out_categories = categories[held]
    if method.unlabelled:
        unlabelled = scaled.target[np.setdiff1d(enrolled, rows)]
    if method.unlabelled and method.draws_unlabelled:
        x.append(unlabelled)
        categories = np.concatenate([categories, np.full(len(unlabelled), UNLABELLED)])
    weights = np.ones(len(categories), np.float32)
    weights[kept] = method.weights(categories[kept], classes, config)
    if method.unlabelled:
        weights[own] *= importance.weights(x[0], unlabelled)
    if method.source or held_out is None:
        ours = held[domains[held] < sources]
        held_out = HeldOut(x[0][ours], labels[ours])
    return ReplicaData(
        x=x,
        categories=categories,
        weights=weights,
        stream=method.stream(categories, kept, classes, config, sizes_of(cell, problem, config)),
        held_out=HeldOut(take(x, held), held_out_categories),
        x_test=scaled.target[split.test],
        key=key,
        source_held_out=held_out,
        scale=scaled.scale,
    )


def make_scaler(problem: Problem, config: Config) -> Scaler:
    """The ``Scaler`` of a problem's corpora, the target's pool among them."""
    corpora = problem.source, problem.whole_target
    return Scaler(config.scaling, *corpora, problem.bound, config.normalisation)


def take(blocks: Sequence[np.ndarray], rows: np.ndarray) -> np.ndarray:
    """Rows ``[·]``, ascending, of all blocks together, without joining these: ``[·, F]``."""
    ends = np.cumsum([len(block) for block in blocks])
    parts = np.split(rows, np.searchsorted(rows, ends[:-1]))
    starts = (0, *ends[:-1])
    return np.concatenate([b[p - s] for b, p, s in zip(blocks, parts, starts, strict=True)])


def separate_sources(method: Method, problem: Problem, config: Config) -> int:
    """How many source domains a method tells apart."""
    separate = method.separates_sources and config.sources is Sources.APART
    return problem.source.n_corpora if separate else 1


def fitted_on(cell: Cell, problem: Problem, config: Config, rows: np.ndarray) -> list[np.ndarray]:
    """The features ``[·, F]`` that an inductive scaling of the target is fitted on.

    Args:
        cell, problem, config: as for ``make_replica_data``.
        rows: of ``target_rows``.
    """
    method, own = METHODS[cell.method], problem.target.features[rows]
    source = corpus_extent(problem.source, config.normalisation)
    if len(rows):
        own = extent(own, config.normalisation)  # each domain counts the same in a mean
    # A network that goes on from the source's stays on the scale that network was trained on.
    if method.starts_from:
        return [source]
    if not method.source:
        return [own]
    return [source, own] if config.scaling is Scaling.TRAINING else [source]


def target_rows(cell: Cell, problem: Problem, config: Config, split: Split) -> np.ndarray:
    """Positions of the target utterances that the cell's method trains on."""
    target = METHODS[cell.method].target
    if target is Target.NONE:
        return np.empty(0, int)
    if target is Target.ALL or cell.examples is None:
        return split.train
    return problem.examples(split, per_class(cell.examples, len(problem.classes), config))
