"""The filter of voiced sounds: a vocal tract of five resonances in cascade."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.fft import irfft, rfft

from cada_tf.corpora.demo.filters import resonators
from cada_tf.corpora.demo.units import FRAME

BANDWIDTHS = np.array((70, 90, 130, 200, 300))
"""Of the five formants, Hz."""
SPAN = 6 * FRAME
"""Samples of a filtered piece: the tract's impulse response is below -60 dB after 40 ms."""


def vocal_tract(source: np.ndarray, formants: np.ndarray) -> np.ndarray:
    """Five resonances in cascade, of unit gain at 0 Hz, that move without a click.

    Overlapping triangles cut the source into pieces around the frames; each piece is
    filtered by its frame's resonances, so that filters fade into each other. Done on
    spectra, all frames at once.

    Args:
        source: [frames · FRAME].
        formants: [frames, 5] Hz.

    Returns:
        [frames · FRAME].
    """
    gain, poles = cascade(formants)
    pieces = irfft(rfft(cut(source), SPAN) * gain / rfft(poles, SPAN), SPAN)
    return overlap_add(pieces)[FRAME // 2 :][: len(source)]


def cascade(formants: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One filter a frame, of all its resonances; a formant is wider where it is higher.

    Args:
        formants: [frames, 5] Hz.

    Returns:
        Gain [frames, 1] and denominator [frames, 11].
    """
    width = np.maximum(BANDWIDTHS * np.sqrt(formants / formants.mean(axis=0)), 60)
    gain, poles = np.ones((len(formants), 1)), np.ones((len(formants), 1))
    for resonance in np.moveaxis(resonators(formants, width), 1, 0):
        gain *= resonance.sum(axis=1, keepdims=True)
        poles = multiply(poles, resonance)
    return gain, poles


def multiply(polynomials: np.ndarray, quadratics: np.ndarray) -> np.ndarray:
    """Products, [frames, n + 2], of polynomials of coefficients [frames, n] and [frames, 3]."""
    return sum(np.pad(quadratics[:, [k]] * polynomials, ((0, 0), (k, 2 - k))) for k in range(3))


def cut(source: np.ndarray) -> np.ndarray:
    """Triangular pieces, [frames, 2 · FRAME], that add up to the source [frames · FRAME]."""
    triangle = 1 - np.abs((np.arange(2 * FRAME) + 0.5) / FRAME - 1)
    return sliding_window_view(np.pad(source, FRAME // 2), 2 * FRAME)[::FRAME] * triangle


def overlap_add(pieces: np.ndarray) -> np.ndarray:
    """Sum, [(frames + 6) · FRAME], of pieces [frames, SPAN] that start a frame apart."""
    pieces = pieces.reshape(len(pieces), -1, FRAME)
    total = np.zeros((len(pieces) + pieces.shape[1], FRAME))
    for k in range(pieces.shape[1]):
        total[k : k + len(pieces)] += pieces[:, k]
    return total.reshape(-1)
