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

import contextlib
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import cada_tf.training  # noqa: F401  # starts TensorFlow without messages; TensorBoard would with

# isort: split
import matplotlib
import numpy as np
import pandas as pd
import tensorflow as tf
from absl import flags
from matplotlib.figure import Figure
from tensorboard.plugins.hparams import api as hp

from cada_tf.apps import program
from cada_tf.errors import InputError
from cada_tf.protocol.cell import Cell
from cada_tf.runs.archive import Archive
from cada_tf.runs.results import rows_of
from figures import command
from figures.cells import cells_of, label
from figures.confusions import confusion, draw_confusion
from figures.curves import make_figure
from figures.drawing import LOOK
from figures.summaries import (
    curves,
    hparams,
    results,
    write_image,
    write_overview,
    write_scalars,
)

FLAGS = flags.FLAGS

CONFUSIONS = "confusion matrix"
PAUSE = 30
"""Seconds between two updates of a cell while a run goes on."""


def main() -> None:
    """Writes the event files of a run."""
    folder = command.given_output(command.run_folder() / "tensorboard")
    table, planned = command.given_run()
    with TensorBoardWriter(Archive(command.run_folder()), folder, planned) as writer:
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

    def __init__(self, archive: Archive, folder: Path, planned: tuple[int, int] | None) -> None:
        self.archive, self.folder, self.planned = archive, folder, planned
        self.pending: set[Cell] = set()
        self.last: dict[Cell, float] = {}
        self.writers: dict[str, tf.summary.SummaryWriter] = {}

    def __enter__(self) -> "TensorBoardWriter":
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
        cells = [cell for cell in kept if cell in self.pending or not self.is_current(cell)]
        if cells:
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
        with matplotlib.rc_context(LOOK):
            figure = make_figure(table, planned=self.planned)
        with self.rewriting(""):
            write_overview()
            write_image("results", figure)

    def write_cell(self, cell: Cell, table: pd.DataFrame, drawn: bool = True) -> None:
        """Writes a cell as it is now; its picture, which takes longest, only if ``drawn``."""
        if not self.last:
            with self.rewriting(""):
                write_overview()
        record = self.archive.load(cell)
        rows = rows_of(table, cell)
        labels, classes = self.archive.problem.target.labels, self.archive.problem.classes
        with self.rewriting(cell.name):
            hp.hparams(hparams(cell, self.archive.config), trial_id=cell.name)
            tf.summary.histogram("UA of the networks (%)", 100 * rows["ua"].to_numpy(), step=0)
            write_scalars(results(rows, record), step=0)
            if drawn:
                counts = confusion(labels, record.y_pred, len(classes))
                write_image(CONFUSIONS, picture(cell, counts, classes))
            for epoch, values in enumerate(curves(record), 1):
                write_scalars(values, epoch)
        self.last[cell] = time.monotonic()
        if drawn:
            self.pending.discard(cell)

    @contextlib.contextmanager
    def rewriting(self, run: str) -> Iterator[None]:
        """Summaries made inside replace those of a run of TensorBoard's."""
        try:
            if run not in self.writers:
                self.writers[run] = tf.summary.create_file_writer(
                    str(self.folder / run), max_queue=1000, filename_suffix=".cada_tf"
                )
            writer = self.writers[run]
            # TensorBoard drops the steps before a session's start; else it shows them all, one
            # curve on top of the other. tf.summary writes no session logs: hence the private name.
            tf.raw_ops.ImportEvent(writer=writer._resource, event=session_start())
            with writer.as_default():
                yield
            writer.flush()
        except tf.errors.OpError as error:  # such as a full disk
            found = error.message.splitlines()[0].split("}} ")[-1]  # after TensorFlow's {{node …}}
            raise InputError(
                f"{self.folder / run}: expected a folder that can be written, found: {found}. "
                "Mend it and start again."
            ) from error


def session_start() -> bytes:
    """An event that says that steps start again from 0."""
    log = tf.compat.v1.SessionLog(status=tf.compat.v1.SessionLog.START)
    return tf.compat.v1.Event(wall_time=time.time(), step=0, session_log=log).SerializeToString()


def picture(cell: Cell, matrices: np.ndarray, classes: tuple[str, ...]) -> Figure:
    """The confusion matrix of a cell, of the counts ``[T, C, C]``."""
    with matplotlib.rc_context(LOOK):
        figure = Figure((2.6, 2.4), layout="constrained")
        axes = figure.subplots()
        draw_confusion(axes, matrices, classes)
        axes.set_title(label(cell))
    return figure


if __name__ == "__main__":
    command.define_flags("DIR: where the event files go; tensorboard in the run's directory.")
    program.start(main)
