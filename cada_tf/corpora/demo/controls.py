"""The plan of an utterance: what glottis and mouth are to do in each frame."""

import dataclasses

import numpy as np
from scipy.ndimage import gaussian_filter1d

from cada_tf.corpora.demo.articulation import articulate
from cada_tf.corpora.demo.expression import Expression
from cada_tf.corpora.demo.rhythm import Rhythm, lay_out
from cada_tf.corpora.demo.syllables import FRICATIVE, STOP, Syllables, draw_syllables
from cada_tf.corpora.demo.units import decibels, frame_times, ratio
from cada_tf.corpora.demo.voice import Voice

SILENT = -80.0  # dB
MURMUR = -9.0  # dB, of nasals
DECLINATION = -1.5  # st/s; people decline by 1-2


@dataclasses.dataclass(frozen=True)
class Controls:
    """What moves while an utterance is spoken, one entry a frame of 10 ms.

    Args:
        f0: [frames] Hz.
        voicing, hiss, hush: [frames] linear amplitudes of the glottal source, and of
            frication at the teeth and further back.
        effort: [frames] 0 (lax) to 1 (pressed), what accents do to the voice's spectrum.
        formants: [frames, 5] Hz.
    """

    f0: np.ndarray
    voicing: np.ndarray
    hiss: np.ndarray
    hush: np.ndarray
    effort: np.ndarray
    formants: np.ndarray


def plan(voice: Voice, expression: Expression, rng: np.random.Generator) -> Controls:
    """Draws syllables, their rhythm and their melody.

    Targets of segments become movements by Gaussian filters, whose widths are in frames.

    Args:
        voice: who speaks.
        expression: how.
        rng: what is said; the order of the calls below is part of the corpora.
    """
    syllables = draw_syllables(rng)
    rhythm = lay_out(syllables, voice, expression, rng)
    formants = articulate(voice, expression, rng, len(syllables))[rhythm.segment]
    levels = voice_levels(expression, syllables, rng)[rhythm.segment]
    semitones = expression.pitch + melody(voice, expression, syllables, rhythm, rng)
    hiss, hush = frication_times(syllables, rhythm, rng)
    return Controls(
        f0=voice.f0 * 2 ** (semitones / 12),
        voicing=gaussian_filter1d(decibels(levels), 1.2),
        hiss=gaussian_filter1d(hiss.astype(float), 0.7),
        hush=gaussian_filter1d(hush.astype(float), 0.7),
        effort=np.clip(0.5 + gaussian_filter1d(np.maximum(levels, MURMUR), 3) / 12, 0, 1),
        formants=gaussian_filter1d(formants, 2.5, axis=0),
    )


def voice_levels(
    expression: Expression, syllables: Syllables, rng: np.random.Generator
) -> np.ndarray:
    """Level of the glottal source in each segment, [3 · syllables + 1] dB."""
    count = len(syllables)
    consonants = np.array((SILENT, SILENT, MURMUR))[syllables.consonants]
    vowels = (3.0 + expression.accent) * syllables.accented + rng.normal(0, 1.5, count)
    pauses = np.full(count, SILENT)
    return np.append(np.stack([consonants, vowels, pauses], axis=1), SILENT)


def melody(
    voice: Voice,
    expression: Expression,
    syllables: Syllables,
    rhythm: Rhythm,
    rng: np.random.Generator,
) -> np.ndarray:
    """Pitch accents on a declining line, [frames] semitones around 0."""
    excursion = voice.f0_range * ratio(expression.pitch_range)
    accents = excursion * (syllables.accented + rng.normal(0, 0.35, len(syllables)))
    accents[-1] -= 0.5 * excursion  # statements end low
    accents = syllables.per_segment(accents, accents[-1])[rhythm.segment]
    time = frame_times(len(accents))
    line = (expression.slope + DECLINATION) * (time - time.mean())
    return gaussian_filter1d(accents - accents.mean(), 5) + line


def frication_times(
    syllables: Syllables, rhythm: Rhythm, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """When fricatives, and stops at their release, make noise.

    Returns:
        Two bool arrays [frames]: at the teeth, and further back.
    """
    front = syllables.per_segment(rng.random(len(syllables)) < 0.5, False)[rhythm.segment]
    consonant = syllables.consonant_in_segment()[rhythm.segment]
    noisy = (consonant == FRICATIVE) | ((consonant == STOP) & (rhythm.elapsed > 0.75))
    return noisy & front, noisy & ~front
