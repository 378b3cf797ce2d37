"""ulsif, svm-ulsif: the source weighted by least-squares density ratios, as [3] did."""

import dataclasses
from collections.abc import Callable

import numpy as np

from cada_tf.config import Config, option
from cada_tf.methods.method import Method
from cada_tf.methods.registry import register
from cada_tf.methods.svm import Svm, SvmOptions
from cada_tf.protocol.gaussian_kernel import gamma_of
from cada_tf.protocol.rulsif import density_ratios


@dataclasses.dataclass(frozen=True)
class UlsifOptions:
    """The options of least-squares density ratios."""

    ulsif_alpha: float = option(
        0.0,
        "α of RuLSIF, whose ratio p_t / (α p_t + (1 − α) p_s) is at most 1/α; 0: uLSIF.",
        low=0,
        high=0.999999,
        tried=(0.0, 0.1, 0.5),
    )
    ulsif_penalty: float = option(
        0.0,
        "λ, the weight of uLSIF's penalty; 0: chosen by cross-validation.",
        low=0,
        tried=(0.0, 0.01, 0.1, 1.0),
    )
    ulsif_width: float = option(
        0.0,
        "σ of uLSIF's Gaussian kernels, as a multiple of the median distance in the target; 0: "
        "likewise.",
        low=0,
        tried=(0.0, 0.3, 1.0),
    )


class UlsifWeights(Method):
    """Weights by uLSIF or RuLSIF from all unlabelled utterances of the training folds."""

    related = True
    source = True
    unlabelled = True
    draws_unlabelled = False

    def importance(self, source: np.ndarray, config: Config) -> Callable[[np.ndarray], np.ndarray]:
        own = self.options_of(config)
        options = {"alpha": own.ulsif_alpha, "penalty": own.ulsif_penalty or None}

        def weights(target: np.ndarray) -> np.ndarray:
            gamma = gamma_of(target, own.ulsif_width) if own.ulsif_width else None
            return density_ratios(source, target, gamma=gamma, **options)

        return weights


@register
class Ulsif(UlsifWeights):
    """The base model on the weighted source; no label of the target is used."""

    name = "ulsif"
    label = "uLSIF"
    options = UlsifOptions


@dataclasses.dataclass(frozen=True)
class SvmUlsifOptions(SvmOptions, UlsifOptions):
    """The options of a support vector machine behind density ratios."""


@register
class SvmUlsif(UlsifWeights, Svm):
    """The support vector machine on the weighted source."""

    name = "svm-ulsif"
    label = "SVM-uLSIF"
    options = SvmUlsifOptions
