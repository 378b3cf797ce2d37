"""The corpus ``demo-actors``, in the place of EMODB: strong, acted emotions in a studio."""

import numpy as np

from cada_tf.corpora.demo.recipe import Recipe
from cada_tf.corpora.demo.room import Room
from cada_tf.corpora.demo.voice import Voice


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
