"""The readers that are fuzzed, with the files to start from.

The property is the same for all: whatever the bytes are, the reader returns, or raises an
``InputError`` whose message is one line. Anything else passes, and is a finding.
"""

import dataclasses
import io
import itertools
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import soundfile

import cada_tf
from cada_tf.audio.features import make_feature_set, measure_file
from cada_tf.audio.opensmile import FEATURE_NAMES
from cada_tf.errors import InputError
from cada_tf.recogniser.recording_table import read_table
from cada_tf.runs import record
from cada_tf.runs.results import read_results
from fuzz.mutations import change_csv, change_json, change_parquet


@dataclasses.dataclass(frozen=True)
class Target:
    """A reader.

    Args:
        read: the reader of a file.
        file: the file's name, as some readers go by its suffix, or by the name itself.
        seeds: small files that it reads, made when they are asked for.
        words: what is worth inserting into them.
        wrap: makes the file of the bytes that are fuzzed, for these may be a part of it.
        change: a change that keeps their syntax, if most changes of bytes would break it.
    """

    read: Callable[[Path], object]
    file: str
    seeds: Callable[[], list[bytes]]
    words: tuple[str, ...] = ()
    wrap: Callable[[bytes], bytes] = bytes
    change: Callable[[bytes, random.Random], bytes] | None = None

    def check(self, data: bytes, folder: Path) -> bool:
        """Whether the reader accepts these bytes, for which ``folder`` gets a file.

        Raises:
            AssertionError: its message is not one line.
            Exception: whatever it raises that is no ``InputError``.
        """
        path = folder / self.file
        path.write_bytes(self.wrap(data))
        try:
            self.read(path)
        except InputError as error:
            message = str(error)
        else:
            return True
        assert message.isprintable(), f"not one line: {message!r}"
        return False


# Model files, whole and by member, as no change to an archive's bytes keeps its checksums.


def model_config(**optional: object) -> bytes:
    """The ``config.json`` of a model of two features, with fields that older ones do not have."""
    fields = {
        "classes": ["a", "b"],
        "features": ["x", "y"],
        "hidden": [3, 2],
        "domains": 2,
        "measured": {"feature_set": "mine", "opensmile": "1.2", "sampling_rate": 16_000},
        "valence": {"anger": "a", "joy": None},
        "card": "# Card",
        "format": 1,
    } | optional
    return json.dumps({"registered_name": "cada_tf>RecogniserNetwork", "config": fields}).encode()


def model_weights() -> bytes:
    """The ``model.weights.h5`` of ``model_config``, as Keras writes it."""
    shapes = [(2,), (2,), (), (2, 3), (1, 3), (3, 2), (1, 2), (2, 4), (1, 4)]
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        group = file.create_group("vars")
        for i, shape in enumerate(shapes):
            group[str(i)] = np.ones(shape, np.float32)
    return stream.getvalue()


