"""Class-wise adversarial domain adaptation for speech emotion recognition."""

from cada_tf.domain_class import Domain, decode, relabel, swap
from cada_tf.models import CADA, MLP, FusedAdam

__all__ = ["CADA", "MLP", "Domain", "FusedAdam", "decode", "relabel", "swap"]
