"""Several corpora as one source."""

from collections.abc import Sequence

import pandas as pd

from cada_tf.errors import InputError


def join_corpora(corpora: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Several corpora with features as one, with a column ``corpus`` that tells them apart.

    Args:
        corpora: tables (see ``corpora.corpus``); a single one is returned as it is.

    Returns:
        All rows, named after all corpora, ``a+b``.

    Raises:
        InputError: two of the corpora have one name.
    """
    if len(corpora) == 1:
        return corpora[0]
    names = [corpus.attrs["name"] for corpus in corpora]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(
            f"`source`: expected corpora of different names, found {twice[0]} more than once. "
            "Name each once, or rename a table."
        )
    parts = [corpus.assign(corpus=name) for name, corpus in zip(names, corpora, strict=True)]
    joined = pd.concat(parts)
    joined.attrs["name"] = "+".join(names)
    return joined
