"""What networks that train on unlabelled examples, too, have in common."""

import keras
import tensorflow as tf

from cada_tf.models.layers import Ramp
from cada_tf.models.mlp import MLP


def labelled_count(y: tf.Tensor) -> tf.Tensor:
    """How many examples of a mini-batch are labelled; they are the first ones of each replica.

    Args:
        y: classes ``[R, batch]``, ``domain_class.UNLABELLED`` for examples that have none.
    """
    return tf.reduce_sum(tf.cast(y[0] >= 0, tf.int32))


def padded(logits: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Logits ``[R, n, outputs]`` of the first examples, with zeros for the others of ``y``."""
    return tf.pad(logits, [[0, 0], [0, tf.shape(y)[1] - tf.shape(logits)[1]], [0, 0]])


class WithUnlabelled(MLP):
    """A network whose ``update`` is given unlabelled examples behind the labelled ones."""

    def unpack(self, data: tuple) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor | None]:
        """As of ``MLP``, the labelled examples first; each replica must have as many of them."""
        x, y, domains, weights = super().unpack(data)
        order = tf.argsort(tf.cast(y < 0, tf.int32), axis=1, stable=True)
        parts = (x, y, domains, weights)
        return tuple(p if p is None else tf.gather(p, order, batch_dims=1) for p in parts)

    def test_step(self, data: tuple) -> dict:
        """As of ``MLP``, of the labelled examples alone."""
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        x, y, domains, weights = self.unpack((x, y))
        n = labelled_count(y)
        x, y, domains = x[:, :n], y[:, :n], domains[:, :n]
        logits = self(x, training=False)
        return self.track(y, logits, self.losses_of(y, domains, logits, weights))


class SemiSupervised(WithUnlabelled):
    """A network whose loss has a part of the unlabelled examples.

    Args:
        classes: C.
        weight: of what the unlabelled examples add to the loss; 0 leaves them out, and the network
            is the supervised one to the last bit.
        ramp: T, the number of mini-batches in which the weight grows to 99 % of itself (see
            ``layers.Ramp``); 0: it is the same from the start.
        **kwargs: of ``MLP``.
    """

    def __init__(self, classes: int = 2, *, weight: float = 1.0, ramp: int = 0, **kwargs) -> None:
        super().__init__(classes, **kwargs)
        if weight < 0 or ramp < 0:
            raise ValueError(f"Expected none below 0. Received: {weight=}, {ramp=}.")
        self.weight = weight
        self.ramp = Ramp(ramp, name="ramp")

    def get_config(self) -> dict:
        return super().get_config() | {"weight": self.weight, "ramp": self.ramp.steps}

    def reset(self, seeds: list[int]) -> None:
        super().reset(seeds)
        self.ramp.reset()
