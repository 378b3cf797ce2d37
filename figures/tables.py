r"""UA for few labelled target examples, in the form of the paper's Tables 2 and 3.

    python -m figures.tables --results=runs/NAME [--format=markdown] [--output=FILE]

Where the paper has the same source and target, its numbers stand beside ours. Below, how far CADA,
or the method of ``--compare``, is ahead of each rival, and whether that is significant.
"""

from __future__ import annotations

import enum
import math
import textwrap
from collections.abc import Iterable

from absl import flags
from tabulate import DataRow, TableFormat, tabulate

from cada_tf import paper, runs
from cada_tf.apps import program
from cada_tf.config import Spread
from cada_tf.errors import InputError
from cada_tf.evaluation.spread import plus_minus
from cada_tf.lazy import lazy_imports
from cada_tf.text import escape_markdown
from figures import command, comparisons
from figures.labels import caveats, chance_of, display, grid_of, mean_over, papers_pair

with lazy_imports():
    import pandas as pd

    from cada_tf.evaluation import clustered
    from cada_tf.runs import results

FLAGS = flags.FLAGS

WIDTH = 100
"""Characters of a line of a plain-text table."""
GAP = 2
"""Characters between its columns."""
AS_WRITTEN = {"disable_numparse": True, "preserve_whitespace": True}
"""Options of tabulate that leave the words alone."""
MARKDOWN = TableFormat(
    **dict.fromkeys(["lineabove", "linebetweenrows", "linebelow", "with_header_hide"]),
    linebelowheader=lambda widths, _: "|" + "---|" * len(widths),
    **dict.fromkeys(["headerrow", "datarow"], DataRow("| ", " | ", " |")),
    padding=0,
)
"""GitHub's tables, without padding, so that a longer cell changes one line of a file."""


