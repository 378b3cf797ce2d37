"""A page: the blocks that it consists of, and the one file that they become.

All text goes through Jinja2's autoescape, so that what a run or a model file holds is shown and
never part of the page's markup; only the style sheet, which is ours, is not escaped. The page may
load nothing: its policy allows the pictures in it and the style sheet, by its hash, and forbids
all else.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from cada_tf.apps.pictures import encode
from cada_tf.lazy import lazy_imports
from cada_tf.text import printable, shown

with lazy_imports():
    import jinja2
    import markupsafe

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEMPLATE, STYLE = "page.html.j2", "page.css"
LARGEST_SVG = 250_000
"""Bytes of a picture; a larger one, of thousands of dots, is a PNG."""
DPI = 200
"""Of a PNG."""
PIXELS = 130
"""CSS pixels of an inch of a picture, so that its letters are about as large as the page's."""
NUMBER = re.compile(
    r"(?:< )?[+−]?[\d,]+(?:\.\d+)?(?:±[\d.]+)?(?: \[.*\]\*?)?(?: ?\(?\d*/\d+\)?)?"
    r"|\[.*\]|[−\d.]+ to [−\d.]+"
)
"""What a table of numbers has in a cell: ``60.0±5.0 (3/4)``, ``+1.2 [0.1, 2.3]*``, an interval."""
MOST_ROWS = 500
"""Of a table or a list, whose number a file from a stranger decides."""


@dataclasses.dataclass(frozen=True)
class Prose:
    """A paragraph of parts, each with its element: ``strong``, ``em`` or ``code``; "" for none."""

    kind: ClassVar[str] = "prose"
    parts: Sequence[tuple[str, str]]


@dataclasses.dataclass(frozen=True)
class Items:
    """A list of sentences."""

    kind: ClassVar[str] = "items"
    items: Sequence[str | Prose]


@dataclasses.dataclass(frozen=True)
class Code:
    """Commands or other text that is kept as it is, with what it is called."""

    kind: ClassVar[str] = "code"
    name: str
    text: str


@dataclasses.dataclass(frozen=True)
class Table:
    """A table; the first cell of a row is its heading."""

    kind: ClassVar[str] = "table"
    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    @property
    def numeric(self) -> list[bool]:
        """Whether a column has numbers alone, and so stands to the right."""
        columns = (
            zip(*self.rows[:MOST_ROWS], strict=True) if self.rows else ([] for _ in self.heads)
        )
        return [all(map(is_number, filter(None, cells))) for cells in columns]


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture, with what it shows.

    Args:
        title: what it is.
        sentence: what it shows, and how to read it.
        address: the picture itself, as an address.
        width, height: in CSS pixels.
        alternative: the gist of it in words.
        numbers: all that it shows, as text; empty if a table beside it has that.
    """

    kind: ClassVar[str] = "picture"
    title: str
    sentence: str
    address: str
    width: int
    height: int
    alternative: str
    numbers: str = ""


@dataclasses.dataclass(frozen=True)
class Folded:
    """Blocks that a reader can unfold; in print they are there."""

    kind: ClassVar[str] = "folded"
    title: str
    blocks: Sequence[Block]


Block = str | Prose | Items | Code | Table | Picture | Folded
"""What a section consists of; a str is a paragraph."""


@dataclasses.dataclass(frozen=True)
class Section:
    """A part of the page with a heading."""

    title: str
    blocks: Sequence[Block]


@dataclasses.dataclass(frozen=True)
class Page:
    """A whole page.

    Args:
        title: of the page.
        finding: what came of it, in a sentence or two.
        notes: what a reader must know before the rest, a sentence each.
        sections: in order.
    """

    title: str
    finding: str
    notes: Sequence[str]
    sections: Sequence[Section]


def to_picture(
    figure: Figure, title: str, sentence: str, alternative: str, numbers: str = ""
) -> Picture:
    """A figure as a picture of the page."""
    data, kind = encode(figure, "svg"), "svg+xml"
    if len(data) > LARGEST_SVG:
        data, kind = encode(figure, "png", DPI), "png"
    address = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    width, height = (round(PIXELS * inches) for inches in figure.get_size_inches())
    return Picture(title, sentence, address, width, height, alternative, numbers)


def named(names: Sequence[str], most: int = MOST_ROWS) -> list[str]:
    """Names from outside, escaped and bounded, and how many more there are."""
    found = [shown(name) for name in names[:most]]
    return [*found, f"and {len(names) - most:,} more"] if len(names) > most else found


def render(page: Page) -> str:
    """The page as HTML."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        finalize=without_controls,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["most"] = MOST_ROWS
    style = (Path(__file__).parent / STYLE).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    template = environment.get_template(TEMPLATE)
    return template.render(page=page, style=markupsafe.Markup(style), digest=digest)


def without_controls(value: object) -> object:
    """A text as it is printed: what does not print, but for line breaks, is escaped."""
    if not isinstance(value, str) or isinstance(value, markupsafe.Markup):
        return value
    return "\n".join(map(printable, value.split("\n")))


def is_number(cell: str) -> bool:
    """Whether a cell is a number, perhaps with its spread and its interval."""
    return bool(NUMBER.fullmatch(cell))
