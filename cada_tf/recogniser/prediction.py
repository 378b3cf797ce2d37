"""The class of each recording, or of each segment of it, by a trained recogniser.

Predictions come one by one, in the order of the recordings, while the next ones are measured; the
memory that this takes does not grow with their number. TensorFlow is not needed.
"""

import collections
import dataclasses
import functools
import logging
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import joblib
import numpy as np
import pandas as pd

from cada_tf.audio.decoding import MAX_DURATION, read_audio
from cada_tf.audio.feature_digest import digest
from cada_tf.audio.feature_set import FeatureSet
from cada_tf.audio.features import measure_signal
from cada_tf.audio.problems import reason_of
from cada_tf.audio.segments import Samples, Segment, read_segment, read_segments
from cada_tf.errors import InputError
from cada_tf.recogniser.by_speaker import classifiers_by_speaker
from cada_tf.recogniser.classifier import Classifier
from cada_tf.recogniser.feature_set import find_features
from cada_tf.recogniser.predictions import (
    ABSTAINED,
    MIN_DURATION,
    OK,
    Layout,
    Prediction,
)
from cada_tf.recogniser.recordings import Recording, expand_folders
from cada_tf.recogniser.table_row import TableRow
from cada_tf.text import one_line
from cada_tf.threads import in_order

log = logging.getLogger("cada_tf")

MIN_SEGMENT = 0.05
"""Seconds. Shorter ones are more numerous than anyone would want."""


class Measured(NamedTuple):
    """What is to be classified.

    Args:
        blank: names it.
        vector: its features ``[F]``, finite.
        duration: of the audio, in seconds; None if that is not known.
    """

    blank: Prediction
    vector: np.ndarray
    duration: float | None = None


@dataclasses.dataclass(frozen=True)
class FilePredictor:
    """Makes predictions of recordings. Threads may share it.

    Args:
        classifier: makes them of features.
        features: measures the features that the classifier was trained on; None where rows of
            tables bring them.
        min_confidence: below this probability no class is named.
        min_duration: nor of less audio, in seconds.
    """

    classifier: Classifier
    features: FeatureSet | None
    min_confidence: float
    min_duration: float

    def measure_file(self, file: Recording) -> Measured | Prediction:
        """A recording, or the segment of it that a table's row names; see ``measure``."""
        path = os.fspath(file)
        row = file if isinstance(file, TableRow) else None
        if row is not None and row.features is not None:
            blank = Prediction(file=str(file), start=row.start, end=row.end, row=row)
            return Measured(blank, row.features)
        if row is None or row.start is None:
            return self.measure(Prediction(file=str(file), row=row), path, lambda: read_audio(path))
        blank = Prediction(file=str(file), start=row.start, end=row.end, row=row)
        return self.measure(blank, path, lambda: read_segment(path, row.start, row.end))

    def measure_segment(self, file: Recording, segment: Segment) -> Measured | Prediction:
        """A segment of a recording; see ``measure``."""
        row = file if isinstance(file, TableRow) else None
        blank = Prediction(file=str(file), start=segment.start, end=segment.end, row=row)
        return self.measure(blank, os.fspath(file), lambda: sound_of(segment))

    def measure(
        self, blank: Prediction, path: str, read: Callable[[], Samples]
    ) -> Measured | Prediction:
        """The features of what ``blank`` names, or ``blank`` with the reason why there are none.

        Args:
            blank: names what is to be predicted.
            path: of the recording, which messages of ``read`` begin with.
            read: gives its samples ``[channels, samples]`` and their rate in Hz.
        """
        try:
            signal, rate = read()
            vector = measure_signal(path, signal, rate, self.features)
        except InputError as error:
            return dataclasses.replace(blank, problem=one_line(reason_of(error, path)))
        except Exception as error:  # whatever a library raises for a broken recording
            found = one_line(f"{type(error).__name__} {error}")
            return dataclasses.replace(blank, problem=f"expected audio, found: {found}.")
        return Measured(blank, vector, signal.shape[1] / rate)

    def classify(self, measured: Measured | Prediction) -> Prediction:
        """The prediction of what was measured; one without features as it is."""
        if isinstance(measured, Prediction):
            return measured
        blank, vector, duration = measured
        with np.errstate(all="ignore"):
            probabilities = self.classifier.predict_proba(vector[None])[0]
        if not np.isfinite(probabilities).all():
            found = "expected probabilities, found NaN: weights that are too large."
            return dataclasses.replace(blank, problem=found)
        blank = dataclasses.replace(blank, trained_on=self.was_trained_on(blank, vector))
        return self.decide(blank, probabilities, duration)

    def was_trained_on(self, blank: Prediction, vector: np.ndarray) -> bool | None:
        """Whether the classifier was trained on it; None if that is not known.

        Args:
            blank: names it.
            vector: its features ``[F]``.
        """
        known = self.classifier.trained_on
        if digest(vector) in known:
            return True
        # A segment may be part of a recording that it was trained on.
        whole = not blank.start and blank.end is None
        return False if known and whole else None

    def decide(
        self, blank: Prediction, probabilities: np.ndarray, duration: float | None
    ) -> Prediction:
        """The prediction ``blank`` with its probabilities ``[C]``, and a class if it is clear.

        Args:
            blank: names what is predicted.
            probabilities: of each class.
            duration: of the audio, in seconds; None if that is not known.
        """
        best = probabilities.argmax()
        problem = self.shortness(duration)
        confident = probabilities[best] >= self.min_confidence and not problem
        if blank.start is not None and blank.end is None and duration is not None:
            blank = dataclasses.replace(blank, end=blank.start + duration)
        return dataclasses.replace(
            blank,
            status=OK if confident else ABSTAINED,
            class_name=self.classifier.classes[best] if confident else None,
            confidence=float(probabilities[best]),
            probabilities=tuple(map(float, probabilities)),
            problem=problem,
        )

    def shortness(self, duration: float | None) -> str:
        """Why no class is named for so many seconds of audio; empty if one is."""
        # Audio of exactly that length may have a sample less after decoding.
        if duration is None or duration >= self.min_duration - 0.001:
            return ""
        return f"expected at least {self.min_duration:g} s to name a class, found {duration:.3f} s."


