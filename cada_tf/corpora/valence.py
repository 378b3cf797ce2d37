"""The classes of the paper: emotions of negative and of positive valence."""

from cada_tf.corpora.corpus import NEGATIVE, POSITIVE, Options, clean_name
from cada_tf.errors import InputError

# The paper's Table 1 names EMODB's emotions. Those of other corpora follow the usual sign
# of valence, and Aibo's own (touchy, reprimanding, emphatic; motherese) the two-class task
# of the Interspeech 2009 Emotion Challenge.
DEFAULT_NEGATIVE = (
    *("anger", "annoyance", "boredom", "contempt", "despair", "disappointment", "disgust"),
    *("distress", "emphatic", "fear", "frustration", "guilt", "irritation", "negative", "panic"),
    *("reprimanding", "sadness", "shame", "touchy"),
)
DEFAULT_POSITIVE = (
    *("amusement", "calm", "cheerful", "contentment", "elation", "excitement", "happiness"),
    *("interest", "motherese", "neutral", "pleasure", "positive", "pride", "relief"),
    "tenderness",
)
DEFAULT_DROP = ("surprise",)
"""Left out: surprise may be of either valence."""


def valence_map(options: Options) -> dict[str, str | None]:
    """Emotion in lower case → ``negative``, ``positive`` or, to leave it out, None.

    Args:
        options: ``negative`` and ``positive``, if either is given, are all the emotions of
            each class; if neither is, the lists above hold. ``drop`` comes on top.

    Raises:
        InputError: an emotion stands in more than one of the lists that were given.
    """
    negative, positive, drop = map(lower_names, (options.negative, options.positive, options.drop))
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


def lower_names(emotions: tuple[str, ...]) -> list[str]:
    """Names of an option, as they are looked up."""
    return [name.lower() for name in map(clean_name, emotions) if name]


def _require_disjoint(option: str, emotions: list[str], other: str, others: list[str]) -> None:
    both = sorted(set(emotions) & set(others))
    if both:
        raise InputError(
            f"`{option}` and `{other}`: expected each emotion in one list, found "
            f"{', '.join(both)} in both. Remove it from one."
        )
