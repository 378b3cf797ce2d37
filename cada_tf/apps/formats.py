"""How ``cada-predict`` writes answers, a line each."""

import csv
import io
import json
from collections.abc import Sequence

from cada_tf.recogniser.predictions import ABSTAINED, Answer, columns, row


class Csv:
    """Comma-separated values, with all digits; a cell without a value is empty.

    Args:
        classes: the recogniser's.
        segmented: whether answers are of pieces.
    """

    def __init__(self, classes: Sequence[str], segmented: bool) -> None:
        self.classes, self.segmented = classes, segmented

    def head(self) -> str:
        return self.joined(columns(self.classes, self.segmented))

    def line(self, answer: Answer) -> str:
        return self.joined(row(answer, self.classes, self.segmented))

    def joined(self, cells: list[str | float | None]) -> str:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(cells)
        return text.getvalue()


class JsonLines:
    """A JSON object a line, its keys the columns of ``Csv``; null for no value."""

    def __init__(self, classes: Sequence[str], segmented: bool) -> None:
        self.classes, self.segmented = classes, segmented

    def head(self) -> str:
        return ""

    def line(self, answer: Answer) -> str:
        names = columns(self.classes, self.segmented)
        cells = row(answer, self.classes, self.segmented)
        return json.dumps(dict(zip(names, cells, strict=True))) + "\n"


class Table:
    """Aligned columns, the file's name last, with the reason behind it if it is unusable.

    Example:
        >>> style = Table(("negative", "positive"), segmented=False)
        >>> print(style.head() + style.line(Answer(file="a.wav", problem="expected audio.")))
        status     class     confidence  p_negative  p_positive  file
        unusable   -                  -           -           -  a.wav: expected audio.
        <BLANKLINE>
    """

    def __init__(self, classes: Sequence[str], segmented: bool) -> None:
        self.classes, self.segmented = classes, segmented
        widest = max(len(shown(name)) for name in ("class", *classes))
        self.widths = {"status": -len(ABSTAINED), "class": -widest}  # negative: to the left
        self.widths |= {"start": 8, "end": 8} if segmented else {}
        numbers = columns(classes, segmented)[-2 - len(classes) : -1]
        self.widths |= {name: len(shown(name)) for name in numbers}

    def head(self) -> str:
        return self.joined({name: name for name in self.widths}, "file")

    def line(self, answer: Answer) -> str:
        names = columns(self.classes, self.segmented)
        cells = dict(zip(names, row(answer, self.classes, self.segmented), strict=True))
        return self.joined(cells, f"{answer.file}: {answer.problem}".removesuffix(": "))

    def joined(self, cells: dict[str, str | float | None], last: str) -> str:
        fixed = (padded(cells[name], width) for name, width in self.widths.items())
        return "  ".join([*fixed, shown(last)]) + "\n"


FORMATS = {"table": Table, "csv": Csv, "jsonl": JsonLines}


def padded(cell: str | float | None, width: int) -> str:
    """A cell of a table for people; to the left if the width is negative."""
    text = "-" if cell is None else f"{cell:.3f}" if isinstance(cell, float) else shown(cell)
    return text.ljust(-width) if width < 0 else text.rjust(width)


def shown(text: str) -> str:
    r"""Text without what would upset a terminal or break the line, such as ``\n`` in a name."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
