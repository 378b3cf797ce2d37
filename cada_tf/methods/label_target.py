"""label-target: a network trained on the few labelled target examples alone (Section 4.2)."""

from cada_tf.methods.method import Method, Target
from cada_tf.methods.registry import register


@register
class LabelTarget(Method):
    """The base model, trained on the few labelled target examples."""

    name = "label-target"
    in_paper = True
    target = Target.EXAMPLES
    # "only introduced when there are over 10 examples per class in the target domain"
    fewest_per_class = 11
