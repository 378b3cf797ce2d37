r"""UA of several runs side by side: one row per run, one column per method and number of examples.

    python -m figures.overview --results=results/features [--format=markdown] [--output=FILE]

takes all runs below a directory, each named by where it is there.
"""

from __future__ import annotations

import collections
from collections.abc import Mapping
from pathlib import Path

from absl import flags

from cada_tf import runs
from cada_tf.apps import program
from cada_tf.config import Spread
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports
from cada_tf.storage import write_atomically
from figures import command, tables
from figures.labels import caveats, chance_of, display, grid_of, mean_over

with lazy_imports():
    import pandas as pd

FLAGS = flags.FLAGS

RUN = "Run"


def main() -> None:
    """Prints the table of all runs, or writes it."""
    output = command.given_output()
    text = render(read_runs(Path(FLAGS.results)), FLAGS.spread, FLAGS.format)
    if output:
        write_atomically(output, text + "\n")
        print(f"table: {output}")
    else:
        print(text)


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
) -> str:
    """Mean±standard deviation of UA in %, one row per run; ``Format.CSV`` is ``summarise``.

    Args:
        runs_read: of ``read_runs``.
        spread: what the standard deviation is over.
        format: how it is written.
    """
    cells = summarise(runs_read, spread)
    if format is tables.Format.CSV:
        return cells.to_csv(index=False).rstrip("\n")
    cells["text"] = [tables.formatted(row) for row in cells.itertuples()]
    cells["column"] = [
        display(row.method) + ("" if pd.isna(row.examples) else f" {row.examples}")
        for row in cells.itertuples()
    ]
    columns = list(dict.fromkeys(cells["column"]))
    grid = cells.pivot(index="run", columns="column", values="text").fillna("")
    rows = [[name, *grid.loc[name, columns]] for name in runs_read]
    return tables.write(format, make_caption(runs_read, spread), [[RUN, *columns], *rows])


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
    program.start(main)
