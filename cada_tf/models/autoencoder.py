"""Autoencoders of both domains, whose hidden units are classified [4, 5, 10]."""

import keras
import tensorflow as tf

from cada_tf.models.aligned import is_source
from cada_tf.models.layers import StackedDense, layer_seeds
from cada_tf.models.mlp import Update, check_distinct
from cada_tf.models.optimizers import FusedAdam
from cada_tf.models.semi_supervised import WithUnlabelled, labelled_count, padded


@keras.saving.register_keras_serializable(package="cada_tf")
class Autoencoder(WithUnlabelled):
    """A denoising autoencoder (DAE), or one with a decoder for each domain (SHLA).

    Two phases. By ``reconstruct`` the encoder Ge and decoders g descend the errors of all examples,
    labelled or not,

        L_r = mean_i ‖x_i − g(Ge(x̃_i))‖² / F                                          (DAE)
        L_r = mean_source ‖x_i − g_s(Ge(x̃_i))‖² / F + mean_target ‖x_i − g_t(Ge(x̃_i))‖² / F   (SHLA)

    where x̃ is x with ``input_noise``; without noise, they are plain autoencoders. A decoder has the
    encoder's layers in reverse, and F linear outputs. By ``update``, which ``fit`` calls, Ge and
    the predictor Gp then descend the cross-entropy of the labelled examples, as an ``MLP``.

    Args:
        classes: C.
        decoders: 1 (DAE), or 2 (SHLA): one for the sources, and one for the target.
        freeze_encoder: whether ``update`` trains Gp alone.
        **kwargs: of ``MLP``.

    Reference:
        P. Vincent, H. Larochelle, Y. Bengio and P.-A. Manzagol, "Extracting and Composing Robust
        Features with Denoising Autoencoders", ICML 2008; J. Deng, R. Xia, Z. Zhang, Y. Liu and
        B. Schuller, "Introducing Shared-Hidden-Layer Autoencoders for Transfer Learning and their
        Application in Acoustic Emotion Recognition", ICASSP 2014.
    """

    compile_arguments = ("optimizer", "reconstruction_optimizer")
    any_width = True

    def __init__(
        self, classes: int = 2, *, decoders: int = 1, freeze_encoder: bool = False, **kwargs
    ) -> None:
        super().__init__(classes, **kwargs)
        if decoders not in (1, 2):
            raise ValueError(f"Expected 1 or 2 decoders. Received: {decoders=}.")
        self.n_decoders = decoders
        self.freeze_encoder = freeze_encoder
        self.decoders: list[keras.Sequential] = []
        self.reconstruction_tracker = keras.metrics.Mean(name="reconstruction_loss")

    def compile(
        self,
        optimizer: keras.optimizers.Optimizer | str | None = None,
        reconstruction_optimizer: keras.optimizers.Optimizer | str | None = None,
        **kwargs,
    ) -> None:
        """Chooses the optimizers of ``update`` and of ``reconstruct``; see ``MLP.compile``."""
        check_distinct(optimizer, reconstruction_optimizer)
        super().compile(optimizer, **kwargs)
        self.reconstruction_optimizer = keras.optimizers.get(
            reconstruction_optimizer or FusedAdam()
        )

    def build(self, input_shape: tuple) -> None:
        widths, own = (*self.hidden[-2::-1], input_shape[-1]), len(self.hidden) + 1
        seeds = iter(layer_seeds(self.seed, own + self.n_decoders * len(widths))[own:])
        activations = ["relu"] * (len(widths) - 1) + [None]
        self.decoders = [
            keras.Sequential(
                [
                    StackedDense(
                        units, replicas=self.replicas, activation=activation, seeds=next(seeds)
                    )
                    for units, activation in zip(widths, activations, strict=True)
                ],
                name=f"decoder_{number}",
            )
            for number in range(self.n_decoders)
        ]
        for decoder in self.decoders:
            decoder.build((self.replicas, None, self.hidden[-1]))
        super().build(input_shape)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [*super().metrics, self.reconstruction_tracker]

    @property
    def dense_layers(self) -> list[StackedDense]:
        return [*super().dense_layers, *(layer for d in self.decoders for layer in d.layers)]

    @property
    def classifier_variables(self) -> list[keras.Variable]:
        if self.freeze_encoder:
            return self.predictor.trainable_variables
        return super().classifier_variables

    @property
    def reconstruction_variables(self) -> list[keras.Variable]:
        """Those of the encoder and of the decoders."""
        decoders = [v for decoder in self.decoders for v in decoder.trainable_variables]
        return [*self.encoder.trainable_variables, *decoders]

    @property
    def optimizers(self) -> list[tuple[keras.optimizers.Optimizer, list[keras.Variable]]]:
        own = self.reconstruction_optimizer, self.reconstruction_variables
        return [*super().optimizers, own]

    def get_config(self) -> dict:
        own = {"decoders": self.n_decoders, "freeze_encoder": self.freeze_encoder}
        return super().get_config() | own

    def perturb(self, x: tf.Tensor) -> tf.Tensor:
        """The features as they are, since they are what is to be reconstructed."""
        return x

    def reconstruct(
        self, x: tf.Tensor, y: tf.Tensor, domains: tf.Tensor, weights: tf.Tensor | None = None
    ) -> Update:
        """One step of the encoder and the decoders on L_r; arguments as of ``update``."""
        del y, weights  # each example counts the same
        source = tf.cast(is_source(domains), tf.float32)
        parts = [source, 1 - source] if self.n_decoders == 2 else [tf.ones_like(source)]
        corrupted, variables = super().perturb(x), self.reconstruction_variables
        with tf.GradientTape() as tape:
            z, loss = self.encoder(corrupted), 0.0
            for part, decoder in zip(parts, self.decoders, strict=True):
                errors = part * tf.reduce_mean(tf.square(decoder(z) - x), -1)
                count = tf.reduce_sum(part, -1)
                loss += tf.math.divide_no_nan(tf.reduce_sum(errors, -1), count)
        self.reconstruction_optimizer.apply(tape.gradient(loss, variables), variables)
        return None, {"reconstruction_loss": loss}

    def update(
        self, x: tf.Tensor, y: tf.Tensor, domains: tf.Tensor, weights: tf.Tensor | None = None
    ) -> Update:
        n = labelled_count(y)
        weights = None if weights is None else weights[:, :n]
        corrupted = super().perturb(x[:, :n])
        logits, losses = super().update(corrupted, y[:, :n], domains[:, :n], weights)
        return padded(logits, y), losses
