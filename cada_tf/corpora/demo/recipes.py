"""What the demo corpora consist of.

``demo-children`` stands in for Aibo: weak, spontaneous emotions in a room. ``demo-actors`` stands
in for EMODB: strong, acted emotions in a studio.
"""

import dataclasses
from collections.abc import Callable

import numpy as np

from cada_tf.corpora.demo.filters import Room
from cada_tf.corpora.demo.voice import Voice

SEED = 20_180_000
SPEAKERS, UTTERANCES = range(2)
"""Streams of random numbers."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a demo corpus is made.

    Args:
        name: of the corpus.
        number: of the corpus, part of the key of its random numbers.
        prefix: of its speakers' names.
        counts: emotion → number of utterances.
        speakers: their number.
        voice: draws a speaker's voice, given the speaker's number, counted from 0.
        room: draws the room of an utterance.
        strength: mean and standard deviation of how strongly an emotion is shown.
        habit: how much speakers differ in showing an emotion, in units of ``voice.CHANCE``.
        chance: how much their utterances differ, in units of ``voice.CHANCE``.
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
        """The generator of one speaker or utterance, independent of all others.

        Args:
            stream: ``SPEAKERS`` or ``UTTERANCES``.
            number: of the speaker or utterance, counted from 0.
        """
        return np.random.default_rng([SEED, self.number, stream, number])


def child_voice(_: int, rng: np.random.Generator) -> Voice:
    """A child of about 10 to 13; the smaller, the higher the voice and the formants."""
    size = rng.uniform(0, 1)  # 0 for the largest, 1 for the smallest
    return Voice(
        f0=235 + 85 * np.clip(size + rng.normal(0, 0.15), 0, 1),
        f0_range=rng.uniform(1.8, 3.5),
        tract=1.2 + 0.15 * size,
        rate=rng.normal(4.1, 0.35),
        tilt=rng.normal(15, 2),
        breath=rng.normal(-25, 2.5),
        open_quotient=rng.uniform(0.58, 0.72),
        jitter=rng.uniform(0.009, 0.018),
        shimmer=rng.uniform(0.4, 0.9),
        level=rng.normal(-29, 2),
    )


def classroom(rng: np.random.Generator) -> Room:
    """The child moves, and so does the distance to the microphone."""
    return Room(
        reverberation=rng.uniform(0.35, 0.6),
        reverberant=rng.uniform(-12, -4),
        noise=rng.uniform(-58, -48),
        gain=rng.normal(0, 3),
    )


CHILDREN = Recipe(
    name="demo-children",
    number=0,
    prefix="child",
    counts={
        "angry": 40,
        "touchy": 100,
        "reprimanding": 85,
        "emphatic": 275,
        "joyful": 30,
        "motherese": 90,
        "neutral": 880,
    },
    speakers=26,
    voice=child_voice,
    room=classroom,
    strength=(0.6, 0.3),
    habit=0.5,
    chance=1.3,
)


def actor_voice(number: int, rng: np.random.Generator) -> Voice:
    """A trained voice; actors of even number are men, of odd number women."""
    woman = number % 2
    return Voice(
        f0=rng.normal(195, 14) if woman else rng.normal(116, 9),
        f0_range=rng.uniform(2.5, 4),
        tract=rng.normal(1.15, 0.03) if woman else rng.normal(1.0, 0.03),
        rate=rng.normal(5.2, 0.35),
        tilt=rng.normal(15 if woman else 13, 1.5),
        breath=rng.normal(-28 if woman else -31, 2),
        open_quotient=rng.uniform(0.55, 0.65) if woman else rng.uniform(0.45, 0.58),
        jitter=rng.uniform(0.005, 0.01),
        shimmer=rng.uniform(0.2, 0.5),
        level=rng.normal(-26, 1),
    )


def studio(rng: np.random.Generator) -> Room:
    """Dry and quiet."""
    return Room(reverberation=0.12, reverberant=rng.uniform(-24, -20), noise=rng.uniform(-75, -70))


ACTORS = Recipe(
    name="demo-actors",
    number=1,
    prefix="actor",
    counts={  # EMODB's
        "anger": 127,
        "boredom": 81,
        "disgust": 46,
        "fear": 69,
        "sadness": 62,
        "happiness": 71,
        "neutral": 79,
    },
    speakers=10,
    voice=actor_voice,
    room=studio,
    strength=(1.0, 0.15),
    habit=0.3,
    chance=0.45,
)
