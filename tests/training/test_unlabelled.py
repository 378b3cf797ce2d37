"""Training on unlabelled utterances: what it never sees, its limits, and any cut into stacks."""

import dataclasses
import functools
import itertools

import numpy as np
import pytest
from helpers import make_set
from hypothesis import given, settings
from hypothesis import strategies as st

from cada_tf.config import Batches, Scaling, StopOn
from cada_tf.methods import METHODS, make_config, sizes_of
from cada_tf.protocol.batches import BatchStream
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.domain_class import UNLABELLED
from cada_tf.protocol.problem import Problem, Split
from cada_tf.training.cells import stack_for, train_cells
from cada_tf.training.replica_data import make_replica_data

RELATED = [name for name, method in METHODS.items() if method.related]
SEMI = [name for name in RELATED if METHODS[name].unlabelled]
QUICK = {"max_epochs": 2, "hidden": (8,), "batch_size": 16}
INDUCTIVE = [scaling for scaling in Scaling if not scaling.transductive]


@dataclasses.dataclass(frozen=True)
class WithExamples(Problem):
    """A problem whose labelled examples are those of another one."""

    base: Problem | None = None

    def examples(self, split: Split, per_class: int) -> np.ndarray:
        return self.base.examples(split, per_class)


@functools.cache
def problem() -> Problem:
    source = make_set((60, 40), seed=1)
    target = make_set((40, 30), shift=0.7, seed=2, speakers=3)
    return Problem(source, target, ("negative", "positive"), seed=3, trials=2, folds=2)


def cell_of(method: str, examples: int) -> Cell:
    return Cell(method, None if method == "cada-unlabelled" else examples)


@functools.cache
def trained(method: str, scaling: Scaling, examples: int):
    """The network of the first fold."""
    return fit(problem(), method, scaling, examples)


def fit(changed: Problem, method: str, scaling: Scaling, examples: int):
    config = make_config(scaling=scaling, **QUICK)
    cells = [cell_of(method, examples)]
    ((_, (fitted,)),) = train_cells(changed, config, [problem().split(0, 0)], cells)
    return fitted


def assert_same_network(one, other):
    assert one.epoch == other.epoch
    for values, expected in zip(one.weights, other.weights, strict=True):
        assert np.isfinite(values).all()
        np.testing.assert_array_equal(values, expected)
    assert (one.scale is None) is (other.scale is None)
    for values, expected in zip(one.scale or (), other.scale or (), strict=True):
        np.testing.assert_array_equal(values, expected)
    assert one.history.keys() == other.history.keys()
    for name, values in one.history.items():
        np.testing.assert_array_equal(values, other.history[name])


def changed_target(**columns) -> Problem:
    """The problem with other columns of the target, and the same labelled examples."""
    target = dataclasses.replace(problem().target, **columns)
    values = {f.name: getattr(problem(), f.name) for f in dataclasses.fields(Problem)}
    return WithExamples(**values | {"target": target}, base=problem())


cases = st.tuples(
    st.sampled_from([*RELATED, "pooled"]), st.sampled_from(INDUCTIVE), st.sampled_from([2, 12])
)


@given(cases, st.integers(0, 999), st.sampled_from([1e-3, 1, 1e6]))
@settings(max_examples=40, deadline=None)
def test_no_test_utterance_is_seen(case, seed, size):
    """Whatever its features, its label and its speaker, not a bit of network and scale changes."""
    rng, split = np.random.default_rng(seed), problem().split(0, 0)
    target = problem().target
    features, labels, speakers = (
        values.copy() for values in (target.features, target.labels, target.speakers)
    )
    features[split.test] += size * rng.normal(size=features[split.test].shape)
    labels[split.test] = rng.integers(0, 2, len(split.test))
    speakers[split.test] = rng.permutation(speakers[split.test])
    changed = changed_target(features=features, labels=labels, speakers=speakers)
    assert_same_network(fit(changed, *case), trained(*case))


