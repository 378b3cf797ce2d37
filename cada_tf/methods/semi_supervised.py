"""What methods have in common that train on unlabelled target utterances, too."""

from cada_tf.config import option
from cada_tf.methods.method import Method, Target


def ramp_option(weight: str = "that weight") -> int:
    """The option of ``layers.Ramp``; ``weight`` is what it speaks of."""
    return option(
        200,
        f"Mini-batches in which {weight} grows to 99 % of itself; 0: it is there at once.",
        low=0,
        tried=(0, 200, 1000),
    )


class SemiSupervisedMethod(Method):
    """Trains on the source, few labels or none, and the target's other utterances."""

    related = True
    source = True
    target = Target.EXAMPLES
    unlabelled = True
    fewest_per_class = 0
    mixes_domains = True
