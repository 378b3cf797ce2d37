"""Classification and contrastive semantic alignment (Motiian et al., ICCV 2017)."""

import keras
import tensorflow as tf

from cada_tf.models.aligned import Aligned, is_source, squared_distances


@keras.saving.register_keras_serializable(package="cada_tf")
class CCSA(Aligned):
    """Embeddings of a class close to one another across the domains, and others apart.

    It descends  (1 − α) CE + α A  with

        A = mean over pairs of d² if they are of one class, else of max(0, m − d)²

    where pairs are of a source example and of a labelled target example, d is the distance of
    their embeddings, m the margin, and α the weight. The pairs are all those in a mini-batch: its
    share of each class is what makes pairs of different classes more, or as many.

    Args:
        margin: m.
        **kwargs: of ``SemiSupervised``; the weight is at most 1.

    Reference:
        S. Motiian, M. Piccirilli, D. A. Adjeroh and G. Doretto, "Unified Deep Supervised Domain
        Adaptation and Generalization", ICCV 2017.
    """

    any_width = True

    def __init__(
        self, classes: int = 2, *, margin: float = 1.0, weight: float = 0.25, **kwargs
    ) -> None:
        super().__init__(classes, weight=weight, **kwargs)
        if weight > 1:
            raise ValueError(f"Expected a share from 0 to 1. Received: {weight=}.")
        if margin < 0:
            raise ValueError(f"Expected none below 0. Received: {margin=}.")
        self.margin = margin

    @property
    def supervised_share(self) -> float:
        return 1 - self.weight

    def get_config(self) -> dict:
        return super().get_config() | {"margin": self.margin}

    def alignment(self, z: tf.Tensor, y: tf.Tensor, domains: tf.Tensor) -> tf.Tensor:
        squared = squared_distances(z)
        # The root has no gradient at 0, where two examples are the same.
        apart = tf.nn.relu(self.margin - tf.sqrt(squared + 1e-9)) ** 2
        losses = tf.where(y[:, :, None] == y[:, None], squared, apart)
        source = is_source(domains)
        target = ~source & (y >= 0)
        across = tf.cast(source[:, :, None] & target[:, None], tf.float32)
        pairs = tf.reduce_sum(across, [1, 2])
        return tf.math.divide_no_nan(tf.reduce_sum(losses * across, [1, 2]), pairs)
