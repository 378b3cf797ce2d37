"""A trained network without TensorFlow: what its weights make of features, in NumPy."""

from collections.abc import Sequence

import numpy as np

Weights = Sequence[np.ndarray]
"""Of a network's layers, ``[in, out]`` and ``[1, out]`` each, float32, the predictor's last."""


def embed(weights: Weights, x: np.ndarray) -> np.ndarray:
    """What the encoder gives: its last ReLU layer, ``[n, units]``.

    Args:
        weights: of the network.
        x: features ``[n, F]``, scaled.
    """
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = np.maximum(x @ kernel + bias, 0)
    return x


def logits(weights: Weights, x: np.ndarray) -> np.ndarray:
    """What the predictor gives: logits ``[n, outputs]`` of classes, or of categories."""
    return predict(weights, embed(weights, x))


def predict(weights: Weights, embeddings: np.ndarray) -> np.ndarray:
    """What the predictor gives of embeddings ``[n, units]``; see ``logits``."""
    return embeddings @ weights[-2] + weights[-1]


def probabilities(logits: np.ndarray, classes: int, temperature: float = 1.0) -> np.ndarray:
    """The probability of each class, whichever its domain (Section 3, "in the testing stage").

    A class counts by the domain in which it is more probable, so that the most probable class
    is that of the most probable category, at any temperature.

    Args:
        logits: of the categories ``[n, D·C]`` of D domains, or of classes (D = 1).
        classes: C.
        temperature: what logits are divided by; see ``calibration.fit_temperature``.

    Returns:
        ``[n, C]``, float64, rows that sum to 1.
    """
    domains = logits.shape[-1] // classes
    best = logits.astype(np.float64).reshape(len(logits), domains, classes).max(1)
    powers = np.exp((best - best.max(-1, keepdims=True)) / temperature)
    return powers / powers.sum(-1, keepdims=True)
