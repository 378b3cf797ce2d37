from .corpora import CORPORA, Options, load_corpus
from .domain_class import Domain, decode, relabel, swap
from .errors import InputError
from .features import FEATURE_NAMES, add_features
from .models import CADA, FADA, MLP, FusedAdam
from .pairs import PairStream
from .protocol import make_problem
from .scaling import scale_to

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
