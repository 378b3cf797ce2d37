"""A small source-filter voice, so that the package can make corpora of its own.

Glottal pulses and noise (the source) pass five moving resonances (the vocal
tract) and a room. The design is Klatt's cascade synthesiser, reduced to what
the GeMAPS functionals see: F0, jitter, shimmer, harmonics-to-noise ratio,
formants, spectral slopes, loudness and the rhythm of syllables and pauses.
What it says is random syllables; it is speech-like, not intelligible.

Controls move in frames of 10 ms; all that runs at the sampling rate is NumPy or SciPy.

Reference:
    Klatt & Klatt, "Analysis, synthesis, and perception of voice quality variations
    among female and male talkers", JASA 87(2), 1990.
"""

import numpy as np

from cada_tf.corpora.demo.controls import plan
from cada_tf.corpora.demo.expression import Expression
from cada_tf.corpora.demo.frication import frication
from cada_tf.corpora.demo.glottis import glottal_source
from cada_tf.corpora.demo.room import Room, record
from cada_tf.corpora.demo.tract import vocal_tract
from cada_tf.corpora.demo.units import decibels
from cada_tf.corpora.demo.voice import Voice


def synthesise(
    voice: Voice, expression: Expression, room: Room, rng: np.random.Generator
) -> np.ndarray:
    """Speaks one utterance of random syllables.

    Args:
        voice: who speaks.
        expression: how.
        room: where.
        rng: what is said, and all that varies by chance.

    Returns:
        float32 [samples] in [-1, 1] at ``SAMPLING_RATE``; at least 1.2 s.
    """
    controls = plan(voice, expression, rng)
    source = glottal_source(voice, expression, controls, rng)
    speech = vocal_tract(source, controls.formants) + frication(voice, controls, rng)
    speech *= decibels(voice.level + expression.loudness + room.gain) / np.sqrt(np.mean(speech**2))
    return record(speech, room, rng)
