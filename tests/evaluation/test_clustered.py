"""The interval of a lead, clustered by utterance or speaker and by trial: by hand and coverage."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cada_tf.evaluation import clustered
from cada_tf.evaluation.clustered import two_way_variance
from cada_tf.evaluation.metrics import unweighted_accuracy
from cada_tf.evaluation.significance import corrected_t_test

SEEDS = st.integers(0, 2**32 - 1)


def lead(*arguments):
    return clustered.lead(*arguments).effect


def answers(seed, trials=3, utterances=12):
    rng = np.random.default_rng(seed)
    labels = np.arange(utterances) % 3 % 2  # twice as many of one class
    return rng.permutation(labels), rng.random((2, trials, utterances)) < 0.6


def test_by_hand():
    """Two trials, two utterances of each class; q − q̄ over 2 · 2 · 2 has these sums."""
    labels = np.array([0, 0, 1, 1])
    ours = np.array([[1, 1, 1, 0], [1, 0, 1, 0]])
    rival = np.array([[0, 1, 1, 0], [0, 0, 0, 0]])
    # q: 1 0 | 0 0 and 1 0 | 1 0, with means 1/2 and 1/4
    r = (np.array([[1, 0, 0, 0], [1, 0, 1, 0]]) - [0.5, 0.5, 0.25, 0.25]) / 8
    by_utterance = 4 / 3 * (r.sum(0) ** 2).sum()
    by_trial = 2 * (r.sum(1) ** 2).sum()
    error = math.sqrt(by_utterance + by_trial - (r**2).sum())
    effect = lead(ours, rival, labels)
    assert effect.difference == pytest.approx(0.375)
    half = 12.7062047 * error  # the tables' t of 97.5 % and one degree of freedom
    assert effect[1:3] == pytest.approx((0.375 - half, 0.375 + half))

    # Of three speakers, with two trials, as many degrees of freedom.
    speakers = np.array(["a", "b", "a", "c"])
    sums = r.sum(0)
    by_speaker = 3 / 2 * ((sums[0] + sums[2]) ** 2 + sums[1] ** 2 + sums[3] ** 2)
    half = 12.7062047 * math.sqrt(by_speaker + by_trial)
    assert lead(ours, rival, labels, speakers)[1:3] == pytest.approx((0.375 - half, 0.375 + half))


@given(SEEDS)
def test_the_difference_is_that_of_unweighted_accuracy(seed):
    labels, (ours, rival) = answers(seed)
    ua = [
        np.mean([unweighted_accuracy(labels, np.where(row, labels, 1 - labels), 2) for row in rows])
        for rows in (ours, rival)
    ]
    effect = lead(ours, rival, labels)
    assert effect.difference == pytest.approx(ua[0] - ua[1])
    mirrored = lead(rival, ours, labels)
    assert mirrored == pytest.approx(
        (-effect.difference, -effect.high, -effect.low, effect.p), nan_ok=True
    )
    order = np.random.default_rng(seed).permutation(len(labels))
    assert lead(ours[:, order], rival[:, order], labels[order]) == pytest.approx(
        effect, nan_ok=True
    )


def test_where_nothing_is_known_of_the_spread():
    labels, (ours, rival) = answers(0)
    assert math.isnan(lead(ours[:1], rival[:1], labels).low)  # a single trial
    assert math.isnan(lead(ours, ours, labels).low)
    assert math.isnan(lead(ours, rival, labels, np.full(len(labels), "one")).low)


@given(SEEDS)
def test_a_variance_is_none_below_zero(seed):
    table = np.random.default_rng(seed).normal(size=(3, 3))
    assert two_way_variance(table - table.mean()) > 0


def simulate(rng, *, runs, trials=10, utterances=240, speakers=None, own=0.0):
    """Answers of two methods to utterances of a population, in runs of a repeated CV.

    They share what makes an utterance hard; each has its own for that too, for each trial's
    examples, and by ``own`` for each speaker.

    Returns:
        Labels, speakers, answers ``[2, runs, T, n]``, and the true lead in the population.
    """
    gap, shapes = np.array([0.5, 0.2]), {"u": (1, utterances), "t": (trials, 1)}
    labels = np.arange(utterances) % 2
    people = np.arange(utterances) // 2 % (speakers or 1)
    hard = rng.normal(size=(1, runs, *shapes["u"]))
    score = gap[:, None, None, None] + hard + 0.7 * rng.normal(size=(2, runs, *shapes["u"]))
    score = score + 0.3 * rng.normal(size=(2, runs, *shapes["t"]))
    score += own * rng.normal(size=(2, runs, 1, speakers or 1))[..., people]
    correct = rng.normal(size=(2, runs, trials, utterances)) < score
    # Of a normal score with these variances and a normal threshold.
    spread = math.sqrt(1 + 1 + 0.7**2 + 0.3**2 + own**2)
    return labels, people, correct, float(np.subtract(*stats.norm.cdf(gap / spread)))


def covered(effects, truth):
    return np.mean([effect.low <= truth <= effect.high for effect in effects])


def test_it_covers_the_truth_as_often_as_it_says_and_the_t_test_of_splits_too_often():
    """The t-test takes n_test/n_train of the folds, of which these methods train on few."""
    rng = np.random.default_rng(0)
    labels, _, correct, truth = simulate(rng, runs=300)
    ours = [lead(*pair, labels) for pair in zip(*correct, strict=True)]
    assert covered(ours, truth) == pytest.approx(0.95, abs=0.03)
    theirs = []
    for pair in zip(*correct, strict=True):
        # Each trial tests in five folds of its own.
        folds = np.argsort(rng.random((10, 120)), axis=1).reshape(10, 5, 24)
        places = np.concatenate([2 * folds, 2 * folds + 1], axis=2).reshape(10, -1)
        rows = (np.take_along_axis(one.astype(float), places, 1) for one in pair)
        means = [one.reshape(50, -1).mean(1) for one in rows]
        theirs.append(corrected_t_test(means[0] - means[1], 1 / 4))
    assert covered(theirs, truth) > 0.99
    width, their_width = (np.mean([e.high - e.low for e in one]) for one in (ours, theirs))
    assert their_width > 1.4 * width


def test_for_new_speakers_it_takes_speakers():
    rng = np.random.default_rng(1)
    labels, people, correct, truth = simulate(rng, runs=300, speakers=12, own=0.4)
    by_utterance = [lead(*pair, labels) for pair in zip(*correct, strict=True)]
    by_speaker = [lead(*pair, labels, people) for pair in zip(*correct, strict=True)]
    assert covered(by_utterance, truth) < 0.9
    assert covered(by_speaker, truth) == pytest.approx(0.96, abs=0.03)
