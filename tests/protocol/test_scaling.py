"""Scaling: what each choice makes span [-1, 1]."""

import numpy as np

from cada_tf.audio.feature_set import BOUND, scaled_bound
from cada_tf.config import Scaling
from cada_tf.protocol import scaling
from cada_tf.protocol.scaling import Scaler, apply_scale, fit_scale, scale_to


def test_scaling_spans_what_it_is_fitted_on(small_problem):
    source, target = small_problem.source, small_problem.target
    fitted_on = [source.features, target.features[:5]]
    for reading in Scaling:
        scaler = Scaler(reading, source, target)
        xs, xt, scale = scaler.scale(fitted_on)
        assert scaler.scale(fitted_on).source is xs  # made once
        assert xs.dtype == xt.dtype == np.float32
        spans = {
            Scaling.SOURCE: np.concatenate([xs, xt[:5]]),  # scale() is told what to fit on
            Scaling.TRAINING: np.concatenate([xs, xt[:5]]),
            Scaling.BOTH: np.concatenate([xs, xt]),
            Scaling.CORPUS: xt,
            Scaling.SPEAKER: xt[target.speakers == "s1"],
        }
        np.testing.assert_allclose(spans[reading].min(0), -1, atol=1e-5)
        np.testing.assert_allclose(spans[reading].max(0), 1, atol=1e-5)
        if scale:
            factor, offset = scale
            np.testing.assert_allclose(target.features * factor + offset, xt, atol=1e-6)
        assert (scale is None) is (reading in (Scaling.CORPUS, Scaling.SPEAKER))


def test_a_bound_cuts_tails_and_silences_constants():
    source = np.array([[0, 1, 5], [1, 1, 7]], np.float32)
    target = np.array([[100, 3, 6]], np.float32)
    (free,) = scale_to(source, target)
    np.testing.assert_array_equal(free, [[199, 3, 0]])  # a constant one is told from its value
    (bounded,) = scale_to(source, target, bound=10)
    np.testing.assert_array_equal(bounded, [[10, 0, 0]])


def test_rows_are_scaled_in_blocks_as_all_at_once(monkeypatch):
    x = np.random.default_rng(0).normal(size=(101, 7)).astype(np.float32)
    scale = fit_scale(x[:50])
    expected = (x * scale[0] + scale[1]).astype(np.float32)
    monkeypatch.setattr(scaling, "BLOCK", 30)
    np.testing.assert_array_equal(apply_scale(x, *scale), expected)


def test_the_papers_functionals_have_no_bound():
    assert scaled_bound("GeMAPSv01b") == scaled_bound(None) == np.inf
    assert scaled_bound("ComParE_2016") == scaled_bound("columns") == BOUND
