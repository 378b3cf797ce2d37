"""fine-tune: the network of all-source, trained on with the few target examples (Section 4.2)."""

import dataclasses

from cada_tf.config import Choice, Config, option
from cada_tf.methods.method import Method, Phase, Sizes, Target
from cada_tf.methods.registry import register


class FineTuneLayers(Choice):
    """Which layers fine-tuning trains."""

    ALL = "all"
    PREDICTOR = "predictor"


@dataclasses.dataclass(frozen=True)
class FineTuneOptions:
    """The options of fine-tuning."""

    fine_tune_layers: FineTuneLayers = option(
        FineTuneLayers.ALL,
        "Fine-tuning trains all layers or the predictor alone.",
        tried=("all", "predictor"),
    )
    fine_tune_rate: float = option(
        1e-3, "Learning rate of fine-tuning.", low=0, tried=(1e-4, 3e-4, 1e-3, 3e-3)
    )
    fine_tune_steps: int = option(
        100,
        "Mini-batches of fine-tuning; nothing is held out of the few examples.",
        low=1,
        tried=(10, 30, 100, 300),
    )
    fine_tune_steps_per_label: float = option(
        3.0,
        "Further mini-batches of fine-tuning for each labelled target example.",
        low=0,
        tried=(0.0, 1.0, 3.0),
    )


@register
class FineTune(Method):
    """Fine-tuning for a fixed number of mini-batches."""

    name = "fine-tune"
    in_paper = True
    target = Target.EXAMPLES
    starts_from = "all-source"
    stops_early = False
    options = FineTuneOptions

    def learning_rates(self, config: Config) -> tuple[float, ...]:
        return (self.options_of(config).fine_tune_rate,)

    def trains_encoder(self, config: Config) -> bool:
        return self.options_of(config).fine_tune_layers is FineTuneLayers.ALL

    def phases(self, config: Config, sizes: Sizes) -> list[Phase]:
        own = self.options_of(config)
        steps = own.fine_tune_steps + round(own.fine_tune_steps_per_label * sizes.target)
        return [Phase("update", steps, 1)]
