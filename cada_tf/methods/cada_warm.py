"""cada-warm: CADA from the networks of all-source; the paper's starts from random weights."""

from cada_tf.methods.cada import Cada
from cada_tf.methods.registry import register


@register
class CadaWarm(Cada):
    """CADA that starts from the network of all-source."""

    name = "cada-warm"
    label = "CADA, warm start"
    in_paper = False
    starts_from = "all-source"
