"""What a stack of networks trains on: a task a replica, and their data as tensors."""

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from cada_tf.protocol.batches import BatchStream
from cada_tf.protocol.pairs import PairStream


@dataclasses.dataclass(frozen=True)
class Task:
    """What one replica trains on, stops on and is tested on.

    Args:
        x: features in blocks ``[·, F]``, float32, n rows in all. What is equal in several
            tasks, as the source is, a stack holds once.
        y: their targets ``[n]``: classes, or categories for CADA.
        weights: of the examples in the loss, ``[n]``, float32.
        stream: makes the mini-batches from the replica's random numbers: a ``BatchStream``,
            or whatever else has its ``take`` and gives the shape that the model trains on.
            What it never picks is not trained on.
        x_held, y_held: examples for early stopping, ``[h, F]`` and ``[h]``; may be empty.
        x_test: features to classify after training, ``[t, F]``.
        key: names the replica's random numbers, after the seed.
    """

    x: Sequence[np.ndarray]
    y: np.ndarray
    weights: np.ndarray
    stream: Callable[[np.random.Generator], BatchStream | PairStream]
    x_held: np.ndarray
    y_held: np.ndarray
    x_test: np.ndarray
    key: tuple[int | str, ...]


class Data(NamedTuple):
    """What a stack trains on, as tensors.

    Args:
        x: the features of all replicas, ``[·, F]``; rows that they share are there once.
        rows: of each replica's examples in ``x``, ``[R, n]``.
        y, weights: their targets and weights, ``[R, n]``.
    """

    x: tf.Tensor
    rows: tf.Tensor
    y: tf.Tensor
    weights: tf.Tensor

    @classmethod
    def of(cls, tasks: Sequence[Task]) -> "Data":
        """The data of some tasks; those with fewer examples are filled up with zeros."""
        blocks, rows = [], []
        for task in tasks:
            places = [place_of(block, blocks) for block in task.x]
            ends = [*itertools.accumulate(map(len, blocks))]
            rows.append(np.concatenate([ends[k] + np.arange(-len(blocks[k]), 0) for k in places]))
        return cls(
            tf.constant(np.concatenate(blocks), tf.float32),
            tf.constant(pad(rows, np.int32)),
            tf.constant(pad([task.y for task in tasks], np.int32)),
            tf.constant(pad([task.weights for task in tasks], np.float32)),
        )

    def narrowed(self, replicas: Sequence[int]) -> "Data":
        """That of some of the replicas."""
        return Data(self.x, *(tf.gather(values, replicas) for values in self[1:]))


def place_of(block: np.ndarray, blocks: list[np.ndarray]) -> int:
    """Where in the list a block is; it is put at the end if it is not there yet."""
    for place, known in enumerate(blocks):
        if np.array_equal(block, known):
            return place
    blocks.append(block)
    return len(blocks) - 1


def pad(arrays: Sequence[np.ndarray], dtype: type) -> np.ndarray:
    """Arrays ``[n_r, …]`` as one ``[R, max n_r, …]``, zeros behind the shorter ones."""
    padded = np.zeros((len(arrays), max(map(len, arrays)), *arrays[0].shape[1:]), dtype)
    for row, array in zip(padded, arrays, strict=True):
        row[: len(array)] = array
    return padded
