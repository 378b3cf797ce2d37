"""The flags that programs share, each defined once, and what they make."""

import dataclasses
import logging
import math
from collections.abc import Callable

import pandas as pd
from absl import flags

from cada_tf.apps.help import group
from cada_tf.audio.features import SAMPLING_RATE, add_features
from cada_tf.config import Reading, Readings
from cada_tf.corpora import Options, load_corpus
from cada_tf.corpora.corpus import class_counts
from cada_tf.errors import InputError
from cada_tf.protocol.problem import check_classes, check_disjoint

FLAGS = flags.FLAGS

log = logging.getLogger("cada_tf")

CORPUS_HELP = (
    "emodb:DIR, nemo:DIR, aibo-ohm:DIR, aibo-mont:DIR, table:FILE, audb:NAME@VERSION, or "
    "demo-children and demo-actors, which need no path."
)


def define_source_flag() -> None:
    """``--source``, which may be given more than once."""
    flags.DEFINE_multi_string(
        "source",
        None,
        f"NAME:PATH: the source corpus: {CORPUS_HELP} Given more than once: several.",
        required=True,
    )


def define_corpus_flags() -> None:
    """How corpora are read and their functionals measured."""
    with group("Reading the corpora"):
        flags.DEFINE_list(
            "negative",
            [],
            "Emotions of the negative class in table: and audb:; usual names are known.",
        )
        flags.DEFINE_list("positive", [], "Emotions of the positive class, likewise.")
        flags.DEFINE_list("drop", [], "Emotions to leave out.")
        flags.DEFINE_string(
            "aibo_labels",
            None,
            "PATH: Aibo's label file or a folder above it, if not by the audio.",
        )
        flags.DEFINE_bool("emodb_extra", False, "Take the 281 files that EMODB 2.0 added, too.")
        flags.DEFINE_string("audb_table", None, "NAME: the audb database's table of emotions.")
        flags.DEFINE_integer(
            "sampling_rate",
            SAMPLING_RATE,
            "Hz to which audio is resampled; 0 keeps each file's own, a domain shift in itself.",
            lower_bound=0,
        )
        flags.DEFINE_bool("skip_bad_files", False, "Leave out unusable recordings, naming each.")
    with group("Running"):
        flags.DEFINE_integer("jobs", None, "Processes and threads; one a core if not given.", 1)
        flags.DEFINE_string(
            "cache_dir",
            None,
            "DIR: where functionals, demo corpora and what cada-adapt judges itself by are kept; "
            "if not given $CADA_CACHE or the user's cache.",
        )


def corpus_options() -> Options:
    """The ``Options`` that the flags ask for."""
    values = {field.name: FLAGS[field.name].value for field in dataclasses.fields(Options)}
    return Options(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


def feature_options() -> dict:
    """The arguments of ``features.add_features`` that the flags ask for."""
    return {
        name: FLAGS[name].value for name in ("sampling_rate", "cache_dir", "jobs", "skip_bad_files")
    }


def define_readings_flags() -> None:
    """A flag for each field of ``Readings``."""
    for field in dataclasses.fields(Readings):
        methods = ", ".join(field.metadata["methods"]) or "all methods"
        with group(f"Readings of the paper for {methods}"):
            define_reading(field)
    flags.register_validator("held_out", lambda value: value < 1, "expected a share below 1")


def define_reading(field: dataclasses.Field) -> None:
    """The flag of a field of ``Readings``."""
    text, lowest = field.metadata["help"], field.metadata["lowest"]
    if isinstance(field.default, Reading):
        choices = [str(choice) for choice in type(field.default)]
        flags.DEFINE_enum(field.name, str(field.default), choices, text)
    elif isinstance(field.default, tuple):
        text = f"{text} Each is at least {lowest}."
        flags.DEFINE_list(field.name, ",".join(map(str, field.default)), text)
    elif isinstance(field.default, int):
        flags.DEFINE_integer(field.name, field.default, text, lower_bound=lowest)
    else:
        flags.DEFINE(Finite(lowest), field.name, field.default, text)


class Finite(flags.FloatParser):
    """A number that is neither infinite nor NaN."""

    def convert(self, argument: float | str) -> float:
        number = super().convert(argument)
        if not math.isfinite(number):
            raise ValueError("expected a finite number")
        return number


def chosen_readings() -> Readings:
    """The ``Readings`` that the flags ask for."""
    lists = [f.name for f in dataclasses.fields(Readings) if isinstance(f.default, tuple)]
    values = {field.name: FLAGS[field.name].value for field in dataclasses.fields(Readings)}
    return Readings.of(values | {name: whole_numbers(name) for name in lists})


def whole_numbers(flag: str) -> list[int]:
    """The value of a list flag as numbers of at least 1, in order, each once.

    Raises:
        InputError: something else is in the list, or nothing.
    """
    words = FLAGS[flag].value
    if not words or not all(word.strip().isdecimal() and int(word) > 0 for word in words):
        raise InputError(
            f"--{flag}: expected whole numbers from 1 on, separated by commas; "
            f"found {','.join(words) or 'nothing'}."
        )
    return [int(word) for word in words]


def measured_corpora(load_target: Callable[[str, Options], pd.DataFrame]) -> list[pd.DataFrame]:
    """The sources that ``--source`` names, then the target, with their features; told in the log.

    Args:
        load_target: reads what ``--target`` names.

    Raises:
        InputError: one cannot be used, their classes differ, or they share utterances.
    """
    options = corpus_options()
    target = load_target(FLAGS.target, options)
    sources = [load_corpus(spec, options) for spec in FLAGS.source]
    for source in sources:
        check_classes(source, target)
    *sources, target = (add_features(c, **feature_options()) for c in (*sources, target))
    for source in sources:
        check_disjoint(source, target)
    for corpus in (*sources, target):
        log.info("%s: %s", corpus.attrs["name"], class_counts(corpus))
    return [*sources, target]
