"""R layers side by side, the building blocks of a stack."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf
from keras import KerasTensor, ops

PACKETS = (4, 16)
"""Numbers that processors compute with at a time, at the least and at the most."""


@keras.saving.register_keras_serializable(package="cada_tf")
class StackedDense(keras.layers.Layer):
    """R dense layers side by side: ``y[r] = activation(x[r] @ kernel[r] + bias[r])``.

    Args:
        units: width of each layer.
        replicas: R.
        activation: a Keras activation, or its name.
        seeds: R integers; kernel r is Glorot-uniform from ``seeds[r]`` alone, so
            that a replica starts from the same weights whatever stack it is in.
            None draws new ones.

    Input shape: ``[R or 1, batch, features]``. Output shape: ``[R, batch, units]``.
    """

    def __init__(
        self,
        units: int,
        *,
        replicas: int = 1,
        activation: str | Callable | None = None,
        seeds: Sequence[int] | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.replicas = replicas
        self.activation = keras.activations.get(activation)
        self.seeds = None if seeds is None else [int(seed) for seed in seeds]

    def build(self, input_shape: tuple) -> None:
        self.kernel = self.add_weight(
            name="kernel",
            shape=(self.replicas, input_shape[-1], self.units),
            initializer=lambda shape, dtype: self.draw_kernels(self.seeds, shape),
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.replicas, 1, self.units), initializer="zeros"
        )
        self.built = True

    @staticmethod
    def draw_kernels(seeds: Sequence[int | None] | None, shape: tuple) -> np.ndarray:
        """Glorot-uniform kernels ``[R, in, out]``, each from its own seed."""
        seeds = [None] * shape[0] if seeds is None else seeds
        limit = np.sqrt(6.0 / (shape[1] + shape[2]))
        kernels = [np.random.default_rng(seed).uniform(-limit, limit, shape[1:]) for seed in seeds]
        return np.stack(kernels).astype(np.float32)

    def call(self, x: KerasTensor) -> KerasTensor:
        return self.activation(self.add_bias(ops.matmul(x, self.kernel)))

    def add_bias(self, y: KerasTensor) -> KerasTensor:
        """``y + bias``, with a gradient whose last bits do not depend on the stack.

        The bias's gradient is a sum over the mini-batch. TensorFlow takes it of a packet of units
        at a time, and one by one of those in packets that two replicas share, with other last bits:
        so zeros behind a replica's units have the next one's begin with a packet. Of four units or
        fewer none are a packet.
        """
        if self.units <= PACKETS[0] or self.units % PACKETS[1] == 0:
            return y + self.bias
        zeros = [(0, 0), (0, 0), (0, -self.units % PACKETS[1])]
        return (ops.pad(y, zeros) + ops.pad(self.bias, zeros))[..., : self.units]

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (self.replicas, *input_shape[1:-1], self.units)

    def get_config(self) -> dict:
        return super().get_config() | {
            "units": self.units,
            "replicas": self.replicas,
            "activation": keras.activations.serialize(self.activation),
            "seeds": self.seeds,
        }


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
        # A variable, so that one graph serves all values; of TensorFlow's, since it is no weight.
        self.scale = tf.Variable(stddev, trainable=False, dtype=tf.float32)
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
        shape, replicas = tf.shape(x)[1:], tf.size(keys)

        def draw(r: tf.Tensor, noise: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            drawn = tf.raw_ops.StatelessRandomNormalV2(
                shape=shape, key=keys[r : r + 1], counter=counter, alg=PHILOX
            )
            return r + 1, noise.write(r, drawn)

        array = tf.TensorArray(tf.float32, replicas)
        _, noise = tf.while_loop(lambda r, _: r < replicas, draw, (0, array))
        self.calls.assign_add(1)
        return x + self.scale * noise.stack()

    def get_config(self) -> dict:
        return super().get_config() | {
            "stddev": self.stddev,
            "replicas": self.replicas,
            "seeds": self.seeds,
        }


@keras.saving.register_keras_serializable(package="cada_tf")
class Ramp(keras.layers.Layer):
    """A share that grows from 0 to 1: 1 − exp(−5 t / T) at the t-th mini-batch, from 0 on.

    Args:
        steps: T, after which it is 0.99; 0: always 1.
    """

    def __init__(self, steps: int, **kwargs) -> None:
        super().__init__(**kwargs)
        self.steps = steps
        self.calls = self.add_weight(
            name="calls", dtype="int64", shape=(), initializer="zeros", trainable=False
        )
        self.built = True

    def reset(self) -> None:
        """Starts anew."""
        self.calls.assign(0)

    def share(self) -> tf.Tensor:
        """The share now; counts a mini-batch."""
        if not self.steps:
            return tf.ones(())
        share = 1 - tf.exp(-5 * tf.cast(self.calls.value, tf.float32) / self.steps)
        self.calls.assign_add(1)
        return share

    def get_config(self) -> dict:
        return super().get_config() | {"steps": self.steps}


NOISE = 1000
"""The place of the noise among the layers, behind all those with weights."""


def layer_seeds(seed: int | Sequence[int] | None, layers: int, first: int = 0) -> list:
    """A list of R seeds for each layer, independent of one another; Nones for None."""
    if seed is None:
        return [None] * layers
    return [
        [int(np.random.SeedSequence([s, layer]).generate_state(1)[0]) for s in np.atleast_1d(seed)]
        for layer in range(first, first + layers)
    ]
