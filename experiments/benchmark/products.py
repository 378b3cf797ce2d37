"""The machine's own limit: the matrix products of a training step and nothing else, in NumPy."""

import functools
import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import threadpoolctl

from cada_tf.methods.fada import FadaOptions
from experiments.benchmark.case import BATCH_SIZE, CLASSES, FEATURES, QUADRUPLES, Case

Layer = tuple[int, int]
"""Width of the input, and units."""


class Product(NamedTuple):
    """``[m, k] @ [k, n]``; a factor that is transposed lies in memory the other way round."""

    m: int
    k: int
    n: int
    transposed: str = ""  # "left" or "right"

    @property
    def flops(self) -> int:
        """Multiplications and additions."""
        return 2 * self.m * self.k * self.n


def forward(rows: int, layers: list[Layer]) -> list[Product]:
    """x W of each layer."""
    return [Product(rows, width, units) for width, units in layers]


def backward(
    rows: int, layers: list[Layer], *, weights: bool = True, inputs: bool = False
) -> list[Product]:
    """The gradients, with δ that of a layer's output.

    Args:
        rows: examples.
        layers: of which.
        weights: whether they are trained: xᵀ δ of each.
        inputs: whether something below them is: δ Wᵀ of the first too, as of all others.
    """
    products = []
    for place, (width, units) in reversed(list(enumerate(layers))):
        if weights:
            products.append(Product(width, rows, units, "left"))
        if inputs or place > 0:
            products.append(Product(rows, units, width, "right"))
    return products


def products_of(
    method: str,
    hidden: int,
    discriminator: tuple[int, ...] = FadaOptions.fada_discriminator,
    features: int = FEATURES,
) -> list[Product]:
    """The products of one step of one network."""
    encoder = [(features, hidden)]
    outputs = 2 * CLASSES if method == "cada" else CLASSES
    predictor = [(hidden, outputs)]
    n = BATCH_SIZE
    if method == "fada":
        widths = [2 * hidden, *discriminator, 4]
        adversary = list(itertools.pairwise(widths))
        crossing = 2 * QUADRUPLES  # pairs of G2 and G4, of two examples each
        pairs = 4 * QUADRUPLES
        return [
            # Encoder and predictor adapt, the discriminator frozen.
            *forward(2 * crossing, encoder + predictor),
            *forward(crossing, adversary),
            *backward(crossing, adversary, weights=False, inputs=True),
            *backward(2 * crossing, encoder + predictor),
            # The discriminator is refreshed on all pairs, the encoder frozen.
            *forward(2 * pairs, encoder),
            *forward(pairs, adversary),
            *backward(pairs, adversary),
        ]
    first = forward(n, encoder + predictor) + backward(n, encoder + predictor)
    if method != "cada":
        return first
    # The second stage goes through the predictor and trains the encoder alone.
    second = forward(n, encoder + predictor)
    second += backward(n, predictor, weights=False, inputs=True) + backward(n, encoder)
    return first + second


def prepare(case: Case, place: int) -> Callable[[], object]:
    """The products of a repetition on one thread, with the replica axis and outputs made before.

    Arrays of the same shape are one array, so that as much as can be stays in the cache.
    """
    threadpoolctl.threadpool_limits(1)
    rng = np.random.default_rng(place)

    @functools.cache
    def array(role: str, *shape: int) -> np.ndarray:
        return rng.normal(size=(case.replicas, *shape)).astype(np.float32)

    def factor(rows: int, columns: int, transposed: bool) -> np.ndarray:
        if transposed:
            return array("factor", columns, rows).swapaxes(1, 2)
        return array("factor", rows, columns)

    calls = [
        (
            factor(p.m, p.k, p.transposed == "left"),
            factor(p.k, p.n, p.transposed == "right"),
            array("product", p.m, p.n),
        )
        for p in products_of(case.method, case.hidden, features=case.features)
    ]

    def work() -> None:
        for _ in range(case.epochs * case.steps):
            for left, right, out in calls:
                np.matmul(left, right, out=out)

    for left, right, out in calls:
        np.matmul(left, right, out=out)
    return work
