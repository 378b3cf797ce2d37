"""What a demo corpus consists of."""

import dataclasses
from collections.abc import Callable

import numpy as np

from cada_tf.corpora.demo.room import Room
from cada_tf.corpora.demo.voice import Voice

SEED = 20_180_000
SPEAKERS, UTTERANCES = range(2)
"""Streams of random numbers."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a corpus is made.

    Args:
        name: of the corpus.
        number: of the corpus, for its random numbers.
        prefix: of its speakers' names.
        counts: emotion → number of utterances.
        speakers: how many.
        voice: draws the voice of the speaker of a number, counted from 0.
        room: draws the room of an utterance.
        strength: mean and standard deviation of how strongly an emotion is shown.
        habit: how much speakers differ in showing an emotion, in units of ``emotions.CHANCE``.
        chance: how much their utterances differ, in units of ``emotions.CHANCE``.
    """

    name: str
    number: int
    prefix: str
    counts: dict[str, int]
    speakers: int
    voice: Callable[[int, np.random.Generator], Voice]
    room: Callable[[np.random.Generator], Room]
    strength: tuple[float, float]
    habit: float
    chance: float

    def generator(self, stream: int, number: int) -> np.random.Generator:
        """Random numbers of one speaker or utterance, whatever else was made before.

        Args:
            stream: ``SPEAKERS`` or ``UTTERANCES``.
            number: of the speaker or utterance, counted from 0.
        """
        return np.random.default_rng([SEED, self.number, stream, number])
