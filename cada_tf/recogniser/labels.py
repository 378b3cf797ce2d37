"""The class of a recogniser that a label of a table stands for."""

import collections
import dataclasses
import logging
from collections.abc import Iterable, Iterator

from cada_tf.corpora.corpus import clean_name
from cada_tf.recogniser.classifier import Classifier
from cada_tf.recogniser.recording_table import RecordingTable
from cada_tf.recogniser.recordings import Recording
from cada_tf.recogniser.table_row import TableRow

MAX_NAMED = 8
"""Labels that a message names."""

log = logging.getLogger("cada_tf")


class Labels:
    """Looks labels up among a recogniser's classes, and then among the emotions that it knows.

    Case does not matter, as in corpora.

    Args:
        classifier: its ``classes``, and its ``valence``, the map of emotions of its corpora.
    """

    def __init__(self, classifier: Classifier) -> None:
        self.emotions = {fold(emotion): name for emotion, name in classifier.valence.items()}
        self.classes = {fold(name): name for name in classifier.classes}
        self.known = self.emotions | self.classes

    def find(self, label: str) -> str | None:
        """The class; None if the label is empty, not known, or of an emotion that is left out."""
        return self.known.get(fold(label))

    def of(self, recordings: Iterable[Recording]) -> Iterator[Recording]:
        """The recordings; the rows of tables with their classes."""
        for recording in recordings:
            if isinstance(recording, TableRow) and recording.label:
                true_class = self.find(recording.label)
                recording = dataclasses.replace(recording, true_class=true_class)
            yield recording

    def check(self, table: RecordingTable) -> None:
        """Warns of labels of a table that are not known, and of rows without one."""
        counts = collections.Counter(row.label for row in table)
        empty = counts.pop("", 0)
        left_out = {x: n for x, n in counts.items() if self.known.get(fold(x), "") is None}
        unknown = {x: n for x, n in counts.items() if fold(x) not in self.known}
        place = f"{table.path}, column {table.label_column}"
        if unknown:
            log.warning(
                "%s: expected a class (%s) or an emotion that the model knows (%s), found %s. "
                "These rows are predicted, but not scored. Give their classes in a column class.",
                place,
                named(self.classes.values()),
                named(self.emotions) or "none",
                named(f"{label} ({count})" for label, count in unknown.items()),
            )
        if left_out:
            log.info("%s: not scored, as the model leaves out: %s", place, named(left_out))
        if empty:
            log.info("%s: not scored, as they have no label: %d rows", place, empty)


def fold(label: str) -> str:
    """A label as it is compared."""
    return clean_name(label).lower()


def named(names: Iterable[str]) -> str:
    """Some names for a message."""
    names = list(names)
    return ", ".join(names[:MAX_NAMED]) + (", …" if len(names) > MAX_NAMED else "")
