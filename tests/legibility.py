"""What makes a picture hard to read, as a list of sentences; for tests."""

from unittest import mock

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text

from cada_tf.apps.pictures import DPI, INCHES

POINTS = 7
"""The least size of letters at the width at which a picture is printed."""
PIXEL = 1.01


def drawn(program, *arguments) -> Figure:
    """The figure that a program's ``draw`` would save."""
    with mock.patch.object(program, "save") as save:
        program.draw(*arguments, None)
    return save.call_args.args[0]


def complaints(figure: Figure) -> list[str]:
    """What a reader could complain about: letters cut off, small, on others, or no numbers."""
    figure.set_dpi(DPI)  # at fewer, letters are rounded to whole pixels, and wider
    figure.draw_without_rendering()
    texts = shown_texts(figure)
    boxes = np.array([box_of(text) for text in texts])
    width, height = figure.bbox.size
    found = [] if width <= figure.dpi * INCHES[1] + PIXEL else [f"{width} pixels wide"]
    for text, (left, low, right, high) in zip(texts, boxes, strict=True):
        words = text.get_text()
        if min(left, low) < -PIXEL or right > width + PIXEL or high > height + PIXEL:
            found.append(f"cut off: {words!r}")
        if text.get_fontsize() < POINTS:
            found.append(f"{text.get_fontsize()} points: {words!r}")
        if "nan" in words.split():
            found.append(f"no number: {words!r}")
    found += [f"on one another: {a!r} and {b!r}" for a, b in overlapping(texts, boxes)]
    return found + [f"a legend on {place}" for place in hidden_by_legends(figure)]


def box_of(text: Text) -> list[float]:
    """Left, low, right and high edge, without empty lines above."""
    words, box = text.get_text(), text.get_window_extent()
    empty = (len(words) - len(words.lstrip("\n"))) / len(words.split("\n"))
    return [box.x0, box.y0, box.x1, box.y1 - empty * box.height]


def shown_texts(figure: Figure) -> list[Text]:
    """All text that a reader sees; Matplotlib keeps labels of ticks beyond an axis as well."""
    hidden = set()
    for axes in figure.findobj(Axes):
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not axes.axison or not low <= tick.get_loc() <= high:
                    hidden |= {tick.label1, tick.label2}
            if not axes.axison:
                hidden.add(axis.label)
    texts = (text for text in figure.findobj(Text) if text not in hidden)
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


def overlapping(texts: list[Text], boxes: np.ndarray) -> list[tuple[str, str]]:
    """The words of texts that lie on one another; of slanted ones nothing is known."""
    level = np.array([text.get_rotation() % 90 == 0 for text in texts])
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2]) + PIXEL
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:]) - PIXEL
    both = (low < high).all(-1) & level & level[:, None]
    pairs = np.argwhere(np.triu(both, 1))
    return [(texts[a].get_text(), texts[b].get_text()) for a, b in pairs]


def hidden_by_legends(figure: Figure) -> list[str]:
    """The titles of panels that a legend covers in part, or the edge that one is beyond."""
    found = []
    for legend in figure.findobj(Legend):
        box = legend.get_window_extent()
        if box.x0 < -PIXEL or box.x1 > figure.bbox.x1 + PIXEL or box.y0 < -PIXEL:
            found.append("the edge")
        panels = (axes for axes in figure.findobj(Axes) if axes.axison)
        found += [axes.get_title() or "a panel" for axes in panels if axes.bbox.overlaps(box)]
    return found
