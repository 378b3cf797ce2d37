from .adapter import Adapter
from .corpora import CORPORA, Options, load_corpus
from .domain_class import Domain, decode, relabel, swap
from .errors import InputError
from .features import FEATURE_NAMES, add_features
from .model_file import load
from .models import CADA, FADA, MLP, FusedAdam
from .pairs import PairStream
from .protocol import make_problem
from .readings import Readings
from .recogniser import Measurement, Recogniser
from .scaling import scale_to

__all__ = [
    "CADA",
    "CORPORA",
    "FADA",
    "FEATURE_NAMES",
    "MLP",
    "Adapter",
    "Domain",
    "FusedAdam",
    "InputError",
    "Measurement",
    "Options",
    "PairStream",
    "Readings",
    "Recogniser",
    "add_features",
    "decode",
    "load",
    "load_corpus",
    "make_problem",
    "relabel",
    "scale_to",
    "swap",
]
