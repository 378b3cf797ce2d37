r"""UA against the number of labelled target examples, as in the paper's Figs. 2 and 3.

    python -m figures.curves --results=runs/NAME [--output=figures/NAME]

draws a PNG and a PDF, and prints where label-target, or the method of --rival, overtakes each
adaptation method.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from absl import flags

from cada_tf import paper, runs
from cada_tf.apps import program
from cada_tf.apps.pictures import CHANCE, INCHES, look
from cada_tf.config import Spread
from cada_tf.errors import InputError, suggestion
from cada_tf.evaluation.spread import plus_minus
from cada_tf.lazy import lazy_imports
from figures import command
from figures.crossing import RIVAL, describe, overtaken_at
from figures.drawing import add_legend, add_title, save, separate_labels
from figures.labels import (
    chance_of,
    display,
    grid_of,
    knows_source,
    mean_over,
    papers_pair,
    semi_supervised,
    speaker_independent,
)
from figures.styles import Style, styles_of

with lazy_imports():
    import matplotlib.figure

    from cada_tf.runs import results

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FLAGS = flags.FLAGS

DODGE = 1.015
"""How far methods stand apart, as a factor of the number of examples."""
DODGED = 0.6
"""The share of the way to the next number of examples that all methods may take."""
EDGES = {"xmin": 0.015, "xmax": 0.985}
"""Where a level line has its markers: as shares of a panel's width."""
HEIGHT = 2.6
"""Inches of the panel with its labels."""


def main() -> None:
    """Draws the figure of a run and says where the rival overtakes."""
    table, planned = command.given_run()
    check_rival(table, FLAGS.rival)
    path = command.given_picture(command.run_folder() / "curve")
    files = draw(table, path, FLAGS.spread, planned, FLAGS.rival)
    print("\n".join([*describe_crossings(table, FLAGS.rival), *notes(table, planned)]))
    for file in files:
        print(f"figure: {file}")


def check_rival(table: pd.DataFrame, rival: str) -> None:
    """Refuses a rival that the results do not have, other than label-target."""
    known = list(table["method"].unique())
    if rival not in (RIVAL, *known):
        raise InputError(
            f"--rival: expected a method of the results, {', '.join(known)}; found {rival!r}."
            f"{suggestion(rival, known)}"
        )


def describe_crossings(table: pd.DataFrame, rival: str = RIVAL) -> list[str]:
    """One line per method: where a rival overtakes it; and what the paper says of label-target."""
    means = mean_curves(results.summarise(table))
    lines = [
        f"{display(m)}: {describe(means[m], means[rival], rival)}"
        for m in overtakings(means, rival)
    ]
    if not lines:
        lines = [f"no crossing: {rival} and another method share no number of examples"]
    if size := paper.CADA_LEADS_UP_TO.get(papers_pair(table)):
        lines.append(f"the paper: CADA is ahead of {RIVAL} up to {size} examples")
    return lines


def draw(
    table: pd.DataFrame,
    path: Path,
    spread: Spread = Spread.TRIALS,
    planned: tuple[int, int] | None = None,
    rival: str = RIVAL,
) -> list[Path]:
    """Draws ``make_figure`` of a results table to ``path``, as ``drawing.save`` does."""
    return save(make_figure(table, spread, planned, rival), path)


def make_figure(
    table: pd.DataFrame,
    spread: Spread = Spread.TRIALS,
    planned: tuple[int, int] | None = None,
    rival: str = RIVAL,
) -> Figure:
    """The curves of a results table.

    Args:
        table: of ``results.read_results``.
        spread: what the bars, ± one standard deviation, are over.
        planned: the (trials, folds) of a complete cell; if not given, all those in the table.
        rival: the method that is marked where it overtakes others.
    """
    summary, first = results.summarise(table, spread), table.iloc[0]
    summary[["mean", "std"]] *= 100
    with look():
        figure = matplotlib.figure.Figure((INCHES[0], HEIGHT))
        axes = figure.subplots()
        draw_curves(axes, summary, chance_of(table), rival)
        add_title(figure, [f"{first.source} → {first.target}", *notes(table, planned)])
        axes.set_xlabel("Labelled target examples")
        axes.set_ylabel("Unweighted accuracy (%)")
        axes.grid()
        add_legends(figure, [axes], mean_over(spread, *grid_of(table, planned), sign=" ± "))
        return figure


def notes(table: pd.DataFrame, planned: tuple[int, int] | None) -> list[str]:
    """What a reader must know of the results."""
    found, full = results.summarise(table)["results"], math.prod(grid_of(table, planned))
    conditions = runs.conditions_of(table)
    lines = ["TRANSDUCTIVE"] if conditions["transductive"] else []
    if users := semi_supervised(conditions, table["method"].unique()):
        lines.append(f"SEMI-SUPERVISED: {', '.join(users)}")
    if speaker_independent(conditions):
        lines.append("SPEAKER-INDEPENDENT")
    if found.min() < full:
        lines.append(f"INCOMPLETE: as few as {found.min()} of {full} folds a point")
    return lines


