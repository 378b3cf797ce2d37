"""How methods, classes and other series look: the same in each picture.

Each method of the package has a colour, and a marker and a line style, which tell it apart without
colour as well. Colours were chosen to differ under deuteranopia and protanopia too: widely among
the systems of the paper and those that are compared with them most, the first eleven.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterable
from typing import NamedTuple

HOLLOW = "white"


class Style(NamedTuple):
    """How a series is drawn: Matplotlib's colour, marker, line style and face of the marker."""

    color: str
    marker: str | tuple
    linestyle: str | tuple
    markerfacecolor: str = "auto"

    def dots(self) -> dict[str, object]:
        """Options of ``plot`` for markers without a line."""
        return self._replace(linestyle="none")._asdict()


STYLES = {
    "cada": Style("#0d0887", "o", "-"),
    "fine-tune": Style("#cc4778", "s", "--"),
    "fada": Style("#f8a53f", "D", (0, (1, 1))),
    "pooled": Style("#00a8fc", "v", (0, (4, 1, 1, 1, 1, 1))),
    "cada-eq2": Style("#6c4818", "P", "-"),
    "cada-warm": Style("#6c90a8", "X", "--"),
    "all-source": Style("#848430", "*", "-."),
    "all-target": Style("#603c60", "p", (0, (6, 1, 1, 1))),
    "label-target": Style("#0c3018", "^", "-."),
    "mlp-labels": Style("#54cccc", "<", (0, (2, 2))),
    "svm-labels": Style("#6cc090", "D", "-.", HOLLOW),
    "cada-semi": Style("#486cfc", "o", "--", HOLLOW),
    "cada-unlabelled": Style("#78a8d8", "+", (0, (1, 1))),
    "self-training": Style("#18783c", "s", "-", HOLLOW),
    "mean-teacher": Style("#cc2454", "v", "-.", HOLLOW),
    "dann": Style("#e44800", (4, 1), (0, (3, 1, 1, 1))),
    "deep-coral": Style("#008484", (4, 1), (0, (1, 1)), HOLLOW),
    "ccsa": Style("#900cd8", ">", "-"),
    "dsne": Style("#485484", ">", "--", HOLLOW),
    "dae": Style("#186ca8", "^", "-", HOLLOW),
    "shla": Style("#74c0fc", "<", "--", HOLLOW),
    "fine-tune+cada": Style("#5448a8", "h", (0, (1, 1))),
    "cada+svm-pooled+svm-labels": Style("#30309c", "h", "--", HOLLOW),
    "all-source+prior": Style("#ccb46c", "*", "--", HOLLOW),
    "logistic-source": Style("#90183c", "1", "-"),
    "logistic-labels": Style("#e46cc0", "2", "--"),
    "logistic-pooled": Style("#54243c", "3", (0, (1, 1))),
    "svm-source": Style("#247860", "d", "--"),
    "svm-pooled": Style("#0c543c", "d", (0, (3, 1, 1, 1)), HOLLOW),
    "kmm": Style("#e48418", "x", "-"),
    "svm-kmm": Style("#e48454", (6, 2), "-."),
    "ulsif": Style("#b47860", "4", "--"),
    "svm-ulsif": Style("#90c0b4", "p", (0, (1, 1)), HOLLOW),
}
"""Styles of the package's methods."""
COLOURS = ("#0c78cc", "#9c489c", "#006c54", "#5400cc", "#60a89c", "#780c30", "#300c30")
MARKERS = ("H", (6, 1), "8", (3, 1))
FACES = ("auto", HOLLOW)
DASHES = ((7, 2), (2, 2), (5, 1, 1, 2), (3, 1), (8, 1, 2, 1))
"""Colours, markers, their faces and dashes of users' methods."""
LOOKS = [*itertools.product(FACES, MARKERS)]
PAIRS = len(COLOURS) * len(LOOKS)
"""How many users' methods differ in colour or marker; both are coprime in number."""

SERIES_COLOURS = ("#0d0887", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#5b3a1e", "#cc79a7")
"""Of classes and other series, in turn; after Okabe and Ito's, https://jfly.uni-koeln.de/color/."""
SERIES_MARKERS = "osD^vPX*"
SERIES_DASHES = ("-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)))
HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----", "oooo", "++++")
"""Of bars, in turn."""


def styles_of(methods: Iterable[str]) -> dict[str, Style]:
    """The style of each method, no two alike.

    Those of the package have the same in each figure, ``STYLES``. So have users' methods, by their
    names: but one whose style another method before it has takes the next that is free.

    Args:
        methods: names, as in results.csv.
    """
    styles: dict[str, Style] = {}
    for method in dict.fromkeys(methods):
        free = (style for style in own_styles(method) if style not in styles.values())
        styles[method] = STYLES.get(method) or next(free)
    return styles


def own_styles(method: str) -> Iterable[Style]:
    """Styles for a user's method, the first one by its name: others differ from all before."""
    first = zlib.crc32(method.encode())
    for turn in itertools.count():
        for step in range(PAIRS):
            yield make_style((first + step) % PAIRS + turn * PAIRS)


def make_style(place: int) -> Style:
    """The style of a user's method: other ones for other places."""
    turn, place = divmod(place, PAIRS)
    longer, shift = divmod(turn, len(DASHES))
    dashes = DASHES[(place + shift) % len(DASHES)] + (1, 1) * longer
    face, marker = LOOKS[place % len(LOOKS)]
    return Style(COLOURS[place % len(COLOURS)], marker, (0, dashes), face)


def styles_in_turn(names: Iterable[str]) -> dict[str, Style]:
    """Styles of classes, corpora or strategies, by their place: no two of up to 56 look alike."""
    parts = zip(
        *map(itertools.cycle, (SERIES_COLOURS, SERIES_MARKERS, SERIES_DASHES)), strict=False
    )
    return dict(zip(dict.fromkeys(names), itertools.starmap(Style, parts), strict=False))


def hatches_in_turn(names: Iterable[str]) -> dict[str, str]:
    """Hatches of classes' bars, by their place; of more than 56, with their colours, repeated."""
    return dict(zip(dict.fromkeys(names), itertools.cycle(HATCHES), strict=False))
