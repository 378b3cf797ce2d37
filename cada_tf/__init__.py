"""Class-wise adversarial domain adaptation for speech emotion recognition."""

from cada_tf import quiet  # noqa: F401  # before anything that imports TensorFlow
from cada_tf.corpora import CORPORA, Options, load_corpus
from cada_tf.domain_class import Domain, decode, relabel, swap
from cada_tf.errors import InputError
from cada_tf.features import FEATURE_NAMES, add_features
from cada_tf.models import CADA, MLP, FusedAdam

__all__ = [
    "CADA",
    "CORPORA",
    "FEATURE_NAMES",
    "MLP",
    "Domain",
    "FusedAdam",
    "InputError",
    "Options",
    "add_features",
    "decode",
    "load_corpus",
    "relabel",
    "swap",
]
