"""Scaling: what each choice makes span [-1, 1]."""

import numpy as np
import pytest

from cada_tf.audio.feature_set import BOUND, scaled_bound
from cada_tf.config import Config, Normalisation, Scaling
from cada_tf.protocol import scaling
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import LabelledSet
from cada_tf.protocol.scaling import (
    MIN_ENROLLED,
    Z_SPREAD,
    Scaler,
    apply_scale,
    extent,
    fit_scale,
    scale_groups,
    scale_to,
)
from cada_tf.training.replica_data import fitted_on, make_scaler, target_rows


def test_scaling_spans_what_it_is_fitted_on(small_problem):
    source, target = small_problem.source, small_problem.target
    fitted_on, enrolled = [source.features, target.features[:5]], np.arange(5, 65)
    for reading in Scaling:
        scaler = Scaler(reading, source, target)
        xs, xt, scale = scaler.scale(fitted_on, enrolled)
        assert scaler.scale(fitted_on, enrolled).source is xs  # made once
        assert scaler.scale(fitted_on, enrolled).target is xt
        assert xs.dtype == xt.dtype == np.float32
        spans = {
            Scaling.SOURCE: np.concatenate([xs, xt[:5]]),  # scale() is told what to fit on
            Scaling.TRAINING: np.concatenate([xs, xt[:5]]),
            Scaling.BOTH: np.concatenate([xs, xt]),
            Scaling.CORPUS: xt,
            Scaling.SPEAKER: xt[target.speakers == "s1"],
            Scaling.CORPUS_ENROLLED: xt[enrolled],
            Scaling.SPEAKER_ENROLLED: xt[enrolled][target.speakers[enrolled] == "s1"],
        }
        np.testing.assert_allclose(spans[reading].min(0), -1, atol=1e-5)
        np.testing.assert_allclose(spans[reading].max(0), 1, atol=1e-5)
        if scale:
            factor, offset = scale
            np.testing.assert_allclose(target.features * factor + offset, xt, atol=1e-6)
        without = Scaling.CORPUS, Scaling.SPEAKER, Scaling.SPEAKER_ENROLLED
        assert (scale is None) is (reading in without)


GROUPED = {
    Scaling.CORPUS: Scaling.CORPUS_ENROLLED,
    Scaling.SPEAKER: Scaling.SPEAKER_ENROLLED,
}


def test_enrolled_scalings_are_the_transductive_ones_where_all_are_enrolled(
    small_problem, monkeypatch
):
    """And see the training folds alone where they are not, of which each speaker has enough."""
    monkeypatch.setattr(scaling, "MIN_ENROLLED", 5)
    source, target = small_problem.source, small_problem.target
    split = small_problem.split(0, 0)
    for transductive, enrolled in GROUPED.items():
        both = [Scaler(choice, source, target) for choice in (transductive, enrolled)]
        everyone = np.arange(len(target))
        for one, other in zip(*(s.scale([], everyone)[:2] for s in both), strict=True):
            np.testing.assert_array_equal(one, other)
        without = LabelledSet(
            "train",
            *(values[split.train] for values in (target.features, target.labels, target.speakers)),
        )
        reduced = Scaler(transductive, source, without).scale([], split.train)
        found = both[1].scale([], split.train)
        np.testing.assert_array_equal(found.source, reduced.source)
        np.testing.assert_array_equal(found.target[split.train], reduced.target)
        assert np.abs(found.target[split.test]).max() > 1


def test_a_speaker_of_few_enrolled_utterances_is_on_the_scale_of_all():
    rng = np.random.default_rng(0)
    counts = {"many": MIN_ENROLLED, "few": MIN_ENROLLED - 1, "none": 0}
    speakers = np.repeat([*counts], MIN_ENROLLED + 5)
    place = np.concatenate([np.arange(MIN_ENROLLED + 5)] * 3)
    enrolled = np.flatnonzero(place < np.array([counts[name] for name in speakers]))
    x = (rng.normal(size=(len(speakers), 4)) + 9 * (speakers == "many")[:, None]).astype("f4")
    found = scale_groups(x, speakers, enrolled=enrolled)
    own = enrolled[speakers[enrolled] == "many"]
    for name, positions in (("many", own), ("few", enrolled), ("none", enrolled)):
        (expected,) = scale_to(x[positions], x[speakers == name])
        np.testing.assert_array_equal(found[speakers == name], expected)
    everyone = scale_groups(x, speakers)  # of a transductive one any number is enough
    for name in counts:
        np.testing.assert_allclose(np.abs(everyone[speakers == name]).max(0), 1, atol=1e-6)


