"""Self-training: unlabelled examples with the labels that the network itself gives them."""

import keras
import tensorflow as tf

from cada_tf.models.losses import softmax
from cada_tf.models.mlp import Update
from cada_tf.models.semi_supervised import SemiSupervised, labelled_count, padded


class PseudoLabels(SemiSupervised):
    """Trains on pseudo-labels of the unlabelled examples besides the labelled ones.

    Of a mini-batch of L labelled and U unlabelled examples it descends

        1/L Σ_i ℓ(x_i, y_i) + w 1/U Σ_j c_j ℓ(x_j, ŷ_j)

    where

    * ℓ: the loss of the network that it is a part of;
    * ŷ_j: the class that the network finds most probable for x_j without noise, and p_j its
      probability; the domain of ŷ_j is the target;
    * c_j: (C p_j − 1) / (C − 1), or 0 if that is below the threshold; balanced, so that each
      class that is found has the same sum of c_j;
    * w: the weight, which grows with the ramp.

    Args:
        threshold: the least c_j that counts.
        balanced: whether c_j are balanced over the classes found in the mini-batch.
        **kwargs: of ``SemiSupervised``.
    """

    def __init__(
        self, classes: int = 2, *, threshold: float = 0.0, balanced: bool = True, **kwargs
    ) -> None:
        super().__init__(classes, **kwargs)
        if not 0 <= threshold <= 1:
            raise ValueError(f"Expected a share from 0 to 1. Received: {threshold=}.")
        self.threshold = threshold
        self.balanced = balanced

    def get_config(self) -> dict:
        own = {"threshold": self.threshold, "balanced": self.balanced}
        return super().get_config() | own

    def perturb(self, x: tf.Tensor) -> tf.Tensor:
        """The features as they are, as pseudo-labels are given without noise."""
        return x

    def update(
        self, x: tf.Tensor, y: tf.Tensor, domains: tf.Tensor, weights: tf.Tensor | None = None
    ) -> Update:
        n = labelled_count(y)
        clean, x = x[:, n:], super().perturb(x)
        weights = tf.ones_like(y, tf.float32) if weights is None else weights
        labelled = [part[:, :n] for part in (x, y, domains, weights)]
        if not self.weight:
            logits, losses = super().update(*labelled)
            return padded(logits, y), losses
        pseudo, certainty = self.pseudo_labels(clean)
        # One mean over all examples, so that both parts go through one pass.
        size, count = (tf.cast(number, tf.float32) for number in (tf.shape(y)[1], n))
        both = [
            x,
            tf.concat([labelled[1], pseudo], 1),
            tf.concat([labelled[2], self.target_domain + tf.zeros_like(pseudo)], 1),
            tf.concat(
                [
                    labelled[3] * size / count,
                    self.weight * self.ramp.share() * certainty * size / (size - count),
                ],
                1,
            ),
        ]
        return super().update(*both)

    @property
    def target_domain(self) -> int:
        """The number of the target domain; see ``domain_class``."""
        return max(1, self.output_domains - 1)

    def pseudo_labels(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """ŷ, int32, and c of features ``[R, U, F]``; both are ``[R, U]``."""
        logits = self(x, training=False)
        domains = tf.reshape(logits, [*tf.unstack(tf.shape(logits)[:2]), -1, self.classes])
        probabilities = softmax(tf.reduce_max(domains, 2))
        pseudo = tf.argmax(probabilities, -1, output_type=tf.int32)
        certainty = (self.classes * tf.reduce_max(probabilities, -1) - 1) / (self.classes - 1)
        certainty = tf.where(certainty >= self.threshold, certainty, 0)
        if self.balanced:
            found = tf.one_hot(pseudo, self.classes)
            sums = tf.einsum("rbc,rb->rc", found, certainty)
            present = tf.reduce_sum(tf.cast(sums > 0, tf.float32), -1, keepdims=True)
            factors = tf.math.divide_no_nan(tf.reduce_sum(sums, -1, keepdims=True), present * sums)
            certainty *= tf.einsum("rbc,rc->rb", found, factors)
        return pseudo, tf.stop_gradient(certainty)


@keras.saving.register_keras_serializable(package="cada_tf")
class SelfTraining(PseudoLabels):
    """An ``MLP`` on labelled examples of all domains and on pseudo-labels of the target's others.

    Reference:
        D.-H. Lee, "Pseudo-Label: The Simple and Efficient Semi-Supervised Learning Method for Deep
        Neural Networks", ICML Workshop 2013.
    """

    any_width = True
