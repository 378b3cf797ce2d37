"""Splits as properties: who may be trained on, and what a split depends on."""

import dataclasses
import itertools

import hypothesis.strategies as st
import numpy as np
import pytest
from helpers import make_set, make_table
from hypothesis import given, settings

from cada_tf.config import Batches, ClassBalance, Draw
from cada_tf.errors import InputError
from cada_tf.protocol.batches import BatchStream, SemiStream, balanced_weights, batch_groups
from cada_tf.protocol.keyed import keyed_rng
from cada_tf.protocol.problem import Problem, hold_out, make_problem


@st.composite
def problems(draw):
    classes = draw(st.integers(2, 4))
    folds = draw(st.integers(2, 5))
    counts = draw(st.lists(st.integers(folds + 4, 25), min_size=classes, max_size=classes))
    target = make_set(counts, seed=1, speakers=draw(st.integers(2, 6)))
    names = tuple("abcd"[:classes])
    return Problem(target, target, names, seed=draw(st.integers(0, 99)), trials=2, folds=folds)


@given(problems(), st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_folds_partition_the_target_and_keep_class_shares(problem, trial):
    splits = [problem.split(trial, fold) for fold in range(problem.folds)]
    everyone = np.arange(len(problem.target))
    tested = np.concatenate([split.test for split in splits])
    np.testing.assert_array_equal(np.sort(tested), everyone)
    for split in splits:
        assert not set(split.train) & set(split.test)
        np.testing.assert_array_equal(np.union1d(split.train, split.test), everyone)
    for label in range(len(problem.classes)):
        sizes = [np.sum(problem.target.labels[split.test] == label) for split in splits]
        assert max(sizes) - min(sizes) <= 1


@given(problems(), st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_examples_are_few_balanced_nested_and_never_tested(problem, per_class):
    split = problem.split(0, 0)
    drawn = problem.examples(split, per_class)
    assert len(set(drawn)) == per_class * len(problem.classes)
    assert set(drawn) <= set(split.train)
    counts = np.bincount(problem.target.labels[drawn], minlength=len(problem.classes))
    assert set(counts) == {per_class}
    if per_class > 1:
        assert set(problem.examples(split, per_class - 1)) < set(drawn)
    # A pure function: asked again it gives the same, and other folds are drawn apart.
    np.testing.assert_array_equal(drawn, problem.examples(problem.split(0, 0), per_class))


@given(problems(), st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_examples_may_be_drawn_without_regard_to_class(problem, per_class):
    """As many, nested and never tested; one of each class at least, and else as they come."""
    problem = dataclasses.replace(problem, drawn=Draw.RANDOM)
    split, classes = problem.split(0, 0), len(problem.classes)
    drawn = problem.examples(split, per_class)
    assert len(set(drawn)) == per_class * classes
    assert set(drawn) <= set(split.train)
    assert set(problem.target.labels[drawn]) == set(range(classes))
    fewer = problem.examples(split, 1)
    np.testing.assert_array_equal(drawn[:classes], fewer)
    np.testing.assert_array_equal(drawn, problem.examples(problem.split(0, 0), per_class))


def test_examples_at_random_have_the_shares_of_the_classes():
    target = make_set((300, 100), seed=1)
    problem = Problem(target, target, ("a", "b"), seed=0, folds=2, drawn=Draw.RANDOM)
    labels = [target.labels[problem.examples(problem.split(t, 0), 10)] for t in range(60)]
    assert np.mean(labels) == pytest.approx(1 / 4, abs=0.03)


def test_seed_and_trial_change_the_splits(small_problem):
    first = small_problem.split(0, 0)
    assert not np.array_equal(first.test, small_problem.split(1, 0).test)
    other = Problem(small_problem.source, small_problem.target, small_problem.classes, seed=4)
    assert not np.array_equal(first.test, other.split(0, 0).test)


def test_speakers_are_drawn_alike_however_much_they_said():
    target = make_set((200, 4), seed=1, speakers=1)
    names = np.array(["talkative"] * 190 + ["taciturn"] * 10 + ["other"] * 4)
    target = dataclasses.replace(target, speakers=names)
    drawn = []
    for trial in range(60):
        problem = Problem(target, target, ("a", "b"), seed=0, folds=2)
        drawn.append(target.speakers[problem.examples(problem.split(trial, 0), 1)[0]])
    assert 15 < drawn.count("taciturn") < 45  # 3 of 60 if utterances were drawn alike


@given(st.lists(st.integers(0, 3), min_size=1, max_size=80), st.floats(0, 0.5))
def test_hold_out_takes_its_share_of_each_stratum_rounded_down(strata, share):
    strata = np.array(strata)
    kept, held = hold_out(strata, share, np.random.default_rng(0))
    assert sorted([*kept, *held]) == list(range(len(strata)))
    for stratum in set(strata):
        size = np.sum(strata == stratum)
        assert np.sum(strata[held] == stratum) == int(share * size + 1e-9)


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=60),
    st.sampled_from(Batches),
    st.sampled_from(ClassBalance),
)
def test_batch_groups_partition_the_examples(categories, batches, balance):
    categories = np.array(categories)
    groups = batch_groups(categories, 3, batches, balance)
    assert sorted(np.concatenate(groups)) == list(range(len(categories)))
    for group in groups:
        if batches is Batches.HALF:
            assert len(set(categories[group] // 3)) == 1
        if balance is ClassBalance.BATCHES:
            assert len(set(categories[group] % 3)) == 1
    if batches is Batches.UNIFORM and balance is not ClassBalance.BATCHES:
        assert len(groups) == 1


@given(st.lists(st.integers(1, 30), min_size=1, max_size=4), st.integers(4, 40), st.integers(1, 9))
def test_batches_have_equal_shares_and_go_through_everything(sizes, batch_size, steps):
    edges = np.cumsum([0, *sizes])
    groups = [np.arange(a, b) for a, b in itertools.pairwise(edges)]
    stream = BatchStream(groups, batch_size, keyed_rng(0, "test"))
    batches = np.concatenate([stream.take(steps), stream.take(2)])
    assert batches.shape == (steps + 2, batch_size)
    for group in groups:
        taken = np.isin(batches, group)
        assert set(taken.sum(1)) <= {batch_size // len(groups), -(-batch_size // len(groups))}
        counts = np.bincount(batches[taken], minlength=edges[-1])[group]
        assert counts.max() - counts.min() <= 1
    again = BatchStream(groups, batch_size, keyed_rng(0, "test"))
    np.testing.assert_array_equal(again.take(steps), batches[:steps])


@given(st.lists(st.integers(0, 3), min_size=1, max_size=50))
def test_balanced_weights_give_classes_equal_mass(labels):
    labels = np.array(labels)
    weights = balanced_weights(labels)
    assert weights.mean() == pytest.approx(1, abs=1e-5)
    masses = [weights[labels == label].sum() for label in set(labels)]
    np.testing.assert_allclose(masses, masses[0], rtol=1e-4)


def test_order_of_rows_is_no_matter():
    source, target = make_table(seed=1), make_table(seed=2)
    one = make_problem(source, target)
    other = make_problem(source, target.sample(frac=1, random_state=0))
    np.testing.assert_array_equal(one.target.features, other.target.features)
    np.testing.assert_array_equal(one.split(0, 0).test, other.split(0, 0).test)


@pytest.mark.parametrize(
    ("source", "target", "arguments", "message"),
    [
        (make_table((5, 0)), make_table(seed=2), {}, "at least two classes, found negative alone"),
        (make_table(), make_table((5, 0), seed=2), {}, "`target` made2: expected at least two"),
        (make_table(), make_table(), {}, "found the same corpus"),
        (make_table((30, 20)), make_table((9, 3), seed=2), {}, "found 3 of positive"),
        (make_table(), make_table(seed=2), {"largest": 17}, "at most 16 examples a class"),
        (make_table(), make_table(seed=2, speakers=1), {}, "at least two speakers"),
        (
            make_table(),
            make_table(seed=2).replace({"class": {"positive": "happy"}}),
            {},
            "classes, happy, negative; found negative, positive",
        ),
    ],
)
def test_corpora_that_make_no_problem(source, target, arguments, message):
    with pytest.raises(InputError, match=message):
        make_problem(source, target, **arguments)


def test_utterances_in_both_corpora_are_refused():
    source, target = make_table(seed=1), make_table(seed=2)
    target.loc["copy.wav"] = source.iloc[0]
    with pytest.raises(InputError, match=r"1 utterances in both \(such as copy.wav\)"):
        make_problem(source, target)


@given(
    st.lists(st.integers(1, 20), min_size=1, max_size=4),
    *(st.integers(low, high) for low, high in ((1, 50), (4, 20), (1, 9), (0, 99))),
)
def test_labelled_batches_are_the_same_whatever_is_unlabelled(
    sizes, unlabelled, batch_size, steps, seed
):
    ends = np.cumsum(sizes)
    groups = [np.arange(end - size, end) for end, size in zip(ends, sizes, strict=True)]
    behind = ends[-1] + np.arange(unlabelled)
    streams = [
        SemiStream(groups, behind, batch_size, np.random.default_rng(seed)),
        SemiStream(groups, behind[:1], batch_size, np.random.default_rng(seed)),
        BatchStream(groups, batch_size, np.random.default_rng(seed)),
    ]
    drawn = []
    for _ in range(2):
        taken, other, alone = (stream.take(steps) for stream in streams)
        assert taken.shape == (steps, 2 * batch_size)
        assert taken.dtype == alone.dtype
        np.testing.assert_array_equal(taken[:, :batch_size], alone)
        np.testing.assert_array_equal(other[:, :batch_size], alone)
        drawn.append(taken[:, batch_size:].ravel())
    counts = np.bincount(np.concatenate(drawn), minlength=ends[-1] + unlabelled)
    assert not counts[: ends[-1]].any()
    assert np.ptp(counts[ends[-1] :]) <= 1  # all of them in turn
