"""The networks that a run kept, and what their encoders make of both corpora."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from absl import flags

from cada_tf.archive import Archive
from cada_tf.errors import InputError, suggestion
from cada_tf.methods import METHODS, Cell, make_task, target_rows
from cada_tf.protocol import Problem, Split, keyed_rng
from cada_tf.readings import Readings
from cada_tf.scaling import scale
from figures import command
from figures.wording import display

FLAGS = flags.FLAGS


def define_flags(methods: str, output: str) -> None:
    """The flags of the programs that look into networks.

    Args:
        methods: the default of ``--methods``.
        output: the help of ``--output``.
    """
    flags.DEFINE_string("results", None, "PATH: a run's directory.", required=True)
    flags.DEFINE_list("methods", methods.split(","), "Whose networks, of those in the run.")
    flags.DEFINE_integer(
        "examples",
        12,
        "Labelled target examples, as in the run; methods that take none are as they are.",
        lower_bound=1,
    )
    flags.DEFINE_string("output", None, output)


def given_archive() -> Archive:
    """What the run that ``--results`` names has kept."""
    command.given_run()  # says what is wrong with the path
    return Archive(command.run_folder())


def chosen_cells(archive: Archive, methods: Sequence[str], examples: int) -> list[Cell]:
    """The cells of some methods in a run.

    Args:
        archive: of the run.
        methods: as named in results.csv.
        examples: of the methods that take any.

    Raises:
        InputError: the run has kept nothing of them.
    """
    sizes = kept_sizes(archive)
    cells = []
    for method in dict.fromkeys(methods or [""]):
        if method not in sizes:
            raise InputError(
                f"--methods: expected methods of the run ({', '.join(sizes)}), found {method!r}."
                f"{suggestion(method, sizes)} Choose among these."
            )
        if sizes[method] and examples not in sizes[method]:
            raise InputError(
                f"--examples: expected a number that {method} has in the run "
                f"({', '.join(map(str, sizes[method]))}), found {examples}. Choose one of these."
            )
        cells.append(Cell(method, examples if sizes[method] else None))
    return cells


def kept_sizes(archive: Archive) -> dict[str, list[int]]:
    """Method → the numbers of examples that a run has kept; none for one that takes none."""
    folder, sizes = archive.folder / "cells", {}
    for method in METHODS:
        ends = [path.stem.removeprefix(method) for path in folder.glob(f"{method}*.npz")]
        found = sorted(int(end[1:]) for end in ends if end[1:].isdigit())
        if found or "" in ends:
            sizes[method] = found
    if not sizes:
        raise InputError(
            f"{folder}: expected the networks of a run, found none. Name the --output_dir of a "
            "run of this version that has results."
        )
    return sizes


def networks_of(archive: Archive, cell: Cell) -> dict[int, list[np.ndarray]]:
    """Fold → the weights of its network in the first trial; without folds that are not there.

    Raises:
        InputError: there is none.
    """
    weights = archive.trace(cell).weights
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


def embed(weights: Sequence[np.ndarray], x: np.ndarray) -> np.ndarray:
    """What a network's encoder gives.

    Args:
        weights: of its layers, kernel and bias each, the predictor's last.
        x: features ``[n, F]``, scaled.

    Returns:
        The last ReLU layer, ``[n, units]``.
    """
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = np.maximum(x @ kernel + bias, 0)
    return x


def scaled(
    cell: Cell, problem: Problem, readings: Readings, split: Split
) -> tuple[np.ndarray, np.ndarray]:
    """All of the source ``[N, F]`` and of the target ``[n, F]``, as a network is given them."""
    everything = dataclasses.replace(split, test=np.arange(len(problem.target)))
    task = make_task(cell, problem, readings, everything)
    method = METHODS[cell.method]
    if method.source:
        return task.x[0], task.x_test
    if method.starts_from:  # and stays on the scale of that network
        source, _ = scaled(Cell(method.starts_from, None), problem, readings, split)
        return source, task.x_test
    trained_on = problem.target.features[target_rows(cell, problem, readings, split)]
    return scale(readings.scaling, problem.source, problem.target, [trained_on])


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


def reservations(archive: Archive) -> list[str]:
    """What a reader must know of the run: a line each."""
    if archive.readings.scaling.transductive:
        return ["TRANSDUCTIVE: the scaling used unlabelled utterances of the test folds"]
    return []