def mean_curves(summary: pd.DataFrame) -> pd.DataFrame:
    """The means, one row per number of examples, one column per method, NaN where one has none."""
    sized = summary[summary["examples"].notna()].astype({"examples": int})
    means = sized.pivot(index="examples", columns="method", values="mean")
    return means[sized["method"].unique()]


def overtakings(means: pd.DataFrame, rival: str = RIVAL) -> dict[str, float]:
    """``overtaken_at`` of each method that knows the source and shares a number of examples."""
    if rival not in means:
        return {}
    others = [m for m in means if m != rival and knows_source(m)]
    found = {m: overtaken_at(means[m], means[rival]) for m in others}
    return {method: at for method, at in found.items() if not math.isnan(at)}


def draw_curves(
    axes: Axes,
    summary: pd.DataFrame,
    chance: float | None,
    rival: str = RIVAL,
    values: bool = True,
) -> None:
    """The curves and level lines of a run.

    Args:
        axes: where.
        summary: of ``results.summarise``, in %.
        chance: the UA of guessing in %, if it is known.
        rival: the method that is marked where it overtakes others.
        values: whether labels say from where it does, and the UA of level lines.
    """
    styles, sized = styles_of(summary["method"]), summary["examples"].notna()
    draw_methods(axes, summary[sized], styles, rival, values)
    draw_references(axes, summary[~sized], styles, values)
    if chance:
        axes.axhline(chance, **CHANCE, label="chance" + f": {chance:.1f}" * values)


def draw_methods(
    axes: Axes, summary: pd.DataFrame, styles: Mapping[str, Style], rival: str, values: bool
) -> None:
    """One line per method, with its spread, and a ring where the rival overtakes it."""
    means, rings = mean_curves(summary), []
    overtaken, dodge = overtakings(means, rival), dodge_of(means)
    for place, method in enumerate(means):
        rows = summary[summary["method"] == method].sort_values("examples")
        label, at = display(method), overtaken.get(method, math.inf)
        if at < math.inf and at > means[rival].first_valid_index():
            label += f", overtaken at {at:.0f}" * values
            rings.append((at, np.interp(at, rows["examples"], rows["mean"])))
        # Side by side, so that one method's bars do not hide another's.
        sizes = rows["examples"].map(place_of) * dodge ** (place - (len(means.columns) - 1) / 2)
        axes.errorbar(
            *(sizes, rows["mean"], rows["std"]),
            **styles[method]._asdict(),
            label=label,
            elinewidth=0.5,
        )
    if rings:
        axes.plot(
            *zip(*rings, strict=True),
            **{"linestyle": "none", "marker": "o", "markersize": 8, "zorder": 5},
            **{"markerfacecolor": "none", "markeredgecolor": "black", "markeredgewidth": 0.8},
            label=f"{display(rival)} overtakes",
        )
    if len(means):
        # Logarithmic, since most sizes are small.
        axes.set_xscale("log")
    axes.set_xticks(list(map(place_of, means.index)), [str(size) for size in means.index])
    axes.minorticks_off()


def place_of(size: int) -> float:
    """Where a number of examples stands on the logarithmic axis: 0 before 1."""
    return float(size) or 0.5


def add_legends(figure: Figure, panels: Sequence[Axes], title: str) -> None:
    """The legend of panels of ``draw_curves``, and labels that fit."""
    entries: dict[str, object] = {}
    for axes in panels:
        handles, labels = axes.get_legend_handles_labels()
        entries |= dict(zip(labels, handles, strict=True))
    add_legend(figure, entries.values(), entries, title=title, handle=3.5)
    for axes in panels:
        separate_labels(axes)


def dodge_of(means: pd.DataFrame) -> float:
    """The factor from one method to the next, less where numbers of examples are close."""
    places = np.array(list(map(place_of, means.index)))
    closest = np.min(places[1:] / places[:-1], initial=math.inf)
    return min(DODGE, closest ** (DODGED / max(1, len(means.columns))))


def draw_references(
    axes: Axes, summary: pd.DataFrame, styles: Mapping[str, Style], values: bool
) -> None:
    """A level line for each system that takes no number of examples."""
    for row in summary.itertuples():
        ua = f": {plus_minus(row.mean, row.std, sign=' ± ')}" * values
        style = styles[row.method]._asdict()
        axes.axhline(row.mean, **EDGES, **style, label=display(row.method) + ua, zorder=1.5)


if __name__ == "__main__":
    command.define_flags(
        "PATH: the pictures, without suffix; curve in the run's directory if not given."
    )
    flags.DEFINE_string("rival", RIVAL, "METHOD: what is marked where it overtakes others.")
    program.start(main)
