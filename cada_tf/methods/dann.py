"""dann: domain-adversarial training with gradient reversal (Ganin & Lempitsky 2015) [11, 12]."""

import dataclasses
from typing import Any, ClassVar

from cada_tf.config import Config, option
from cada_tf.methods.registry import register
from cada_tf.methods.semi_supervised import SemiSupervisedMethod, ramp_option


@dataclasses.dataclass(frozen=True)
class DannOptions:
    """The options of DANN."""

    dann_weight: float = option(
        1.0, "Weight λ of DANN's domain discriminator.", low=0, tried=(0.1, 0.3, 1.0)
    )
    dann_ramp: int = ramp_option("λ")
    dann_discriminator: tuple[int, ...] = option(
        (64,), "Units of each ReLU layer of DANN's discriminator.", low=1
    )


@register
class Dann(SemiSupervisedMethod):
    """An encoder that hides the domain from a discriminator."""

    name = "dann"
    label = "DANN"
    options = DannOptions
    network = "cada_tf.models.dann:DANN"
    losses: ClassVar = {"alignment_loss": "loss of DANN's discriminator"}

    def arguments(self, config: Config) -> dict[str, Any]:
        own = self.options_of(config)
        return {
            "weight": own.dann_weight,
            "ramp": own.dann_ramp,
            "discriminator_hidden": own.dann_discriminator,
        }
