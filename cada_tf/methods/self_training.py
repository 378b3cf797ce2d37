"""self-training: pooled, and the unlabelled target utterances with labels of its own."""

import dataclasses
from typing import Any

from cada_tf.config import ClassBalance, Config, option
from cada_tf.methods.registry import register
from cada_tf.methods.semi_supervised import SemiSupervisedMethod, ramp_option


@dataclasses.dataclass(frozen=True)
class SelfTrainingOptions:
    """The options of self-training."""

    self_training_weight: float = option(
        1.0,
        "Weight of the pseudo-labels in the loss of self-training.",
        low=0,
        tried=(0.3, 1.0, 3.0),
    )
    self_training_ramp: int = ramp_option()
    self_training_threshold: float = option(
        0.0,
        "Certainty, 0 at chance and 1 at most, below which self-training passes over an utterance.",
        low=0,
        high=1,
        tried=(0.0, 0.5, 0.9),
    )


@register
class SelfTraining(SemiSupervisedMethod):
    """Labels of source and target, and pseudo-labels of the target's other utterances."""

    name = "self-training"
    options = SelfTrainingOptions
    network = "cada_tf.models.self_training:SelfTraining"

    def arguments(self, config: Config) -> dict[str, Any]:
        own = self.options_of(config)
        return {
            "weight": own.self_training_weight,
            "ramp": own.self_training_ramp,
            "threshold": own.self_training_threshold,
            "balanced": config.class_balance is not ClassBalance.NONE,
        }
