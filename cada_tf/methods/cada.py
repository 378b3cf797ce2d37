"""cada: class-wise adversarial domain adaptation (Section 3, Algorithm 1)."""

import dataclasses
from typing import Any, ClassVar

from cada_tf.config import Choice, Config, option
from cada_tf.methods.method import Method, Target
from cada_tf.methods.registry import register


class AdamState(Choice):
    """Whether the two stages of CADA have moments and a step count in common."""

    SEPARATE = "separate"
    SHARED = "shared"


@dataclasses.dataclass(frozen=True)
class CadaOptions:
    """The options of CADA's second stage."""

    adversarial_rate: float = option(
        1e-3,
        "Learning rate of the second stage of CADA, Eq. (3).",
        low=0,
        tried=(1e-4, 3e-4, 1e-3, 3e-3),
    )
    adversarial_steps: int = option(
        1,
        "Steps of the second stage, Eq. (3), after each one of the first, Eq. (2).",
        low=1,
        tried=(1, 2, 5),
    )
    adam_state: AdamState = option(
        AdamState.SEPARATE,
        "The two stages of CADA have Adam's moments, step count and rate each for itself, or share "
        "those of the first: then `adversarial_rate` is not used.",
        tried=("separate", "shared"),
    )


@register
class Cada(Method):
    """The paper's method: Eqs. (2) and (3) by turns."""

    name = "cada"
    label = "CADA"
    in_paper = True
    source = True
    target = Target.EXAMPLES
    mixes_domains = True
    separates_sources = True
    options = CadaOptions
    network = "cada_tf.models.cada:CADA"
    losses: ClassVar = {"adversarial_loss": "La"}

    def arguments(self, config: Config) -> dict[str, Any]:
        own = self.options_of(config)
        return {
            "adversarial_steps": own.adversarial_steps,
            "shared_optimizer": own.adam_state is AdamState.SHARED,
        }

    def learning_rates(self, config: Config) -> tuple[float, ...]:
        own = self.options_of(config)
        if own.adam_state is AdamState.SHARED:
            return (config.learning_rate,)
        return (config.learning_rate, own.adversarial_rate)
