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
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from absl import flags

from cada_tf import runs
from cada_tf.apps import program
from cada_tf.apps.pictures import INCHES, look
from cada_tf.evaluation.metrics import mean_recall
from cada_tf.evaluation.spread import plus_minus
from cada_tf.lazy import lazy_imports
from cada_tf.protocol.cell import Cell
from figures import command
from figures.cells import define_flags, given_cells, incomplete
from figures.drawing import LINE, add_title, save, text_width, wrapped
from figures.labels import count, display, grid_of
from figures.tables import folded, text

with lazy_imports():
    import matplotlib.figure

    from cada_tf.runs import cell_record, results

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cada_tf.protocol.problem import Problem

FLAGS = flags.FLAGS

CELL = {2: 0.6, 3: 0.4}
"""Number of classes → inches of a cell of a matrix; of more classes ``SMALL``."""
SMALL = 0.33
GAP = 0.14
"""Inches between matrices."""
MOST = 16
"""Classes whose cells have room for numbers, in the size of the look, on a page."""
DARK = 62
"""The share in % from which numbers are white."""


@dataclasses.dataclass(frozen=True)
class Predictions:
    """What the networks of some cells predicted.

    Args:
        problem: of the run.
        y_pred: of each cell, ``[T, n]``, as in ``CellRecord``.
        title: of each cell, with how many folds it has if some are missing; not with its number of
            examples, which is that of all cells that take any.
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
        sizes = {cell.examples for cell in self.y_pred} - {None}
        corpora = f"{self.problem.source.name} → {self.problem.target.name}"
        labelled = "".join(f", {count(size, 'labelled example')}" for size in sizes)
        over = f"{spread} over {count(trials, 'trial')}"
        return [f"{corpora}{labelled}: {what}, {over}.", *self.notes]


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
        {cell: display(cell.method) + mark for cell, mark in marks.items()},
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
    return "\n\n".join(["\n".join(folded(caption)), *blocks])


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
    side = side_of(classes)
    with look():
        names = max(map(text_width, classes)) + 3 * LINE  # with the label of the axis
        columns = max(1, int((INCHES[1] - names) / (side + GAP)))
        rows = math.ceil(len(matrices) / columns)
        columns = math.ceil(len(matrices) / rows)
        titles = [wrapped([title, formatted(m)], side) for title, m in matrices.items()]
        width = min(INCHES[1], max(INCHES[0], names + (side + GAP) * columns))
        height = names + rows * (side + GAP + LINE * max(map(len, titles)))
        figure = matplotlib.figure.Figure((width, height))
        panels = list(figure.subplots(rows, columns, squeeze=False).flat)
        for place, (axes, title) in enumerate(zip(panels, titles, strict=False)):
            draw_confusion(axes, list(matrices.values())[place], classes)
            axes.set_title("\n".join(title))
            if place % columns:
                axes.set(yticks=[], ylabel=None)
            if place + columns < len(panels):
                axes.set(xticks=[], xlabel=None)
        for axes in panels[len(matrices) :]:
            axes.remove()
        add_title(figure, caption)
        return figure


def side_of(classes: Sequence[str]) -> float:
    """The inches of a matrix that leave room for its numbers."""
    return len(classes) * CELL.get(len(classes), SMALL)


def draw_confusion(axes: Axes, counts: np.ndarray, classes: Sequence[str]) -> None:
    """A confusion matrix in %, its mean over the trials with the standard deviation.

    Args:
        axes: where; the caller gives it a title.
        counts: of ``confusion``, ``[T, C, C]``.
        classes: their C names.
    """
    mean, std = mean_and_std(shares(counts))
    axes.imshow(mean, cmap="Blues", vmin=0, vmax=100)
    for (row, column), value in np.ndenumerate(mean):
        digits = 0 if len(classes) > 3 else 1
        words = plus_minus(value, std[row, column], digits, sign="\n±")
        style = {"color": "white" if value > DARK else "black", "linespacing": 1}
        if len(classes) <= MOST:
            axes.text(column, row, words, ha="center", va="center", **style)
    upright = {"rotation": 90} if len(classes) > 2 else {}
    axes.set_xticks(range(len(classes)), classes, parse_math=False, **upright)
    axes.set_yticks(range(len(classes)), classes, parse_math=False)
    axes.tick_params(length=0)
    axes.set_xlabel("Recognised as")
    axes.set_ylabel("True class")


if __name__ == "__main__":
    define_flags("PATH: the pictures, without suffix; confusions in the run's directory.")
    program.start(main)
