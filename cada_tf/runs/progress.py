"""The progress of a run, as a bar on a terminal and lines in the log."""

import collections
import logging
from collections.abc import Sequence

import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from cada_tf.config import Config
from cada_tf.evaluation.spread import plus_minus
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem
from cada_tf.runs.results import Results, rows_of, summarise

log = logging.getLogger("cada_tf")


class Progress:
    """A bar on a terminal: networks and cells done, UA so far, time left.

    Args:
        problem, config, cells, results: as for ``runner.run``.
        done: see ``plan.plan``.
    """

    def __init__(
        self,
        problem: Problem,
        config: Config,
        cells: Sequence[Cell],
        results: Results,
        done: set[tuple],
    ) -> None:
        self.config, self.results = config, results
        self.full = problem.trials * problem.folds
        self.left = {
            cell: sum(
                (cell.method, cell.examples, trial, fold) not in done
                for trial in range(problem.trials)
                for fold in range(problem.folds)
            )
            for cell in cells
        }
        self.bar = tqdm.tqdm(
            desc="networks",
            total=self.full * len(cells),
            initial=self.networks,
            unit="",
            disable=None,
        )

    @property
    def networks(self) -> int:
        """How many are done."""
        return self.full * len(self.left) - sum(self.left.values())

    def __enter__(self) -> "Progress":
        # A line of the log goes above the bar, not into it.
        self.redirect = logging_redirect_tqdm()
        self.redirect.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.redirect.__exit__(*error)
        self.bar.close()

    def update(self, rows: list[dict]) -> None:
        """Counts rows that were added; logs the UA of the cells that they complete."""
        self.bar.update(len(rows))
        counts = collections.Counter(Cell(row["method"], row["examples"]) for row in rows)
        for cell, count in counts.items():
            self.left[cell] -= count
            if not self.left[cell]:
                log.info(self.describe(cell))
        if not self.bar.disable:
            complete = sum(not left for left in self.left.values())
            self.bar.set_postfix_str(f"cells {complete}/{len(self.left)}; {self.describe(cell)}")

    def describe(self, cell: Cell) -> str:
        """A cell with its UA so far."""
        rows = rows_of(self.results.table, cell)
        (row,) = summarise(rows, self.config.spread).itertuples()
        size = "" if cell.examples is None else f", {cell.examples} examples"
        ua = plus_minus(100 * row.mean, 100 * row.std, sign=" ± ")
        return f"{cell.method}{size}: UA {ua} %"
