"""The target's utterances as a network sees them: scaled, embedded and classified."""

import dataclasses

import numpy as np

from cada_tf.config import Normalisation
from cada_tf.models import forward
from cada_tf.protocol.problem import Problem
from cada_tf.protocol.scaling import apply_scale, scale_groups


@dataclasses.dataclass(frozen=True)
class Utterances:
    """Utterances of the target as a network sees them.

    Args:
        x: features ``[n, F]``, scaled.
        hidden: what the encoder gives of them, ``[n, H]``.
        probabilities: of the classes, ``[n, C]``.
        speakers: their names, ``[n]``, str.
    """

    x: np.ndarray
    hidden: np.ndarray
    probabilities: np.ndarray
    speakers: np.ndarray

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: np.ndarray) -> "Utterances":
        """Those at some positions."""
        return Utterances(*(getattr(self, field.name)[rows] for field in dataclasses.fields(self)))


def whole_target(
    problem: Problem,
    weights: forward.Weights,
    scale: tuple[np.ndarray, np.ndarray] | None,
    enrolled: np.ndarray,
    temperature: float = 1.0,
    normalisation: Normalisation = Normalisation.MIN_MAX,
) -> Utterances:
    """All of ``Problem.whole_target`` as a network sees it.

    Args:
        problem: of the target.
        weights: of the network.
        scale: factor and offset of the target's features; None for a scale for each speaker.
        enrolled: positions of those that speakers' scales are fitted on.
        temperature: see ``forward.probabilities``.
        normalisation: of speakers' scales.
    """
    target = problem.whole_target
    if scale is None:
        x = scale_groups(target.features, target.speakers, problem.bound, enrolled, normalisation)
    else:
        x = apply_scale(target.features, *scale, problem.bound)
    hidden = forward.embed(weights, x)
    logits = forward.predict(weights, hidden)
    probabilities = forward.probabilities(logits, len(problem.classes), temperature)
    return Utterances(x, hidden, probabilities, target.speakers)
