"""Shares of the classes in a target without labels, and answers corrected for them.

Source and target are taken to differ in the shares of their classes alone (label shift).
"""

import numpy as np

TOLERANCE = 1e-6
ITERATIONS = 10_000
SMALLEST = 1e-6
"""Of a share, so that no class is impossible."""


def correct_prior(probability: np.ndarray, trained: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Probabilities under other shares of the classes: p'(y|x) ∝ p(y|x) prior(y) / trained(y).

    Args:
        probability: ``[n, C]``.
        trained: the shares of the classes that they were learnt under, ``[C]``.
        prior: those that hold, ``[C]``.
    """
    corrected = probability * (prior / trained)
    return corrected / corrected.sum(-1, keepdims=True)


def em_prior(probability: np.ndarray, trained: np.ndarray) -> np.ndarray:
    """The most likely shares of the classes ``[C]``, by EM from those of the training.

    By turns, the probabilities are corrected for the shares, and the shares become the means of
    the probabilities. M. Saerens, P. Latinne and C. Decaestecker, "Adjusting the Outputs of a
    Classifier to New a Priori Probabilities: A Simple Procedure", Neural Computation 2002.

    Args:
        probability: of examples of the target, ``[n, C]``, at least one; they should be calibrated.
        trained: see ``correct_prior``.
    """
    prior = trained
    for _ in range(ITERATIONS):
        new = correct_prior(probability, trained, prior).mean(0)
        change, prior = np.abs(new - prior).max(), new
        if change < TOLERANCE:
            break
    return bounded(prior)


def bbse_prior(
    y_pred: np.ndarray, y_held: np.ndarray, y_true: np.ndarray, classes: int
) -> np.ndarray:
    """The shares of the classes ``[C]`` that explain how often each is predicted.

    They solve  Σ_j P(predicted i | class j) share_j = P(predicted i), the first of held-out source
    examples, the second of the target; negative ones become 0. Z. Lipton, Y.-X. Wang and A. Smola,
    "Detecting and Correcting for Label Shift with Black Box Predictors", ICML 2018.

    Args:
        y_pred: classes predicted for examples of the target, ``[n]``.
        y_held, y_true: those predicted for held-out examples of the source, and theirs, ``[h]``.
        classes: C.
    """
    confusion = np.zeros((classes, classes))
    np.add.at(confusion, (y_held, y_true), 1)
    confusion /= np.maximum(confusion.sum(0), 1)
    predicted = np.bincount(y_pred, minlength=classes) / len(y_pred)
    return bounded(np.linalg.lstsq(confusion, predicted, rcond=None)[0])


def bounded(prior: np.ndarray) -> np.ndarray:
    """Shares of a sum of 1, none of which is 0."""
    prior = np.maximum(prior, SMALLEST)
    return prior / prior.sum()
