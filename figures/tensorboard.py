r"""A run in TensorBoard: what each cell learnt, epoch by epoch, and what came of it.

    python -m figures.tensorboard --results=runs/NAME
    tensorboard --logdir=runs/NAME/tensorboard

experiments.run writes the same as it goes, unless it is given --notensorboard; this program
writes it anew from the run's files. Each cell is a run of TensorBoard's:

* Scalars: Ld (Eq. 2; without domains in the labels, the cross-entropy), La (Eq. 3), FADA's L_D,
  and UA, in training (on noisy mini-batches) and on the examples held out: the mean over the
  networks that still train, and that mean plus and minus a standard deviation. Custom Scalars
  has the three as one band.
* Histograms and Images: UA over the networks, the confusion matrix, and the run's figure.
* HParams: one row per cell, with its method, its examples, the options and the results.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from cada_tf import runs
from cada_tf.apps import program
from cada_tf.apps.pictures import look
from cada_tf.folders import check_output_folder
from cada_tf.lazy import lazy_imports
from cada_tf.protocol.cell import Cell
from figures import command
from figures.cells import cells_of, label
from figures.confusions import confusion, draw_confusion, side_of
from figures.curves import make_figure

with lazy_imports():
    import matplotlib.figure

    from cada_tf.runs import results
    from figures import summaries

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import tensorflow as tf
    from matplotlib.figure import Figure

FLAGS = flags.FLAGS

CONFUSIONS = "confusion matrix"
PAUSE = 30
"""Seconds between two updates of a cell while a run goes on."""


def main() -> None:
    """Writes the event files of a run."""
    folder = Path(FLAGS.output or command.run_folder() / "tensorboard")
    check_output_folder(folder, "output")
    table, planned = command.given_run()
    with TensorBoardWriter(runs.Archive(command.run_folder()), folder, planned) as writer:
        writer.write(cells_of(table), table)
    print(f"tensorboard --logdir={folder}")


class TensorBoardWriter:
    """Event files of a run.

    A cell is written whole each time, as its means change with each network. TensorBoard shows
    what was written last, by this process or by a later one that continues the run.

    Args:
        archive: of the run.
        folder: where they go, in one of its own for each cell.
        planned: the (trials, folds) of a complete cell.
    """

    def __init__(
        self, archive: runs.Archive, folder: Path, planned: tuple[int, int] | None
    ) -> None:
        self.archive, self.folder, self.planned = archive, folder, planned
        self.pending: set[Cell] = set()
        self.last: dict[Cell, float] = {}
        self.writers: dict[Path, tf.summary.SummaryWriter] = {}

    def __enter__(self) -> TensorBoardWriter:
        return self

    def __exit__(self, *error: object) -> None:
        for writer in self.writers.values():
            writer.close()

    def update(self, cells: Iterable[Cell], table: pd.DataFrame) -> None:
        """Notes cells with new rows; writes those that were not written of late."""
        self.pending |= set(cells)
        now = time.monotonic()
        due = {cell for cell in self.pending if now - self.last.get(cell, -PAUSE) >= PAUSE}
        for cell in due:
            self.write_cell(cell, table, drawn=False)

    def finish(self, table: pd.DataFrame) -> None:
        """Writes what is still to be written of a run that is done."""
        kept = [cell for cell in cells_of(table) if self.archive.path(cell).exists()]
        due = [cell for cell in kept if cell in self.pending or not self.is_current(cell)]
        # That of a cell of an earlier grid may be damaged, which is no matter of this run's.
        if cells := [cell for cell in due if self.archive.find(cell)]:
            self.write(cells, table)

    def is_current(self, cell: Cell) -> bool:
        """Whether the event files of a cell, of this run or of an earlier one, are up to date."""
        if cell in self.last:
            return True
        files = list((self.folder / cell.name).glob("events.out.tfevents.*"))
        if not files:
            return False
        newest = max(files, key=lambda file: file.stat().st_mtime)
        if newest.stat().st_mtime < self.archive.path(cell).stat().st_mtime:
            return False
        return CONFUSIONS.encode() in newest.read_bytes()  # no run that was killed has drawn it

    def write(self, cells: Iterable[Cell], table: pd.DataFrame) -> None:
        """Writes some cells and the run's figure."""
        for cell in cells:
            self.write_cell(cell, table)
        with look():
            figure = make_figure(table, planned=self.planned)
        with self.rewriting(""):
            summaries.write_overview()
            summaries.write_image("results", figure)

    def write_cell(self, cell: Cell, table: pd.DataFrame, drawn: bool = True) -> None:
        """Writes a cell as it is now; its picture, which takes longest, only if ``drawn``."""
        if not self.last:
            with self.rewriting(""):
                summaries.write_overview()
        record = self.archive.load(cell)
        rows = results.rows_of(table, cell)
        labels, classes = self.archive.problem.target.labels, self.archive.problem.classes
        with self.rewriting(cell.name):
            summaries.write_results(cell, self.archive.config, rows, record)
            if drawn:
                counts = confusion(labels, record.y_pred, len(classes))
                summaries.write_image(CONFUSIONS, picture(cell, counts, classes))
            for epoch, values in enumerate(summaries.curves(record, cell.method), 1):
                summaries.write_scalars(values, epoch)
        self.last[cell] = time.monotonic()
        if drawn:
            self.pending.discard(cell)

    def rewriting(self, run: str) -> AbstractContextManager[None]:
        """Summaries made inside replace those of a run of TensorBoard's."""
        return summaries.rewriting(self.folder / run, self.writers)


def picture(cell: Cell, matrices: np.ndarray, classes: tuple[str, ...]) -> Figure:
    """The confusion matrix of a cell, of the counts ``[T, C, C]``."""
    with look():
        side = side_of(classes) + 1.2
        figure = matplotlib.figure.Figure((side, side))
        axes = figure.subplots()
        draw_confusion(axes, matrices, classes)
        axes.set_title(label(cell))
    return figure


if __name__ == "__main__":
    command.define_flags("DIR: where the event files go; tensorboard in the run's directory.")
    program.start(main)
