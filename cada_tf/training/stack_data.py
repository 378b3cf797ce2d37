"""What a stack of networks trains on, and what its mini-batches hold of it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from cada_tf.training.replica_data import ReplicaData


class StackData(NamedTuple):
    """What a stack trains on.

    Args:
        x: the features of all replicas, ``[·, F]``, a tensor; rows that they share are there once.
        rows: of each replica's examples in ``x``, ``[R, n]``, int32.
        categories: of the examples, ``[R, n]``, int32.
        weights: of the examples, ``[R, n]``, float32.
    """

    x: tf.Tensor
    rows: np.ndarray
    categories: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, replicas: Sequence[ReplicaData]) -> "StackData":
        """The data of some replicas; those with fewer examples are filled up with zeros."""
        blocks, starts, rows = [], {}, []
        for replica in replicas:
            for block in replica.x:
                if id(block) not in starts:
                    starts[id(block)] = sum(map(len, blocks))
                    blocks.append(block)
            rows.append(np.concatenate([starts[id(b)] + np.arange(len(b)) for b in replica.x]))
        return cls(
            tf.constant(np.concatenate(blocks), tf.float32),
            pad(rows, np.int32),
            pad([replica.categories for replica in replicas], np.int32),
            pad([replica.weights for replica in replicas], np.float32),
        )

    def narrowed(self, replicas: Sequence[int]) -> "StackData":
        """That of some of the replicas."""
        return StackData(self.x, *(values[replicas] for values in self[1:]))

    def pick(self, batches: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows, categories and weights of mini-batches.

        NumPy picks them, since in TensorFlow's graph each number costs ten times as much.

        Args:
            batches: positions of the examples of each replica, ``[steps, R, …]``.

        Returns:
            Three arrays of that shape.
        """
        replicas = np.arange(batches.shape[1]).reshape(-1, *(1,) * (batches.ndim - 2))
        rows, categories, weights = (values[replicas, batches] for values in self[1:])
        return rows, categories, weights


def pad(arrays: Sequence[np.ndarray], dtype: type) -> np.ndarray:
    """Arrays ``[n_r, …]`` as one ``[R, max n_r, …]``, zeros behind the shorter ones."""
    padded = np.zeros((len(arrays), max(map(len, arrays)), *arrays[0].shape[1:]), dtype)
    for row, array in zip(padded, arrays, strict=True):
        row[: len(array)] = array
    return padded
