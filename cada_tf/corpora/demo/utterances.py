"""One utterance of a corpus: who speaks, how, and the sound of it.

An utterance depends on its number alone, not on those made before.
"""

from collections.abc import Sequence

import numpy as np

from cada_tf.corpora.demo.emotions import EXPRESSIONS, by_chance
from cada_tf.corpora.demo.expression import Expression
from cada_tf.corpora.demo.recipe import UTTERANCES, Recipe
from cada_tf.corpora.demo.speakers import Speaker
from cada_tf.corpora.demo.synthesis import synthesise


def choose_speaker(recipe: Recipe, number: int, cast: Sequence[Speaker]) -> Speaker:
    """The one of all ``recipe.speakers`` in ``cast`` who speaks the utterance of a number."""
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
    rng.integers(recipe.speakers)  # passes over what choose_speaker drew
    expression = draw_expression(recipe, speaker, emotion, rng)
    return synthesise(speaker.voice, expression, recipe.room(rng), rng)


def draw_expression(
    recipe: Recipe, speaker: Speaker, emotion: str, rng: np.random.Generator
) -> Expression:
    """How a speaker shows an emotion this time: more or less strongly, and by chance."""
    strength = max(0.0, rng.normal(*recipe.strength))
    shown = EXPRESSIONS[emotion].values() + speaker.habits[emotion]
    return Expression(*(strength * shown + recipe.chance * by_chance(rng)))
