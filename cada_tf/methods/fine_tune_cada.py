"""fine-tune+cada: fine-tuning and CADA, averaged."""

from cada_tf.methods.method import Method, Target
from cada_tf.methods.registry import register


@register
class FineTuneAndCada(Method):
    """The mean of the class probabilities of a fine-tuned network and of one of CADA's."""

    name = "fine-tune+cada"
    label = "fine-tune + CADA"
    related = True
    source = True
    target = Target.EXAMPLES
    mixes_domains = True
    separates_sources = True
    network = None
    averages = ("fine-tune", "cada")
