"""Checks of a source and a target: what makes no problem is refused."""

import hashlib
import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cada_tf.audio.feature_set import feature_array
from cada_tf.errors import InputError


def check_classes(source: pd.DataFrame, target: pd.DataFrame) -> tuple[str, ...]:
    """The classes of both corpora, sorted; refuses one class, or classes that differ."""
    for role, corpus in (("source", source), ("target", target)):
        if corpus["class"].nunique() < 2:
            raise InputError(
                f"`{role}` {corpus.attrs['name']}: expected at least two classes, found "
                f"{corpus['class'].iloc[0]} alone. Check the emotions and their classes "
                "(`classes`, `negative`, `positive`, `drop`)."
            )
    found, expected = (tuple(sorted(set(corpus["class"]))) for corpus in (source, target))
    if found != expected:
        raise InputError(
            f"`source` {source.attrs['name']}: expected the target's classes, "
            f"{', '.join(expected)}; found {', '.join(found)}. Say which class each emotion or "
            "class of the corpora is with `classes=FILE`, a table with the header emotion,class "
            f"and lines such as {' and '.join(example_lines(found, expected))}."
        )
    return expected


def example_lines(found: Sequence[str], expected: Sequence[str]) -> list[str]:
    """Two lines at most of a table that would make other classes the expected ones.

    What has no counterpart is left out by a line without a class.
    """
    others = [name for name in found if name not in expected]
    lacking = [name for name in expected if name not in found]
    pairs = itertools.zip_longest(others, lacking) if others else ((n, None) for n in lacking)
    return [f"{name},{label or ''}" for name, label in pairs if name][:2]


def check_disjoint(source: pd.DataFrame, target: pd.DataFrame) -> None:
    """Refuses utterances that are in both corpora, which would be trained on and tested on."""
    trained = {digest(row) for row in feature_array(source)}
    common = np.array([digest(row) in trained for row in feature_array(target)])
    if common.any():
        same = "the same corpus" if common.all() else f"{common.sum()} utterances in both"
        raise InputError(
            f"`source` {source.attrs['name']}, `target` {target.attrs['name']}: expected two "
            f"different corpora, found {same} (such as {target.index[common.argmax()]}). "
            "Choose another source or target."
        )


def digest(row: np.ndarray) -> bytes:
    """A few bytes that stand for a row of features, of which a wide set has kilobytes."""
    return hashlib.blake2b(row.tobytes(), digest_size=16).digest()


def check_sizes(target: pd.DataFrame, folds: int, largest: int) -> None:
    """Refuses a target too small for the folds or for what is drawn from them."""
    name = target.attrs["name"]
    counts = target["class"].value_counts()
    rarest, count = counts.index[-1], int(counts.iloc[-1])
    if count < folds:
        raise InputError(
            f"`target` {name}: expected at least `folds={folds}` utterances of each class, "
            f"found {count} of {rarest}. Use fewer folds or a larger corpus."
        )
    available = count - -(-count // folds)
    if available < largest:
        raise InputError(
            f"`examples`: expected at most {available} examples a class, as the training folds "
            f"of {name} have of {rarest}; {largest} were asked for. Ask for fewer."
        )
    speakers = target["speaker"].nunique()
    if speakers < 2:
        raise InputError(
            f"`target` {name}: expected at least two speakers to draw examples from, "
            f"found {speakers}. Check the column speaker."
        )
