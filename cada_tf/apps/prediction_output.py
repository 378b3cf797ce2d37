"""Where predictions are written: the standard output, or a file, atomically."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from cada_tf.errors import InputError
from cada_tf.folders import check_output
from cada_tf.recogniser.predictions import Prediction


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


def with_progress(predictions: Iterator[Prediction]) -> Iterator[Prediction]:
    """The predictions, with a progress bar on a terminal."""
    import tqdm

    return tqdm.tqdm(predictions, "judged", unit="", disable=None, leave=False)
