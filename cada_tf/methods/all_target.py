"""all-target: a network trained on all training folds of the target (Section 4.2)."""

from cada_tf.methods.method import Method, Target
from cada_tf.methods.registry import register


@register
class AllTarget(Method):
    """The base model, trained on the target with all labels of the training folds."""

    name = "all-target"
    in_paper = True
    target = Target.ALL
