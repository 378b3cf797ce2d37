"""fine-tune+cada: fine-tuning and CADA, averaged."""

from cada_tf.methods.method import Method, Target
from cada_tf.methods.registry import register


@register
class FineTuneAndCada(Method):
    """A fine-tuned network and one of CADA's side by side: the mean of their logits.

    The probabilities of the classes are the normalised geometric mean of the two networks'.
    """

    name = "fine-tune+cada"
    label = "fine-tune + CADA"
    related = True
    source = True
    target = Target.EXAMPLES
    mixes_domains = True
    separates_sources = True
    network = None
    averages = ("fine-tune", "cada")
