"""openSMILE's feature sets, the paper's among them, and safe beside TensorFlow."""

import ctypes
import functools
import hashlib
import importlib.util
import os
import re
import warnings
from pathlib import Path

import numpy as np

from cada_tf.audio.feature_set import FEATURE_SETS, FeatureConfig, plain_name
from cada_tf.errors import InputError
from cada_tf.text import one_line


def bind_to_itself() -> None:
    """Loads openSMILE's library so that it uses its own symbols before anyone else's.

    openSMILE and TensorFlow export symbols of the same names. A process that has
    imported TensorFlow first dies in openSMILE's first call ("malloc(): invalid size"),
    unless openSMILE is bound to its own. Systems without RTLD_DEEPBIND (macOS, Windows)
    bind so anyway.
    """
    package = importlib.util.find_spec("opensmile")
    if package is None or not hasattr(os, "RTLD_DEEPBIND"):
        return
    for library in Path(package.origin).parent.glob("core/bin/*/libSMILEapi.so"):
        ctypes.CDLL(str(library), mode=os.RTLD_NOW | os.RTLD_DEEPBIND)


bind_to_itself()

import opensmile  # noqa: E402

FEATURE_SET = opensmile.FeatureSet.GeMAPSv01b
VERSION = opensmile.__version__


TERMS = (
    "openSMILE, which measures the functionals, is free for research and other non-commercial use "
    "only"
)
NAME = "opensmile"
CONF = ".conf"
INCLUDED = re.compile(r"\\\{([^\\{}?]+)\}")
"""How a configuration includes another file, relative to its folder: ``\\{frames.conf.inc}``."""


class OpenSmileSet:
    """A set of functionals that openSMILE measures; a ``FeatureSet``.

    Args:
        feature_set: openSMILE's set, or the path of a configuration of the user's.
        sampling_rate: in Hz, to which audio is resampled; 0 keeps each file's own, with which
            several functionals move (jitter and shimmer most).
        config: what identifies it; of openSMILE's own sets their name and its version.
    """

    min_duration = 0.06
    """Seconds. openSMILE has no value for any functional of less."""

    def __init__(
        self,
        feature_set: opensmile.FeatureSet | str,
        sampling_rate: int = 0,
        config: FeatureConfig | None = None,
    ) -> None:
        own = isinstance(feature_set, str)
        with warnings.catch_warnings():
            # openSMILE calls v01b superseded; it is the version of the paper's [15].
            warnings.simplefilter("ignore")
            self.smile = opensmile.Smile(
                feature_set,
                "func" if own else opensmile.FeatureLevel.Functionals,
                sampling_rate=sampling_rate or None,
                resample=sampling_rate != 0,
            )
        self.config = config or FeatureConfig(feature_set.name, VERSION, sampling_rate)
        self.names = tuple(self.smile.feature_names)

    def __call__(self, signal: np.ndarray, rate: int) -> np.ndarray:
        """The functionals of a recording or a segment, NaN if it is too short for any.

        Args:
            signal: samples ``[channels, samples]``, float32 in [-1, 1]; their mean is measured.
            rate: sampling rate in Hz.

        Returns:
            ``[F]``, float32.
        """
        # openSMILE's own mixdown takes the first channel alone unless it is told their number.
        return self.smile(signal.mean(0, keepdims=True), rate).reshape(-1).astype(np.float32)


def make(argument: str, sampling_rate: int) -> OpenSmileSet:
    """The set of ``opensmile:FILE.conf``, or of ``opensmile:NAME`` with a name of openSMILE's.

    Args:
        argument: a configuration that has the level ``func``, as openSMILE's own for Python have.
        sampling_rate: in Hz, to which audio is resampled; 0 for each file's own.

    Raises:
        InputError: there is no such set or file, or openSMILE cannot use it.
    """
    if argument in opensmile.FeatureSet.__members__:
        return OpenSmileSet(opensmile.FeatureSet[argument], sampling_rate)
    path = Path(argument).expanduser().resolve()
    if path.suffix != CONF or not path.is_file():
        raise InputError(
            f"{NAME}:{argument}: expected a file .conf, or a set of "
            f"{', '.join(opensmile.FeatureSet.__members__)}; found none. Check the path.",
            option="features",
        )
    name = f"{NAME}:{plain_name(path.stem)}"
    version = f"{VERSION}+{digest_of(path)[:12]}"
    try:
        found = OpenSmileSet(str(path), sampling_rate, FeatureConfig(name, version, sampling_rate))
    except Exception as error:  # openSMILE's own, and of its parser
        raise unusable(argument, one_line(str(error), 300) or type(error).__name__) from error
    if not found.names:
        raise unusable(argument, "no features")
    return found


def unusable(argument: str, found: str) -> InputError:
    """The error for a configuration that openSMILE makes no functionals of."""
    return InputError(
        f"{NAME}:{argument}: expected a configuration of functionals (level func) that openSMILE "
        f"can use, found: {found}. Mend the file.",
        option="features",
    )


def digest_of(path: Path, seen: frozenset[Path] = frozenset()) -> str:
    """A number, hexadecimal, that changes with a configuration and with what it includes."""
    text = path.read_bytes()
    digest = hashlib.sha256(text)
    for name in INCLUDED.findall(text.decode("utf-8", "replace")):
        other = path.parent / name.strip()
        if other.is_file() and other not in seen:
            digest.update(digest_of(other, seen | {path}).encode())
    return digest.hexdigest()


def is_opensmiles(config: FeatureConfig | None) -> bool:
    """Whether features are those of openSMILE, of a set of its own or of a user's configuration."""
    if config is None:
        return False
    own = config.feature_set in opensmile.FeatureSet.__members__
    return own or config.feature_set.startswith(f"{NAME}:")


# In this order, as sets of several versions have the same names: the first is taken for them.
PREFERRED = ("GeMAPSv01b", "eGeMAPSv02", "ComParE_2016", "emobase")
for _name in (*PREFERRED, *opensmile.FeatureSet.__members__):
    FEATURE_SETS[_name] = functools.partial(OpenSmileSet, opensmile.FeatureSet[_name])

FEATURE_NAMES: tuple[str, ...] = OpenSmileSet(FEATURE_SET).names
"""Of the paper's 62 functionals, those of the default set."""
