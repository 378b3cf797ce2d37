"""The output formats of ``cada-predict``, one line per prediction."""

import csv
import io
import json
from collections.abc import Sequence

from cada_tf.recogniser.predictions import ABSTAINED, Prediction, columns, row
from cada_tf.text import printable


class Csv:
    """Comma-separated values, with all digits; a cell without a value is empty.

    Args:
        classes: the recogniser's.
        segmented: whether predictions are of segments.
    """

    def __init__(self, classes: Sequence[str], segmented: bool) -> None:
        self.classes, self.segmented = classes, segmented

    def head(self) -> str:
        return self.join(columns(self.classes, self.segmented))

    def line(self, prediction: Prediction) -> str:
        return self.join(row(prediction, self.classes, self.segmented))

    def join(self, cells: list[str | float | None]) -> str:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(cells)
        return text.getvalue()


class JsonLines:
    """One JSON object per line, its keys the columns of ``Csv``; null for no value."""

    def __init__(self, classes: Sequence[str], segmented: bool) -> None:
        self.classes, self.segmented = classes, segmented

    def head(self) -> str:
        return ""

    def line(self, prediction: Prediction) -> str:
        names = columns(self.classes, self.segmented)
        cells = row(prediction, self.classes, self.segmented)
        return json.dumps(dict(zip(names, cells, strict=True))) + "\n"


class Table:
    """Aligned columns; the last is the file's name, with the reason if it is unusable.

    Example:
        >>> style = Table(("negative", "positive"), segmented=False)
        >>> print(style.head() + style.line(Prediction(file="a.wav", problem="expected audio.")))
        status     class     confidence  p_negative  p_positive  file
        unusable   -                  -           -           -  a.wav: expected audio.
        <BLANKLINE>
    """

    def __init__(self, classes: Sequence[str], segmented: bool) -> None:
        self.classes, self.segmented = classes, segmented
        widest = max(len(printable(name)) for name in ("class", *classes))
        self.widths = {"status": -len(ABSTAINED), "class": -widest}  # negative: to the left
        self.widths |= {"start": 8, "end": 8} if segmented else {}
        numbers = columns(classes, segmented)[-2 - len(classes) : -1]
        self.widths |= {name: len(printable(name)) for name in numbers}

    def head(self) -> str:
        return self.join({name: name for name in self.widths}, "file")

    def line(self, prediction: Prediction) -> str:
        names = columns(self.classes, self.segmented)
        cells = dict(zip(names, row(prediction, self.classes, self.segmented), strict=True))
        return self.join(cells, f"{prediction.file}: {prediction.problem}".removesuffix(": "))

    def join(self, cells: dict[str, str | float | None], last: str) -> str:
        fixed = (pad(cells[name], width) for name, width in self.widths.items())
        return "  ".join([*fixed, printable(last)]) + "\n"


FORMATS = {"table": Table, "csv": Csv, "jsonl": JsonLines}


def pad(cell: str | float | None, width: int) -> str:
    """A cell of a table as text; aligned to the left if the width is negative."""
    text = "-" if cell is None else f"{cell:.3f}" if isinstance(cell, float) else printable(cell)
    return text.ljust(-width) if width < 0 else text.rjust(width)
