r"""UA by speaker of the target: for whom a system works, and for whom it does not.

    python -m figures.speakers --results=runs/NAME [--examples=12] [--methods=all-source,cada]

prints a table and draws it, as PNG and PDF. Each utterance counts once a trial, in the fold that
tested it. A speaker's UA is the mean recall of the classes over the utterances of the speaker; of
those who lack a class, which are marked, over the classes that they have. Unless the run has
--folds_by=speaker, folds mix the speakers, so that a speaker's other utterances may have been
trained on.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cada_tf.apps import program
from cada_tf.apps.pictures import CHANCE, INCHES, look
from cada_tf.evaluation.spread import plus_minus
from cada_tf.lazy import lazy_imports
from cada_tf.protocol.cell import Cell
from figures import command
from figures.cells import define_flags
from figures.confusions import (
    Predictions,
    accuracy,
    confusion,
    given_predictions,
    mean_and_std,
)
from figures.drawing import add_legend, add_title, save
from figures.inspection import shortened
from figures.labels import count
from figures.styles import styles_of
from figures.tables import text

with lazy_imports():
    import matplotlib.figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cada_tf.protocol.problem import LabelledSet

COLUMN = 6.5
"""Inches of speakers above each other that leave room for title and legend on a page; more are
drawn in two columns."""
ROW, DODGE = 0.1, 0.05
"""Inches of a speaker, and more for each method."""
NAME = 0.11
"""Inches that a name takes; of more speakers, one in some is named."""
MARK = "*"
"""Of speakers who lack a class."""


@dataclasses.dataclass(frozen=True)
class Speakers:
    """UA by speaker, best first: by CADA's, or the first method's where that is not there.

    Args:
        names: of the S speakers, marked where a class is lacking.
        utterances: of each class, ``[S, C]``.
        mean, std: of UA over the trials, ``[S]``, in %; NaN where nothing is known yet.
    """

    names: list[str]
    utterances: np.ndarray
    mean: dict[Cell, np.ndarray]
    std: dict[Cell, np.ndarray]


def main() -> None:
    """Prints and draws the UA by speaker."""
    path = command.given_picture(command.run_folder() / "speakers")
    predictions = given_predictions()
    speakers = measure(predictions)
    caption = describe(speakers, predictions)
    print(render(caption, speakers, predictions))
    for file in draw(caption, speakers, predictions, path):
        print(f"figure: {file}")


def describe(speakers: Speakers, predictions: Predictions) -> list[str]:
    """What is shown, and what a reader must know, one sentence each."""
    caption = predictions.describe(f"UA in % of each of {count(len(speakers.names), 'speaker')}")
    if any(name.endswith(MARK) for name in speakers.names):
        caption.append(f"{MARK} lacks a class: the mean recall of the others.")
    return caption


def measure(predictions: Predictions) -> Speakers:
    """UA by speaker of each cell."""
    target, classes = predictions.problem.target, len(predictions.problem.classes)
    names = np.unique(target.speakers)
    utterances = np.array(
        [np.bincount(target.labels[target.speakers == s], minlength=classes) for s in names]
    )
    found = {
        cell: mean_and_std(speaker_accuracy(target, y_pred, classes))
        for cell, y_pred in predictions.y_pred.items()
    }
    leading = next((cell for cell in found if cell.method == "cada"), next(iter(found)))
    order = np.argsort(-found[leading][0], kind="stable")
    return Speakers(
        [names[s] + MARK * bool((utterances[s] == 0).any()) for s in order],
        utterances[order],
        {cell: mean[order] for cell, (mean, _) in found.items()},
        {cell: std[order] for cell, (_, std) in found.items()},
    )


def speaker_accuracy(target: LabelledSet, y_pred: np.ndarray, classes: int) -> np.ndarray:
    """UA in % of each trial and speaker, sorted by name, ``[T, S]``; NaN where none is known."""
    spoken = (target.speakers == speaker for speaker in np.unique(target.speakers))
    counts = (confusion(target.labels[own], y_pred[:, own], classes) for own in spoken)
    return np.stack([accuracy(matrices) for matrices in counts], axis=1)


def render(caption: list[str], speakers: Speakers, predictions: Predictions) -> str:
    """One row per speaker, then what there is of all of them alike."""
    classes = predictions.problem.classes
    grid = [["Speaker", *[f"n {name}" for name in classes], *predictions.title.values()]]
    for s, name in enumerate(speakers.names):
        values = [(speakers.mean[cell][s], speakers.std[cell][s]) for cell in speakers.mean]
        grid.append(
            [
                name,
                *map(str, speakers.utterances[s]),
                *itertools.starmap(plus_minus, values),
            ]
        )
    empty, chance = [""] * len(classes), 100 / len(classes)
    means = [mean[~np.isnan(mean)] for mean in speakers.mean.values()]
    grid.append(["mean±std of speakers", *empty, *[plus_minus(*mean_and_std(m)) for m in means]])
    below = [str(np.count_nonzero(m < chance)) for m in means]
    grid.append(["below chance", *empty, *below])
    return text(caption, grid)


def draw(
    caption: list[str], speakers: Speakers, predictions: Predictions, path: Path
) -> list[Path]:
    """Draws ``make_figure`` to ``path``, as ``drawing.save`` does."""
    return save(make_figure(caption, speakers, predictions), path)


def make_figure(caption: list[str], speakers: Speakers, predictions: Predictions) -> Figure:
    """``render`` as a picture: dots, one row per speaker."""
    row = ROW + DODGE * len(predictions.y_pred)
    columns = 1 + (row * len(speakers.names) > COLUMN)
    rows = math.ceil(len(speakers.names) / columns)
    height = min(COLUMN, row * rows)
    with look():
        size = INCHES[columns - 1], height + 0.35  # with the axis
        figure = matplotlib.figure.Figure(size)
        panels = figure.subplots(1, columns, sharex=True, squeeze=False)[0]
        step = math.ceil(NAME * rows / height)
        for place, axes in enumerate(panels):
            some = slice(place * rows, (place + 1) * rows)
            draw_speakers(axes, speakers, some, predictions, step)
        panels[0].set_ylabel("Speaker")
        add_title(figure, caption)
        add_legend(figure, *panels[0].get_legend_handles_labels())
        return figure


def draw_speakers(
    axes: Axes, speakers: Speakers, rows: slice, predictions: Predictions, step: int
) -> None:
    """Some of the speakers, the first on top, the methods a little above each other.

    Args:
        axes: where.
        speakers: of ``measure``.
        rows: which of them.
        predictions: with the titles of the methods.
        step: from a speaker who is named to the next.
    """
    names = [shortened(name) for name in speakers.names[rows]]
    places = np.arange(len(names))
    for row in places[::2]:
        axes.axhspan(row - 0.5, row + 0.5, color="0.95", linewidth=0, zorder=0)
    styles = styles_of(cell.method for cell in predictions.y_pred)
    for place, cell in enumerate(predictions.y_pred):
        dodge = 0.75 * ((place + 0.5) / len(predictions.y_pred) - 0.5)
        axes.errorbar(
            *(speakers.mean[cell][rows], places + dodge),
            xerr=speakers.std[cell][rows],
            **styles[cell.method].dots(),
            **{"elinewidth": 0.5, "markersize": 3, "label": predictions.title[cell]},
        )
    chance = 100 / len(predictions.problem.classes)
    axes.axvline(chance, **CHANCE, label=f"chance: {chance:.1f}")
    axes.set_yticks(places[::step], names[::step], parse_math=False)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("Unweighted accuracy (%)")
    axes.grid(axis="x")


if __name__ == "__main__":
    define_flags("PATH: the pictures, without suffix; speakers in the run's directory.")
    program.start(main)
