"""dae, shla: the source and few labels, classified on an autoencoder's hidden units [4, 5, 10]."""

import dataclasses
from typing import Any, ClassVar

from cada_tf.config import Choice, Config, option
from cada_tf.methods.method import Phase, Sizes
from cada_tf.methods.registry import register
from cada_tf.methods.semi_supervised import SemiSupervisedMethod


class EncoderAfter(Choice):
    """What becomes of the encoder once the autoencoder is trained."""

    TRAINED = "trained"
    FROZEN = "frozen"


@dataclasses.dataclass(frozen=True)
class AutoencoderOptions:
    """The options of both autoencoders."""

    autoencoder_epochs: int = option(
        50,
        "Epochs of reconstruction, before those of classification; 0: none.",
        low=0,
        tried=(0, 10, 50, 200),
    )
    autoencoder_rate: float = option(
        1e-3, "Learning rate of reconstruction.", low=0, tried=(3e-4, 1e-3, 3e-3)
    )
    autoencoder_encoder: EncoderAfter = option(
        EncoderAfter.TRAINED,
        "While the labels are learnt, the autoencoder's encoder is trained on, or frozen.",
        tried=("trained", "frozen"),
    )


class AutoencoderMethod(SemiSupervisedMethod):
    """Reconstruction of source and target, then classification of what is labelled."""

    options = AutoencoderOptions
    network = "cada_tf.models.autoencoder:Autoencoder"
    losses: ClassVar = {"reconstruction_loss": "reconstruction error"}
    decoders: ClassVar[int]

    def arguments(self, config: Config) -> dict[str, Any]:
        frozen = self.options_of(config).autoencoder_encoder is EncoderAfter.FROZEN
        return {"decoders": self.decoders, "freeze_encoder": frozen}

    def learning_rates(self, config: Config) -> tuple[float, ...]:
        return (config.learning_rate, self.options_of(config).autoencoder_rate)

    def phases(self, config: Config, sizes: Sizes) -> list[Phase]:
        (update,) = super().phases(config, sizes)
        epochs = self.options_of(config).autoencoder_epochs
        return [*([Phase("reconstruct", update.steps, epochs)] if epochs else []), update]

    def updates(self, config: Config, sizes: Sizes) -> int:
        return super().updates(config, sizes) // 2  # each step is of one of the two optimizers


@register
class Dae(AutoencoderMethod):
    """A denoising autoencoder of both domains."""

    name = "dae"
    label = "DAE"
    decoders = 1


@register
class Shla(AutoencoderMethod):
    """A shared-hidden-layer autoencoder, with a decoder for each domain."""

    name = "shla"
    label = "SHLA"
    decoders = 2
