"""R dense layers side by side, the building block of a stack."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
from keras import KerasTensor, ops


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
        return self.activation(ops.matmul(x, self.kernel) + self.bias)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (self.replicas, *input_shape[1:-1], self.units)

    def get_config(self) -> dict:
        return super().get_config() | {
            "units": self.units,
            "replicas": self.replicas,
            "activation": keras.activations.serialize(self.activation),
            "seeds": self.seeds,
        }
