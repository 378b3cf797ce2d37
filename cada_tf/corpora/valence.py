"""The class of each emotion, for corpora without a map of their own."""

from collections.abc import Iterable

import pandas as pd

from cada_tf.corpora.corpus import (
    NEGATIVE,
    POSITIVE,
    Options,
    clean_name,
    leave_out,
    make_corpus,
)
from cada_tf.errors import InputError

# The paper's Table 1 names EMODB's emotions. Those of other corpora follow the usual sign
# of valence, and Aibo's own (touchy, reprimanding, emphatic; motherese) the two-class task
# of the Interspeech 2009 Emotion Challenge.
DEFAULT_NEGATIVE = (
    *("anger", "angry", "annoyance", "annoyed", "anxiety", "anxious", "boredom", "bored"),
    *("contempt", "contemptuous", "despair", "disappointment", "disappointed", "disgust"),
    *("disgusted", "distress", "emphatic", "fear", "fearful", "frustration", "frustrated"),
    *("guilt", "irritation", "irritated", "panic", "reprimanding", "sad", "sadness"),
    *("shame", "touchy"),
)
DEFAULT_POSITIVE = (
    *("amused", "amusement", "calm", "cheerful", "content", "contentment", "elation"),
    *("excited", "excitement", "happiness", "happy", "interest", "joy", "joyful", "motherese"),
    *("neutral", "pleasure", "pride", "relief", "tenderness"),
)
DEFAULT_DROP = ("surprise", "surprised")
"""Left out: surprise may be of either valence."""


def valence_map(options: Options) -> dict[str, str | None]:
    """Emotion in lower case → ``negative``, ``positive`` or, to leave it out, None.

    Args:
        options: ``negative`` and ``positive``, if either is given, are all the emotions of
            each class; if neither is, the lists above hold. ``drop`` comes on top.

    Raises:
        InputError: an emotion stands in more than one of the lists that were given.
    """
    negative, positive, drop = map(_names, (options.negative, options.positive, options.drop))
    _require_disjoint("negative", negative, "positive", positive)
    _require_disjoint("negative", negative, "drop", drop)
    _require_disjoint("positive", positive, "drop", drop)
    if not negative and not positive:
        negative, positive, drop = DEFAULT_NEGATIVE, DEFAULT_POSITIVE, [*DEFAULT_DROP, *drop]
    return {
        **dict.fromkeys(negative, NEGATIVE),
        **dict.fromkeys(positive, POSITIVE),
        **dict.fromkeys(drop),
    }


def without_dropped(valence: dict[str, str | None], options: Options) -> dict[str, str | None]:
    """A corpus's own map, less the emotions that the user leaves out."""
    return {**valence, **dict.fromkeys(_names(options.drop))}


def label_corpus(
    name: str,
    files: Iterable[str],
    speakers: Iterable[str],
    emotions: Iterable[str] | None,
    classes: Iterable[str] | None,
    options: Options,
) -> pd.DataFrame:
    """A corpus without a map of its own, labelled by its classes or else by its emotions.

    Args:
        name: for results and messages.
        files: one path per utterance.
        speakers: one entry per utterance.
        emotions: one entry per utterance, or None if there are classes.
        classes: one entry per utterance, or None if there are emotions.
        options: the lists that ``valence_map`` reads.

    Raises:
        InputError: as ``make_corpus`` and ``valence_map``.
    """
    if classes is None:
        return make_corpus(name, files, speakers, emotions, valence=valence_map(options))
    table = make_corpus(name, files, speakers, classes if emotions is None else emotions, classes)
    return leave_out(name, table, table["emotion"].str.lower().isin(_names(options.drop)))


def _names(emotions: tuple[str, ...]) -> list[str]:
    return [name.lower() for name in map(clean_name, emotions) if name]


def _require_disjoint(option: str, emotions: list[str], other: str, others: list[str]) -> None:
    both = sorted(set(emotions) & set(others))
    if both:
        raise InputError(
            f"`{option}` and `{other}`: expected each emotion in one list, found "
            f"{', '.join(both)} in both. Remove it from one."
        )
