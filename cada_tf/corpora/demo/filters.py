"""The filters that a source passes: the vocal tract, and the room of the recording."""

import dataclasses

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.fft import irfft, rfft
from scipy.signal import lfilter, oaconvolve

from cada_tf.corpora.demo.units import FRAME, SAMPLING_RATE, decibels

BANDWIDTHS = np.array((70, 90, 130, 200, 300))
"""Of the five formants, Hz."""
SPAN = 6 * FRAME
"""Samples of a filtered window: the tract's impulse response is below -60 dB after 40 ms."""


def vocal_tract(source: np.ndarray, formants: np.ndarray) -> np.ndarray:
    """Five moving resonances in cascade, of unit gain at 0 Hz.

    The source is divided by overlapping triangular windows around the frames; each window is
    filtered by its frame's resonances, so that filters cross-fade without clicks. Computed
    from spectra, for all frames at once.

    Args:
        source: [frames · FRAME].
        formants: [frames, 5] Hz.

    Returns:
        [frames · FRAME].
    """
    gain, poles = cascade(formants)
    filtered = irfft(rfft(windows_of(source), SPAN) * gain / rfft(poles, SPAN), SPAN)
    return overlap_add(filtered)[FRAME // 2 :][: len(source)]


def cascade(formants: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One filter per frame, of all its resonances; the higher a formant, the wider.

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
    frames, length = polynomials.shape
    products = np.zeros((frames, length + 2))
    for k in range(3):
        products[:, k : k + length] += quadratics[:, [k]] * polynomials
    return products


def windows_of(source: np.ndarray) -> np.ndarray:
    """Triangular windows, [frames, 2 · FRAME], that add up to the source [frames · FRAME]."""
    triangle = 1 - np.abs((np.arange(2 * FRAME) + 0.5) / FRAME - 1)
    return sliding_window_view(np.pad(source, FRAME // 2), 2 * FRAME)[::FRAME] * triangle


def overlap_add(windows: np.ndarray) -> np.ndarray:
    """Sum, [(frames + 6) · FRAME], of windows [frames, SPAN], one frame apart."""
    windows = windows.reshape(len(windows), -1, FRAME)
    total = np.zeros((len(windows) + windows.shape[1], FRAME))
    for k in range(windows.shape[1]):
        total[k : k + len(windows)] += windows[:, k]
    return total.reshape(-1)


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
    """A one-pole low-pass of unit gain at 0 Hz.

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


@dataclasses.dataclass(frozen=True, kw_only=True)
class Room:
    """The room and the distance of a recording.

    Args:
        reverberation: time in which sound decays by 60 dB, seconds.
        reverberant: level of the reverberation relative to the direct sound, dB.
        noise: root mean square of the background noise, dB relative to full scale.
        gain: what distance from the microphone does to the speaker's level, dB.
    """

    reverberation: float = 0.15
    reverberant: float = -20.0
    noise: float = -70.0
    gain: float = 0.0


def record(speech: np.ndarray, room: Room, rng: np.random.Generator) -> np.ndarray:
    """Adds reverberation and background noise, and prevents clipping.

    Args:
        speech: [samples], relative to full scale.
        room: of the recording.
        rng: for the room's echoes and noise.

    Returns:
        float32 [samples] in [-0.95, 0.95].
    """
    speech = oaconvolve(speech, impulse_response(room, rng))[: len(speech)]
    noise = lfilter([1], [1, -0.9], rng.standard_normal(len(speech)))  # rooms hum more than hiss
    speech += decibels(room.noise) / np.std(noise) * noise
    return (speech * min(1, 0.95 / np.abs(speech).max())).astype(np.float32)


def impulse_response(room: Room, rng: np.random.Generator) -> np.ndarray:
    """[samples] of the direct sound, 1, and exponentially decaying noise to -42 dB."""
    time = np.arange(1, int(0.7 * room.reverberation * SAMPLING_RATE) + 2) / SAMPLING_RATE
    echo = rng.standard_normal(len(time)) * 10 ** (-3 * time / room.reverberation)
    echo *= decibels(room.reverberant) / np.sqrt(np.sum(echo**2))
    echo[0] += 1
    return echo
