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
"""Pairs of labelled utterances of one speaker that tell that classes are not mixed."""
MIN_MIXED_PAIRS = 3
"""Such pairs that tell that they are."""
MAX_BETWEEN = 0.36
"""Above it speakers may differ by their classes, and labels have to tell. The median functional of
GeMAPS has 0.11 to 0.30 in EMODB, nEMO, RAVDESS, TurEV-DB and Indian EmoSpeech, and 0.43 in URDU,
whose speakers have one class each."""


class ScalingChoice(NamedTuple):
    """A scaling, and why it was chosen: the end of a sentence that names it."""

    scaling: Scaling
    normalisation: Normalisation
    reason: str


def scaling_of(scaling: Scaling, reason: str = "as was asked for") -> ScalingChoice:
    """A scaling with the normalisation that goes with it: z-scores of a target scaled as one.

    The fewer utterances a scale is fitted on, the less their extremes lie outside of the rest;
    those of a whole corpus are outliers. docs/adaptation.md has the comparison.
    """
    corpus = scaling is Scaling.CORPUS_ENROLLED
    normalisation = Normalisation.Z_SCORE if corpus else Normalisation.MIN_MAX
    return ScalingChoice(scaling, normalisation, reason)


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
        return scaling_of(Scaling.SOURCE, "as there are no unlabelled recordings")
    if reason := unfit_speakers(problem):
        return scaling_of(Scaling.CORPUS_ENROLLED, reason)
    return scaling_of(
        Scaling.SPEAKER_ENROLLED, "as speakers are known, and classes are mixed in each"
    )


def unfit_speakers(problem: Problem) -> str:
    """Why features cannot be scaled by speaker; empty if they can."""
    source, whole = problem.source, problem.whole_target
    sizes = group_sizes(whole.speakers)
    enough = sizes[sizes >= MIN_ENROLLED].sum()
    reasons = {
        "as the speakers of the target are not all known": UNKNOWN in whole.speakers,
        f"as the speakers of {source.name} are not all known": UNKNOWN in source.speakers,
        f"as {len(whole) - enough} of {len(whole)} recordings of the target are of speakers with "
        f"fewer than {MIN_ENROLLED}": enough < len(whole) / 2,
        f"as the speakers of {source.name} each have utterances of few classes": (
            class_mixing(source) < MIN_MIXING
        ),
    }
    found = next((reason for reason, holds in reasons.items() if holds), "")
    return found or unmixed_target(problem)


def unmixed_target(problem: Problem) -> str:
    """Why the target's speakers may have few classes each; empty if nothing says so."""
    target = problem.target
    labelled, mixing = pairs(group_sizes(target.speakers)), class_mixing(target)
    if labelled >= MIN_PAIRS and mixing < MIN_MIXING:
        return "as the labelled speakers of the target each have utterances of few classes"
    mixed = labelled >= MIN_MIXED_PAIRS and mixing >= MIN_MIXING
    if not mixed and between_speakers(problem.whole_target) > MAX_BETWEEN:
        return (
            "as the speakers of the target differ much, and no labels tell that each has several "
            "classes; label utterances of several classes of one speaker to know"
        )
    return ""


def class_mixing(corpus: LabelledSet) -> float:
    """How far classes are mixed in each speaker, from 0 (not) to about 1 (as in the corpus).

    The share of pairs of utterances of one speaker that are of different classes, over that of all
    pairs. 1 where no speaker has two utterances, or all are of one class: nothing speaks against.
    """
    of_speaker = pairs(group_sizes(corpus.speakers))
    both = np.char.add(corpus.speakers.astype(str), np.char.mod("|%d", corpus.labels))
    alike = pairs(group_sizes(corpus.labels))
    everyone = pairs(np.array([len(corpus)]))
    if not of_speaker or alike == everyone:
        return 1.0
    return float((1 - pairs(group_sizes(both)) / of_speaker) / (1 - alike / everyone))


def group_sizes(groups: np.ndarray) -> np.ndarray:
    """The number of utterances of each group, of the group of each utterance ``[n]``."""
    return np.unique(groups, return_counts=True)[1]


def pairs(sizes: np.ndarray) -> int:
    """Pairs of utterances of one group, of the groups' sizes."""
    return int((sizes * (sizes - 1) // 2).sum())


def between_speakers(corpus: LabelledSet) -> float:
    """The share of a feature's variance that is between speakers: the median over the features.

    It is the intraclass correlation of one-way analysis of variance (Shrout & Fleiss 1979, ICC(1)),
    of speakers with at least ``MIN_ENROLLED`` utterances; 0 where there are not two of them.
    """
    names, places, counts = np.unique(corpus.speakers, return_inverse=True, return_counts=True)
    kept = counts[places] >= MIN_ENROLLED
    x, groups = corpus.features[kept].astype(np.float64), [places == i for i in range(len(names))]
    members = [x[group[kept]] for group in groups if (group & kept).any()]
    if len(members) < 2:
        return 0.0
    sizes = np.array([len(part) for part in members])
    means = np.stack([part.mean(0) for part in members])
    between = sizes @ (means - x.mean(0)) ** 2 / (len(members) - 1)
    within = sum(part.var(0) * len(part) for part in members) / (len(x) - len(members))
    size = (len(x) - (sizes**2).sum() / len(x)) / (len(members) - 1)
    varies = between + within > 0
    correlation = (between - within)[varies] / (between + (size - 1) * within)[varies]
    return float(np.median(correlation)) if varies.any() else 0.0
