"""What a corpus is: a table of utterances, one row per recording.

A corpus is a ``pandas.DataFrame`` indexed by ``file`` (str, a path that opens
from the working directory unless the table brings features), with the columns

* ``speaker``: str;
* ``emotion``: str, the corpus's own name for it;
* ``class``: str, what is recognised, for the paper ``negative`` or ``positive``;
* ``corpus``: str, which corpus an utterance is from, where several are joined;
* its features, float32, once they are known (``cada_tf.audio.features``): all other columns
  of numbers.

Its name, for results and messages, is ``table.attrs["name"]``; what its features are,
``table.attrs["features"]``, a ``FeatureConfig``, or None where that is not known.
"""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from cada_tf.audio.feature_set import feature_names
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports

with lazy_imports():
    import pandas as pd

NEGATIVE = "negative"
POSITIVE = "positive"
AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")

log = logging.getLogger("cada_tf")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """How corpora are to be read; each field belongs to a flag of the programs.

    Args:
        negative, positive: emotions of each class, for corpora without a map of their own.
        drop: emotions to leave out.
        aibo_labels: Aibo's label file or the folder above it, if not beside the audio.
        emodb_extra: take the files that EMODB 2.0 added, too.
        audb_table: the table of an audb database that holds the emotions.
        cache_dir: where downloaded and generated corpora are kept.
    """

    negative: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    aibo_labels: str | None = None
    emodb_extra: bool = False
    audb_table: str | None = None
    cache_dir: str | None = None


def make_corpus(
    name: str,
    files: Iterable[str],
    speakers: Iterable[str],
    emotions: Iterable[str],
    classes: Iterable[str] | None = None,
    *,
    valence: Mapping[str, str | None] | None = None,
) -> pd.DataFrame:
    """Builds and checks a corpus.

    Args:
        name: for results and messages.
        files: one path per utterance.
        speakers: one entry per utterance.
        emotions: one entry per utterance.
        classes: one entry per utterance, or None to look each emotion up in ``valence``.
        valence: emotion → class, or None for an emotion to leave out, which is logged.

    Raises:
        InputError: no utterance, a file named twice, an empty cell, an emotion that
            ``valence`` does not know.
    """
    table = pd.DataFrame(
        {"speaker": list(speakers), "emotion": list(emotions)},
        index=pd.Index(list(files), name="file", dtype=object),
        dtype=object,
    )
    if table.empty:
        raise InputError(f"{name}: expected at least one utterance, found none.")
    twice = table.index[table.index.duplicated()]
    if len(twice):
        raise InputError(
            f"{name}: expected each file once, found {twice[0]} more than once "
            f"({len(twice)} such rows). Remove the duplicate rows."
        )
    table["class"] = list(classes) if classes is not None else table["emotion"]
    for column in ("speaker", "emotion", "class"):
        empty = table.index[table[column].isna() | (table[column].astype(str).str.strip() == "")]
        if len(empty):
            raise InputError(
                f"{name}: expected a value in column {column!r} of each row, found none for "
                f"{empty[0]} ({len(empty)} such rows). Fill them in or remove the rows."
            )
        table[column] = table[column].astype(str).str.strip().astype(object)
    if classes is None:
        table = apply_valence(name, table, valence)
    table.attrs |= {"name": name, "features": None}
    return table


def class_counts(corpus: pd.DataFrame) -> str:
    """How many utterances of each class there are: ``385 negative, 150 positive``."""
    counts = corpus["class"].value_counts().sort_index()
    return ", ".join(f"{count} {label}" for label, count in counts.items())


def content_hash(corpus: pd.DataFrame) -> str:
    """A number that changes with any speaker, class or feature, though not with their order."""
    columns = ["speaker", "class", *feature_names(corpus)]
    hashes = pd.util.hash_pandas_object(corpus[columns], index=False)
    return f"{hashes.sum():016x}"


def apply_valence(
    name: str, table: pd.DataFrame, valence: Mapping[str, str | None]
) -> pd.DataFrame:
    """The table with ``class`` looked up; emotions that map to None left out, and logged.

    Case does not matter: ``Anger`` is looked up as ``anger``.

    Raises:
        InputError: an emotion that ``valence`` does not know, or no utterance left.
    """
    known = {emotion.lower(): label for emotion, label in valence.items()}
    unknown = sorted(set(table["emotion"].str.lower()) - set(known))
    if unknown:
        count = table["emotion"].str.lower().isin(unknown).sum()
        raise InputError(
            f"{name}: expected each emotion in the list of a class, found {', '.join(unknown)} "
            f"in none ({count} utterances). Name all emotions with `negative` and `positive` "
            f"(table: and audb:), or leave out with `drop={','.join(unknown)}`."
        )
    classes = table["emotion"].str.lower().map(known).astype(object)
    return leave_out(name, table.assign(**{"class": classes}), classes.isna())


def leave_out(name: str, table: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """The table without the rows where ``rows`` is true; their emotions are logged.

    Raises:
        InputError: no utterance is left.
    """
    for emotion, count in table["emotion"][rows].value_counts().sort_index().items():
        log.info("%s: left out %d utterances of %s", name, count, emotion)
    if rows.all():
        raise InputError(
            f"{name}: expected an utterance in some class, but all {len(table)} were left out. "
            "Drop fewer emotions."
        )
    return table[~rows]


def existing_directory(path: str, name: str) -> Path:
    """``path`` as a directory that exists.

    Raises:
        InputError: it is not there, or not a directory.
    """
    if not path:
        raise InputError(f"{name}: expected {name}:DIR, found no path. Name the corpus's folder.")
    folder = Path(path).expanduser()
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing"
        raise InputError(f"{name}: expected a directory at {path}, found {found}. Check the path.")
    return folder


def audio_files(folder: Path, name: str) -> list[Path]:
    """The recordings directly in ``folder``, sorted by name.

    Raises:
        InputError: there is none.
    """
    # macOS leaves hidden ``._03a01Fa.wav`` beside each file that it unpacks.
    visible = (path for path in folder.iterdir() if not path.name.startswith("."))
    files = sorted(path for path in visible if path.suffix.lower() in AUDIO_SUFFIXES)
    if not files:
        raise InputError(
            f"{name}: expected recordings ({', '.join(AUDIO_SUFFIXES)}) in {folder}, found none. "
            "Check the path."
        )
    return files


def files_below(folder: Path) -> Iterator[Path]:
    """All files below ``folder``, in order, through links too, each real folder once."""
    seen = set()
    for root, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(root)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders.sort()
        yield from (Path(root, file) for file in sorted(files))


def require_recordings(name: str, files: Iterable[str]) -> None:
    """Checks that each of ``files`` is there.

    Raises:
        InputError: some are not; the message names the first and how many.
    """
    files = list(files)
    missing = [file for file in files if not Path(file).is_file()]
    if missing:
        raise InputError(
            f"{name}: expected a recording at {missing[0]}, found nothing "
            f"({len(missing)} of {len(files)} are missing). Restore the files or check the path."
        )
