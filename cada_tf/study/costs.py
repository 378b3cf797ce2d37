"""What jobs of a study cost, by what networks of their kind have cost so far."""

from collections.abc import Iterable, Mapping

import pandas as pd

from cada_tf.study.declaration import Study
from cada_tf.study.jobs import Job
from cada_tf.study.selection import Pair

UNKNOWN = 0.1
"""Seconds of a network while none has been measured."""


class Costs:
    """Seconds of one worker for a network, by method and source.

    Args:
        rows: of each pair (see ``store.ROWS``), as far as there are any.
    """

    def __init__(self, rows: Mapping[Pair, pd.DataFrame]) -> None:
        parts = [table.assign(source=pair[0]) for pair, table in rows.items() if len(table)]
        self.by_source: dict[tuple, float] = {}
        self.by_method: dict[str, float] = {}
        if parts:
            whole = pd.concat(parts, ignore_index=True).astype({"method": "str"})
            self.by_source = typical(whole, ["source", "method"])
            self.by_method = typical(whole, ["method"])

    def seconds(self, pair: Pair, job: Job, folds: int) -> float:
        """What a job should cost."""
        known = self.by_source.get((pair[0], job.method))
        each = self.by_method.get(job.method, UNKNOWN) if known is None else known
        return each * job.networks(folds)


def typical(rows: pd.DataFrame, keys: list[str]) -> dict:
    """Seconds of a network: the median at each number of examples, since a machine may have slept.

    Then the mean over these: the first number of a job has the time of the networks that all
    start from.
    """
    medians = rows.groupby([*keys, "examples"])["seconds"].median()
    return medians.groupby(keys if len(keys) > 1 else keys[0]).mean().to_dict()


def table_of_costs(
    stages: Mapping[str, Mapping[Pair, Iterable[Job]]], costs: Costs, study: Study
) -> pd.DataFrame:
    """The networks and hours of one worker that are left, by stage, method and source.

    Args:
        stages: name → pair → jobs.
        costs: of networks.
        study: whose jobs they are.
    """
    rows = [
        {
            "stage": stage,
            "method": job.method,
            "source": pair[0],
            "networks": job.networks(study.folds),
            "hours": costs.seconds(pair, job, study.folds) / 3600,
        }
        for stage, pairs in stages.items()
        for pair, jobs in pairs.items()
        for job in jobs
    ]
    return pd.DataFrame(rows, columns=["stage", "method", "source", "networks", "hours"])
