"""Folds of the cross-validation over a target: by utterance, or with speakers kept apart."""

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from cada_tf.config import FoldsBy
from cada_tf.protocol.keyed import keyed_seeds


def draw_folds(
    labels: np.ndarray,
    speakers: np.ndarray,
    folds: int,
    folds_by: FoldsBy,
    seed: int,
    trial: int,
) -> list[np.ndarray]:
    """The positions of the utterances that each fold tests, sorted; each is tested once.

    Args:
        labels: the class of each utterance, ``[n]``, int.
        speakers: their names, ``[n]``, str.
        folds: K, at least 2.
        folds_by: ``FoldsBy.UTTERANCE`` stratifies by class and mixes the speakers (the paper's
            "speaker-dependent condition"); ``FoldsBy.SPEAKER`` tests all utterances of a speaker
            in one fold.
        seed: of the run.
        trial: which draw, from 0.
    """
    state = int(keyed_seeds(seed, "folds", trial).generate_state(1)[0])
    if folds_by is FoldsBy.SPEAKER:
        return draw_speaker_folds(labels, speakers, folds, state)
    splitter = StratifiedKFold(folds, shuffle=True, random_state=state)
    return [test for _, test in splitter.split(np.zeros(len(labels)), labels)]


def tested_counts(
    labels: np.ndarray, speakers: np.ndarray, folds: int, seed: int, trials: int
) -> np.ndarray:
    """How many utterances of each class the folds by speaker of all trials test, ``[T, K, C]``."""
    classes = labels.max() + 1
    return np.array(
        [
            [
                np.bincount(labels[test], minlength=classes)
                for test in draw_folds(labels, speakers, folds, FoldsBy.SPEAKER, seed, trial)
            ]
            for trial in range(trials)
        ]
    )


def draw_speaker_folds(
    labels: np.ndarray, speakers: np.ndarray, folds: int, state: int
) -> list[np.ndarray]:
    """Folds of about as many speakers of each class, each speaker in one of them.

    A speaker counts once for each class, however much was said: otherwise StratifiedGroupKFold
    sorts speakers by their numbers of utterances, and hardly anything is left to chance (of
    EMODB's ten speakers, 20 seeds make two partitions).
    """
    names, speaker = np.unique(speakers, return_inverse=True)
    spoken = np.unique(np.stack([speaker, labels], axis=1), axis=0)  # rows (speaker, class)
    # What ``shuffle=True`` does from scikit-learn 1.8 on; before, it confused the groups and made
    # all draws alike.
    places = np.argsort(np.random.RandomState(state).permutation(len(names)))
    splitter = StratifiedGroupKFold(folds)
    drawn = splitter.split(spoken, y=spoken[:, 1], groups=places[spoken[:, 0]])
    return [np.flatnonzero(np.isin(speaker, spoken[test, 0])) for _, test in drawn]
