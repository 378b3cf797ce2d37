"""Recognition of speakers each on a scale of their own, by recordings that are given together."""

import logging
from collections.abc import Mapping, Sequence

import numpy as np

from cada_tf.recogniser.classifier import Classifier

log = logging.getLogger("cada_tf")

MAX_NAMED = 5
"""Speakers that are named of those who have too few recordings."""


def classifiers_by_speaker(
    classifier: Classifier, vectors: Mapping[str, Sequence[np.ndarray]]
) -> dict[str, Classifier]:
    """A classifier for each speaker with enough recordings; those with too few are logged.

    Args:
        classifier: that was trained by speaker.
        vectors: speaker → the features of the speaker's recordings, ``[n, F]``.

    Returns:
        speaker → classifier, of those with at least ``scaling.MIN_ENROLLED`` recordings. Others
        are for ``classifier`` as it is, on the scale of all of the target.
    """
    from cada_tf.protocol.scaling import MIN_ENROLLED  # scikit-learn takes a while

    few = sorted(speaker for speaker, own in vectors.items() if len(own) < MIN_ENROLLED)
    if few:
        log.warning(
            "speakers with fewer than %d recordings, which are scaled as all of the target: %d, %s",
            *(MIN_ENROLLED, len(few), ", ".join(few[:MAX_NAMED]) + ", …" * (len(few) > MAX_NAMED)),
        )
    return {
        speaker: classifier.for_speaker(np.stack(own))
        for speaker, own in vectors.items()
        if speaker not in few
    }


def predict_proba_by_speaker(
    classifier: Classifier, x: np.ndarray, speakers: np.ndarray
) -> np.ndarray:
    """The probability of each class, as ``cada-predict --speakers`` gives it.

    Args:
        classifier: if it was trained by speaker, each speaker has a scale; else all have one.
        x: features of all that are given together, ``[n, F]``.
        speakers: their names, ``[n]``.

    Returns:
        ``[n, C]``; see ``Classifier.predict_proba``.
    """
    probability = classifier.predict_proba(x)
    if classifier.by_speaker:
        vectors = {speaker: x[speakers == speaker] for speaker in np.unique(speakers) if speaker}
        for speaker, own in classifiers_by_speaker(classifier, vectors).items():
            probability[speakers == speaker] = own.predict_proba(vectors[speaker])
    return probability
