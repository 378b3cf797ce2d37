"""Summaries of a run for TensorBoard, written to the default writer of tf.summary."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import cada_tf.training  # noqa: F401  # starts TensorFlow without messages; TensorBoard would with

# isort: split
import numpy as np
import pandas as pd
import tensorflow as tf
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar import summary as custom_scalars
from tensorboard.plugins.hparams import api as hp

from cada_tf.apps.pictures import look
from cada_tf.config import Config
from cada_tf.errors import InputError
from cada_tf.methods import METHODS, option_values
from cada_tf.protocol.cell import Cell
from cada_tf.runs.cell_record import CellRecord
from cada_tf.runs.results import summarise

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


@contextlib.contextmanager
def rewriting(folder: Path, writers: dict[Path, tf.summary.SummaryWriter]) -> Iterator[None]:
    """Summaries made inside replace those of a run of TensorBoard's.

    Args:
        folder: of that run.
        writers: those that are open, by folder; there will be one for this.

    Raises:
        InputError: the folder cannot be written.
    """
    try:
        if folder not in writers:
            writers[folder] = tf.summary.create_file_writer(
                os.fsencode(folder), max_queue=1000, filename_suffix=".cada_tf"
            )
        writer = writers[folder]
        # TensorBoard drops the steps before a session's start; else it shows them all, one
        # curve on top of the other. tf.summary writes no session logs: hence the private name.
        tf.raw_ops.ImportEvent(writer=writer._resource, event=session_start())
        with writer.as_default():
            yield
        writer.flush()
    except tf.errors.OpError as error:  # such as a full disk
        found = error.message.splitlines()[0].split("}} ")[-1]  # after TensorFlow's {{node …}}
        raise InputError(
            f"{folder}: expected a folder that can be written, found: {found}. "
            "Mend it and start again."
        ) from error


def session_start() -> bytes:
    """An event that says that steps start again from 0."""
    log = tf.compat.v1.SessionLog(status=tf.compat.v1.SessionLog.START)
    return tf.compat.v1.Event(wall_time=time.time(), step=0, session_log=log).SerializeToString()


def write_overview() -> None:
    """Writes what all cells share: the columns of HParams, the bands of Custom Scalars."""
    columns = hparams(Cell("", None), Config())
    hp.hparams_config(
        hparams=[hp.HParam(name, Column(name, value)) for name, value in columns.items()],
        metrics=[hp.Metric(tag, display_name=title) for tag, title in METRICS.items()],
    )
    series = layout_pb2.MarginChartContent.Series
    charts = [
        layout_pb2.Chart(
            title=title,
            margin=layout_pb2.MarginChartContent(
                series=[series(value=f"{title}/mean", lower=f"{title}/low", upper=f"{title}/high")]
            ),
        )
        for title in titles()
    ]
    category = layout_pb2.Category(title="mean ± standard deviation", chart=charts)
    layout = custom_scalars.pb(layout_pb2.Layout(category=[category]))
    tf.summary.experimental.write_raw_pb(layout.SerializeToString(), step=0)


class Column(hp.Discrete):
    """A column of HParams, for any values of the type of one.

    Those that differ among cells are displayed first.
    """

    def __init__(self, name: str, value: str | float) -> None:
        super().__init__([value])
        self.differs = name in ("method", "examples")

    def update_hparam_info(self, hparam_info: object) -> None:
        super().update_hparam_info(hparam_info)
        hparam_info.ClearField("domain_discrete")
        hparam_info.differs = self.differs


def titles() -> list[str]:
    """The titles of the curves of all registered methods, each once."""
    own = [title for method in METHODS.values() for title in method.losses.values()]
    return list(dict.fromkeys([*TITLES.values(), *own]))


def title_of(name: str, method: str) -> str:
    """The title of a curve of a method; its name in plain words where that is not loaded."""
    own = METHODS[method].losses if method in METHODS else {}
    return ({**TITLES, **own}).get(name, name.replace("_", " "))


def hparams(cell: Cell, config: Config) -> dict[str, str | float]:
    """The columns of a cell in HParams: method, examples (0 where it takes none), options."""
    options = {
        name: value if isinstance(value, int | float) else formatted(value)
        for name, value in option_values(config).items()
        if name != "spread"
    }
    return {"method": cell.method, "examples": cell.examples or 0} | options


def formatted(value: object) -> str:
    """The value of an option as a flag gives it."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def write_results(cell: Cell, config: Config, rows: pd.DataFrame, record: CellRecord) -> None:
    """Writes what came of a cell: its row of HParams, and UA over its networks."""
    hp.hparams(hparams(cell, config), trial_id=cell.name)
    tf.summary.histogram("UA of the networks (%)", 100 * rows["ua"].to_numpy(), step=0)
    write_scalars(results(rows, record), step=0)


def results(rows: pd.DataFrame, record: CellRecord) -> dict[str, float]:
    """The ``METRICS`` of a cell; without the standard deviation where there is one trial."""
    (summary,) = summarise(rows).itertuples()
    values = [100 * summary.mean, 100 * summary.std, rows["epochs"].mean()]
    found = dict(zip(METRICS, [*values, np.nansum(record.seconds)], strict=True))
    return {name: value for name, value in found.items() if not np.isnan(value)}


def curves(record: CellRecord, method: str) -> list[dict[str, float]]:
    """Tag → value, for each epoch of a cell."""
    epochs: list[dict[str, float]] = []
    for name, values in record.history.items():
        title, values = title_of(name, method), values.reshape(-1, values.shape[-1])
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
    return epochs


def write_scalars(values: dict[str, float], step: int) -> None:
    """Writes numbers by tag."""
    # Not tf.summary.scalar, which writes tensors: when a run starts again, TensorBoard's
    # EventAccumulator drops earlier steps of simple values, but not of tensors. It would also
    # take a millisecond for each, a second for a cell.
    numbers = [
        tf.compat.v1.Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()
    ]
    summary = tf.compat.v1.Summary(value=numbers)
    tf.summary.experimental.write_raw_pb(summary.SerializeToString(), step=step)


def write_image(tag: str, figure: Figure) -> None:
    """Writes a picture for the page of images."""
    figure.set_dpi(150)
    canvas = FigureCanvasAgg(figure)
    with look():
        canvas.draw()
    tf.summary.image(tag, np.asarray(canvas.buffer_rgba())[None], step=0)
