"""Points in many dimensions as points in a plane."""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits


@threadpool_limits.wrap(limits=1)  # the same points on any number of cores
def by_pca(points: np.ndarray, central: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two directions of the largest variance.

    Args:
        points: ``[n, units]``.
        central: which of them the directions are made from, ``[n]``.

    Returns:
        All points in the plane, ``[n, 2]``, and the share of the variance that each direction has.
    """
    pca = PCA(2, svd_solver="full").fit(points[central])
    return pca.transform(points), pca.explained_variance_ratio_


@threadpool_limits.wrap(limits=1)  # likewise
def by_tsne(points: np.ndarray, perplexity: float) -> np.ndarray:
    """Points ``[n, units]`` in the plane, ``[n, 2]``, neighbours together."""
    tsne = TSNE(2, perplexity=perplexity, init="pca", random_state=0)
    return tsne.fit_transform(points)
