"""The cells of a run that a picture is of: ``--methods`` at ``--examples``."""

import pandas as pd
from absl import flags

from cada_tf.errors import InputError, suggestion
from cada_tf.methods import Cell
from figures.wording import display, grid_of, reservations

FLAGS = flags.FLAGS


def define_cell_flags() -> None:
    """``--methods`` and ``--examples``."""
    flags.DEFINE_list("methods", [], "Systems to show, in this order; all if none is given.")
    flags.DEFINE_integer(
        "examples",
        None,
        "Number of labelled target examples to show; the largest of the run if not given.",
        lower_bound=1,
    )


def chosen_cells(table: pd.DataFrame) -> list[Cell]:
    """The cells of a results table that the flags name.

    Raises:
        InputError: a method or a number of examples that the results do not have.
    """
    sizes = sorted(table["examples"].dropna().unique().astype(int))
    size = FLAGS.examples or (sizes[-1] if sizes else None)
    if sizes and size not in sizes:
        raise InputError(
            f"--examples: expected a number that the results have, {', '.join(map(str, sizes))}; "
            f"found {size}."
        )
    known = list(table["method"].unique())
    names = [name.strip() for name in FLAGS.methods] or known
    for name in names:
        if name not in known:
            raise InputError(
                f"--methods: expected methods of the results, {', '.join(known)}; found {name!r}."
                f"{suggestion(name, known)}"
            )
    found = [cell for name in names for cell in cells_of(table) if cell.method == name]
    return [cell for cell in found if cell.examples in (None, size)]


def cells_of(table: pd.DataFrame) -> list[Cell]:
    """The cells of a results table."""
    cells = table[["method", "examples"]].drop_duplicates().itertuples(index=False)
    return [Cell(m, None if pd.isna(n) else int(n)) for m, n in cells]


def rows_of(table: pd.DataFrame, cell: Cell) -> pd.DataFrame:
    """The rows of a cell."""
    rows = table[table["method"] == cell.method]
    return rows if cell.examples is None else rows[rows["examples"] == cell.examples]


def label(cell: Cell) -> str:
    """A cell as the reader knows it."""
    return display(cell.method) + ("" if cell.examples is None else f", {cell.examples} examples")


def incomplete(
    table: pd.DataFrame, planned: tuple[int, int] | None, cells: list[Cell]
) -> list[str]:
    """What a reader must know of some cells: a sentence each."""
    trials, folds = grid_of(table, planned)
    counts = [len(rows_of(table, cell)) for cell in cells]
    return reservations(bool(table["transductive"].any()), counts, trials * folds)
