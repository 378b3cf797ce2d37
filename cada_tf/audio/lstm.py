"""An LSTM layer, forward, in NumPy."""

from typing import NamedTuple

import numpy as np


class LSTM(NamedTuple):
    """The weights of a layer of n units, float32; gates in PyTorch's order (i, f, g, o).

    Args:
        kernel: ``[inputs, 4n]``.
        recurrent_kernel: ``[n, 4n]``.
        bias: ``[4n]``.
    """

    kernel: np.ndarray
    recurrent_kernel: np.ndarray
    bias: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """The states after each step, ``[steps, sequences, n]``, of which the first is after zeros.

        Args:
            x: ``[steps, sequences, inputs]``, float32.
        """
        inputs = product(x, self.kernel) + self.bias
        n = len(self.recurrent_kernel)
        states = np.empty((*x.shape[:2], n), np.float32)
        state = cell = np.zeros((x.shape[1], n), np.float32)
        for step, gates in enumerate(inputs):
            gates += product(state, self.recurrent_kernel)
            entry, keep, output = map(
                sigmoid, (gates[:, :n], gates[:, n : 2 * n], gates[:, 3 * n :])
            )
            cell = keep * cell + entry * np.tanh(gates[:, 2 * n : 3 * n])
            state = states[step] = output * np.tanh(cell)
        return states


def product(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """``rows @ matrix``, ``[..., n]``, row by row.

    The last bits of BLAS's product of two matrices depend on its number of threads and on what
    other rows there are; of a few rows it is slower, too, as it copies the whole matrix.
    """
    return (rows[..., None, :] @ matrix)[..., 0, :]


def sigmoid(x: np.ndarray) -> np.ndarray:
    """The logistic function, which does not overflow as a hyperbolic tangent."""
    return 0.5 * np.tanh(0.5 * x) + 0.5
