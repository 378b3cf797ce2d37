"""The settings of TensorFlow that results and users depend on, made before it starts.

* oneDNN's matrix products are up to five times as fast on the narrow matrices of these networks,
  and a third of all training time; their last bits differ from those of TensorFlow's own. By
  itself TensorFlow takes them on some processors only.
* One thread: with more, how a matrix product is divided depends on the size of the stack, and so
  do its last bits. Work is spread over processes instead.
* Without messages: TensorFlow 2.21 writes start-up lines to the standard error whatever
  ``TF_CPP_MIN_LOG_LEVEL`` is. Who wants to see them sets that variable to 0.

What the user has set in the environment, and a TensorFlow that runs already, stay as they are.
Programs alone do without the user's settings of Keras.
"""

import contextlib
import logging
import os
import sys
from collections.abc import Iterator

from cada_tf.errors import InputError

ENVIRONMENT = {"TF_ENABLE_ONEDNN_OPTS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
"""Variables that TensorFlow reads when it is imported → their value unless the user sets one."""

KERAS = {"KERAS_BACKEND": "tensorflow", "KERAS_HOME": os.devnull}
"""Likewise of Keras, for programs: without the user's keras.json, which may say float64."""

log = logging.getLogger("cada_tf")


def configure_program() -> None:
    """As ``configure``, of a process that is ours: the user's settings of Keras do not count."""
    os.environ.update(KERAS)
    configure()


def configure() -> None:
    """Sets the environment of this process and its children, before TensorFlow starts.

    It does not import TensorFlow, so that what does without it starts at once.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def start_tensorflow() -> None:
    """Imports TensorFlow, configured and without its messages, if nobody has imported it yet.

    Raises:
        InputError: Keras is set to another backend, or to another type than float32.
    """
    try:
        if "tensorflow" not in sys.modules:
            configure()
            wanted = os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
            with contextlib.nullcontext() if wanted else standard_error_closed():
                import tensorflow  # noqa: F401
        import keras

        found = keras.config.backend(), keras.config.floatx()
    except (ImportError, ValueError) as error:  # a backend that is not installed, or unknown
        found = (str(error),)
    if found != ("tensorflow", "float32"):
        raise InputError(
            f"expected Keras on TensorFlow with float32, found {', '.join(found)}. Set "
            "KERAS_BACKEND=tensorflow before it is imported, and keras.config.set_floatx('float32')"
        )


def limit_threads() -> None:
    """Gives TensorFlow one thread, unless it has done its first operation: then it may warn."""
    start_tensorflow()
    from tensorflow import config

    try:
        config.threading.set_intra_op_parallelism_threads(1)
        config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        if config.threading.get_intra_op_parallelism_threads() != 1:
            log.warning(
                "TensorFlow has started with several threads in this process: results may differ "
                "in their last bits from those of worker processes."
            )


@contextlib.contextmanager
def standard_error_closed() -> Iterator[None]:
    """Discards what libraries write to file descriptor 2; exceptions pass."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
