"""Unweighted accuracy (Section 4.2): "the accuracy per class averaged by the class number"."""

import numpy as np


def recalls(truth: np.ndarray, guess: np.ndarray, classes: int) -> np.ndarray:
    """The accuracy of each class.

    Args:
        truth: classes of the examples ``[n]``, integers in [0, classes).
        guess: what was recognised, likewise.
        classes: C.

    Returns:
        ``[C]``, in [0, 1]; NaN for a class without an example.
    """
    hits = np.bincount(truth[truth == guess], minlength=classes)
    total = np.bincount(truth, minlength=classes)
    return np.divide(hits, total, out=np.full(classes, np.nan), where=total > 0)


def unweighted_accuracy(truth: np.ndarray, guess: np.ndarray, classes: int) -> float:
    """The mean of the ``recalls`` of the classes that have an example, in [0, 1]."""
    return float(np.nanmean(recalls(truth, guess, classes)))


def cross_entropy(truth: np.ndarray, logits: np.ndarray) -> float:
    """The mean cross-entropy in nats of integer targets ``[n]`` under logits ``[n, outputs]``."""
    shifted = logits - logits.max(-1, keepdims=True)
    log_probability = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return float(-log_probability[np.arange(len(truth)), truth].mean())
