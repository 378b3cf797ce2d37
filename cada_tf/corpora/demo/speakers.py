"""The people of a corpus."""

import dataclasses

import numpy as np

from cada_tf.corpora.demo.emotions import by_chance
from cada_tf.corpora.demo.recipe import SPEAKERS, Recipe
from cada_tf.corpora.demo.voice import Voice


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
    """The speaker of a number, counted from 0; names count from 1."""
    rng = recipe.generator(SPEAKERS, number)
    voice = recipe.voice(number, rng)
    habits = {emotion: recipe.habit * by_chance(rng) for emotion in recipe.counts}
    return Speaker(f"{recipe.prefix}{number + 1:02d}", voice, habits)
