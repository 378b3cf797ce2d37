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
* HParams: a row a cell, with its method, its examples, the options and the results.
"""

import functools
import io
import os
import socket
import time
from collections.abc import Iterable
from pathlib import Path

import cada_tf.training  # noqa: F401  # starts TensorFlow without messages; TensorBoard would with

# isort: split
import matplotlib
import numpy as np
import pandas as pd
import tensorflow as tf
from absl import flags
from matplotlib.figure import Figure
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar import summary as custom_scalars
from tensorboard.plugins.histogram.summary_v2 import histogram_pb
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams.summary import experiment_pb
from tensorboard.plugins.hparams.summary_v2 import hparams_pb

from cada_tf.apps import program
from cada_tf.config import Config
from cada_tf.errors import InputError
from cada_tf.methods import METHODS, option_values
from cada_tf.protocol.cell import Cell
from cada_tf.runs.archive import Archive
from cada_tf.runs.cell_record import CellRecord
from cada_tf.runs.results import rows_of, summarise
from figures import command
from figures.cells import cells_of, label
from figures.confusions import confusion, draw_confusion
from figures.curves import make_figure
from figures.drawing import LOOK

FLAGS = flags.FLAGS

TITLES = {
    "loss": "Ld",
    "ua": "UA in training",
    "val_loss": "Ld held out",
    "val_ua": "UA held out",
}
"""Names in a history that all methods share → titles of their curves."""
METRICS = {
    "result/UA mean": "UA mean (%)",
    "result/UA std": "UA std (%)",
    "result/epochs": "epochs (mean)",
    "result/seconds": "seconds (all networks)",
}
PAUSE = 30
"""Seconds between two looks at a cell while a run goes on."""


def main() -> None:
    """Writes the event files of a run."""
    folder = command.given_output(command.run_folder() / "tensorboard")
    table, planned = command.given_run()
    with Board(Archive(command.run_folder()), folder, planned) as board:
        board.write(cells_of(table), table)
    print(f"tensorboard --logdir={folder}")


class Board:
    """Event files of a run.

    What a cell's curves were before more networks came in is superseded, not added to: its
    steps start again from 0, on which TensorBoard drops what it knew.

    Args:
        archive: of the run.
        folder: where they go, in one of its own for each cell.
        planned: the (trials, folds) of a complete cell.
    """

    def __init__(self, archive: Archive, folder: Path, planned: tuple[int, int] | None) -> None:
        self.archive, self.folder, self.planned = archive, folder, planned
        self.pending: set[Cell] = set()
        self.last: dict[Cell, float] = {}
        name = f"events.out.tfevents.{time.time():.0f}.{socket.gethostname()}.{os.getpid()}.cada_tf"
        self.writer = functools.cache(lambda run: open_writer(folder / run / name))

    def __enter__(self) -> "Board":
        return self

    def __exit__(self, *error: object) -> None:
        for cell in self.last:
            self.writer(cell.name).close()
        if self.last:
            self.writer("").close()

    def see(self, cells: Iterable[Cell], table: pd.DataFrame) -> None:
        """Takes note of cells with new rows; writes those that were not written of late."""
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
        files = (self.folder / cell.name).glob("events.out.tfevents.*")
        newest = max((file.stat().st_mtime for file in files), default=0)
        return newest >= self.archive.path(cell).stat().st_mtime

    def write(self, cells: Iterable[Cell], table: pd.DataFrame) -> None:
        """Writes some cells and the run's figure."""
        for cell in cells:
            self.write_cell(cell, table)
        with matplotlib.rc_context(LOOK):
            figure = make_figure(table, planned=self.planned)
        self.put("", [*overview(), image("results", figure)])

    def write_cell(self, cell: Cell, table: pd.DataFrame, drawn: bool = True) -> None:
        """Writes a cell as it is now; its picture, which takes longest, only if ``drawn``."""
        if not self.last:
            self.put("", overview())
        record = self.archive.load(cell)
        rows = rows_of(table, cell)
        truth, classes = self.archive.problem.target.labels, self.archive.problem.classes
        said = [
            hparams_pb(describe(cell, self.archive.config), cell.name),
            histogram_pb("UA of the networks (%)", 100 * rows["ua"].to_numpy()),
            scalars(results(rows, record)),
        ]
        if drawn:
            counts = confusion(truth, record.y_pred, len(classes))
            said.append(image("confusion matrix", picture(cell, counts, classes)))
        self.put(cell.name, said, curves(record))
        self.last[cell] = time.monotonic()
        if drawn:
            self.pending.discard(cell)

    def put(self, run: str, summaries: list[Summary], epochs: list[Summary] | None = None) -> None:
        """Writes summaries at step 0 and of epochs from step 1 on, in place of what was there."""
        now = time.time()
        anew = Event(wall_time=now, step=0, session_log=SessionLog(status=SessionLog.START))
        events = [anew.SerializeToString()]
        steps = [(0, summary) for summary in summaries] + list(enumerate(epochs or [], 1))
        for step, summary in steps:
            # By way of bytes, as TensorBoard's functions give TensorFlow's kind of summary.
            event = Event(wall_time=now, step=step)
            event.summary.ParseFromString(summary.SerializeToString())
            events.append(event.SerializeToString())
        try:
            writer = self.writer(run)
            for event in events:
                writer.write(event)
            writer.flush()
        except tf.errors.OpError as error:  # such as a full disk
            raise InputError(
                f"{self.folder / run}: expected a folder that can be written, found: "
                f"{error.message.splitlines()[0]}. Mend it and start again."
            ) from error


