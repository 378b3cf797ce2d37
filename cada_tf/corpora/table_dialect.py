"""How a text table is written: its encoding, its separator and its header."""

import codecs
import csv
import dataclasses
import io
from pathlib import Path

from cada_tf.corpora.table_columns import is_known
from cada_tf.errors import InputError

SEPARATORS = {".csv": ",", ".tsv": "\t"}
"""By suffix, where the first line does not say otherwise."""
NAMES = {",": "comma", ";": "semicolon", "\t": "tab"}
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
ENCODINGS = {"utf-16": "UTF-16", "cp1252": "Windows-1252 (Latin-1), as it is not UTF-8"}
"""Those that are worth a word."""
CHUNK = 1 << 24
"""Bytes that are decoded at once to see whether a file is UTF-8."""
LONGEST_HEADER = 1 << 20
"""Characters of a first line; thousands of features have some tens of thousands."""


@dataclasses.dataclass(frozen=True)
class Dialect:
    """How a text table is written.

    Args:
        encoding: a codec's name.
        separator: of the cells.
        header: the cells of the first line.
        expected: the separator that the file's suffix promises.
    """

    encoding: str
    separator: str
    header: tuple[str, ...]
    expected: str

    def remarks(self) -> list[str]:
        """What is unusual, in words; for most tables nothing."""
        said = [f"read as {ENCODINGS[self.encoding]}"] if self.encoding in ENCODINGS else []
        if self.separator != self.expected:
            said.append(f"separator {NAMES[self.separator]}")
        return said


def find_dialect(path: Path, quoting: int) -> Dialect:
    """The dialect of a table.

    Encoding: what a byte-order mark says; without one UTF-8 if all of the file is, or else
    Windows-1252, which Excel writes in Western Europe, and which differs from Latin-1 only where
    that has control characters.

    Separator: the one of comma, semicolon and tab by which most cells of the first line are names
    that we know (``table_columns.is_known``), such as ``file``. A name is such a cell only if the
    same separator stands on both of its sides, so that a comma in a name between semicolons decides
    nothing. If no cell is known, the separator is that of the suffix, and the message about the
    missing column shows the line.

    Args:
        path: of the table.
        quoting: one of the ``csv`` module's constants.

    Raises:
        InputError: the text is in another encoding, or two separators do equally well.
        OSError: it cannot be read.
    """
    encoding = find_encoding(path)
    with open(path, encoding=encoding, newline="") as stream:
        line = stream.readline(LONGEST_HEADER)
    if "\0" in line:
        raise InputError(
            f"{path}: expected text, found NUL characters in the first line, as of UTF-16 without "
            "a byte-order mark. Save it as CSV UTF-8."
        )
    expected = SEPARATORS[path.suffix.lower()]
    cells = {separator: split(line, separator, quoting) for separator in NAMES if separator in line}
    known = {separator: sum(map(is_known, found)) for separator, found in cells.items()}
    best = max(known.values(), default=0)
    winners = [separator for separator, count in known.items() if count == best > 0]
    if len(winners) > 1:
        raise InputError(
            f"{path}: expected one separator in the first line, found {NAMES[winners[0]]} and "
            f"{NAMES[winners[1]]}, by which it has equally many known columns. Save it with commas "
            "alone, and other names in quotation marks."
        )
    separator = winners[0] if winners else expected
    return Dialect(encoding, separator, split(line, separator, quoting), expected)


def find_encoding(path: Path) -> str:
    """The codec of a text; see ``find_dialect``."""
    with open(path, "rb") as stream:
        start = stream.read(4)
        for mark, encoding in BYTE_ORDER_MARKS.items():
            if start.startswith(mark):
                return encoding
        stream.seek(0)
        for encoding in ("utf-8", "cp1252"):
            if decodes(stream, encoding):
                return encoding
    raise InputError(
        f"{path}: expected text in UTF-8, UTF-16 or Windows-1252, found bytes that none of them "
        "has. Save it as CSV UTF-8."
    )


def decodes(stream: io.BufferedReader, encoding: str) -> bool:
    """Whether all of a file is text of this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    try:
        while chunk := stream.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def split(line: str, separator: str, quoting: int) -> tuple[str, ...]:
    """The cells of a line."""
    options = {"delimiter": separator, "quoting": quoting, "skipinitialspace": True}
    try:
        return tuple(next(csv.reader([line], **options), ()))
    except csv.Error:  # such as a cell beyond the module's limit
        return ()