class Format(enum.Enum):
    """How a table is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    LATEX = "latex"
    CSV = "csv"


def main() -> None:
    """Prints the table of a run, or writes it."""
    output = command.given_output()
    table, planned = command.given_run()
    if FLAGS.comparisons or not FLAGS["compare"].using_default_value:
        check_compared(table, FLAGS.compare)
    answers = runs.read_answers(command.run_folder(), table)
    if FLAGS.comparisons:
        text = render_comparisons(table, FLAGS.compare, FLAGS.format, planned, answers)
    else:
        text = render(table, FLAGS.spread, FLAGS.format, planned, FLAGS.compare, answers)
    command.write_or_print(text, output, "table")


def check_compared(table: pd.DataFrame, method: str) -> None:
    """Refuses a method that the results do not have, or not on the same splits as a rival."""
    if not render_comparisons(table, method):
        raise InputError(
            f"--compare: expected a method of the results with a rival there, found {method!r} "
            f"and results of {', '.join(table['method'].unique())}. Choose another of these."
        )


def render(
    table: pd.DataFrame,
    spread: Spread = Spread.TRIALS,
    format: Format = Format.TEXT,
    planned: tuple[int, int] | None = None,
    compare: str = "cada",
    answers: clustered.Answers | None = None,
) -> str:
    """The summary of a run: UA in %, mean±standard deviation, one row per method; then comparisons.

    Cells that lack results are marked with how many they have. ``Format.CSV`` is the table of
    ``summarise_beside_paper`` instead, with numbers at full precision, without comparisons.

    Args:
        table: of ``results.read_results``.
        spread: what the standard deviation is over.
        format: how it is written.
        planned: the (trials, folds) of a complete cell; if not given, all those in the table.
        compare: the method of ``render_comparisons``.
        answers: of ``runs.read_answers``, if there are any.
    """
    trials, folds = grid_of(table, planned)
    if format is Format.CSV:
        cells = summarise_beside_paper(table, spread, trials * folds)
        return cells.to_csv(index=False).rstrip("\n")
    cells = cells_in_words(table, spread, trials * folds)
    caption = make_caption(table, cells, mean_over(spread, trials, folds))
    summary = write(format, caption, make_grid(cells))
    compared = render_comparisons(table, compare, format, planned, answers)
    return "\n\n".join(filter(None, [summary, compared]))


def render_comparisons(
    table: pd.DataFrame,
    method: str,
    format: Format = Format.TEXT,
    planned: tuple[int, int] | None = None,
    answers: clustered.Answers | None = None,
) -> str:
    """How far a method is ahead of each rival, in points of UA, with confidence intervals.

    Empty where there is nothing to compare. ``Format.CSV`` is the table of
    ``compare_with_rivals``, with numbers at full precision.

    Args:
        table: of ``results.read_results``.
        method: as named there.
        format: how it is written.
        planned, answers: as for ``render``.
    """
    trials, folds = grid_of(table, planned)
    compared = comparisons.compare_with_rivals(table, method, folds, answers)
    if format is Format.CSV:
        return compared.to_csv(index=False).rstrip("\n")
    if compared.empty:
        return ""
    caption = comparisons.make_caption(table, compared, method, trials, folds)
    return write(format, caption, comparisons.make_grid(compared, trials * folds))


def summarise_beside_paper(table: pd.DataFrame, spread: Spread, full: int) -> pd.DataFrame:
    """The summary of a run, tidy.

    Returns:
        One row per method (named as in results.csv) and number of examples: the run's conditions
        (see ``results_file.conditions``), spread, method, examples, mean and std (of UA, in %),
        trials, results (the number of trial and fold pairs), planned (``full``, that of a complete
        cell), paper_mean and paper_std (in %; NaN where the paper has no such cell).
    """
    shared = runs.conditions_of(table) | {"spread": spread}
    cells = results.summarise(table, spread)
    cells[["mean", "std"]] *= 100
    theirs = paper.TABLES.get(papers_pair(table), {})
    beside = [
        theirs.get(row.method, {}).get(None if pd.isna(row.examples) else row.examples)
        for row in cells.itertuples()
    ]
    cells["planned"] = full
    cells[["paper_mean", "paper_std"]] = [pair or (math.nan, math.nan) for pair in beside]
    for place, (column, value) in enumerate(shared.items()):
        cells.insert(place, column, value)
    return cells


def cells_in_words(table: pd.DataFrame, spread: Spread, full: int) -> pd.DataFrame:
    """``summarise_beside_paper`` with the columns ours and paper: each cell as it is shown."""
    cells = summarise_beside_paper(table, spread, full)
    ours, theirs = ([words(row) for row in cells.itertuples()] for words in (formatted, published))
    return cells.assign(ours=ours, paper=theirs)


def formatted(row: tuple) -> str:
    """A cell, with the number of its results if some are missing."""
    lacking = f" ({row.results}/{row.planned})" if row.results < row.planned else ""
    return plus_minus(row.mean, row.std) + lacking


def published(row: tuple) -> str:
    """The paper's cell, with its digits; empty where it has none."""
    return "" if math.isnan(row.paper_mean) else f"{row.paper_mean:.0f}±{row.paper_std:.0f}"


def make_caption(table: pd.DataFrame, cells: pd.DataFrame, numbers: str) -> list[str]:
    """What is shown, as ``numbers``, the baselines, and what a reader must know: sentences."""
    first = table.iloc[0]
    caption = [
        f"Results when using {first.source} as source domain and {first.target} as target: "
        f"UA in %, {numbers}."
    ]
    baselines = [
        f"{display(row.method)}: {row.ours}{f' (paper: {row.paper})' if row.paper else ''}"
        for row in cells[cells["examples"].isna()].itertuples()
    ]
    if baselines:
        *others, last = baselines
        caption.append(f"Baselines are {' and '.join(filter(None, [', '.join(others), last]))}.")
    if chance := chance_of(table):
        caption.append(f"Chance is {chance:.1f} %.")
    full = cells["planned"].iloc[0]
    return caption + caveats(
        runs.conditions_of(table), table["method"].unique(), cells["results"], full
    )


