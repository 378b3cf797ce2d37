"""svm-source, svm-labels, svm-pooled: the support vector machine beside the networks."""

import dataclasses
from typing import TYPE_CHECKING

from cada_tf.config import Config, option
from cada_tf.methods.classical import Classical
from cada_tf.methods.method import Target
from cada_tf.methods.registry import register

if TYPE_CHECKING:
    from sklearn.svm import SVC


@dataclasses.dataclass(frozen=True)
class SvmOptions:
    """The options of the support vector machine."""

    svm_c: float = option(
        10.0, "C of the SVM, its cost of errors.", low=1e-6, tried=(0.1, 1.0, 10.0)
    )
    svm_gamma: float = option(
        0.0,
        "γ of the SVM's kernel exp(−γ d²); 0: 1 / (number of features × their variance).",
        low=0,
        tried=(0.0, 0.003, 0.01, 0.03),
    )


@dataclasses.dataclass(frozen=True)
class SvmPooledOptions(SvmOptions):
    """The options of the support vector machine on both domains."""

    svm_share: float = option(
        0.8,
        "Share of the weight that the labelled target examples have together in svm-pooled.",
        low=0,
        high=1,
        tried=(0.2, 0.5, 0.8),
    )


class Svm(Classical):
    """A support vector machine with a Gaussian (RBF) kernel."""

    options = SvmOptions

    def classifier(self, config: Config) -> "SVC":
        from sklearn.svm import SVC  # takes seconds to start

        own = self.options_of(config)
        return SVC(C=own.svm_c, kernel="rbf", gamma=own.svm_gamma or "scale")


@register
class SvmSource(Svm):
    """On the source alone."""

    name = "svm-source"
    label = "SVM-source"
    source = True


@register
class SvmLabels(Svm):
    """On the few labelled target examples alone."""

    name = "svm-labels"
    label = "SVM-labels"
    target = Target.EXAMPLES


@register
class SvmPooled(Svm):
    """On both domains."""

    name = "svm-pooled"
    label = "SVM-pooled"
    source = True
    target = Target.EXAMPLES
    options = SvmPooledOptions
    share_option = "svm_share"
