"""Predictions of recordings: rows of a table, and how many there are of each status."""

import collections
import dataclasses
from collections.abc import Sequence

OK, ABSTAINED, UNUSABLE = "ok", "abstained", "unusable"
MIN_SEGMENT = 0.5
"""Seconds. Features of less, and the last segment may be half of that, mean next to nothing."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Prediction:
    """The result for a recording, or for a segment of one.

    Args:
        file: the recording's name.
        start, end: of the segment, in seconds; None for a whole recording, and ``end`` also for
            what cannot be read from ``start`` on.
        status: ``ok``; ``abstained`` if no class is probable enough; or ``unusable``.
        class_name: the most probable class; None unless ``ok``.
        confidence: the probability of the most probable class; None if unusable.
        probabilities: of each class, in the recogniser's order; None if unusable.
        problem: why it is unusable; else empty.
    """

    file: str
    start: float | None = None
    end: float | None = None
    status: str = UNUSABLE
    class_name: str | None = None
    confidence: float | None = None
    probabilities: tuple[float, ...] | None = None
    problem: str = ""


def index_columns(segmented: bool) -> list[str]:
    """The columns that identify a recording, or a segment of one."""
    return ["file", "start", "end"] if segmented else ["file"]


def columns(classes: Sequence[str], segmented: bool) -> list[str]:
    """The names of all columns.

    Example:
        >>> columns(("negative", "positive"), segmented=False)
        ['file', 'status', 'class', 'confidence', 'p_negative', 'p_positive', 'problem']
    """
    probabilities = [f"p_{name}" for name in classes]
    return [*index_columns(segmented), "status", "class", "confidence", *probabilities, "problem"]


def row(
    prediction: Prediction, classes: Sequence[str], segmented: bool
) -> list[str | float | None]:
    """The cells of a prediction, below ``columns``."""
    return [
        prediction.file,
        *([prediction.start, prediction.end] if segmented else []),
        prediction.status,
        prediction.class_name,
        prediction.confidence,
        *(prediction.probabilities or [None] * len(classes)),
        prediction.problem,
    ]


@dataclasses.dataclass
class PredictionCounts:
    """Counts predictions, and the recordings that they are of.

    Args:
        by_status: status → predictions.
        recordings: their number.
        usable: how many of them have at least one prediction that is not ``unusable``.
        pending: whether the last recording has none so far.
    """

    by_status: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    recordings: int = 0
    usable: int = 0
    pending: bool = False

    def add(self, prediction: Prediction) -> None:
        """Counts one; those of a recording follow each other."""
        self.by_status[prediction.status] += 1
        if not prediction.start:  # none, or 0: another recording begins
            self.recordings += 1
            self.pending = True
        if self.pending and prediction.status != UNUSABLE:
            self.usable += 1
            self.pending = False

    @property
    def exit_status(self) -> int:
        """The program's exit status: 1 if some recording has no usable prediction."""
        return int(self.usable < self.recordings)

    def summary(self, segmented: bool, seconds: float) -> str:
        """How many there are of each status, and the time that they took."""
        segments = f", segments: {sum(self.by_status.values())}" if segmented else ""
        ok, abstained, unusable = (self.by_status[s] for s in (OK, ABSTAINED, UNUSABLE))
        return (
            f"recordings: {self.recordings}{segments} ({ok} judged, {abstained} abstained, "
            f"{unusable} unusable), in {seconds:.1f} s"
        )
