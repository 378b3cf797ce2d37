"""all-source+prior: all-source's answers, corrected for the shares of the target's classes."""

import dataclasses

import numpy as np

from cada_tf.config import Choice, Config, option
from cada_tf.evaluation.class_prior import bbse_prior, correct_prior, em_prior
from cada_tf.methods.method import Answers, Method
from cada_tf.methods.registry import register


class PriorEstimate(Choice):
    """How the shares of the target's classes are estimated."""

    EM = "em"
    BBSE = "bbse"


@dataclasses.dataclass(frozen=True)
class PriorOptions:
    """The options of the correction."""

    prior_estimate: PriorEstimate = option(
        PriorEstimate.EM,
        "The shares of the target's classes are estimated by EM on the probabilities of its "
        "unlabelled utterances (Saerens et al. 2002), or by the classes predicted for them and the "
        "confusions on the source's held-out examples (bbse, Lipton et al. 2018).",
        tried=("em", "bbse"),
    )


@register
class AllSourcePrior(Method):
    """The networks of all-source; the shares are estimated on the training folds alone.

    It makes the most of accuracy. UA, to which all classes count the same, is best with answers
    for equal shares, as networks give them that were trained with balanced classes.
    """

    name = "all-source+prior"
    label = "all-source + prior"
    related = True
    source = True
    unlabelled = True
    starts_from = "all-source"
    stops_early = False
    network = None
    options = PriorOptions

    def adjust(self, answers: Answers, config: Config) -> np.ndarray:
        if self.options_of(config).prior_estimate is PriorEstimate.EM:
            prior = em_prior(answers.unlabelled, answers.trained)
        else:
            y_pred, y_held = (p.argmax(-1) for p in (answers.unlabelled, answers.held_out))
            classes = len(answers.trained)
            prior = bbse_prior(y_pred, y_held, answers.held_out_labels, classes)
        return correct_prior(answers.test, answers.trained, prior)