def model_file(compression: int = zipfile.ZIP_STORED, **members: bytes) -> bytes:
    """The archive of a model; ``config`` or ``weights`` replace what is in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", members.get("config") or model_config())
        archive.writestr("model.weights.h5", members.get("weights") or model_weights())
    return stream.getvalue()


# Tables


def results_table() -> bytes:
    """A ``results.csv`` of two methods."""
    rows = [
        {"source": "s", "target": "t", "transductive": False, "method": method}
        | {"examples": examples, "trial": 0, "fold": fold}
        | {"ua": 0.75, "recall_a": 0.5, "recall_b": 1.0, "epochs": 12}
        for (method, examples), fold in itertools.product([("cada", 4), ("plain", None)], range(2))
    ]
    table = pd.DataFrame(rows).astype({"examples": "Int64"})
    return table.to_csv(index=False).encode()


def run_record() -> bytes:
    """A ``run.json``."""
    values = {
        "settings": {"folds": 2, "hidden": [256], "sources": "pooled", "features": "GeMAPSv01b"},
        "grid": {"trials": 1, "methods": ["cada"]},
        "versions": {"python": "3.11.7"},
        "method_sources": {"cada": "0123abcd"},
    }
    return json.dumps(values, indent=2).encode()


def read_run(path: Path) -> None:
    """The record of a run, and what is asked of it before the run goes on."""
    folder = path.parent
    earlier = record.read_record(folder)
    record.planned(folder)
    settings = json.loads(run_record())["settings"]
    record.check_settings(folder, earlier, settings)
    record.check_method_sources(folder, earlier, {"cada": "0123abcd"}, ["cada"])
    record.update_record(folder, earlier, record.Record(settings, {}))


def corpus_tables() -> list[pd.DataFrame]:
    """A table with the features of two utterances, and one without."""
    rows = {"file": ["1.wav", "2.wav"], "speaker": ["03", "08"], "emotion": ["anger", "happiness"]}
    table = pd.DataFrame(rows)
    features = pd.DataFrame(np.eye(2, len(FEATURE_NAMES)), columns=list(FEATURE_NAMES))
    return [pd.concat([table, features], axis=1), table]


def csv_tables() -> list[bytes]:
    """Corpora as CSV."""
    return [table.to_csv(index=False).encode() for table in corpus_tables()]


def parquet_tables() -> list[bytes]:
    """Corpora as Parquet."""
    return [
        table.to_parquet(compression=kind) for table in corpus_tables() for kind in (None, "snappy")
    ]


def read_corpus(path: Path) -> pd.DataFrame:
    """The corpus of a table."""
    return cada_tf.load_corpus(f"table:{path}")


def segment_tables() -> list[pd.DataFrame]:
    """Segments with labels, as audformat writes them, and in seconds."""
    rows = {"file": ["a.wav", "b.wav"], "emotion": ["joy", "anger"], "rater": ["03", None]}
    texts = {"start": ["0 days", "0 days 00:00:01.5"], "end": ["0 days 00:00:01", None]}
    numbers = {"start": [0.0, 1.5], "end": [1.0, None]}
    return [pd.DataFrame(rows | times) for times in (texts, numbers)]


def csv_segments() -> list[bytes]:
    """Segments as CSV."""
    return [table.to_csv(index=False).encode() for table in segment_tables()]


def parquet_segments() -> list[bytes]:
    """Segments as Parquet, with times of its own too."""
    tables = segment_tables()
    times = {name: pd.to_timedelta(tables[1][name], "s") for name in ("start", "end")}
    return [table.to_parquet() for table in (*tables, tables[1].assign(**times))]


# Recordings


def recordings() -> list[bytes]:
    """A fifth of a second in each format."""
    time = np.arange(1600) / 8000
    signal = (0.3 * np.sin(2 * np.pi * 120 * time) ** 3).astype(np.float32)
    kinds = [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAV", "IMA_ADPCM"), ("WAVEX", "PCM_24")]
    kinds += [("RF64", "PCM_16"), ("AIFF", "PCM_16"), ("AU", "ULAW"), ("NIST", "PCM_16")]
    kinds += [("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")]
    return [encoded(signal, *kind) for kind in kinds]


def encoded(signal: np.ndarray, kind: str, subtype: str) -> bytes:
    """A recording at 8 kHz."""
    stream = io.BytesIO()
    soundfile.write(stream, signal, 8000, subtype, format=kind)
    return stream.getvalue()


def read_recording(path: Path) -> np.ndarray:
    """The features of a recording."""
    return measure_file(str(path), make_feature_set())


CONFIG_WORDS = ("registered_name", "config", "classes", "features", "hidden", "domains", "measured")
CONFIG_WORDS += ("valence", "card", "format", "feature_set", "opensmile", "sampling_rate")
CONFIG_WORDS += ("trained_on", "by_speaker")
JSON_WORDS = ("null", "true", "NaN", "-1", "1e999", "65537", "[[[[[[[[", '{"a":', "\\ud800", '"x",')
CELL_WORDS = (
    "nan",
    "inf",
    "-1",
    "1e999",
    "True",
    "9223372036854775808",
    '"',
    "\r",
    "\x00",
    "\ufeff",
)
TIME_WORDS = ("0 days", "1 days +23:59:59", "NaT", "00:00:01", "1e18", "-1 days", "ns")
BOX_WORDS = ("RIFF", "WAVE", "fmt ", "data", "fact", "LIST", "ds64", "FORM", "AIFF", "COMM", "SSND")
BOX_WORDS += ("fLaC", "OggS", "vorbis", "OpusHead", "ID3", "NIST_1A")

TARGETS = {
    "model_file": Target(
        cada_tf.load,
        "model.keras",
        lambda: [model_file(), model_file(zipfile.ZIP_DEFLATED)],
        ("PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x06\x06", "PK\x06\x07", "config.json"),
    ),
    "model_config": Target(
        cada_tf.load,
        "model.keras",
        lambda: [model_config(), model_config(trained_on="0123456789abcdef", by_speaker=True)],
        CONFIG_WORDS + JSON_WORDS,
        lambda data: model_file(config=data),
        change_json,
    ),
    "model_weights": Target(
        cada_tf.load,
        "model.keras",
        lambda: [model_weights()],
        ("TREE", "HEAP", "SNOD", "vars"),
        lambda data: model_file(weights=data),
    ),
    "results": Target(
        read_results, "results.csv", lambda: [results_table()], CELL_WORDS, change=change_csv
    ),
    "record": Target(
        read_run,
        record.FILE,
        lambda: [run_record()],
        JSON_WORDS,
        change=change_json,
    ),
    "table_csv": Target(read_corpus, "corpus.csv", csv_tables, CELL_WORDS, change=change_csv),
    "segments_csv": Target(
        read_table, "list.csv", csv_segments, CELL_WORDS + TIME_WORDS, change=change_csv
    ),
    "segments_parquet": Target(
        read_table, "list.parquet", parquet_segments, ("PAR1", "pandas"), change=change_parquet
    ),
    "table_parquet": Target(
        read_corpus, "corpus.parquet", parquet_tables, ("PAR1", "pandas"), change=change_parquet
    ),
    "audio": Target(read_recording, "recording.wav", recordings, BOX_WORDS),
}
"""By the name by which ``python -m fuzz`` takes them."""
