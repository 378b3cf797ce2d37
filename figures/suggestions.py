r"""What choosing the recordings to label is worth: UA and lead over random by number of labels.

    python -m figures.suggestions --results=runs/suggest [--output=figures/NAME]

prints, and draws as PNG and PDF, what ``experiments.suggestions`` has measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from absl import flags

from cada_tf.adaptation.strategy import Strategy
from cada_tf.apps import paths, program
from cada_tf.apps.pictures import INCHES, look
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports
from figures import command
from figures.drawing import add_legend, add_title, save, separate_labels
from figures.labels import count
from figures.styles import styles_in_turn
from figures.words import lead, markdown

with lazy_imports():
    import matplotlib.figure
    import pandas as pd

    from cada_tf.evaluation import label_savings, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FLAGS = flags.FLAGS

RIVAL = str(Strategy.RANDOM)
WIDER = 1.2
"""How far a panel goes beyond the numbers of labels, as a factor."""
COMPARED_AT = 12, 20
"""Numbers of labels at which it is said how many random ones are worth as much."""


def main() -> None:
    """Prints the tables and draws the figure."""
    folder = Path(FLAGS.results)
    table = read_draws(folder / "draws.csv" if folder.is_dir() else folder)
    print(f"{render(table)}\n")
    for file in draw(table, command.given_picture(folder.with_suffix(""))):
        print(f"figure: {file}")


def read_draws(path: Path) -> pd.DataFrame:
    """A draws.csv.

    Raises:
        InputError: the file is missing, or is no such table.
    """
    needed = "source", "target", "method", "draw", "strategy", "labels", "ua"
    table = command.read_draws(path, "experiments.suggestions", needed)
    if not (table["strategy"] == RIVAL).any():
        raise InputError(
            f"--results: expected rows of the strategy {RIVAL}, which the others are compared "
            f"with, in {path}; found none."
        )
    return table


def render(table: pd.DataFrame) -> str:
    """UA of each strategy, its lead over random, and what its labels are worth; Markdown."""
    sizes = sorted(table["labels"].unique())
    names = list(dict.fromkeys(table["strategy"]))
    others = [name for name in names if name != RIVAL]
    compared = [size for size in COMPARED_AT if size in sizes]
    parts = [
        f"{title(table)}: UA in % on the half that is not the pool, mean ± standard deviation, by "
        "the number of labels.",
        markdown(["strategy", *sizes], [[name, *ua_cells(table, name)] for name in names]),
        f"Lead over {RIVAL} in points, paired by draw, with its 95 % interval; mean: that of all "
        "numbers of labels but the first.",
        markdown(["strategy", *sizes[1:], "mean"], [[n, *lead_cells(table, n)] for n in others]),
        f"How many labels {RIVAL} needs for the same UA, with its 95 % interval (bootstrap over "
        f"draws; from {sizes[0]} to {sizes[-1]}, which stand for fewer and more).",
        markdown(
            ["strategy", *(f"as with {size}" for size in compared)],
            [[name, *(worth(table, name, size) for size in compared)] for name in others],
        ),
    ]
    return "\n\n".join(parts)


def compare(tables: Sequence[pd.DataFrame]) -> str:
    """The mean lead of each strategy over random on several pairs of corpora; Markdown.

    Args:
        tables: of ``read_draws``, one for each pair; empty where one lacks a strategy.
    """
    names = dict.fromkeys(name for table in tables for name in table["strategy"] if name != RIVAL)
    rows = [
        [name, *(lead_cells(t, name)[-1] if name in set(t["strategy"]) else "" for t in tables)]
        for name in names
    ]
    return markdown(["strategy", *map(title, tables)], rows)


def title(table: pd.DataFrame) -> str:
    """Corpora, method and number of draws."""
    first = table.iloc[0]
    draws = count(table["draw"].nunique(), "draw")
    return f"{first.source} → {first.target}, {first.method}, {draws}"


def ua_cells(table: pd.DataFrame, name: str) -> list[str]:
    """UA of a strategy at each number of labels."""
    ua = 100 * label_savings.ua_table(table, name)
    return [spread.plus_minus(c.mean(), c.std(ddof=1), sign=" ± ") for _, c in ua.items()]


def lead_cells(table: pd.DataFrame, name: str) -> list[str]:
    """The lead of a strategy over random at each number of labels but the first, and in the mean.

    Without an interval where all draws are equal, or are one.
    """
    effects = [*label_savings.leads(table, name, RIVAL).iloc[1:].itertuples()]
    return [lead(e) for e in (*effects, label_savings.mean_lead(table, name, RIVAL))]


def worth(table: pd.DataFrame, name: str, size: int) -> str:
    """How many random labels are worth as much as some of a strategy's."""
    found = label_savings.equal_labels(table, name, RIVAL, size)
    return f"{found.labels:.0f} [{found.low:.0f}, {found.high:.0f}]"


def draw(table: pd.DataFrame, path: Path) -> list[Path]:
    """Draws the mean UA of each strategy, and its lead over random.

    Args:
        table: of ``read_draws``.
        path: where, without suffix.

    Returns:
        The files written.
    """
    with look():
        figure = matplotlib.figure.Figure((INCHES[1], 2.3))
        left, right = figure.subplots(1, 2)
        draw_ua(left, table)
        draw_leads(right, table)
        for axes in (left, right):
            sizes = sorted(table["labels"].unique())
            axes.set_xscale("log", base=2)
            axes.set_xlim(sizes[0] / WIDER, sizes[-1] * WIDER)
            axes.set_xticks(sizes, list(map(str, sizes)))
            axes.minorticks_off()
            axes.set_xlabel("Labelled recordings")
            axes.grid()
        add_title(figure, [title(table)])
        add_legend(figure, *left.get_legend_handles_labels())
        separate_labels(left)
        separate_labels(right)
        return save(figure, path)


def draw_ua(axes: Axes, table: pd.DataFrame) -> None:
    """The mean UA of each strategy by the number of labels."""
    for name, style in styles_in_turn(table["strategy"]).items():
        ua = 100 * label_savings.ua_table(table, name).mean()
        axes.plot(ua.index, ua, **style._asdict(), label=name)
    axes.set_ylabel("Unweighted accuracy (%)")


def draw_leads(axes: Axes, table: pd.DataFrame) -> None:
    """The mean lead of each strategy over random with its interval, side by side."""
    styles = styles_in_turn(table["strategy"])
    others = [name for name in styles if name != RIVAL]
    shifts = 2 ** np.linspace(-0.12, 0.12, len(others))
    axes.axhline(0, color="black", linewidth=0.6)
    for name, shift in zip(others, shifts, strict=True):
        found = label_savings.leads(table, name, RIVAL).iloc[1:]
        mean, low, high = (100 * found[key] for key in ("difference", "low", "high"))
        dots = styles[name].dots()
        axes.errorbar(found["labels"] * shift, mean, [mean - low, high - mean], **dots)
    axes.set_ylabel(f"Lead over {RIVAL} (points of UA)")


if __name__ == "__main__":
    paths.define_path("results", "PATH: a directory of experiments.suggestions.", required=True)
    paths.define_path("output", "PATH: the pictures, without suffix; beside it if not given.")
    program.start(main)
