"""The config in a model file, checked: names, numbers and text of known types and sizes."""

import itertools
import json
import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from packaging.version import Version

from cada_tf.audio.feature_digest import SIZE
from cada_tf.audio.feature_set import DEFAULT_FEATURE_SET, FeatureConfig
from cada_tf.config import Normalisation
from cada_tf.errors import InputError
from cada_tf.recogniser.checks import require
from cada_tf.recogniser.digests import MAX_DIGESTS

FORMAT = 1
"""Of what ``models.RecogniserNetwork`` keeps in its config."""
NAMES = ("classes", "features", "hidden", "domains", "measured", "valence", "card", "format")
MAX_WEIGHTS = 1 << 24
"""Numbers in all weights: 64 MB. The paper's network of 62 → 256 → 4 has 17 thousand."""
MAX_LAYERS = 32
MAX_WIDTH = 1 << 16
"""Of a layer; and so many names there may be of a kind."""
MAX_NAME = 1000
"""Characters of a name."""
MAX_CARD = 1 << 20
"""Characters of a card, of which most have a few thousand."""
MAX_RATE = 768_000
"""Hz; see ``audio.decoding``."""
PLAIN_NAME = r"\w[\w.:+-]{0,99}"
"""Of a feature set, and its version: part of a file's name, and of a command to install it."""


class ModelConfig(NamedTuple):
    """What a config says.

    Attributes:
        fields: arguments of a ``Classifier``, all but the numbers.
        shapes: of the weights, in the order of ``models.RecogniserNetwork``.
    """

    fields: dict[str, object]
    shapes: list[tuple[int, ...]]


def parse(text: bytes) -> ModelConfig:
    """The checked contents of ``config.json``.

    Raises:
        InputError: it was made by a later version of this package.
        ValueError, TypeError, KeyError, AttributeError, RecursionError: it is not the config of a
            ``models.RecogniserNetwork``.
    """
    whole = json.loads(text)
    name = whole["registered_name"]
    require(name == "cada_tf>RecogniserNetwork", "another kind of model")
    return check(whole["config"])


def check(config: Mapping[str, object]) -> ModelConfig:
    """As ``parse``, of what ``models.RecogniserNetwork.get_config`` returns."""
    check_format(config["format"])
    classes, features, hidden, domains, measured, valence, card = (config[n] for n in NAMES[:-1])
    check_names(classes, fewest=2)
    check_names(features, fewest=1)
    check_names(list(valence), fewest=0)
    known = {None, *classes}
    require(all(name in known for name in valence.values()), "emotions of unknown classes")
    require(isinstance(card, str) and len(card) <= MAX_CARD, "a card that is no text, or too long")
    card.encode()
    fields = {
        "classes": tuple(classes),
        "features": tuple(features),
        "feature_config": None if measured is None else feature_config(measured),
        "valence": dict(valence),
        "card": card,
        "trained_on": split_digests(config.get("trained_on", "")),  # older files have none
        "by_speaker": flag(config.get("by_speaker", False)),  # nor this
        "normalisation": normalisation(config.get("normalisation", "min-max")),  # nor this
    }
    return ModelConfig(fields, weight_shapes(len(features), hidden, domains, len(classes)))


def check_format(version: object) -> None:
    """Refuses another format.

    Raises:
        InputError: it is a later one.
        ValueError: it is none.
    """
    if isinstance(version, int) and FORMAT < version < 1000:
        raise InputError(
            f"expected a file of format {FORMAT} or earlier, found {version}, of a later cada_tf. "
            "pip install --upgrade cada-tf."
        )
    require(version == FORMAT, "no format number")


def check_names(names: list, fewest: int) -> None:
    """Refuses names that are too few, too many, too long, no text or not distinct."""
    require(isinstance(names, list) and fewest <= len(names) <= MAX_WIDTH, "too few or many names")
    # First of all, as numbers may be chosen so that a set of them takes forever.
    require(all(isinstance(name, str) for name in names), "names that are no text")
    require(all(len(name) <= MAX_NAME for name in names), "names that are too long")
    require(len(set(names)) == len(names), "the same name twice")
    "".join(names).encode()  # raises for half a character, which could not be written out


def feature_config(measured: dict[str, str | int]) -> FeatureConfig:
    """The feature set, of what ``keras_network.describe_features`` returns."""
    kinds = {"feature_set": str, "opensmile": str, "sampling_rate": int}
    require({k: type(v) for k, v in measured.items()} == kinds, "a strange measurement")
    config = FeatureConfig(*(measured[key] for key in kinds))
    for name in (config.feature_set, config.version):
        require(re.fullmatch(PLAIN_NAME, name, re.ASCII), "features of a strange name or version")
    if config.feature_set == DEFAULT_FEATURE_SET:
        Version(config.version)  # raises; for a command with it is shown
    require(0 <= config.sampling_rate <= MAX_RATE, "a strange sampling rate")
    return config


def flag(value: object) -> bool:
    """A value that is true or false."""
    require(isinstance(value, bool), "something else in the place of true or false")
    return value


def normalisation(value: object) -> Normalisation:
    """The normalisation of a name.

    Raises:
        ValueError: there is none of it.
    """
    require(value in list(Normalisation), "an unknown normalisation")
    return Normalisation(value)


def split_digests(text: str) -> frozenset[str]:
    """The digests of the training's examples, which a config holds one after the other."""
    require(isinstance(text, str) and len(text) <= SIZE * MAX_DIGESTS, "too many digests")
    require(re.fullmatch(f"([0-9a-f]{{{SIZE}}})*", text, re.ASCII), "strange digests")
    return frozenset(text[i : i + SIZE] for i in range(0, len(text), SIZE))


def weight_shapes(
    features: int, hidden: list[int], domains: int, classes: int
) -> list[tuple[int, ...]]:
    """The shapes of the weights in the order of ``models.RecogniserNetwork``."""
    require(isinstance(hidden, list) and len(hidden) > 0, "no hidden layer")
    require(len(hidden) <= MAX_LAYERS, f"{len(hidden)} hidden layers")
    for width in (*hidden, domains):
        require(type(width) is int and 0 < width <= MAX_WIDTH, "a strange width")
    widths = [features, *hidden, domains * classes]
    layers = [shape for i, o in itertools.pairwise(widths) for shape in ((i, o), (1, o))]
    shapes = [(features,), (features,), (), *layers]
    count = sum(map(math.prod, shapes))
    require(count <= MAX_WEIGHTS, f"{count} weights")
    return shapes
