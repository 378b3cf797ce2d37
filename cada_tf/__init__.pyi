from .adaptation.adapter import Adapter
from .adaptation.target_folds import TargetFolds
from .audio.feature_set import FeatureConfig
from .audio.features import FEATURE_NAMES, add_features
from .config import Config
from .corpora import CORPORA, Options, load_corpus
from .errors import InputError
from .methods import make_config
from .models import CADA, FADA, MLP, FusedAdam
from .protocol.domain_class import Domain, decode, relabel, swap
from .protocol.pairs import PairStream
from .protocol.problem import make_problem
from .protocol.scaling import scale_to
from .recogniser.recogniser import Recogniser, load

__all__ = [
    "CADA",
    "CORPORA",
    "FADA",
    "FEATURE_NAMES",
    "MLP",
    "Adapter",
    "Config",
    "Domain",
    "FeatureConfig",
    "FusedAdam",
    "InputError",
    "Options",
    "PairStream",
    "Recogniser",
    "TargetFolds",
    "add_features",
    "decode",
    "load",
    "load_corpus",
    "make_config",
    "make_problem",
    "relabel",
    "scale_to",
    "swap",
]

# Deprecated; see cada_tf.deprecated.
Measurement = FeatureConfig
Readings = make_config
