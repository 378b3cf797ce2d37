"""Folds by utterance, as they always were, and folds that keep speakers apart."""

import dataclasses

import hypothesis.strategies as st
import numpy as np
import pytest
from helpers import make_set, make_table
from hypothesis import given, settings

from cada_tf.config import FoldsBy
from cada_tf.errors import InputError
from cada_tf.protocol.problem import Problem, make_problem

BY_SPEAKER = {"folds_by": FoldsBy.SPEAKER}


@st.composite
def problems_by_speaker(draw):
    """Speakers of all classes, as many as folds, and others of some classes, in any order."""
    classes, folds = draw(st.integers(2, 3)), draw(st.integers(2, 4))
    said = [tuple(range(classes))] * folds
    said += draw(st.lists(st.lists(st.integers(0, classes - 1), min_size=1), max_size=6))
    rows = [
        (label, f"s{number}")
        for number, labels in enumerate(said)
        for label in labels
        for _ in range(draw(st.integers(1, 5)))
    ]
    labels, speakers = map(np.array, zip(*draw(st.permutations(rows)), strict=True))
    target = dataclasses.replace(make_set([len(labels)]), labels=labels, speakers=speakers)
    names, seed = tuple("abc"[:classes]), draw(st.integers(0, 99))
    return Problem(target, target, names, seed=seed, trials=2, folds=folds, **BY_SPEAKER)


@given(problems_by_speaker(), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_folds_by_speaker_partition_the_target_and_share_no_speaker(problem, trial):
    target, splits = problem.target, [problem.split(trial, fold) for fold in range(problem.folds)]
    tested = np.concatenate([split.test for split in splits])
    np.testing.assert_array_equal(np.sort(tested), np.arange(len(target)))
    for split in splits:
        assert len(split.test)
        np.testing.assert_array_equal(np.sort([*split.train, *split.test]), np.arange(len(target)))
        assert not set(target.speakers[split.train]) & set(target.speakers[split.test])
        drawn = problem.examples(split, 1)  # a training fold has every class
        assert not set(target.speakers[drawn]) & set(target.speakers[split.test])
        again = problem.split(trial, split.fold)
        np.testing.assert_array_equal(again.test, split.test)
        np.testing.assert_array_equal(again.train, split.train)
    assert problem.training_size == int(np.mean([len(split.train) for split in splits]))


def test_trials_draw_speakers_anew_however_much_they_said():
    """Sorted by their numbers of utterances, they would be divided alike in all trials."""
    labels = np.concatenate([np.repeat([0, 1], (5 + i, 3 + i // 2)) for i in range(8)])
    speakers = np.concatenate([np.repeat(f"s{i}", 8 + i + i // 2) for i in range(8)])
    target = dataclasses.replace(make_set([len(labels)]), labels=labels, speakers=speakers)
    problem = Problem(target, target, ("a", "b"), folds=4, **BY_SPEAKER)
    partitions = {
        frozenset(frozenset(speakers[problem.split(trial, fold).test]) for fold in range(4))
        for trial in range(20)
    }
    assert len(partitions) > 15
    assert {len(fold) for partition in partitions for fold in partition} == {2}


def test_folds_by_utterance_are_those_of_all_runs_so_far():
    target = make_set((9, 7), seed=1)
    problem = Problem(target, target, ("a", "b"), seed=5, trials=2, folds=3)
    assert problem.folds_by is FoldsBy.UTTERANCE
    assert [problem.split(1, fold).test.tolist() for fold in range(3)] == [
        [0, 7, 8, 10, 11, 12],
        [4, 5, 6, 13, 15],
        [1, 2, 3, 9, 14],
    ]
    assert problem.examples(problem.split(0, 2), 2).tolist() == [4, 1, 9, 12]
    assert problem.split(0, 0).test.dtype == problem.split(0, 0).train.dtype == np.int64


def test_folds_by_speaker_are_those_of_all_runs_so_far():
    target = make_set((9, 7), seed=1)
    problem = Problem(target, target, ("a", "b"), seed=5, trials=2, folds=2, **BY_SPEAKER)
    assert problem.split(0, 0).test.tolist() == [0, 1, 4, 5, 8, 9, 12, 13]
    assert problem.split(1, 0).test.tolist() == [1, 2, 5, 6, 9, 10, 13, 14]


def spoken(*speakers):
    """A target of these (negative, positive) numbers of utterances of speakers A, B, …"""
    table = make_table(tuple(map(sum, zip(*speakers, strict=True))), seed=2)
    names = ["ABC"[i] for label in (0, 1) for i, n in enumerate(speakers) for _ in range(n[label])]
    return table.assign(speaker=names)


@pytest.mark.parametrize(
    ("target", "arguments", "message"),
    [
        (
            spoken((4, 4), (4, 4), (4, 4)),
            {"folds": 5},
            r"`folds=5` speakers of each class, since `folds_by=speaker` keeps them apart; found 3 "
            r"of negative \(A, B, C\)",
        ),
        (spoken((4, 4), (4, 0), (4, 4)), {"folds": 3}, r"found 2 of positive \(A, C\)"),
        (make_table(seed=2).assign(speaker="unknown"), {"folds": 2}, r"1 of negative \(unknown\)"),
        (
            spoken((4, 4), (4, 4), (4, 2)),
            {"folds": 3, "largest": 7},
            "at most 6 examples a class, as the speakers of made2 but [AB] have of positive; 7",
        ),
        (spoken((4, 0), (4, 4), (0, 4)), {"folds": 2}, "none of (negative in a fold of C|pos.* A)"),
    ],
)
def test_targets_that_cannot_be_divided_by_speaker(target, arguments, message):
    with pytest.raises(InputError, match=message):
        make_problem(make_table(), target, **BY_SPEAKER, **arguments)
