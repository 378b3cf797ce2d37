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

import os
import signal
import sys

from absl import flags

from cada_tf.apps import export, paths, program
from cada_tf.apps.formats import FORMATS
from cada_tf.apps.predict_recordings import predict_recordings
from cada_tf.errors import InputError
from cada_tf.recogniser.export_format import ExportFormat
from cada_tf.recogniser.predictions import MIN_DURATION

FLAGS = flags.FLAGS


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
        flags.DEFINE_enum(
            "speakers",
            None,
            ["folder", "column"],
            "For a model by speaker: scale each speaker's recordings by themselves. folder: a "
            "recording's speaker is named by the folder that it is in; column: by the column "
            "speaker of its table. All are measured before the first is printed.",
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
    names = ("segments", "min_confidence", "min_duration", "features", "speakers")
    names += ("format", "output", "report", "jobs")
    return predict_recordings(words[0], words[1:], **{name: FLAGS[name].value for name in names})


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
