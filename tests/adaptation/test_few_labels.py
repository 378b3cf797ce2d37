"""Draws of few labels from a corpus whose labels are known."""

import dataclasses
import itertools

import numpy as np
import pytest
from helpers import make_functionals, make_random_recogniser, make_set

from cada_tf.adaptation.few_labels import Unlabelled, draw_labels, few_label_problem, true_ua
from cada_tf.protocol.domain_class import UNLABELLED
from cada_tf.protocol.problem import LabelledSet, Problem
from cada_tf.protocol.scaling import MIN_ENROLLED

WHOLE = Problem(make_set((20, 20), seed=1), make_set((40, 30), 0.7, seed=2), ("a", "b"), seed=5)
EVERYONE = np.arange(70)


@pytest.mark.parametrize("unlabelled", Unlabelled)
def test_who_is_labelled_who_is_not_and_who_is_tested(unlabelled):
    drawn = draw_labels(WHOLE, 12, 3, unlabelled)
    rest = np.setdiff1d(EVERYONE, drawn.labelled)
    assert np.bincount(WHOLE.target.labels[drawn.labelled]).tolist() == [6, 6]
    if unlabelled is Unlabelled.NONE:
        assert not len(drawn.pool)
        np.testing.assert_array_equal(drawn.tested, rest)
    elif unlabelled is Unlabelled.REST:
        np.testing.assert_array_equal(drawn.pool, rest)
        np.testing.assert_array_equal(drawn.tested, rest)
    else:
        assert len(drawn.pool) == len(drawn.tested) == 29
        np.testing.assert_array_equal(np.union1d(drawn.pool, drawn.tested), rest)
        other = draw_labels(WHOLE, 12, 4, unlabelled)
        assert set(other.pool) != set(drawn.pool)


def test_fewer_labels_are_among_more_and_draws_differ():
    sizes = [set(draw_labels(WHOLE, size, 0).labelled) for size in (10, 12, 22, 40)]
    assert all(few < more for few, more in itertools.pairwise(sizes))
    assert sizes[0] != set(draw_labels(WHOLE, 10, 1).labelled)


def test_what_cada_adapt_is_given():
    drawn = draw_labels(WHOLE, 6, 0, Unlabelled.HALF)
    small = few_label_problem(WHOLE, drawn, 0, folds=5, trials=2)
    assert (len(small.target), small.folds, small.trials) == (6, 3, 2)
    np.testing.assert_array_equal(small.target.features, WHOLE.target.features[drawn.labelled])
    np.testing.assert_array_equal(small.pool.features, WHOLE.target.features[drawn.pool])
    assert set(small.pool.labels) == {UNLABELLED}
    assert small.source is WHOLE.source
    other = few_label_problem(WHOLE, drawn, 1, folds=5, trials=2)
    assert other.seed != small.seed
    alone = few_label_problem(WHOLE, draw_labels(WHOLE, 6, 0), 0, folds=5, trials=2)
    assert alone.pool is None
    np.testing.assert_array_equal(alone.target.features, small.target.features)


@pytest.mark.parametrize("by_speaker", [False, True])
def test_truth_is_measured_as_cada_predict_recognises(by_speaker):
    """Each speaker's own scale is that of the utterances tested; not with too few of them."""
    recogniser = make_random_recogniser(by_speaker=by_speaker)
    x = make_functionals(recogniser, 60)
    x[10:30] *= np.linspace(1, 3, x.shape[1])
    speakers = np.array(["many"] * 30 + ["few"] * (MIN_ENROLLED - 1) + ["other"] * 21)
    target = LabelledSet("t", x, np.arange(60) % 3, speakers)
    tested = np.arange(10, 60)
    expected = recogniser.predict_proba(x).argmax(-1)
    if by_speaker:
        for own in (np.arange(10, 30), np.arange(39, 60)):
            expected[own] = recogniser.for_speaker(x[own]).predict_proba(x[own]).argmax(-1)
        assert (expected != recogniser.predict_proba(x).argmax(-1)).any()
    y_true, y_pred = target.labels[tested], expected[tested]
    recalls = [(y_pred[y_true == label] == label).mean() for label in range(3)]
    assert true_ua(recogniser, target, tested) == pytest.approx(np.mean(recalls))
    # Nothing else of the target has an effect.
    others = dataclasses.replace(target, features=np.where(np.arange(60)[:, None] < 10, 9, x))
    assert true_ua(recogniser, others, tested) == true_ua(recogniser, target, tested)
