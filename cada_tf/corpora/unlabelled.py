"""Unlabelled recordings of a target: those of a folder, or of a table."""

from pathlib import Path

import pandas as pd

from cada_tf.audio.feature_registry import make_feature_set
from cada_tf.audio.formats import KNOWN_FORMATS
from cada_tf.corpora import table
from cada_tf.corpora.corpus import Options, make_corpus, recordings_below
from cada_tf.corpora.table_file import read_cells, require_columns, texts
from cada_tf.errors import InputError

UNLABELLED = "unlabelled"
"""The emotion and the class of all of them."""


def read_unlabelled(path: str, options: Options, *, speaker_folders: bool = False) -> pd.DataFrame:
    """Reads recordings whose labels are not known, or are not to be used.

    Args:
        path: of a folder, for all recordings below it; or of a table with the column ``file``,
            and ``speaker`` if it is known (see ``table``). Other columns are not read.
        options: ``features``.
        speaker_folders: whether the name of the folder that a recording is in is its speaker.

    Returns:
        A corpus of the class ``UNLABELLED``, named after the folder or table.

    Raises:
        InputError: there is no recording, or a table or a recording cannot be used.
    """
    location = Path(path).expanduser()
    if location.is_dir():
        return from_folder(location, speaker_folders)
    wanted = make_feature_set(options.features)
    cells = read_cells(location, numbers=set(wanted.names) or None)
    require_columns(cells, location, "file")
    files, features = table.utterances(cells, location, wanted)
    speakers = texts(cells["speaker"]) if "speaker" in cells else [table.UNKNOWN] * len(cells)
    if speaker_folders:
        speakers = [Path(file).parent.name or table.UNKNOWN for file in files]
    corpus = unlabelled_corpus(location.stem, files, speakers)
    return corpus if features is None else table.join_features(corpus, features)


def from_folder(folder: Path, speaker_folders: bool) -> pd.DataFrame:
    """The recordings below a folder."""
    files = list(recordings_below(folder))
    if not files:
        raise InputError(
            f"expected recordings ({KNOWN_FORMATS}) below {folder}, found none. Check the path.",
            option=UNLABELLED,
        )
    speakers = [table.UNKNOWN] * len(files)
    if speaker_folders:
        parents = [Path(file).parent for file in files]
        speakers = [table.UNKNOWN if p == folder else p.name for p in parents]
    return unlabelled_corpus(folder.resolve().name, files, speakers)


def unlabelled_corpus(name: str, files: list[str], speakers: list[str]) -> pd.DataFrame:
    """A corpus of the class ``UNLABELLED``."""
    labels = [UNLABELLED] * len(files)
    return make_corpus(name, files, speakers, labels, labels)
