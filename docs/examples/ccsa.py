"""CCSA: classification and contrastive semantic alignment (Motiian et al., ICCV 2017)."""

import dataclasses

import keras
import tensorflow as tf

from cada_tf.methods import Method, Target, option, register
from cada_tf.models import MLP, cross_entropy


@dataclasses.dataclass(frozen=True)
class Options:
    """The options of CCSA, with its authors' values."""

    my_ccsa_weight: float = option(0.25, "Weight α of CCSA's alignment in its loss.", low=0)
    my_ccsa_margin: float = option(1.0, "Distance m that CCSA keeps between classes.", low=0)


class Network(MLP):
    """Descends (1 − α) CE + α mean(d² if of one class, else max(0, m − d)²) over pairs across."""

    def __init__(self, classes: int, *, weight: float, margin: float, **kwargs) -> None:
        super().__init__(classes, **kwargs)
        self.weight, self.margin = weight, margin
        self.alignment_tracker = keras.metrics.Mean(name="alignment_loss")

    @property
    def metrics(self) -> list:
        return [*super().metrics, self.alignment_tracker]

    def update(self, x, y, domains, weights=None):  # noqa: ANN001, ANN201
        with tf.GradientTape() as tape:
            z = self.encoder(x)  # [R, batch, units]
            logits = self.predictor(z)
            norms = tf.reduce_sum(z**2, -1)
            squared = norms[:, :, None] + norms[:, None] - 2 * tf.matmul(z, z, transpose_b=True)
            margin = tf.nn.relu(self.margin - tf.sqrt(tf.nn.relu(squared) + 1e-9)) ** 2
            pairs = tf.where(y[:, :, None] == y[:, None], squared, margin)
            across = tf.cast(domains[:, :, None] < domains[:, None], tf.float32)
            alignment = tf.reduce_sum(pairs * across, [1, 2]) / tf.reduce_sum(across, [1, 2])
            loss = (1 - self.weight) * cross_entropy(y, logits, weights) + self.weight * alignment
        variables = self.classifier_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return logits, {"loss": loss, "alignment_loss": alignment}


@register
class CCSA(Method):
    """CCSA as a method of ``experiments.run``."""

    name, label = "my-ccsa", "my CCSA"
    source, target, mixes_domains = True, Target.EXAMPLES, True
    options, network = Options, Network
    losses = {"alignment_loss": "CCSA's alignment"}  # noqa: RUF012

    def arguments(self, config) -> dict:  # noqa: ANN001
        own = self.options_of(config)
        return {"weight": own.my_ccsa_weight, "margin": own.my_ccsa_margin}
