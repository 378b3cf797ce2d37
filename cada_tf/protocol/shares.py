"""A source with other shares of its classes than it has, as those of Aibo."""

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cada_tf.corpora.corpus import class_counts
from cada_tf.errors import InputError
from cada_tf.protocol.keyed import keyed_rng

log = logging.getLogger("cada_tf")


def parse_shares(words: Sequence[str]) -> dict[str, float]:
    """Shares of classes as they are written on the command line.

    Raises:
        InputError: a word is not ``CLASS=NUMBER`` with a number above 0, or a class comes twice.

    Example:
        >>> parse_shares(["negative=1", "positive=2"])
        {'negative': 1.0, 'positive': 2.0}
    """
    shares: dict[str, float] = {}
    for word in words:
        name, _, text = word.strip().rpartition("=")
        try:
            share = float(text)
        except ValueError:
            share = 0.0
        if not name or name in shares or not 0 < share < float("inf"):
            raise InputError(
                f"expected CLASS=NUMBER, a number above 0 for each class, such as "
                f"negative=1,positive=2; found {word!r}.",
                option="source_shares",
            )
        shares[name] = share
    return shares


def thin(corpus: pd.DataFrame, shares: Mapping[str, float], seed: int) -> pd.DataFrame:
    """The corpus without random utterances, so that its classes have these shares.

    As few as possible are left out: all of one class stay.

    Args:
        corpus: see ``corpora.corpus``.
        shares: class → its share, in any unit; empty to leave the corpus as it is.
        seed: which are left out depends on it alone.

    Raises:
        InputError: the corpus has other classes, or none of one would be left.
    """
    if not shares:
        return corpus
    counts = corpus["class"].value_counts()
    if set(counts.index) != set(shares):
        raise InputError(
            f"expected a share of each class of the source, {', '.join(sorted(counts.index))}; "
            f"found {', '.join(shares)}.",
            option="source_shares",
        )
    whole = min(counts[name] / share for name, share in shares.items())
    kept = {name: round(whole * share) for name, share in shares.items()}
    if not min(kept.values()):
        raise InputError(
            f"expected shares that leave some utterances of each class of "
            f"{corpus.attrs['name']}, which has {class_counts(corpus)}; found none of "
            f"{min(kept, key=kept.get)}.",
            option="source_shares",
        )
    ordered, rows = corpus.sort_index(), []
    for name, count in sorted(kept.items()):
        members = np.flatnonzero(ordered["class"] == name)
        rows.append(keyed_rng(seed, "shares", name).permutation(members)[:count])
    thinned = ordered.iloc[np.sort(np.concatenate(rows))]
    thinned.attrs = dict(corpus.attrs)
    log.info("%s: thinned to %s", corpus.attrs["name"], class_counts(thinned))
    return thinned
