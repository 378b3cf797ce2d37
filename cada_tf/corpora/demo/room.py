"""Where an utterance is recorded, and what that does to it."""

import dataclasses

import numpy as np
from scipy.signal import lfilter, oaconvolve

from cada_tf.corpora.demo.units import SAMPLING_RATE, decibels


@dataclasses.dataclass(frozen=True, kw_only=True)
class Room:
    """Where it is recorded.

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
        room: where.
        rng: of the room's echoes and noise.

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
