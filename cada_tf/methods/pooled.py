"""pooled: a network trained on source and target examples alike; not in the paper."""

from cada_tf.methods.method import Method, Target
from cada_tf.methods.registry import register


@register
class Pooled(Method):
    """The base model on both domains: CADA without domains in its labels, and without Eq. (3)."""

    name = "pooled"
    source = True
    target = Target.EXAMPLES
    mixes_domains = True
