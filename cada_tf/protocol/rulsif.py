"""Relative density ratios by least squares, RuLSIF; uLSIF is its limit α = 0.

M. Yamada, T. Suzuki, T. Kanamori, H. Hachiya and M. Sugiyama, "Relative Density-Ratio Estimation
for Robust Distribution Comparison", NIPS 2011; T. Kanamori, S. Hido and M. Sugiyama, "A
Least-squares Approach to Direct Importance Estimation", JMLR 2009.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cada_tf.protocol.gaussian_kernel import evenly, gamma_of, kernel_between

CENTRES = 100
"""Target vectors that the kernels of the ratio are centred on, at the most."""
WIDTHS = (0.3, 0.5, 0.7, 1.0)
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Of which the cross-validation chooses."""
FOLDS = 5


def density_ratios(
    source: np.ndarray,
    target: np.ndarray,
    *,
    gamma: float | None = None,
    penalty: float | None = None,
    alpha: float = 0.0,
) -> np.ndarray:
    """The ratio p_t(x) / (α p_t(x) + (1 − α) p_s(x)) at each source vector, ``[n_s]``, float64.

    It is modelled as Σ_l θ_l k(x, c_l) with Gaussian kernels k on target vectors c_l. What is not
    given of γ and λ is chosen from ``WIDTHS`` (see ``gamma_of``, of the target) and ``PENALTIES``
    by the least loss in a cross-validation.

    Args:
        source: ``[n_s, F]``.
        target: ``[n_t, F]``.
        gamma: γ of the kernels.
        penalty: λ.
        alpha: α, in [0, 1); the ratio is at most 1/α. 0: p_t / p_s.
    """
    source, target = source.astype(np.float64), target.astype(np.float64)
    gammas = [gamma_of(target, width) for width in WIDTHS] if gamma is None else [gamma]
    penalties = PENALTIES if penalty is None else [penalty]
    centres, best = evenly(target, CENTRES), (np.inf, source, target, 0.0)
    for own in gammas:
        kernels = [kernel_between(x, centres, own) for x in (source, target)]
        losses = held_out_losses(*kernels, alpha, penalties)
        choices = ((each, *kernels, p) for each, p in zip(losses, penalties, strict=True))
        best = min(best, *choices, key=lambda choice: choice[0])
    _, at_source, at_target, chosen = best
    return at_source @ Quadratic.of(at_source, at_target, alpha).coefficients(chosen)


class Quadratic(NamedTuple):
    """The squared error ½ θᵀHθ − hᵀθ of the ratios, up to a constant.

        H = α/n_t Φ_tᵀΦ_t + (1 − α)/n_s Φ_sᵀΦ_s,   h = mean of the rows of Φ_t

    Args:
        gram: H, ``[L, L]``.
        mean: h, ``[L]``.
    """

    gram: np.ndarray
    mean: np.ndarray

    @classmethod
    def of(cls, at_source: np.ndarray, at_target: np.ndarray, alpha: float) -> "Quadratic":
        """That of Φ_s ``[n_s, L]`` and Φ_t ``[n_t, L]``, the kernels at the vectors, and α."""
        gram = alpha / len(at_target) * at_target.T @ at_target
        gram += (1 - alpha) / len(at_source) * at_source.T @ at_source
        return cls(gram, at_target.mean(0))

    def coefficients(self, penalty: float) -> np.ndarray:
        """The coefficients θ = (H + λI)⁻¹ h of the kernels, ``[L]``.

        With the least error and penalty λ/2 θᵀθ. Those below 0 are set to 0, as by the authors, so
        that no ratio is negative.
        """
        theta = np.linalg.solve(self.gram + penalty * np.eye(len(self.gram)), self.mean)
        return np.maximum(theta, 0)


def loss(theta: np.ndarray, at_source: np.ndarray, at_target: np.ndarray, alpha: float) -> float:
    """The squared error of the ratios, up to a constant; see ``Quadratic``."""
    source, target = at_source @ theta, at_target @ theta
    squares = alpha * (target**2).mean() + (1 - alpha) * (source**2).mean()
    return float(squares / 2 - target.mean())


def held_out_losses(
    at_source: np.ndarray, at_target: np.ndarray, alpha: float, penalties: Sequence[float]
) -> list[float]:
    """For each penalty the mean loss on folds of every ``FOLDS``-th vector.

    The products of the kernels, which take most of the time, are the same for all penalties.
    """
    losses = []
    for fold in range(min(FOLDS, len(at_source), len(at_target))):
        pairs = [(np.arange(len(x)) % FOLDS == fold, x) for x in (at_source, at_target)]
        error = Quadratic.of(*(x[~test] for test, x in pairs), alpha)
        held_out = [x[test] for test, x in pairs]
        losses.append([loss(error.coefficients(p), *held_out, alpha) for p in penalties])
    return [float(np.mean(own)) for own in zip(*losses, strict=True)]
