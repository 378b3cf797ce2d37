"""Deep CORAL (Sun & Saenko 2016): embeddings of equal covariance in both domains."""

import keras
import tensorflow as tf

from cada_tf.models.aligned import Aligned, is_source


@keras.saving.register_keras_serializable(package="cada_tf")
class DeepCORAL(Aligned):
    """An encoder whose embeddings have the same covariance in both domains:

        A = ‖C_S − C_T‖²_F / (4 d²)

    where C_S and C_T are the covariances (with n − 1) of the mini-batch's embeddings of the source
    and of the target, labelled or not, and d is their number of units. A mini-batch with fewer than
    two examples of a domain has no covariance of it, and A = 0.

    Reference:
        B. Sun and K. Saenko, "Deep CORAL: Correlation Alignment for Deep Domain Adaptation",
        ECCV Workshops 2016.
    """  # noqa: D415

    any_width = True

    def alignment(self, z: tf.Tensor, y: tf.Tensor, domains: tf.Tensor) -> tf.Tensor:
        del y
        source = tf.cast(is_source(domains), tf.float32)
        difference = covariance(z, source) - covariance(z, 1 - source)
        fewest = tf.reduce_min([tf.reduce_sum(part, -1) for part in (source, 1 - source)], 0)
        squares = tf.reduce_sum(difference**2, [1, 2]) * tf.cast(fewest > 1, tf.float32)
        return squares / (4 * z.shape[-1] ** 2)


def covariance(z: tf.Tensor, chosen: tf.Tensor) -> tf.Tensor:
    """Covariance ``[R, units, units]`` of the embeddings ``[R, batch, units]`` that are chosen.

    Args:
        z: embeddings.
        chosen: 1 for those, 0 for others, ``[R, batch]``; of fewer than two it is all zeros.
    """
    count = tf.reduce_sum(chosen, -1)[:, None, None]
    chosen = chosen[..., None]
    means = tf.math.divide_no_nan(tf.reduce_sum(z * chosen, 1, keepdims=True), count)
    centred = (z - means) * chosen
    return tf.matmul(centred, centred, transpose_a=True) / tf.maximum(count - 1, 1)
