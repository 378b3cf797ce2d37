"""The pairs of examples that FADA's discriminator classifies (Motiian et al. 2017)."""

import enum
import itertools

import numpy as np

from cada_tf.config import ClassBalance
from cada_tf.protocol.domain_class import Domain, relabel


class Group(enum.IntEnum):
    """The four groups; the first member of each pair comes from the source."""

    G1 = 0  # source and source, of the same class
    G2 = 1  # source and target, of the same class
    G3 = 2  # source and source, of different classes
    G4 = 3  # source and target, of different classes


class PairStream:
    """Endless mini-batches of pairs, equally many of each group, drawn at random each time.

    Args:
        categories: domain-class category of each example ``[n]``; none of the 2C is empty.
        classes: C.
        quadruples: per mini-batch; each is one pair of each group.
        rng: the replica's own.
        balance: BATCHES gives each combination of classes in a group an equal share of each
            mini-batch; else pairs are drawn uniformly from all of their group.
    """

    def __init__(
        self,
        categories: np.ndarray,
        classes: int,
        quadruples: int,
        rng: np.random.Generator,
        balance: ClassBalance = ClassBalance.BATCHES,
    ) -> None:
        self.members = [np.flatnonzero(categories == k) for k in range(2 * classes)]
        self.classes = classes
        self.quadruples = quadruples
        self.rng = rng
        self.balance = balance

    def take(self, steps: int) -> np.ndarray:
        """The next mini-batches: positions ``[steps, quadruples, 4, 2]``, int32."""
        return np.stack([self.draw(group, steps) for group in Group], axis=2)

    def draw(self, group: Group, steps: int) -> np.ndarray:
        """Pairs of one group, ``[steps, quadruples, 2]``."""
        partner = Domain.TARGET if group in (Group.G2, Group.G4) else Domain.SOURCE
        same = group in (Group.G1, Group.G2)
        kinds = [
            (first, relabel(second, partner, self.classes))
            for first, second in itertools.product(range(self.classes), repeat=2)
            if (first == second) is same
        ]
        drawn = self.draw_kinds(kinds, steps)
        pairs = np.empty((*drawn.shape, 2), np.int32)
        for number, (first, second) in enumerate(kinds):
            places = drawn == number
            pairs[places] = self.draw_pairs(first, second, np.count_nonzero(places))
        return pairs

    def draw_kinds(self, kinds: list[tuple[int, int]], steps: int) -> np.ndarray:
        """The kind of each pair, a position in ``kinds``, ``[steps, quadruples]``."""
        shape = steps, self.quadruples
        if self.balance is ClassBalance.BATCHES:
            # Starting where the last mini-batch ended, so that small ones do not omit kinds.
            turns = np.arange(steps * self.quadruples).reshape(shape) % len(kinds)
            return self.rng.permuted(turns, axis=1)
        count = np.array([len(self.members[a]) * len(self.members[b]) for a, b in kinds])
        return self.rng.choice(len(kinds), shape, p=count / count.sum())

    def draw_pairs(self, first: int, second: int, count: int) -> np.ndarray:
        """Pairs ``[count, 2]`` of members of two categories; none of an example with itself."""
        a, b = self.members[first], self.members[second]
        i = self.rng.integers(len(a), size=count)
        if first == second and len(a) > 1:
            j = (i + self.rng.integers(1, len(a), size=count)) % len(a)
        else:
            j = self.rng.integers(len(b), size=count)
        return np.stack([a[i], b[j]], axis=1)
