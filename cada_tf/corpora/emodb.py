"""EMODB, the Berlin Database of Emotional Speech (Burkhardt et al., 2005)."""

import functools
import importlib.resources
import re
from collections.abc import Iterable
from pathlib import Path, PurePath

import pandas as pd

from cada_tf.corpora.audformat_folder import HEADER, load_database
from cada_tf.corpora.classes import label_corpus
from cada_tf.corpora.corpus import (
    NEGATIVE,
    POSITIVE,
    Options,
    audio_files,
    existing_directory,
    log,
    require_recordings,
)
from cada_tf.errors import InputError

NAME = "emodb"
FILE_NAME = re.compile(r"(?P<speaker>03|08|09|1[0-6])[ab]\d\d(?P<letter>[WLEAFTN])[a-z]")
EMOTIONS = {
    "W": "anger",
    "L": "boredom",
    "E": "disgust",
    "A": "fear",
    "F": "happiness",
    "T": "sadness",
    "N": "neutral",
}
"""Letter in the file name, from the German word, → emotion."""
VALENCE = {
    "anger": NEGATIVE,
    "boredom": NEGATIVE,
    "disgust": NEGATIVE,
    "fear": NEGATIVE,
    "sadness": NEGATIVE,
    "happiness": POSITIVE,
    "neutral": POSITIVE,
}
"""The paper's Table 1."""
PAPER_COUNTS = {NEGATIVE: 385, POSITIVE: 150}
LARYNGOGRAMS = "laryngo"
"""Folder in EMODB 2.0 of what an electrode at the throat recorded, not a microphone."""


def read(path: str, options: Options) -> pd.DataFrame:
    """Reads EMODB, 385 negative and 150 positive utterances of ten speakers.

    Args:
        path: a folder in the original layout (``wav/03a01Fa.wav``, or the recordings in
            the folder itself) or in audformat's (``db.yaml`` and its tables).
        options: ``emodb_extra`` takes the files that EMODB 2.0 added too; ``classes``, ``drop``.

    Raises:
        InputError: no such folder, no recordings, a file name that is not EMODB's, an
            unreadable database, a recording that its tables name but that is missing.
    """
    folder = existing_directory(path, NAME)
    found = database_files(folder) if (folder / HEADER).is_file() else original_files(folder)
    files = leave_out_extra(found, options)
    require_recordings(NAME, files)
    warn_if_incomplete(files)
    labels = [parse_file_name(file) for file in files]
    return label_corpus(
        NAME,
        files,
        [speaker for speaker, _ in labels],
        [emotion for _, emotion in labels],
        options,
        valence=VALENCE,
    )


def original_files(folder: Path) -> list[str]:
    """The recordings of the original layout."""
    wav = folder / "wav"
    return [str(file) for file in audio_files(wav if wav.is_dir() else folder, NAME)]


def database_files(folder: Path) -> list[str]:
    """The recordings of speech that the tables of an audformat database name.

    Raises:
        InputError: audformat cannot read the database, or it names no recording.
    """
    files = load_database(folder).files
    speech = [file for file in files if PurePath(file).parent.name != LARYNGOGRAMS]
    if not speech:
        raise InputError(
            f"{folder / HEADER}: expected recordings in the database's tables, found none. "
            "Download it again."
        )
    return [str(folder / file) for file in speech]


def parse_file_name(file: str) -> tuple[str, str]:
    """Speaker and emotion according to the name of a recording.

    Raises:
        InputError: the name is not one of EMODB's.

    Example:
        >>> parse_file_name("wav/03a01Fa.wav")
        ('03', 'happiness')
    """
    match = FILE_NAME.fullmatch(PurePath(file).stem)
    if not match:
        raise InputError(
            f"{file}: expected a file name of EMODB's (speaker 03 or 08 to 16, text, emotion "
            f"letter, version, as 03a01Fa.wav), found {PurePath(file).name}. "
            "Move the file out of the folder or check the path."
        )
    return match["speaker"], EMOTIONS[match["letter"]]


@functools.cache
def published_names() -> frozenset[str]:
    """The 535 names, without suffix, of the set that was published in 2005."""
    text = importlib.resources.files(__package__).joinpath("emodb_535.txt").read_text("utf-8")
    rows = [line.split() for line in text.splitlines() if not line.startswith("#")]
    return frozenset(start + end for start, *ends in rows for end in ends)


def leave_out_extra(files: Iterable[str], options: Options) -> list[str]:
    """The files of the published set, or all with ``options.emodb_extra``.

    Listeners agreed less on the files that EMODB 2.0 added, so results with them do
    not compare with those of the paper.

    Raises:
        InputError: a file name that is not EMODB's, or no file of the published set.
    """
    files = list(files)
    for file in files:
        parse_file_name(file)
    kept = [file for file in files if PurePath(file).stem in published_names()]
    if options.emodb_extra or len(kept) == len(files):
        return files
    if not kept:
        raise InputError(
            f"{NAME}: expected files of the 535 that were published, found {len(files)} others "
            f"alone, such as {files[0]}. Take them with `emodb_extra` or check the path."
        )
    log.info(
        "%s: left out %d files that are not among the 535 published; `emodb_extra` takes them",
        NAME,
        len(files) - len(kept),
    )
    return kept


def warn_if_incomplete(files: Iterable[str]) -> None:
    """Logs a warning if some of the 535 published files are not there."""
    names = {PurePath(file).stem for file in files} & published_names()
    if names != published_names():
        classes = [VALENCE[parse_file_name(name)[1]] for name in names]
        found = ", ".join(f"{classes.count(label)} {label}" for label in PAPER_COUNTS)
        paper = ", ".join(f"{count} {label}" for label, count in PAPER_COUNTS.items())
        log.warning(
            "%s: expected the 535 published files (%s), found %d of them (%s). Results will "
            "not compare with the paper's.",
            *(NAME, paper, len(names), found),
        )
