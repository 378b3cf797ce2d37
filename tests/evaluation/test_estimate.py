"""Estimates from few labels: intervals that hold, calibration that calibrates, learning curves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cada_tf.evaluation.calibration import (
    calibration_error,
    fit_temperature,
    negative_log_likelihood,
)
from cada_tf.evaluation.gain_forecast import forecast_gain
from cada_tf.evaluation.learning_curve import fit_curve, sizes, slope_error
from cada_tf.evaluation.metrics import balanced_mean
from cada_tf.evaluation.ua_estimate import MIN_PER_CLASS, enough, estimate_ua
from cada_tf.models.forward import probabilities

COUNTS = st.lists(st.integers(1, 60), min_size=2, max_size=4)


@given(counts=COUNTS, seed=st.integers(0, 99))
def test_an_estimate_is_the_mean_recall_within_its_interval(counts, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    correct = np.random.default_rng(seed).integers(0, 2, len(labels)).astype(float)
    estimate = estimate_ua(correct, labels, len(counts))
    recalls = [correct[labels == label].mean() for label in range(len(counts))]
    assert estimate.ua == pytest.approx(np.mean(recalls))
    assert 0 <= estimate.low < estimate.high <= 1
    assert estimate == estimate_ua(correct, labels, len(counts))  # no luck in it


def test_the_interval_of_one_class_is_jeffreyss():
    """With all other recalls known to be what they are, UA's interval is that of the one."""
    labels = np.repeat([0, 1], [8, 1_000_000])
    correct = np.r_[np.repeat([1.0, 0.0], [6, 2]), np.ones(1_000_000)]
    estimate = estimate_ua(correct, labels, 2)
    expected = (1 + stats.beta.ppf([0.025, 0.975], 6.5, 2.5)) / 2
    np.testing.assert_allclose([estimate.low, estimate.high], expected, atol=0.004)


@pytest.mark.parametrize("per_class", [6, 20])
def test_intervals_hold_the_truth_as_often_as_they_say(per_class):
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1], per_class)
    held = 0
    for _ in range(400):
        recalls = rng.uniform(0.3, 1, 2)
        correct = rng.random(len(labels)) < recalls[labels]
        estimate = estimate_ua(correct.astype(float), labels, 2)
        held += estimate.low <= recalls.mean() <= estimate.high
    assert held / 400 > 0.92


@pytest.mark.parametrize(
    ("speakers", "each"), [(4, 4), pytest.param(12, 2, marks=pytest.mark.exhaustive)]
)
def test_intervals_for_new_speakers_hold_their_mean(speakers, each):
    """Speakers differ, by more than the utterances of one: else the interval is far too narrow."""
    rng = np.random.default_rng(1)
    labels = np.tile(np.repeat([0, 1], each), speakers)
    names = np.repeat([f"s{i}" for i in range(speakers)], 2 * each)
    held = {True: 0, False: 0}
    for _ in range(400):
        recalls = rng.beta(2, 1, (speakers, 2))  # of mean 2/3
        correct = rng.random(len(labels)) < recalls[np.repeat(range(speakers), 2 * each), labels]
        for known in held:
            given = names if known else None
            estimate = estimate_ua(correct.astype(float), labels, 2, given)
            held[known] += estimate.low <= 2 / 3 <= estimate.high
    assert held[True] / 400 > 0.93
    assert held[True] > held[False]


def test_one_speaker_more_or_less_says_how_wide_an_interval_is():
    labels = np.tile([0, 1], 12)
    correct = (np.arange(24) % 4 > 0).astype(float)
    few, many = (np.array([f"s{i % n}" for i in range(24)]) for n in (3, 12))
    whole, wider, widest = (estimate_ua(correct, labels, 2, s) for s in (None, many, few))
    assert whole.low > wider.low > widest.low
    assert widest.ua == whole.ua
    assert 0 <= widest.low < widest.high <= 1
    perfect = estimate_ua(np.ones(24), labels, 2, few)
    assert perfect.low < estimate_ua(np.ones(24), labels, 2).low  # without a speaker that differs


def test_repetitions_do_not_make_it_surer():
    labels = np.repeat([0, 1], 6)
    correct = (np.arange(12) % 3 > 0).astype(float)
    many = np.tile(correct, (50, 1)).mean(0)
    assert estimate_ua(many, labels, 2) == estimate_ua(correct, labels, 2)


def test_what_is_enough():
    assert enough(np.repeat([0, 1], MIN_PER_CLASS), 2)
    assert not enough(np.repeat([0, 1], [100, MIN_PER_CLASS - 1]), 2)
    assert not enough(np.zeros(50, int), 2)


