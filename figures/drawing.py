"""What the figures have in common: text that fits, titles and legends, files."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cada_tf.apps.pictures import encode
from cada_tf.lazy import lazy_imports
from cada_tf.storage import write_atomically

with lazy_imports():
    import matplotlib
    import matplotlib.container
    import matplotlib.font_manager
    import matplotlib.textpath

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

LINE = 0.14
"""Inches from a line of text, or a row of a legend, to the next."""
PAD = 0.04
"""Inches between the panels and what is above and below them."""
APART = 0.03
"""Inches between labels of an axis."""
UNIT = "\u00a0%"
"""A per cent sign behind a space at which no line is broken."""


def text_width(text: str) -> float:
    """The inches of a line of text in the size of the look, in whose ``with`` block it is asked."""
    font = matplotlib.font_manager.FontProperties(size=matplotlib.rcParams["font.size"])
    measure = matplotlib.textpath.text_to_path.get_text_width_height_descent
    return measure(text, font, ismath=False)[0] / 72


def wrapped(lines: Iterable[str], inches: float) -> list[str]:
    """Lines of text that are no wider, broken between words if that is possible."""
    return [part for line in lines for part in broken(line, inches)]


def broken(line: str, inches: float) -> list[str]:
    """The parts of a line."""
    characters = max(1, len(line))
    while True:
        parts = textwrap.wrap(line.replace(" %", UNIT), characters) or [""]
        widest = max(map(text_width, parts))
        if widest <= inches or characters == 1:
            return parts
        characters = max(1, min(characters - 1, int(characters * inches / widest)))


def grow(figure: Figure | SubFigure, inches: float) -> None:
    """Makes a figure taller."""
    figure = figure.get_figure(root=True)
    figure.set_figheight(figure.get_figheight() + inches)


def add_title(figure: Figure, lines: Iterable[str]) -> None:
    """Lines above all panels, broken where the figure is narrower; it grows by them."""
    words = wrapped(lines, figure.get_figwidth() - 2 * PAD)
    grow(figure, LINE * len(words) + PAD)
    figure.suptitle("\n".join(words), parse_math=False)


def legend_columns(labels: Sequence[str], width: float, handle: float = 2.0) -> int:
    """The most columns of a legend that fit.

    Args:
        labels: of its entries, in order.
        width: of the figure, in inches.
        handle: the length of a line beside a label, in letters' heights.
    """
    # Beside each label Matplotlib leaves 0.8 heights, and 2 between columns.
    beside = (handle + 2.8) * matplotlib.rcParams["font.size"] / 72
    widths = [beside + max(map(text_width, label.split("\n"))) for label in labels]
    for columns in range(len(widths), 1, -1):
        if sum(map(max, np.array_split(widths, columns))) <= width:  # as Matplotlib does
            return columns
    return 1


def add_legend(
    figure: Figure | SubFigure,
    handles: Iterable[Artist],
    labels: Iterable[str],
    *,
    title: str = "",
    handle: float = 2.0,
) -> None:
    """A legend below all panels, in as many columns as fit; the figure grows by its rows.

    Args:
        figure: the picture, or a part of it.
        handles, labels: of the entries; those with error bars, which are methods, come first.
        title: of the legend.
        handle: the length of a line beside a label, in letters' heights.
    """
    bars = matplotlib.container.ErrorbarContainer
    entries = list(zip(handles, labels, strict=True))
    entries = sorted(entries, key=lambda entry: not isinstance(entry[0], bars))
    handles, labels = zip(*entries, strict=True)
    width = figure.get_figure(root=True).get_figwidth() - 2 * PAD
    room = width - (handle + 2.8) * matplotlib.rcParams["font.size"] / 72
    labels = ["\n".join(broken(label, room)) for label in labels]
    columns = legend_columns(labels, width, handle)
    words = wrapped([title], width) if title else []
    lines = math.ceil(len(labels) / columns) + sum(label.count("\n") for label in labels)
    grow(figure, LINE * (lines + len(words)) + 2 * PAD)
    legend = figure.legend(
        handles,
        labels,
        **{"title": "\n".join(words), "loc": "outside lower center", "ncols": columns},
        handlelength=handle,
    )
    legend.get_title().set_multialignment("center")


def separate_labels(axes: Axes) -> None:
    """Puts labels of the x axis that would touch the one before on a second line, or leaves out."""
    figure = axes.get_figure(root=True)
    figure.draw_without_rendering()
    ends, labels = [-math.inf, -math.inf], axes.get_xticklabels()
    words = []
    for label in labels:
        box, text = label.get_window_extent(), label.get_text()
        line = next((n for n, end in enumerate(ends) if box.x0 > end), None)
        words.append("" if line is None else "\n" * line + text)
        if line is not None:
            ends[line] = box.x1 + APART * figure.dpi
    axes.set_xticks(axes.get_xticks(), words)


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
