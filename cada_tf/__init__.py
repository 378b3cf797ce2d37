"""Class-wise adversarial domain adaptation for speech emotion recognition.

The names that ``__init__.pyi`` lists are imported when they are first used, since TensorFlow,
which not all of them need, takes seconds to start.
"""

import contextlib
import importlib
import os
import sys

import lazy_loader
import wrapt

from cada_tf import deprecated
from cada_tf.errors import InputError

# Results depend on it (see cada_tf.startup), and TensorFlow reads it when it is imported, which a
# user may do before anything here needs it.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

lazy_attribute, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    if name in deprecated.RENAMED:
        return deprecated.resolve(name, lazy_attribute)
    return lazy_attribute(name)


@wrapt.when_imported("keras")
def register(_keras: object) -> None:
    """Makes our models known to Keras, so that ``keras.models.load_model`` finds them."""
    models = importlib.import_module(f"{__name__}.models")
    begun = {name for name in sys.modules if name.startswith(f"{models.__name__}.")}
    # A module of theirs that imports Keras itself cannot be used by the others yet.
    if not begun - {f"{models.__name__}.forward"}:
        with contextlib.suppress(InputError):  # settings of Keras that only these mind
            for name in models.__all__:
                getattr(models, name)
