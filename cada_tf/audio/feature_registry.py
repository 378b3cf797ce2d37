"""Feature sets by the names that users write, such as ``gemaps`` or ``onnx:FOLDER``."""

import functools
from collections.abc import Callable, Iterable

from cada_tf.audio import columns, onnx_features, opensmile, python_features, speaker_embedding
from cada_tf.audio.decoding import MAX_RATE, MIN_RATE
from cada_tf.audio.feature_set import (
    DEFAULT_FEATURE_SET,
    FEATURE_SETS,
    FeatureConfig,
    FeatureSet,
)
from cada_tf.errors import InputError, suggestion
from cada_tf.paper import SAMPLING_RATE

ALIASES = {
    "gemaps": DEFAULT_FEATURE_SET,
    "egemaps": "eGeMAPSv02",
    "compare": "ComParE_2016",
    "emobase": "emobase",
    "speaker": speaker_embedding.CONFIG.feature_set,
}
"""Short names of sets → their names."""

FEATURE_SETS[speaker_embedding.CONFIG.feature_set] = speaker_embedding.SpeakerSet

KINDS: dict[str, Callable[[str, int], FeatureSet]] = {
    opensmile.NAME: opensmile.make,
    onnx_features.NAME: onnx_features.make,
    python_features.NAME: python_features.make,
    columns.NAME: columns.Columns,
}
"""What stands before the colon of ``KIND:ARGUMENT`` → what makes the set for a sampling rate."""


def make_feature_set(
    feature_set: str | FeatureSet = DEFAULT_FEATURE_SET, sampling_rate: int = SAMPLING_RATE
) -> FeatureSet:
    """The set of a name, for a sampling rate; a set itself is returned as it is.

    Args:
        feature_set: a name of ``ALIASES`` or of ``FEATURE_SETS``, or ``KIND:ARGUMENT`` with a kind
            of ``KINDS``; ``columns`` needs no argument.
        sampling_rate: in Hz, to which audio is resampled; 0 for each file's own.

    Raises:
        InputError: there is no such set, it cannot be used, or there is no audio of this rate.
    """
    if not isinstance(feature_set, str):
        return feature_set
    if sampling_rate and not MIN_RATE <= sampling_rate <= MAX_RATE:
        raise InputError(
            f"expected 0, or {MIN_RATE} to {MAX_RATE} Hz, found {sampling_rate}. Choose another.",
            option="sampling_rate",
        )
    name = ALIASES.get(feature_set.lower(), feature_set)
    if name in FEATURE_SETS:
        return FEATURE_SETS[name](sampling_rate)
    kind, colon, argument = name.partition(":")
    if kind not in KINDS or not (colon or kind == columns.NAME):
        known = [*ALIASES, *(n for n in FEATURE_SETS if n not in ALIASES.values())]
        kinds = [f"{kind}:…" for kind in KINDS]
        raise InputError(
            f"expected one of {', '.join([*known, columns.NAME, *kinds])}; found {feature_set!r}."
            f"{suggestion(feature_set, [*known, *ALIASES.values()]) or ' Choose one of these.'}",
            option="features",
        )
    return KINDS[kind](argument, sampling_rate)


@functools.cache
def names_of(make: Callable[[int], FeatureSet]) -> tuple[str, ...]:
    """The feature names of a registered set, which do not depend on the sampling rate.

    What makes it may have them as an attribute, as a class does whose package is not installed.
    """
    names = getattr(make, "names", None)
    return names if isinstance(names, tuple) else make(SAMPLING_RATE).names


def find_config(names: Iterable[str], sampling_rate: int = SAMPLING_RATE) -> FeatureConfig | None:
    """The configuration of the registered set with exactly these names; None if there is none."""
    names = tuple(names)
    for make in FEATURE_SETS.values():
        if names_of(make) == names:
            return make(0).config._replace(sampling_rate=sampling_rate)
    return None


def set_with_most(names: Iterable[str]) -> str | None:
    """The registered set that has most of these names, as users write it; None if all have none."""
    names = set(names)
    counts = {name: len(names.intersection(names_of(FEATURE_SETS[name]))) for name in FEATURE_SETS}
    # Of those with equally many, the one that lacks fewest.
    best = max(counts, key=lambda name: (counts[name], -len(names_of(FEATURE_SETS[name]))))
    short = {name: alias for alias, name in ALIASES.items()}
    return short.get(best, best) if counts[best] else None
