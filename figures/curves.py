r"""UA against the number of labelled target examples, as in the paper's Figs. 2 and 3.

    python -m figures.curves --results=runs/NAME [--output=figures/NAME]

draws a PNG and a PDF, and prints where label-target, or the method of --rival, overtakes each
adaptation method.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from absl import flags

from cada_tf import paper, runs
from cada_tf.apps import program
from cada_tf.config import Spread
from cada_tf.errors import InputError, suggestion
from cada_tf.evaluation.spread import plus_minus
from cada_tf.lazy import lazy_imports
from figures import command
from figures.crossing import RIVAL, describe, overtaken_at
from figures.drawing import CHANCE, LINE, LOOK, save, styles_of
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

with lazy_imports():
    import matplotlib.container
    import matplotlib.figure

    from cada_tf.runs import results

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FLAGS = flags.FLAGS

REFERENCES = {"all-source": ":", "all-target": (0, (6, 2))}
DODGE = 1.015
"""How far methods stand apart, as a factor of the number of examples."""
SIZE = (3.5, 3.7)
"""Inches; the width is that of a column of the paper."""
LONGEST = 25
"""Characters of a label that leave room for a second column of the legend."""
LEGEND_ROWS = 5
"""Rows of a legend that ``SIZE`` has room for."""


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
    with matplotlib.rc_context(LOOK):
        figure = matplotlib.figure.Figure(SIZE, layout="constrained")
        axes = figure.subplots()
        draw_methods(axes, summary[summary["examples"].notna()], rival)
        draw_references(axes, summary[summary["examples"].isna()])
        draw_chance(axes, chance_of(table))
        title = [f"{first.source} → {first.target}", *notes(table, planned)]
        axes.set_title("\n".join(title), parse_math=False)
        axes.set_xlabel("Labelled target examples")
        axes.set_ylabel("Unweighted accuracy (%)")
        axes.grid(alpha=0.3, linewidth=0.4)
        # Below, where it hides nothing; the methods first.
        entries = zip(*axes.get_legend_handles_labels(), strict=True)
        bars = matplotlib.container.ErrorbarContainer
        entries = sorted(entries, key=lambda entry: not isinstance(entry[0], bars))
        columns = 2 if max(len(label) for _, label in entries) <= LONGEST else 1
        more_rows = math.ceil(len(entries) / columns) - LEGEND_ROWS
        figure.set_figheight(SIZE[1] + LINE * max(0, more_rows))
        figure.legend(
            *zip(*entries, strict=True),
            title=mean_over(spread, *grid_of(table, planned), sign=" ± "),
            loc="outside lower center",
            ncols=columns,
            frameon=False,
            handlelength=3.5,
        )
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


def draw_methods(axes: Axes, summary: pd.DataFrame, rival: str = RIVAL) -> None:
    """One line per method, with its spread, and a ring where the rival overtakes it."""
    means, rings = mean_curves(summary), []
    styles, overtaken = styles_of(means), overtakings(means, rival)
    for place, method in enumerate(means):
        rows = summary[summary["method"] == method].sort_values("examples")
        label, at = display(method), overtaken.get(method, math.inf)
        if at < math.inf and at > means[rival].first_valid_index():
            label += f", overtaken at {at:.0f}"
            rings.append((at, np.interp(at, rows["examples"], rows["mean"])))
        # Side by side, so that one method's bars do not hide another's.
        sizes = rows["examples"].map(place_of) * DODGE ** (place - (len(means.columns) - 1) / 2)
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
            label=f"{rival} overtakes",
        )
    if len(means):
        # Logarithmic, since most sizes are small.
        axes.set_xscale("log")
    axes.set_xticks(list(map(place_of, means.index)), [str(size) for size in means.index])
    axes.minorticks_off()


def place_of(size: int) -> float:
    """Where a number of examples stands on the logarithmic axis: 0 before 1."""
    return float(size) or 0.5


def draw_references(axes: Axes, summary: pd.DataFrame) -> None:
    """A level line for each system that takes no number of examples."""
    for row in summary.itertuples():
        axes.axhline(
            row.mean,
            color="0.45",
            linestyle=REFERENCES.get(row.method, "-"),
            label=f"{display(row.method)}: {plus_minus(row.mean, row.std, sign=' ± ')}",
        )


def draw_chance(axes: Axes, chance: float | None) -> None:
    """A level line at the UA of guessing, in %, where that is known."""
    if chance:
        axes.axhline(chance, **CHANCE, label=f"chance: {chance:.1f}")


if __name__ == "__main__":
    command.define_flags(
        "PATH: the pictures, without suffix; curve in the run's directory if not given."
    )
    flags.DEFINE_string("rival", RIVAL, "METHOD: what is marked where it overtakes others.")
    program.start(main)
