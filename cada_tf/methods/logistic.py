"""logistic-source, logistic-labels, logistic-pooled: logistic regression beside the networks."""

import dataclasses
from typing import TYPE_CHECKING

from cada_tf.config import Config, option
from cada_tf.methods.classical import Classical
from cada_tf.methods.method import Target
from cada_tf.methods.registry import register

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression


@dataclasses.dataclass(frozen=True)
class LogisticOptions:
    """The options of logistic regression."""

    logistic_c: float = option(
        1.0,
        "C of logistic regression, the inverse of the weight of its L2 penalty.",
        low=1e-6,
        tried=(0.01, 0.1, 1.0, 10.0),
    )


@dataclasses.dataclass(frozen=True)
class LogisticPooledOptions(LogisticOptions):
    """The options of logistic regression on both domains."""

    logistic_share: float = option(
        0.5,
        "Share of the weight that the labelled target examples have together in logistic-pooled.",
        low=0,
        high=1,
        tried=(0.2, 0.5, 0.8),
    )


class Logistic(Classical):
    """Logistic regression; of several classes, multinomial."""

    options = LogisticOptions

    def classifier(self, config: Config) -> "LogisticRegression":
        from sklearn.linear_model import LogisticRegression  # takes seconds to start

        return LogisticRegression(C=self.options_of(config).logistic_c, max_iter=10_000)


@register
class LogisticSource(Logistic):
    """On the source alone."""

    name = "logistic-source"
    source = True


@register
class LogisticLabels(Logistic):
    """On the few labelled target examples alone."""

    name = "logistic-labels"
    target = Target.EXAMPLES


@register
class LogisticPooled(Logistic):
    """On both domains."""

    name = "logistic-pooled"
    source = True
    target = Target.EXAMPLES
    options = LogisticPooledOptions
    share_option = "logistic_share"
