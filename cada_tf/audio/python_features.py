"""Features by a function of the user's, or by an ``audinterface.Feature``."""

import hashlib
import importlib.metadata
import threading
from collections.abc import Callable, Mapping
from types import ModuleType

import audinterface
import numpy as np

from cada_tf.audio.feature_set import FeatureConfig
from cada_tf.audio.resampling import to_mono
from cada_tf.errors import InputError
from cada_tf.user_modules import failed, import_module, neighbours, update_digest

NAME = "python"
PROBE_SECONDS = 1.0
"""Duration of the noise by which the number of a function's features is found."""
PROBE_RATE = 16_000


class PythonSet:
    """Features by a callable; a ``FeatureSet``.

    Args:
        function: takes samples ``[1, samples]``, float32, the mean of the channels, and their
            sampling rate in Hz; returns a vector ``[F]``, or a mapping of names to numbers. Or an
            ``audinterface.Feature``: frames are averaged, and its own sampling rate is taken.
        config: what identifies it.

    Raises:
        InputError: it fails on a second of noise, or returns no vector.
    """

    min_duration = 0.0

    def __init__(self, function: Callable, config: FeatureConfig) -> None:
        self.function = function
        # Nothing is known of the function: threads would have to be safe for any.
        self.lock = threading.Lock()
        if isinstance(function, audinterface.Feature):
            own_rate = function.process.sampling_rate
            config = config._replace(sampling_rate=own_rate or config.sampling_rate)
        self.config = config
        self.names = self.find_names()

    def __call__(self, signal: np.ndarray, rate: int) -> np.ndarray:
        """The features of a recording or a segment, ``[F]``, float32; see ``FeatureSet``."""
        result = self.call(signal, rate)
        if isinstance(result, Mapping):
            result = [result[name] for name in self.names]
        return np.asarray(result, np.float32).reshape(-1)

    def call(self, signal: np.ndarray, rate: int) -> np.ndarray | Mapping[str, float]:
        """What the function returns; of an ``audinterface.Feature`` the mean over the frames."""
        with self.lock:
            result = self.function(*to_mono(signal, rate, self.config.sampling_rate))
        if isinstance(self.function, audinterface.Feature):
            return np.mean(result, -1, dtype=np.float64)
        return result

    def find_names(self) -> tuple[str, ...]:
        """The function's own names of its features, or its name and a number for each."""
        rate = self.config.sampling_rate or PROBE_RATE
        noise = np.random.default_rng(0).normal(0, 0.1, (1, int(PROBE_SECONDS * rate)))
        place = self.config.feature_set
        try:
            result = self.call(noise.astype(np.float32), rate)
        except Exception as error:  # of code that is not ours
            raise failed(f"{place}: expected features of a second of noise", error) from error
        if isinstance(result, Mapping):
            return tuple(map(str, result))
        width = np.size(result)
        if not width or np.asarray(result).dtype.kind not in "biuf":
            raise InputError(
                f"{place}: expected a vector of numbers for a second of noise, found "
                f"{type(result).__name__} of {width} values. Return one number for each feature."
            )
        own = getattr(self.function, "feature_names", None)
        if own is not None and len(own) == width:
            return tuple(map(str, own))
        name = self.config.feature_set.rpartition(":")[2]
        return tuple(f"{name}-{i}" for i in range(width))


def make(argument: str, sampling_rate: int) -> PythonSet:
    """The set of ``python:MODULE:FUNCTION``.

    Args:
        argument: ``MODULE:FUNCTION``; the module is ``package.module`` or a file ``.py``.
        sampling_rate: in Hz, to which audio is resampled; 0 for each file's own.

    Raises:
        InputError: there is no such module or function, or it is none for features.
    """
    module_name, _, name = argument.rpartition(":")
    if not module_name or not name:
        raise InputError(
            f"expected {NAME}:MODULE:FUNCTION, found {NAME}:{argument}. Name a function "
            "(signal, sampling_rate) → vector.",
            option="features",
        )
    module = import_module(module_name, "feature module")
    function = getattr(module, name, None)
    if not callable(function):
        found = "nothing" if function is None else type(function).__name__
        raise InputError(
            f"feature module {module_name}: expected a function {name}, or an "
            f"audinterface.Feature, found {found}. Check the name."
        )
    config = FeatureConfig(f"{NAME}:{module.__name__}:{name}"[:100], version(module), sampling_rate)
    return PythonSet(function, config)


def version(module: ModuleType) -> str:
    """What changes with a module: the version of its package, and a digest of its code.

    The code is that of the module and of what it imports from its folder.
    """
    packages = importlib.metadata.packages_distributions()
    names = packages.get(module.__name__.partition(".")[0], [])
    release = importlib.metadata.version(names[0]) if names else "0"
    digest = hashlib.sha256()
    sources = {module, *neighbours(module)} if is_source(module) else set()
    for part in sorted(filter(is_source, sources), key=lambda part: part.__name__):
        update_digest(digest, part)
    return f"{release}+{digest.hexdigest()[:16]}"


def is_source(module: ModuleType) -> bool:
    """Whether a module is a file of Python code."""
    return str(getattr(module, "__file__", None)).endswith(".py")
