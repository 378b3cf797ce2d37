"""How ``cada-adapt`` chooses what the scaling of features is fitted on."""

from typing import NamedTuple

import numpy as np

from cada_tf.config import Normalisation, Scaling
from cada_tf.corpora.table import UNKNOWN
from cada_tf.protocol.problem import LabelledSet, Problem
from cada_tf.protocol.scaling import MIN_ENROLLED

MIN_MIXING = 0.5
"""Below it a speaker's mean says more of the speaker's class than of the voice."""
MIN_PAIRS = 10
"""Pairs of labelled utterances of one speaker, without which their mixing is not known."""


class ScalingChoice(NamedTuple):
    """A scaling, and why it was chosen: the end of a sentence that names it."""

    scaling: Scaling
    normalisation: Normalisation
    reason: str


def choose_scaling(problem: Problem) -> ScalingChoice:
    """The scaling that uses most of what is known of the target.

    By speaker where speakers are known and each of them has utterances of several classes;
    otherwise scaling by speaker removes the differences between classes along with those between
    voices, and the target is scaled as one. Without unlabelled utterances the scaling is the
    source's, as in the paper. docs/adaptation.md has what each is worth.

    Args:
        problem: with its pool; its target are the labelled examples.
    """
    if problem.pool is None:
        reason = "as there are no unlabelled recordings"
        return ScalingChoice(Scaling.SOURCE, Normalisation.MIN_MAX, reason)
    if reason := unfit_speakers(problem):
        return ScalingChoice(Scaling.CORPUS_ENROLLED, Normalisation.Z_SCORE, reason)
    reason = "as speakers are known, and classes are mixed in each"
    return ScalingChoice(Scaling.SPEAKER_ENROLLED, Normalisation.MIN_MAX, reason)


def unfit_speakers(problem: Problem) -> str:
    """Why features cannot be scaled by speaker; empty if they can."""
    source, target, speakers = problem.source, problem.target, problem.whole_target.speakers
    if UNKNOWN in speakers:
        return "as the speakers of the target are not all known"
    if UNKNOWN in source.speakers:
        return f"as the speakers of {source.name} are not all known"
    names, counts = np.unique(speakers, return_counts=True)
    enough = counts[counts >= MIN_ENROLLED].sum()
    if enough < len(speakers) / 2:
        return (
            f"as most recordings of the target are of speakers with fewer than {MIN_ENROLLED} "
            f"({len(names)} speakers, {len(speakers)} recordings)"
        )
    if class_mixing(source) < MIN_MIXING:
        return f"as the speakers of {source.name} each have utterances of few classes"
    if same_speaker_pairs(target.speakers) >= MIN_PAIRS and class_mixing(target) < MIN_MIXING:
        return "as the labelled speakers of the target each have utterances of few classes"
    return ""


def class_mixing(corpus: LabelledSet) -> float:
    """How far classes are mixed in each speaker, from 0 (not) to about 1 (as in the corpus).

    The share of pairs of utterances of one speaker that are of different classes, over that of all
    pairs. 1 where no speaker has two utterances, or all are of one class: nothing speaks against.
    """
    different = corpus.labels[:, None] != corpus.labels
    same = corpus.speakers[:, None] == corpus.speakers
    np.fill_diagonal(same, False)
    if not same.any() or not different.any():
        return 1.0
    everyone = different.sum() / (len(corpus) * (len(corpus) - 1))
    return float(different[same].mean() / everyone)


def same_speaker_pairs(speakers: np.ndarray) -> int:
    """Pairs of utterances of one speaker."""
    _, counts = np.unique(speakers, return_counts=True)
    return int((counts * (counts - 1) // 2).sum())
