r"""Predicts the class of each recording, with its probability.

    cada-predict my_model recordings/*.wav

MODEL is what cada-adapt wrote. RECORDING is a file (WAV, FLAC, OGG, Opus, MP3, AIFF or CAF; where
ffmpeg is installed also M4A, MP4, WebM, AMR, AAC or WMA), a folder, for all below it, or a table
(.csv, .tsv, .parquet) with a column file; there may be many. - is the standard input: one
recording, or names of recordings, one per line:

    find . -name "*.flac" | cada-predict my_model - --format=csv --output=predictions.csv

Predictions are printed as they come, in the order of the recordings, in memory that does not grow
with their number. A recording that cannot be used is named with the reason, and the others get
their predictions. TensorFlow is not needed.

Exit status: 0 if all recordings could be used; 1 if some could not; 2 after a wrong flag, or if
there is no model or no recording; 130 if interrupted.
"""

import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from absl import flags

from cada_tf.apps import paths, program
from cada_tf.apps.formats import FORMATS
from cada_tf.errors import InputError
from cada_tf.folders import check_output
from cada_tf.recogniser.predictions import MIN_SEGMENT, Prediction, PredictionCounts

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
            lower_bound=MIN_SEGMENT,
        )
        flags.DEFINE_float(
            "min_confidence",
            0,
            "P: Name no class that is less probable than this (status abstained).",
            lower_bound=0,
            upper_bound=1,
        )
    with program.group("Output"):
        flags.DEFINE_enum(
            "format", "table", list(FORMATS), "For people; for other programs, with all digits."
        )
        paths.define_path(
            "output",
            "FILE: where predictions are written, atomically; the standard output if not given.",
        )
    with program.group("Running"):
        flags.DEFINE_integer("jobs", None, "Threads; one per core if not given.", lower_bound=1)


def main(words: list[str]) -> int:
    """Predicts as the flags say; returns the exit status."""
    names = ("segments", "min_confidence", "format", "output", "jobs")
    return predict_recordings(words[0], words[1:], **{name: FLAGS[name].value for name in names})


def predict_recordings(
    model: str,
    words: Iterable[str],
    *,
    segments: float | None = None,
    min_confidence: float = 0.0,
    format: str = "table",
    output: str | None = None,
    jobs: int | None = None,
) -> int:
    """Writes the predictions of recordings as they come; returns the exit status.

    Args:
        model: path of the model.
        words: names of recordings; see ``recordings.find_recordings``.
        segments, min_confidence, jobs: see ``prediction.predict``.
        format: one of ``FORMATS``.
        output: the file to write; None for the standard output.
    """
    begun, counts = time.monotonic(), PredictionCounts()
    if output is not None:
        check_output(output)
    elif sys.stdout is None:  # closed by the shell
        raise InputError("expected a standard output, found it closed. Name a file: `output`.")
    # openSMILE and pandas take a while to start, which --help and a mistake need not wait for.
    from cada_tf.recogniser.recogniser import load

    recogniser = load(model)
    from cada_tf.recogniser import prediction, recordings

    options = {"segments": segments, "min_confidence": min_confidence, "jobs": jobs}
    found = recordings.find_recordings(words)
    predictions = prediction.predict(recogniser, found, **options)
    style = FORMATS[format](recogniser.classes, segments is not None)
    with open_output(output) as out:
        for each in with_progress(predictions) if output else predictions:
            out.write("" if counts.recordings else style.head())
            counts.add(each)
            out.write(style.line(each))
            out.flush()
    log.info("%s", counts.summary(segments is not None, time.monotonic() - begun))
    return counts.exit_status


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
        positional=("MODEL", "RECORDING"),
        documentation=__doc__,
        interrupted="the lines that were printed are whole; --output is as it was",
    )


if __name__ == "__main__":
    run()
