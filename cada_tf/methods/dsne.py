"""dsne: modified Hausdorff distances of few labelled examples (Xu et al., CVPR 2019)."""

import dataclasses
from typing import Any, ClassVar

from cada_tf.config import Config, option
from cada_tf.methods.method import Method, Target
from cada_tf.methods.registry import register


@dataclasses.dataclass(frozen=True)
class DsneOptions:
    """The options of d-SNE."""

    dsne_weight: float = option(
        0.1, "Weight α of d-SNE's loss on distances.", low=0, tried=(0.03, 0.1, 0.3)
    )
    dsne_margin: float = option(
        1.0, "Margin m of d-SNE, of squared distances.", low=0, tried=(0.3, 1.0, 3.0)
    )


@register
class Dsne(Method):
    """The farthest of its class nearer than the nearest of another."""

    name = "dsne"
    label = "d-SNE"
    related = True
    source = True
    target = Target.EXAMPLES
    mixes_domains = True
    options = DsneOptions
    network = "cada_tf.models.dsne:DSNE"
    losses: ClassVar = {"alignment_loss": "loss of d-SNE on distances"}

    def arguments(self, config: Config) -> dict[str, Any]:
        own = self.options_of(config)
        return {"weight": own.dsne_weight, "margin": own.dsne_margin}
