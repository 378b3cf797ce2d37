"""Scaling: what each choice makes span [-1, 1]."""

import numpy as np

from cada_tf.config import Scaling
from cada_tf.protocol.scaling import Scaler


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
