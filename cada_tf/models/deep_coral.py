"""Deep CORAL (Sun & Saenko 2016): embeddings of equal covariance in both domains."""

import keras
import tensorflow as tf

from cada_tf.models.aligned import Aligned, is_source


@keras.saving.register_keras_serializable(package="cada_tf")
class DeepCORAL(Aligned):
    """An encoder whose embeddings have the same covariance in both domains:

        A = ‖C_S − C_T‖²_F / (4 d²)

    where C_S and C_T are the covariances (with n − 1) of the mini-batch's embeddings of the source
    and of the target, labelled or not, and d is their number of units.

    Reference:
        B. Sun and K. Saenko, "Deep CORAL: Correlation Alignment for Deep Domain Adaptation",
        ECCV Workshops 2016.
    """  # noqa: D415

    any_width = True

    def alignment(self, z: tf.Tensor, y: tf.Tensor, domains: tf.Tensor) -> tf.Tensor:
        del y
        source = tf.cast(is_source(domains), tf.float32)
        difference = covariance(z, source) - covariance(z, 1 - source)
        return tf.reduce_sum(difference**2, [1, 2]) / (4 * z.shape[-1] ** 2)


def covariance(z: tf.Tensor, chosen: tf.Tensor) -> tf.Tensor:
    """Covariance ``[R, units, units]`` of the embeddings ``[R, batch, units]`` that are chosen.

    Args:
        z: embeddings.
        chosen: 1 for those, 0 for others, ``[R, batch]``; two at least.
    """
    count = tf.reduce_sum(chosen, -1)[:, None, None]
    chosen = chosen[..., None]
    centred = (z - tf.reduce_sum(z * chosen, 1, keepdims=True) / count) * chosen
    return tf.matmul(centred, centred, transpose_a=True) / (count - 1)
