"""Signals as feature sets take them that do not resample by themselves."""

import audresample
import numpy as np


def to_mono(signal: np.ndarray, rate: int, target_rate: int) -> tuple[np.ndarray, int]:
    """The mean of the channels, at another sampling rate.

    Args:
        signal: samples ``[channels, samples]``, float32.
        rate: their sampling rate in Hz.
        target_rate: in Hz; 0 keeps ``rate``.

    Returns:
        Samples ``[1, samples]``, float32, and their sampling rate in Hz.
    """
    mono = np.ascontiguousarray(signal.mean(0, keepdims=True), np.float32)
    if target_rate in (0, rate):
        return mono, rate
    return audresample.resample(mono, rate, target_rate), target_rate
