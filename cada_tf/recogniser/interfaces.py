"""A recogniser as the interfaces of audinterface have it: of a signal, an index, as a feature."""

import logging
import os

import audformat
import audinterface
import numpy as np
import pandas as pd

from cada_tf.errors import InputError
from cada_tf.recogniser import prediction
from cada_tf.recogniser.classifier import Classifier
from cada_tf.recogniser.prediction import as_table, make_predictor
from cada_tf.recogniser.predictions import Layout, Prediction
from cada_tf.recogniser.table_row import TableRow
from cada_tf.text import printable

Time = float | int | str | pd.Timedelta
"""As audinterface takes it: a number is in seconds."""
SIGNAL = "signal"
"""What messages call a signal without a file."""

log = logging.getLogger("cada_tf")


def layout_of(classifier: Classifier, segmented: bool) -> Layout:
    """The columns of a table of predictions."""
    return Layout(classifier.classes, segmented, bool(classifier.trained_on))


def predict_signal(
    classifier: Classifier,
    signal: np.ndarray,
    sampling_rate: int,
    *,
    file: str | None,
    start: Time | None,
    end: Time | None,
    min_confidence: float,
    min_duration: float,
) -> pd.DataFrame:
    """See ``Recogniser.predict_signal``."""
    predictor = make_predictor(classifier, min_confidence, min_duration)
    signal = np.atleast_2d(np.asarray(signal, np.float32))
    first, last = (in_seconds(time, sampling_rate) for time in (start, end))
    first, last = first or 0.0, signal.shape[-1] / sampling_rate if last is None else last
    cut = signal[:, round(first * sampling_rate) : round(last * sampling_rate)]
    name = SIGNAL if file is None else file
    blank = Prediction(file=name, start=first, end=last)
    made = predictor.classify(predictor.measure(blank, name, lambda: (cut, sampling_rate)))
    table = as_table([made], layout_of(classifier, segmented=True))
    return table.droplevel("file") if file is None else table


def predict_index(
    classifier: Classifier,
    index: pd.Index,
    *,
    root: str | os.PathLike | None,
    preserve_index: bool,
    min_confidence: float,
    min_duration: float,
    jobs: int | None,
) -> pd.DataFrame:
    """See ``Recogniser.predict_index``."""
    try:
        audformat.assert_index(index)
    except ValueError as error:
        raise InputError(
            "index: expected one of audformat, of files or of segments (file, start, end), found: "
            f"{' '.join(str(error).split())} Make it by audformat.filewise_index or "
            "audformat.segmented_index."
        ) from error
    rows = [
        TableRow(
            name=file,
            path=os.path.join(root or "", file),
            start=0.0 if pd.isna(start) else start.total_seconds(),
            end=None if pd.isna(end) else end.total_seconds(),
        )
        for file, start, end in audformat.utils.to_segmented_index(index)
    ]
    predictions = prediction.predict(
        classifier, rows, min_confidence=min_confidence, min_duration=min_duration, jobs=jobs
    )
    table = as_table(predictions, layout_of(classifier, segmented=True))
    return table.set_axis(index) if preserve_index else table


def to_audinterface(
    classifier: Classifier, *, min_duration: float, jobs: int | None, **options
) -> audinterface.Feature:
    """See ``Recogniser.to_audinterface``."""
    predictor = make_predictor(classifier, 0.0, min_duration)

    def probabilities(signal: np.ndarray, sampling_rate: int, file: str | None) -> np.ndarray:
        name = SIGNAL if file is None else file
        blank = Prediction(file=name)
        made = predictor.classify(
            predictor.measure(blank, name, lambda: (signal.astype(np.float32), sampling_rate))
        )
        if made.problem:
            log.warning("%s: %s", printable(name), made.problem)
            return np.full(len(classifier.classes), np.nan)
        return np.array(made.probabilities)

    return audinterface.Feature(
        list(classifier.classes),
        name="cada_tf",
        process_func=probabilities,
        channels=None,
        mixdown=True,  # as of recordings, where the mean of the channels is measured
        num_workers=jobs,
        **options,
    )


def in_seconds(time: Time | None, sampling_rate: int) -> float | None:
    """A time as audinterface takes it, in seconds; None for None and NaT."""
    if time is None:
        return None
    value = audinterface.utils.to_timedelta(time, sampling_rate)
    return None if pd.isna(value) else value.total_seconds()
