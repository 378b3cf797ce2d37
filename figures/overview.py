r"""UA of several runs side by side: one row per run, one column per method and number of examples.

    python -m figures.overview --results=results/features [--format=markdown] [--output=FILE]

takes all runs below a directory, each named by where it is there. With --rows=methods there is a
table for each number of examples, with one row per method and one column per run.
"""

from __future__ import annotations

import collections
import enum
from collections.abc import Mapping
from pathlib import Path

from absl import flags

from cada_tf import runs
from cada_tf.apps import program
from cada_tf.config import Spread
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports
from figures import command, tables
from figures.labels import caveats, chance_of, display, grid_of, mean_over

with lazy_imports():
    import pandas as pd

FLAGS = flags.FLAGS

RUN, METHOD = "Run", "Method"


class Rows(enum.Enum):
    """What a row of a table is of."""

    RUNS = "runs"
    METHODS = "methods"


def main() -> None:
    """Prints the table of all runs, or writes it."""
    output = command.given_output()
    text = render(read_runs(Path(FLAGS.results)), FLAGS.spread, FLAGS.format, FLAGS.rows)
    command.write_or_print(text, output, "table")


def read_runs(folder: Path) -> dict[str, pd.DataFrame]:
    """Name → summary of each run below a directory.

    Returns:
        The tables of ``tables.summarise_beside_paper``, sorted by name, that is by path.

    Raises:
        InputError: there is none, or its files are not what a run writes.
    """
    found = sorted(folder.rglob("results.csv"))
    if not found:
        raise InputError(
            f"--results: expected runs below {folder}, found no results.csv. Name a directory that "
            "holds the --output_dir of several."
        )
    names = [file.parent.relative_to(folder).as_posix() for file in found]
    return dict(zip(names, map(runs.read_results, found), strict=True))


def summarise(runs_read: Mapping[str, pd.DataFrame], spread: Spread) -> pd.DataFrame:
    """One row per run, method and number of examples: run, and what ``tables`` has of it."""
    return pd.concat(
        [
            tables.summarise_beside_paper(table, spread, full_of(table)).assign(run=name)
            for name, table in runs_read.items()
        ],
        ignore_index=True,
    )


def full_of(table: pd.DataFrame) -> int:
    """The results of a complete cell, as far as the table shows."""
    trials, folds = grid_of(table)
    return trials * folds


def render(
    runs_read: Mapping[str, pd.DataFrame],
    spread: Spread = Spread.TRIALS,
    format: tables.Format = tables.Format.TEXT,
    rows: Rows = Rows.RUNS,
) -> str:
    """Mean±standard deviation of UA in %; ``Format.CSV`` is ``summarise``.

    Args:
        runs_read: of ``read_runs``.
        spread: what the standard deviation is over.
        format: how it is written.
        rows: what a row is of.
    """
    cells = summarise(runs_read, spread)
    if format is tables.Format.CSV:
        return cells.to_csv(index=False).rstrip("\n")
    cells["text"] = [tables.formatted(row) for row in cells.itertuples()]
    caption = make_caption(runs_read, spread)
    if rows is Rows.METHODS:
        return by_method(cells, list(runs_read), caption, format)
    cells["column"] = [
        display(row.method) + ("" if pd.isna(row.examples) else f" {row.examples}")
        for row in cells.itertuples()
    ]
    columns = list(dict.fromkeys(cells["column"]))
    grid = cells.pivot(index="run", columns="column", values="text").fillna("")
    lines = [[name, *grid.loc[name, columns]] for name in runs_read]
    return tables.write(format, caption, [[RUN, *columns], *lines])


def by_method(
    cells: pd.DataFrame, names: list[str], caption: list[str], format: tables.Format
) -> str:
    """A table for each number of examples, of one row per method.

    Args:
        cells: of ``summarise``, with their text.
        names: of the runs, which are the columns.
        caption, format: as of ``tables.write``.
    """
    cells["examples"] = cells["examples"].fillna(0).astype(int)
    parts = [tables.write(format, caption, [])]
    for examples, some in cells.groupby("examples"):
        grid = some.pivot(index="method", columns="run", values="text").fillna("")
        grid = grid.reindex(columns=names, fill_value="")
        lines = [[display(name), *grid.loc[name]] for name in some["method"].unique()]
        heading = [f"{examples} labelled examples:" if examples else "Without labelled examples:"]
        parts.append(tables.write(format, heading, [[METHOD, *names], *lines]))
    return "\n\n".join(parts)


def make_caption(runs_read: Mapping[str, pd.DataFrame], spread: Spread) -> list[str]:
    """What is shown, and what a reader must know of some of the runs: sentences."""
    grids = {grid_of(table) for table in runs_read.values()}
    spoken = " or ".join(mean_over(spread, *grid) for grid in sorted(grids))
    caption = [f"UA in %, {spoken}; the number behind a method is that of labelled examples."]
    chances = {chance_of(table) for table in runs_read.values()}
    if len(chances) == 1 and (chance := chances.pop()):
        caption.append(f"Chance is {chance:.1f} %.")
    found = collections.defaultdict(list)
    for name, table in runs_read.items():
        for line in caveats(runs.conditions_of(table), table["method"].unique(), [], 0):
            found[line].append(name)
    for line, names in found.items():
        where = "" if len(names) == len(runs_read) else f" ({', '.join(names)})"
        caption.append(line + where)
    return caption


if __name__ == "__main__":
    command.define_flags("FILE: the file to write; the standard output if not given.")
    flags.DEFINE_enum_class("format", tables.Format.TEXT, tables.Format, "How it is written.")
    flags.DEFINE_enum_class("rows", Rows.RUNS, Rows, "What a row of a table is of.")
    program.start(main)
