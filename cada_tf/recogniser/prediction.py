"""The class of each recording, or of each segment of it, by a trained recogniser.

Predictions come one by one, in the order of the recordings, while the next ones are measured; the
memory that this takes does not grow with their number. TensorFlow is not needed.
"""

import dataclasses
import functools
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence

import joblib
import numpy as np
import pandas as pd

from cada_tf.audio.decoding import MAX_DURATION, MAX_RATE, MIN_RATE, reason_of
from cada_tf.audio.feature_set import FEATURE_SETS, FeatureSet
from cada_tf.audio.features import measure_file, measure_signal
from cada_tf.audio.segments import Segment, read_segments
from cada_tf.errors import InputError
from cada_tf.recogniser.classifier import Classifier
from cada_tf.recogniser.predictions import (
    ABSTAINED,
    MIN_SEGMENT,
    OK,
    Prediction,
    columns,
    index_columns,
    row,
)
from cada_tf.recogniser.recordings import Recording, expand_folders
from cada_tf.text import one_line
from cada_tf.threads import in_order


@dataclasses.dataclass(frozen=True)
class FilePredictor:
    """Makes predictions of recordings. Threads may share it.

    Args:
        classifier: makes them of features.
        features: measures the features that the classifier was trained on.
        min_confidence: below this probability no class is named.
    """

    classifier: Classifier
    features: FeatureSet
    min_confidence: float

    def predict_file(self, file: Recording) -> Prediction:
        """The prediction of a whole recording."""
        path, blank = os.fspath(file), Prediction(file=str(file))
        return self.fill_in(blank, path, lambda: measure_file(path, self.features))

    def predict_segment(self, file: Recording, segment: Segment) -> Prediction:
        """The prediction of a segment of a recording."""
        path = os.fspath(file)
        blank = Prediction(file=str(file), start=segment.start, end=segment.end)
        return self.fill_in(blank, path, lambda: self.measure_segment(path, segment))

    def measure_segment(self, path: str, segment: Segment) -> np.ndarray:
        """The features of a segment, ``[F]``."""
        if isinstance(segment.sound, Exception):
            raise segment.sound
        return measure_signal(path, *segment.sound, self.features)

    def fill_in(
        self, blank: Prediction, path: str, measure: Callable[[], np.ndarray]
    ) -> Prediction:
        """The prediction ``blank`` with its result, or the reason why there is none."""
        try:
            probabilities = self.classifier.predict_proba(measure()[None])[0]
            if not np.isfinite(probabilities).all():
                raise InputError("expected probabilities, found NaN: weights that are too large.")
        except InputError as error:
            return dataclasses.replace(blank, problem=one_line(reason_of(error, path)))
        except Exception as error:  # whatever a library raises for a broken recording
            found = one_line(f"{type(error).__name__} {error}")
            return dataclasses.replace(blank, problem=f"expected audio, found: {found}.")
        best = probabilities.argmax()
        confident = probabilities[best] >= self.min_confidence
        return dataclasses.replace(
            blank,
            status=OK if confident else ABSTAINED,
            class_name=self.classifier.classes[best] if confident else None,
            confidence=float(probabilities[best]),
            probabilities=tuple(map(float, probabilities)),
        )


def predict(
    classifier: Classifier,
    files: Iterable[str | os.PathLike],
    *,
    segments: float | None = None,
    min_confidence: float = 0.0,
    jobs: int | None = None,
) -> Iterator[Prediction]:
    """The predictions of recordings, in their order, one by one.

    A recording that cannot be used gets the status ``unusable``, and the others their predictions.
    ``files`` is taken from as predictions are, a few recordings per thread ahead.

    Args:
        classifier: a ``Recogniser`` of ``cada_tf.load`` or ``Adapter``.
        files: recordings, or folders of them.
        segments: length in seconds of the segments that are classified, [0, s), [s, 2s) …; a
            last one shorter than half of that is joined to the one before. None for whole ones.
        min_confidence: below this probability no class is named.
        jobs: threads; None for one per core.

    Raises:
        InputError: recordings cannot be measured as those of the training were, or an argument is
            out of range.
    """
    features = find_features(classifier)
    check_between("segments", segments, MIN_SEGMENT, MAX_DURATION, "seconds")
    check_between("min_confidence", min_confidence, 0, 1, "a probability")
    check_between("jobs", jobs, 1, math.inf, "threads")
    files = [files] if isinstance(files, str | os.PathLike) else files
    predictor = FilePredictor(classifier, features, min_confidence)
    calls = make_calls(predictor, expand_folders(files), segments)
    return in_order(calls, jobs or joblib.cpu_count())


def make_calls(
    predictor: FilePredictor, files: Iterable[Recording], segments: float | None
) -> Iterator[Callable[[], Prediction]]:
    """The call that makes each prediction, in order."""
    for file in files:
        if segments is None:
            yield functools.partial(predictor.predict_file, file)
        else:
            for segment in read_segments(os.fspath(file), segments):
                yield functools.partial(predictor.predict_segment, file, segment)


def find_features(classifier: Classifier) -> FeatureSet:
    """The set that measures what a classifier was trained on.

    Raises:
        InputError: it was trained on numbers of unknown origin, or on a set or a version of it
            that is not known here.
    """
    config = classifier.feature_config
    if config is None:
        raise InputError(
            "expected a recogniser of recordings, found one of features that were given as "
            "numbers (its feature_config is None): how to measure recordings for it is not "
            "known. Use Recogniser.predict_proba on such features."
        )
    if config.sampling_rate:
        name = "sampling_rate of the model"
        check_between(name, config.sampling_rate, MIN_RATE, MAX_RATE, "Hz")
    expected = (
        f"expected the feature set {config.feature_set} of version {config.version} with "
        f"{len(classifier.features)} features, which the model was trained on"
    )
    if config.feature_set not in FEATURE_SETS:
        raise InputError(
            f"{expected}, found only {', '.join(FEATURE_SETS)}. Import the module that registers "
            "the set, or make the model anew."
        )
    features = FEATURE_SETS[config.feature_set](config.sampling_rate)
    if (features.config, features.names) != (config, tuple(classifier.features)):
        found = f"version {features.config.version} with {len(features.names)}"
        order = " of other names or in another order" * (features.config == config)
        raise InputError(
            f"{expected}, found {found}{order}. Install that version, or make the model anew."
        )
    return features


def check_between(name: str, value: float | None, low: float, high: float, unit: str) -> None:
    """Refuses a number out of range; None is accepted.

    Raises:
        InputError: it is out of range, or NaN.
    """
    if value is not None and not low <= value <= high:
        bounds = f"from {low} on" if math.isinf(high) else f"from {low} to {high}"
        raise InputError(f"{name}: expected {unit}, {bounds}, found {value}. Choose another.")


def as_table(
    predictions: Iterable[Prediction], classes: Sequence[str], segmented: bool
) -> pd.DataFrame:
    """Predictions as a table.

    Args:
        predictions: of ``predict``.
        classes: the recogniser's.
        segmented: whether they are of segments.

    Returns:
        Indexed by ``file``, or by ``file``, ``start`` and ``end`` in seconds: status, class,
        confidence, ``p_CLASS`` for each, and problem.
    """
    rows = [row(prediction, classes, segmented) for prediction in predictions]
    names, index = columns(classes, segmented), index_columns(segmented)
    table = pd.DataFrame(rows, columns=names, dtype=object)  # in which None stays None
    numbers = [*index[1:], *names[names.index("confidence") : -1]]
    return table.astype(dict.fromkeys(numbers, np.float64)).set_index(index)
