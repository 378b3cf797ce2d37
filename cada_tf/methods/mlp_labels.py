"""mlp-labels: the base model on the few labelled target examples, for a fixed number of steps."""

import dataclasses

from cada_tf.config import Config, option
from cada_tf.methods.method import Method, Phase, Sizes, Target
from cada_tf.methods.registry import register


@dataclasses.dataclass(frozen=True)
class MlpLabelsOptions:
    """The options of ``mlp-labels``."""

    mlp_labels_steps: int = option(
        300,
        "Mini-batches of mlp-labels; nothing is held out of the few examples.",
        low=1,
        tried=(100, 300, 1000),
    )


@register
class MlpLabels(Method):
    """label-target without early stopping, which a tenth of few examples is too few for.

    It needs no more than one example of a class.
    """

    name = "mlp-labels"
    related = True
    target = Target.EXAMPLES
    stops_early = False
    options = MlpLabelsOptions

    def phases(self, config: Config, sizes: Sizes) -> list[Phase]:
        del sizes
        return [Phase("update", self.options_of(config).mlp_labels_steps, 1)]
