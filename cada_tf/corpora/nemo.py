"""nEMO, Polish emotional speech of nine actors (Christop, 2024; github.com/amu-cai/nEMO)."""

import csv

import pandas as pd

from cada_tf.corpora.classes import label_corpus
from cada_tf.corpora.corpus import (
    NEGATIVE,
    POSITIVE,
    Options,
    existing_directory,
    log,
)
from cada_tf.corpora.table_file import read_cells, require_columns, texts
from cada_tf.errors import InputError

NAME = "nemo"
VALENCE = {
    "anger": NEGATIVE,
    "fear": NEGATIVE,
    "sadness": NEGATIVE,
    "happiness": POSITIVE,
    "neutral": POSITIVE,
    "surprised": None,  # of either valence
}


def read(path: str, options: Options) -> pd.DataFrame:
    """Reads nEMO. Where recordings are absent, the rest is used, and a warning logged.

    Args:
        path: the folder with ``data.tsv`` and ``samples/*.wav``.
        options: ``classes``, ``drop``.

    Raises:
        InputError: no such folder, no usable ``data.tsv``, none of its recordings.
    """
    folder = existing_directory(path, NAME)
    # Quotation marks stand for themselves in the sentences.
    cells = read_cells(folder / "data.tsv", quoting=csv.QUOTE_NONE)
    require_columns(cells, folder / "data.tsv", "file_id", "speaker_id", "emotion")
    files = [folder / "samples" / file for file in texts(cells["file_id"])]
    there = [file.is_file() for file in files]
    if not any(there):
        raise InputError(
            f"{NAME}: expected the recordings of data.tsv in {folder / 'samples'}, such as "
            f"{files[0].name}, found none of {len(files)}. Check the path."
        )
    if not all(there):
        log.warning(
            "%s: expected the %d recordings of data.tsv, found %d; %s is the first of %d missing.",
            *(NAME, len(files), sum(there), files[there.index(False)], there.count(False)),
        )
    present = cells[there]
    return label_corpus(
        NAME,
        [str(file) for file, is_there in zip(files, there, strict=True) if is_there],
        texts(present["speaker_id"]),
        texts(present["emotion"]),
        options,
        valence=VALENCE,
    )
