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
from cada_tf.config import Spread
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports
from figures import command, overview
from figures.curves import REFERENCES, draw_chance, draw_methods, notes
from figures.drawing import INCHES, LINE, LOOK, save
from figures.labels import chance_of, display, grid_of, mean_over

with lazy_imports():
    import matplotlib.figure
    import pandas as pd

    from cada_tf.runs import results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FLAGS = flags.FLAGS

COLUMNS, LEGEND_COLUMNS = 3, 4
HEIGHT = 1.9
"""Inches of a row of panels."""


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
    with matplotlib.rc_context(LOOK):
        rows = math.ceil(len(shown) / COLUMNS)
        figure = matplotlib.figure.Figure((INCHES[1], HEIGHT * rows), layout="constrained")
        grid = figure.subplots(rows, COLUMNS, sharey=True, squeeze=False)
        entries: dict[str, object] = {}
        for axes, table in zip(grid.flat, shown.values(), strict=False):
            draw_panel(axes, table, spread)
            handles, labels = axes.get_legend_handles_labels()
            entries |= dict(zip(labels, handles, strict=True))
        for axes in grid.flat[len(shown) :]:
            axes.set_axis_off()
        for axes in grid.flat[max(0, len(shown) - COLUMNS) : len(shown)]:
            axes.set_xlabel("Labelled target examples")
        for axes in grid[:, 0]:
            axes.set_ylabel("Unweighted accuracy (%)")
        figure.set_figheight(HEIGHT * rows + LINE * (math.ceil(len(entries) / LEGEND_COLUMNS) + 2))
        figure.legend(
            entries.values(),
            entries.keys(),
            title=" or ".join(mean_over(spread, *grid, sign=" ± ") for grid in sorted(grids)),
            loc="outside lower center",
            ncols=LEGEND_COLUMNS,
            frameon=False,
            handlelength=3.5,
        )
        return figure


def only(table: pd.DataFrame, methods: Sequence[str]) -> pd.DataFrame:
    """The rows of the methods; all if none is named."""
    return table[table["method"].isin(methods)] if methods else table


def draw_panel(axes: Axes, table: pd.DataFrame, spread: Spread) -> None:
    """The curves of a run, below its name and what a reader must know of it."""
    summary, first = results.summarise(table, spread), table.iloc[0]
    summary[["mean", "std"]] *= 100
    draw_methods(axes, summary[summary["examples"].notna()])
    for row in summary[summary["examples"].isna()].itertuples():
        style = REFERENCES.get(row.method, "-")
        axes.axhline(row.mean, color="0.45", linestyle=style, label=display(row.method))
    if chance := chance_of(table):
        draw_chance(axes, chance)
        axes.lines[-1].set_label("chance")
    title = [
        f"{first.source} → {first.target}",
        *(n for n in notes(table, None) if "SEMI" not in n),
    ]
    axes.set_title("\n".join(title), parse_math=False)
    axes.grid(alpha=0.3, linewidth=0.4)


if __name__ == "__main__":
    command.define_flags(
        "PATH: the pictures, without suffix; panels in the directory if not given."
    )
    flags.DEFINE_list("methods", [], "Methods that are shown, by their names; all if not given.")
    program.start(main)
