"""Domain-adversarial training with gradient reversal (Ganin & Lempitsky 2015)."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from cada_tf.models.aligned import Aligned, is_source
from cada_tf.models.layers import StackedDense, layer_seeds
from cada_tf.models.losses import filled


@tf.custom_gradient
def reverse_gradient(x: tf.Tensor) -> tuple[tf.Tensor, object]:
    """The identity, whose gradient is the negative one."""
    return tf.identity(x), lambda upstream: -upstream


@keras.saving.register_keras_serializable(package="cada_tf")
class DANN(Aligned):
    """An encoder from whose embeddings a discriminator cannot tell the domain.

    By one gradient step on all weights, the discriminator D descends its cross-entropy and the
    encoder Ge ascends it:

        A = ½ mean_source −log (1 − D(R(Ge(x)))) + ½ mean_target −log D(R(Ge(x)))

    where R is the identity, whose gradient is the negative one. Target examples are the unlabelled
    ones and the few labelled ones. The weight λ multiplies D's loss as well as its reversed
    gradient; with Adam, whose steps do not depend on the scale of a loss, D learns as fast.

    Args:
        discriminator_hidden: units of D's ReLU layers.
        **kwargs: of ``SemiSupervised``.

    Reference:
        Y. Ganin and V. Lempitsky, "Unsupervised Domain Adaptation by Backpropagation", ICML 2015.
    """

    any_width = True

    def __init__(
        self, classes: int = 2, *, discriminator_hidden: Sequence[int] = (64,), **kwargs
    ) -> None:
        super().__init__(classes, **kwargs)
        if discriminator_hidden and min(discriminator_hidden) < 1:
            raise ValueError(f"Expected positive layer widths. Received: {discriminator_hidden=}.")
        self.discriminator_hidden = tuple(discriminator_hidden)
        widths = (*self.discriminator_hidden, 1)
        own = len(self.hidden) + 1
        seeds = layer_seeds(self.seed, own + len(widths))[own:]
        activations = ["relu"] * len(self.discriminator_hidden) + [None]
        self.discriminator = keras.Sequential(
            [
                StackedDense(units, replicas=self.replicas, activation=activation, seeds=layer)
                for units, activation, layer in zip(widths, activations, seeds, strict=True)
            ],
            name="discriminator",
        )

    @property
    def dense_layers(self) -> list[StackedDense]:
        return [*super().dense_layers, *self.discriminator.layers]

    @property
    def optimizers(self) -> list[tuple[keras.optimizers.Optimizer, list[keras.Variable]]]:
        own = self.discriminator.trainable_variables if self.weight else []  # else no gradient
        return [(self.optimizer, [*self.classifier_variables, *own])]

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        self.discriminator.build((self.replicas, None, self.hidden[-1]))

    def get_config(self) -> dict:
        return super().get_config() | {"discriminator_hidden": list(self.discriminator_hidden)}

    def alignment(self, z: tf.Tensor, y: tf.Tensor, domains: tf.Tensor) -> tf.Tensor:
        del y
        logits = self.discriminator(reverse_gradient(z))[..., 0]
        source = tf.cast(is_source(domains), tf.float32)
        losses = tf.nn.sigmoid_cross_entropy_with_logits(
            labels=filled(1 - source), logits=filled(logits)
        )[:, : tf.shape(logits)[1]]
        means = [
            tf.math.divide_no_nan(tf.reduce_sum(losses * part, -1), tf.reduce_sum(part, -1))
            for part in (source, 1 - source)
        ]
        return tf.add_n(means) / 2
