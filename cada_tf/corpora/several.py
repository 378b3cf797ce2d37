"""Several corpora: joined as one source or as one target, and checked for the same features."""

import itertools
from collections.abc import Sequence

import pandas as pd

from cada_tf.audio.feature_set import feature_names
from cada_tf.corpora.corpus import check_files_once, join_case
from cada_tf.errors import InputError


def join_corpora(corpora: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Several corpora with features as one, with a column ``corpus`` of their names.

    Args:
        corpora: tables (see ``corpora.corpus``); a single one is returned as it is.

    Returns:
        All rows, named after all corpora, ``a+b``.

    Raises:
        InputError: two of the corpora have the same name, or other features than the first.
    """
    if len(corpora) == 1:
        return corpora[0]
    names = [corpus.attrs["name"] for corpus in corpora]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(
            f"`source`: expected corpora of different names, found {twice[0]} more than once. "
            "Name each once, or give one another name by `name=SPEC=NAME`."
        )
    check_same_features(corpora)
    joined = pd.concat([c.assign(corpus=name) for name, c in zip(names, corpora, strict=True)])
    joined.attrs = {"name": "+".join(names), "features": corpora[0].attrs.get("features")}
    return joined


def join_examples(corpora: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Several tables of labelled examples as one corpus, named after the first.

    Args:
        corpora: tables (see ``corpora.corpus``), all with features or none.

    Raises:
        InputError: a file is in two of them, or their features differ.
    """
    first = corpora[0]
    if len(corpora) == 1:
        return first
    name = first.attrs["name"]
    if len({bool(feature_names(corpus)) for corpus in corpora}) > 1:
        raise InputError(
            "expected features in all tables of examples or in none, found them in some. Leave "
            "them out of these, or add them to the others.",
            option="target",
        )
    check_same_features(corpora)
    joined = pd.concat(corpora)
    joined.attrs = dict(first.attrs)
    check_files_once(name, joined[["speaker", "emotion", "class"]])
    return join_case(name, joined)


def check_same_features(corpora: Sequence[pd.DataFrame]) -> None:
    """Refuses corpora whose features differ from those of the first.

    Raises:
        InputError: one has other features, or the same in another order.
    """
    first, *others = corpora
    expected = feature_names(first)
    for corpus in others:
        found = feature_names(corpus)
        if found != expected:
            pairs = itertools.zip_longest(expected, found, fillvalue="none")
            place, (a, b) = next((i, pair) for i, pair in enumerate(pairs) if pair[0] != pair[1])
            raise InputError(
                f"{corpus.attrs['name']}: expected the {len(expected)} features of "
                f"{first.attrs['name']}, found {len(found)}, of which number {place + 1} is {b} "
                f"instead of {a}. Measure both corpora with the same feature set."
            )
