"""Methods that weight the source: their hook, its limit case, and what it sees."""

import dataclasses

import numpy as np
import pytest
from helpers import make_set

from cada_tf.methods import METHODS, make_config
from cada_tf.methods.kmm import Kmm
from cada_tf.protocol import kmm
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.domain_class import UNLABELLED
from cada_tf.protocol.kmm import KernelMeanMatching
from cada_tf.protocol.problem import Problem
from cada_tf.training.cells import train_cells
from cada_tf.training.importance import SMALLEST
from cada_tf.training.replica_data import make_replica_data

QUICK = make_config(max_epochs=4, hidden=(8,))
WEIGHTED = ("kmm", "ulsif", "svm-kmm", "svm-ulsif")


@pytest.fixture(scope="module")
def problem():
    source, target = make_set((120, 80), seed=1), make_set((40, 30), shift=0.7, seed=2)
    return Problem(source, target, ("negative", "positive"), seed=3, trials=2, folds=2)


def data_of(method, problem, splits, **options):
    config = make_config(QUICK, **options)
    return make_replica_data(Cell(method, None), problem, config, splits)


@pytest.mark.parametrize("method", WEIGHTED)
def test_the_source_is_weighted_and_nothing_unlabelled_is_drawn(problem, method):
    splits = [problem.split(0, fold) for fold in range(2)]
    one, other = data_of(method, problem, splits)
    assert len(one.categories) == len(one.weights) == 200
    assert UNLABELLED not in one.categories
    for data in (one, other):
        balance = METHODS[method].weights(data.categories, 2, QUICK)
        importance = data.weights / balance
        assert importance.mean() == pytest.approx(1, rel=0.01)
        assert importance.min() >= 0.99 * SMALLEST
        assert importance.std() > 0.05
    assert not np.array_equal(one.weights, other.weights)


@pytest.mark.parametrize("method", WEIGHTED)
def test_test_utterances_influence_no_weight_and_training_folds_do(problem, method):
    split = problem.split(0, 0)

    def weights(moved):
        features = problem.target.features.copy()
        features[moved, :9] += 0.5
        target = dataclasses.replace(problem.target, features=features)
        (data,) = data_of(method, dataclasses.replace(problem, target=target), [split])
        return data.weights

    np.testing.assert_array_equal(weights(split.test), weights([]))
    assert not np.array_equal(weights(split.train), weights([]))


def test_the_kernel_of_a_source_is_computed_once(problem, monkeypatch):
    splits = [problem.split(trial, fold) for trial in range(2) for fold in range(2)]
    made, build = [], KernelMeanMatching.__init__

    def counted(self, source, **options):
        made.append(len(source))
        build(self, source, **options)

    monkeypatch.setattr(kmm.KernelMeanMatching, "__init__", counted)
    together = data_of("kmm", problem, splits)
    assert made == [200]
    alone = [data_of("kmm", problem, [split])[0] for split in splits]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_array_equal(one.weights, other.weights)


def trained(problem, method):
    splits = [problem.split(0, fold) for fold in range(2)]
    ((_, fitted),) = train_cells(problem, QUICK, splits, [Cell(method, None)])
    return fitted


def test_weights_of_ones_are_the_supervised_network_to_the_last_bit(problem, monkeypatch):
    weighted = trained(problem, "kmm")
    monkeypatch.setattr(Kmm, "importance", lambda *_: lambda _: np.full(200, 3.0))
    # Random numbers are drawn by the method's name.
    monkeypatch.setitem(METHODS, "all-source", METHODS["kmm"])
    plain = trained(problem, "all-source")
    monkeypatch.undo()
    for one, other, own in zip(plain, trained(problem, "all-source"), weighted, strict=True):
        np.testing.assert_array_equal(one.test_logits, other.test_logits)
        assert not np.array_equal(own.test_logits, other.test_logits)


@pytest.mark.parametrize("method", WEIGHTED)
def test_each_is_trained(problem, method):
    for fitted in trained(problem, method):
        assert len(fitted.weights) == (0 if method.startswith("svm") else 4)
        assert np.isfinite(fitted.test_logits).all()
