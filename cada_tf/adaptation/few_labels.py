"""A few labels drawn from a corpus whose other labels are known, which tell what is true."""

import dataclasses

import numpy as np

from cada_tf.config import Choice
from cada_tf.evaluation.metrics import unweighted_accuracy
from cada_tf.protocol.keyed import keyed_rng, keyed_seeds
from cada_tf.protocol.problem import LabelledSet, Problem, unlabelled_set
from cada_tf.recogniser.by_speaker import predict_proba_by_speaker
from cada_tf.recogniser.recogniser import Recogniser


class Unlabelled(Choice):
    """Which of the other utterances are given without their labels."""

    NONE = "none"
    HALF = "half"
    REST = "rest"


@dataclasses.dataclass(frozen=True)
class FewLabels:
    """A draw of labelled utterances of the target: positions, ascending.

    Args:
        labelled: those whose labels are given.
        pool: those that are given without labels; may be empty.
        tested: those that UA is measured on: all others, or those of the pool.
    """

    labelled: np.ndarray
    pool: np.ndarray
    tested: np.ndarray


def draw_labels(
    whole: Problem, labels: int, draw: int, unlabelled: Unlabelled = Unlabelled.NONE
) -> FewLabels:
    """Draws labelled utterances, the same number of each class, each of a random speaker.

    Args:
        whole: with all of the target.
        labels: how many, of all classes together; fewer are among more.
        draw: which draw.
        unlabelled: which others are given without labels; ``HALF`` is a random half, and the other
            half is tested; ``REST`` is all of them, which are tested as well.
    """
    everyone = np.arange(len(whole.target))
    labelled = np.sort(whole.draw(everyone, labels // len(whole.classes), "few", draw))
    rest = np.setdiff1d(everyone, labelled)
    if unlabelled is Unlabelled.NONE:
        return FewLabels(labelled, rest[:0], rest)
    if unlabelled is Unlabelled.REST:
        return FewLabels(labelled, rest, rest)
    mixed = keyed_rng(whole.seed, "unlabelled", draw).permutation(rest)
    pool, tested = np.split(mixed, [len(rest) // 2])
    return FewLabels(labelled, np.sort(pool), np.sort(tested))


def few_label_problem(
    whole: Problem, drawn: FewLabels, draw: int, *, folds: int, trials: int
) -> Problem:
    """What ``cada-adapt`` is given of a draw.

    Args:
        whole: with all of the target.
        drawn: of ``draw_labels``.
        draw: which draw; seeds differ by it.
        folds, trials: of the cross-validation; fewer folds if a class has fewer labels.
    """
    target = whole.target
    few = drawn.labelled
    small = LabelledSet(target.name, target.features[few], target.labels[few], target.speakers[few])
    pool = None
    if len(drawn.pool):
        pool = unlabelled_set(target.name, target.features[drawn.pool], target.speakers[drawn.pool])
    return dataclasses.replace(
        whole,
        seed=int(keyed_seeds(whole.seed, "few", draw).generate_state(1)[0]),
        target=small,
        trials=trials,
        folds=min(folds, int(np.bincount(small.labels).min())),
        pool=pool,
    )


def true_ua(recogniser: Recogniser, target: LabelledSet, tested: np.ndarray) -> float:
    """UA in [0, 1] on utterances that are given together, each speaker's on the speaker's scale.

    Args:
        recogniser: see ``by_speaker.predict_proba_by_speaker``.
        target: all of it.
        tested: positions.
    """
    x, speakers = target.features[tested], target.speakers[tested]
    y_pred = predict_proba_by_speaker(recogniser, x, speakers).argmax(-1)
    return unweighted_accuracy(target.labels[tested], y_pred, len(recogniser.classes))
