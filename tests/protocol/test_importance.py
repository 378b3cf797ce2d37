"""Importance weights: parity with ADAPT, limit cases, and the constraints."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from cada_tf.protocol import rulsif
from cada_tf.protocol.gaussian_kernel import evenly, gamma_of, kernel_between
from cada_tf.protocol.kmm import KernelMeanMatching, project
from cada_tf.protocol.rulsif import density_ratios

GAMMA = 0.5
EXACT = {"tolerance": 1e-9, "iterations": 200_000}


@pytest.fixture(scope="module")
def reference():
    """Source ``[40, 3]``, target ``[25, 3]`` and the weights by ADAPT; see adapt_weights.py."""
    path = Path(__file__).with_name("adapt_weights.json")
    return {name: np.array(values) for name, values in json.loads(path.read_text()).items()}


@pytest.mark.parametrize(
    ("name", "options"),
    [("kmm", {}), ("kmm bound=2", {"bound": 2.0}), ("kmm epsilon=0.01", {"epsilon": 0.01})],
)
def test_kmm_as_by_adapt(reference, name, options):
    matching = KernelMeanMatching(reference["source"], gamma=GAMMA, **options, **EXACT)
    weights = matching.weights(reference["target"])
    np.testing.assert_allclose(weights, reference[name], atol=1e-4)


@pytest.mark.parametrize("alpha", [0, 0.3])
def test_rulsif_as_by_adapt(reference, alpha):
    weights = density_ratios(
        reference["source"], reference["target"], gamma=GAMMA, alpha=alpha, penalty=0.1
    )
    np.testing.assert_allclose(weights, reference[f"rulsif alpha={alpha}"], rtol=1e-6)


def test_kmm_as_by_a_general_solver(reference):
    source, target = reference["source"][:12], reference["target"]
    kernel, n = kernel_between(source, source, GAMMA), len(source)
    kappa = n * kernel_between(source, target, GAMMA).mean(1)
    found = minimize(
        lambda w: w @ kernel @ w / 2 - kappa @ w,
        np.ones(n),
        jac=lambda w: kernel @ w - kappa,
        bounds=[(0, 3)] * n,
        constraints=[
            {"type": "ineq", "fun": lambda w: 1.1 * n - w.sum()},
            {"type": "ineq", "fun": lambda w: w.sum() - 0.9 * n},
        ],
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 1000},
    )
    matching = KernelMeanMatching(source, gamma=GAMMA, bound=3.0, epsilon=0.1, **EXACT)
    np.testing.assert_allclose(matching.weights(target), found.x, atol=1e-4)


def sample(n=300, shift=0.0, seed=0):
    return np.random.default_rng(seed).normal((shift, 0, 0, 0), size=(n, 4)).astype(np.float32)


def test_the_same_distribution_has_weights_near_1():
    source, target = sample(), sample(seed=1)
    np.testing.assert_allclose(KernelMeanMatching(source).weights(source), 1, atol=1e-3)
    assert KernelMeanMatching(source, bound=2.0).weights(target).mean() == pytest.approx(1, abs=0.1)
    ratios = density_ratios(source, target)
    assert ratios.mean() == pytest.approx(1, abs=0.1)
    assert ratios.std() < 0.3


def test_a_penalty_is_chosen_by_the_loss_held_out(reference):
    source, target = reference["source"], reference["target"]
    kernels = [kernel_between(x, target, GAMMA) for x in (source, target)]
    found = rulsif.held_out_losses(*kernels, 0.1, rulsif.PENALTIES)
    losses = dict(zip(rulsif.PENALTIES, found, strict=True))
    best = min(losses, key=losses.get)
    assert losses[best] < min(losses[1e-3], losses[10.0])
    given = density_ratios(source, target, gamma=GAMMA, alpha=0.1, penalty=best)
    chosen = density_ratios(source, target, gamma=GAMMA, alpha=0.1)
    np.testing.assert_array_equal(chosen, given)
    # The closed form is the least loss with its penalty: no other coefficients are better.
    theta = rulsif.Quadratic.of(*kernels, 0.1).coefficients(1.0)
    assert theta.min() > 0
    least = rulsif.loss(theta, *kernels, 0.1) + theta @ theta / 2
    for place in range(len(theta)):
        other = theta + 0.01 * np.eye(len(theta))[place]
        assert rulsif.loss(other, *kernels, 0.1) + other @ other / 2 > least


def test_those_that_are_like_the_target_weigh_more():
    source, target = sample(), sample(shift=1.0, seed=1)
    matched = KernelMeanMatching(source, bound=10.0).weights(target)
    # With coefficients set to 0, uLSIF's ratios are flatter than the true ones.
    for weights, least in ((matched, 0.8), (density_ratios(source, target), 0.3)):
        assert weights.min() >= 0
        assert least < weights @ source[:, 0] / weights.sum() < 1.1


def test_parts_of_a_source_are_weighted_each_by_itself():
    source, target = sample(301), sample(shift=0.5, seed=1)
    whole = KernelMeanMatching(source, gamma=0.1, bound=5.0)
    halves = KernelMeanMatching(source, gamma=0.1, bound=5.0, part=151)
    assert [len(part) for part in halves.parts] == [151, 150]
    weights = halves.weights(target)
    for first in range(2):
        alone = KernelMeanMatching(source[first::2], gamma=0.1, bound=5.0).weights(target)
        np.testing.assert_array_equal(weights[first::2], alone)
    assert weights.dtype == np.float32
    means = [w @ source[:, 0] / w.sum() for w in (weights, whole.weights(target))]
    assert means[0] == pytest.approx(means[1], abs=0.1)


@given(
    st.lists(st.floats(-5, 5), min_size=2, max_size=9),
    st.floats(0.5, 3),
    st.floats(0, 0.5),
)
def test_a_projection_is_the_nearest_that_fits(values, bound, slack):
    w, n = np.array(values), len(values)
    sums = n * min(1, bound) * (1 - slack), n * min(1, bound) * (1 + slack)
    found = project(w, bound, sums)
    assert found.min() >= 0
    assert found.max() <= bound
    assert sums[0] - 1e-6 <= found.sum() <= sums[1] + 1e-6
    # No nearer one: (w − found) makes no acute angle with a way into the set.
    rng = np.random.default_rng(0)
    for _ in range(5):
        other = project(rng.uniform(0, bound, n), bound, sums)
        assert (w - found) @ (other - found) <= 1e-5


def test_the_median_heuristic_by_hand():
    x = np.array([[0.0], [1.0], [3.0]])  # distances 1, 2, 3
    assert gamma_of(x) == pytest.approx(1 / (2 * 4))
    assert gamma_of(x, width=2.0) == pytest.approx(1 / (2 * 4 * 4))
    assert gamma_of(x[:1]) == gamma_of(np.ones((5, 2))) == 0.5
    np.testing.assert_array_equal(evenly(np.arange(9), 3), [0, 4, 8])
