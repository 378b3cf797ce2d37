"""Importance of the source's examples for a target, as a method weights them."""

import numpy as np

from cada_tf.config import Config
from cada_tf.methods.method import Method

SMALLEST = 1e-3
"""Of the weights, whose mean is 1, so that no class is without any."""


class Importance:
    """The weights of ``Method.importance``; what follows from the source alone is computed once.

    Args:
        method: whose weights they are.
        config: all options.
    """

    def __init__(self, method: Method, config: Config) -> None:
        self.method, self.config = method, config
        self.source, self.estimate = None, None

    def weights(self, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Weights of the source's examples, ``[N]``, float32, of mean 1.

        Args:
            source: features ``[N, F]``; the same array for replicas that share it.
            target: unlabelled features ``[·, F]``; without any, all weigh the same.
        """
        if self.source is not source:
            self.source, self.estimate = source, self.method.importance(source, self.config)
        if self.estimate is None or not len(target):
            return np.ones(len(source), np.float32)
        found = self.estimate(target)
        return np.maximum(found / found.mean(), SMALLEST).astype(np.float32)
