"""Mel spectrograms as librosa computes them with its defaults (Slaney's scale and areas)."""

import functools

import numpy as np

RATE = 16_000
"""Hz."""
WINDOW = 400
"""Samples of a frame."""
HOP = 160
"""Samples from frame to frame."""
N_BANDS = 40

BREAK = 1000.0
"""Hz, below which Slaney's scale is linear and above which it is logarithmic."""
LINEAR = 200 / 3
"""Hz per mel below it."""
LOG_STEP = np.log(6.4) / 27
"""Step of log frequency per mel above it."""


def mel_spectrogram(samples: np.ndarray) -> np.ndarray:
    """The power in each band of each frame, ``[frames, N_BANDS]``, float32; not its logarithm.

    Args:
        samples: ``[n]``, float32, at ``RATE``. A frame is taken every ``HOP`` samples as long as
            a whole one is left: librosa has half a frame of zeros before and after.
    """
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(frames * hann(), axis=1)) ** 2
    # BLAS would make the last bits depend on its number of threads.
    return np.einsum("tf,fb->tb", power.astype(np.float32), filters())


@functools.cache
def hann() -> np.ndarray:
    """The periodic Hann window, ``[WINDOW]``, float32."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)


@functools.cache
def filters() -> np.ndarray:
    """The weight of each frequency in each band, ``[WINDOW // 2 + 1, N_BANDS]``, float32."""
    top = BREAK / LINEAR + np.log(RATE / 2 / BREAK) / LOG_STEP
    edges = mel_to_hz(np.linspace(0, top, N_BANDS + 2))
    frequencies = np.linspace(0, RATE / 2, WINDOW // 2 + 1)[:, None]
    rising = (frequencies - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0, np.minimum(rising, falling))
    return (triangles * 2 / (edges[2:] - edges[:-2])).astype(np.float32)


def mel_to_hz(mel: np.ndarray) -> np.ndarray:
    """The frequencies, in Hz, of places on Slaney's scale."""
    corner = BREAK / LINEAR
    return np.where(mel < corner, mel * LINEAR, BREAK * np.exp((mel - corner) * LOG_STEP))
