"""The noise of fricatives and of the bursts of stops."""

import numpy as np
from scipy.signal import lfilter

from cada_tf.corpora.demo.controls import Controls
from cada_tf.corpora.demo.filters import resonators
from cada_tf.corpora.demo.units import FRAME, upsample
from cada_tf.corpora.demo.voice import Voice

HISS, HUSH = 5000.0, 2800.0
"""Centres of the noise at the teeth and further back, of an adult male, Hz."""
HIGHEST = 6500.0  # Hz, well below half the sampling rate
BANDWIDTH = 1200.0  # Hz
GAIN = 0.06  # relative to the voice


def frication(voice: Voice, controls: Controls, rng: np.random.Generator) -> np.ndarray:
    """Noise with one resonance at the place of each sound, [samples]."""
    noise = rng.standard_normal(len(controls.f0) * FRAME)
    speech = np.zeros_like(noise)
    for gain, centre in ((controls.hiss, HISS), (controls.hush, HUSH)):
        poles = resonators(min(centre * voice.tract, HIGHEST), BANDWIDTH)
        speech += upsample(gain) * lfilter([poles.sum(), -poles.sum()], poles, noise)
    return GAIN * speech
