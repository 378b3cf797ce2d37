"""The cells of a run that a picture is of: ``--methods`` at ``--examples``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from absl import flags

from cada_tf import runs
from cada_tf.apps import paths, program
from cada_tf.errors import InputError, suggestion
from cada_tf.lazy import lazy_imports
from cada_tf.protocol.cell import Cell
from figures.labels import caveats, display, grid_of

with lazy_imports():
    import pandas as pd

    from cada_tf.runs import results

FLAGS = flags.FLAGS


def define_flags(output: str, methods: str = "") -> None:
    """The flags of the programs that look into cells.

    Args:
        output: the help of ``--output``.
        methods: the default of ``--methods``, of which those count that the run has; else all.
    """
    words = "all" if not methods else "those of the default that there are"
    with program.group("What is shown"):
        paths.define_path("results", "DIR: a run's directory.", required=True)
        flags.DEFINE_list(
            "methods", methods, f"Systems to show, in this order; if not given {words}."
        )
        flags.DEFINE_integer(
            "examples",
            None,
            "Number of labelled target examples to show; the largest of the run if not given.",
            lower_bound=0,
        )
    with program.group("Output"):
        paths.define_path("output", output)


def given_cells(
    table: pd.DataFrame, by_default: Callable[[str], bool] = lambda _: True
) -> list[Cell]:
    """The cells of a results table that the flags name; see ``chosen_cells``.

    Args:
        table: of ``results.read_results``.
        by_default: which methods count where the flags name none.
    """
    names = [name.strip() for name in FLAGS.methods]
    if not FLAGS["methods"].using_default_value:
        return chosen_cells(table, names, FLAGS.examples)
    return [c for c in default_cells(table, names, FLAGS.examples) if by_default(c.method)]


def default_cells(
    table: pd.DataFrame, methods: Sequence[str], examples: int | None = None
) -> list[Cell]:
    """``chosen_cells`` of those methods that the results have; of all if they have none of them."""
    known = set(table["method"])
    return chosen_cells(table, [name for name in methods if name in known], examples)


def chosen_cells(
    table: pd.DataFrame, methods: Sequence[str] = (), examples: int | None = None
) -> list[Cell]:
    """The cells of some methods at a number of examples.

    Args:
        table: of ``results.read_results``.
        methods: in the order in which they are wanted; all if none is named.
        examples: of the methods that take any; None for the largest number in the table.

    Raises:
        InputError: a method, or a number of examples of it, that the results do not have.
    """
    sizes: dict[str, list] = {}
    for cell in cells_of(table):
        sizes.setdefault(cell.method, []).append(cell.examples)
    if examples is None and table["examples"].notna().any():
        examples = int(table["examples"].max())
    cells = []
    for method in dict.fromkeys(methods or sizes):
        if method not in sizes:
            raise InputError(
                f"--methods: expected methods of the results, {', '.join(sizes)}; "
                f"found {method!r}.{suggestion(method, sizes)}"
            )
        size = None if None in sizes[method] else examples
        if size in sizes[method]:
            cells.append(Cell(method, size))
        elif methods or examples not in table["examples"].unique():
            raise InputError(
                f"--examples: expected a number that {method} has in the results, "
                f"{', '.join(map(str, sizes[method]))}; found {examples}."
            )
    return cells


def cells_of(table: pd.DataFrame) -> list[Cell]:
    """The cells of a results table."""
    cells = table[["method", "examples"]].drop_duplicates().itertuples(index=False)
    return [Cell(m, None if pd.isna(n) else int(n)) for m, n in cells]


def label(cell: Cell) -> str:
    """A cell as the reader knows it."""
    return display(cell.method) + ("" if cell.examples is None else f", {cell.examples} examples")


def incomplete(
    table: pd.DataFrame, planned: tuple[int, int] | None, cells: list[Cell]
) -> list[str]:
    """What a reader must know of some cells, one sentence each."""
    trials, folds = grid_of(table, planned)
    counts = [len(results.rows_of(table, cell)) for cell in cells]
    return caveats(
        runs.conditions_of(table), [cell.method for cell in cells], counts, trials * folds
    )