def sound_of(segment: Segment) -> Samples:
    """The samples of a segment, and their rate.

    Raises:
        Exception: why there are none.
    """
    if isinstance(segment.sound, Exception):
        raise segment.sound
    return segment.sound


def predict(
    classifier: Classifier,
    files: Iterable[str | os.PathLike],
    *,
    segments: float | None = None,
    min_confidence: float = 0.0,
    min_duration: float = MIN_DURATION,
    measured: bool = False,
    speaker_of: Callable[[Prediction], str] | None = None,
    jobs: int | None = None,
) -> Iterator[Prediction]:
    """The predictions of recordings, in their order, one by one.

    A recording that cannot be used gets the status ``unusable``, and the others their predictions.
    ``files`` is taken from as predictions are, a few recordings per thread ahead.

    Args:
        classifier: a ``Recogniser`` of ``cada_tf.load`` or ``Adapter``.
        files: recordings, folders of them, or rows of a table.
        segments: length in seconds of the segments that are classified, [0, s), [s, 2s) …; a
            last one shorter than half of that is joined to the one before. None for whole ones.
        min_confidence: below this probability no class is named.
        min_duration: nor of less audio than this, in seconds.
        measured: whether all files are rows of tables that have their features.
        speaker_of: the speaker of what a prediction names; see ``classify_by_speaker``. The first
            prediction then comes when all files are measured, and their features are kept.
        jobs: threads; None for one per core.

    Raises:
        InputError: recordings cannot be measured as those of the training were, or an argument is
            out of range.
    """
    check_between("jobs", jobs, 1, math.inf, "threads")
    predictor = make_predictor(classifier, min_confidence, min_duration, measured)
    shortest = max(predictor.features.min_duration if predictor.features else 0, MIN_SEGMENT)
    check_between("segments", segments, shortest, MAX_DURATION, "seconds")
    if segments is not None and segments < min_duration:
        raise InputError(
            f"segments: expected at least `min_duration`, {min_duration:g} s, found {segments:g}. "
            "Choose longer ones, or a shorter `min_duration`."
        )
    files = [files] if isinstance(files, str | os.PathLike) else files
    jobs = jobs or joblib.cpu_count()
    calls = make_calls(predictor, expand_folders(files), segments)
    if speaker_of is None:
        return in_order((functools.partial(classified, predictor, call) for call in calls), jobs)
    return classify_by_speaker(predictor, list(in_order(calls, jobs)), speaker_of)


