"""Class-wise adversarial domain adaptation for speech emotion recognition."""

from cada_tf import startup  # noqa: F401  # before anything that imports TensorFlow
from cada_tf.corpora import CORPORA, Options, load_corpus
from cada_tf.domain_class import Domain, decode, relabel, swap
from cada_tf.errors import InputError
from cada_tf.features import FEATURE_NAMES, add_features
from cada_tf.models import CADA, FADA, MLP, FusedAdam
from cada_tf.pairs import PairStream
from cada_tf.protocol import make_problem
from cada_tf.scaling import scale_to

__all__ = [
    "CADA",
    "CORPORA",
    "FADA",
    "FEATURE_NAMES",
    "MLP",
    "Domain",
    "FusedAdam",
    "InputError",
    "Options",
    "PairStream",
    "add_features",
    "decode",
    "load_corpus",
    "make_problem",
    "relabel",
    "scale_to",
    "swap",
]
