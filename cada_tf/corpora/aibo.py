"""FAU Aibo in the classes of the Interspeech 2009 Emotion Challenge (Schuller et al.).

There are two by valence, and five otherwise, which stand for emotions.

The children of one school, Ohm, and of the other, Mont, are a corpus each.
"""

from collections import Counter
from pathlib import Path

import pandas as pd

from cada_tf.corpora.aibo_labels import FIVE_CLASSES, TWO_CLASSES, find_label_file, read_labels
from cada_tf.corpora.classes import label_corpus
from cada_tf.corpora.corpus import (
    BY_VALENCE,
    NEGATIVE,
    POSITIVE,
    Options,
    existing_directory,
    files_below,
    log,
)
from cada_tf.errors import InputError

VALENCE = {"NEG": NEGATIVE, "IDL": POSITIVE}
"""IDL is everything but NEG, "idle", which the paper calls positive."""
PAPER_COUNTS = {
    "Ohm": {"negative": 3358, "positive": 6601, "speakers": 26},
    "Mont": {"negative": 2465, "positive": 5792, "speakers": 25},
}
"""The paper's Table 1."""


def read_ohm(path: str, options: Options) -> pd.DataFrame:
    """Reads the school Ohm; see ``read_school``."""
    return read_school("Ohm", path, options)


def read_mont(path: str, options: Options) -> pd.DataFrame:
    """Reads the school Mont; see ``read_school``."""
    return read_school("Mont", path, options)


def read_school(school: str, path: str, options: Options) -> pd.DataFrame:
    """Reads the utterances of one school. Counts other than the paper's are logged.

    Args:
        school: ``Ohm`` or ``Mont``.
        path: a folder anywhere below which the recordings lie, as ``wav/Ohm_01_000_00.wav``,
            and the labels, as ``labels/IS2009EmotionChallenge/chunk_labels_2cl_corpus.txt``
            or, for other classes than those by valence, ``chunk_labels_5cl_corpus.txt``.
        options: ``aibo_labels``, the label file or a folder above it, if it lies elsewhere;
            ``classes``, ``drop``.

    Raises:
        InputError: no label file or several, a line of it that is not understood or given
            twice, none of this school, a recording that is missing or there twice.
    """
    name = f"aibo-{school.lower()}"
    folder = existing_directory(path, name)
    kind = TWO_CLASSES if options.classes == BY_VALENCE else FIVE_CLASSES
    label_file = find_label_file(options.aibo_labels or str(folder), name, kind)
    chunks = [chunk for chunk in read_labels(label_file, kind) if chunk.school == school]
    if not chunks:
        raise InputError(
            f"{label_file}: expected lines of the school {school}, as {school}_01_000_00 "
            f"{kind.example} 0.93, found none. Check that it holds the labels of both schools."
        )
    table = label_corpus(
        name,
        recordings_of_chunks(folder, [chunk.identifier for chunk in chunks], name),
        [chunk.speaker for chunk in chunks],
        [chunk.label for chunk in chunks],
        options,
        valence=VALENCE,
    )
    if kind is TWO_CLASSES:
        warn_of_other_counts(table, PAPER_COUNTS[school])
    return table


def recordings_of_chunks(folder: Path, identifiers: list[str], name: str) -> list[str]:
    """The path of each id's recording, anywhere below ``folder``.

    Raises:
        InputError: some are missing, or one is there more than once.
    """
    wanted = set(identifiers)
    found: dict[str, str] = {}
    for path in files_below(folder):
        if path.suffix != ".wav" or path.stem not in wanted:
            continue
        if found.setdefault(path.stem, str(path)) != str(path):
            raise InputError(
                f"{name}: expected one recording {path.name} below {folder}, found "
                f"{found[path.stem]} and {path}. Name the folder of one of them."
            )
    missing = [identifier for identifier in identifiers if identifier not in found]
    if missing:
        raise InputError(
            f"{name}: expected the recording {missing[0]}.wav below {folder}, found none "
            f"({len(missing)} of {len(identifiers)} are missing). Restore them, or name another "
            "folder, and the labels with `aibo_labels`."
        )
    return [found[identifier] for identifier in identifiers]


def warn_of_other_counts(table: pd.DataFrame, paper: dict[str, int]) -> None:
    """Logs a warning if the counts differ from the paper's Table 1."""
    classes = Counter(table["class"])
    counts = {label: classes[label] for label in VALENCE.values()}
    counts["speakers"] = table["speaker"].nunique()
    if counts != paper:
        log.warning(
            "%s: expected the counts of the paper's Table 1 (%s), found %s. Results will not "
            "compare with the paper's.",
            table.attrs["name"],
            *(", ".join(f"{n} {what}" for what, n in each.items()) for each in (paper, counts)),
        )
