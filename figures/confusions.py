r"""Confusion matrices of a run's systems: what each class of the target is recognised as.

    python -m figures.confusions --results=runs/NAME [--examples=12] [--methods=fine-tune,cada]

prints the matrices and draws them side by side, as PNG and PDF. Rows are normalised: each sums to
100 %, and the mean of the diagonal is UA. Each utterance counts once a trial, in the fold that
tested it. Where folds differ in size, as those of speakers do, UA differs somewhat from that of
figures.tables, which is the mean over the folds.
"""

from __future__ import annotations

import dataclasses
import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from absl import flags

from cada_tf import runs
from cada_tf.apps import program
from cada_tf.evaluation.metrics import mean_recall
from cada_tf.evaluation.spread import plus_minus
from cada_tf.lazy import lazy_imports
from cada_tf.protocol.cell import Cell
from figures import command
from figures.cells import define_flags, given_cells, incomplete, label
from figures.drawing import LOOK, save
from figures.labels import count, grid_of
from figures.tables import text

with lazy_imports():
    import matplotlib.figure

    from cada_tf.runs import cell_record, results

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cada_tf.protocol.problem import Problem

FLAGS = flags.FLAGS

NARROWEST = 3.5
"""Inches; the width of a column of the paper."""


@dataclasses.dataclass(frozen=True)
class Predictions:
    """What the networks of some cells predicted.

    Args:
        problem: of the run.
        y_pred: of each cell, ``[T, n]``, as in ``CellRecord``.
        title: of each cell, with how many folds it has if some are missing.
        notes: what a reader must know, one line each.
    """

    problem: Problem
    y_pred: dict[Cell, np.ndarray]
    title: dict[Cell, str]
    notes: list[str]

    def describe(self, what: str) -> list[str]:
        """The caption of a picture: what is shown, and the notes."""
        trials = max(map(len, self.y_pred.values()))
        spread = "mean ± std" if trials > 1 else "mean"
        corpora = f"{self.problem.source.name} → {self.problem.target.name}"
        return [f"{corpora}: {what}, {spread} over {count(trials, 'trial')}.", *self.notes]


def main() -> None:
    """Prints and draws the confusion matrices of a run."""
    path = command.given_picture(command.run_folder() / "confusions")
    predictions = given_predictions()
    caption, matrices = describe(predictions), confusions_of(predictions)
    classes = predictions.problem.classes
    print(render(caption, matrices, classes))
    for file in draw(caption, matrices, classes, path):
        print(f"figure: {file}")


def given_predictions() -> Predictions:
    """The predictions of the cells that the flags name.

    Raises:
        InputError: the run does not have them.
    """
    table, planned = command.given_run()
    return load_predictions(runs.Archive(command.run_folder()), table, planned, given_cells(table))


def load_predictions(
    archive: runs.Archive,
    table: pd.DataFrame,
    planned: tuple[int, int] | None,
    cells: Sequence[Cell],
) -> Predictions:
    """The predictions of some cells.

    Args:
        archive: of the run.
        table, planned: of ``command.given_run``.
        cells: in the order in which they are shown.

    Raises:
        InputError: the run does not have them.
    """
    full = math.prod(grid_of(table, planned))
    done = {cell: len(results.rows_of(table, cell)) for cell in cells}
    marks = {cell: f" ({n}/{full})" * (n < full) for cell, n in done.items()}
    return Predictions(
        archive.problem,
        {cell: archive.load(cell).y_pred for cell in cells},
        {cell: label(cell) + mark for cell, mark in marks.items()},
        incomplete(table, planned, cells),
    )


def describe(predictions: Predictions) -> list[str]:
    """What is shown, and what a reader must know, one sentence each."""
    caption = predictions.describe("what each class is recognised as, in % of its utterances")
    return [*caption, f"UA by chance is {100 / len(predictions.problem.classes):.1f} %."]


def confusions_of(predictions: Predictions) -> dict[str, np.ndarray]:
    """Title → ``confusion`` of each cell."""
    labels, classes = predictions.problem.target.labels, predictions.problem.classes
    return {
        predictions.title[cell]: confusion(labels, y_pred, len(classes))
        for cell, y_pred in predictions.y_pred.items()
    }


def confusion(y_true: np.ndarray, y_pred: np.ndarray, classes: int) -> np.ndarray:
    """How often each class was recognised as each.

    Args:
        y_true: the class of each utterance, ``[n]``.
        y_pred: what it was recognised as in each trial, ``[T, n]``; ``MISSING`` does not count.
        classes: C.

    Returns:
        Counts ``[T, C, C]``: trial, true class, recognised class.
    """
    counts = np.zeros((len(y_pred), classes, classes), int)
    for trial, predicted in enumerate(y_pred):
        known = predicted != cell_record.MISSING
        np.add.at(counts[trial], (y_true[known], predicted[known]), 1)
    return counts


