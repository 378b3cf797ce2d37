"""Recordings that are named by a file, a folder, a table, or the standard input."""

import dataclasses
import itertools
import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NoReturn

from cada_tf.audio.formats import KNOWN_FORMATS, MAGIC_LENGTH, is_audio
from cada_tf.corpora.corpus import recordings_below
from cada_tf.corpora.table_file import SPREADSHEETS, TABLES
from cada_tf.errors import InputError
from cada_tf.recogniser.recording_table import RecordingTable, database_table, read_table
from cada_tf.recogniser.table_row import TableRow

STANDARD_INPUT = "-"
NOT_NAMES = (b"\xff", b"NIST_1A\n", b"#!AMR")
"""First bytes of recordings that look like text, and that no name in UTF-8 has."""


@dataclasses.dataclass(frozen=True)
class StandardInput:
    """A recording from the standard input, in a file without a name that ends with this object.

    Args:
        descriptor: of the open file.
    """

    descriptor: int

    def __post_init__(self) -> None:
        weakref.finalize(self, os.close, self.descriptor)

    def __fspath__(self) -> str:
        return f"/dev/fd/{self.descriptor}"

    def __str__(self) -> str:
        return STANDARD_INPUT


Recording = str | StandardInput | TableRow
"""``os.fspath`` of it is a path to open, ``str`` the name to print."""


@dataclasses.dataclass(frozen=True)
class Recordings:
    """Recordings that are named in several ways; iterates over them, once.

    Args:
        parts: the recordings of each argument.
    """

    parts: list[Iterable[Recording]]

    def __iter__(self) -> Iterator[Recording]:
        return itertools.chain.from_iterable(self.parts)

    @property
    def tables(self) -> list[RecordingTable]:
        """The tables among them."""
        return [part for part in self.parts if isinstance(part, RecordingTable)]

    @property
    def segmented(self) -> bool:
        """Whether a table names segments."""
        return any(table.segmented for table in self.tables)

    @property
    def measured(self) -> bool:
        """Whether all are rows of tables that have the features."""
        return all(isinstance(part, RecordingTable) and part.measured for part in self.parts)


def find_recordings(words: Iterable[str], features: Sequence[str] = ()) -> Recordings:
    """The recordings that arguments of a command line name.

    Folders and tables are read at once, so that a mistake is reported before any work; the
    standard input is read as its recordings are taken.

    Args:
        words: each a recording; a folder, for all recordings below it, or for those of its table
            if it is an audformat database; a table (``.csv``, ``.tsv`` or ``.parquet``), see
            ``recording_table``; or ``-``, the standard input: one recording, or names of files,
            one a line.
        features: names of the columns that are features, where a table has them all.

    Raises:
        InputError: a folder or table without recordings, or, later, a standard input without.
    """
    return Recordings([resolve(word, features) for word in words])


def resolve(word: str, features: Sequence[str] = ()) -> Iterable[Recording]:
    """The recordings that one argument names."""
    if word == STANDARD_INPUT:
        return from_standard_input()
    if os.path.isdir(word):
        return database_table(word, features) or from_folder(word)
    if Path(word).suffix.lower() in (*TABLES, *SPREADSHEETS):
        return read_table(Path(word), features)
    return [word]


def expand_folders(files: Iterable[str | os.PathLike]) -> Iterator[Recording]:
    """The files, with each folder's recordings in its place; the folder itself if it has none."""
    for file in files:
        if isinstance(file, StandardInput | TableRow):
            yield file
        elif os.path.isdir(file):
            recordings = recordings_below(file)
            yield next(recordings, os.fspath(file))
            yield from recordings
        else:
            yield os.fspath(file)


def from_folder(folder: str) -> Iterator[str]:
    """The recordings below a folder.

    Raises:
        InputError: there is none.
    """
    recordings = recordings_below(folder)
    first = next(recordings, None)
    if first is None:
        raise InputError(
            f"{folder}: expected recordings ({KNOWN_FORMATS}) below the folder, found none. Check "
            "the path."
        )
    return itertools.chain([first], recordings)


def from_standard_input() -> Iterator[Recording]:
    """The recording at the standard input, or those whose names are there.

    Raises:
        InputError: it is empty, or something else.
    """
    if sys.stdin is None:  # closed by the shell
        fail("it closed")
    stream = sys.stdin.buffer
    start = first_bytes(stream)
    if is_text(start):
        names = names_in(start, stream)
        yield next(names, None) or fail("nothing")
        yield from names
    elif is_audio(start):
        yield store(start, stream)
    else:
        fail("a file of another kind")


def fail(found: str) -> NoReturn:
    """Refuses what is at the standard input."""
    raise InputError(
        f"-: expected a recording ({KNOWN_FORMATS}), or names of recordings, one a line, at the "
        f"standard input, found {found}. Pipe them in."
    )


def first_bytes(stream: BinaryIO) -> bytes:
    """The bytes that tell its format; fewer where a line of text, or the stream, ends before."""
    start = b""
    while len(start) < MAGIC_LENGTH and (byte := stream.read(1)):
        start += byte
        if byte == b"\n" and not is_audio(start):
            break  # whoever types names waits for the first prediction
    return start


def is_text(start: bytes) -> bool:
    """Whether these first bytes are of a list of names, even of one such as ``RIFF_1.wav``."""
    controls = any(byte < 32 for byte in start if byte not in b"\t\r\n")
    return not (controls or start.startswith(NOT_NAMES))


def names_in(start: bytes, stream: BinaryIO) -> Iterator[str]:
    """The lines of a stream that are not blank; ``start`` has been read already."""
    read = start if start.endswith(b"\n") else start + stream.readline()
    for line in itertools.chain(read.split(b"\n"), stream):
        if name := line.strip(b"\r\n"):
            yield os.fsdecode(name)


def store(start: bytes, stream: BinaryIO) -> StandardInput:
    """Copies a recording, these first bytes and the rest of a stream, to a file without a name."""
    descriptor, name = tempfile.mkstemp()
    os.unlink(name)  # the file is deleted when the process ends, however it ends
    with open(descriptor, "wb", closefd=False) as file:
        file.write(start)
        shutil.copyfileobj(stream, file)
    return StandardInput(descriptor)
