"""FAU Aibo's label files of the Interspeech 2009 Emotion Challenge, of two and of five classes."""

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from cada_tf.corpora.corpus import files_below
from cada_tf.errors import InputError


@dataclasses.dataclass(frozen=True)
class LabelFile:
    """One of the label files: its name, and the class of each line → its name in a corpus."""

    name: str
    classes: Mapping[str, str]

    @property
    def example(self) -> str:
        """The class of a line, for messages."""
        return next(iter(self.classes))


TWO_CLASSES = LabelFile("chunk_labels_2cl_corpus.txt", {"NEG": "NEG", "IDL": "IDL"})
FIVE_CLASSES = LabelFile(
    "chunk_labels_5cl_corpus.txt",
    {"A": "anger", "E": "emphatic", "N": "neutral", "P": "positive", "R": "rest"},
)
"""Anger has in it touchy and reprimanding, positive motherese and joyful."""
IDENTIFIER = re.compile(r"(?P<school>Ohm|Mont)_(?P<speaker>\d+)_\S+")


class Chunk(NamedTuple):
    """One line of the label file."""

    identifier: str
    school: str
    speaker: str
    label: str


def find_label_file(path: str, name: str, kind: LabelFile) -> Path:
    """The label file of a kind at ``path`` or anywhere below it.

    Raises:
        InputError: there is none, or several.
    """
    place = Path(path).expanduser()
    if place.is_file():
        return place
    found = [file for file in files_below(place) if file.name == kind.name]
    if not found:
        raise InputError(
            f"{name}: expected {kind.name} at or below {place}, found none. Name the file or "
            "its folder with `aibo_labels`."
        )
    if len(found) > 1:
        raise InputError(
            f"{name}: expected one {kind.name} below {place}, found {len(found)}: "
            f"{', '.join(map(str, found[:3]))}. Choose one with `aibo_labels`."
        )
    return found[0]


def read_labels(path: Path, kind: LabelFile) -> list[Chunk]:
    """The lines of a label file of a kind, of both schools.

    Raises:
        InputError: an empty file, a malformed line, an id that was there before.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}: expected a text file of labels, found: {error}. Check the path."
        ) from error
    first_line: dict[str, int] = {}
    chunks = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        chunk = parse_line(line, f"{path}, line {number}", kind)
        earlier = first_line.setdefault(chunk.identifier, number)
        if earlier != number:
            raise InputError(
                f"{path}, line {number}: expected each id once, found {chunk.identifier} again, "
                f"as in line {earlier}. Remove one of the lines."
            )
        chunks.append(chunk)
    if not chunks:
        raise InputError(f"{path}: expected lines of labels, found an empty file. Copy it again.")
    return chunks


def parse_line(line: str, where: str, kind: LabelFile) -> Chunk:
    """One line, as ``Ohm_01_000_00 NEG 0.93``: id, class, confidence.

    Args:
        line: the text.
        where: file and line number, for messages.
        kind: of the file.

    Raises:
        InputError: the line has another form, or a class that the file does not have.
    """
    fields = line.split()
    match = IDENTIFIER.fullmatch(fields[0])
    if len(fields) != 3 or not match or not _is_number(fields[2]):
        raise InputError(
            f"{where}: expected id, class and confidence, as Ohm_01_000_00 {kind.example} 0.93, "
            f"found {line.strip()!r}. Correct the line."
        )
    if fields[1] not in kind.classes:
        *others, last = kind.classes
        raise InputError(
            f"{where}: expected the class {', '.join(others)} or {last}, found {fields[1]!r}. "
            f"Check that this is {kind.name}."
        )
    speaker = f"{match['school']}_{match['speaker']}"
    return Chunk(fields[0], match["school"], speaker, kind.classes[fields[1]])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
