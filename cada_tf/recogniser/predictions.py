"""What a recogniser says of recordings: rows of a table, and how many there are of each kind."""

import collections
import dataclasses
from collections.abc import Sequence

OK, ABSTAINED, UNUSABLE = "ok", "abstained", "unusable"
SHORTEST_SEGMENT = 0.5
"""Seconds. Of less, and a last piece may be half of that, functionals tell next to nothing."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answer:
    """What a recogniser says of a recording, or of a piece of it.

    Args:
        file: the recording's name.
        start, end: of the piece, in seconds; None for a whole recording, and ``end`` also for
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
    """The columns that tell which recording, or which piece, a row is about."""
    return ["file", "start", "end"] if segmented else ["file"]


def columns(classes: Sequence[str], segmented: bool) -> list[str]:
    """The names of all columns.

    Example:
        >>> columns(("negative", "positive"), segmented=False)
        ['file', 'status', 'class', 'confidence', 'p_negative', 'p_positive', 'problem']
    """
    probabilities = [f"p_{name}" for name in classes]
    return [*index_columns(segmented), "status", "class", "confidence", *probabilities, "problem"]


def row(answer: Answer, classes: Sequence[str], segmented: bool) -> list[str | float | None]:
    """The cells of an answer, below ``columns``."""
    piece = [answer.start, answer.end] if segmented else []
    probabilities = answer.probabilities or [None] * len(classes)
    said = [answer.status, answer.class_name, answer.confidence, *probabilities, answer.problem]
    return [answer.file, *piece, *said]


@dataclasses.dataclass
class Tally:
    """Counts answers, and the recordings that they are of.

    Args:
        statuses: status → answers.
        recordings: their number.
        judged: of how many of them at least a piece could be judged.
        open: whether none of the last one's pieces could be, so far.
    """

    statuses: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    recordings: int = 0
    judged: int = 0
    open: bool = False

    def add(self, answer: Answer) -> None:
        """Counts one; those of a recording follow each other."""
        self.statuses[answer.status] += 1
        if not answer.start:  # none, or 0: another recording begins
            self.recordings += 1
            self.open = True
        if self.open and answer.status != UNUSABLE:
            self.judged += 1
            self.open = False

    @property
    def status(self) -> int:
        """The program's exit status: 1 if of some recording nothing could be judged."""
        return int(self.judged < self.recordings)

    def summary(self, segmented: bool, seconds: float) -> str:
        """How many there were of each kind, and how long it took."""
        pieces = f", pieces: {sum(self.statuses.values())}" if segmented else ""
        judged, abstained, unusable = (self.statuses[s] for s in (OK, ABSTAINED, UNUSABLE))
        return (
            f"recordings: {self.recordings}{pieces} ({judged} judged, {abstained} abstained, "
            f"{unusable} unusable), in {seconds:.1f} s"
        )
