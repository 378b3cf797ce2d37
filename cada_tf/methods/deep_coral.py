"""deep-coral: embeddings of equal covariance in both domains (Sun & Saenko 2016)."""

import dataclasses
from typing import Any, ClassVar

from cada_tf.config import Config, option
from cada_tf.methods.registry import register
from cada_tf.methods.semi_supervised import SemiSupervisedMethod


@dataclasses.dataclass(frozen=True)
class DeepCoralOptions:
    """The options of Deep CORAL."""

    coral_weight: float = option(
        10.0,
        "Weight λ of the difference of covariances in Deep CORAL.",
        low=0,
        tried=(1.0, 10.0, 100.0),
    )


@register
class DeepCoral(SemiSupervisedMethod):
    """Correlation alignment of the encoder's embeddings."""

    name = "deep-coral"
    label = "Deep CORAL"
    options = DeepCoralOptions
    network = "cada_tf.models.deep_coral:DeepCORAL"
    losses: ClassVar = {"alignment_loss": "difference of covariances"}

    def arguments(self, config: Config) -> dict[str, Any]:
        return {"weight": self.options_of(config).coral_weight}
