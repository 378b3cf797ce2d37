"""What a corpus is: a table of utterances, one row per recording.

A corpus is a ``pandas.DataFrame`` indexed by ``file`` (str, a path that opens
from the working directory unless the table brings features, or a segment's name, see
``audio.utterance``), with the columns

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
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from cada_tf.audio.feature_set import DEFAULT_FEATURE_SET, feature_names
from cada_tf.audio.formats import KNOWN_FORMATS
from cada_tf.audio.utterance import split_name
from cada_tf.corpora.recording_files import PassedOver, is_recording
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports
from cada_tf.text import LONGEST_NAME, printable, shown

with lazy_imports():
    import pandas as pd

NEGATIVE = "negative"
POSITIVE = "positive"
BY_VALENCE = "valence"
BY_EMOTION = "emotion"

log = logging.getLogger("cada_tf")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """How corpora are to be read; each field belongs to a flag of the programs.

    Args:
        classes: what the classes are: ``valence``, negative and positive; ``emotion``, each
            emotion by its common name; or the path of a table of the columns emotion and class.
        negative, positive: emotions of each class by valence, for corpora without a map of their
            own.
        drop: emotions to leave out.
        aibo_labels: Aibo's label file or the folder above it, if not beside the audio.
        emodb_extra: take the files that EMODB 2.0 added, too.
        audb_table: the table of an audb database that holds the emotions.
        features: the feature set whose columns a table may bring; see
            ``feature_registry.make_feature_set``.
        cache_dir: where downloaded and generated corpora are kept.
        name: names of corpora instead of their own; see ``naming.given_names``.
    """

    classes: str = BY_VALENCE
    negative: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    aibo_labels: str | None = None
    emodb_extra: bool = False
    audb_table: str | None = None
    features: str = DEFAULT_FEATURE_SET
    cache_dir: str | None = None
    name: tuple[str, ...] = ()


def make_corpus(
    name: str,
    files: Iterable[str],
    speakers: Iterable[str],
    emotions: Iterable[str],
    classes: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Builds and checks a corpus.

    Args:
        name: for results and messages.
        files: one path per utterance.
        speakers: one entry per utterance.
        emotions: one entry per utterance.
        classes: one entry per utterance; without them the table lacks the column ``class``,
            which ``classes.label_corpus`` adds.

    Raises:
        InputError: no utterance, a file named twice, an empty cell, or a name of more than
            ``LONGEST_NAME`` characters.

    Speakers, emotions and classes are compared as ``clean_name`` makes them; classes that differ
    in case alone are one.
    """
    name = shown(name)
    columns = {"speaker": speakers, "emotion": emotions}
    columns |= {} if classes is None else {"class": classes}
    table = pd.DataFrame(
        {column: clean_names(values) for column, values in columns.items()},
        index=pd.Index(list(files), name="file", dtype=object),
        dtype=object,
    )
    if table.empty:
        raise InputError(f"{name}: expected at least one utterance, found none.")
    check_files_once(name, table)
    for column in table:
        empty = table.index[table[column] == ""]
        if len(empty):
            raise InputError(
                f"{name}: expected a value in column {column!r} of each row, found none for "
                f"{empty[0]} ({len(empty)} such rows). Fill them in or remove the rows."
            )
        long = table.index[table[column].str.len() > LONGEST_NAME]
        if len(long):
            raise InputError(
                f"{name}: expected at most {LONGEST_NAME} characters in column {column!r}, found "
                f"more for {long[0]} ({len(long)} such rows). Shorten the name."
            )
    table = table if classes is None else join_case(name, table)
    table.attrs |= {"name": name, "features": None}
    return table


def clean_names(names: Iterable) -> list[str]:
    """Names as they are compared: composed (NFC), without blanks around; "" for a missing one."""
    names = list(names)
    clean = {name: "" if pd.isna(name) else clean_name(str(name)) for name in set(names)}
    return [clean[name] for name in names]


