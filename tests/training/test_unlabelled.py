"""Training on unlabelled utterances: what it never sees, its limits, and any cut into stacks."""

import dataclasses
import functools
import itertools

import numpy as np
import pytest
from helpers import make_set
from hypothesis import given, settings
from hypothesis import strategies as st

from cada_tf.config import Batches, FoldsBy, Scaling, StopOn
from cada_tf.methods import METHODS, Target, make_config, sizes_of
from cada_tf.models import CADA
from cada_tf.protocol.batches import BatchStream
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.domain_class import UNLABELLED
from cada_tf.protocol.problem import Problem, Split, unlabelled_set
from cada_tf.training.cells import stack_for, train_cells
from cada_tf.training.replica_data import make_replica_data

RELATED = [name for name, method in METHODS.items() if method.related]
SEMI = [name for name in RELATED if METHODS[name].unlabelled]
"""Semi-supervised: they draw unlabelled utterances, weight by them, or adjust answers to them."""
NETWORKS = [name for name in RELATED if METHODS[name].network is not None]
WEIGHTED = [name for name in SEMI if not METHODS[name].draws_unlabelled]
"""Those that weight the source, whose limit case is in test_importance.py."""
ALONE = "mlp-labels"
"""It sees labelled target examples alone."""
LIMITED = [name for name in NETWORKS if name not in (*WEIGHTED, ALONE)]
QUICK = {"max_epochs": 2, "hidden": (8,), "batch_size": 16, "autoencoder_epochs": 2, "svm_c": 1}
INDUCTIVE = [scaling for scaling in Scaling if not scaling.transductive]
ENROLLED = [scaling for scaling in Scaling if scaling.semi_supervised]


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
    return Cell(method, examples if METHODS[method].target is Target.EXAMPLES else None)


@functools.cache
def trained(method: str, scaling: Scaling, examples: int):
    """What is trained for the first fold."""
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


def changed_target(base: Problem | None = None, /, **columns) -> Problem:
    """The problem with other columns of the target, and the same labelled examples."""
    base = base or problem()
    target = dataclasses.replace(base.target, **columns)
    values = {f.name: getattr(base, f.name) for f in dataclasses.fields(Problem)}
    return WithExamples(**values | {"target": target}, base=base)


def moved(rows, size=0.1, base: Problem | None = None) -> Problem:
    """The problem with other features of some target utterances."""
    features = problem().target.features.copy()
    features[rows] += size
    return changed_target(base, features=features)


def fewest(method: str) -> np.ndarray:
    """The labelled examples that a method has of the first fold, of two."""
    labelled = METHODS[method].target is Target.EXAMPLES
    return problem().examples(problem().split(0, 0), 1) if labelled else np.empty(0, int)


cases = st.tuples(
    st.sampled_from([*RELATED, "pooled"]), st.sampled_from(INDUCTIVE), st.sampled_from([2, 12])
)


