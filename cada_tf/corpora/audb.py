"""Databases in audformat, published with audEERING's audb (https://audeering.github.io/audb)."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pandas as pd

from cada_tf.corpora.audformat_database import corpus_of, moved
from cada_tf.corpora.corpus import Options, log, recording_of
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
            fetched, or has no table with emotion and speaker.
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
    recordings = list(dict.fromkeys(map(recording_of, corpus.index)))
    with one_clear_error(path):
        paths = audb.load_media(name, recordings, **which)
    return moved(corpus, dict(zip(recordings, paths, strict=True)))


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
