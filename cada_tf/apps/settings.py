"""The flags that programs share, each defined once, and what they make."""

import dataclasses
import logging
import math
import sys
from collections.abc import Collection

from absl import flags

from cada_tf.apps import paths
from cada_tf.apps.help import group
from cada_tf.apps.program import fail
from cada_tf.config import MOST, Choice, Config
from cada_tf.corpora import Options
from cada_tf.corpora.corpus import BY_VALENCE
from cada_tf.errors import InputError
from cada_tf.methods import Option, all_options, load_method_modules, make_config
from cada_tf.paper import SAMPLING_RATE

FLAGS = flags.FLAGS

log = logging.getLogger("cada_tf")

CORPUS_HELP = (
    "emodb:DIR, nemo:DIR, ravdess:DIR, urdu:DIR, turev:DIR, crema-d:DIR, savee:DIR, tess:DIR, "
    "aibo-ohm:DIR, aibo-mont:DIR, table:FILE, audformat:DIR, audb:NAME@VERSION, or demo-children "
    "and demo-actors, which need no path."
)


def define_source_flag() -> None:
    """``--source``, which may be given more than once."""
    flags.DEFINE_multi_string(
        "source",
        None,
        f"NAME:PATH: the source corpus: {CORPUS_HELP} Given more than once: several.",
        required=True,
    )


def define_features_flag() -> None:
    """``--features``."""
    flags.DEFINE_string(
        "features",
        "gemaps",
        "What is measured of a recording: gemaps, egemaps, compare, emobase or another set of "
        "openSMILE's; speaker, a learned embedding; opensmile:FILE.conf, a configuration of your "
        "own; onnx:FOLDER, a model in audonnx's layout; python:MODULE:FUNCTION; or "
        "columns[:PREFIX], a table's own numbers.",
    )


def define_corpus_flags() -> None:
    """How corpora are read and their features measured."""
    with group("Features"):
        define_features_flag()
    with group("Reading the corpora"):
        flags.DEFINE_string(
            "classes",
            BY_VALENCE,
            "What is recognised: valence (negative, positive), emotion (those that all corpora "
            "have, by their common names), or FILE: a table of the columns emotion and class.",
        )
        flags.DEFINE_list(
            "negative",
            [],
            "Emotions of the negative class in table: and audb:; usual names are known.",
        )
        flags.DEFINE_list("positive", [], "Emotions of the positive class, likewise.")
        flags.DEFINE_list("drop", [], "Emotions to leave out.")
        paths.define_path(
            "aibo_labels", "PATH: Aibo's label file or a folder above it, if not by the audio."
        )
        flags.DEFINE_multi_string(
            "name",
            [],
            "NAME: the target's name in results, or that of the only corpus; or SPEC=NAME, that of "
            "the corpus given as SPEC, as in table:nemo/a.csv=nemo. Given more than "
            "once: of several.",
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
        paths.define_path(
            "cache_dir",
            "DIR: where functionals, demo corpora and what cada-adapt judges itself by are kept; "
            "if not given $CADA_CACHE or the user's cache.",
        )


def corpus_options() -> Options:
    """The ``Options`` that the flags ask for."""
    values = {field.name: FLAGS[field.name].value for field in dataclasses.fields(Options)}
    return Options(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


def feature_options() -> dict:
    """The arguments of ``features.add_features`` that the flags ask for."""
    names = ("sampling_rate", "cache_dir", "jobs", "skip_bad_files")
    return {name: FLAGS[name].value for name in names} | {"feature_set": FLAGS.features}


def define_method_module_flag() -> None:
    """``--method_module``; the modules that the command line names are loaded at once.

    Their methods so have flags and stand in ``--help`` like the package's.
    """
    flags.DEFINE_multi_string(
        "method_module",
        [],
        "MODULE: a module that registers methods of your own, package.module or a .py file. Given "
        "more than once: several.",
    )
    scan = flags.FlagValues()
    flags.DEFINE_multi_string("method_module", [], "", flag_values=scan)
    try:
        scan(FLAGS.read_flags_from_files(sys.argv, force_gnu=True), known_only=True)
        load_method_modules(scan.method_module)
    except (flags.Error, UnicodeDecodeError):
        return  # which the program's own parsing reports
    except InputError as error:
        fail(str(error))


def define_option_flags(but: Collection[str] = ()) -> None:
    """A flag for each option of training, below the names of the methods that it applies to.

    Args:
        but: options that have none, or one of the program's own.
    """
    for option in all_options().values():
        if option.name in but:
            continue
        with group(f"Options of {', '.join(option.methods) or 'all methods'}"):
            define_option(option)
    flags.register_validator("held_out", lambda value: value < 1, "expected a share below 1")


def define_option(option: Option) -> None:
    """The flag of an option."""
    text, low = option.help, option.low
    if isinstance(option.default, Choice):
        choices = [str(choice) for choice in type(option.default)]
        flags.DEFINE_enum(option.name, str(option.default), choices, text)
    elif isinstance(option.default, tuple):
        text = f"{text} Each is {low} to {option.high}."
        flags.DEFINE_list(option.name, ",".join(map(str, option.default)), text)
    elif isinstance(option.default, int):
        flags.DEFINE_integer(option.name, option.default, text, low, option.high)
    else:
        flags.DEFINE(Finite(low, option.high), option.name, option.default, text)


class Finite(flags.FloatParser):
    """A number that is neither infinite nor NaN."""

    def convert(self, argument: float | str) -> float:
        number = super().convert(argument)
        if not math.isfinite(number):
            raise ValueError("expected a finite number")
        return number


def chosen_config(**given: object) -> Config:
    """The configuration that the flags ask for; options that are given have no flag."""
    options = [option for option in all_options().values() if option.name not in given]
    lists = {o.name: whole_numbers(o.name, o.high) for o in options if isinstance(o.default, tuple)}
    return make_config(
        **{option.name: FLAGS[option.name].value for option in options} | lists, **given
    )


def whole_numbers(flag: str, high: int = MOST, low: int = 1) -> list[int]:
    """The value of a list flag as numbers from ``low`` to ``high``, in order, each once.

    Raises:
        InputError: something else is in the list, or nothing.
    """
    words = [word.strip() for word in FLAGS[flag].value]
    # The length comes first, since Python refuses to convert thousands of digits.
    short = all(word.isdecimal() and len(word) <= len(str(high)) for word in words)
    if not words or not short or not all(low <= int(word) <= high for word in words):
        raise InputError(
            f"--{flag}: expected whole numbers from {low} to {high}, separated by commas; "
            f"found {','.join(words) or 'nothing'}."
        )
    return [int(word) for word in words]