def assert_no_test_utterance_is_seen(case, seed, size, fitted_on=problem, expected=trained):
    """Half of them are changed: features, labels and speakers. The others' answers stay."""
    rng, split = np.random.default_rng(seed), problem().split(0, 0)
    target = problem().target
    features, labels, speakers = (
        values.copy() for values in (target.features, target.labels, target.speakers)
    )
    places = rng.permutation(len(split.test))
    others = places[len(places) // 2 :]
    rows = split.test[places[: len(places) // 2]]
    features[rows] += size * rng.normal(size=features[rows].shape)
    labels[rows] = rng.integers(0, 2, len(rows))
    speakers[rows] = rng.permutation(speakers[rows])
    changed = changed_target(fitted_on(), features=features, labels=labels, speakers=speakers)
    one, other = fit(changed, *case), expected(*case)
    assert_same_network(one, other)
    np.testing.assert_array_equal(one.test_logits[others], other.test_logits[others])


@given(cases, st.integers(0, 999), st.sampled_from([1e-3, 1, 1e6]))
@settings(max_examples=40, deadline=None)
def test_no_test_utterance_is_seen(case, seed, size):
    """Whatever it is, not a bit of network, scale and answers to others changes."""
    assert_no_test_utterance_is_seen(case, seed, size)


@functools.cache
def with_pool() -> Problem:
    """The problem with utterances that are in no fold, of one of its speakers and of another."""
    more = make_set((30, 30), shift=0.9, seed=4, speakers=2)
    speakers = np.where(more.speakers == "s1", "another", more.speakers)
    pool = unlabelled_set("pool", more.features, speakers)
    return dataclasses.replace(problem(), pool=pool)


@functools.cache
def trained_with_pool(method: str, scaling: Scaling, examples: int):
    return fit(with_pool(), method, scaling, examples)


@pytest.mark.parametrize("scaling", [Scaling.SOURCE, Scaling.SPEAKER_ENROLLED])
@pytest.mark.parametrize("method", SEMI)
def test_no_test_utterance_is_seen_beside_a_pool(method, scaling):
    case = method, scaling, 2
    assert_no_test_utterance_is_seen(case, 0, 1, with_pool, trained_with_pool)


@pytest.mark.parametrize("method", SEMI)
def test_a_pool_is_used(method):
    case = method, Scaling.SOURCE, 2
    answers = [trained(*case).test_logits, trained_with_pool(*case).test_logits]
    pool = with_pool().pool
    other = dataclasses.replace(pool, features=pool.features + np.float32(0.1))
    answers.append(fit(dataclasses.replace(with_pool(), pool=other), *case).test_logits)
    for one, two in itertools.combinations(answers, 2):
        assert not np.array_equal(one, two)
    # So are the training folds beside it.
    unseen = np.setdiff1d(problem().split(0, 0).train, fewest(method))
    answer = fit(moved(unseen, base=with_pool()), *case).test_logits
    assert not np.array_equal(answer, answers[1])


@pytest.mark.parametrize("scaling", [Scaling.SOURCE, *ENROLLED])
@pytest.mark.parametrize("method", SEMI)
def test_folds_by_speaker_leave_those_who_are_tested_out_of_the_pool(method, scaling):
    """And of the pool nothing else: without them it is another problem with the same bits."""
    apart = dataclasses.replace(with_pool(), folds_by=FoldsBy.SPEAKER)
    folds = [apart.split(0, fold) for fold in range(2)]
    (split,) = (s for s in folds if "s0" in apart.target.speakers[s.test])
    kept = apart.pool.speakers != "s0"
    assert 0 < kept.sum() < len(kept)
    pool = unlabelled_set("pool", apart.pool.features[kept], apart.pool.speakers[kept])
    one, other = (
        fit_split(changed, split, method, scaling)
        for changed in (apart, dataclasses.replace(apart, pool=pool))
    )
    assert_same_network(one, other)
    np.testing.assert_array_equal(one.test_logits, other.test_logits)


def fit_split(changed: Problem, split: Split, method: str, scaling: Scaling):
    config = make_config(scaling=scaling, **QUICK)
    ((_, (fitted,)),) = train_cells(changed, config, [split], [cell_of(method, 2)])
    return fitted


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
    rows = np.setdiff1d(problem().split(0, 0).train, fewest(method))
    case = method, Scaling.SOURCE, 2
    assert not np.array_equal(fit(moved(rows), *case).test_logits, trained(*case).test_logits)


@pytest.mark.parametrize("scaling", ENROLLED)
def test_enrolled_scalings_use_features_of_unlabelled_utterances(scaling):
    features = problem().target.features.copy()
    features[np.setdiff1d(problem().split(0, 0).train, fewest("pooled"))] *= 1.5
    fitted = fit(changed_target(features=features), "pooled", scaling, 2)
    assert not np.array_equal(fitted.weights[0], trained("pooled", scaling, 2).weights[0])


def limit_of(method: str) -> dict[str, float]:
    """The options under which what a method adds is nothing."""
    names = [f.name for f in dataclasses.fields(METHODS[method].options)]
    endings = ("_weight", "_decay", "_epochs")  # a teacher without memory is the student
    return {name: 0 for name in names if name.endswith(endings)}


def test_each_network_has_its_limit_case():
    assert all(limit_of(name) for name in LIMITED)
    others = (name for name in RELATED if name not in NETWORKS)
    assert set(RELATED) == {*LIMITED, *WEIGHTED, ALONE, *others}


def test_a_fixed_number_of_steps_is_label_target_without_early_stopping(monkeypatch):
    """To the bit, where an epoch is a mini-batch; given random numbers of the same key."""
    monkeypatch.setattr("cada_tf.methods.method.FEWEST_STEPS", 1)
    config = make_config(hidden=(8,), max_epochs=7, mlp_labels_steps=7, held_out=0)
    splits = [problem().split(0, fold) for fold in range(2)]
    data = make_replica_data(Cell(ALONE, 24), problem(), config, splits)
    found = []
    for name in (ALONE, "label-target"):
        stack = stack_for(METHODS[name], config, 2, 62, len(data))
        phases = METHODS[name].phases(config, sizes_of(Cell(name, 24), problem(), config))
        found.append(stack.fit(data, seed=1, phases=phases, config=config))
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one.weights[0], other.weights[0])
        np.testing.assert_array_equal(one.y_pred, other.y_pred)


@pytest.mark.parametrize("method", LIMITED)
def test_weight_0_is_the_supervised_network(method):
    """To the bit, by the programs' way of training: with noise, early stopping and class weights.

    Pooled, or CADA: given the same labelled examples, and random numbers of the same key.
    """
    base = "cada" if issubclass(METHODS[method].network_class, CADA) else "pooled"
    zero = limit_of(method)
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
    stops = METHODS[method].network is not None and METHODS[method].stops_early
    if batch_size == 5 and stops:
        assert len({one.epoch for one in whole}) > 1, "all stopped at once: no replica left"
    for cut in ([0, 1, 2, 3, 4], [0, 3, 4]):
        parts = [trained_on(splits[a:b], method, config) for a, b in itertools.pairwise(cut)]
        for one, other in zip(whole, itertools.chain(*parts), strict=True):
            assert one.epoch == other.epoch
            np.testing.assert_array_equal(one.test_logits, other.test_logits)
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
        cell = cell_of(method, examples)
        ((_, (fitted,)),) = train_cells(problem(), config, [problem().split(0, 0)], [cell])
        assert np.isfinite(fitted.test_logits).all()
        for values in (*fitted.weights, *in_phases(fitted.history, cell, config)):
            assert np.isfinite(values).all()


def in_phases(history, cell, config, trained_on=None):
    """The losses of each phase that computes them; others have NaN in all of its epochs."""
    phases = METHODS[cell.method].phases(config, sizes_of(cell, trained_on or problem(), config))
    ends = np.cumsum([phase.epochs for phase in phases])
    parts = [part for values in history.values() for part in np.split(values, ends[:-1])]
    assert not history or all(len(values) == ends[-1] for values in history.values())
    return [part for part in parts if not np.isnan(part).all()]


@pytest.mark.parametrize("method", SEMI)
def test_where_all_is_labelled_nothing_else_is_needed(method):
    """In a single fold of three, too: the pool is of a speaker whom it tests."""
    target, more = make_set((9, 9), shift=0.7, seed=2, speakers=3), make_set((15, 15), seed=4)
    pool = unlabelled_set("pool", more.features, np.full(len(more), "s0"))
    changes = {"target": target, "folds": 3, "folds_by": FoldsBy.SPEAKER, "pool": pool}
    apart = dataclasses.replace(problem(), **changes)
    config = make_config(scaling=Scaling.SPEAKER_ENROLLED, **QUICK)
    splits, cell = [apart.split(0, fold) for fold in range(3)], Cell(method, None)
    assert sorted(len(apart.enrolled(split)) for split in splits) == [12, 42, 42]
    ((_, together),) = train_cells(apart, config, splits, [cell])
    for split, one in zip(splits, together, strict=True):
        assert np.isfinite(one.test_logits).all()
        for values in (*one.weights, *in_phases(one.history, cell, config, apart)):
            assert np.isfinite(values).all()
        ((_, (alone,)),) = train_cells(apart, config, [split], [cell])
        assert_same_network(one, alone)
        np.testing.assert_array_equal(one.test_logits, alone.test_logits)
