r"""UA against the number of labelled examples on several pairs of corpora, a panel for each.

    python -m figures.panels --results=results/methods/source [--methods=fine-tune,cada]

takes all runs below a directory, and draws a PNG and a PDF.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from cada_tf.apps import program
from cada_tf.apps.pictures import INCHES, look
from cada_tf.config import Spread
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports
from figures import command, overview
from figures.curves import add_legends, draw_curves, notes
from figures.drawing import save, wrapped
from figures.labels import chance_of, grid_of, mean_over

with lazy_imports():
    import matplotlib.figure
    import pandas as pd

    from cada_tf.runs import results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FLAGS = flags.FLAGS

COLUMNS = 3
HEIGHT = 1.9
"""Inches of a row of panels."""
ROOM = 0.3
"""Inches of a panel's width that its title has not."""


def main() -> None:
    """Draws the figure."""
    folder = Path(FLAGS.results)
    path = command.given_picture(folder / "panels")
    figure = make_figure(overview.read_runs(folder), FLAGS.methods, FLAGS.spread)
    for file in save(figure, path):
        print(f"figure: {file}")


def make_figure(
    runs_read: Mapping[str, pd.DataFrame],
    methods: Sequence[str] = (),
    spread: Spread = Spread.TRIALS,
) -> Figure:
    """A panel per run, on one scale, with a common legend.

    Args:
        runs_read: of ``overview.read_runs``.
        methods: those that are shown; none for all.
        spread: what the bars, ± one standard deviation, are over.

    Raises:
        InputError: no run has any of the methods.
    """
    found = {name: only(table, methods) for name, table in runs_read.items()}
    if not any(map(len, found.values())):
        raise InputError(
            f"expected methods of the runs, found {', '.join(methods)}. Name some of "
            f"{', '.join(dict.fromkeys(pd.concat(runs_read.values())['method']))}.",
            option="methods",
        )
    shown = {name: table for name, table in found.items() if len(table)}
    grids = {grid_of(table) for table in shown.values()}
    with look():
        columns = min(COLUMNS, len(shown))
        rows, width = math.ceil(len(shown) / columns), INCHES[1] / COLUMNS
        figure = matplotlib.figure.Figure((width * columns, HEIGHT * rows))
        grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
        panels = list(grid.flat[: len(shown)])
        for axes, table in zip(panels, shown.values(), strict=True):
            draw_panel(axes, table, spread, width - ROOM)
        for axes in grid.flat[len(shown) :]:
            axes.set_axis_off()
        for axes in panels[-columns:]:
            axes.set_xlabel("Labelled target examples")
        for axes in grid[:, 0]:
            axes.set_ylabel("Unweighted accuracy (%)")
        spreads = (mean_over(spread, *grid, sign=" ± ") for grid in sorted(grids))
        add_legends(figure, panels, " or ".join(spreads))
        return figure


def only(table: pd.DataFrame, methods: Sequence[str]) -> pd.DataFrame:
    """The rows of the methods; all if none is named."""
    return table[table["method"].isin(methods)] if methods else table


def draw_panel(axes: Axes, table: pd.DataFrame, spread: Spread, inches: float) -> None:
    """The curves of a run, below its name and what a reader must know of it, in lines as wide."""
    summary, first = results.summarise(table, spread), table.iloc[0]
    summary[["mean", "std"]] *= 100
    draw_curves(axes, summary, chance_of(table), values=False)
    title = [
        f"{first.source} → {first.target}",
        *(n for n in notes(table, None) if "SEMI" not in n),
    ]
    axes.set_title("\n".join(wrapped(title, inches)), parse_math=False)
    axes.grid()


if __name__ == "__main__":
    command.define_flags(
        "PATH: the pictures, without suffix; panels in the directory if not given."
    )
    flags.DEFINE_list("methods", [], "Methods that are shown, by their names; all if not given.")
    program.start(main)
