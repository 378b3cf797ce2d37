"""Assessment for a new speaker: by folds that keep the labelled speakers apart."""

import dataclasses
import logging
import os

import numpy as np

from cada_tf.adaptation.assessment import Assessment, compare, correct
from cada_tf.adaptation.cross_validation import cross_validate
from cada_tf.config import Config, FoldsBy
from cada_tf.corpora.table import UNKNOWN
from cada_tf.evaluation.ua_estimate import MIN_SPEAKERS
from cada_tf.methods import METHODS
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.folds import tested_counts
from cada_tf.protocol.problem import Problem
from cada_tf.runs.archive import Archive

log = logging.getLogger("cada_tf")

UNADAPTED = "all-source"
"""What the method is compared with; it uses no label."""


def assess_new_speaker(
    problem: Problem,
    config: Config,
    method: str,
    archive: Archive,
    *,
    cache_dir: str | os.PathLike | None = None,
    jobs: int | None = None,
) -> Assessment:
    """Cross-validates a method over folds that keep speakers apart, beside ``UNADAPTED``.

    Trained again is what the folds change: the method, and ``UNADAPTED`` only where the scaling
    uses the target's training folds; else it answers as before. Other baselines are compared by
    utterance alone. So it takes less than the assessment by utterance did.

    Args:
        problem, config, method, cache_dir, jobs: see ``adapt``.
        archive: of the cross-validation by utterance.

    Returns:
        Its ``too_few`` says why nothing can be estimated, if so.
    """
    by_speaker = speaker_problem(problem)
    if isinstance(by_speaker, str):
        return Assessment(method, too_few=by_speaker)
    names = dict.fromkeys((method, UNADAPTED))
    changed = [n for n in names if METHODS[n].adapts or config.scaling.semi_supervised]
    sources = dict.fromkeys(names, (archive, problem))
    if changed:
        log.info(
            "assessing %s for a new speaker by %d × %d folds that keep the speakers apart",
            *(method, by_speaker.trials, by_speaker.folds),
        )
        cells = [Cell(name, None) for name in changed]
        apart = cross_validate(by_speaker, config, cells, cache_dir=cache_dir, jobs=jobs)
        sources |= dict.fromkeys(changed, (apart, by_speaker))
    answers = {name: correct(*source, Cell(name, None)) for name, source in sources.items()}
    return compare(by_speaker, answers)


def speaker_problem(problem: Problem) -> Problem | str:
    """The problem with as many folds by speaker as there can be, or why there can be none."""
    labels, speakers = problem.target.labels, problem.target.speakers
    names = np.unique(speakers)
    if list(names) == [UNKNOWN]:
        return "the speakers of the labelled utterances are not known (column speaker)."
    if len(names) < MIN_SPEAKERS:
        return (
            f"the labelled utterances are of {len(names)} speaker{'s' * (len(names) > 1)}; at "
            f"least {MIN_SPEAKERS} are needed."
        )
    rarest = min(len(np.unique(speakers[labels == label])) for label in np.unique(labels))
    for folds in range(min(problem.folds, rarest), 1, -1):
        if tested_counts(labels, speakers, folds, problem.seed, problem.trials).min():
            return dataclasses.replace(problem, folds=folds, folds_by=FoldsBy.SPEAKER)
    return "the labelled speakers cannot be divided so that each part has utterances of each class."
