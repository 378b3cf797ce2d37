"""The course of a study: its stages, pair by pair, over the workers."""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pandas as pd
import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from cada_tf.protocol.problem import Problem
from cada_tf.runs.workers import Workers, work_off
from cada_tf.study.costs import Costs, table_of_costs
from cada_tf.study.declaration import Stage, Study
from cada_tf.study.jobs import Job, Kind, make_jobs, missing
from cada_tf.study.results import REPORTED, search_scores
from cada_tf.study.selection import Pair, choose
from cada_tf.study.store import Store
from cada_tf.study.train import Done

Jobs = dict[Pair, list[Job]]

log = logging.getLogger("cada_tf")


class Course:
    """A study under way.

    Args:
        study: its declaration.
        problems: of each pair.
        folder: where its tables are and go.
        hire: gives the workers for a problem.
    """

    def __init__(
        self,
        study: Study,
        problems: Mapping[Pair, Problem],
        folder: Path,
        hire: Callable[[Problem], AbstractContextManager[Workers]],
    ) -> None:
        self.study, self.problems, self.hire = study, problems, hire
        self.stores = {pair: Store(folder, *pair) for pair in problems}
        self.searched = {pair: self.stores[pair] for pair in study.pairs}

    def run(self) -> None:
        """Does what is missing of all stages."""
        self.do("search", self.search_jobs())
        self.do("report", self.report_jobs(self.choices()))
        self.do("validation", self.validation_jobs())

    def estimate(self) -> pd.DataFrame:
        """Measures what is not known of costs, and tells what is left; see ``table_of_costs``.

        Each method is measured on one pair of each source, with its default, in what is a part of
        the first stage.
        """
        self.do("sample", self.sample_jobs())
        search = self.search_jobs()
        # Until the first stage is done, it is not known which: any one.
        any_one = dict.fromkeys(self.groups(self.study.scalings), (0,))
        chosen = dict.fromkeys(self.stores, any_one) if search else self.choices()
        stages = {
            "search": search,
            "report": self.report_jobs(chosen),
            "validation": self.validation_jobs(),
        }
        return table_of_costs(stages, self.costs(), self.study)

    def costs(self) -> Costs:
        """Of networks so far."""
        return Costs({pair: store.rows for pair, store in self.stores.items()})

    def search_jobs(self) -> Jobs:
        """What is missing of the first stage."""
        settings = range(self.study.settings + 1)
        chosen = dict.fromkeys(self.groups([self.study.searched]), settings)
        return self.jobs(self.study.search, dict.fromkeys(self.searched, chosen), Kind.UA)

    def sample_jobs(self) -> Jobs:
        """What is missing of one job for each method and source."""
        known, found = set(self.costs().by_source), {}
        first = dict.fromkeys(self.groups([self.study.searched]), (0,))
        default = self.jobs(self.study.search, dict.fromkeys(self.searched, first), Kind.UA)
        for pair, jobs in default.items():
            for job in jobs:
                if (pair[0], job.method) not in known:
                    known.add((pair[0], job.method))
                    found.setdefault(pair, []).append(job)
        return found

    def report_jobs(self, chosen: Mapping[Pair, Mapping[tuple[str, str], list[int]]]) -> Jobs:
        """What is missing of the second stage: networks whose answers are not kept."""
        return self.jobs(self.study.report, chosen, Kind.ANSWERS)

    def validation_jobs(self) -> Jobs:
        """What is missing of the third stage."""
        settings, stage = range(self.study.settings + 1), self.study.validation
        chosen = {(self.study.searched, method): settings for method in stage.methods}
        return self.jobs(stage, dict.fromkeys(self.searched, chosen), Kind.VALIDATION)

    def groups(self, scalings: Iterable[str]) -> list[tuple[str, str]]:
        """All methods under some scalings."""
        return [(scaling, method) for scaling in scalings for method in self.study.methods]

    def choices(self) -> dict[Pair, dict[tuple[str, str], list[int]]]:
        """The settings that the reported rule chooses, once the first stage is done."""
        scores = search_scores(self.searched, self.study, self.study.methods)
        return {
            pair: {
                (scaling, method): [setting]
                for method, setting in choose(REPORTED, pair, scores).items()
                for scaling in self.study.scalings
            }
            for pair in self.stores
        }

    def jobs(self, stage: Stage, chosen: Mapping[Pair, Mapping], kind: Kind) -> Jobs:
        """The jobs of a stage that are not done, of the pairs that have any."""
        found = {}
        for pair, settings in chosen.items():
            classes = len(self.problems[pair].classes)
            jobs = make_jobs(self.study, stage, settings, classes, kind)
            found[pair] = missing(jobs, self.stores[pair].done(kind))
        return {pair: jobs for pair, jobs in found.items() if jobs}

    def do(self, stage: str, jobs: Jobs) -> None:
        """Has the workers do jobs, the longest of a pair first, and keeps what they make."""
        costs, folds = self.costs(), self.study.folds

        def seconds(pair: Pair, job: Job) -> float:
            return costs.seconds(pair, job, folds)

        total = sum(seconds(pair, job) for pair, found in jobs.items() for job in found)
        bar = tqdm.tqdm(desc=stage, total=round(total), unit="s of work", disable=None)
        with bar, logging_redirect_tqdm():
            for place, (pair, wanted) in enumerate(jobs.items()):
                self.do_pair(pair, sorted(wanted, key=lambda job: -seconds(pair, job)), bar, costs)
                log.info("%s: %s → %s, %d of %d", stage, *pair, place + 1, len(jobs))

    def do_pair(self, pair: Pair, jobs: list[Job], bar: tqdm.tqdm, costs: Costs) -> None:
        """The same for one pair."""
        store, left = self.stores[pair], dict.fromkeys(jobs)

        def keep(done: Done) -> None:
            store.add(done.job.kind, done.rows, done.answers)
            left.pop(done.job, None)
            bar.update(costs.seconds(pair, done.job, self.study.folds))

        with self.hire(self.problems[pair]) as workers:
            work_off(workers, lambda: list(left), keep)
