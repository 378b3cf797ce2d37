"""Unweighted accuracy and cross-entropy.

Unweighted accuracy (UA, Section 4.2) is "the accuracy per class averaged by the class number":
scikit-learn's ``balanced_accuracy_score``, which takes some fifty times as long, while early
stopping needs it after each epoch of each network.
"""

import numpy as np


def recalls(y_true: np.ndarray, y_pred: np.ndarray, classes: int) -> np.ndarray:
    """The accuracy of each class.

    Args:
        y_true: classes of the examples ``[n]``, integers in [0, classes).
        y_pred: the predicted classes, likewise.
        classes: C.

    Returns:
        ``[C]``, float64, in [0, 1]; NaN for a class without an example.
    """
    hits = np.bincount(y_true[y_true == y_pred], minlength=classes)
    total = np.bincount(y_true, minlength=classes)
    return np.divide(hits, total, out=np.full(classes, np.nan), where=total > 0)


def mean_recall(recall: np.ndarray) -> np.ndarray:
    """UA from the recall of each class.

    Args:
        recall: ``[..., C]``, in any unit; NaN for a class without an example.

    Returns:
        ``[...]``, the mean over the classes that have an example; NaN where none has.
    """
    known = ~np.isnan(recall)
    total, count = np.where(known, recall, 0).sum(-1), known.sum(-1)
    return np.divide(total, count, out=np.full(np.shape(count), np.nan), where=count > 0)


def unweighted_accuracy(y_true: np.ndarray, y_pred: np.ndarray, classes: int) -> float:
    """UA in [0, 1]: the mean of the ``recalls`` of the classes that have an example."""
    return float(mean_recall(recalls(y_true, y_pred, classes)))


def balanced_mean(values: np.ndarray, labels: np.ndarray) -> float:
    """The mean over the classes of the mean value of each.

    UA is that of whether each example is recognised; ``values`` may also be how often it is.

    Args:
        values: of the examples, ``[n]``, n > 0.
        labels: their classes, ``[n]``.
    """
    return float(np.mean([values[labels == label].mean() for label in np.unique(labels)]))


def cross_entropy(y_true: np.ndarray, logits: np.ndarray) -> float:
    """The mean cross-entropy in nats of integer targets ``[n]`` under logits ``[n, outputs]``."""
    shifted = logits - logits.max(-1, keepdims=True)
    log_probability = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return float(-log_probability[np.arange(len(y_true)), y_true].mean())
