"""The classes of recordings, written as they come: what ``cada-predict`` does with its flags."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable

from cada_tf.apps.formats import FORMATS
from cada_tf.apps.prediction_output import check_outputs, open_output, with_progress
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports
from cada_tf.recogniser.predictions import MIN_DURATION, Layout, Prediction, PredictionCounts

with lazy_imports():
    from cada_tf.apps import score_report
    from cada_tf.recogniser import labels, prediction, recogniser, recordings, scoring

SPEAKER = "speaker"
"""The column of a table that names speakers."""

log = logging.getLogger("cada_tf")


def predict_recordings(
    model: str,
    words: Iterable[str],
    *,
    segments: float | None = None,
    min_confidence: float = 0.0,
    min_duration: float = MIN_DURATION,
    features: str | None = None,
    speakers: str | None = None,
    format: str = "table",
    output: str | None = None,
    report: str | None = None,
    jobs: int | None = None,
) -> int:
    """Writes the predictions of recordings as they come; returns the exit status.

    Args:
        model: path of the model.
        words: names of recordings; see ``recordings.find_recordings``.
        segments, min_confidence, min_duration, jobs: see ``prediction.predict``.
        features: see ``recogniser.load``.
        speakers: what names the speaker of a recording, ``folder`` or ``column``; None for none.
        format: one of ``FORMATS``.
        output: the file to write; None for the standard output.
        report: the file for the scores of labelled recordings; None for none.
    """
    begun, counts = time.monotonic(), PredictionCounts()
    check_outputs(output, report)
    loaded = recogniser.load(model, features=features)
    found = recordings.find_recordings(words, loaded.features)
    check_tables(found, segments, report)
    layout = layout_of(loaded, found, segments)
    known = labels.Labels(loaded)
    for table in found.tables:
        if table.label_column:
            known.check(table)
    predictions = prediction.predict(
        loaded,
        known.of(found),
        segments=segments,
        min_confidence=min_confidence,
        min_duration=min_duration,
        measured=found.measured,
        speaker_of=speakers_by(speakers, loaded, found),
        jobs=jobs,
    )
    score = scoring.Score(loaded.classes, min_confidence)
    style = FORMATS[format](layout)
    with open_output(output) as out:
        for each in with_progress(predictions) if output else predictions:
            out.write("" if sum(counts.by_status.values()) else style.head())
            counts.add(each)
            score.add(each)
            out.write(style.line(each))
            out.flush()
    log.info("%s", counts.summary(layout.segmented, time.monotonic() - begun))
    if layout.labelled:
        score_report.report_score(score, report)
    return counts.exit_status


def speakers_by(
    speakers: str | None, loaded: recogniser.Recogniser, found: recordings.Recordings
) -> Callable[[Prediction], str] | None:
    """What names the speaker of a prediction.

    Raises:
        InputError: the model was not made by speaker, or a table lacks the column.
    """
    if speakers is None:
        if loaded.by_speaker:
            log.warning(
                "the model was made by speaker, and no speaker is given (--speakers): all are "
                "scaled as one, for which it was not made"
            )
        return None
    if not loaded.by_speaker:
        raise InputError(
            "expected a model that was made by speaker, found another. Leave it out, or make one "
            "by cada-adapt --unlabelled with speakers.",
            option="speakers",
        )
    if speakers == "folder":
        return lambda each: os.path.basename(os.path.dirname(os.path.abspath(path_of(each))))
    if not found.tables or any(SPEAKER not in table.columns for table in found.tables):
        raise InputError(
            "expected a table with a column speaker, found none. Name one, or choose "
            "--speakers=folder.",
            option="speakers",
        )
    return lambda each: (each.row and each.row.cells.get(SPEAKER)) or ""


def path_of(prediction: Prediction) -> str:
    """The path of what a prediction names."""
    return prediction.file if prediction.row is None else os.fspath(prediction.row)


def check_tables(found: recordings.Recordings, segments: float | None, report: str | None) -> None:
    """Refuses options that do not fit the tables that were given.

    Raises:
        InputError: there are segments by both, or a report but no label.
    """
    if segments is not None and found.segmented:
        table = next(table for table in found.tables if table.segmented)
        raise InputError(
            f"expected whole recordings, found those of {table.path}, whose columns start and end "
            "name segments. Leave one of them out.",
            option="segments",
        )
    if segments is not None and any(table.measured for table in found.tables):
        table = next(table for table in found.tables if table.measured)
        raise InputError(
            f"expected recordings, found the features of whole ones in {table.path}. Leave one of "
            "them out.",
            option="segments",
        )
    if report is not None and not any(table.label_column for table in found.tables):
        raise InputError(
            "expected a table with a column class, emotion or label, found none. Name one, or "
            "leave it out.",
            option="report",
        )


def layout_of(
    loaded: recogniser.Recogniser, found: recordings.Recordings, segments: float | None
) -> Layout:
    """The columns of the predictions."""
    tables = found.tables
    names = dict.fromkeys(name for table in tables for name in table.columns)
    return Layout(
        loaded.classes,
        segmented=segments is not None or found.segmented,
        marks_training=bool(loaded.trained_on),
        labelled=any(table.label_column for table in tables),
        table_columns=tuple(names),
    )
