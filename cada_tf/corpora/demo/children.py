"""The corpus ``demo-children``, in the place of Aibo: weak, spontaneous emotions in a room."""

import numpy as np

from cada_tf.corpora.demo.recipe import Recipe
from cada_tf.corpora.demo.room import Room
from cada_tf.corpora.demo.voice import Voice


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
