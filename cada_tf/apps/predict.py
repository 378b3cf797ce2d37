r"""Judges recordings: the class of each, and how sure the recogniser is of it.

    cada-predict my_model recordings/*.wav

MODEL is what cada-adapt wrote. RECORDING is a file (WAV, FLAC, OGG or MP3), a folder, for all
below it, or a table (.csv, .tsv, .parquet) with a column file; there may be many. - is the
standard input: one recording, or names of recordings, one a line:

    find . -name "*.flac" | cada-predict my_model - --format=csv --output=answers.csv

Answers are printed as they come, in the order of the recordings, in memory that does not grow
with their number. A recording that cannot be judged is named with the reason; the others get
their answers. TensorFlow is not needed.

Exit status: 0 if all could be judged; 1 if some recording could not; 2 after a wrong flag, or
where there is no model or no recording; 130 if interrupted.
"""

import contextlib
import logging
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NoReturn, TextIO

from absl import flags

from cada_tf.apps import program
from cada_tf.apps.formats import FORMATS
from cada_tf.errors import InputError
from cada_tf.recogniser.predictions import SHORTEST_SEGMENT, Answer, Tally

FLAGS = flags.FLAGS
log = logging.getLogger("cada_tf")


def define_flags() -> None:
    """What can be asked for besides the model and the recordings."""
    with program.group("Answers"):
        flags.DEFINE_float(
            "segments",
            None,
            "SECONDS: Judge pieces of this length, not whole recordings; utterances of corpora are "
            "a few seconds long.",
            lower_bound=SHORTEST_SEGMENT,
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
        flags.DEFINE_string(
            "output",
            None,
            "FILE: where the answers go, whole or not at all; the standard output if not given.",
        )
    with program.group("Running"):
        flags.DEFINE_integer("jobs", None, "Threads; one a core if not given.", lower_bound=1)


def main(words: list[str]) -> int:
    """Judges as the flags say; returns the exit status."""
    names = ("segments", "min_confidence", "format", "output", "jobs")
    return judge(words[0], words[1:], **{name: FLAGS[name].value for name in names})


def judge(
    model: str,
    words: Iterable[str],
    *,
    segments: float | None = None,
    min_confidence: float = 0.0,
    format: str = "table",
    output: str | None = None,
    jobs: int | None = None,
) -> int:
    """Writes the answers to recordings as they come; returns the exit status.

    Args:
        model: path of the model.
        words: what recordings to judge; see ``recordings.find_recordings``.
        segments, min_confidence, jobs: see ``prediction.predict``.
        format: one of ``FORMATS``.
        output: the file to write; None for the standard output.
    """
    begun, tally = time.monotonic(), Tally()
    check_output(output)
    # openSMILE and pandas take a while to start, which --help and a mistake need not wait for.
    from cada_tf.recogniser import model_file

    recogniser = model_file.load(model)
    from cada_tf.recogniser import prediction, recordings

    options = {"segments": segments, "min_confidence": min_confidence, "jobs": jobs}
    answers = prediction.predict(recogniser, recordings.find_recordings(words), **options)
    style = FORMATS[format](recogniser.classes, segments is not None)
    with receiver(output) as out:
        for answer in watched(answers) if output else answers:
            out.write("" if tally.recordings else style.head())
            tally.add(answer)
            out.write(style.line(answer))
            out.flush()
    log.info("%s", tally.summary(segments is not None, time.monotonic() - begun))
    return tally.status


def watched(answers: Iterator[Answer]) -> Iterator[Answer]:
    """The answers, with a progress bar when a person looks on."""
    import tqdm

    return tqdm.tqdm(answers, "judged", unit="", disable=None, leave=False)


def check_output(output: str | None) -> None:
    """Refuses a file that cannot be written, before any work.

    Raises:
        InputError: its folder is missing or cannot be written, there is no file but a folder, or
            the standard output is closed.
    """
    if output is None:
        if sys.stdout is None:  # closed by the shell
            raise InputError("expected a standard output, found it closed. Name a file: --output.")
        return
    path = Path(os.path.realpath(output))
    if not path.parent.is_dir():
        raise InputError(f"--output: expected a folder at {path.parent}, found none. Make it.")
    if path.exists() and not path.is_file():
        raise InputError(
            f"--output: expected a file, found a folder or a device at {path}. Choose another."
        )
    if not os.access(path.parent, os.W_OK):
        raise InputError(
            f"--output: expected a folder that can be written at {path.parent}, found one that "
            "cannot. Choose another."
        )


@contextlib.contextmanager
def receiver(output: str | None) -> Iterator[TextIO]:
    """What answers are written to: the standard output, or a file that appears when it is whole."""
    encoding = {"encoding": "utf-8", "errors": "surrogateescape"}  # which takes any file's name
    if output is None:
        sys.stdout.reconfigure(**encoding)
        yield sys.stdout
        return
    from cada_tf.storage import fsync_file

    path = Path(os.path.realpath(output))
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        whole = Path(folder) / path.name
        with open(whole, "w", newline="", **encoding) as out:
            yield out
        fsync_file(whole)
        os.replace(whole, path)


def quieten_decoders() -> None:
    """Lets Python alone write to the standard error.

    The MP3 decoder has notes on each blemish of a file, which it does not name.
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
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # ``| head`` ends it as it does others
    define_flags()
    try:
        program.start(
            main,
            positional=("MODEL", "RECORDING"),
            documentation=__doc__,
            interrupted="the lines that were printed are whole; --output is as it was",
        )
    except SystemExit as end:
        leave(end)


def leave(end: SystemExit) -> NoReturn:
    """Ends the program, even if a thread is in openSMILE or waits for the standard input.

    Python's own way to end may die of either.
    """
    if threading.active_count() == 1:
        raise end
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()
    os._exit(end.code or 0)


if __name__ == "__main__":
    run()
