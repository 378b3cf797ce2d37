"""Which recordings are meant by the name of a file, a folder, a table, or the standard input."""

import dataclasses
import itertools
import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

from cada_tf.audio.decoding import BEGINNINGS
from cada_tf.corpora.corpus import AUDIO_SUFFIXES, files_below
from cada_tf.corpora.table_file import PARQUET, SEPARATORS, read_cells, require_columns, texts
from cada_tf.errors import InputError

STANDARD_INPUT = "-"
TABLES = (*SEPARATORS, PARQUET)
COLUMN = "file"
NO_NAMES = (b"\xff", b"NIST_1A\n")
"""Beginnings of recordings that look like text, and that no name in UTF-8 has."""


@dataclasses.dataclass(frozen=True)
class StandardInput:
    """A recording that came by the standard input, kept without a name until it is of no use.

    Args:
        descriptor: of the open file that it is in.
    """

    descriptor: int

    def __post_init__(self) -> None:
        weakref.finalize(self, os.close, self.descriptor)

    def __fspath__(self) -> str:
        return f"/dev/fd/{self.descriptor}"

    def __str__(self) -> str:
        return STANDARD_INPUT


Recording = str | StandardInput
"""What ``os.fspath`` makes a path of, and ``str`` a name for people."""


def find_recordings(words: Iterable[str]) -> Iterator[Recording]:
    """The recordings that words on a command line mean.

    Folders and tables are looked into at once, so that a mistake is told before any work;
    all else is found as it is taken.

    Args:
        words: each a recording; a folder, for all recordings below it; a table (``.csv``,
            ``.tsv`` or ``.parquet``) whose column ``file`` names recordings relative to it; or
            ``-``, the standard input: one recording, or names of files, one a line.

    Raises:
        InputError: a folder or table without recordings, or, later, a standard input without.
    """
    return itertools.chain.from_iterable([meant(word) for word in words])


def meant(word: str) -> Iterable[Recording]:
    """The recordings that one word means."""
    if word == STANDARD_INPUT:
        return from_standard_input()
    if os.path.isdir(word):
        return from_folder(word)
    if Path(word).suffix.lower() in TABLES:
        return from_table(Path(word))
    return [word]


def expanded(files: Iterable[str | os.PathLike]) -> Iterator[Recording]:
    """The files, with each folder's recordings in its place; the folder itself if it has none."""
    for file in files:
        if isinstance(file, StandardInput):
            yield file
        elif os.path.isdir(file):
            recordings = below(file)
            yield next(recordings, os.fspath(file))
            yield from recordings
        else:
            yield os.fspath(file)


def from_folder(folder: str) -> Iterator[str]:
    """The recordings below a folder.

    Raises:
        InputError: there is none.
    """
    recordings = below(folder)
    first = next(recordings, None)
    if first is None:
        raise InputError(
            f"{folder}: expected recordings ({', '.join(AUDIO_SUFFIXES)}) below the folder, found "
            "none. Check the path."
        )
    return itertools.chain([first], recordings)


def below(folder: str | os.PathLike) -> Iterator[str]:
    """The recordings below a folder, in order, without those that are hidden."""
    for path in files_below(Path(folder)):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in AUDIO_SUFFIXES and not hidden:
            yield str(path)


def from_table(path: Path) -> list[str]:
    """The recordings that a table names, relative to its folder.

    Raises:
        InputError: it is no table, has no column ``file`` or no name in a row of it.
    """
    frame = read_cells(path)
    require_columns(frame, path, COLUMN)
    names = texts(frame[COLUMN])
    if "" in names:
        line = frame.index[names.index("")]
        raise InputError(
            f"{path}: expected a recording in column {COLUMN!r} of {frame.index.name} {line}, "
            "found an empty cell. Fill it in or remove the row."
        )
    return [os.path.join(path.parent, name) for name in names]


def from_standard_input() -> Iterator[Recording]:
    """The recording that is the standard input, or those that it names.

    Raises:
        InputError: it is empty, or something else.
    """
    if sys.stdin is None:  # closed by the shell
        fail("it closed")
    stream = sys.stdin.buffer
    start = beginning(stream)
    if is_text(start):
        names = names_in(start, stream)
        yield next(names, None) or fail("nothing")
        yield from names
    elif start.startswith(BEGINNINGS):
        yield kept(start, stream)
    else:
        fail("a file of another kind")


def fail(found: str) -> NoReturn:
    """Refuses what came by the standard input."""
    raise InputError(
        "-: expected a recording (WAV, FLAC, OGG or MP3), or names of recordings, one a line, at "
        f"the standard input, found {found}. Pipe them in."
    )


def beginning(stream: BinaryIO) -> bytes:
    """The first 12 bytes; fewer where a line of text, or the stream, ends before."""
    start = b""
    while len(start) < 12 and (byte := stream.read(1)):
        start += byte
        if byte == b"\n" and not start.startswith(BEGINNINGS):
            break  # whoever types names waits for the answer to the first
    return start


def is_text(start: bytes) -> bool:
    """Whether bytes begin a list of names, be it of one such as ``RIFF_1.wav``."""
    controls = any(byte < 32 for byte in start if byte not in b"\t\r\n")
    return not (controls or start.startswith(NO_NAMES))


def names_in(start: bytes, stream: BinaryIO) -> Iterator[str]:
    """The lines of a stream that are not blank, of which ``start`` was read before."""
    read = start if start.endswith(b"\n") else start + stream.readline()
    for line in itertools.chain(read.split(b"\n"), stream):
        if name := line.strip(b"\r\n"):
            yield os.fsdecode(name)


def kept(start: bytes, stream: BinaryIO) -> StandardInput:
    """A recording of these first bytes and the rest of a stream, in a file without a name."""
    descriptor, name = tempfile.mkstemp()
    os.unlink(name)  # it goes with the process, however that ends
    with open(descriptor, "wb", closefd=False) as file:
        file.write(start)
        shutil.copyfileobj(stream, file)
    return StandardInput(descriptor)
