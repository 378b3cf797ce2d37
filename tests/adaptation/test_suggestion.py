"""Which recordings are suggested to be labelled next: what holds for all strategies, and each."""

import collections

import numpy as np
import pytest
from helpers import make_set
from hypothesis import given, settings
from hypothesis import strategies as st

from cada_tf.adaptation.adapt import train_recogniser
from cada_tf.adaptation.next_labels import next_labels
from cada_tf.adaptation.strategy import Grouping, Strategy
from cada_tf.adaptation.suggestion import clusters, greedy, margins, suggest, typicality
from cada_tf.adaptation.utterances import Utterances
from cada_tf.config import Scaling
from cada_tf.methods import make_config
from cada_tf.protocol.problem import Problem, unlabelled_set

EVERY = pytest.mark.parametrize("strategy", Strategy, ids=str)


def make_utterances(n, seed=0, speakers=3, classes=2, centres=4):
    """Utterances around a few centres, the same for all seeds, of random probabilities."""
    rng = np.random.default_rng(seed)
    means = 5 * np.random.default_rng(99).normal(size=(centres, 3))
    x = (means[rng.integers(centres, size=n)] + rng.normal(size=(n, 3))).astype(np.float32)
    names = np.array([f"s{i}" for i in rng.integers(speakers, size=n)], dtype=str)
    return Utterances(x, np.maximum(x, 0), rng.dirichlet(np.ones(classes), n), names)


def positions(pool, labelled, labels, count, strategy, seed=0):
    return [one.position for one in suggest(pool, labelled, labels, count, strategy, seed)]


@EVERY
@settings(max_examples=20)
@given(data=st.data(), n=st.integers(1, 30), m=st.integers(0, 8), speakers=st.integers(1, 4))
def test_distinct_recordings_of_the_pool_whatever_their_order(strategy, data, n, m, speakers):
    count, seed = data.draw(st.integers(1, n)), data.draw(st.integers(0, 3))
    pool, labelled = make_utterances(n, seed, speakers), make_utterances(m, 7)
    labels = np.arange(m) % 2
    found = positions(pool, labelled, labels, count, strategy, seed)
    assert len(set(found)) == len(found) == count
    assert set(found) <= set(range(n))
    assert found == positions(pool, labelled, labels, count, strategy, seed)
    order = np.random.default_rng(seed).permutation(n)
    shuffled = positions(pool.take(order), labelled, labels, count, strategy, seed)
    assert list(order[shuffled]) == found


@EVERY
def test_of_the_whole_pool_all_are_suggested(strategy):
    pool, labelled = make_utterances(12), make_utterances(4, 1)
    found = positions(pool, labelled, np.array([0, 0, 1, 1]), 12, strategy)
    assert sorted(found) == list(range(12))


@EVERY
@pytest.mark.parametrize("count", [0, 13])
def test_none_and_more_than_there_are_are_refused(strategy, count):
    with pytest.raises(ValueError, match=r"1 to 12 recordings to suggest\. Received"):
        suggest(make_utterances(12), make_utterances(2, 1), np.array([0, 1]), count, strategy, 0)


@EVERY
def test_recordings_that_are_all_the_same(strategy):
    same = make_utterances(1).take(np.zeros(6, int))
    assert sorted(positions(same, same.take(np.arange(2)), np.array([0, 1]), 6, strategy)) == [
        *range(6)
    ]


def test_random_is_each_as_often():
    pool, none = make_utterances(10), make_utterances(0, 1)
    drawn = collections.Counter(
        place
        for seed in range(600)
        for place in positions(pool, none, np.array([], int), 3, Strategy.RANDOM, seed)
    )
    # 180 expected of each; the standard deviation is 11.
    assert min(drawn.values()) > 130
    assert max(drawn.values()) < 230


def test_uncertain_are_those_of_the_smallest_margins_in_order():
    pool, labelled = make_utterances(20, classes=3), make_utterances(3, 1, classes=3)
    found = positions(pool, labelled, np.arange(3), 20, Strategy.UNCERTAINTY)
    assert (np.diff(margins(pool.probabilities)[found]) >= 0).all()
    np.testing.assert_allclose(margins(np.array([[0.5, 0.2, 0.3], [0.1, 0.1, 0.8]])), [0.2, 0.7])


