"""Predictions of recordings: rows of a table, and how many there are of each status."""

import collections
import dataclasses
from collections.abc import Sequence

from cada_tf.recogniser.table_row import TableRow

OK, ABSTAINED, UNUSABLE = "ok", "abstained", "unusable"
MIN_DURATION = 0.5
"""Seconds. No class is named for less, unless it is asked for; see docs/prediction.md."""
OWN_PREFIX = "table_"
"""Of a table's column that has the name of one of ours."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Prediction:
    """The result for a recording, or for a segment of one.

    Args:
        file: the recording's name.
        start, end: of the segment, in seconds; None for a whole recording, and ``end`` also for
            what cannot be read from ``start`` on.
        status: ``ok``; ``abstained`` if no class is probable enough, or the audio is too short;
            or ``unusable``.
        class_name: the most probable class; None unless ``ok``.
        confidence: the probability of the most probable class; None if unusable.
        probabilities: of each class, in the recogniser's order; None if unusable.
        problem: why it is unusable, or too short; else empty.
        trained_on: whether the recogniser was trained on it; None if that is not known, as of a
            part of a recording.
        row: of the table that names it; None if none does.
    """

    file: str
    start: float | None = None
    end: float | None = None
    status: str = UNUSABLE
    class_name: str | None = None
    confidence: float | None = None
    probabilities: tuple[float, ...] | None = None
    problem: str = ""
    trained_on: bool | None = None
    row: TableRow | None = None


@dataclasses.dataclass(frozen=True)
class Layout:
    """The columns of predictions.

    Args:
        classes: the recogniser's.
        segmented: whether predictions are of segments, or some of them.
        marks_training: whether it is known what the recogniser was trained on.
        labelled: whether there are labels.
        table_columns: names of the columns of the tables that name the recordings.

    Example:
        >>> Layout(("negative", "positive")).columns
        ['file', 'status', 'class', 'confidence', 'p_negative', 'p_positive', 'problem']
    """

    classes: Sequence[str]
    segmented: bool = False
    marks_training: bool = False
    labelled: bool = False
    table_columns: Sequence[str] = ()

    @property
    def index(self) -> list[str]:
        """The columns that identify a recording, or a segment of one."""
        return ["file", "start", "end"] if self.segmented else ["file"]

    @property
    def numbers(self) -> list[str]:
        """The columns of probabilities."""
        return ["confidence", *(f"p_{name}" for name in self.classes)]

    @property
    def own_columns(self) -> list[str]:
        """The names of all columns but the tables'."""
        marks = ["trained_on"] * self.marks_training + ["true_class"] * self.labelled
        return [*self.index, "status", "class", *self.numbers, "problem", *marks]

    @property
    def columns(self) -> list[str]:
        """The names of all columns."""
        names = self.own_columns
        for name in self.table_columns:
            while name in names:
                name = OWN_PREFIX + name
            names.append(name)
        return names

    def cells(self, prediction: Prediction) -> list[str | float | bool | None]:
        """The cells of a prediction, below ``columns``."""
        row = prediction.row or TableRow(name="", path="")
        return [
            prediction.file,
            *([prediction.start, prediction.end] if self.segmented else []),
            prediction.status,
            prediction.class_name,
            prediction.confidence,
            *(prediction.probabilities or [None] * len(self.classes)),
            prediction.problem,
            *([prediction.trained_on] if self.marks_training else []),
            *([row.true_class] if self.labelled else []),
            *(row.cells.get(name) for name in self.table_columns),
        ]


@dataclasses.dataclass
class PredictionCounts:
    """Counts predictions, and the recordings that they are of.

    Args:
        by_status: status → predictions.
        recordings: their number.
        requested: recordings, or segments of them that a table names.
        usable: how many of these have at least one prediction that is not ``unusable``.
        pending: whether the last one has none so far.
        trained_on: predictions of what the recogniser was trained on.
        file: the last recording's name.
    """

    by_status: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    recordings: int = 0
    requested: int = 0
    usable: int = 0
    pending: bool = False
    trained_on: int = 0
    file: str | None = None

    def add(self, prediction: Prediction) -> None:
        """Counts one; those of a recording follow each other."""
        self.by_status[prediction.status] += 1
        self.trained_on += bool(prediction.trained_on)
        named = prediction.row is not None and prediction.row.start is not None
        if named or not prediction.start:  # none, or 0: another recording begins
            self.recordings += not named or prediction.file != self.file
            self.requested += 1
            self.pending = True
        self.file = prediction.file
        if self.pending and prediction.status != UNUSABLE:
            self.usable += 1
            self.pending = False

    @property
    def exit_status(self) -> int:
        """The program's exit status: 1 if something requested has no usable prediction."""
        return int(self.usable < self.requested)

    def summary(self, segmented: bool, seconds: float) -> str:
        """How many there are of each status, and the time that they took."""
        segments = f", segments: {sum(self.by_status.values())}" if segmented else ""
        ok, abstained, unusable = (self.by_status[s] for s in (OK, ABSTAINED, UNUSABLE))
        return (
            f"recordings: {self.recordings}{segments} ({ok} judged, {abstained} abstained, "
            f"{unusable} unusable), in {seconds:.1f} s"
        )
