"""Class-wise adversarial domain adaptation for speech emotion recognition.

The names that ``__init__.pyi`` lists are imported when they are first used, since TensorFlow,
which not all of them need, takes seconds to start.
"""

import importlib
import os

import lazy_loader
import wrapt

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # see cada_tf.startup

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


@wrapt.when_imported("keras")
def register(keras: object) -> None:
    """Makes our models known to Keras, so that ``keras.models.load_model`` finds them."""
    for name in ("cada", "fada", "recogniser_network"):
        importlib.import_module(f"{__name__}.models.{name}")