def open_writer(path: Path) -> tf.io.TFRecordWriter:
    """A new event file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = tf.io.TFRecordWriter(str(path))
    version = Event(wall_time=time.time(), file_version="brain.Event:2")
    writer.write(version.SerializeToString())
    return writer


def overview() -> list[Summary]:
    """What is said once of all cells: the columns of HParams, the bands of Custom Scalars."""
    metrics = [
        api_pb2.MetricInfo(name=api_pb2.MetricName(tag=tag), display_name=title)
        for tag, title in METRICS.items()
    ]
    charts = [
        layout_pb2.Chart(
            title=title,
            margin=layout_pb2.MarginChartContent(
                series=[
                    layout_pb2.MarginChartContent.Series(
                        value=f"{title}/mean", lower=f"{title}/low", upper=f"{title}/high"
                    )
                ]
            ),
        )
        for title in titles().values()
    ]
    layout = layout_pb2.Layout(
        category=[layout_pb2.Category(title="mean ± standard deviation", chart=charts)]
    )
    columns = [
        api_pb2.HParamInfo(name=name, type=type_of(value), differs=name in ("method", "examples"))
        for name, value in describe(Cell("", None), Config()).items()
    ]  # those that differ are the first that are shown
    return [experiment_pb(columns, metrics), custom_scalars.pb(layout)]


def titles() -> dict[str, str]:
    """Name in a history → title of its curve, of all registered methods."""
    own = (method.losses for method in METHODS.values())
    return TITLES | {name: title for losses in own for name, title in losses.items()}


def title_of(name: str) -> str:
    """The title of a curve; the name in plain words where its method is not loaded."""
    return titles().get(name, name.replace("_", " "))


def type_of(value: str | float) -> int:
    """A column's type, as HParams tells them apart."""
    return api_pb2.DATA_TYPE_STRING if isinstance(value, str) else api_pb2.DATA_TYPE_FLOAT64


def describe(cell: Cell, config: Config) -> dict[str, str | float]:
    """The columns of a cell in HParams: method, examples (0 where it takes none), options."""
    shown = {
        name: value if isinstance(value, int | float) else words(value)
        for name, value in option_values(config).items()
    }
    del shown["spread"]
    return {"method": cell.method, "examples": cell.examples or 0} | shown


def words(value: object) -> str:
    """A reading as it is written in a flag."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def results(rows: pd.DataFrame, record: CellRecord) -> dict[str, float]:
    """The ``METRICS`` of a cell; without the standard deviation where there is one trial."""
    (summary,) = summarise(rows).itertuples()
    values = [100 * summary.mean, 100 * summary.std, rows["epochs"].mean()]
    found = dict(zip(METRICS, [*values, np.nansum(record.seconds)], strict=True))
    return {name: value for name, value in found.items() if not np.isnan(value)}


def curves(record: CellRecord) -> list[Summary]:
    """A summary for each epoch of a cell."""
    epochs: list[dict[str, float]] = []
    for name, values in record.history.items():
        title, values = title_of(name), values.reshape(-1, values.shape[-1])
        for epoch, column in enumerate(values.T):
            column = column[~np.isnan(column)]
            if epoch == len(epochs):
                epochs.append({})
            if len(column):
                mean = float(column.mean())
                std = float(column.std(ddof=1)) if len(column) > 1 else 0.0
                bounds = {"mean": mean, "low": mean - std, "high": mean + std}
                epochs[epoch] |= {f"{title}/{bound}": value for bound, value in bounds.items()}
                epochs[epoch].setdefault("networks in training", len(column))
    return list(map(scalars, epochs))


def scalars(values: dict[str, float]) -> Summary:
    """Numbers by tag."""
    return Summary(value=[Summary.Value(tag=tag, simple_value=v) for tag, v in values.items()])


def picture(cell: Cell, matrices: np.ndarray, classes: tuple[str, ...]) -> Figure:
    """The confusion matrix of a cell, of the counts ``[T, C, C]``."""
    with matplotlib.rc_context(LOOK):
        figure = Figure((2.6, 2.4), layout="constrained")
        axes = figure.subplots()
        draw_confusion(axes, matrices, classes)
        axes.set_title(label(cell))
    return figure


def image(tag: str, figure: Figure) -> Summary:
    """A picture for the page of images."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=150)
    width, height = (int(150 * inches) for inches in figure.get_size_inches())
    shown = Summary.Image(
        width=width, height=height, colorspace=4, encoded_image_string=stream.getvalue()
    )
    return Summary(value=[Summary.Value(tag=tag, image=shown)])


if __name__ == "__main__":
    command.define_flags("DIR: where the event files go; tensorboard in the run's directory.")
    program.start(main)
