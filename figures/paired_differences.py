r"""By how much one system is ahead of another on the same splits, split by split.

    python -m figures.paired_differences --results=runs/NAME [--compare=cada] [--rival=fine-tune]

prints a table and draws it, as PNG and PDF: one panel per rival, all if none is named. A dot
is a split, one fold of one trial; the shape behind them is their distribution, the bar their mean
with its 95 % interval (see ``figures.tables``). On top is the share of splits that the system wins,
where a tie counts half. "mean" is over the numbers of examples.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from absl import flags

from cada_tf import runs
from cada_tf.apps import paths, program
from cada_tf.apps.pictures import INCHES, look
from cada_tf.errors import InputError, suggestion
from cada_tf.lazy import lazy_imports
from figures import command
from figures.comparisons import CEILING
from figures.drawing import add_title, save, wrapped
from figures.labels import caveats, count, display, grid_of
from figures.styles import Style, styles_of
from figures.tables import text
from figures.words import rounded

with lazy_imports():
    import matplotlib.figure
    import pandas as pd

    from cada_tf.evaluation import clustered, significance

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FLAGS = flags.FLAGS
HOW = {
    "clustered": "clustered by utterance and by trial",
    "corrected t": "corrected for shared training folds",
}
"""Of ``significance.compare``'s tests."""
HIGHEST, LOWEST, PANELS = 1.9, 1.3, 8.2
"""Inches of a row of panels, at the most and at the least, and of all rows that fit a page."""
HEADROOM = 0.15
"""The share of a panel's height that a line of text takes."""
MARGIN = 0.25
"""Inches of a panel's width that its title has not."""


def main() -> None:
    """Prints and draws the paired differences of a run."""
    path = command.given_picture(command.run_folder() / "paired_differences")
    table, planned = command.given_run()
    answers = runs.read_answers(command.run_folder(), table)
    rivals = find_rivals(table, FLAGS.compare, FLAGS.rival)
    compared = measure(table, FLAGS.compare, rivals, planned, answers)
    caption = describe(table, compared, FLAGS.compare, planned)
    print(render(caption, compared))
    for file in draw(caption, compared, path):
        print(f"figure: {file}")


def find_rivals(table: pd.DataFrame, method: str, rival: str | None = None) -> list[str]:
    """What a method is compared with.

    Args:
        table: of ``read_results``.
        method: that of ``--compare``.
        rival: that of ``--rival``; None for all but all-target.

    Raises:
        InputError: the results have no such method, or no split that both have.
    """
    known = list(table["method"].unique())
    for flag, name in (("compare", method), ("rival", rival)):
        if name is not None and name not in known:
            raise InputError(
                f"--{flag}: expected a method of the results, {', '.join(known)}; found {name!r}."
                f"{suggestion(name, known)}"
            )
    rivals = [rival] if rival else [m for m in known if m not in (method, CEILING)]
    rivals = [
        name for name in rivals if name != method and significance.samples(table, method, name)
    ]
    if not rivals:
        raise InputError(
            f"--rival: expected a method with splits and numbers of examples in common with "
            f"{method}, found {rival or 'none'} among {', '.join(known)}. Choose another."
        )
    return rivals


def measure(
    table: pd.DataFrame,
    method: str,
    rivals: list[str],
    planned: tuple[int, int] | None,
    answers: clustered.Answers | None = None,
) -> pd.DataFrame:
    """``significance.compare`` in points of UA, with what it rests on.

    Returns:
        Its rows, with the columns splits, the differences ``[pairs]``, and won, the share in %
        of those that are above 0, a tie counting half, and mark, of what is incomplete.
    """
    trials, folds = grid_of(table, planned)
    compared = significance.compare(table, method, rivals, folds=folds, answers=answers)
    samples = (significance.samples(table, method, rival) for rival in rivals)
    splits = [100 * values for pairs in samples for _, values in pairs]
    compared[["difference", "low", "high"]] *= 100
    compared["splits"] = splits
    compared["won"] = [50 * (1 + np.sign(values).mean()) for values in splits]
    full = trials * folds
    compared["mark"] = [f"({n}/{full})" if n < full else "" for n in compared["pairs"]]
    return compared


def describe(
    table: pd.DataFrame, compared: pd.DataFrame, method: str, planned: tuple[int, int] | None
) -> list[str]:
    """What is shown, and what a reader must know, one sentence each."""
    trials, folds = grid_of(table, planned)
    first, tests = table.iloc[0], compared["test"].unique()
    how = " or ".join(HOW[test] for test in tests)
    known = compared["low"].notna().any()
    interval = f" [95 % confidence interval of each alone, {how}]" if known else ""
    return [
        f"{first.source} → {first.target}: {display(method)} − rival, points of UA on the same "
        f"splits, {count(trials, 'trial')} of {count(folds, 'fold')}.",
        f"Mean{interval}; won, on top in the picture: the share of splits.",
        *caveats(
            runs.conditions_of(table), table["method"].unique(), compared["pairs"], trials * folds
        ),
    ]


