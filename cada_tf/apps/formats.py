"""The output formats of ``cada-predict``, one line per prediction."""

import csv
import io
import json
from collections.abc import Iterable

from cada_tf.recogniser.predictions import ABSTAINED, Layout, Prediction
from cada_tf.text import printable

Cell = str | float | bool | None


class Csv:
    """Comma-separated values, with all digits; a cell without a value is empty.

    Args:
        layout: of the columns.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def head(self) -> str:
        return self.join(self.layout.columns)

    def line(self, prediction: Prediction) -> str:
        return self.join(self.layout.cells(prediction))

    def join(self, cells: Iterable[Cell]) -> str:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(cells)
        return text.getvalue()


class Audformat(Csv):
    """As ``Csv``, with times as audformat writes them: ``audformat.utils.read_csv`` reads it."""

    def line(self, prediction: Prediction) -> str:
        cells = self.layout.cells(prediction)
        if self.layout.segmented:
            cells[1:3] = timedelta_text(prediction.start or 0.0), timedelta_text(prediction.end)
        return self.join(cells)


class JsonLines:
    """One JSON object per line, its keys the columns of ``Csv``; null for no value."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def head(self) -> str:
        return ""

    def line(self, prediction: Prediction) -> str:
        cells = self.layout.cells(prediction)
        return json.dumps(dict(zip(self.layout.columns, cells, strict=True))) + "\n"


class Table:
    """Aligned columns; the last is the file's name, with the reason if it is unusable.

    Example:
        >>> style = Table(Layout(("negative", "positive")))
        >>> print(style.head() + style.line(Prediction(file="a.wav", problem="expected audio.")))
        status     class     confidence  p_negative  p_positive  file
        unusable   -                  -           -           -  a.wav: expected audio.
        <BLANKLINE>
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        names = layout.columns
        widest = max(len(printable(name)) for name in ("class", *layout.classes))
        self.widths = {"status": -len(ABSTAINED), "class": -widest}  # negative: to the left
        self.widths |= {"start": 8, "end": 8} if layout.segmented else {}
        self.widths |= {name: len(printable(name)) for name in layout.numbers}
        others = names[names.index("problem") + 1 :]
        self.widths |= {name: -max(widest, len(printable(name))) for name in others}

    def head(self) -> str:
        return self.join({name: name for name in self.widths}, "file")

    def line(self, prediction: Prediction) -> str:
        cells = dict(zip(self.layout.columns, self.layout.cells(prediction), strict=True))
        return self.join(cells, f"{prediction.file}: {prediction.problem}".removesuffix(": "))

    def join(self, cells: dict[str, Cell], last: str) -> str:
        fixed = (pad(cells[name], width) for name, width in self.widths.items())
        return "  ".join([*fixed, printable(last)]) + "\n"


FORMATS = {"table": Table, "csv": Csv, "jsonl": JsonLines, "audformat": Audformat}


def pad(cell: Cell, width: int) -> str:
    """A cell of a table as text; aligned to the left if the width is negative."""
    if isinstance(cell, bool):
        cell = "yes" if cell else "no"
    text = "-" if cell is None else f"{cell:.3f}" if isinstance(cell, float) else printable(cell)
    return text.ljust(-width) if width < 0 else text.rjust(width)


def timedelta_text(seconds: float | None) -> str:
    """A time as audformat and pandas write it, to the nanosecond; empty for None.

    Example:
        >>> timedelta_text(3661.5), timedelta_text(0.0), timedelta_text(None)
        ('0 days 01:01:01.500000', '0 days 00:00:00', '')
    """
    import pandas as pd  # which --help need not wait for

    return "" if seconds is None else str(pd.Timedelta(round(1e9 * seconds), "ns"))
