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
    # Exponentials are taken eight or sixteen at a time, and in another way where fewer are left
    # over; with none left over a replica's loss is the same, to the last bit, in any stack.
    batch = tf.shape(targets)[-1]
    filling = [[0, 0]] * (len(targets.shape) - 1) + [[0, -batch % 16]]
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=tf.pad(targets, filling), logits=tf.pad(logits, [*filling, [0, 0]])
    )[..., :batch]
    return mean(losses if weights is None else losses * weights)


def mean(losses: tf.Tensor) -> tf.Tensor:
    """The mean ``[...]`` of losses ``[..., batch]``; 0 for an empty batch, as its gradient is."""
    count = tf.cast(tf.shape(losses)[-1], losses.dtype)
    return tf.math.divide_no_nan(tf.reduce_sum(losses, axis=-1), count)