def render(caption: list[str], compared: pd.DataFrame) -> str:
    """One row per rival and number of examples."""
    grid = [["Rival", "Examples", "Mean", "95 % interval", "Splits", "Won"]]
    for row in compared.itertuples():
        interval = "" if math.isnan(row.low) else f"[{rounded(row.low)}, {rounded(row.high)}]"
        mean, won = rounded(row.difference, "+"), f"{row.won:.0f} %"
        grid.append(
            [display(row.rival), size(row), mean, interval, row.mark or str(row.pairs), won]
        )
    return text(caption, grid)


def size(row: tuple) -> str:
    """The number of examples of a comparison; of all of them together "mean"."""
    return "mean" if pd.isna(row.examples) else str(row.examples)


def draw(caption: list[str], compared: pd.DataFrame, path: Path) -> list[Path]:
    """Draws ``make_figure`` to ``path``, as ``drawing.save`` does."""
    return save(make_figure(caption, compared), path)


def make_figure(caption: list[str], compared: pd.DataFrame) -> Figure:
    """``render`` as a picture: one panel per rival."""
    panels = dict(list(compared.groupby("rival", sort=False)))
    most = max(map(len, panels.values()))
    rows = math.ceil(len(panels) / (1 if most > 8 else 2 if most > 4 else 3))
    columns = math.ceil(len(panels) / rows)
    width, styles = INCHES[columns > 1 or most > 8], styles_of(panels)
    with look():
        size = width, rows * max(LOWEST, min(HIGHEST, PANELS / rows))
        figure = matplotlib.figure.Figure(size)
        grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
        for place, (rival, found) in enumerate(panels.items()):
            axes = grid.flat[place]
            draw_rival(axes, found, styles[rival])
            title = f"{display(found['method'].iloc[0])} − {display(rival)}"
            axes.set_title("\n".join(wrapped([title], width / columns - MARGIN)))
            if place + columns < len(panels):  # there is one below
                axes.set_xlabel(None)
        for axes in list(grid.flat)[len(panels) :]:
            axes.remove()
        for axes in grid[:, 0]:
            axes.set_ylabel("Points of UA")
        low, high = grid[0, 0].get_ylim()
        lines = 1 + (compared["mark"] != "").any()
        grid[0, 0].set_ylim(low, high + HEADROOM * lines * (high - low))  # shared by all panels
        add_title(figure, caption)
        return figure


def draw_rival(axes: Axes, compared: pd.DataFrame, style: Style) -> None:
    """The splits, mean and interval of each number of examples, with the share won on top."""
    axes.axhline(0, color="black", linewidth=0.6, zorder=1)
    for place, row in enumerate(compared.itertuples()):
        if len(np.unique(row.splits)) > 1:  # else there is no density
            (body,) = axes.violinplot(row.splits, [place], widths=0.85, showextrema=False)["bodies"]
            body.set(facecolor="0.9", edgecolor="none", alpha=1, zorder=0)
        beside = place + 0.24 * np.linspace(-1, 1, len(row.splits) + 2)[1:-1]
        axes.plot(
            beside,
            row.splits,
            **style.dots(),
            **{"markersize": 2.4, "markeredgewidth": 0.5, "zorder": 2},
        )
        for shade, width in (("white", 2.6), ("black", 1.2)):  # set off from the dots
            axes.vlines(place, row.low, row.high, color=shade, linewidth=width, zorder=3)
        axes.plot(place, row.difference, "_", color="black", markersize=7, zorder=3)
        top = {"transform": axes.get_xaxis_transform(), "ha": "center", "va": "top"}
        axes.text(place, 0.98, f"{row.won:.0f} %\n{row.mark}", **top)
        if pd.isna(row.examples) and place:
            axes.axvline(place - 0.5, color="0.6", linewidth=0.6)
    axes.set_xticks(range(len(compared)), [size(row) for row in compared.itertuples()])
    axes.set_xlim(-0.6, len(compared) - 0.4)
    axes.set_xlabel("Labelled target examples")
    axes.grid(axis="y")


if __name__ == "__main__":
    with program.group("What is shown"):
        paths.define_path("results", "PATH: a run's directory, or its results.csv.", required=True)
        flags.DEFINE_string("compare", "cada", "METHOD: what is compared.")
        flags.DEFINE_string("rival", None, "METHOD: with what; with each rival if not given.")
    with program.group("Output"):
        paths.define_path(
            "output",
            "PATH: the pictures, without suffix; paired_differences in the run's directory.",
        )
    program.start(main)
