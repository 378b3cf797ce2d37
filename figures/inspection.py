"""The picture of an inspected corpus: its classes, speakers, times and functionals."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cada_tf.apps.pictures import INCHES, look
from cada_tf.lazy import lazy_imports
from figures.drawing import add_legend, add_title, save
from figures.labels import count
from figures.styles import HOLLOW, SERIES_COLOURS, hatches_in_turn, styles_in_turn

with lazy_imports():
    import matplotlib.figure
    import matplotlib.patches
    import matplotlib.ticker
    import pandas as pd

    from cada_tf.corpora import inspection as inspecting

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cada_tf.corpora.inspection import Inspection

HEIGHT = 7.2
"""Inches of the panels."""
FUNCTIONALS = 16
"""How many are drawn: those with the farthest values."""
TIMES = {"duration": "Durations", "quiet": "Quiet before and after"}
"""Column of times → title of its histogram."""
LABELS = 40
"""How many speakers can be named beside each other."""
PARTS = "facecolor", "hatch", "edgecolor"
"""What ``looks_of`` has for each class."""
LONGEST = 16
"""Characters of a name."""


def draw(inspection: Inspection, path: Path) -> list[Path]:
    """Draws a corpus.

    Args:
        inspection: of ``cada_tf.corpora.inspection.inspect``.
        path: of the pictures, without suffix.

    Returns:
        The files written: PNG and PDF.
    """
    files = inspection.files
    classes = sorted(files["class"].unique())
    looks = looks_of(classes)
    with look():
        figure = matplotlib.figure.Figure((INCHES[1], HEIGHT))
        # The lower part's labels are long; in a part of its own they cost the upper no room.
        upper, lower = figure.subfigures(2, 1, height_ratios=[1.6, 1])
        axes = upper.subplot_mosaic([["emotions", "duration", "quiet"], ["speakers"] * 3])
        axes["features"] = lower.subplots()
        draw_emotions(axes["emotions"], files, looks)
        for column, title in TIMES.items():
            draw_times(axes[column], files.dropna(subset=column), column, title, looks)
        draw_speakers(axes["speakers"], files, looks)
        draw_features(axes["features"], inspection.features)
        for panel in axes.values():
            panel.set_axisbelow(True)
        counted = [axes[name].yaxis for name in ("speakers", *TIMES)]
        for axis in (axes["emotions"].xaxis, *counted):
            axis.set_major_locator(
                matplotlib.ticker.MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10])
            )
        sizes = [count(len(files), "utterance"), count(files["speaker"].nunique(), "speaker")]
        add_title(figure, [f"{inspection.name}: {', '.join(sizes)}"])
        patches = [matplotlib.patches.Patch(**looks[label]) for label in classes]
        add_legend(upper, patches, map(shortened, classes))
        return save(figure, path)


def looks_of(classes: Iterable[str]) -> dict[str, dict]:
    """Colour and hatch of the bars of each class."""
    hatches = hatches_in_turn(classes)
    return {
        label: {"facecolor": style.color, "hatch": hatches[label], "edgecolor": HOLLOW}
        | {"linewidth": 0}
        for label, style in styles_in_turn(classes).items()
    }


def draw_emotions(axes: Axes, files: pd.DataFrame, looks: dict[str, dict]) -> None:
    """A bar per emotion, the largest on top, in the colours of its classes."""
    counts = pd.crosstab(files["emotion"], files["class"])
    counts = counts.loc[counts.sum(axis=1).sort_values(kind="stable").index]
    ends = stack(axes.barh, "left", counts, looks)
    axes.bar_label(axes.barh(range(len(counts)), ends, color="none"), padding=2)
    axes.set_xlim(0, 1.2 * ends.max())
    axes.set_yticks(range(len(counts)), map(shortened, counts.index), parse_math=False)
    axes.set_xlabel("Utterances")
    axes.set_title("Emotions")
    axes.grid(axis="x")


def draw_speakers(axes: Axes, files: pd.DataFrame, looks: dict[str, dict]) -> None:
    """A bar per speaker, in the colours of the classes; of many speakers, some are named."""
    counts = pd.crosstab(files["speaker"], files["class"])
    stack(axes.bar, "bottom", counts, looks)
    step = math.ceil(len(counts) / LABELS)
    names = [shortened(name) for name in counts.index[::step]]
    upright = sum(map(len, names)) > 100
    axes.set_xticks(
        range(0, len(counts), step), names, rotation=90 if upright else 0, parse_math=False
    )
    axes.margins(x=0.01)
    axes.set_ylabel("Utterances")
    axes.set_title("Speakers" + f" (one in {step} is named)" * (step > 1))
    axes.grid(axis="y")


def stack(bars: object, base: str, counts: pd.DataFrame, looks: dict[str, dict]) -> np.ndarray:
    """Bars, a row of ``counts`` each, of parts, one a column; returns where they end."""
    ends = np.zeros(len(counts), int)
    for label in counts:
        bars(range(len(counts)), counts[label], 0.8, **{base: ends}, **looks[label])
        ends = ends + counts[label].to_numpy()
    return ends


def draw_times(
    axes: Axes, files: pd.DataFrame, column: str, title: str, looks: dict[str, dict]
) -> None:
    """A histogram of all recordings that can be decoded, in the colours of the classes."""
    axes.set_title(title)
    if files.empty:
        return leave_empty(axes, "none known")
    labels = sorted(files["class"].unique())
    axes.hist(
        [files[column][files["class"] == label] for label in labels],
        **{"bins": 40, "stacked": True, "linewidth": 0},
        **{part: [looks[label][part] for label in labels] for part in PARTS},
    )
    axes.set_xlabel("Seconds")
    axes.set_ylabel("Utterances")
    return axes.grid(axis="y")


def draw_features(axes: Axes, features: pd.DataFrame) -> None:
    """Boxes of the functionals with the farthest values, in interquartile ranges."""
    axes.set_title("Functionals with the farthest values")
    distances = inspecting.distances_from_median(features).dropna(axis=1)
    chosen = distances.abs().max().nlargest(FUNCTIONALS).index[::-1]
    if chosen.empty:
        return leave_empty(axes, "too few utterances")
    axes.boxplot(
        [distances[name] for name in chosen],
        **{"orientation": "horizontal", "whis": (1, 99), "widths": 0.6},
        flierprops={"marker": ".", "markersize": 2.5, "markeredgecolor": SERIES_COLOURS[3]},
        medianprops={"color": SERIES_COLOURS[0]},
        **{part: {"linewidth": 0.6} for part in ("boxprops", "whiskerprops", "capprops")},
    )
    axes.set_yticks(range(1, len(chosen) + 1), chosen)
    axes.set_xscale("symlog", linthresh=2)
    largest = 1.3 * max(2 * inspecting.MAX_DISTANCE, distances[chosen].abs().max().max())
    axes.set_xlim(-largest, largest)
    ticks = signed(size for size in (1, 3, *steps(largest)) if size < largest)
    axes.set_xticks(ticks, [f"{tick:g}".replace("-", "−") for tick in ticks])
    axes.minorticks_off()
    for side in (-1, 1):
        axes.axvspan(side * inspecting.MAX_DISTANCE, side * largest, color="0.9", zorder=0)
    axes.set_xlabel(
        "Interquartile ranges from the median: quartiles, 1st and 99th percentile,\n"
        f"values beyond (grey: out of range, more than {inspecting.MAX_DISTANCE})"
    )
    return axes.grid(axis="x")


def steps(largest: float) -> list[float]:
    """Places for ticks from 10 on, 8 at the most."""
    decades = math.ceil(math.log10(largest))
    return [10.0**power for power in range(1, decades + 1, math.ceil(decades / 8))]


def signed(sizes: Iterable[float]) -> list[float]:
    """The sizes below and above zero, and zero."""
    sizes = list(sizes)
    return [*(-size for size in reversed(sizes)), 0, *sizes]


def leave_empty(axes: Axes, reason: str) -> None:
    """Says why there is nothing to draw."""
    axes.text(0.5, 0.5, reason, transform=axes.transAxes, ha="center", color="0.4")
    axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)


def shortened(name: str) -> str:
    """A name that leaves room for the picture."""
    if len(name) <= LONGEST:
        return name
    half = LONGEST // 2
    return f"{name[:half]}…{name[1 - half :]}"  # names often differ at their end
