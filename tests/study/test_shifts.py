"""Measures of the shift between two corpora, and where they are 0 or known."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from helpers import make_set

from cada_tf.audio.features import FEATURE_NAMES
from cada_tf.protocol.problem import Problem
from cada_tf.study import shifts
from cada_tf.study.shifts import add_shifts, cosine, measure_shift, sample


def pair(shift, turned=False):
    source, target = make_set((150, 120), seed=1), make_set((110, 130), shift=shift, seed=2)
    if turned:  # what is louder in one class is so in the other
        target = dataclasses.replace(target, features=-target.features)
    names = tuple(FEATURE_NAMES)
    return Problem(source, target, ("negative", "positive"), feature_names=names)


def test_more_shift_is_more_in_each_measure():
    none, some, more = (measure_shift(pair(shift)) for shift in (0, 0.7, 2.0))
    for name in ("mmd", "conditional_mmd", "a_distance", "centroids"):
        assert none[name] < some[name] < more[name], name
    assert abs(none["mmd"]) < 0.01
    assert some["loudness"] == pytest.approx(
        0.7 * abs(np.sin(FEATURE_NAMES.index("loudness_sma3_amean"))), abs=0.3
    )


def test_classes_may_agree_or_be_turned_around():
    assert measure_shift(pair(0.7))["class_agreement"] > 0.8
    assert measure_shift(pair(0.7, turned=True))["class_agreement"] < -0.8
    assert cosine(np.array([1.0, np.nan, 0]), np.array([1.0, 5, 1])) == pytest.approx(0.5**0.5)


def test_large_corpora_are_sampled(monkeypatch):
    corpus = make_set((50, 40), seed=3)
    assert sample(corpus, 0) is corpus
    monkeypatch.setattr(shifts, "MOST", 30)
    one, other = sample(corpus, 0), sample(corpus, 0)
    assert len(one) == 30
    np.testing.assert_array_equal(one.features, other.features)
    assert {tuple(row) for row in one.features} <= {tuple(row) for row in corpus.features}


def test_what_is_measured_is_not_measured_again(tmp_path, monkeypatch):
    problems = {("a", "b"): pair(0.7), ("b", "a"): pair(0.1)}
    add_shifts(tmp_path, {("b", "a"): problems["b", "a"]})
    first = pd.read_csv(tmp_path / "shifts.csv")
    add_shifts(tmp_path, problems)
    both = pd.read_csv(tmp_path / "shifts.csv")
    assert list(both["source"]) == ["a", "b"]
    pd.testing.assert_frame_equal(both[1:].reset_index(drop=True), first)
    monkeypatch.setattr(shifts, "measure_shift", lambda _: pytest.fail("measured again"))
    add_shifts(tmp_path, problems)
