"""Checks of a source and a target: what makes no problem is refused."""

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cada_tf.audio.feature_digest import digest
from cada_tf.audio.feature_set import feature_array
from cada_tf.config import Draw, FoldsBy
from cada_tf.errors import InputError
from cada_tf.protocol.folds import draw_folds, tested_counts


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
    common = rows_among(target, [source])
    if common.any():
        same = "the same corpus" if common.all() else f"{common.sum()} utterances in both"
        raise InputError(
            f"`source` {source.attrs['name']}, `target` {target.attrs['name']}: expected two "
            f"different corpora, found {same} (such as {target.index[common.argmax()]}). "
            "Choose another source or target."
        )


def rows_among(corpus: pd.DataFrame, others: Sequence[pd.DataFrame]) -> np.ndarray:
    """Which utterances of a corpus have the features of one in ``others``, ``[n]`` bool."""
    known = {digest(row) for other in others for row in feature_array(other)}
    return np.array([digest(row) in known for row in feature_array(corpus)])


def check_sizes(
    target: pd.DataFrame,
    *,
    folds: int,
    largest: int,
    folds_by: FoldsBy = FoldsBy.UTTERANCE,
    drawn: Draw = Draw.STRATIFIED,
    seed: int = 0,
    trials: int = 1,
) -> None:
    """Refuses a target too small for the folds or for what is drawn from them.

    Args:
        target: the corpus.
        folds, folds_by, drawn, seed, trials: see ``Problem``.
        largest: the largest number of labelled examples of a class that will be asked for.
    """
    if drawn is Draw.RANDOM:
        check_total(target, folds, largest)
        largest = 0  # of each class
    if folds_by is FoldsBy.SPEAKER:
        check_speakers(target, folds)
        check_speaker_folds(target, folds, largest, seed, trials)
        return
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


def check_total(target: pd.DataFrame, folds: int, largest: int) -> None:
    """Refuses a target whose training folds have fewer utterances than are drawn at random."""
    asked = largest * target["class"].nunique()
    available = len(target) - -(-len(target) // folds)
    if available < asked:
        raise InputError(
            f"`examples`: expected at most {available}, as the training folds of "
            f"{target.attrs['name']} have; {asked} were asked for. Ask for fewer."
        )


def check_speakers(target: pd.DataFrame, folds: int) -> None:
    """Refuses a target with fewer speakers of a class than folds that keep them apart."""
    spoken = target.groupby("class")["speaker"].unique().map(sorted)
    for name, speakers in spoken.items():
        if len(speakers) < folds:
            raise InputError(
                f"`target` {target.attrs['name']}: expected at least `folds={folds}` speakers of "
                f"each class, since `folds_by=speaker` keeps them apart; found {len(speakers)} of "
                f"{name} ({', '.join(speakers)}). Use fewer folds or a corpus of more speakers."
            )


def check_speaker_folds(
    target: pd.DataFrame, folds: int, largest: int, seed: int, trials: int
) -> None:
    """Refuses folds of speakers that lack a class to test, or leave too few to draw from."""
    name, target = target.attrs["name"], target.sort_index()  # in the order of ``labelled_set``
    labels, classes = pd.factorize(target["class"], sort=True)
    speakers = target["speaker"].to_numpy(str)
    tested = tested_counts(labels, speakers, folds, seed, trials)

    def of(split: list) -> str:
        """The speakers of a fold."""
        drawn = draw_folds(labels, speakers, folds, FoldsBy.SPEAKER, seed, split[0])
        return ", ".join(np.unique(speakers[drawn[split[1]]]))

    *split, label = np.unravel_index(tested.argmin(), tested.shape)
    if not tested.min():
        raise InputError(
            f"`target` {name}: expected folds of speakers with utterances of each class, found "
            f"none of {classes[label]} in a fold of {of(split)}. Use fewer folds, or leave out "
            "speakers of one class alone."
        )
    left = np.bincount(labels) - tested
    *split, label = np.unravel_index(left.argmin(), left.shape)
    if left.min() < largest:
        raise InputError(
            f"`examples`: expected at most {left.min()} examples a class, as the speakers of "
            f"{name} but {of(split)} have of {classes[label]}; {largest} were asked for. Ask for "
            "fewer."
        )
