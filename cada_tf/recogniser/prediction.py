"""The class of each recording, or of each piece of it, by a trained recogniser.

Answers come one by one, in the order of the recordings, while the next ones are measured; the
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

from cada_tf.audio.decoding import HIGHEST_RATE, LONGEST, LOWEST_RATE, reason_of
from cada_tf.audio.features import FEATURE_NAMES, measure_file, measure_signal
from cada_tf.audio.opensmile import FEATURE_SET, VERSION, Smile, make_smile
from cada_tf.audio.segments import Piece, pieces
from cada_tf.errors import InputError
from cada_tf.recogniser.predictions import (
    ABSTAINED,
    OK,
    SHORTEST_SEGMENT,
    Answer,
    columns,
    index_columns,
    row,
)
from cada_tf.recogniser.recogniser import Recogniser
from cada_tf.recogniser.recordings import Recording, expanded
from cada_tf.recogniser.threads import in_order


@dataclasses.dataclass(frozen=True)
class Judge:
    """Makes answers. Threads may share it.

    Args:
        recogniser: whose answers they are.
        smile: as the functionals that it was trained on were measured.
        min_confidence: below this probability no class is named.
    """

    recogniser: Recogniser
    smile: Smile
    min_confidence: float

    def whole(self, file: Recording) -> Answer:
        """The answer to a whole recording."""
        path = os.fspath(file)
        return self.answer(Answer(file=str(file)), path, lambda: measure_file(path, self.smile))

    def piece(self, file: Recording, piece: Piece) -> Answer:
        """The answer to a piece of a recording."""
        path = os.fspath(file)
        blank = Answer(file=str(file), start=piece.start, end=piece.end)
        return self.answer(blank, path, lambda: self.measured(path, piece))

    def measured(self, path: str, piece: Piece) -> np.ndarray:
        """The functionals of a piece."""
        if isinstance(piece.sound, Exception):
            raise piece.sound
        return measure_signal(path, *piece.sound, self.smile)

    def answer(self, blank: Answer, path: str, measure: Callable[[], np.ndarray]) -> Answer:
        """The answer ``blank`` filled in with what the functionals say, or why there are none."""
        try:
            probabilities = self.recogniser.predict_proba(measure()[None])[0]
            if not np.isfinite(probabilities).all():
                raise InputError("expected probabilities, found NaN: weights that are too large.")
        except InputError as error:
            return dataclasses.replace(blank, problem=in_a_line(reason_of(error, path)))
        except Exception as error:  # whatever a library makes of a broken recording
            found = in_a_line(f"{type(error).__name__} {error}")
            return dataclasses.replace(blank, problem=f"expected audio, found: {found}.")
        best = probabilities.argmax()
        sure = probabilities[best] >= self.min_confidence
        return dataclasses.replace(
            blank,
            status=OK if sure else ABSTAINED,
            class_name=self.recogniser.classes[best] if sure else None,
            confidence=float(probabilities[best]),
            probabilities=tuple(map(float, probabilities)),
        )


def predict(
    recogniser: Recogniser,
    files: Iterable[str | os.PathLike],
    *,
    segments: float | None = None,
    min_confidence: float = 0.0,
    jobs: int | None = None,
) -> Iterator[Answer]:
    """The answers to recordings, in their order, one by one.

    A recording that cannot be judged gets the answer ``unusable``; the others get theirs.
    ``files`` is taken from as the answers are, a few recordings a thread ahead.

    Args:
        recogniser: of ``cada_tf.load`` or ``Adapter``.
        files: recordings, or folders of them.
        segments: seconds of the pieces that recordings are cut into, [0, s), [s, 2s) …; a last
            one shorter than half of that is joined to the one before. None for whole ones.
        min_confidence: below this probability no class is named.
        jobs: threads; None for one a core.

    Raises:
        InputError: recordings cannot be measured as this recogniser's were, or an argument is
            out of range.
    """
    check_recogniser(recogniser)
    check_between("segments", segments, SHORTEST_SEGMENT, LONGEST, "seconds")
    check_between("min_confidence", min_confidence, 0, 1, "a probability")
    check_between("jobs", jobs, 1, math.inf, "threads")
    files = [files] if isinstance(files, str | os.PathLike) else files
    judge = Judge(recogniser, make_smile(recogniser.measured.sampling_rate or None), min_confidence)
    return in_order(calls(judge, expanded(files), segments), jobs or joblib.cpu_count())


def calls(
    judge: Judge, files: Iterable[Recording], segments: float | None
) -> Iterator[Callable[[], Answer]]:
    """What makes each answer, in order."""
    for file in files:
        if segments is None:
            yield functools.partial(judge.whole, file)
        else:
            for piece in pieces(os.fspath(file), segments):
                yield functools.partial(judge.piece, file, piece)


def check_recogniser(recogniser: Recogniser) -> None:
    """Refuses a recogniser of functionals that are not measured here.

    Raises:
        InputError: it is one.
    """
    measured = recogniser.measured
    if measured is None:
        raise InputError(
            "expected a recogniser of recordings, found one of features that were given as "
            "numbers. Use Recogniser.predict_proba on such features."
        )
    expected = (measured.feature_set, measured.opensmile, tuple(recogniser.features))
    if expected != (FEATURE_SET.name, VERSION, FEATURE_NAMES):
        raise InputError(
            f"expected the {len(recogniser.features)} functionals {measured.feature_set} of "
            f"openSMILE {measured.opensmile}, which the model was trained on, found "
            f"{len(FEATURE_NAMES)} {FEATURE_SET.name} of openSMILE {VERSION}. Install that "
            "version, or make the model anew."
        )
    if measured.sampling_rate:
        check_between(
            "sampling_rate of the model", measured.sampling_rate, LOWEST_RATE, HIGHEST_RATE, "Hz"
        )


def check_between(name: str, value: float | None, low: float, high: float, unit: str) -> None:
    """Refuses a number out of range; None is none.

    Raises:
        InputError: it is, or is not a number.
    """
    if value is not None and not low <= value <= high:
        bounds = f"from {low} on" if math.isinf(high) else f"from {low} to {high}"
        raise InputError(f"{name}: expected {unit}, {bounds}, found {value}. Choose another.")


def in_a_line(text: str) -> str:
    """A message of a library, without its line breaks."""
    return " ".join(text.split())


def as_table(answers: Iterable[Answer], classes: Sequence[str], segmented: bool) -> pd.DataFrame:
    """Answers as a table.

    Args:
        answers: of ``predict``.
        classes: the recogniser's.
        segmented: whether they are of pieces.

    Returns:
        Indexed by ``file``, or by ``file``, ``start`` and ``end`` in seconds: status, class,
        confidence, ``p_CLASS`` for each, and problem.
    """
    rows = [row(answer, classes, segmented) for answer in answers]
    names, index = columns(classes, segmented), index_columns(segmented)
    table = pd.DataFrame(rows, columns=names, dtype=object)  # in which None stays None
    numbers = [*index[1:], *names[names.index("confidence") : -1]]
    return table.astype(dict.fromkeys(numbers, np.float64)).set_index(index)
