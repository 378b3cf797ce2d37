"""What the programs of this folder share: their flags, and the run that these name."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from cada_tf import runs
from cada_tf.apps import paths
from cada_tf.config import Config, Spread
from cada_tf.errors import InputError
from cada_tf.folders import check_output
from cada_tf.lazy import lazy_imports
from cada_tf.runs.record import planned
from cada_tf.storage import write_atomically

with lazy_imports():
    import pandas as pd

FLAGS = flags.FLAGS


def define_flags(output: str) -> None:
    """The flags of both programs; ``output`` is the help of ``--output``.

    Not at import, since the experiments import these programs and have flags of the same name.
    """
    (spread,) = (field for field in dataclasses.fields(Config) if field.name == "spread")
    paths.define_path("results", "PATH: a run's directory, or its results.csv.", required=True)
    paths.define_path("output", output)
    flags.DEFINE_enum_class("spread", spread.default, Spread, spread.metadata["help"])


def given_run() -> tuple[pd.DataFrame, tuple[int, int] | None]:
    """The results that ``--results`` names; see ``read_run``."""
    return read_run(Path(FLAGS.results))


def read_run(path: Path) -> tuple[pd.DataFrame, tuple[int, int] | None]:
    """The results of a run.

    Args:
        path: of its directory, or of its results.csv.

    Returns:
        The table of ``read_results``, and the (trials, folds) that its run.json plans for
        each cell; None where there is no run.json.

    Raises:
        InputError: there is no run, or its files are not what a run writes.
    """
    if not path.exists():
        raise InputError(
            f"--results: expected a run's directory, or its results.csv, at {path}, found "
            "nothing. Name the --output_dir of a run."
        )
    file = path / "results.csv" if path.is_dir() else path
    if not file.exists():
        raise InputError(
            f"--results: expected results.csv in {path}, found none. Name the --output_dir of a "
            "run that has results."
        )
    return runs.read_results(file), planned(file.parent)


def read_draws(path: Path, program: str, columns: Sequence[str]) -> pd.DataFrame:
    """The draws.csv of a program that simulates users.

    Args:
        path: the file.
        program: which wrote it: experiments.few_labels or experiments.suggestions.
        columns: those that are needed.

    Raises:
        InputError: the file is missing, or is no such table.
    """
    try:
        table = pd.read_csv(path)
        if not len(table[list(columns)]):
            raise ValueError("no rows")
        return table
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"--results: expected the draws.csv of {program} at {path}, found: "
            f"{str(error).splitlines()[0]}."
        ) from error


def given_output(default: Path | None = None) -> Path | None:
    """The path of the file that ``--output`` names.

    Raises:
        InputError: it cannot be written.
    """
    path = Path(FLAGS.output) if FLAGS.output else default
    return path and check_output(path)


def write_or_print(text: str, output: Path | None, kind: str) -> None:
    """Writes a text to the file of ``given_output``, and says so; prints it if there is none.

    Args:
        text: without its last line break.
        output: the file.
        kind: what the text is, in a word.
    """
    if output:
        write_atomically(output, text + "\n")
        print(f"{kind}: {output}")
    else:
        print(text)


def given_picture(default: Path) -> Path:
    """The path of a picture, without suffix, that ``--output`` names.

    Raises:
        InputError: it cannot be written.
    """
    return picture_path(FLAGS.output or default)


def picture_path(given: str | Path) -> Path:
    """The path of a picture, without suffix.

    Raises:
        InputError: it cannot be written.
    """
    path = Path(given)
    path = path.with_suffix("") if path.suffix in (".png", ".pdf") else path
    check_output(path.with_name(f"{path.name}.png"))
    return path


def run_folder() -> Path:
    """The directory of the run that ``--results`` names."""
    return folder_of(Path(FLAGS.results))


def folder_of(path: Path) -> Path:
    """The directory of a run, of which that or its results.csv is named."""
    return path if path.is_dir() else path.parent