def test_the_order_of_enrolled_positions_is_no_matter(small_problem):
    target, order = small_problem.target, np.arange(60)
    one, other = (
        scale_groups(target.features, target.speakers, enrolled=positions)
        for positions in (order, order[::-1])
    )
    np.testing.assert_array_equal(one, other)


def test_which_scalings_see_what():
    """No scaling is of both kinds; those by corpus have one scale for all of the target."""
    assert {s for s in Scaling if s.transductive} == {"both", "corpus", "speaker"}
    assert {s for s in Scaling if s.semi_supervised} == {"corpus-enrolled", "speaker-enrolled"}
    assert {s for s in Scaling if s.by_speaker} == {"speaker", "speaker-enrolled"}
    assert {s for s in Scaling if s.grouped} == {s for pair in GROUPED.items() for s in pair}


def test_a_bound_cuts_tails_and_silences_constants():
    source = np.array([[0, 1, 5], [1, 1, 7]], np.float32)
    target = np.array([[100, 3, 6]], np.float32)
    (free,) = scale_to(source, target)
    np.testing.assert_array_equal(free, [[199, 3, 0]])  # a constant one is told from its value
    (bounded,) = scale_to(source, target, bound=10)
    np.testing.assert_array_equal(bounded, [[10, 0, 0]])


@pytest.mark.parametrize("choice", Scaling)
def test_z_scores_have_one_mean_and_deviation(small_problem, choice, monkeypatch):
    """Over what the scaling is fitted on; each domain counts the same where both are."""
    monkeypatch.setattr(scaling, "MIN_ENROLLED", 2)
    target = small_problem.target
    cell, split = Cell("pooled", 10), small_problem.split(0, 0)
    config = Config(scaling=choice, normalisation=Normalisation.Z_SCORE)
    rows = target_rows(cell, small_problem, config, split)
    fitted = fitted_on(cell, small_problem, config, rows)
    xs, xt, _ = make_scaler(small_problem, config).scale(fitted, split.train)
    on = {
        Scaling.SOURCE: [xs],
        Scaling.TRAINING: [xs, xt[rows]],
        Scaling.BOTH: [np.concatenate([xs, xt])],
        Scaling.CORPUS: [xt],
        Scaling.SPEAKER: [xt[target.speakers == "s1"]],
        Scaling.CORPUS_ENROLLED: [xt[split.train]],
        Scaling.SPEAKER_ENROLLED: [xt[split.train][target.speakers[split.train] == "s1"]],
    }[choice]
    np.testing.assert_allclose(np.mean([x.mean(0) for x in on], axis=0), 0, atol=1e-5)
    squares = np.mean([(x.astype(float) ** 2).mean(0) for x in on], axis=0)
    np.testing.assert_allclose(squares, Z_SPREAD**2, rtol=1e-4)


@pytest.mark.parametrize("normalisation", Normalisation)
def test_an_extent_has_the_scale_of_what_it_is_of(normalisation):
    x = np.random.default_rng(0).gamma(1, size=(50, 7)).astype(np.float32)
    for one, other in zip(
        fit_scale(x, normalisation=normalisation),
        fit_scale(extent(x, normalisation), normalisation=normalisation),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5)
    constant = np.ones((5, 1), np.float32)
    assert not np.any(fit_scale(constant, 10.0, normalisation))
    assert np.isfinite(fit_scale(constant, normalisation=normalisation)).all()


def test_rows_are_scaled_in_blocks_as_all_at_once(monkeypatch):
    x = np.random.default_rng(0).normal(size=(101, 7)).astype(np.float32)
    scale = fit_scale(x[:50])
    expected = (x * scale[0] + scale[1]).astype(np.float32)
    monkeypatch.setattr(scaling, "BLOCK", 30)
    np.testing.assert_array_equal(apply_scale(x, *scale), expected)


def test_the_papers_functionals_have_no_bound():
    assert scaled_bound("GeMAPSv01b") == scaled_bound(None) == np.inf
    assert scaled_bound("ComParE_2016") == scaled_bound("columns") == BOUND
