"""kmm, svm-kmm: the source weighted by kernel mean matching, as [3] did between Aibo's schools."""

import dataclasses
from collections.abc import Callable

import numpy as np

from cada_tf.config import Config, option
from cada_tf.methods.method import Method
from cada_tf.methods.registry import register
from cada_tf.methods.svm import Svm, SvmOptions
from cada_tf.protocol.gaussian_kernel import gamma_of
from cada_tf.protocol.kmm import KernelMeanMatching


@dataclasses.dataclass(frozen=True)
class KmmOptions:
    """The options of kernel mean matching."""

    kmm_bound: float = option(
        10.0,
        "B, the largest weight that KMM gives an example. Its authors take 1000, by which a "
        "hundredth of a source of thousands has all the weight.",
        low=1,
        tried=(3.0, 10.0, 100.0, 1000.0),
    )
    kmm_width: float = option(
        1.0,
        "σ of KMM's Gaussian kernel, as a multiple of the median distance in the source.",
        low=1e-3,
        tried=(0.3, 1.0, 3.0),
    )
    kmm_part: int = option(
        4000,
        "Source examples that KMM weights at a time; more are divided into parts, each weighted by "
        "itself. Time and memory grow with the square.",
        low=1,
    )


class KmmWeights(Method):
    """Weights by kernel mean matching from all unlabelled utterances of the training folds."""

    related = True
    source = True
    unlabelled = True
    draws_unlabelled = False

    def importance(self, source: np.ndarray, config: Config) -> Callable[[np.ndarray], np.ndarray]:
        own = self.options_of(config)
        gamma = gamma_of(source, own.kmm_width)
        matching = KernelMeanMatching(source, gamma=gamma, bound=own.kmm_bound, part=own.kmm_part)
        return matching.weights


@register
class Kmm(KmmWeights):
    """The base model on the weighted source; no label of the target is used."""

    name = "kmm"
    label = "KMM"
    options = KmmOptions


@dataclasses.dataclass(frozen=True)
class SvmKmmOptions(SvmOptions, KmmOptions):
    """The options of a support vector machine behind kernel mean matching."""


@register
class SvmKmm(KmmWeights, Svm):
    """The support vector machine on the weighted source."""

    name = "svm-kmm"
    label = "SVM-KMM"
    options = SvmKmmOptions