def shares(counts: np.ndarray) -> np.ndarray:
    """Counts ``[..., C]`` in % of their row; NaN in a row without any."""
    total = counts.sum(-1, keepdims=True)
    return np.divide(100 * counts, total, out=np.full(counts.shape, np.nan), where=total > 0)


def accuracy(counts: np.ndarray) -> np.ndarray:
    """UA in % of confusions ``[T, C, C]``: the mean recall of the classes there, ``[T]``."""
    return mean_recall(np.diagonal(shares(counts), axis1=1, axis2=2))


def mean_and_std(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Over the first axis, with n − 1; without NaN, and NaN where there are too few others."""
    known = np.ma.masked_invalid(values)
    return np.ma.filled(known.mean(0), np.nan), np.ma.filled(known.std(0, ddof=1), np.nan)


def render(caption: list[str], matrices: dict[str, np.ndarray], classes: Sequence[str]) -> str:
    """The matrices as text, one row per true class; counts ``[T, C, C]`` by title."""
    blocks = []
    for title, counts in matrices.items():
        grid = [["true \\ recognised", *classes]]
        for name, *row in zip(classes, *mean_and_std(shares(counts)), strict=True):
            grid.append([name, *map(plus_minus, *row)])
        blocks.append(text([f"{title}: {formatted(counts)}"], grid).replace("\n\n", "\n", 1))
    return "\n\n".join(["\n".join(caption), *blocks])


def formatted(counts: np.ndarray) -> str:
    """UA with its spread over the trials."""
    return f"UA {plus_minus(*mean_and_std(accuracy(counts)), sign=' ± ')} %"


def draw(
    caption: list[str], matrices: dict[str, np.ndarray], classes: Sequence[str], path: Path
) -> list[Path]:
    """Draws ``make_figure`` to ``path``, as ``drawing.save`` does."""
    return save(make_figure(caption, matrices, classes), path)


def make_figure(
    caption: list[str], matrices: dict[str, np.ndarray], classes: Sequence[str]
) -> Figure:
    """Matrices side by side; arguments as for ``render``."""
    side = 1.2 if len(classes) == 2 else min(2, 0.5 * len(classes))
    rows = math.ceil(len(matrices) / (6.5 // side))
    columns = math.ceil(len(matrices) / rows)
    width = max(NARROWEST, 0.8 + (side + 0.1) * columns)
    words = wrapped(caption, width)
    upright = max(map(len, classes)) if len(classes) > 2 else 0
    with matplotlib.rc_context(LOOK):
        height = 0.2 + 0.12 * len(words) + rows * (side + 0.7 + 0.06 * upright)
        figure = matplotlib.figure.Figure((width, height), layout="constrained")
        panels = list(figure.subplots(rows, columns, squeeze=False).flat)
        for place, (title, counts) in enumerate(matrices.items()):
            draw_confusion(panels[place], counts, classes)
            panels[place].set_title("\n".join(wrapped([title, formatted(counts)], side + 0.1)))
            if place % columns:
                panels[place].set(yticks=[], ylabel=None)
        for axes in panels[len(matrices) :]:
            axes.remove()
        figure.suptitle("\n".join(words), fontsize=7, parse_math=False)
        return figure


def wrapped(lines: list[str], inches: float) -> list[str]:
    """Lines that are no longer, in the size of ``LOOK``."""
    return [part for line in lines for part in textwrap.wrap(line, int(19 * inches))]


def draw_confusion(axes: Axes, counts: np.ndarray, classes: Sequence[str]) -> None:
    """A confusion matrix in %, its mean over the trials with the standard deviation.

    Args:
        axes: where; the caller gives it a title.
        counts: of ``confusion``, ``[T, C, C]``.
        classes: their C names.
    """
    mean, std = mean_and_std(shares(counts))
    axes.imshow(mean, cmap="Blues", vmin=0, vmax=100)
    size = min(7, max(3.5, 38 / len(classes)))
    for (row, column), value in np.ndenumerate(mean):
        digits = 0 if len(classes) > 4 else 1
        words = plus_minus(value, std[row, column], digits, sign="\n±")
        style = {"color": "white" if value > 62 else "black", "fontsize": size}
        axes.text(column, row, words, ha="center", va="center", **style)
    slanted = {"rotation": 90} if len(classes) > 2 else {}
    axes.set_xticks(range(len(classes)), classes, parse_math=False, **slanted)
    axes.set_yticks(range(len(classes)), classes, parse_math=False)
    axes.tick_params(length=0)
    axes.set_xlabel("recognised as")
    axes.set_ylabel("true class")


if __name__ == "__main__":
    define_flags("PATH: the pictures, without suffix; confusions in the run's directory.")
    program.start(main)