@given(cases, st.integers(0, 999))
@settings(max_examples=40, deadline=None)
def test_labels_of_unlabelled_utterances_are_no_matter(case, seed):
    rng, split = np.random.default_rng(seed), problem().split(0, 0)
    few = problem().examples(split, case[2] // 2)
    others = np.setdiff1d(np.arange(len(problem().target)), few)
    labels = problem().target.labels.copy()
    labels[others] = rng.permutation(labels[others])
    fitted = fit(changed_target(labels=labels), *case)
    assert_same_network(fitted, trained(*case))
    np.testing.assert_array_equal(fitted.y_pred, trained(*case).y_pred)


@pytest.mark.parametrize("method", SEMI)
def test_features_of_unlabelled_utterances_matter(method):
    """As a check of the tests above: they would see it."""
    few = problem().examples(problem().split(0, 0), 1)
    features = problem().target.features.copy()
    features[np.setdiff1d(problem().split(0, 0).train, few)] += 0.1
    fitted = fit(changed_target(features=features), method, Scaling.SOURCE, 2)
    base = trained(method, Scaling.SOURCE, 2)
    assert not np.array_equal(fitted.weights[0], base.weights[0])


@pytest.mark.parametrize("scaling", [s for s in Scaling if s.semi_supervised])
def test_enrolled_scalings_use_features_of_unlabelled_utterances(scaling):
    few = problem().examples(problem().split(0, 0), 1)
    features = problem().target.features.copy()
    features[np.setdiff1d(problem().split(0, 0).train, few)] *= 1.5
    fitted = fit(changed_target(features=features), "pooled", scaling, 2)
    assert not np.array_equal(fitted.weights[0], trained("pooled", scaling, 2).weights[0])


def option_of(method: str, ending: str) -> str:
    """The name of an option of a method, ``…_weight`` for instance."""
    names = [f.name for f in dataclasses.fields(METHODS[method].options)]
    (found,) = (name for name in names if name.endswith(ending))
    return found


@pytest.mark.parametrize("method", RELATED)
def test_weight_0_is_the_supervised_network(method):
    """To the bit, by the programs' way of training: with noise, early stopping and class weights.

    Pooled, or CADA: given the same labelled examples, and random numbers of the same key.
    """
    base = "cada" if method.startswith("cada") else "pooled"
    zero = {option_of(method, "_weight"): 0.0}
    if method == "mean-teacher":
        zero["mean_teacher_decay"] = 0.0  # a teacher without memory is the student
    common = {"max_epochs": 6, "hidden": (8,), "patience": 2, "class_balance": "weights"}
    config = make_config(**common, **zero, stop_on=StopOn.LOSS)
    cell, splits = cell_of(method, 12), [problem().split(0, fold) for fold in range(2)]
    replicas = make_replica_data(cell, problem(), config, splits)
    plain = [without_unlabelled(replica) for replica in replicas]
    found = []
    for name, data in ((method, replicas), (base, plain)):
        stack = stack_for(METHODS[name], config, 2, 62, len(data))
        phases = METHODS[name].phases(config, sizes_of(cell, problem(), config))
        found.append(stack.fit(data, seed=1, phases=phases, config=config))
    for one, other in zip(*found, strict=True):
        history = {name: values for name, values in one.history.items() if name in other.history}
        assert_same_network(dataclasses.replace(one, history=history), other)
        np.testing.assert_array_equal(one.y_pred, other.y_pred)


def without_unlabelled(data):
    labelled = data.categories != UNLABELLED
    if labelled.all():
        return data
    groups, _, batch_size = data.stream.args
    return dataclasses.replace(
        data,
        x=data.x[:2],
        categories=data.categories[labelled],
        weights=data.weights[labelled],
        stream=functools.partial(BatchStream, groups, batch_size),
    )


@pytest.mark.parametrize(("batch_size", "hidden"), [(64, (16,)), (5, (7, 5))])
@pytest.mark.parametrize("method", RELATED)
def test_any_cut_into_stacks_gives_the_same_bits(method, batch_size, hidden):
    """With replicas that leave early, and numbers of exponentials that are no multiple of 8."""
    config = make_config(
        **{"batch_size": batch_size, "hidden": hidden, "max_epochs": 12, "patience": 1},
        **{"stop_on": StopOn.LOSS, "learning_rate": 0.03, "input_noise": 0.1},
    )
    splits = [problem().split(trial, fold) for trial in range(2) for fold in range(2)]
    whole = trained_on(splits, method, config)
    if batch_size == 5:
        assert len({one.epoch for one in whole}) > 1, "all stopped at once: no replica left"
    for cut in ([0, 1, 2, 3, 4], [0, 3, 4]):
        parts = [trained_on(splits[a:b], method, config) for a, b in itertools.pairwise(cut)]
        for one, other in zip(whole, itertools.chain(*parts), strict=True):
            assert one.epoch == other.epoch
            np.testing.assert_array_equal(one.y_pred, other.y_pred)
            for values, expected in zip(one.weights, other.weights, strict=True):
                np.testing.assert_array_equal(values, expected)


def trained_on(splits, method, config):
    ((_, fitted),) = train_cells(problem(), config, splits, [cell_of(method, 12)])
    return fitted


@pytest.mark.parametrize("batches", Batches)
@pytest.mark.parametrize("method", RELATED)
def test_small_mini_batches_leave_finite_weights(method, batches):
    """Also where one holds no target example, or a single one of a domain."""
    config = make_config(
        **{"batches": batches, "class_balance": "none", "batch_size": 1, "hidden": (4,)},
        **{"max_epochs": 1, "stop_on": StopOn.NONE},
    )
    for examples in (0, 2) if METHODS[method].fewest_per_class == 0 else (2,):
        cells = [cell_of(method, examples)]
        ((_, (fitted,)),) = train_cells(problem(), config, [problem().split(0, 0)], cells)
        for values in (*fitted.weights, *fitted.history.values()):
            assert np.isfinite(values).all()
