"""The class of each utterance: by valence, by emotion, or as a file says."""

from collections.abc import Iterable, Mapping

import pandas as pd

from cada_tf.corpora.class_file import read_class_file
from cada_tf.corpora.corpus import (
    BY_EMOTION,
    BY_VALENCE,
    Options,
    join_case,
    leave_out,
    make_corpus,
)
from cada_tf.corpora.emotion_names import common_name
from cada_tf.corpora.valence import lower_names, valence_map
from cada_tf.errors import InputError

ClassMap = Mapping[str, str | None]
"""Emotion in lower case → class, or None to leave it out."""


def label_corpus(
    name: str,
    files: Iterable[str],
    speakers: Iterable[str],
    emotions: Iterable[str] | None,
    options: Options,
    *,
    classes: Iterable[str] | None = None,
    valence: ClassMap | None = None,
) -> pd.DataFrame:
    """A corpus in the classes that the options ask for.

    Args:
        name: for results and messages.
        files: one path per utterance.
        speakers: one entry per utterance.
        emotions: one entry per utterance; None where ``classes`` are all that is known, which
            then stand for the emotions, too.
        options: ``classes``, and the lists that ``class_map`` reads.
        classes: the corpus's own, one entry per utterance, which are those by valence; None to
            look emotions up.
        valence: the corpus's own map for classes by valence; None for ``valence_map``.

    Raises:
        InputError: as ``make_corpus`` and ``class_map``; an emotion without a class, or no
            utterance left.
    """
    named = classes if emotions is None else emotions
    if classes is not None and options.classes == BY_VALENCE:
        table = make_corpus(name, files, speakers, named, classes)
        return leave_out(name, table, table["emotion"].str.lower().isin(lower_names(options.drop)))
    table = make_corpus(name, files, speakers, named)
    return join_case(name, classify(name, table, options, valence))


def classify(
    name: str, table: pd.DataFrame, options: Options, valence: ClassMap | None
) -> pd.DataFrame:
    """The table with the column ``class``; emotions to leave out are left out, and logged.

    An emotion is looked up by its own name, or else by its common one, in any case.

    Raises:
        InputError: an emotion without a class, or no utterance left.
    """
    emotions = set(table["emotion"])
    class_of = class_map(options, emotions, valence)
    keys = {e: key for e in emotions for key in (common_name(e), e.lower()) if key in class_of}
    require_known(name, table["emotion"], keys, options)
    classes = table["emotion"].map({e: class_of[key] for e, key in keys.items()}).astype(object)
    return leave_out(name, table.assign(**{"class": classes}), classes.isna())


def require_known(name: str, emotions: pd.Series, known: Iterable[str], options: Options) -> None:
    """Refuses emotions that have no class.

    Raises:
        InputError: there are some.
    """
    lacking = emotions[~emotions.isin(set(known))].str.lower()
    if lacking.empty:
        return
    unknown = sorted(set(lacking))
    found = f"found {', '.join(unknown)} in none ({len(lacking)} utterances)"
    if options.classes == BY_VALENCE:
        raise InputError(
            f"{name}: expected each emotion in the list of a class, {found}. Name all emotions "
            f"with `negative` and `positive` (table: and audb:), or leave out with "
            f"`drop={','.join(unknown)}`."
        )
    raise InputError(
        f"{name}: expected each emotion in a line of {options.classes}, {found}. Add the line "
        f"{unknown[0]},CLASS or, to leave it out, the line {unknown[0]}, without a class."
    )


def class_map(options: Options, emotions: Iterable[str], valence: ClassMap | None) -> ClassMap:
    """The class of each emotion under the options.

    Args:
        options: ``classes`` and ``drop``; with classes by valence, the lists of ``valence_map``.
        emotions: those of the corpus.
        valence: the corpus's own map for classes by valence; None for ``valence_map``.

    Raises:
        InputError: as ``valence_map`` and ``read_class_file``; or lists of ``negative`` or
            ``positive`` emotions where classes are others.
    """
    drop = lower_names(options.drop)
    if options.classes == BY_VALENCE:
        if valence is None:
            return valence_map(options)
        return {e.lower(): label for e, label in valence.items()} | dict.fromkeys(drop)
    if options.negative or options.positive:
        raise InputError(
            f"`classes={options.classes}`: expected no `negative` and `positive`, which make "
            f"classes of their own, found {', '.join((*options.negative, *options.positive))}. "
            "Give one or the other."
        )
    if options.classes == BY_EMOTION:
        return without({name: name for name in map(common_name, emotions)}, drop)
    return without(with_common_names(read_class_file(options.classes)), drop)


def with_common_names(class_of: ClassMap) -> ClassMap:
    """The map with the common names of its emotions, but for those that would have two classes."""
    common: dict[str, set] = {}
    for emotion, label in class_of.items():
        common.setdefault(common_name(emotion), set()).add(label)
    return {name: labels.pop() for name, labels in common.items() if len(labels) == 1} | class_of


def without(class_of: ClassMap, drop: Iterable[str]) -> ClassMap:
    """The map with the emotions of ``drop``, by any of their names, left out."""
    drop = {*drop, *map(common_name, drop)}
    kept = {e: None if drop & {e, common_name(e)} else label for e, label in class_of.items()}
    return kept | dict.fromkeys(drop)
