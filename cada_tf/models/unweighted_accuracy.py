"""Unweighted accuracy as a Keras metric."""

import keras
import tensorflow as tf
from keras import KerasTensor, ops

from cada_tf.protocol.domain_class import decode


@keras.saving.register_keras_serializable(package="cada_tf")
class UnweightedAccuracy(keras.metrics.Metric):
    """UA (Section 4.2): the recall of each class, averaged over the classes seen.

    Args:
        classes: C. Labels and arg maxes above it are decoded (``domain_class.decode``).
    """

    def __init__(self, classes: int, name: str = "ua", **kwargs) -> None:
        super().__init__(name=name, **kwargs)
        self.classes = classes
        self.hits = self.add_variable((classes,), "zeros", name="hits")
        self.total = self.add_variable((classes,), "zeros", name="total")

    def update_state(
        self, y_true: KerasTensor, y_pred: KerasTensor, sample_weight: None = None
    ) -> None:
        """Counts a batch: integer labels ``[...]``, logits ``[..., outputs]``."""
        truth = ops.one_hot(decode(ops.cast(y_true, "int32"), self.classes), self.classes)
        guess = decode(ops.argmax(y_pred, -1), self.classes)
        guess = ops.one_hot(guess, self.classes)
        axes = tuple(range(len(truth.shape) - 1))
        self.hits.assign_add(ops.sum(truth * guess, axes))
        self.total.assign_add(ops.sum(truth, axes))

    def result(self) -> KerasTensor:
        seen = ops.cast(self.total > 0, "float32")
        recall = self.hits / ops.maximum(self.total, 1.0)
        return ops.sum(recall) / ops.maximum(ops.sum(seen), 1.0)

    def get_config(self) -> dict:
        return super().get_config() | {"classes": self.classes}


def count_hits(y_true: tf.Tensor, y_pred: tf.Tensor, classes: int) -> tuple[tf.Tensor, tf.Tensor]:
    """How many examples of each class were recognised, and how many there are.

    Args:
        y_true: classes or categories ``[steps, R, …]``.
        y_pred: the same of the predictions; -1 for examples that are not to be counted.
        classes: C.

    Returns:
        ``[steps, R, C]`` each, float32.
    """
    counted = tf.reshape(y_pred, [*tf.unstack(tf.shape(y_pred)[:2]), -1])
    truth = decode(tf.reshape(y_true, tf.shape(counted)), classes)
    truth = tf.one_hot(tf.where(counted < 0, -1, truth), classes)
    hits = truth * tf.one_hot(decode(counted, classes), classes)
    return tf.reduce_sum(hits, 2), tf.reduce_sum(truth, 2)
