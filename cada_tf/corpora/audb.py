"""Databases in audformat, published with audEERING's audb (https://audeering.github.io/audb)."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import audformat
import pandas as pd

from cada_tf.corpora import emodb
from cada_tf.corpora.audformat_tables import choose_table, emotions_and_classes, speakers_of
from cada_tf.corpora.classes import label_corpus
from cada_tf.corpora.corpus import BY_VALENCE, Options, log
from cada_tf.errors import InputError


def read(path: str, options: Options) -> pd.DataFrame:
    """Reads a database from the repositories that audb knows, or from its cache.

    Recordings are fetched for those utterances alone that the corpus keeps.

    Args:
        path: ``NAME@VERSION``; the latest version, which is logged, if none is given.
            The corpus is named ``NAME``.
        options: ``audb_table``, ``cache_dir``, ``emodb_extra`` (for emodb 2.0), and those
            of ``classes.label_corpus``.

    Raises:
        InputError: audb is not installed, the database or its version is not found or not
            fetched, or has no table with emotion and speaker of whole recordings.
    """
    audb = import_audb()
    name, _, version = path.partition("@")
    if not name:
        raise InputError(f"audb:{path}: expected audb:NAME@VERSION, found no name. Add it.")
    cache = str(Path(options.cache_dir).expanduser() / "audb") if options.cache_dir else None
    with one_clear_error(path):
        version = version or latest_version(audb, name)
        which = {"version": version, "cache_root": cache}
        database = audb.load(name, **which, only_metadata=True, full_path=False, verbose=False)
    corpus = corpus_of(name, database, options)
    with one_clear_error(path):
        files = audb.load_media(name, list(corpus.index), **which)
    corpus.index = pd.Index(files, name="file", dtype=object)
    return corpus


def import_audb() -> ModuleType:
    """The package audb, an extra of ours.

    Raises:
        InputError: it is not installed.
    """
    try:
        import audb
    except ImportError as error:
        raise InputError(
            "audb: expected the package audb, found it not installed. "
            "Install it with: pip install cada-tf[audb]"
        ) from error
    return audb


@contextlib.contextmanager
def one_clear_error(path: str) -> Iterator[None]:
    """Turns what audb raises, where it cannot find or fetch a database, into InputError."""
    try:
        yield
    except Exception as error:  # each of audb's backends raises errors of its own
        # Its BackendError says nothing but holds the reason.
        reason = " ".join(str(getattr(error, "exception", error)).split())
        raise InputError(
            f"audb:{path}: expected a database that audb can load, found: {reason.rstrip('.')}. "
            "Check name, version and network."
        ) from error


def latest_version(audb: ModuleType, name: str) -> str:
    """The latest version, which is logged, since results depend on it."""
    version = audb.latest_version(name)
    log.info("audb:%s: no version given, taking the latest, %s@%s", name, name, version)
    return version


def corpus_of(name: str, database: audformat.Database, options: Options) -> pd.DataFrame:
    """The utterances of a database, indexed by its own relative file names.

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
