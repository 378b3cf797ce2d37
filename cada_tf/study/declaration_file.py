"""Reads the declaration of a study, a YAML file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from cada_tf.config import MOST_TRIALS
from cada_tf.errors import InputError, suggestion
from cada_tf.methods import METHODS, Target, all_options, make_config
from cada_tf.study.declaration import Apart, Stage, Study, Validation

FEWEST = 4
"""Corpora, of which some pair has none in common with another."""
FROM_CORPORA = "{corpora}"
"""In a corpus's path it stands for the folder of the corpora, so that a declaration has no paths
of one machine."""


def read_study(path: str | Path, corpora: str | Path = "") -> Study:
    """Reads a declaration.

    Args:
        path: of the file.
        corpora: the folder that ``{corpora}`` stands for.

    Raises:
        InputError: there is no such file, or it is no declaration; the line or the key is named.
    """
    try:
        values = yaml.safe_load(Path(path).read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: expected a declaration of a study. {error.strerror}.") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(
            f"{path}: expected YAML in UTF-8, found: {' '.join(str(error).split())}."
        ) from error
    part = Part(path, "", values, ("corpora", "apart", *READERS))
    given = {name: reader(part, name) for name, reader in READERS.items()}
    specs = corpora_of(part, corpora)
    if len(specs) < FEWEST:
        expected = f"at least {FEWEST} corpora, so that settings can be chosen on other pairs"
        raise part.error("corpora", expected, str(len(specs)))
    return Study(corpora=specs, apart=apart(part, corpora), **given)


class Part:
    """A mapping of the declaration, whose values are checked as they are taken.

    Args:
        path: of the file, for messages.
        name: of the mapping in the file; empty for all of it.
        values: the mapping.
        known: the keys that it is to have.

    Raises:
        InputError: it is no mapping, or has other keys.
    """

    def __init__(self, path: str | Path, name: str, values: Any, known: tuple[str, ...]) -> None:
        self.path, self.name, self.values = path, name, values
        if not isinstance(values, Mapping):
            raise InputError(f"{path}: expected keys and values{of(name)}, found {values!r}.")
        for key in values:
            if key not in known:
                raise InputError(
                    f"{path}: expected any of {', '.join(known)}{of(name)}, found {key!r}."
                    f"{suggestion(str(key), known)}"
                )
        if missing := [key for key in known if key not in values]:
            raise InputError(f"{path}: expected {', '.join(missing)}{of(name)}, found none.")

    def error(self, key: str, expected: str, found: str) -> InputError:
        """That a value is another than expected."""
        return InputError(f"{self.path}: {key}{of(self.name)}: expected {expected}, found {found}.")

    def mapping(self, key: str) -> Mapping:
        """A value that is a mapping."""
        value = self.values[key]
        if not isinstance(value, Mapping):
            raise self.error(key, "keys and values", repr(value))
        return value

    def word(self, key: str) -> str:
        """A value that is a word."""
        value = self.values[key]
        if not isinstance(value, str):
            raise self.error(key, "a word", repr(value))
        return value

    def number(self, key: str, low: int, high: int) -> int:
        """A value that is a whole number."""
        value = self.values[key]
        if type(value) is not int or not low <= value <= high:
            raise self.error(key, f"a whole number from {low} to {high}", repr(value))
        return value

    def numbers(self, key: str, low: int, high: int) -> tuple[int, ...]:
        """A value that is a list of whole numbers, ascending."""
        found = self.sequence(key)
        if not all(type(value) is int and low <= value <= high for value in found):
            raise self.error(key, f"whole numbers from {low} to {high}", repr(found))
        return tuple(sorted(set(found)))

    def sequence(self, key: str) -> list:
        """A value that is a list, not empty."""
        value = self.values[key]
        if not isinstance(value, list) or not value:
            raise self.error(key, "a list", repr(value))
        return value


def of(name: str) -> str:
    """The words that name a part of the declaration."""
    return f" of {name}" if name else ""


def corpora_of(part: Part, folder: str | Path) -> dict[str, str]:
    """Corpora by name, ``folder`` in place of ``FROM_CORPORA``."""
    given = part.mapping("corpora").items()
    return {str(name): str(spec).replace(FROM_CORPORA, str(folder)) for name, spec in given}


def apart(part: Part, folder: str | Path) -> Apart:
    """The pairs apart."""
    inner = Part(part.path, "apart", part.values["apart"], ("corpora", "pairs"))
    ours, own = corpora_of(part, folder), corpora_of(inner, folder)
    if both := sorted(set(ours) & set(own)):
        raise inner.error("corpora", "other names than those of corpora", repr(both[0]))
    pairs = inner.values["pairs"]
    if not isinstance(pairs, list):
        raise inner.error("pairs", "a list", repr(pairs))
    for pair in pairs:
        known = isinstance(pair, list) and len(pair) == 2 and set(pair) <= {*ours, *own}
        if not known or pair[0] == pair[1] or not set(pair) & set(own):
            raise inner.error(
                "pairs",
                "[source, target], names of corpora, at least one of them apart",
                repr(pair),
            )
    return Apart(own, tuple((str(source), str(target)) for source, target in pairs))


def stage(part: Part, key: str) -> Stage:
    """A stage of the study."""
    inner = Part(part.path, key, part.values[key], ("trials", "examples"))
    return Stage(inner.number("trials", 1, MOST_TRIALS), inner.numbers("examples", 2, 10_000))


def validation(part: Part, key: str) -> Validation:
    """The third stage."""
    keys = "trials", "examples", "methods"
    inner = Part(part.path, key, part.values[key], keys)
    names = methods(inner, "methods")
    for name in names:
        if METHODS[name].unlabelled or METHODS[name].target is not Target.EXAMPLES:
            raise inner.error("methods", "methods that use the few labels alone", repr(name))
    trials, sizes = inner.number("trials", 1, MOST_TRIALS), inner.numbers("examples", 4, 10_000)
    searched = stage(part, "search")
    if trials > searched.trials or not set(sizes) <= set(searched.examples):
        raise inner.error("examples", "trials and numbers of examples of search", repr(sizes))
    return Validation(trials, sizes, names)


def methods(part: Part, key: str) -> tuple[str, ...]:
    """Names of methods, in the order of the registry."""
    names = part.sequence(key)
    for name in names:
        if name not in METHODS:
            raise part.error(
                key, f"any of {', '.join(METHODS)}", f"{name!r}.{suggestion(str(name), METHODS)}"
            )
    return tuple(name for name in METHODS if name in names)


def scalings(part: Part, key: str) -> dict[str, dict]:
    """Scalings, whose options are checked."""
    return {str(name): options(part, key, values) for name, values in part.mapping(key).items()}


def options(part: Part, key: str, values: Any) -> dict:
    """Options and their values, checked."""
    try:
        make_config(**values)
    except (TypeError, ValueError) as error:
        raise part.error(key, "options with their values", str(error)) from error
    return dict(values)


def space(part: Part, key: str) -> dict[str, tuple]:
    """Options and the values that are tried, in the options' types."""
    found, known = {}, all_options()
    for name, values in part.mapping(key).items():
        if name not in known:
            raise part.error(key, "options", f"{name!r}.{suggestion(str(name), known)}")
        if not isinstance(values, list) or not values:
            raise part.error(key, f"a list of values of {name}", repr(values))
        for value in values:
            options(part, key, {name: value})
        found[name] = tuple(known[name].convert(value) for value in values)
    return found


READERS: dict[str, Callable[[Part, str], Any]] = {
    "features": Part.word,
    "defaults": lambda part, key: options(part, key, part.mapping(key)),
    "scalings": scalings,
    "methods": methods,
    "folds": lambda part, key: part.number(key, 2, 100),
    "seed": lambda part, key: part.number(key, 0, 2**31),
    "settings": lambda part, key: part.number(key, 0, 10_000),
    "space": space,
    "search": stage,
    "report": stage,
    "validation": validation,
}
"""Key of the declaration but the corpora → how its value is read."""
