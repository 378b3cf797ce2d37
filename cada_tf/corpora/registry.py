"""The corpora that ``NAME:PATH`` can name, as a source or a target."""

from collections.abc import Callable

import pandas as pd

from cada_tf.corpora import (
    aibo,
    audb,
    audformat_database,
    demo,
    emodb,
    named_files,
    nemo,
    table,
)
from cada_tf.corpora.corpus import Options
from cada_tf.corpora.naming import given_names, renamed
from cada_tf.errors import InputError, suggestion

Reader = Callable[[str, Options], pd.DataFrame]

CORPORA: dict[str, Reader] = {
    "aibo-mont": aibo.read_mont,
    "aibo-ohm": aibo.read_ohm,
    "audb": audb.read,
    "audformat": audformat_database.read,
    "demo-actors": demo.read_actors,
    "demo-children": demo.read_children,
    "emodb": emodb.read,
    "nemo": nemo.read,
    **named_files.READERS,
    "table": table.read,
}


def load_examples(spec: str, options: Options = Options()) -> pd.DataFrame:  # noqa: B008
    """Reads labelled examples: a corpus, or the path of a table, with or without speakers.

    Args:
        spec: ``NAME:PATH`` as for ``load_corpus``, or a path.
        options: how to read it.

    Raises:
        InputError: as of ``load_corpus``.
    """
    name, _, path = spec.partition(":")
    if name in CORPORA and name != "table":
        return load_corpus(spec, options)
    named = given_names(options.name, [spec]).get(spec)
    return renamed(table.read(path if name == "table" else spec, options, examples=True), named)


def load_corpus(spec: str, options: Options = Options()) -> pd.DataFrame:  # noqa: B008
    """Reads a corpus.

    Args:
        spec: ``NAME:PATH``, a name of ``CORPORA`` and what its reader calls ``path``.
        options: how to read it.

    Returns:
        The table that ``cada_tf.corpora.corpus`` describes.

    Raises:
        InputError: an unknown name, anything unusable at the path, or an ``options.name`` of
            another corpus.

    Example:
        >>> load_corpus("emodb:data/emodb")  # doctest: +SKIP
    """
    name, _, path = spec.partition(":")
    named = given_names(options.name, [spec]).get(spec)
    if name not in CORPORA:
        raise InputError(
            f"{spec!r}: expected NAME:PATH with a name of "
            f"{', '.join(CORPORA)}, found {name!r}.{suggestion(name.lower(), CORPORA)}"
        )
    try:
        return renamed(CORPORA[name](path, options), named)
    except OSError as error:
        raise InputError(
            f"{spec}: expected files that can be read, found: {error}. Check the path and its "
            "permissions."
        ) from error
