"""What the rows of a run depend on, as run.json records it: with other values it is another run."""

from __future__ import annotations

from absl import flags

from cada_tf.audio.feature_set import FeatureConfig
from cada_tf.config import Config
from cada_tf.corpora.corpus import content_hash
from cada_tf.lazy import lazy_imports
from cada_tf.methods import METHODS, all_options, fingerprint, option_values

with lazy_imports():
    import pandas as pd

    from cada_tf.corpora import class_file

FLAGS = flags.FLAGS
CORPUS_FLAGS = ("classes", "negative", "positive", "drop", "emodb_extra", "audb_table")
CORPUS_FLAGS += (
    "sampling_rate",
    "skip_bad_files",
    "folds",
    "folds_by",
    "draw",
    "source_shares",
    "seed",
)
"""Flags, other than options of training, that rows depend on."""


def settings_of(config: Config) -> dict:
    """What rows depend on besides corpora and code: flag → value, as the flags would give it."""
    values = {name: FLAGS[name].value for name in CORPUS_FLAGS}
    values["classes"] = class_file.recorded_classes(FLAGS.classes)
    values |= recorded(config, packaged=True)
    del values["spread"]
    return values


def recorded(config: Config, *, packaged: bool) -> dict:
    """The options of training that the package declares, or those of methods outside of it."""
    options = all_options()
    return {
        name: [str(v) for v in value] if isinstance(value, tuple) else value
        for name, value in option_values(config).items()
        if options[name].packaged is packaged
    }


def method_sources() -> dict[str, str]:
    """Name → fingerprint of the source code of each method."""
    return {name: fingerprint(name) for name in METHODS}


def named_features(config: FeatureConfig) -> str:
    """The name of a feature set, with its version where it is not one of openSMILE's own.

    The version of openSMILE is among those of the libraries.
    """
    plain = config.feature_set.isidentifier()
    return config.feature_set if plain else f"{config.feature_set} {config.version}"


def describe(corpus: pd.DataFrame) -> str:
    """The corpus's name and size, and a number that changes with any speaker, class or feature."""
    return f"{corpus.attrs['name']} ({len(corpus)} utterances, {content_hash(corpus)})"
