"""What a run found: a sentence, its table of UA, and the leads of a method with their intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cada_tf.config import Spread
from cada_tf.lazy import lazy_imports
from figures import comparisons, tables
from figures.labels import count, display, mean_over
from figures.report.page import Folded, Section, Table
from figures.words import p_value, rounded, with_interval

with lazy_imports():
    import pandas as pd

if TYPE_CHECKING:
    from figures.report.page import Block
    from figures.report.results import Run

MOST_WITH_NUMBERS = 4
"""Rivals that the finding names with the lead over each; of more, the table has it."""


def finding(run: Run) -> str:
    """What the leads say, in a sentence: a lead that is not significant is not called one."""
    means = run.leads[run.leads["examples"].isna()]
    if means.empty:
        return (
            f"UA of {count(len(run.methods), 'system')} from {run.source} to {run.target}; no lead "
            f"is stated, as there are no results of {display(run.method)} beside those of a rival."
        )
    significant = means["p_holm"] < comparisons.SIGNIFICANT
    won, lost = means["difference"] > 0, means["difference"] < 0
    parts = [
        f"{words} {rivals(rows)}"
        for words, rows in (
            ("significantly ahead of", means[significant & won]),
            ("significantly behind", means[significant & lost]),
            ("not significantly ahead of or behind", means[~significant]),
        )
        if len(rows)
    ]
    return (
        f"From {run.source} to {run.target}, in the mean over {numbers(run)}, "
        f"{display(run.method)} is {', and '.join(parts)} "
        f"({100 * comparisons.SIGNIFICANT:.0f} %, after Holm's correction)."
    )


def numbers(run: Run) -> str:
    """The numbers of labelled examples of a run, in words."""
    if not run.sizes:
        return "its splits"
    if len(run.sizes) == 1:
        return f"its splits with {run.sizes[0]} labelled examples"
    return f"the numbers of labelled examples that both have, {run.sizes[0]} to {run.sizes[-1]}"


def rivals(rows: pd.DataFrame) -> str:
    """Rivals, with the lead over each in points if they are few."""
    few = len(rows) <= MOST_WITH_NUMBERS
    return "; ".join(
        display(row.rival)
        + (f" ({with_interval(row.difference, row.low, row.high)} points)" if few else "")
        for row in rows.itertuples()
    )


def results(run: Run) -> Section:
    """UA of all systems, beside the paper's."""
    trials, folds = run.grid
    cells = tables.cells_in_words(run.table, Spread.TRIALS, trials * folds)
    over = mean_over(Spread.TRIALS, trials, folds, sign=" ± ")
    caption = tables.make_caption(run.table, cells, over)
    published = bool(cells["paper"].any())
    blocks: list[Block] = []
    if grid := tables.make_grid(cells):
        heads, *rows = grid
        title = f"UA in % by the number of labelled examples, {over}"
        blocks.append(Table(title, ["System", *heads[1:]], rows))
    alone = cells[cells["examples"].isna()]
    if len(alone):
        rows = [
            [display(row.method), row.ours, *[row.paper] * published] for row in alone.itertuples()
        ]
        title = "UA in % of the systems that take no number of labelled examples"
        blocks.append(Table(title, ["System", "UA", *["UA in the paper"] * published], rows))
    shown = ("Results", "Baselines")
    blocks += [line for line in caption if line not in run.notes and not line.startswith(shown)]
    if not published:
        blocks.append("The paper has no numbers for this pair of corpora.")
    return Section("Results", blocks)


def leads(run: Run) -> Section:
    """The leads of the method over its rivals."""
    title = f"Leads of {display(run.method)}"
    if run.leads.empty:
        known = ", ".join(run.methods)
        return Section(
            title,
            [
                f"There are none: the run has no results of {run.method} on the same splits as "
                f"those of a rival. It has {known}; --compare=METHOD compares one of them."
            ],
        )
    trials, folds = run.grid
    full = trials * folds
    means = run.leads[run.leads["examples"].isna()]
    by_size = run.leads[run.leads["examples"].notna()]
    blocks: list[Block] = [
        Table(
            f"In the mean over the numbers of labelled examples that both have: "
            f"{display(run.method)} − rival, in points of UA",
            ["Rival", *HEADS],
            [[display(row.rival), *in_words(row, full)] for row in means.itertuples()],
        )
    ]
    if len(by_size):
        heads, *rows = comparisons.make_grid(run.leads, full)
        blocks.append(
            Table(
                f"By the number of labelled examples: {display(run.method)} − rival, in points "
                "of UA [95 % interval]",
                ["Labelled examples", *heads[1:]],
                [list(map(str.strip, row)) for row in rows],
            )
        )
        each = [
            [f"{display(row.rival)}, {row.examples}", *in_words(row, full)]
            for row in by_size.itertuples()
        ]
        caption = "Each lead by itself, with its p"
        blocks.append(Folded(caption, [Table(caption, ["Rival, labelled examples", *HEADS], each)]))
    _, *lines = comparisons.make_caption(run.table, run.leads, run.method, trials, folds)
    return Section(title, [*blocks, " ".join(line for line in lines if line not in run.notes)])


HEADS = ["Lead", "95 % interval", "p", "p after Holm", "Splits"]


def in_words(row: tuple, full: int) -> list[str]:
    """A lead as the cells of ``HEADS``."""
    low, high = rounded(row.low), rounded(row.high)
    interval = "not known" if math.isnan(row.low) else f"[{low}, {high}]"
    splits = f"{row.pairs}/{full}" if row.pairs < full else str(row.pairs)
    lead = rounded(row.difference, "+")
    return [lead, interval, p_value(row.p), p_value(row.p_holm), splits]
