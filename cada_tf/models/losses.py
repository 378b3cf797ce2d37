"""Losses as pure functions on logits, one value per replica."""

import tensorflow as tf


def cross_entropy(
    targets: tf.Tensor, logits: tf.Tensor, weights: tf.Tensor | None = None
) -> tf.Tensor:
    """Mean cross-entropy over the batch, Eq. (2) for one mini-batch; 0 for an empty one.

    Args:
        targets: integers ``[..., batch]``.
        logits: ``[..., batch, outputs]``.
        weights: ``[..., batch]``, or None for ones.

    Returns:
        ``[...]``: one loss a replica, so that its gradient does not depend on the stack.
    """
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=filled(targets), logits=filled(logits, -2)
    )[..., : tf.shape(targets)[-1]]
    return mean(losses if weights is None else losses * weights)


def softmax(logits: tf.Tensor) -> tf.Tensor:
    """Probabilities ``[..., batch, outputs]`` of logits, the same bits in any stack."""
    return tf.nn.softmax(filled(logits, -2))[..., : tf.shape(logits)[-2], :]


def filled(values: tf.Tensor, axis: int = -1) -> tf.Tensor:
    """Values with zeros behind them, so that their number along the axis is a multiple of 16.

    Exponentials are taken eight or sixteen at a time, and in another way where fewer are left over;
    with none left over those of a replica are the same, to the last bit, in any stack.
    """
    filling = [[0, 0]] * len(values.shape)
    filling[axis] = [0, -tf.shape(values)[axis] % 16]
    return tf.pad(values, filling)


def mean(losses: tf.Tensor) -> tf.Tensor:
    """The mean ``[...]`` of losses ``[..., batch]``; 0 for an empty batch, as its gradient is."""
    count = tf.cast(tf.shape(losses)[-1], losses.dtype)
    return tf.math.divide_no_nan(tf.reduce_sum(losses, axis=-1), count)
