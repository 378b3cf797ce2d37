"""The networks: one method of the paper a file."""

from cada_tf import startup  # noqa: F401, I001  # before anything that imports TensorFlow

from cada_tf.models.cada import CADA
from cada_tf.models.fada import FADA
from cada_tf.models.mlp import MLP
from cada_tf.models.optimizers import FusedAdam
from cada_tf.models.recogniser_network import RecogniserNetwork
from cada_tf.models.layers import StackedDense
from cada_tf.models.unweighted_accuracy import UnweightedAccuracy

__all__ = [
    "CADA",
    "FADA",
    "MLP",
    "FusedAdam",
    "RecogniserNetwork",
    "StackedDense",
    "UnweightedAccuracy",
]
