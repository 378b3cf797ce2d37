"""The networks that a run kept, and what their encoders make of both corpora."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cada_tf.config import Config
from cada_tf.errors import InputError
from cada_tf.methods import METHODS
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.keyed import keyed_rng
from cada_tf.protocol.problem import Problem, Split
from cada_tf.runs.archive import Archive
from cada_tf.training.replica_data import fitted_on, make_scaler, target_rows
from figures import command
from figures.cells import given_cells
from figures.labels import display


def given_run() -> tuple[Archive, list[Cell]]:
    """What the run that ``--results`` names has kept, and the cells that the flags name.

    Those that train no network are left out, unless they are named.

    Raises:
        InputError: all are left out.
    """
    table, _ = command.given_run()
    cells = given_cells(table, by_default=has_network)
    check_any(cells, table)
    return Archive(command.run_folder()), cells


def check_any(cells: Sequence[Cell], table: pd.DataFrame) -> None:
    """Refuses a run of which no cell is left.

    Raises:
        InputError: there is none.
    """
    if not cells:
        raise InputError(
            f"--results: expected a run of methods that train networks, found "
            f"{', '.join(table['method'].unique())}. Name another."
        )


def has_network(method: str) -> bool:
    """Whether a method trains networks, as one does whose module is not loaded."""
    return method not in METHODS or METHODS[method].network is not None


def networks_of(archive: Archive, cell: Cell) -> dict[int, list[np.ndarray]]:
    """Fold → the weights of its network in the first trial; without folds that are not there.

    Raises:
        InputError: there is none.
    """
    if not has_network(cell.method):
        raise InputError(
            f"--methods: expected methods that train networks, found {cell.method}. Leave it out."
        )
    weights = archive.load(cell).weights
    stacks = zip(*weights, strict=True)
    found = {
        fold: list(network)
        for fold, network in enumerate(stacks)
        if all(np.isfinite(values).all() for values in network)
    }
    if not found:
        raise InputError(
            f"{archive.path(cell)}: expected a network of the first trial, found none. Let "
            "experiments.run go on with this run."
        )
    return found


def scaled(
    cell: Cell, problem: Problem, config: Config, split: Split
) -> tuple[np.ndarray, np.ndarray]:
    """All of the source ``[N, F]`` and of the target ``[n, F]``, as a network is given them."""
    rows = target_rows(cell, problem, config, split)
    scaler = make_scaler(problem, config)
    return scaler.scale(fitted_on(cell, problem, config, rows), problem.enrolled(split))[:2]


def sample_by_class(labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Positions of about ``count`` utterances, each class with the share that it has, sorted."""
    rng, share = keyed_rng(seed, "figure"), min(1, count / len(labels))
    drawn = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        drawn.append(rng.choice(members, max(1, round(share * len(members))), replace=False))
    return np.sort(np.concatenate(drawn))


def named(method: str) -> str:
    """A method as a reader knows it; all-source is before adaptation."""
    return "all-source (before)" if method == "all-source" else display(method)
