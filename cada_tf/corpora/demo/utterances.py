"""Speakers and their utterances, by a small source-filter synthesiser.

Glottal pulses and noise (the source) pass five moving resonances (the vocal
tract) and a room. The design is Klatt's cascade synthesiser, reduced to what
the GeMAPS functionals see: F0, jitter, shimmer, harmonics-to-noise ratio,
formants, spectral slopes, loudness and the rhythm of syllables and pauses.
What it says is random syllables; it is speech-like, not intelligible.

Controls move in frames of 10 ms; all that runs at the sampling rate is NumPy or SciPy.
An utterance depends on its number alone, not on those made before.

Reference:
    Klatt & Klatt, "Analysis, synthesis, and perception of voice quality variations
    among female and male talkers", JASA 87(2), 1990.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from cada_tf.corpora.demo.filters import Room, record, vocal_tract
from cada_tf.corpora.demo.prosody import plan
from cada_tf.corpora.demo.recipes import SPEAKERS, UTTERANCES, Recipe
from cada_tf.corpora.demo.source import frication, glottal_source
from cada_tf.corpora.demo.units import decibels
from cada_tf.corpora.demo.voice import EXPRESSIONS, Expression, Voice, by_chance


@dataclasses.dataclass(frozen=True)
class Speaker:
    """A voice, and its own way of showing each emotion.

    Args:
        name: as files and tables have it.
        voice: when neutral.
        habits: emotion → [fields of an Expression], to be added to the emotion's own.
    """

    name: str
    voice: Voice
    habits: dict[str, np.ndarray]


def draw_speakers(recipe: Recipe) -> list[Speaker]:
    """All speakers of a corpus, the same each time."""
    return [draw_speaker(recipe, number) for number in range(recipe.speakers)]


def draw_speaker(recipe: Recipe, number: int) -> Speaker:
    """The speaker of this number, counted from 0; names count from 1."""
    rng = recipe.generator(SPEAKERS, number)
    voice = recipe.voice(number, rng)
    habits = {emotion: recipe.habit * by_chance(rng) for emotion in recipe.counts}
    return Speaker(f"{recipe.prefix}{number + 1:02d}", voice, habits)


def choose_speaker(recipe: Recipe, number: int, cast: Sequence[Speaker]) -> Speaker:
    """The speaker, out of all in ``cast``, of the utterance of this number."""
    return cast[recipe.generator(UTTERANCES, number).integers(recipe.speakers)]


def speak(recipe: Recipe, number: int, speaker: Speaker, emotion: str) -> np.ndarray:
    """Speaks an utterance.

    Args:
        recipe: of the corpus.
        number: of the utterance.
        speaker: who speaks.
        emotion: a key of ``recipe.counts``.

    Returns:
        float32 [samples] in [-1, 1] at ``SAMPLING_RATE``.
    """
    rng = recipe.generator(UTTERANCES, number)
    rng.integers(recipe.speakers)  # choose_speaker's draw
    expression = draw_expression(recipe, speaker, emotion, rng)
    return synthesise(speaker.voice, expression, recipe.room(rng), rng)


def draw_expression(
    recipe: Recipe, speaker: Speaker, emotion: str, rng: np.random.Generator
) -> Expression:
    """The expression of one utterance: the emotion at some strength, with random variation."""
    strength = max(0.0, rng.normal(*recipe.strength))
    shown = EXPRESSIONS[emotion].values() + speaker.habits[emotion]
    return Expression(*(strength * shown + recipe.chance * by_chance(rng)))


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
