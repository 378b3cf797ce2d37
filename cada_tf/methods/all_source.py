"""all-source: a network trained on the source alone (Section 4.2)."""

from cada_tf.methods.method import Method
from cada_tf.methods.registry import register


@register
class AllSource(Method):
    """The base model, trained on the whole source; no target utterance is used."""

    name = "all-source"
    in_paper = True
    source = True
