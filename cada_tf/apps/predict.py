r"""Predicts the class of each recording, with its probability.

    cada-predict my_model recordings/*.wav

MODEL is what cada-adapt wrote. RECORDING is a file (WAV, FLAC, OGG, Opus, MP3, AIFF or CAF; where
ffmpeg is installed also M4A, MP4, WebM, AMR, AAC or WMA), a folder, for all below it, or a table
(.csv, .tsv, .parquet) with a column file; there may be many. - is the standard input: one
recording, or names of recordings, one per line:

    find . -name "*.flac" | cada-predict my_model - --format=csv --output=predictions.csv

A table with the columns start and end names segments, as audformat has them, and one with the
column class, emotion or label is scored: UA, recalls, confusion, and coverage against UA. Its other
columns are kept. A folder may be an audformat database.

    cada-predict my_model labelled.csv --format=csv --output=predictions.csv --report=score.json

--export writes the model for programs without cada_tf, and takes no recording:

    cada-predict my_model --export=my_model.onnx

Predictions are printed as they come, in the order of the recordings, in memory that does not grow
with their number. A recording that cannot be used is named with the reason, and the others get
their predictions. TensorFlow is not needed.

Exit status: 0 if all recordings could be used; 1 if some could not; 2 after a wrong flag, or if
there is no model or no recording; 130 if interrupted.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from absl import flags

from cada_tf.apps import export, paths, program
from cada_tf.apps.formats import FORMATS
from cada_tf.errors import InputError
from cada_tf.folders import check_output
from cada_tf.lazy import lazy_imports
from cada_tf.recogniser.export_format import ExportFormat
from cada_tf.recogniser.predictions import MIN_DURATION, Layout, Prediction, PredictionCounts

with lazy_imports():
    from cada_tf.apps import score_report
    from cada_tf.recogniser import labels, prediction, recogniser, recordings, scoring

FLAGS = flags.FLAGS
log = logging.getLogger("cada_tf")


def define_flags() -> None:
    """The flags, besides the model and the recordings."""
    with program.group("Predictions"):
        flags.DEFINE_float(
            "segments",
            None,
            "SECONDS: Predict the class of segments of this length, not of whole recordings; "
            "utterances of corpora are a few seconds long.",
            lower_bound=0,
        )
        flags.DEFINE_float(
            "min_confidence",
            0,
            "P: Name no class that is less probable than this (status abstained).",
            lower_bound=0,
            upper_bound=1,
        )
        flags.DEFINE_float(
            "min_duration",
            MIN_DURATION,
            "SECONDS: Name no class of less audio than this (status abstained).",
            lower_bound=0,
        )
        flags.DEFINE_string(
            "features",
            None,
            "What the model's features are measured with, where that is a model, a function or a "
            "configuration of your own: as it was given to cada-adapt.",
        )
    with program.group("Output"):
        flags.DEFINE_enum(
            "format",
            "table",
            list(FORMATS),
            "For people; for other programs, with all digits; for audformat, with its times.",
        )
        paths.define_path(
            "output",
            "FILE: where predictions are written, atomically; the standard output if not given.",
        )
        paths.define_path(
            "report",
            "FILE: where the scores of a table with labels are written as JSON, besides to the "
            "standard error.",
        )
    with program.group("Export"):
        paths.define_path(
            "export",
            "PATH: Write the model for programs without cada_tf, and predict nothing: .onnx a file "
            "of ONNX, else a folder.",
        )
        flags.DEFINE_enum(
            "export_format",
            None,
            [str(choice) for choice in ExportFormat],
            "What to write: ONNX or a SavedModel, of features; or a folder for audonnx, of audio. "
            "As the suffix says if not given.",
        )
    with program.group("Running"):
        flags.DEFINE_integer("jobs", None, "Threads; one per core if not given.", lower_bound=1)


def required_words() -> tuple[str, ...]:
    """What has to stand beside the flags."""
    return ("MODEL",) if FLAGS.export else ("MODEL", "RECORDING")


def main(words: list[str]) -> int:
    """Predicts or exports as the flags say; returns the exit status."""
    if FLAGS.export:
        return export.export_model(words[0], words[1:], FLAGS.export, FLAGS.export_format)
    if FLAGS.export_format:
        raise InputError("expected `export`, found none. Name the path.", option="export_format")
    names = ("segments", "min_confidence", "min_duration", "features")
    names += ("format", "output", "report", "jobs")
    return predict_recordings(words[0], words[1:], **{name: FLAGS[name].value for name in names})


def predict_recordings(
    model: str,
    words: Iterable[str],
    *,
    segments: float | None = None,
    min_confidence: float = 0.0,
    min_duration: float = MIN_DURATION,
    features: str | None = None,
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
        report_score(score, report)
    return counts.exit_status


def check_outputs(output: str | None, report: str | None) -> None:
    """Refuses outputs that cannot be written, before any work.

    Raises:
        InputError: one of them cannot.
    """
    if output is not None:
        check_output(output)
    elif sys.stdout is None:  # closed by the shell
        raise InputError("expected a standard output, found it closed. Name a file: `output`.")
    if report is not None:
        check_output(report, "report")


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


def report_score(score: scoring.Score, path: str | None) -> None:
    """Prints the scores of labelled recordings to the standard error, and writes them as JSON."""
    if log.isEnabledFor(logging.INFO):
        with contextlib.suppress(OSError):
            print(score_report.render(score), file=sys.stderr, flush=True)
    if path is not None:
        from cada_tf.storage import write_atomically

        text = json.dumps(score.as_dict(), indent=2, ensure_ascii=False)
        write_atomically(Path(path), f"{text}\n")
        log.info("report: %s", path)


def with_progress(predictions: Iterator[Prediction]) -> Iterator[Prediction]:
    """The predictions, with a progress bar on a terminal."""
    import tqdm

    return tqdm.tqdm(predictions, "judged", unit="", disable=None, leave=False)


@contextlib.contextmanager
def open_output(output: str | None) -> Iterator[TextIO]:
    """A stream for predictions: the standard output, or a file that is written atomically."""
    encoding = {"encoding": "utf-8", "errors": "surrogateescape"}  # so that any file name works
    if output is None:
        sys.stdout.reconfigure(**encoding)
        yield sys.stdout
        return
    from cada_tf.storage import replace_atomically

    path = Path(os.path.realpath(output))
    with replace_atomically(path) as new, open(new, "w", newline="", **encoding) as out:
        yield out


def quieten_decoders() -> None:
    """Lets only Python write to the standard error.

    The MP3 decoder writes notes on each defect of a file, without the file's name.
    """
    if sys.stderr is not sys.__stderr__:
        return
    if sys.stderr is not None:
        sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)  # 2 itself where the shell closed that
    if nowhere != 2:
        os.dup2(nowhere, 2)
        os.close(nowhere)


def run() -> None:
    """The program."""
    quieten_decoders()
    if hasattr(signal, "SIGPIPE"):
        signal.signal(
            signal.SIGPIPE, signal.SIG_DFL
        )  # ``| head`` ends it as it does other programs
    define_flags()
    program.start(
        main,
        positional=required_words,
        documentation=__doc__,
        interrupted="the lines that were printed are whole; --output is as it was",
    )


if __name__ == "__main__":
    run()
