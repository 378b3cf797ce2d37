"""Networks that add a loss on their embeddings to the cross-entropy."""

import keras
import tensorflow as tf

from cada_tf.models.losses import cross_entropy
from cada_tf.models.mlp import Update
from cada_tf.models.semi_supervised import SemiSupervised, labelled_count, padded


class Aligned(SemiSupervised):
    """Descends  s CE(labelled) + w A(embeddings of all),  A given by the subclass.

    s is 1, or what ``supervised_share`` says; w is the weight, which grows with the ramp.

    Args:
        classes: C.
        **kwargs: of ``SemiSupervised``.
    """

    def __init__(self, classes: int = 2, **kwargs) -> None:
        super().__init__(classes, **kwargs)
        self.alignment_tracker = keras.metrics.Mean(name="alignment_loss")

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [*super().metrics, self.alignment_tracker]

    @property
    def supervised_share(self) -> float:
        """s, the weight of the cross-entropy."""
        return 1.0

    def alignment(self, z: tf.Tensor, y: tf.Tensor, domains: tf.Tensor) -> tf.Tensor:
        """A of a mini-batch, ``[R]``.

        Args:
            z: embeddings ``[R, batch, units]``.
            y, domains: as of ``update``, those of unlabelled examples ``UNLABELLED``.
        """
        raise NotImplementedError

    def update(
        self, x: tf.Tensor, y: tf.Tensor, domains: tf.Tensor, weights: tf.Tensor | None = None
    ) -> Update:
        n, variables = labelled_count(y), [v for _, vs in self.optimizers for v in vs]
        targets = self.targets(y[:, :n], domains[:, :n])
        weights = None if weights is None else weights[:, :n]
        with tf.GradientTape() as tape:
            z = self.encoder(x[:, :n])
            logits = self.predictor(z)
            loss = total = cross_entropy(targets, logits, weights)
            alignment = tf.zeros_like(loss)
            if self.weight:
                z = tf.concat([z, self.encoder(x[:, n:])], 1)
                alignment = self.alignment(z, y, domains)
                total = self.supervised_share * loss + self.weight * self.ramp.share() * alignment
        self.optimizer.apply(tape.gradient(total, variables), variables)
        return padded(logits, y), {"loss": loss, "alignment_loss": alignment}


def is_source(domains: tf.Tensor, target: int = 1) -> tf.Tensor:
    """Which examples are of a source, ``[R, batch]``, bool; unlabelled ones are of the target."""
    return (domains >= 0) & (domains < target)


def squared_distances(z: tf.Tensor) -> tf.Tensor:
    """Of all pairs of embeddings ``[R, batch, units]``: ``[R, batch, batch]``."""
    norms = tf.reduce_sum(z**2, -1)
    return tf.nn.relu(norms[:, :, None] + norms[:, None] - 2 * tf.matmul(z, z, transpose_b=True))
