"""What each replica is trained on, stopped on and tested on."""

import dataclasses
import functools

import numpy as np
import pytest
from helpers import make_set

from cada_tf.config import Batches, ClassBalance, Config, Scaling, StopSet
from cada_tf.methods import METHODS, Method, Target, make_cells, make_config
from cada_tf.protocol.batches import BatchStream
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.domain_class import UNLABELLED
from cada_tf.protocol.problem import Problem, unlabelled_set
from cada_tf.protocol.scaling import Scaler, corpus_extent
from cada_tf.training.cells import train_cells
from cada_tf.training.replica_data import make_replica_data

QUICK = make_config(max_epochs=3, fine_tune_steps=4, hidden=(8,), fada_epochs=2)


@pytest.fixture(scope="module")
def problem():
    source, target = make_set((120, 80), seed=1), make_set((40, 30), shift=0.7, seed=2)
    return Problem(source, target, ("negative", "positive"), seed=3, trials=2, folds=2)


def test_test_utterances_influence_nothing_unless_said(problem):
    """Other features in the test fold change nothing, but under transductive scaling."""
    split = problem.split(0, 0)
    moved = problem.target.features.copy()
    moved[split.test] += 5
    other = dataclasses.replace(problem, target=dataclasses.replace(problem.target, features=moved))
    for scaling in Scaling:
        config = Config(scaling=scaling)
        for cell in make_cells(METHODS, [24], 2, config):
            if METHODS[cell.method].target is Target.NONE and not METHODS[cell.method].unlabelled:
                continue
            pair = [make_replica_data(cell, p, config, [split])[0] for p in (problem, other)]
            seen = [(*d.x, d.categories, d.weights, *d.held_out) for d in pair]
            same = all(map(np.array_equal, *seen))
            assert same is not scaling.transductive, (cell, scaling)


DRAWING = [name for name, m in METHODS.items() if m.unlabelled and m.draws_unlabelled]
WEIGHTING = [name for name, m in METHODS.items() if m.unlabelled and not m.draws_unlabelled]
POOL = make_set((30, 20), shift=0.7, seed=4)


