"""cada-unlabelled: CADA without a label of the target, the paper's ongoing work (Section 5)."""

from cada_tf.methods.cada_semi import CadaSemi
from cada_tf.methods.method import Target
from cada_tf.methods.registry import register


@register
class CadaUnlabelled(CadaSemi):
    """Eqs. (2) and (3) on the source and on pseudo-labels of the target."""

    name = "cada-unlabelled"
    label = "CADA-unlabelled"
    target = Target.NONE