def classified(predictor: FilePredictor, call: Callable[[], Measured | Prediction]) -> Prediction:
    """The prediction of what a call measures."""
    return predictor.classify(call())


def classify_by_speaker(
    predictor: FilePredictor,
    measured: Sequence[Measured | Prediction],
    speaker_of: Callable[[Prediction], str],
) -> Iterator[Prediction]:
    """The predictions of what was measured, in order, each on the scale of its speaker.

    A speaker of whom fewer than ``scaling.MIN_ENROLLED`` can be used, or whose name is empty, is on
    the scale of all of the target, which is logged.
    """
    speakers = [None if isinstance(m, Prediction) else speaker_of(m.blank) for m in measured]
    vectors = collections.defaultdict(list)
    for speaker, each in zip(speakers, measured, strict=True):
        if speaker:
            vectors[speaker].append(each.vector)
    predictors = {
        speaker: dataclasses.replace(predictor, classifier=own)
        for speaker, own in classifiers_by_speaker(predictor.classifier, vectors).items()
    }
    for speaker, each in zip(speakers, measured, strict=True):
        yield predictors.get(speaker, predictor).classify(each)


def make_predictor(
    classifier: Classifier, min_confidence: float, min_duration: float, measured: bool = False
) -> FilePredictor:
    """What makes the predictions of ``predict``; arguments and errors are as there."""
    features = None if measured else find_features(classifier)
    check_between("min_confidence", min_confidence, 0, 1, "a probability")
    check_between("min_duration", min_duration, 0, MAX_DURATION, "seconds")
    return FilePredictor(classifier, features, min_confidence, min_duration)


def make_calls(
    predictor: FilePredictor, files: Iterable[Recording], segments: float | None
) -> Iterator[Callable[[], Measured | Prediction]]:
    """The call that measures what each prediction is of, in order."""
    for file in files:
        if segments is None:
            yield functools.partial(predictor.measure_file, file)
        else:
            for segment in read_segments(os.fspath(file), segments):
                yield functools.partial(predictor.measure_segment, file, segment)


def check_between(name: str, value: float | None, low: float, high: float, unit: str) -> None:
    """Refuses a number out of range; None is accepted.

    Raises:
        InputError: it is out of range, or NaN.
    """
    if value is not None and not low <= value <= high:
        bounds = f"from {low} on" if math.isinf(high) else f"from {low} to {high}"
        raise InputError(f"{name}: expected {unit}, {bounds}, found {value}. Choose another.")


def as_table(predictions: Iterable[Prediction], layout: Layout) -> pd.DataFrame:
    """Predictions as a table of audformat's form.

    Args:
        predictions: of ``predict``.
        layout: of its columns.

    Returns:
        Indexed by ``file``; or by ``file``, ``start`` and ``end`` (Timedelta; NaT for an end that
        is not known): the other columns of ``layout``.
    """
    rows = [layout.cells(prediction) for prediction in predictions]
    table = pd.DataFrame(rows, columns=layout.columns, dtype=object)  # in which None stays None
    table = table.astype(dict.fromkeys(layout.numbers, np.float64))
    if layout.segmented:
        table["start"] = timedeltas(table["start"].fillna(0))
        table["end"] = timedeltas(table["end"])
    return table.set_index(layout.index)


def timedeltas(seconds: Iterable[float | None]) -> pd.TimedeltaIndex:
    """Times of seconds, to the nanosecond; NaT for None.

    Example:
        >>> list(timedeltas([0.1, None]))
        [Timedelta('0 days 00:00:00.100000'), NaT]
    """
    whole = [None if pd.isna(value) else round(1e9 * value) for value in seconds]
    return pd.to_timedelta(pd.array(whole, "Int64"), "ns").astype("timedelta64[ns]")
