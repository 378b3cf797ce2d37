r"""Whether the estimates of ``cada-adapt`` hold: estimated and true UA of each draw.

    python -m figures.few_labels --results=runs/few/draws.csv [--output=figures/NAME]

draws a PNG and a PDF of what ``experiments.few_labels`` has measured.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from absl import flags

from cada_tf.apps import paths, program
from cada_tf.apps.pictures import CHANCE, INCHES, look
from cada_tf.lazy import lazy_imports
from figures import command
from figures.drawing import add_legend, add_title, save
from figures.labels import count, display
from figures.styles import styles_of

with lazy_imports():
    import matplotlib.figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

FLAGS = flags.FLAGS

OURS = "cada"


def main() -> None:
    """Draws the figure."""
    results = Path(FLAGS.results)
    path = command.given_picture(results.with_suffix(""))
    for file in draw(read_draws(results), path):
        print(f"figure: {file}")


def read_draws(path: Path) -> pd.DataFrame:
    """A draws.csv, with estimates.

    Raises:
        InputError: the file is missing, or is no such table.
    """
    needed = "source", "target", "labels", "draw", "method", "ua", "low", "high", "truth"
    return command.read_draws(path, "experiments.few_labels", needed)


def draw(table: pd.DataFrame, path: Path) -> list[Path]:
    """Draws estimates with their intervals and the truth, and the systems' true UA.

    Args:
        table: of ``read_draws``.
        path: where, without suffix.

    Returns:
        The files written.
    """
    first, draws = table.iloc[0], table["draw"].nunique()
    with look():
        figure = matplotlib.figure.Figure((INCHES[1], 2.2))
        left, right = figure.subplots(1, 2, width_ratios=(3, 1), sharey=True)
        draw_estimates(left, table[table["method"] == OURS])
        draw_truth(right, table)
        title = (
            f"{first.source} → {first.target}: {count(draws, 'draw')} of {first.labels} labelled "
            "utterances, tested on all others"
        )
        add_title(figure, [title])
        add_legend(figure, *left.get_legend_handles_labels())
        return save(figure, path)


def draw_estimates(axes: Axes, own: pd.DataFrame) -> None:
    """UA estimated from the labels alone, and true UA, by true UA."""
    own, colour = own.sort_values("truth"), styles_of([OURS])[OURS].color
    place, ua = np.arange(len(own)), 100 * own["ua"]
    error = ua - 100 * own["low"], 100 * own["high"] - ua
    axes.errorbar(
        *(place, ua),
        yerr=[bar.clip(lower=0) for bar in error],
        **{"fmt": "o", "color": "0.55", "elinewidth": 0.8},
        label="estimated, 95 % interval",
    )
    axes.plot(place, 100 * own["truth"], "D", color=colour, label="true")
    draw_chance(axes, own)
    axes.set_xticks([])
    axes.set_xlabel("Draws, by true UA")
    axes.set_ylabel(f"UA of {display(OURS)} (%)")
    axes.set_ylim(0, 100)


def draw_truth(axes: Axes, table: pd.DataFrame) -> None:
    """The true UA of each system in each draw, and their means."""
    styles = styles_of(table["method"])
    for place, (method, style) in enumerate(styles.items()):
        truth = 100 * table.loc[table["method"] == method, "truth"]
        dots = style.dots()
        spread = np.linspace(-0.3, 0.3, len(truth)) if len(truth) > 1 else [0]
        axes.plot(place + np.array(spread), truth, **dots, markersize=2.5)
        axes.hlines(truth.mean(), place - 0.4, place + 0.4, color="black", zorder=3)
    axes.set_xticks(range(len(styles)), list(map(display, styles)), rotation=20, ha="right")
    draw_chance(axes, table)
    axes.set_title("True UA: draws and mean")


def draw_chance(axes: Axes, table: pd.DataFrame) -> None:
    """A line at the UA of guessing; none where an earlier version did not record the classes."""
    classes = table["classes"].max() if "classes" in table else math.nan
    if classes > 0:
        axes.axhline(100 / classes, **CHANCE, label="chance")


if __name__ == "__main__":
    paths.define_path("results", "FILE: the draws.csv of experiments.few_labels.", required=True)
    paths.define_path("output", "PATH: the pictures, without suffix; beside it if not given.")
    program.start(main)
