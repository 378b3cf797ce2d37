"""The simulation of labels that a strategy chooses: its halves, its pairing, and what it hides."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cada_tf.adaptation.label_growth import HalvedProblem, draw_half, grow, more_labels, train
from cada_tf.adaptation.strategy import Strategy
from cada_tf.config import Scaling
from cada_tf.methods import make_config
from cada_tf.protocol.problem import Split

QUICK = {"max_epochs": 2, "hidden": (8,)}


def test_halves_are_stratified_and_the_first_labels_are_of_every_class(small_problem):
    labels = small_problem.target.labels
    halves = [draw_half(small_problem, draw, 4) for draw in range(30)]
    for half in halves:
        both = np.concatenate([half.pool, half.test])
        assert sorted(both) == list(range(70))
        assert list(np.bincount(labels[half.test])) == [20, 15]
        assert set(half.start) <= set(half.pool)
        assert len(half.start) == 4
        assert set(labels[half.start]) == {0, 1}
    assert len({half.start.tobytes() for half in halves}) == 30
    # Beyond the one of each class they are drawn as they come.
    assert {int(labels[half.start].sum()) for half in halves} == {1, 2, 3}


def test_strategies_start_from_the_same_labels_and_draws_do_not_depend_on_their_neighbours(
    small_problem,
):
    config = make_config(**QUICK)
    strategies = [Strategy.RANDOM, Strategy.DIVERSITY, Strategy.UNCERTAINTY]
    rows = pd.DataFrame(grow(small_problem, config, "cada", strategies, [4, 6, 9], [0, 1]))
    assert len(rows) == 2 * 3 * 3
    assert (rows["of_class_0"] + rows["of_class_1"] == rows["labels"]).all()
    assert rows["ua"].between(0, 1).all()
    first = rows[rows["labels"] == 4].groupby("draw")
    assert (first["ua"].nunique() == 1).all()
    assert rows[rows["labels"] == 9].groupby("draw")["ua"].nunique().max() > 1
    alone = grow(small_problem, config, "cada", [Strategy.UNCERTAINTY], [4, 6, 9], [1])
    same = rows[(rows["draw"] == 1) & (rows["strategy"] == "uncertainty")]
    pd.testing.assert_frame_equal(same.reset_index(drop=True), pd.DataFrame(alone))


@pytest.mark.parametrize("scaling", [Scaling.SOURCE, Scaling.SPEAKER_ENROLLED])
def test_what_is_tested_changes_neither_network_nor_suggestions(small_problem, scaling):
    config = make_config(scaling=scaling, **QUICK)
    half = draw_half(small_problem, 0, 4)
    other = small_problem.target.features.copy()
    other[half.test] = 1000 * np.random.default_rng(0).normal(size=other[half.test].shape)
    found = []
    for features in (small_problem.target.features, other):
        target = dataclasses.replace(small_problem.target, features=features)
        fields = vars(small_problem) | {"target": target, "pools": {0: half.pool}}
        problem, split = HalvedProblem(**fields), Split(0, 0, half.start, half.test)
        for strategy in (Strategy.ALL, Strategy.UNCERTAINTY):
            (network,) = train(problem, config, "cada", {(0, strategy): split}).values()
            found.append(
                (network.weights, more_labels(problem, config, split, network, strategy, 9))
            )
    for before, after in zip(found[:2], found[2:], strict=True):
        for ours, theirs in zip(before[0], after[0], strict=True):
            np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_array_equal(before[1], after[1])
        assert set(before[1]) <= set(half.pool)
        assert set(half.start) <= set(before[1])
        assert len(before[1]) == 9


def test_a_method_without_labels_is_given_the_pool_alone(small_problem):
    """What ``cada-semi`` is trained on besides the labels: the pool, and nothing of the test."""
    half = draw_half(small_problem, 0, 4)
    problem = HalvedProblem(**vars(small_problem), pools={0: half.pool})
    split = Split(0, 0, half.start, half.test)
    assert set(problem.enrolled(split)) == set(half.pool)
    rows = grow(small_problem, make_config(**QUICK), "cada-semi", [Strategy.RANDOM], [4, 6], [0])
    assert [row["labels"] for row in rows] == [4, 6]