def test_speakers_with_the_fewest_labels_come_first():
    pool, labelled = make_utterances(40, speakers=4), make_utterances(3, 1)
    labelled = Utterances(*(*vars(labelled).values(),)[:3], np.array(["s0", "s0", "s1"]))
    found = suggest(pool, labelled, np.array([0, 1, 1]), 9, Strategy.SPEAKERS, 0)
    counts = collections.Counter(labelled.speakers.tolist())
    for one in found:
        speaker = pool.speakers[one.position]
        assert (
            counts[speaker]
            == one.labels[Grouping.SPEAKER]
            == min(counts[f"s{i}"] for i in range(4))
        )
        counts[speaker] += 1
    assert set(counts.values()) == {3}


def test_predicted_classes_are_balanced_with_the_labels_that_there_are():
    pool, labelled = make_utterances(60), make_utterances(5, 1)
    found = positions(pool, labelled, np.array([0, 0, 0, 0, 1]), 7, Strategy.CLASSES)
    predicted = pool.probabilities.argmax(-1)[found]
    assert list(predicted[:3]) == [1, 1, 1]
    assert sorted(predicted[3:]) == [0, 0, 1, 1]


def test_a_cluster_without_a_label_is_covered_by_its_centre_first():
    """Three clouds, two of them labelled: the third one's middle, then the largest cloud."""
    rng = np.random.default_rng(0)
    clouds = [rng.normal(size=(n, 2)) + centre for n, centre in ((40, 0), (20, 100), (30, 200))]
    x = np.concatenate(clouds).astype(np.float32)
    everyone = Utterances(x, x, np.full((90, 2), 0.5), np.full(90, "s"))
    labelled = np.array([0, 40])
    pool = everyone.take(np.setdiff1d(np.arange(90), labelled))
    groups = clusters(x.astype(np.float64), 3, np.random.default_rng(0))
    assert [len(set(groups[part])) for part in (slice(40), slice(40, 60), slice(60, 90))] == [1] * 3
    assert list(np.bincount(groups)) == [40, 30, 20]  # by size
    (found,) = suggest(pool, everyone.take(labelled), np.array([0, 1]), 1, Strategy.DIVERSITY, 0)
    assert found.labels == {Grouping.CLUSTER: 0}
    chosen = pool.x[found.position]
    third = x[60:]
    distance = np.linalg.norm(third - third.mean(0), axis=1)
    assert np.linalg.norm(chosen - third.mean(0)) <= np.quantile(distance, 0.3)


def test_where_all_clusters_are_covered_the_one_with_the_fewest_labels_comes():
    groups = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 2])
    found = greedy([groups], np.array([1, 2, 3, 1, 2, 0]), 6)
    assert [place for place, _ in found] == [4, 5, 2, 3, 1, 0]
    assert [counts for _, counts in found] == [[1], [1], [2], [2], [3], [4]]


def test_typicality_by_hand():
    points = np.array([[0.0], [1.0], [3.0], [10.0]])
    found = typicality(points, np.array([0, 0, 0, 1]))
    np.testing.assert_allclose(found, [-2, -1.5, -2.5, 0])


@pytest.mark.parametrize("scaling", [Scaling.CORPUS_ENROLLED, Scaling.SPEAKER_ENROLLED])
@EVERY
def test_what_a_recogniser_suggests(scaling, strategy):
    source, target = make_set((40, 40), seed=1), make_set((6, 6), shift=1.0, seed=2)
    other = make_set((30, 30), shift=1.0, seed=3)
    pool = unlabelled_set("pool", other.features, other.speakers)
    problem = Problem(source, target, ("negative", "positive"), folds=1, trials=1, pool=pool)
    config = make_config(scaling=scaling, max_epochs=3, hidden=(8,))
    recogniser, _ = train_recogniser(problem, config, "cada")
    found = next_labels(problem, recogniser, 5, strategy)
    assert found["position"].is_unique
    assert list(found["speaker"]) == list(pool.speakers[found["position"]])
    for row in found.itertuples():
        own = recogniser
        if scaling is Scaling.SPEAKER_ENROLLED:  # as cada-predict scales with --speakers
            whole = problem.whole_target
            own = recogniser.for_speaker(whole.features[whole.speakers == row.speaker])
        (expected,) = own.predict_proba(pool.features[[row.position]])
        assert row.confidence == pytest.approx(expected.max(), abs=1e-5)
        assert row.predicted == problem.classes[expected.argmax()]
        assert row.reason
