"""The names that users give to corpora, as results, cards and pictures show them."""

import logging
from collections.abc import Mapping, Sequence

import pandas as pd

from cada_tf.errors import InputError, suggestion
from cada_tf.text import LONGEST_NAME

log = logging.getLogger("cada_tf")


def given_names(words: Sequence[str], specs: Sequence[str]) -> dict[str, str]:
    """Which corpus is to have which name.

    Args:
        words: each ``SPEC=NAME``, split at its last ``=``, or ``NAME`` alone, which names the last
            corpus.
        specs: the corpora as they were given, the target last.

    Returns:
        Spec → name.

    Raises:
        InputError: a spec that was not given, a corpus that is named twice, or a name that is
            empty, too long, or has a separator of folders or a character that does not print.

    Example:
        >>> given_names(["table:a.csv=nemo", "calls"], ["table:a.csv", "mine.csv"])
        {'table:a.csv': 'nemo', 'mine.csv': 'calls'}
    """
    names = {}
    for word in words:
        spec, equals, name = word.rpartition("=")
        spec, name = spec if equals else specs[-1], name.strip()
        if spec not in specs:
            raise InputError(
                f"expected a corpus that is given, {', '.join(specs)}; found {spec!r}."
                f"{suggestion(spec, specs) or ' Write it as it is given.'}",
                option="name",
            )
        if spec in names:
            raise InputError(
                f"expected one name for {spec}, found {names[spec]} and {name}. Remove one.",
                option="name",
            )
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or set(name) & set("/\\"):
            raise InputError(
                f"expected a name of 1 to {LONGEST_NAME} characters without / and \\ for {spec}, "
                f"found {name!r}. Choose another.",
                option="name",
            )
        names[spec] = name
    return names


def renamed(corpus: pd.DataFrame, name: str | None) -> pd.DataFrame:
    """The corpus with another name; as it is if that is None."""
    if name is not None:
        corpus.attrs["name"] = name
    return corpus


def check_names(given: Mapping[str, str], corpora: Sequence[pd.DataFrame]) -> None:
    """Refuses a name that was given if another corpus has it, and warns of others of that kind.

    Args:
        given: of ``given_names``.
        corpora: sources, and the target last.

    Raises:
        InputError: there is one.
    """
    *sources, target = [corpus.attrs["name"] for corpus in corpora]
    for name in given.values():
        if [*sources, target].count(name) > 1:
            raise InputError(
                f"expected corpora of different names, found {name} more than once. Choose "
                "another.",
                option="name",
            )
    if target in sources:
        log.warning("source and target are both called %s: `name=NAME` names the target", target)
