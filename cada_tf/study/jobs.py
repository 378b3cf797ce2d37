"""What a study has yet to do on a pair of corpora: jobs, each for one worker at a time."""

import dataclasses
from collections.abc import Iterable, Mapping

from cada_tf.config import Choice
from cada_tf.errors import InputError
from cada_tf.methods import METHODS, Target, make_cells, per_class
from cada_tf.protocol.cell import Cell
from cada_tf.runs import STACK_SIZE
from cada_tf.study.declaration import Stage, Study
from cada_tf.study.space import setting_config


class Kind(Choice):
    """What jobs make: UA, UA and answers, or UA of a cross-validation over the few labels."""

    UA = "ua"
    ANSWERS = "answers"
    VALIDATION = "validation"


@dataclasses.dataclass(frozen=True)
class Job:
    """A method with one of its settings, trained in some trials.

    Args:
        scaling, method, setting: see ``store.CELL``.
        cells: methods and numbers of examples.
        trials: all of whose folds it is trained and tested in.
        kind: what becomes of it.
        classes: C.
    """

    scaling: str
    method: str
    setting: int
    cells: tuple[Cell, ...]
    trials: tuple[int, ...]
    kind: Kind
    classes: int

    def networks(self, folds: int) -> int:
        """How many are tested, in so many folds of each trial."""
        each = [1] * len(self.cells)
        if self.kind is Kind.VALIDATION:
            each = [inner_parts(cell.examples // self.classes) for cell in self.cells]
        return sum(each) * len(self.trials) * folds


PARTS = 5
"""Of the few labels of a class in a cross-validation, at the most."""


def inner_parts(each: int) -> int:
    """Into how many parts labels of a class are divided: equal ones, as many as may be.

    Raises:
        InputError: they cannot be divided.
    """
    parts = [count for count in range(2, PARTS + 1) if each % count == 0]
    if not parts:
        raise InputError(
            f"examples of validation: expected numbers that give each class a multiple of 2, 3 or "
            f"{PARTS}, to divide its labels; found {each} of each. Choose others."
        )
    return max(parts)


def make_jobs(
    study: Study,
    stage: Stage,
    chosen: Mapping[tuple[str, str], Iterable[int]],
    classes: int,
    kind: Kind,
) -> list[Job]:
    """The jobs of a stage on a pair.

    Args:
        study: the study.
        stage: which of its stages.
        chosen: (scaling, method) → numbers of the settings that are trained.
        classes: C.
        kind: of the jobs.
    """
    together = max(1, STACK_SIZE // study.folds)
    blocks = [
        tuple(range(first, min(first + together, stage.trials)))
        for first in range(0, stage.trials, together)
    ]
    jobs = []
    for (scaling, method), settings in chosen.items():
        config = setting_config(study, scaling, {})
        cells = make_cells([method], stage.examples, classes, config)
        if not cells:
            continue
        for setting in settings:
            jobs += [Job(scaling, method, setting, tuple(cells), b, kind, classes) for b in blocks]
    return jobs


def missing(jobs: Iterable[Job], done: set[tuple]) -> list[Job]:
    """The jobs, or parts of them, that are not done.

    Args:
        jobs: of ``make_jobs``.
        done: of ``Store.done``.
    """
    found = []
    for job in jobs:
        lacking: dict[tuple[Cell, ...], list[int]] = {}
        for trial in job.trials:
            cells = tuple(
                cell
                for cell in job.cells
                if (job.scaling, job.method, job.setting, cell.examples or 0, trial) not in done
            )
            if cells:
                lacking.setdefault(cells, []).append(trial)
        found += [
            dataclasses.replace(job, cells=cells, trials=tuple(trials))
            for cells, trials in lacking.items()
        ]
    return found


def largest_per_class(study: Study, classes: int) -> int:
    """The largest number of labelled examples of a class that any job asks for."""
    config = setting_config(study, next(iter(study.scalings)), {})
    takes = any(METHODS[name].target is Target.EXAMPLES for name in study.methods)
    most = max(*study.search.examples, *study.report.examples)
    return per_class(most, classes, config) if takes else 0
