"""The networks: one method of the paper a file."""

from cada_tf.models.cada import CADA
from cada_tf.models.mlp import MLP, StackedDense, UnweightedAccuracy
from cada_tf.models.optimizers import FusedAdam

__all__ = ["CADA", "MLP", "FusedAdam", "StackedDense", "UnweightedAccuracy"]
