"""The systems that are trained and compared, one per file; importing them starts no TensorFlow.

To add one, subclass ``Method`` and decorate the class with ``register``, here or in a module of
your own (see CONTRIBUTING.md).
"""

# In the order of tables and legends, since each registers itself.
from cada_tf.methods import (  # noqa: F401, I001
    all_source,
    fine_tune,
    pooled,
    cada_eq2,
    fada,
    cada,
    cada_warm,
    cada_semi,
    cada_unlabelled,
    self_training,
    mean_teacher,
    dann,
    deep_coral,
    ccsa,
    dsne,
    autoencoder,
    all_source_prior,
    logistic,
    svm,
    committees,
    kmm,
    ulsif,
    mlp_labels,
    label_target,
    all_target,
)

from cada_tf.config import Choice, Config, option
from cada_tf.methods.fingerprint import fingerprint
from cada_tf.methods.grid import make_cells, per_class, sizes_of
from cada_tf.methods.method import Answers, Method, Phase, Sizes, Target
from cada_tf.methods.options import Option, all_options, config_of, make_config, option_values
from cada_tf.methods.registry import (
    METHODS,
    get_method,
    load_entry_points,
    load_method_modules,
    makes_network,
    register,
)

__all__ = [
    "METHODS",
    "Answers",
    "Choice",
    "Config",
    "Method",
    "Option",
    "Phase",
    "Sizes",
    "Target",
    "all_options",
    "config_of",
    "fingerprint",
    "get_method",
    "load_method_modules",
    "make_cells",
    "make_config",
    "makes_network",
    "option",
    "option_values",
    "per_class",
    "register",
    "sizes_of",
]

load_entry_points()
