"""The results of a study, in tables of each pair of corpora, in Parquet.

``ROWS`` has a row per network. ``ANSWERS`` has one per trial of a cell, with which utterances of
the target were classified rightly, from which leads get their intervals
(``evaluation.clustered``). What was cross-validated over the few labels has a row per cross-
validation, of ``ROWS`` too. Tables are written whole, and the answers before their rows, so that an
interruption loses no more than the jobs at work.
"""

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cada_tf.errors import InputError
from cada_tf.protocol.problem import LabelledSet
from cada_tf.storage import write_atomically
from cada_tf.study.jobs import Kind

CELL = ["scaling", "method", "setting", "examples"]
"""What is trained: names of the scaling and the method, number of the setting (0: the default), and
number of examples (0 where the method takes none)."""
ROWS = dict.fromkeys(("scaling", "method"), "category") | {
    "setting": "int16",
    "examples": "int16",
    "trial": "int16",
    "fold": "int8",
    "ua": "float32",
    "seconds": "float32",
}
ANSWERS = {name: ROWS[name] for name in (*CELL, "trial")} | {"right": "object"}
"""Column → dtype; ``right`` are bits, a byte for eight utterances (``numpy.packbits``)."""


class Store:
    """The tables of a pair.

    Args:
        folder: of the study; its tables are in ``SOURCE-TARGET.parquet`` there.
        source, target: names of the corpora.

    Raises:
        InputError: a table is there that is no such table.
    """

    def __init__(self, folder: Path, source: str, target: str) -> None:
        self.paths = {
            "rows": folder / f"{source}-{target}.parquet",
            "answers": folder / f"{source}-{target}-answers.parquet",
            "validation": folder / f"{source}-{target}-validation.parquet",
        }
        self.rows = read_table(self.paths["rows"], ROWS)
        self.answers = read_table(self.paths["answers"], ANSWERS)
        self.validation = read_table(self.paths["validation"], ROWS)

    def searched(self, scaling: str) -> pd.DataFrame:
        """The rows of a scaling, of both stages."""
        return self.rows[self.rows["scaling"] == scaling]

    def done(self, kind: Kind) -> set[tuple]:
        """The (scaling, method, setting, examples, trial) of which jobs of a kind are done."""
        tables = {Kind.UA: self.rows, Kind.ANSWERS: self.answers, Kind.VALIDATION: self.validation}
        return set(tables[kind][[*CELL, "trial"]].itertuples(index=False, name=None))

    def add(self, kind: Kind, rows: Iterable[dict], answers: Iterable[dict]) -> None:
        """Adds what a job has made, and writes the tables; what is there already stays."""
        if kind is Kind.ANSWERS:
            self.answers = joined(self.answers, answers, ANSWERS, [*CELL, "trial"])
            write_table(self.paths["answers"], self.answers)
        name = "validation" if kind is Kind.VALIDATION else "rows"
        table = joined(getattr(self, name), rows, ROWS, [*CELL, "trial", "fold"])
        setattr(self, name, table)
        write_table(self.paths[name], table)


def joined(
    table: pd.DataFrame, rows: Iterable[dict], columns: dict, key: list[str]
) -> pd.DataFrame:
    """A table with further rows, in the order of the key."""
    new = pd.DataFrame(rows, columns=list(columns))
    if not len(new):
        return table
    plain = {name: "str" if dtype == "category" else dtype for name, dtype in columns.items()}
    both = pd.concat([table.astype(plain), new.astype(plain)]).drop_duplicates(key)
    return both.sort_values(key, ignore_index=True).astype(columns)


def read_table(path: Path, columns: dict) -> pd.DataFrame:
    """A table of the store; an empty one where there is none.

    Raises:
        InputError: it is another table.
    """
    if not path.exists():
        return pd.DataFrame(columns=list(columns)).astype(columns)
    try:
        return pd.read_parquet(path)[list(columns)].astype(columns)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{path}: expected a table of a study, found: {str(error).splitlines()[0]}. Restore "
            "it, or choose another directory."
        ) from error


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Writes a table at once."""
    stream = io.BytesIO()
    table.to_parquet(stream, index=False, compression="zstd")
    write_atomically(path, stream.getvalue())


UTTERANCES = {"corpus": "category", "class": "int8", "speaker": "int16"}
"""Of each corpus, in the order of the bits: which class and which speaker, as numbers."""


def write_utterances(folder: Path, targets: Mapping[str, LabelledSet]) -> None:
    """Writes the classes and speakers of each target, without which answers have no interval."""
    parts = [
        pd.DataFrame(
            {
                "corpus": name,
                "class": target.labels,
                "speaker": np.unique(target.speakers, return_inverse=True)[1],
            }
        )
        for name, target in targets.items()
    ]
    write_table(folder / "utterances.parquet", pd.concat(parts).astype(UTTERANCES))


def read_utterances(folder: Path) -> dict[str, pd.DataFrame]:
    """What ``write_utterances`` wrote, by corpus.

    Raises:
        InputError: it is another table.
    """
    table = read_table(folder / "utterances.parquet", UTTERANCES)
    return {str(name): part for name, part in table.groupby("corpus", observed=True)}


def pack(right: np.ndarray) -> bytes:
    """Bits of which utterances were classified rightly, ``[n]``, bool."""
    return np.packbits(right).tobytes()


def unpack(right: Iterable[bytes], utterances: int) -> np.ndarray:
    """What ``pack`` packed, of several trials, ``[T, n]``, bool."""
    rows = [np.frombuffer(one, np.uint8) for one in right]
    return np.unpackbits(np.stack(rows), axis=1, count=utterances).astype(bool)