def test_what_each_method_is_trained_on(problem):
    config, split = Config(), problem.split(1, 1)
    for cell in make_cells(METHODS, [24], 2, config):
        method = METHODS[cell.method]
        if method.averages:  # trains nothing
            continue
        (data,) = make_replica_data(cell, problem, config, [split])
        few = {Target.NONE: 0, Target.EXAMPLES: 24, Target.ALL: 35}[method.target]
        size = 200 * method.source + few
        held = (20 * method.source + few // 20 * 2 + few % 2) * method.stops_early
        if cell.method in DRAWING:
            data = labelled_part(data, len(split.train) - few)
        assert len(data.categories) == sum(map(len, data.x)) == size
        assert len(data.held_out.y) == held
        assert len(data.x_test) == len(split.test)
        # Every method is given classes and domains.
        trains_on = [method.source, method.target is not Target.NONE]
        assert set(data.categories // 2) == set(np.flatnonzero(trains_on))
        # What is held out is not trained on, and all else is.
        drawn = data.stream(np.random.default_rng(0)).take(400)
        trained = np.concatenate(data.x)[np.unique(drawn)]
        assert len(trained) == size - held
        together = np.concatenate([trained, data.held_out.x])
        assert len(np.unique(together, axis=0)) == len(np.unique(np.concatenate(data.x), axis=0))
        # half + batches: equal shares of what categories there are
        if type(method).stream is Method.stream:
            groups = data.stream(np.random.default_rng(0)).groups
            assert [len(set(data.categories[group])) for group in groups] == [1] * len(groups)
            assert len(groups) == (4 if all(trains_on) else 2)


def labelled_part(data, unlabelled):
    """What is left of a replica's data without its unlabelled examples, the last ones."""
    n = len(data.categories) - unlabelled
    assert (data.categories[n:] == UNLABELLED).all()
    assert len(data.x) == 3
    assert len(data.x[2]) == unlabelled
    drawn = data.stream(np.random.default_rng(0))
    assert set(drawn.take(9)[:, 64:].ravel()) == {*range(n, n + unlabelled)}
    semi = data.stream
    stream = functools.partial(BatchStream, semi.args[0], semi.args[2])
    return dataclasses.replace(
        data, x=data.x[:2], categories=data.categories[:n], weights=data.weights[:n], stream=stream
    )


def pooled(problem, pool):
    """The problem, with a pool of unlabelled utterances or without, and its whole target."""
    if not pool:
        return problem, problem.target
    more = unlabelled_set("pool", POOL.features, POOL.speakers)
    return (found := dataclasses.replace(problem, pool=more)), found.whole_target


@pytest.mark.parametrize("pool", [False, True])
@pytest.mark.parametrize("class_balance", ClassBalance)
@pytest.mark.parametrize("batches", Batches)
def test_unlabelled_are_the_training_folds_without_the_few(problem, batches, class_balance, pool):
    """And the pool. With no labelled ones a mini-batch's labelled ones are the source's."""
    config, split = Config(batches=batches, class_balance=class_balance), problem.split(1, 1)
    problem, target = pooled(problem, pool)
    assert len(DRAWING) > 5
    for cell in make_cells(DRAWING, [0, 2, 24], 2, config):
        (data,) = make_replica_data(cell, problem, config, [split])
        few = problem.examples(split, (cell.examples or 0) // 2)
        rest = np.setdiff1d(split.train, few)
        rest = np.concatenate([rest, np.arange(len(problem.target), len(target))])
        xt = Scaler(config.scaling, problem.source, target).scale(
            [corpus_extent(problem.source, config.normalisation)], split.train
        ).target  # fmt: skip
        np.testing.assert_array_equal(data.x[1], xt[few])
        np.testing.assert_array_equal(data.x[2], xt[rest])
        np.testing.assert_array_equal(data.x_test, xt[split.test])
        assert not set(rest) & set(split.test)
        assert np.isfinite(data.weights).all()
        assert (data.weights[-len(rest) :] == 1).all()
        taken = data.stream(np.random.default_rng(0)).take(3)
        assert (data.categories[taken[:, :64]] >= 0).all()
        assert (data.categories[taken[:, 64:]] == UNLABELLED).all()
        if not cell.examples:
            assert data.categories[taken[:, :64]].max() == 1
            assert data.held_out.y.max(initial=0) <= 1


@pytest.mark.parametrize("scaling", [Scaling.SOURCE, *(s for s in Scaling if s.semi_supervised)])
@pytest.mark.parametrize("pool", [False, True])
@pytest.mark.parametrize("method", WEIGHTING)
def test_weights_are_given_the_training_folds_and_the_pool(
    problem, method, pool, scaling, monkeypatch
):
    """Nothing else, and none of it among the examples."""
    seen, config, split = [], Config(scaling=scaling), problem.split(1, 1)
    problem, target = pooled(problem, pool)
    estimate = type(METHODS[method]).importance

    def importance(self, source, config):
        weights = estimate(self, source, config)
        return lambda unlabelled: seen.append(unlabelled) or weights(unlabelled)

    monkeypatch.setattr(type(METHODS[method]), "importance", importance)
    (data,) = make_replica_data(Cell(method, None), problem, config, [split])
    rows = np.concatenate([split.train, np.arange(len(problem.target), len(target))])
    scaled = Scaler(scaling, problem.source, target).scale(
        [corpus_extent(problem.source, config.normalisation)], rows
    )
    (found,) = seen
    np.testing.assert_array_equal(found, scaled.target[rows])
    assert [len(block) for block in data.x] == [200, 0]


def test_a_warm_start_watches_no_example_that_its_start_was_trained_on(problem):
    split = [problem.split(1, 1)]
    (cold,) = make_replica_data(Cell("all-source", None), problem, Config(), split)
    (warm,) = make_replica_data(Cell("cada-warm", 24), problem, Config(), split)
    np.testing.assert_array_equal(warm.held_out.x[:20], cold.held_out.x)
    source_only = Config(stop_set=StopSet.SOURCE)
    (data,) = make_replica_data(Cell("cada", 24), problem, source_only, split)
    assert len(data.held_out.y) == 20
    assert data.held_out.y.max() == 1


def test_the_source_is_one_array_for_all_replicas(problem):
    splits = [problem.split(trial, fold) for trial in range(2) for fold in range(2)]
    for scaling in Scaling:
        config = Config(scaling=scaling)
        replicas = make_replica_data(Cell("cada", 24), problem, config, splits)
        shared = {id(replica.x[0]) for replica in replicas}
        assert len(shared) == (len(splits) if scaling is Scaling.TRAINING else 1), scaling


def test_what_was_fitted_knows_its_scale_and_the_examples_held_out(problem):
    """The source's, of the network that it starts from where it is not trained on the source."""
    splits = [problem.split(0, fold) for fold in range(2)]
    cells = [Cell(name, 24) for name in ("fine-tune", "cada", "fada", "label-target")]
    cells += [Cell("all-source", None)]
    fitted = dict(train_cells(problem, QUICK, splits, cells))
    held = {cell.method: networks[1].source_held_out for cell, networks in fitted.items()}
    for values, expected in zip(held["fine-tune"], held["all-source"], strict=True):
        np.testing.assert_array_equal(values, expected)
    counts = {method: len(held_out.y) for method, held_out in held.items()}
    assert counts == {"all-source": 20, "fine-tune": 20, "cada": 20, "fada": 0, "label-target": 0}
    for cell, networks in fitted.items():
        (factor, offset), test = networks[1].scale, problem.target.features[splits[1].test]
        x = (test * factor + offset).astype(np.float32)
        (data,) = make_replica_data(cell, problem, QUICK, splits[1:], networks[1:])
        np.testing.assert_array_equal(x, data.x_test)
        # In NumPy as in TensorFlow, but for the last bits.
        classes = networks[1].test_logits.argmax(-1) % 2
        assert np.mean(classes == networks[1].y_pred) > 0.9
        assert networks[1].held_out_logits.shape[:1] == networks[1].source_held_out.y.shape
