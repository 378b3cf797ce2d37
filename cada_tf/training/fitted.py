"""A trained replica, with what later stages need of its training."""

import dataclasses
from typing import NamedTuple

import numpy as np

from cada_tf.models import forward
from cada_tf.training.history import History

SMALLEST = 1e-30
"""Of a probability, so that its logarithm is finite."""


class HeldOut(NamedTuple):
    """Examples held out of training: features ``[h, F]`` and classes or categories ``[h]``."""

    x: np.ndarray
    y: np.ndarray


@dataclasses.dataclass(frozen=True)
class Fitted:
    """A trained replica.

    Args:
        weights: of its encoder and predictor; empty where it has no network of its own.
        epoch: which they are from; 0 without.
        y_pred: the classes that it gives the test examples, ``[t]``.
        test_logits: its logits of them, ``[t, outputs]``; without a network log-probabilities or
            decision values, ``[t, C]``.
        history: how its training went; empty without.
        source_held_out: the source's held-out examples, with their classes.
        scale: factor and offset of the target's features; None where groups have their own.
    """

    weights: list[np.ndarray]
    epoch: int
    y_pred: np.ndarray
    test_logits: np.ndarray
    history: History
    source_held_out: HeldOut
    scale: tuple[np.ndarray, np.ndarray] | None

    @classmethod
    def without_network(
        cls, scores: np.ndarray, scale: tuple[np.ndarray, np.ndarray] | None = None
    ) -> "Fitted":
        """What answers test examples without a network of its own.

        Args:
            scores: of the classes, ``[t, C]``: the highest is that of the predicted class.
            scale: as of the class.
        """
        none = HeldOut(np.empty(0), np.empty(0))
        logits = scores.astype(np.float32)
        return cls([], 0, logits.argmax(-1), logits, {}, none, scale)

    @classmethod
    def by_probabilities(
        cls, probabilities: np.ndarray, scale: tuple[np.ndarray, np.ndarray] | None = None
    ) -> "Fitted":
        """The same of probabilities ``[t, C]``, some of which may be 0."""
        return cls.without_network(log_probabilities(probabilities), scale)

    def archived(self, *, first: bool) -> "Fitted":
        """What a run keeps of it: of the first trial alone the weights and the test logits."""
        parts = {"source_held_out": HeldOut(np.empty(0), np.empty(0))}
        if not first:
            parts |= {"weights": [], "test_logits": self.test_logits[:0]}
        return dataclasses.replace(self, **parts)

    @property
    def held_out_logits(self) -> np.ndarray:
        """Its logits of the source's held-out examples, ``[h, outputs]``."""
        return forward.logits(self.weights, self.source_held_out.x)


def log_probabilities(probabilities: np.ndarray) -> np.ndarray:
    """Their logarithms, finite where a probability is 0."""
    return np.log(np.maximum(probabilities, SMALLEST))
