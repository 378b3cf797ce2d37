"""What a stack of networks trains on, as tensors."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from cada_tf.training.replica_data import ReplicaData


class StackData(NamedTuple):
    """What a stack trains on, as tensors.

    Args:
        x: the features of all replicas, ``[·, F]``; rows that they share are there once.
        rows: of each replica's examples in ``x``, ``[R, n]``.
        categories, weights: of the examples, ``[R, n]``.
    """

    x: tf.Tensor
    rows: tf.Tensor
    categories: tf.Tensor
    weights: tf.Tensor

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
            tf.constant(pad(rows, np.int32)),
            tf.constant(pad([replica.categories for replica in replicas], np.int32)),
            tf.constant(pad([replica.weights for replica in replicas], np.float32)),
        )

    def narrowed(self, replicas: Sequence[int]) -> "StackData":
        """That of some of the replicas."""
        return StackData(self.x, *(tf.gather(values, replicas) for values in self[1:]))


def pad(arrays: Sequence[np.ndarray], dtype: type) -> np.ndarray:
    """Arrays ``[n_r, …]`` as one ``[R, max n_r, …]``, zeros behind the shorter ones."""
    padded = np.zeros((len(arrays), max(map(len, arrays)), *arrays[0].shape[1:]), dtype)
    for row, array in zip(padded, arrays, strict=True):
        row[: len(array)] = array
    return padded
