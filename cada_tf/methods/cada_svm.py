"""cada+svm-pooled+svm-labels: CADA and two support vector machines, averaged."""

from cada_tf.methods.method import Method, Target
from cada_tf.methods.registry import register


@register
class CadaAndSvm(Method):
    """A network of CADA's, an SVM on both domains and one on the labels alone.

    What tells more of a class, the source or the labels, depends on the corpora and on how many
    labels there are; a network and a kernel err on different utterances. The mean of their
    probabilities asks for no choice between them.
    """

    name = "cada+svm-pooled+svm-labels"
    label = "CADA + SVMs"
    related = True
    source = True
    target = Target.EXAMPLES
    mixes_domains = True
    separates_sources = True
    network = None
    makes_network = False  # an SVM is none
    averages = ("cada", "svm-pooled", "svm-labels")