def make_grid(cells: pd.DataFrame) -> list[list[str]]:
    """Rows of words: a heading with the numbers of examples, then ours and the paper's."""
    cells = cells[cells["examples"].notna()]
    sizes = sorted(cells["examples"].unique())
    grid = [["Examples", *map(str, sizes)]] if sizes else []
    for method, row in cells.groupby("method", sort=False):
        row = row.set_index("examples")[["ours", "paper"]].reindex(sizes, fill_value="")
        grid.append([display(method), *row["ours"]])
        if row["paper"].any():
            grid.append([f"{display(method)} (paper)", *row["paper"]])
    return grid


def write(format: Format, caption: list[str], grid: list[list[str]]) -> str:
    """Caption and grid for people."""
    writers = {Format.TEXT: text, Format.MARKDOWN: markdown, Format.LATEX: latex}
    return writers[format](caption, grid)


def text(caption: list[str], grid: list[list[str]], width: float = WIDTH) -> str:
    """Aligned columns below the caption, in blocks of at most ``width`` characters if possible."""
    return "\n\n".join(["\n".join(folded(caption)), *map(aligned, blocks_of(grid, width))])


def folded(lines: Iterable[str]) -> list[str]:
    """Lines of text of at most ``WIDTH`` characters."""
    keep = {"break_long_words": False, "break_on_hyphens": False}
    return [part for line in lines for part in textwrap.wrap(line, WIDTH, **keep)]


def blocks_of(grid: list[list[str]], width: float) -> list[list[list[str]]]:
    """The columns of a grid in blocks of at most so many characters, the first one in each."""
    if not grid:
        return []
    columns = list(zip(*grid, strict=True))
    first = taken = max(map(len, columns[0]))
    blocks = [[0]]
    for place, column in enumerate(columns[1:], 1):
        visible = max(len(word.rstrip()) for word in column)
        if taken + GAP + visible > width and len(blocks[-1]) > 1:
            blocks.append([0])
            taken = first
        blocks[-1].append(place)
        taken += GAP + max(map(len, column))
    return [[[row[place] for place in block] for row in grid] for block in blocks]


def aligned(grid: list[list[str]]) -> str:
    """The first column to the left, the others to the right."""
    alignment = ["left", *["right"] * (len(grid[0]) - 1)]
    return tabulate(grid, tablefmt="plain", colalign=alignment, **AS_WRITTEN)


def markdown(caption: list[str], grid: list[list[str]]) -> str:
    """A table as GitHub shows it."""
    parts = [escape_markdown(" ".join(caption))]
    if grid:
        heading, *rows = ([escape_markdown(word).rstrip() for word in row] for row in grid)
        parts.append(tabulate(rows, heading, MARKDOWN, stralign=None, **AS_WRITTEN))
    return "\n\n".join(parts)


def latex(caption: list[str], grid: list[list[str]]) -> str:
    """A table environment that needs no package."""
    escapes = str.maketrans(
        {character: f"\\{character}" for character in "&%$#_{}"}
        | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
        | {"±": r"$\pm$", "−": "$-$", "<": "$<$"}
    )
    lines = [" & ".join(word.translate(escapes).rstrip() for word in row) + r" \\" for row in grid]
    if grid:
        lines = [
            rf"\begin{{tabular}}{{l{'r' * (len(grid[0]) - 1)}}}",
            *[r"\hline", lines[0], r"\hline", *lines[1:], r"\hline"],
            r"\end{tabular}",
        ]
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{' '.join(caption).translate(escapes)}}}",
            *lines,
            r"\end{table}",
        ]
    )


if __name__ == "__main__":
    command.define_flags("FILE: the file to write; the standard output if not given.")
    flags.DEFINE_enum_class("format", Format.TEXT, Format, "How the table is written.")
    flags.DEFINE_string("compare", "cada", "METHOD: what to compare with its rivals.")
    flags.DEFINE_bool(
        "comparisons",
        False,
        "Only the comparisons; with --format=csv a tidy table, in points of UA, with each p.",
    )
    program.start(main)
