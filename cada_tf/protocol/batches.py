"""Composition of mini-batches: the readings of "mini-batch of size 64" (Section 4.2)."""

from collections.abc import Sequence

import numpy as np

from cada_tf.config import Batches, ClassBalance


def batch_groups(
    categories: np.ndarray, classes: int, batches: Batches, balance: ClassBalance
) -> list[np.ndarray]:
    """The groups of examples that have equal shares in each mini-batch.

    Args:
        categories: domain-class category of each example ``[n]``.
        classes: C.
        batches, balance: see ``config.Config``.

    Returns:
        Index arrays, none empty: a single one, or one per domain, class or category present. The
        target's are repeated, once for each source.
    """
    domain = categories // classes if batches is Batches.HALF else np.zeros_like(categories)
    others = max(1, len(np.unique(domain)) - 1)
    groups = []
    for number in np.unique(domain):
        # The last is the target: it has as large a share as several sources together.
        times = others if number == domain.max() else 1
        labels = categories % classes if balance is ClassBalance.BATCHES else domain
        parts = [(domain == number) & (labels == label) for label in np.unique(labels)]
        groups += [np.flatnonzero(part) for part in parts if part.any()] * times
    return groups


def balanced_weights(labels: np.ndarray) -> np.ndarray:
    """Weights ``[n]``, float32, of mean 1, under which each class present counts the same."""
    from sklearn.utils.class_weight import compute_sample_weight  # takes seconds to start

    return compute_sample_weight("balanced", labels).astype(np.float32)


class BatchStream:
    """Endless mini-batches with an equal share of each group.

    Each group is traversed again and again, each time in a new random order, so that a group of
    two examples fills its share by repetition and all of a large one is used.

    Args:
        groups: arrays of indices, none empty.
        batch_size: indices per mini-batch; the remainder goes to the first groups.
        rng: the replica's own.
    """

    def __init__(
        self, groups: Sequence[np.ndarray], batch_size: int, rng: np.random.Generator
    ) -> None:
        self.groups = groups
        self.shares = [len(part) for part in np.array_split(np.arange(batch_size), len(groups))]
        self.rng = rng
        self.rest = [np.empty(0, np.int32) for _ in groups]

    def take(self, steps: int) -> np.ndarray:
        """The next mini-batches, ``[steps, batch_size]``, int32."""
        parts = [self._take(i, steps * share) for i, share in enumerate(self.shares)]
        return np.concatenate([part.reshape(steps, -1) for part in parts], axis=1)

    def _take(self, i: int, count: int) -> np.ndarray:
        group, rest = self.groups[i], self.rest[i]
        rounds = max(0, -(-(count - len(rest)) // len(group)))
        orders = self.rng.permuted(np.tile(group, (rounds, 1)), axis=1)
        stream = np.concatenate([rest, orders.reshape(-1)]).astype(np.int32)
        self.rest[i] = stream[count:]
        return stream[:count]


class SemiStream:
    """Endless mini-batches of labelled examples, with unlabelled ones behind them.

    The labelled ones are those of ``BatchStream`` with the same random numbers, whatever the
    unlabelled ones are.

    Args:
        groups: of labelled examples; see ``BatchStream``.
        unlabelled: indices of the unlabelled ones, at least one.
        batch_size: of either kind in a mini-batch.
        rng: the replica's own.
    """

    def __init__(
        self,
        groups: Sequence[np.ndarray],
        unlabelled: np.ndarray,
        batch_size: int,
        rng: np.random.Generator,
    ) -> None:
        (other,) = rng.spawn(1)  # which leaves the numbers of ``rng`` as they are
        self.streams = [
            BatchStream(groups, batch_size, rng),
            BatchStream([unlabelled], batch_size, other),
        ]

    def take(self, steps: int) -> np.ndarray:
        """The next mini-batches, ``[steps, 2 * batch_size]``, int32."""
        return np.concatenate([stream.take(steps) for stream in self.streams], axis=1)
