"""Methods that answer together: what tells more of a class is not known beforehand.

The source or the labels, one objective or another, a network or a kernel: it depends on the corpora
and on how many labels there are. Those that differ err on different utterances, and their mean asks
for no choice between them.
"""

from cada_tf.methods.method import Method, Target
from cada_tf.methods.registry import register


class Committee(Method):
    """The mean of what several methods answer, at the same few labels."""

    related = True
    source = True
    target = Target.EXAMPLES
    mixes_domains = True
    separates_sources = True
    network = None


@register
class FineTuneAndCada(Committee):
    """Networks that were fine-tuned and adapted by CADA: the mean of their logits.

    The probabilities of the classes are the normalised geometric mean of the two networks'.
    """

    name = "fine-tune+cada"
    label = "fine-tune + CADA"
    averages = ("fine-tune", "cada")


@register
class CadaAndSvm(Committee):
    """A network of CADA's and two SVMs, on both domains and on the labels alone.

    The mean of their probabilities.
    """

    name = "cada+svm-pooled+svm-labels"
    label = "CADA + SVMs"
    averages = ("cada", "svm-pooled", "svm-labels")
