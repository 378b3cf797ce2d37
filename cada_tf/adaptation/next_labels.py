"""What a recogniser suggests to label next, of the unlabelled recordings that it knows."""

import numpy as np
import pandas as pd

from cada_tf.adaptation.strategy import Grouping, Score, Strategy
from cada_tf.adaptation.suggestion import Suggestion, suggest
from cada_tf.adaptation.utterances import whole_target
from cada_tf.corpora.table import UNKNOWN
from cada_tf.protocol.problem import Problem
from cada_tf.recogniser.recogniser import Recogniser


def next_labels(
    problem: Problem, recogniser: Recogniser, count: int, strategy: Strategy
) -> pd.DataFrame:
    """Recordings of the problem's pool to label next, the first one first.

    Args:
        problem: with the labelled examples as its target, and the pool.
        recogniser: adapted from it.
        count: how many.
        strategy: how they are chosen.

    Returns:
        One row per recording: position (in the pool), speaker, predicted (the class that is the
        most probable), confidence (its probability) and reason (why it was chosen, in words).

    Raises:
        ValueError: the pool has fewer.
    """
    labelled = np.arange(len(problem.target))
    pool = len(labelled) + np.arange(len(problem.pool))
    everyone = whole_target(
        problem,
        recogniser.weights,
        None if recogniser.by_speaker else (recogniser.factor, recogniser.offset),
        np.concatenate([labelled, pool]),
        recogniser.temperature,
        recogniser.normalisation,
    )
    unlabelled = everyone.take(pool)
    labels = problem.target.labels
    found = suggest(unlabelled, everyone.take(labelled), labels, count, strategy, problem.seed)
    chosen = unlabelled.take(np.array([one.position for one in found]))
    names = np.array(problem.classes)[np.argsort(-chosen.probabilities, kind="stable")]
    reasons = [
        reason(strategy, one, ranked, speaker)
        for one, ranked, speaker in zip(found, names.tolist(), chosen.speakers, strict=True)
    ]
    return pd.DataFrame(
        {
            "position": [one.position for one in found],
            "speaker": chosen.speakers,
            "predicted": names[:, 0],
            "confidence": chosen.probabilities.max(-1),
            "reason": reasons,
        }
    )


def reason(strategy: Strategy, suggestion: Suggestion, ranked: list[str], speaker: str) -> str:
    """Why a recording was chosen, in words.

    Args:
        strategy: by which it was.
        suggestion: how many labels its groups had.
        ranked: the classes, the most probable one first.
        speaker: of the recording.
    """
    words = []
    for grouping, labels in suggestion.labels.items():
        known = f"{labels or 'no'} label{'s' * (labels != 1)}"
        if grouping is Grouping.CLASS:
            words.append(f"seems {ranked[0]}, which has {known} so far")
        elif grouping is Grouping.SPEAKER and speaker != UNKNOWN:
            words.append(f"its speaker has {known} so far")
        elif grouping in (Grouping.CLUSTER, Grouping.HIDDEN_CLUSTER):
            words.append(f"recordings like it have {known} so far")
    words.append(
        {
            Score.RANDOM: "drawn at random",
            Score.UNCERTAINTY: f"undecided between {ranked[0]} and {ranked[1]}",
            Score.TYPICALITY: "typical of those like it",
        }[strategy.score]
    )
    return "; ".join(words)
