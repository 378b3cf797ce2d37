"""Gaussian noise for R networks side by side."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

PHILOX = 1
"""The generator's number in TensorFlow's raw operations."""


@keras.saving.register_keras_serializable(package="cada_tf")
class StackedNoise(keras.layers.Layer):
    """Adds Gaussian noise to R inputs side by side, each from random numbers of its own.

    Args:
        stddev: standard deviation of the noise.
        replicas: R.
        seeds: R integers; what replica r is given follows from ``seeds[r]`` and the number
            of earlier calls alone, whatever stack it is in. None draws new ones.

    Input and output shape: ``[R, …]``, float32.
    """

    def __init__(
        self, stddev: float, *, replicas: int = 1, seeds: Sequence[int] | None = None, **kwargs
    ) -> None:
        super().__init__(**kwargs)
        self.stddev = stddev
        self.replicas = replicas
        self.seeds = None if seeds is None else [int(seed) for seed in seeds]
        # Keys and a count of calls, which a stack that goes on with some replicas takes along.
        self.keys = self.add_weight(
            name="keys",
            shape=(replicas,),
            dtype="int64",
            initializer=lambda shape, dtype: self.draw_keys(self.seeds, replicas),
            trainable=False,
        )
        self.calls = self.add_weight(
            name="calls", dtype="int64", shape=(), initializer="zeros", trainable=False
        )
        self.built = True

    @staticmethod
    def draw_keys(seeds: Sequence[int] | None, replicas: int) -> np.ndarray:
        """A key ``[R]``, int64, from each seed."""
        rngs = [np.random.default_rng(seed) for seed in seeds or [None] * replicas]
        return np.array([rng.integers(2**63) for rng in rngs], np.int64)

    def reset(self, seeds: Sequence[int]) -> None:
        """Starts anew from other seeds, one a replica."""
        self.keys.assign(self.draw_keys(seeds, self.replicas))
        self.calls.assign(0)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        keys = tf.bitcast(self.keys.value, tf.uint64)
        counter = tf.stack([tf.zeros((), tf.uint64), tf.bitcast(self.calls.value, tf.uint64)])
        shape = tf.shape(x)[1:]
        noise = [
            tf.raw_ops.StatelessRandomNormalV2(
                shape=shape, key=keys[r : r + 1], counter=counter, alg=PHILOX
            )
            for r in range(self.replicas)
        ]
        self.calls.assign_add(1)
        return x + self.stddev * tf.stack(noise)

    def get_config(self) -> dict:
        return super().get_config() | {
            "stddev": self.stddev,
            "replicas": self.replicas,
            "seeds": self.seeds,
        }
