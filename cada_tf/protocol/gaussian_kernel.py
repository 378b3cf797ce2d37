"""The Gaussian kernel of the density-ratio methods, k(a, b) = exp(−γ ‖a − b‖²), and its width."""

import numpy as np

SAMPLE = 1000
"""Vectors between which distances are taken for the median."""


def kernel_between(a: np.ndarray, b: np.ndarray, gamma: float) -> np.ndarray:
    """The kernel between vectors ``[n, F]`` and ``[m, F]``: ``[n, m]``, of their dtype."""
    from sklearn.metrics.pairwise import rbf_kernel  # takes seconds to start

    return rbf_kernel(a, b, gamma)


def gamma_of(x: np.ndarray, width: float = 1.0) -> float:
    """γ = 1 / 2σ² of the σ that is ``width`` times the median distance between vectors ``[n, F]``.

    Of many vectors, ``SAMPLE`` at equal intervals count.
    """
    from sklearn.metrics.pairwise import euclidean_distances  # takes seconds to start

    sample = evenly(x, SAMPLE)
    squares = euclidean_distances(sample, squared=True)[np.triu_indices(len(sample), 1)]
    median = float(np.median(squares)) if len(squares) else 0.0
    return 1 / (2 * width**2 * (median or 1))  # 0 where most vectors are equal


def evenly(x: np.ndarray, count: int) -> np.ndarray:
    """At most ``count`` rows, at equal intervals, from the first to the last."""
    if len(x) <= count:
        return x
    return x[np.linspace(0, len(x) - 1, count).astype(int)]
