"""When it is said: syllables laid out in time."""

import dataclasses

import numpy as np

from cada_tf.corpora.demo.expression import Expression
from cada_tf.corpora.demo.syllables import Syllables
from cada_tf.corpora.demo.units import FRAME, SAMPLING_RATE, frame_times, ratio
from cada_tf.corpora.demo.voice import Voice

MIN_FRAMES = 120
"""The functionals are unreliable below about a second of signal."""


@dataclasses.dataclass(frozen=True)
class Rhythm:
    """Where in the utterance each frame is.

    Args:
        segment: int [frames], index into arrays over segments (see ``syllables``).
        elapsed: [frames], how much of that segment is over, from 0 to 1.
    """

    segment: np.ndarray
    elapsed: np.ndarray


def lay_out(
    syllables: Syllables, voice: Voice, expression: Expression, rng: np.random.Generator
) -> Rhythm:
    """Lays segments out in time, between two short silences."""
    lengths = segment_lengths(syllables, voice, expression, rng)
    start = rng.uniform(0.08, 0.15)
    ends = start + np.cumsum(lengths)
    duration = ends[-1] + rng.uniform(0.1, 0.2)
    time = frame_times(max(MIN_FRAMES, round(duration * SAMPLING_RATE / FRAME)))
    segment = np.searchsorted(ends, time, side="right")
    ends = np.append(ends, time[-1] + 1)
    lengths = np.append(lengths, 1)
    elapsed = 1 - (ends[segment] - time) / np.maximum(lengths[segment], 1e-3)
    segment[time < ends[0] - lengths[0]] = 3 * len(syllables)  # the silence before
    return Rhythm(segment, np.clip(elapsed, 0, 1))


def segment_lengths(
    syllables: Syllables, voice: Voice, expression: Expression, rng: np.random.Generator
) -> np.ndarray:
    """Seconds of consonants, vowels and pauses, [syllables, 3]; most pauses have 0."""
    count = len(syllables)
    syllable = 1 / (voice.rate * ratio(expression.rate)) * np.exp(rng.normal(0, 0.2, count))
    vowel = 0.62 * syllable * (1 + 0.25 * syllables.accented)
    paused = rng.random(count) < 0.06 + expression.pauses / 100
    pause = paused * rng.uniform(0.12, 0.4, count)
    return np.stack([0.38 * syllable, vowel, pause], axis=1)
