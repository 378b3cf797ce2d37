"""d-SNE (Xu et al., CVPR 2019): the farthest of its class nearer than the nearest of another."""

import keras
import tensorflow as tf

from cada_tf.models.aligned import Aligned, is_source, squared_distances


@keras.saving.register_keras_serializable(package="cada_tf")
class DSNE(Aligned):
    """Each labelled target example nearer to all source examples of its class than to others.

        A = mean_j max(0, max_{i: y_i = y_j} d²_ij − min_{i: y_i ≠ y_j} d²_ij + m)

    where j are the labelled target examples of a mini-batch, i its source examples, d_ij the
    distance of their embeddings, and m the margin.

    Args:
        margin: m.
        **kwargs: of ``SemiSupervised``.

    Reference:
        X. Xu, X. Zhou, R. Venkatesan, G. Swaminathan and O. Majumder, "d-SNE: Domain Adaptation
        using Stochastic Neighborhood Embedding", CVPR 2019.
    """

    any_width = True

    def __init__(self, classes: int = 2, *, margin: float = 1.0, **kwargs) -> None:
        super().__init__(classes, **kwargs)
        if margin < 0:
            raise ValueError(f"Expected none below 0. Received: {margin=}.")
        self.margin = margin

    def get_config(self) -> dict:
        return super().get_config() | {"margin": self.margin}

    def alignment(self, z: tf.Tensor, y: tf.Tensor, domains: tf.Tensor) -> tf.Tensor:
        squared, source = squared_distances(z), is_source(domains)
        same = y[:, :, None] == y[:, None]
        of_source = source[:, None] & tf.ones_like(same)  # [R, j, i]: example i is of the source
        farthest = tf.reduce_max(tf.where(same & of_source, squared, -squared.dtype.max), -1)
        nearest = tf.reduce_min(tf.where(~same & of_source, squared, squared.dtype.max), -1)
        target = ~source & (y >= 0)
        hinge = tf.nn.relu(tf.where(target, farthest - nearest, 0) + self.margin)
        target = tf.cast(target, tf.float32)
        return tf.math.divide_no_nan(tf.reduce_sum(hinge * target, -1), tf.reduce_sum(target, -1))
