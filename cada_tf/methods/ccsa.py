"""ccsa: contrastive semantic alignment of few labelled examples (Motiian et al., ICCV 2017)."""

import dataclasses
from typing import Any, ClassVar

from cada_tf.config import Config, option
from cada_tf.methods.method import Method, Target
from cada_tf.methods.registry import register


@dataclasses.dataclass(frozen=True)
class CcsaOptions:
    """The options of CCSA, with its authors' values."""

    ccsa_weight: float = option(
        0.25,
        "Weight α of CCSA's alignment; that of its cross-entropy is 1 − α.",
        low=0,
        high=1,
        tried=(0.1, 0.25, 0.5),
    )
    ccsa_margin: float = option(
        1.0, "Distance m that CCSA keeps between classes.", low=0, tried=(0.3, 1.0, 3.0)
    )


@register
class Ccsa(Method):
    """Pairs across the domains, close if of one class and apart if not."""

    name = "ccsa"
    label = "CCSA"
    related = True
    source = True
    target = Target.EXAMPLES
    mixes_domains = True
    options = CcsaOptions
    network = "cada_tf.models.ccsa:CCSA"
    losses: ClassVar = {"alignment_loss": "contrastive loss of CCSA"}

    def arguments(self, config: Config) -> dict[str, Any]:
        own = self.options_of(config)
        return {"weight": own.ccsa_weight, "margin": own.ccsa_margin}
