"""What the methods of a run answered, as leads are measured by (``evaluation.clustered``)."""

import contextlib
import logging
from pathlib import Path

import numpy as np
import pandas as pd

from cada_tf.errors import InputError
from cada_tf.evaluation.clustered import Answers
from cada_tf.protocol.cell import Cell
from cada_tf.runs.archive import Archive

log = logging.getLogger("cada_tf")


def read_answers(folder: str | Path, table: pd.DataFrame) -> Answers | None:
    """The answers of a run's cells.

    Args:
        folder: of the run.
        table: of its results; cells that its archive does not have are left out.

    Returns:
        None where the run has no archive, as where its results.csv alone was kept, or one whose
        corpora cannot be read, which is logged.
    """
    archive = Archive(folder)
    if not (archive.folder / "cells").is_dir():
        return None
    try:
        problem = archive.problem
    except InputError as error:
        log.warning("%s", error)
        return None
    labels, right = problem.target.labels, {}
    for method, examples in table[["method", "examples"]].drop_duplicates().itertuples(index=False):
        cell = Cell(method, None if pd.isna(examples) else int(examples))
        with contextlib.suppress(InputError):  # of what is damaged a run has warned
            record = archive.load(cell, problem)
            complete = record.done.all(axis=1)[:, None]
            right[method, cell.examples] = np.where(complete, record.y_pred == labels, np.nan)
    return Answers(labels, right)
