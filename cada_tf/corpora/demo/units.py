"""Samples, frames, decibels and per cents."""

import numpy as np

SAMPLING_RATE = 16_000
"""Hz."""
FRAME = SAMPLING_RATE // 100
"""Samples of one frame of controls, 10 ms."""


def frame_times(frames: int) -> np.ndarray:
    """When each frame starts, [frames] seconds."""
    return np.arange(frames) * FRAME / SAMPLING_RATE


def upsample(track: np.ndarray) -> np.ndarray:
    """[frames] to [frames · FRAME], linearly between the middles of frames."""
    held = np.concatenate([track[:1], track, track[-1:]])  # before the first middle, after the last
    lines = held[:-1, None] + np.diff(held)[:, None] / FRAME * np.arange(FRAME)
    return lines.reshape(-1)[FRAME // 2 : -FRAME // 2]


def decibels(level: np.ndarray | float) -> np.ndarray:
    """Amplitudes of levels in dB, of the same shape."""
    return 10 ** (np.asarray(level) / 20)


def ratio(per_cent: float) -> float:
    """Factor of a logarithmic per cent."""
    return float(np.exp(per_cent / 100))
