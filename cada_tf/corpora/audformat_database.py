"""Databases in audformat, of a folder or of audb, as corpora."""

from collections.abc import Mapping
from pathlib import Path

import audformat
import pandas as pd

from cada_tf.corpora import emodb
from cada_tf.corpora.audformat_folder import load_database
from cada_tf.corpora.audformat_tables import choose_table, emotions_and_classes, speakers_of
from cada_tf.corpora.classes import label_corpus
from cada_tf.corpora.corpus import (
    BY_VALENCE,
    Options,
    existing_directory,
    log,
    recording_of,
    require_recordings,
)


def read(path: str, options: Options) -> pd.DataFrame:
    """Reads a database of a folder: its recordings, or segments of them, with their labels.

    Args:
        path: the folder with ``db.yaml``, the tables and the recordings. The corpus is named after
            it.
        options: as for ``audb.read``.

    Raises:
        InputError: there is no such folder, audformat cannot read it, it has no table with emotion
            and speaker, or a recording is missing.
    """
    folder = existing_directory(path, "audformat")
    corpus = corpus_of(Path(path).resolve().name, load_database(folder), options)
    recordings = dict.fromkeys(map(recording_of, corpus.index))
    corpus = moved(corpus, {file: str(folder / file) for file in recordings})
    require_recordings(corpus.attrs["name"], corpus.index)
    return corpus


def moved(corpus: pd.DataFrame, paths: Mapping[str, str]) -> pd.DataFrame:
    """The corpus with the recordings of its utterances at other paths."""
    names = [
        paths[file] + utterance.removeprefix(file)
        for utterance, file in zip(corpus.index, map(recording_of, corpus.index), strict=True)
    ]
    return corpus.set_axis(pd.Index(names, name="file", dtype=object))


def corpus_of(name: str, database: audformat.Database, options: Options) -> pd.DataFrame:
    """The utterances of a database, indexed by names of files relative to it.

    Raises:
        InputError: no usable table, no speakers, or as ``label_corpus``.
    """
    table = choose_table(name, database, options.audb_table)
    emotions, classes = emotions_and_classes(name, table)
    by_class = emotions is None or (classes is not None and options.classes == BY_VALENCE)
    labels = classes if by_class else emotions
    known = labels.notna()
    if not known.all():
        log.info("%s: left out %d recordings without an emotion", name, (~known).sum())
    files = [str(file) for file in labels.index[known]]
    if name == emodb.NAME:
        files = emodb.leave_out_extra(files, options)
    return label_corpus(
        name,
        files,
        speakers_of(name, database, table).reindex(files),
        None if emotions is None else emotions[files],
        options,
        classes=None if classes is None else classes[files],
    )