def sure_by(factor, n=4000, classes=3, seed=0):
    """Logits whose probabilities are true at that temperature, and classes drawn by them."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, classes)) * 2
    truth = probabilities(logits, classes)
    labels = np.array([rng.choice(classes, p=p) for p in truth])
    return factor * logits, labels


NONE = np.zeros((0, 4)), np.zeros(0, int)


@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
def test_the_temperature_is_found(factor):
    logits, labels = sure_by(factor)
    temperature = fit_temperature(NONE, (logits, labels), 3)
    assert temperature == pytest.approx(factor, rel=0.1)
    calibrated = probabilities(logits, 3, temperature)
    correct = calibrated.argmax(-1) == labels
    assert calibration_error(calibrated.max(-1), correct) < 0.03


def test_classes_count_alike_in_it():
    """However often the examples of one class are there."""
    logits, labels = sure_by(3.0, n=400)
    often = np.repeat(np.arange(400), np.where(labels == 0, 5, 1))
    loss = [
        negative_log_likelihood(probabilities(x, 3), y)
        for x, y in ((logits, labels), (logits[often], labels[often]))
    ]
    assert loss[0] == pytest.approx(loss[1])


def test_few_examples_move_it_little_from_one():
    logits, labels = sure_by(1.0, n=12)
    wrong = (labels + 1) % 3
    hopeless = fit_temperature(NONE, (logits, wrong), 3)
    assert 1 < hopeless < 10
    assert fit_temperature(NONE, (np.tile(logits, (99, 1)), np.tile(wrong, 99)), 3) > 2 * hopeless
    perfect = fit_temperature(NONE, (10 * np.eye(3)[labels], labels), 3)
    assert 0.2 < perfect < 1


def test_it_is_at_least_that_of_the_source():
    source, target = sure_by(4.0), sure_by(0.5, seed=1)
    assert fit_temperature(source, target, 3) == fit_temperature(source, NONE, 3) > 3
    assert fit_temperature(target, source, 3) == fit_temperature(NONE, source, 3)


def test_without_examples_of_the_target_it_is_at_least_one():
    assert fit_temperature(NONE, NONE, 3) == 1
    assert fit_temperature(sure_by(0.3), NONE, 3) == 1
    assert fit_temperature(sure_by(3.0), NONE, 3) == pytest.approx(3, rel=0.1)


@given(
    logits=st.lists(st.lists(st.floats(-50, 50), min_size=4, max_size=4), min_size=1, max_size=5),
    temperature=st.floats(0.1, 100),
)
def test_a_temperature_changes_no_answer(logits, temperature):
    logits = np.array(logits)
    given, cool = probabilities(logits, 2, temperature), probabilities(logits, 2)
    np.testing.assert_allclose(given.sum(-1), 1)
    # The class of the most probable category, but for ties and what rounds to one.
    clear = np.ptp(logits.reshape(-1, 2, 2).max(1), axis=-1) > 1e-6
    np.testing.assert_array_equal(given.argmax(-1)[clear], (logits.argmax(-1) % 2)[clear])
    assert (np.sign(given[:, 0] - 0.5) * np.sign(cool[:, 0] - 0.5) >= 0).all()


def test_probabilities_are_those_of_a_softmax_where_there_is_one_domain():
    logits = np.log([[0.2, 0.8], [0.5, 0.5]])
    np.testing.assert_allclose(probabilities(logits, 2), [[0.2, 0.8], [0.5, 0.5]])
    np.testing.assert_allclose(probabilities(np.log([[0.1, 0.4, 0.2, 0.1]]), 2), [[1 / 3, 2 / 3]])
    assert probabilities(np.zeros((0, 4)), 2).shape == (0, 2)


def test_calibration_error_by_hand():
    confidence = np.array([0.55, 0.55, 0.95, 0.95])
    correct = np.array([True, False, True, True])
    # (2/4) |1/2 − 0.55| + (2/4) |1 − 0.95|
    assert calibration_error(confidence, correct) == pytest.approx(0.05)
    assert calibration_error(np.ones(3), np.ones(3, bool)) == 0


@given(rarest=st.integers(1, 500), folds=st.integers(2, 10))
def test_the_sizes_of_a_curve_fit_the_training_folds(rarest, folds):
    found = sizes(rarest, folds)
    assert found == sorted(set(found))
    assert found[0] >= 1
    assert len(found) <= 8
    assert found[-1] == max(1, rarest - -(-rarest // folds))


def test_a_straight_curve_is_found_and_goes_on():
    labels = np.repeat([0, 1], 16)
    examples, ua = [2, 4, 8, 16, 32], np.array([0.5, 0.55, 0.6, 0.65, 0.7])
    curve = fit_curve(examples, np.tile(ua[:, None], 32), labels, 2)
    np.testing.assert_allclose(curve.table["ua"], ua)
    assert curve.now == pytest.approx(0.7)
    assert curve.slope == pytest.approx(0.05)
    assert curve.slope_error == pytest.approx(0, abs=1e-12)  # all utterances agree
    assert curve.forecast == forecast_gain(curve.slope, curve.slope_error, 32, 42)
    assert list(curve.table["examples"]) == examples


def test_a_curve_of_noise_promises_nothing_for_sure():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 10)
    curve = fit_curve([2, 4, 8, 16], rng.random((4, 20)), labels, 2)
    assert curve.forecast.low < 0 < curve.forecast.high
    assert curve.forecast.low < curve.forecast.gain < curve.forecast.high


def test_the_error_of_a_slope_is_its_spread_over_samples():
    """Over samples of utterances, each class of its own size."""
    rng, labels, doublings = np.random.default_rng(0), np.repeat([0, 1], [12, 30]), np.arange(4.0)
    rise = np.where(labels == 0, 0.03, 0.1)
    slopes, errors = [], []
    for _ in range(2000):
        own = rise + np.where(labels == 0, 0.2, 0.05) * rng.normal(size=len(labels))
        correct = 0.5 + doublings[:, None] * own + 0.1 * rng.normal(size=(4, len(labels)))
        ua = [balanced_mean(row, labels) for row in correct]
        slopes.append(np.polyfit(doublings, ua, 1)[0])
        errors.append(slope_error(doublings, correct, labels))
    assert np.mean(slopes) == pytest.approx(0.065, abs=0.002)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(slopes), rel=0.05)
