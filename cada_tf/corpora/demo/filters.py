"""The filters that a voice is made of."""

import numpy as np
from scipy.signal import lfilter

from cada_tf.corpora.demo.units import SAMPLING_RATE


def resonators(centres: np.ndarray | float, bandwidths: np.ndarray | float) -> np.ndarray:
    """Denominators of second-order resonances, [..., 3].

    Args:
        centres: [...] Hz.
        bandwidths: [...] Hz.
    """
    radius = np.exp(-np.pi * bandwidths / SAMPLING_RATE)
    linear = -2 * radius * np.cos(2 * np.pi * centres / SAMPLING_RATE)
    return np.stack([np.ones_like(radius), linear, radius**2], axis=-1)


def low_pass(signal: np.ndarray, attenuation: float) -> np.ndarray:
    """One pole, unit gain at 0 Hz.

    Args:
        signal: [samples].
        attenuation: at 3 kHz, dB, above 0.

    Returns:
        [samples].
    """
    power = 10 ** (attenuation / 10)
    k = 1 + (1 - np.cos(2 * np.pi * 3000 / SAMPLING_RATE)) / (power - 1)
    pole = k - np.sqrt(k**2 - 1)
    return lfilter([1 - pole], [1, -pole], signal)
