"""The classes that several corpora share: one name for each, and none that one of them lacks."""

from collections.abc import Sequence

import pandas as pd

from cada_tf.corpora.corpus import BY_EMOTION, Options, class_counts, log
from cada_tf.corpora.emotion_names import common_name
from cada_tf.errors import InputError


def share_classes(corpora: Sequence[pd.DataFrame], options: Options) -> list[pd.DataFrame]:
    """The corpora with the same names for the same classes.

    Args:
        corpora: tables (see ``corpora.corpus``).
        options: with classes by emotion, those that not all corpora have are left out, and logged.

    Raises:
        InputError: fewer than two emotions are in all corpora.
    """
    corpora = with_one_spelling(corpora)
    return shared_alone(corpora) if options.classes == BY_EMOTION else corpora


def with_one_spelling(corpora: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """The corpora with common names of classes, if it is but for these that their classes differ.

    Otherwise, as where all have the same names already, each keeps its own.
    """
    own = [set(corpus["class"]) for corpus in corpora]
    common = [set(map(common_name, names)) for names in own]
    if all(names == own[0] for names in own) or any(names != common[0] for names in common):
        return list(corpora)
    return [with_common_classes(corpus) for corpus in corpora]


def with_common_classes(corpus: pd.DataFrame) -> pd.DataFrame:
    """The corpus with its classes by their common names, which is logged."""
    names = {label: common_name(label) for label in sorted(set(corpus["class"]))}
    changed = [f"{label} is {name}" for label, name in names.items() if label != name]
    if not changed:
        return corpus
    log.info(
        "%s: one name for a class in all corpora: %s", corpus.attrs["name"], ", ".join(changed)
    )
    return corpus.assign(**{"class": corpus["class"].map(names).astype(object)})


def shared_alone(corpora: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """The corpora without classes that one of them lacks.

    Raises:
        InputError: fewer than two classes are left.
    """
    classes = [set(corpus["class"]) for corpus in corpora]
    shared = set.intersection(*classes)
    if len(shared) < 2:
        listed = "; ".join(f"{c.attrs['name']} has {class_counts(c)}" for c in corpora)
        raise InputError(
            "`classes=emotion`: expected at least two emotions that all corpora have, found "
            f"{', '.join(shared) or 'none'}: {listed}. Name alike what is alike with "
            "`classes=FILE`, a table of the columns emotion and class, or drop fewer emotions."
        )
    return [without_others(corpus, shared) for corpus in corpora]


def without_others(corpus: pd.DataFrame, shared: set[str]) -> pd.DataFrame:
    """The utterances of the shared classes; what is left out is logged."""
    kept = corpus["class"].isin(shared)
    if kept.all():
        return corpus
    log.info(
        "%s: left out classes that not all corpora have: %s",
        corpus.attrs["name"],
        class_counts(corpus[~kept]),
    )
    return corpus[kept]
