"""Kernel mean matching: weights under which the source has the target's mean in a kernel's space.

J. Huang, A. Gretton, K. Borgwardt, B. Schölkopf and A. Smola, "Correcting Sample Selection Bias by
Unlabeled Data", NIPS 2006.
"""

import math

import numpy as np

from cada_tf.protocol.gaussian_kernel import gamma_of, kernel_between

HALVINGS = 60
"""Of the interval in which ``project`` looks for the shift."""


class KernelMeanMatching:
    """Weights w of n_s source vectors, so that their weighted mean is near that of a target.

    They minimise

        ½ wᵀKw − κᵀw,   K_ij = k(x_i, x_j),   κ_i = n_s / n_t Σ_j k(x_i, x_j^t)

    where 0 ≤ w ≤ B and |Σw − n_s| ≤ n_s ε, k is the Gaussian kernel, and x_j^t are n_t vectors of
    the target. K does not depend on the target, and is computed once for all targets. A source of
    more vectors than ``part`` is divided into parts, of every second or every third vector and so
    on, each with weights of its own problem, as in ensembles of KMM; then K takes n_s · part
    numbers in all instead of n_s².

    Args:
        source: ``[n_s, F]``; K is of its dtype.
        gamma: γ of the kernel; None for the median heuristic (``gamma_of``).
        bound: B.
        epsilon: ε; None for (√n_s − 1) / √n_s.
        part: vectors that are solved for at a time, at the most.
        tolerance: no weight changes by more in the last iteration.
        iterations: at the most.
    """

    def __init__(
        self,
        source: np.ndarray,
        *,
        gamma: float | None = None,
        bound: float = 1000.0,
        epsilon: float | None = None,
        part: int = 4000,
        tolerance: float = 1e-3,
        iterations: int = 1000,
    ) -> None:
        self.source = source
        self.gamma = gamma_of(source) if gamma is None else gamma
        self.bound, self.epsilon = bound, epsilon
        self.tolerance, self.iterations = tolerance, iterations
        count = max(1, -(-len(source) // part))
        self.parts = [source[first::count] for first in range(count)]
        self.kernels = [kernel_between(x, x, self.gamma) for x in self.parts]

    def weights(self, target: np.ndarray) -> np.ndarray:
        """The weights for target vectors ``[n_t, F]``: ``[n_s]``."""
        weights = np.empty(len(self.source), self.source.dtype)
        for first, (x, kernel) in enumerate(zip(self.parts, self.kernels, strict=True)):
            n = len(x)
            kappa = n * kernel_between(x, target, self.gamma).mean(1)
            spread = (math.sqrt(n) - 1) / math.sqrt(n) if self.epsilon is None else self.epsilon
            sums = n * (1 - spread), n * (1 + spread)
            weights[first :: len(self.parts)] = minimise(
                kernel, kappa, self.bound, sums, self.tolerance, self.iterations
            )
        return weights


def minimise(
    kernel: np.ndarray,
    kappa: np.ndarray,
    bound: float,
    sums: tuple[float, float],
    tolerance: float,
    iterations: int,
) -> np.ndarray:
    """Minimises ½ wᵀKw − κᵀw by accelerated projected gradients, which restart (FISTA).

    A. Beck and M. Teboulle 2009, "A Fast Iterative Shrinkage-Thresholding Algorithm for Linear
    Inverse Problems"; the restart is that of B. O'Donoghue and E. Candès 2015.

    Args:
        kernel: K, ``[n, n]``, no number below 0.
        kappa: κ, ``[n]``.
        bound, sums: of w; see ``project``.
        tolerance, iterations: when it ends; see ``KernelMeanMatching``.
    """
    step = 1 / kernel.sum(1).max()  # no eigenvalue is larger than the largest sum of a row
    w = ahead = project(np.ones_like(kappa), bound, sums)
    momentum = 1.0
    for _ in range(iterations):
        new = project(ahead - step * (kernel @ ahead - kappa), bound, sums)
        change = new - w
        if (ahead - new) @ change > 0:  # the momentum points uphill
            momentum = 1.0
        following = (1 + math.sqrt(1 + 4 * momentum**2)) / 2
        ahead = new + (momentum - 1) / following * change
        w, momentum = new, following
        if np.abs(change).max() <= tolerance:
            break
    return w


def project(w: np.ndarray, bound: float, sums: tuple[float, float]) -> np.ndarray:
    """The nearest vector with 0 ≤ w ≤ ``bound`` and a sum within ``sums``."""
    inside = np.clip(w, 0, bound)
    nearest = np.clip(inside.sum(), *sums)
    if inside.sum() == nearest:
        return inside
    low, high = w.min() - bound, w.max()  # shifts at which all are at the bound, and at 0
    for _ in range(HALVINGS):
        shift = (low + high) / 2
        if np.clip(w - shift, 0, bound).sum() > nearest:
            low = shift
        else:
            high = shift
    return np.clip(w - high, 0, bound)
