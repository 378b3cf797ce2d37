"""Answers that are corrected for the shares of the target's classes."""

import dataclasses

import numpy as np
import pytest
from helpers import make_set

from cada_tf.config import ClassBalance
from cada_tf.evaluation.class_prior import bbse_prior, correct_prior, em_prior
from cada_tf.methods import METHODS, make_config
from cada_tf.models import forward
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem
from cada_tf.training.cells import train_cells

QUICK = make_config(max_epochs=30, hidden=(16,), patience=20, input_noise=0.4)
"""Trained to the end, and with noise, networks know how sure they are, which corrections need."""
CELLS = [Cell("all-source", None), Cell("all-source+prior", None)]


def overlapping(counts, seed):
    """Classes of which five in six utterances are told apart at best."""
    corpus = make_set(counts, seed=seed)
    return dataclasses.replace(corpus, features=corpus.features[:, 10:16])


@pytest.fixture(scope="module")
def problem():
    """A target that has the classes 1 to 4, and no other shift."""
    source, target = overlapping((300, 300), seed=1), overlapping((80, 320), seed=2)
    return Problem(source, target, ("negative", "positive"), seed=3, trials=1, folds=2)


def test_a_correction_by_hand():
    probability = np.array([[0.5, 0.5], [0.8, 0.2]])
    trained, prior = np.array([0.5, 0.5]), np.array([0.2, 0.8])
    expected = [[0.2, 0.8], [0.5, 0.5]]
    np.testing.assert_allclose(correct_prior(probability, trained, prior), expected)
    np.testing.assert_allclose(correct_prior(probability, prior, prior), probability)


def calibrated(prior, n=4000):
    """Classes, and the probabilities of an ideal classifier of two normal classes."""
    rng = np.random.default_rng(0)
    y = (rng.random(n) < prior[1]).astype(int)
    x = rng.normal(2 * y - 1)
    positive = 1 / (1 + np.exp(-2 * x))  # under equal shares
    return y, np.stack([1 - positive, positive], axis=-1)


@pytest.mark.parametrize("share", [0.5, 0.8, 0.1])
def test_shares_are_found_again(share):
    y, probability = calibrated((1 - share, share))
    equal = np.full(2, 0.5)
    assert em_prior(probability, equal)[1] == pytest.approx(y.mean(), abs=0.03)
    y_held, held = calibrated(equal)
    found = bbse_prior(probability.argmax(-1), held.argmax(-1), y_held, 2)
    assert found[1] == pytest.approx(y.mean(), abs=0.03)
    assert found.sum() == pytest.approx(1)


def test_a_class_that_is_not_there_has_next_to_no_share():
    probability = np.tile([1 - 1e-12, 1e-12], (9, 1))
    for found in (
        em_prior(probability, np.full(2, 0.5)),
        bbse_prior(np.zeros(9, int), np.array([0, 1]), np.array([0, 1]), 2),
    ):
        assert 0 < found[1] < 1e-4


def trained(problem, **options):
    config = make_config(QUICK, **options)
    splits = [problem.split(0, fold) for fold in range(2)]
    return splits, *(fitted for _, fitted in train_cells(problem, config, splits, CELLS))


@pytest.mark.parametrize("estimate", ["em", "bbse"])
def test_it_is_right_more_often_where_shares_differ(problem, estimate):
    splits, plain, corrected = trained(problem, prior_estimate=estimate)
    accuracy = [
        np.mean(
            [
                one.y_pred == problem.target.labels[split.test]
                for split, one in zip(splits, fitted, strict=True)
            ]
        )
        for fitted in (plain, corrected)
    ]
    assert accuracy[1] > accuracy[0] + 0.01
    for one, own in zip(plain, corrected, strict=True):
        assert (own.y_pred == 1).sum() > (one.y_pred == 1).sum()
        np.testing.assert_allclose(np.exp(own.test_logits).sum(-1), 1, rtol=1e-5)
        # Rank by rank the answers are those of all-source.
        order = np.argsort(np.diff(own.test_logits).ravel())
        assert np.diff(np.diff(one.test_logits).ravel()[order]).min() > -1e-4


def test_shares_that_were_trained_on_leave_the_answers(problem):
    even = dataclasses.replace(problem, target=overlapping((200, 200), seed=2))
    _, plain, corrected = trained(even)
    for one, own in zip(plain, corrected, strict=True):
        assert np.mean(one.y_pred == own.y_pred) > 0.95


def test_what_was_trained_without_balance_has_the_sources_shares(problem, monkeypatch):
    uneven = dataclasses.replace(problem, source=overlapping((400, 100), seed=1))
    seen = []
    adjust = type(METHODS["all-source+prior"]).adjust
    monkeypatch.setattr(
        type(METHODS["all-source+prior"]),
        "adjust",
        lambda self, answers, config: seen.append(answers) or adjust(self, answers, config),
    )
    splits, plain, _ = trained(uneven, class_balance=ClassBalance.NONE)
    trained(uneven)
    np.testing.assert_allclose(seen[0].trained, [0.8, 0.2])
    np.testing.assert_allclose(seen[2].trained, [0.5, 0.5])
    # The estimate sees the training folds, and no test utterance.
    assert [len(answers.unlabelled) for answers in seen[:2]] == [len(s.train) for s in splits]
    assert [len(answers.test) for answers in seen[:2]] == [len(s.test) for s in splits]
    assert len(seen[0].held_out) == len(seen[0].held_out_labels) == 50
    ranks = forward.probabilities(plain[0].test_logits, 2)[:, 1].argsort()
    assert np.diff(seen[0].test[:, 1][ranks]).min() > -1e-6