def clean_name(name: str) -> str:
    """A name in composed characters (NFC), with single blanks, and none around it.

    What does not print is escaped, so that the name can be shown anywhere.
    """
    return printable(" ".join(unicodedata.normalize("NFC", name).split()))


def check_files_once(name: str, table: pd.DataFrame) -> None:
    """Refuses a table with a file in several rows.

    Raises:
        InputError: there is one; the message says in what its rows differ, if they do.
    """
    twice = table.index[table.index.duplicated()]
    if twice.empty:
        return
    distinct = table[table.index.isin(twice)].reset_index().drop_duplicates()
    labelled = distinct["file"][distinct["file"].duplicated()]
    if labelled.empty:
        raise InputError(
            f"{name}: expected each file once, found {twice[0]} more than once "
            f"({len(twice)} such rows). Remove the duplicate rows."
        )
    file = labelled.min()
    labels = distinct[distinct["file"] == file].drop(columns="file")
    ways = {" and ".join(sorted(set(labels[c]))): c for c in labels if labels[c].nunique() > 1}
    raise InputError(
        f"{name}: expected each file once, found {file} more than once, labelled in several ways: "
        f"{', '.join(f'{column} {names}' for names, column in ways.items())} "
        f"({labelled.nunique()} such files). Keep the row that is right."
    )


def join_case(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """The table with one class for those that differ in case alone, in lower case; logged."""
    classes = sorted(set(table["class"]))
    lower = [label.lower() for label in classes]
    joined = [label for label in classes if lower.count(label.lower()) > 1]
    if not joined:
        return table
    log.info("%s: classes that differ in case alone are one: %s", name, ", ".join(joined))
    one = {label: label.lower() if label in joined else label for label in classes}
    return table.assign(**{"class": table["class"].map(one).astype(object)})


def class_counts(corpus: pd.DataFrame) -> str:
    """How many utterances of each class there are: ``385 negative, 150 positive``."""
    counts = corpus["class"].value_counts().sort_index()
    return ", ".join(f"{count} {label}" for label, count in counts.items())


def content_hash(corpus: pd.DataFrame) -> str:
    """A number that changes with any speaker, class or feature, though not with their order."""
    columns = ["speaker", "class", *feature_names(corpus)]
    hashes = pd.util.hash_pandas_object(corpus[columns], index=False)
    return f"{hashes.sum():016x}"


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
    """The recordings directly in ``folder``, sorted by name; what else is there is logged.

    Raises:
        InputError: there is none.
    """
    found = [path.relative_to(folder) for path in sorted(folder.iterdir())]
    files = [folder / path for path in found if is_recording(path)]
    passed_over = PassedOver(folder)
    for path in found:
        if not is_recording(path) and not (folder / path).is_dir():
            passed_over.add(path)
    passed_over.report()
    if not files:
        raise InputError(
            f"{name}: expected recordings ({KNOWN_FORMATS}) in {folder}, found none. "
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


def recordings_below(folder: str | os.PathLike) -> Iterator[str]:
    """The recordings below a folder, in order; what else is there is logged in the end."""
    passed_over = PassedOver(folder)
    for path in files_below(Path(folder)):
        name = path.relative_to(folder)
        if is_recording(name):
            yield str(path)
        else:
            passed_over.add(name)
    passed_over.report()


def recording_of(utterance: str) -> str:
    """The path of the recording that an utterance is, or is a segment of."""
    return split_name(utterance)[0]


def require_recordings(name: str, files: Iterable[str]) -> None:
    """Checks that each of ``files`` is there.

    Raises:
        InputError: some are not; the message names the first and how many.
    """
    files = list(files)
    missing = [file for file in map(recording_of, files) if not Path(file).is_file()]
    if missing:
        raise InputError(
            f"{name}: expected a recording at {missing[0]}, found nothing "
            f"({len(missing)} of {len(files)} are missing). Restore the files or check the path."
        )
