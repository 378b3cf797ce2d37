"""fada: few-shot adversarial domain adaptation (Motiian et al. 2017), the paper's rival [6]."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from cada_tf.config import Config, option
from cada_tf.methods.method import Method, Phase, Sizes, Target
from cada_tf.methods.registry import register
from cada_tf.protocol.pairs import Group, PairStream


@dataclasses.dataclass(frozen=True)
class FadaOptions:
    """The options of FADA, most of which its authors do not give."""

    fada_gamma: float = option(
        0.05,
        "FADA's γ, the weight of confusing its discriminator. Its authors do not give it; public "
        "re-implementations use 0.2.",
        low=0,
        tried=(0.05, 0.2, 1.0),
    )
    fada_pairs: int = option(
        256,
        "FADA's pairs of each group in an epoch; 0: as many as there are labelled target examples, "
        "as in public re-implementations.",
        low=0,
    )
    fada_discriminator_epochs: int = option(
        100,
        "Epochs of FADA's step 2, in which its discriminator alone is trained.",
        low=1,
    )
    fada_epochs: int = option(
        150,
        "Epochs of FADA's step 3, in which encoder and predictor adapt.",
        low=1,
    )
    fada_refreshes: int = option(
        1,
        "Updates of FADA's discriminator after each one of encoder and predictor in step 3, so "
        "that steps 2 and 3 alternate; 0 leaves it as step 2 did.",
        low=0,
        tried=(0, 1),
    )
    fada_discriminator: tuple[int, ...] = option(
        (64, 64),
        "Units of each ReLU layer of FADA's discriminator.",
        low=1,
    )


@register
class Fada(Method):
    """FADA's steps 2 and 3; step 1 is all-source."""

    name = "fada"
    label = "FADA"
    in_paper = True
    source = True
    target = Target.EXAMPLES
    starts_from = "all-source"
    stops_early = False
    options = FadaOptions
    network = "cada_tf.models.fada:FADA"
    losses: ClassVar = {"discriminator_loss": "LD of FADA"}

    def arguments(self, config: Config) -> dict[str, Any]:
        own = self.options_of(config)
        return {
            "discriminator_hidden": own.fada_discriminator,
            "gamma": own.fada_gamma,
            "refreshes": own.fada_refreshes,
        }

    def learning_rates(self, config: Config) -> tuple[float, ...]:
        return (config.learning_rate,) * 2

    def phases(self, config: Config, sizes: Sizes) -> list[Phase]:
        own, (steps, _) = self.options_of(config), self.batches(config, sizes)
        return [
            Phase("discriminate", steps, own.fada_discriminator_epochs),
            Phase("update", steps, own.fada_epochs),
        ]

    def stream(
        self, categories: np.ndarray, kept: np.ndarray, classes: int, config: Config, sizes: Sizes
    ) -> Callable[[np.random.Generator], PairStream]:
        del kept  # nothing is held out
        _, quadruples = self.batches(config, sizes)
        balance = config.class_balance
        return functools.partial(PairStream, categories, classes, quadruples, balance=balance)

    def batches(self, config: Config, sizes: Sizes) -> tuple[int, int]:
        """Mini-batches in an epoch, and the pairs of each group in one of them.

        They are the fewest that hold at most ``batch_size`` pairs of all four groups.
        """
        pairs = self.options_of(config).fada_pairs or sizes.target
        steps = -(-len(Group) * pairs // config.batch_size)
        return steps, -(-pairs // steps)
