"""Measures of the shift between two domains, as a whole and class by class (Section 3).

The paper seeks P(φ(Xs)|y) = P(φ(Xt)|y) for each class y, rather than P(φ(Xs)) = P(φ(Xt)).
``decompose`` applies a measure to both: the domains as a whole, and each class.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FOLDS = 5
"""Folds of the cross-validation in ``proxy_a_distance``; fewer where a set is smaller."""


@dataclasses.dataclass(frozen=True)
class Shift:
    """A measure between two domains; 0 where they are alike.

    Args:
        marginal: between all of the source and all of the target. It also grows where the
            classes have other shares in one domain than in the other.
        classes: between source and target within each class, in the order of the labels.
    """

    marginal: float
    classes: tuple[float, ...]

    @property
    def conditional(self) -> float:
        """The unweighted mean over the classes.

        Eq. (3) minimises it: it trains the encoder to make the predictor take d(source, c) for
        d(target, c), and the reverse, for each class c.
        """
        return float(np.mean(self.classes))


def decompose(
    measure: Callable[[np.ndarray, np.ndarray], float],
    xs: np.ndarray,
    ys: np.ndarray,
    xt: np.ndarray,
    yt: np.ndarray,
) -> Shift:
    """A measure between source and target as a whole and class by class.

    Args:
        measure: ``mmd``, ``proxy_a_distance``, ``centroid_distance``, or another of two sets.
        xs, xt: vectors of the source ``[N, F]`` and of the target ``[M, F]``.
        ys, yt: their classes, integers ``[N]`` and ``[M]``.
    """
    classes = np.union1d(ys, yt)
    within = tuple(measure(xs[ys == label], xt[yt == label]) for label in classes)
    return Shift(measure(xs, xt), within)


def mmd(x: np.ndarray, y: np.ndarray) -> float:
    """Squared maximum mean discrepancy (MMD²), the unbiased estimate.

    The kernel is k(a, b) = exp(−‖a − b‖² / 2σ²), where σ² is the median of ‖a − b‖² over all
    pairs of the pooled sample (the median heuristic). The measure does not depend on the vectors'
    unit, so that spaces of different networks can be compared. The estimate is the mean of k
    within x plus that within y minus twice that between them, without pairs of a vector and
    itself; its expectation is 0 for samples of one distribution, so that it can be negative.

    Gretton et al. 2012, "A Kernel Two-Sample Test", Journal of Machine Learning Research 13,
    Lemma 6 and Section 8.

    Args:
        x, y: vectors, ``[n, F]`` and ``[m, F]``.

    Returns:
        A number below 2, without unit; NaN where a set has fewer than two vectors.
    """
    if min(len(x), len(y)) < 2:
        return np.nan
    squares = euclidean_distances(np.concatenate([x, y]).astype(float), squared=True)
    median = np.median(squares[np.triu_indices(len(squares), 1)])
    kernel = np.exp(-squares / (2 * (median or 1)))  # 0 where most vectors are equal
    n = len(x)
    within = mean_of_pairs(kernel[:n, :n]) + mean_of_pairs(kernel[n:, n:])
    return float(within - 2 * kernel[:n, n:].mean())


def mean_of_pairs(kernel: np.ndarray) -> float:
    """Mean of a square matrix without its diagonal."""
    n = len(kernel)
    return (kernel.sum() - np.trace(kernel)) / (n * (n - 1))


def proxy_a_distance(x: np.ndarray, y: np.ndarray, seed: int = 0) -> float:
    """Proxy A-distance (PAD): how well a linear classifier separates the two sets.

    2(1 − 2ε), where ε is the error of logistic regression on standardised vectors in a
    cross-validation. Both in training and in ε the sets have equal weight, whatever their sizes.

    Ben-David et al. 2007, "Analysis of Representations for Domain Adaptation", NIPS 19.

    Args:
        x, y: vectors, ``[n, F]`` and ``[m, F]``.
        seed: of the folds.

    Returns:
        Without unit: 2 where the sets are separated without error, about 0 (at times below)
        where no better than by chance; NaN where a set has fewer than two vectors.
    """
    folds = min(FOLDS, len(x), len(y))
    if folds < 2:
        return np.nan
    sets = np.repeat([0, 1], [len(x), len(y)])
    predicted = cross_val_predict(
        make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000)),
        np.concatenate([x, y]).astype(float),
        sets,
        cv=StratifiedKFold(folds, shuffle=True, random_state=seed),
    )
    error = 1 - balanced_accuracy_score(sets, predicted)
    return float(2 * (1 - 2 * error))


def centroid_distance(x: np.ndarray, y: np.ndarray) -> float:
    """Distance between the means of two sets ``[n, F]`` and ``[m, F]``, in radii of the first.

    The radius is the root mean square distance from the mean, so that spaces of different
    networks can be compared; NaN where it is 0.
    """
    centre = x.mean(axis=0)
    radius = np.sqrt(((x - centre) ** 2).sum(axis=1).mean())
    return float(np.linalg.norm(y.mean(axis=0) - centre) / radius) if radius else np.nan
