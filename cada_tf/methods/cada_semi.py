"""cada-semi: CADA on few labels and on pseudo-labels of the target's other utterances."""

import dataclasses
from typing import Any

from cada_tf.config import ClassBalance, Config, option
from cada_tf.methods.cada import Cada, CadaOptions
from cada_tf.methods.registry import register
from cada_tf.methods.semi_supervised import ramp_option


@dataclasses.dataclass(frozen=True)
class CadaSemiOptions(CadaOptions):
    """The options of CADA, and of its pseudo-labels."""

    cada_semi_weight: float = option(
        1.0,
        "Weight of the pseudo-labels in Eqs. (2) and (3).",
        low=0,
        tried=(0.3, 1.0, 3.0),
    )
    cada_semi_ramp: int = ramp_option()
    cada_semi_threshold: float = option(
        0.0,
        "Certainty, 0 at chance and 1 at most, below which an utterance has no pseudo-label.",
        low=0,
        high=1,
        tried=(0.0, 0.5, 0.9),
    )


@register
class CadaSemi(Cada):
    """Eqs. (2) and (3) on the labelled examples and on pseudo-labels."""

    name = "cada-semi"
    label = "CADA-semi"
    in_paper = False
    related = True
    unlabelled = True
    fewest_per_class = 0
    options = CadaSemiOptions
    network = "cada_tf.models.cada_semi:CADASemi"

    def arguments(self, config: Config) -> dict[str, Any]:
        own = self.options_of(config)
        return super().arguments(config) | {
            "weight": own.cada_semi_weight,
            "ramp": own.cada_semi_ramp,
            "threshold": own.cada_semi_threshold,
            "balanced": config.class_balance is not ClassBalance.NONE,
        }
