"""What the figures have in common: how methods look, legends, and how pictures are written."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cada_tf.lazy import lazy_imports
from cada_tf.storage import write_atomically

with lazy_imports():
    import matplotlib

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Style(NamedTuple):
    """How a method is drawn: Matplotlib's colour, marker and line style."""

    color: str
    marker: str
    linestyle: str | tuple


# Lightness, markers and line styles tell the methods apart in grey and to the colour-blind.
STYLES = {
    "cada": Style("#0d0887", "o", "-"),
    "label-target": Style("#00603a", "^", "-."),
    "mlp-labels": Style("#40916c", "p", "-."),
    "fine-tune": Style("#cc4778", "s", "--"),
    "pooled": Style("#4fa3a5", "v", (0, (4, 1, 1, 1, 1, 1))),
    "fada": Style("#f8a53f", "D", (0, (1, 1))),
    "cada-eq2": Style("#5b3a1e", "P", "-"),
    "cada-warm": Style("#7f7f7f", "X", "--"),
    "all-source": Style("#a0a030", "*", "-."),
    "all-target": Style("#7b6fd6", "p", (0, (6, 1, 1, 1))),
    "cada-semi": Style("#4263eb", "o", "--"),
    "cada-unlabelled": Style("#9bb0f5", "o", (0, (1, 1))),
    "self-training": Style("#2b8a3e", "s", "-"),
    "mean-teacher": Style("#c2255c", "v", "-."),
    "dann": Style("#e8590c", "P", (0, (3, 1, 1, 1))),
    "deep-coral": Style("#0b7285", "X", (0, (1, 1))),
    "ccsa": Style("#862e9c", "D", "-"),
    "dsne": Style("#495057", "p", "--"),
    "dae": Style("#1864ab", "^", "-"),
    "shla": Style("#74c0fc", "^", "--"),
    "fine-tune+cada": Style("#5f3dc4", "s", (0, (1, 1))),
    "cada+svm-pooled+svm-labels": Style("#3b3b98", "H", "--"),
    "all-source+prior": Style("#d0c040", "*", "--"),
    "logistic-source": Style("#a61e4d", "v", "-"),
    "logistic-labels": Style("#e599b7", "v", "--"),
    "logistic-pooled": Style("#66334d", "v", (0, (1, 1))),
    "svm-source": Style("#087f5b", "D", "--"),
    "svm-labels": Style("#63c8a8", "D", "-."),
    "svm-pooled": Style("#0b4f3c", "D", (0, (3, 1, 1, 1))),
    "kmm": Style("#d9480f", "X", "-"),
    "svm-kmm": Style("#ff9f6b", "X", "-."),
    "ulsif": Style("#846358", "P", "--"),
    "svm-ulsif": Style("#c9b1a6", "P", (0, (1, 1))),
}
"""Styles of the package's methods."""
COLOURS = ("#d62728", "#1f9ed1", "#8c3fa0", "#3fae3f", "#a8650a", "#f29ac0", "#2f4b5c")
MARKERS = ("<", "h", ">", "d", "8", "H", "4", "1")
DASHES = ((7, 2), (2, 2), (5, 1, 1, 2), (3, 1), (8, 1, 2, 1))
"""Colours, markers and dashes of users' methods, in turn; as many as have no common divisor."""
INCHES = (3.5, 7.1)
"""The widths of a column and of both columns of the paper."""
LOOK = {
    "font.size": 7,
    "axes.titlesize": 7,
    "legend.title_fontsize": 7,
    "xtick.labelsize": 6,
    "ytick.labelsize": 6,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1,
    "lines.markersize": 3.5,
    "pdf.fonttype": 42,  # letters stay letters
    "text.parse_math": False,  # a name may have dollar signs
}
UNDATED = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None},
    "svg": dict.fromkeys(["Creator", "Date", "Format", "Type"]),
}
"""Formats of pictures → their metadata, without what would differ from day to day."""
CHANCE = {"color": "black", "linestyle": (0, (1, 3)), "linewidth": 0.8, "zorder": 1}
"""How a line at the UA of guessing is drawn."""
CHARACTER = 0.055
"""Inches of a character in the size of ``LOOK``."""
ENTRY = 0.5
"""Inches of an entry of a legend beside its label."""
LINE = 0.14
"""Inches from a row of a legend to the next."""


def styles_of(methods: Iterable[str]) -> dict[str, Style]:
    """The style of each method, no two alike.

    Those of the package have the same in each figure, ``STYLES``; others take turns through the
    combinations of ``COLOURS``, ``MARKERS`` and ``DASHES``, in their order.

    Args:
        methods: names, as in results.csv.
    """
    methods = list(dict.fromkeys(methods))
    others = [method for method in methods if method not in STYLES]
    made = {method: make_style(place) for place, method in enumerate(others)}
    return {method: STYLES.get(method) or made[method] for method in methods}


def make_style(place: int) -> Style:
    """The style of a user's method: other ones for other places, and neighbours far apart."""
    pairs = len(COLOURS) * len(MARKERS)  # of colour and marker, until the first comes again
    turn, place = divmod(place, pairs)
    longer, shift = divmod(turn, len(DASHES))
    dashes = DASHES[(place + shift) % len(DASHES)] + (1, 1) * longer
    return Style(COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)], (0, dashes))


def legend_grid(labels: Iterable[str], width: float) -> tuple[int, int]:
    """The (rows, columns) of a legend whose labels all fit.

    Args:
        labels: of its entries.
        width: of the figure, in inches.
    """
    widths = [ENTRY + CHARACTER * len(label) for label in labels]
    if sum(widths) <= width:
        return 1, len(widths)
    columns = max(1, int(width / max(widths)))
    return math.ceil(len(widths) / columns), columns


def save(figure: Figure, path: Path) -> list[Path]:
    """Writes a picture as PNG and PDF, the same bytes for the same results.

    Args:
        figure: the picture.
        path: where, without suffix.

    Returns:
        The files written.
    """
    return [write(figure, path.with_name(path.name + suffix)) for suffix in (".png", ".pdf")]


def write(figure: Figure, path: Path) -> Path:
    """Writes a picture in the format of its suffix."""
    write_atomically(path, encode(figure, path.suffix[1:]))
    return path


def encode(figure: Figure, kind: str, dpi: int = 300) -> bytes:
    """A picture as a file, the same bytes for the same results.

    Args:
        figure: the picture.
        kind: a format of ``UNDATED``.
        dpi: dots per inch of a PNG.
    """
    picture = io.BytesIO()
    # Ticks are made as they are drawn, with the sizes that hold then.
    with matplotlib.rc_context(LOOK | {"svg.hashsalt": "cada_tf"}):
        figure.savefig(picture, format=kind, dpi=dpi, metadata=UNDATED[kind])
    return picture.getvalue()
