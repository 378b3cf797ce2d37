"""Corpora: each reader on small made trees, every bad input, and the real recordings."""

import logging
import os
import re
from pathlib import Path

import audformat
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cada_tf.audio.features import FEATURE_NAMES
from cada_tf.corpora import CORPORA, Options, aibo, emodb, load_corpus, table_features
from cada_tf.corpora.aibo_labels import TWO_CLASSES
from cada_tf.corpora.table_file import read_cells
from cada_tf.corpora.valence import valence_map
from cada_tf.errors import InputError

CLASSES = ["negative", "positive"]

# audformat, not we, calls what pandas 3.1 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")


@pytest.fixture(autouse=True)
def _log_everything(caplog):
    caplog.set_level(logging.INFO, "cada_tf")


@pytest.fixture
def real() -> Path:
    """The folder of real corpora."""
    if "CADA_CORPORA" not in os.environ:
        pytest.skip("CADA_CORPORA does not name a folder with emodb/ and nemo/")
    return Path(os.environ["CADA_CORPORA"])


def touch(folder: Path, *names: str) -> Path:
    """Empty files, which is enough where no recording is opened."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def fails(spec: str, *parts: str, options: Options | None = None) -> None:
    """Loading raises one line that holds each of ``parts``."""
    with pytest.raises(InputError) as raised:
        load_corpus(spec, options or Options())
    message = str(raised.value)
    assert "\n" not in message
    for part in parts:
        assert part in message


def counts(corpus: pd.DataFrame) -> list[int]:
    """Negative and positive utterances."""
    return [int((corpus["class"] == name).sum()) for name in CLASSES]


# --- the flag ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "parts"),
    [
        ("emodbb:x", ["'emodbb'", ", ".join(CORPORA), "Did you mean emodb?"]),
        ("EMODB:x", ["'EMODB'", "Did you mean emodb?"]),
        ("", ["NAME:PATH", "''"]),
        ("/data/emodb", ["NAME:PATH", "'/data/emodb'"]),
        ("emodb", ["emodb:DIR", "no path"]),
        ("emodb:", ["emodb:DIR", "no path"]),
        ("aibo-ohm:", ["aibo-ohm:DIR", "no path"]),
        ("nemo:", ["nemo:DIR", "no path"]),
        ("table:", ["table:FILE", "no path"]),
        ("emodb:absent", ["a directory at absent", "found nothing"]),
        ("nemo:absent", ["a directory at absent", "found nothing"]),
        ("aibo-mont:absent", ["aibo-mont", "a directory at absent", "found nothing"]),
        ("table:absent.csv", ["absent.csv", "expected a table", "found nothing"]),
    ],
)
def test_bad_spec(spec, parts, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fails(spec, *parts)


def test_spec_splits_at_first_colon(monkeypatch):
    received = []
    monkeypatch.setitem(CORPORA, "demo-children", lambda path, _: received.append(path))
    for spec in (
        "demo-children",
        "demo-children:",
        r"demo-children:C:\data\x",
        "demo-children:a:b",
    ):
        load_corpus(spec)
    assert received == ["", "", r"C:\data\x", "a:b"]


def test_unreadable_place_is_one_clear_error(monkeypatch):
    def denied(path, _):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setitem(CORPORA, "emodb", denied)
    fails("emodb:/secret", "emodb:/secret", "Permission denied")


# --- EMODB ------------------------------------------------------------------------------------


def write_database(folder: Path, files: list[str]) -> Path:
    """An audformat database with one table of these files."""
    database = audformat.Database("emodb")
    database["files"] = audformat.Table(audformat.filewise_index(files))
    database.save(str(folder))
    return folder


def test_emodb_published_names():
    names = emodb.published_names()
    valence = [emodb.VALENCE[emodb.parse_file_name(name)[1]] for name in names]
    assert [valence.count(name) for name in CLASSES] == [385, 150]
    assert len({emodb.parse_file_name(name)[0] for name in names}) == 10


@pytest.mark.parametrize("layout", ["", "wav"])
def test_emodb_original_layout(tmp_path, layout, caplog):
    folder = tmp_path / layout
    touch(folder, "03a01Fa.wav", "16b10Wb.wav", "._03a01Fa.wav", "readme.txt")
    corpus = load_corpus(f"emodb:{tmp_path}")
    assert list(corpus.index) == [str(folder / "03a01Fa.wav"), str(folder / "16b10Wb.wav")]
    assert corpus.index.name == "file"
    assert list(corpus.columns) == ["speaker", "emotion", "class"]
    assert corpus.to_numpy().tolist() == [
        ["03", "happiness", "positive"],
        ["16", "anger", "negative"],
    ]
    assert corpus.attrs["name"] == "emodb"
    assert "535 published files (385 negative, 150 positive), found 2 of them" in caplog.text
    assert "(1 negative, 1 positive)" in caplog.text


def test_emodb_complete_set_logs_nothing(tmp_path, caplog):
    touch(tmp_path, *(f"wav/{name}.wav" for name in emodb.published_names()))
    corpus = load_corpus(f"emodb:{tmp_path}")
    assert counts(corpus) == [385, 150]
    assert corpus["speaker"].nunique() == 10
    assert caplog.text == ""


def test_emodb_audformat_layout(tmp_path):
    files = ["wav/03a01Fa.wav", "wav/16b10Wb.wav"]
    # The laryngograms of EMODB 2.0 bear the names of the recordings.
    write_database(tmp_path, [*files, "laryngo/03a01Fa.wav"])
    touch(tmp_path, *files, "wav/unlisted.wav")
    corpus = load_corpus(f"emodb:{tmp_path}")
    assert list(corpus.index) == [str(tmp_path / file) for file in files]
    assert list(corpus["speaker"]) == ["03", "16"]


def test_emodb_extra_files_need_the_flag(tmp_path, caplog):
    assert "03a01Wz" not in emodb.published_names()
    touch(tmp_path, "03a01Fa.wav", "03a01Wz.wav")
    assert len(load_corpus(f"emodb:{tmp_path}")) == 1
    assert "left out 1 files that are not among the 535" in caplog.text
    assert len(load_corpus(f"emodb:{tmp_path}", Options(emodb_extra=True))) == 2


def test_emodb_drop(tmp_path, caplog):
    touch(tmp_path, "03a01Fa.wav", "16b10Wb.wav")
    corpus = load_corpus(f"emodb:{tmp_path}", Options(drop=("Anger",)))
    assert list(corpus["emotion"]) == ["happiness"]
    assert "left out 1 utterances of anger" in caplog.text


@pytest.mark.parametrize(
    "name",
    ["07a01Fa", "17a01Fa", "03c01Fa", "03a1Fa", "03a01Xa", "03a01F", "03a01FA", "03a01Fax", "x"],
)
def test_emodb_foreign_file_name(tmp_path, name):
    touch(tmp_path, "03a01Fa.wav", f"{name}.wav")
    fails(f"emodb:{tmp_path}", str(tmp_path / f"{name}.wav"), "file name of EMODB's")


def test_emodb_bad_folders(tmp_path):
    fails(f"emodb:{touch(tmp_path, 'a') / 'a'}", "found a file")
    fails(f"emodb:{tmp_path}", "expected recordings", "found none")
    fails(f"emodb:{touch(tmp_path / 'extra', '03a01Wz.wav')}", "535", "`emodb_extra`")


def test_emodb_bad_databases(tmp_path):
    broken = write(tmp_path / "broken" / "db.yaml", "a: [").parent
    fails(f"emodb:{broken}", "db.yaml", "expected an audformat database")
    empty = write_database(tmp_path / "empty", [])
    fails(f"emodb:{empty}", "db.yaml", "expected recordings", "found none")
    lacking = write_database(tmp_path / "lacking", ["wav/03a01Fa.wav", "wav/16b10Wb.wav"])
    touch(lacking, "wav/03a01Fa.wav")
    fails(f"emodb:{lacking}", str(lacking / "wav/16b10Wb.wav"), "1 of 2 are missing")


def test_emodb_real(real):
    corpus = load_corpus(f"emodb:{real / 'emodb'}")
    assert counts(corpus) == [385, 150]
    assert corpus["speaker"].nunique() == 10
    assert all(Path(file).is_file() for file in corpus.index)


# --- Aibo -------------------------------------------------------------------------------------

LABELS = """Ohm_01_000_00 NEG 0.93
Ohm_01_000_01 IDL 0.5
Ohm_02_000_00 IDL 1
Mont_01_000_00 NEG 0.7

"""


def write_aibo(root: Path, labels: str = LABELS) -> Path:
    """A tree of both schools with a recording for each of ``LABELS``."""
    write(root / "labels" / "IS2009EmotionChallenge" / TWO_CLASSES.name, labels)
    return touch(root, *(f"wav/{line.split()[0]}.wav" for line in LABELS.splitlines() if line))


def test_aibo_schools(tmp_path, caplog):
    ohm = load_corpus(f"aibo-ohm:{write_aibo(tmp_path)}")
    mont = load_corpus(f"aibo-mont:{tmp_path}")
    assert ohm.index[0] == str(tmp_path / "wav" / "Ohm_01_000_00.wav")
    assert list(ohm["class"]) == ["negative", "positive", "positive"]
    assert list(ohm["speaker"]) == ["Ohm_01", "Ohm_01", "Ohm_02"]
    assert list(mont["speaker"]) == ["Mont_01"]
    assert (ohm.attrs["name"], mont.attrs["name"]) == ("aibo-ohm", "aibo-mont")
    assert (
        "aibo-ohm: expected the counts of the paper's Table 1 (3358 negative, 6601 positive, "
        "26 speakers), found 1 negative, 2 positive, 2 speakers" in caplog.text
    )


def test_aibo_counts_of_the_paper_log_nothing(tmp_path, caplog, monkeypatch):
    monkeypatch.setitem(aibo.PAPER_COUNTS, "Ohm", {"negative": 1, "positive": 2, "speakers": 2})
    load_corpus(f"aibo-ohm:{write_aibo(tmp_path)}")
    assert caplog.text == ""


def test_aibo_through_links(tmp_path):
    write_aibo(tmp_path / "disk")
    root = tmp_path / "root"
    root.mkdir()
    (root / "wav").symlink_to(tmp_path / "disk" / "wav")
    (root / "labels").symlink_to(tmp_path / "disk" / "labels")
    (root / "loop").symlink_to(root)
    assert counts(load_corpus(f"aibo-ohm:{root}")) == [1, 2]


@pytest.mark.parametrize("place", ["elsewhere", "elsewhere/any_name.txt"])
def test_aibo_labels_apart(tmp_path, place):
    write_aibo(tmp_path, "not labels")
    write(tmp_path / "elsewhere" / "any_name.txt", LABELS)
    write(tmp_path / "elsewhere" / "deeper" / TWO_CLASSES.name, LABELS)
    options = Options(aibo_labels=str(tmp_path / place))
    assert counts(load_corpus(f"aibo-ohm:{tmp_path / 'wav'}", options)) == [1, 2]


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("Ohm_01_000_02 NEG", ["line 6", "id, class and confidence", "'Ohm_01_000_02 NEG'"]),
        ("Ohm_01_000_02 NEG 0.9 x", ["line 6", "id, class and confidence"]),
        ("Ohm_01_000_02 NEG high", ["line 6", "id, class and confidence", "high"]),
        ("Oxf_01_000_02 NEG 0.9", ["line 6", "id, class and confidence", "Oxf_01"]),
        ("Ohm_01 NEG 0.9", ["line 6", "id, class and confidence"]),
        ("Ohm_01_000_02 A 0.9", ["line 6", "the class NEG or IDL", "'A'", TWO_CLASSES.name]),
        ("Ohm_01_000_00 IDL 0.9", ["line 6", "each id once", "Ohm_01_000_00", "line 1"]),
        ("Ohm_01_000_02 IDL 0.9", ["Ohm_01_000_02.wav", "found none", "1 of 4 are missing"]),
    ],
)
def test_aibo_bad_line(tmp_path, line, parts):
    fails(f"aibo-ohm:{write_aibo(tmp_path, LABELS + line)}", *parts)


@pytest.mark.parametrize(
    ("labels", "parts"),
    [
        ("", [TWO_CLASSES.name, "found an empty file"]),
        ("\n \n", [TWO_CLASSES.name, "found an empty file"]),
        ("Mont_01_000_00 NEG 0.7", [TWO_CLASSES.name, "lines of the school Ohm", "found none"]),
    ],
)
def test_aibo_bad_label_file(tmp_path, labels, parts):
    fails(f"aibo-ohm:{write_aibo(tmp_path, labels)}", *parts)


def test_aibo_label_file_not_text(tmp_path):
    write_aibo(tmp_path)
    next(tmp_path.rglob(TWO_CLASSES.name)).write_bytes(b"\xff\xfe\x00\x81")
    fails(f"aibo-ohm:{tmp_path}", TWO_CLASSES.name, "expected a text file")


def test_aibo_label_file_not_found_or_several(tmp_path):
    (tmp_path / "empty").mkdir()
    fails(f"aibo-ohm:{tmp_path / 'empty'}", TWO_CLASSES.name, "found none", "`aibo_labels`")
    write_aibo(tmp_path)
    absent = Options(aibo_labels=str(tmp_path / "absent"))
    fails(f"aibo-ohm:{tmp_path}", str(tmp_path / "absent"), "found none", options=absent)
    copy = write(tmp_path / "copy" / TWO_CLASSES.name, LABELS)
    fails(f"aibo-ohm:{tmp_path}", "expected one", "found 2", str(copy), "`aibo_labels`")


def test_aibo_recording_twice(tmp_path):
    touch(write_aibo(tmp_path), "wav48/Ohm_01_000_00.wav")
    fails(f"aibo-ohm:{tmp_path}", "expected one recording", str(tmp_path / "wav48"))
    assert len(load_corpus(f"aibo-mont:{tmp_path}")) == 1


# --- nEMO -------------------------------------------------------------------------------------

NEMO = "file_id\temotion\traw_text\tspeaker_id\n" + "".join(
    f'{name}.wav\t{emotion}\t"Tak.\t      {speaker}\n'
    for name, emotion, speaker in [("a", "anger", "S1"), ("b", " neutral", "S2")]
)


def test_nemo_strips_blanks_and_drops_surprise(tmp_path, caplog):
    write(tmp_path / "data.tsv", NEMO + "c.wav\tsurprised\tx\tS1\n")
    touch(tmp_path / "samples", "a.wav", "b.wav", "c.wav")
    corpus = load_corpus(f"nemo:{tmp_path}")
    assert corpus.to_numpy().tolist() == [
        ["S1", "anger", "negative"],
        ["S2", "neutral", "positive"],
    ]
    assert corpus.index[0] == str(tmp_path / "samples" / "a.wav")
    assert "nemo: left out 1 utterances of surprised" in caplog.text


def test_nemo_uses_what_is_there(tmp_path, caplog):
    touch(write(tmp_path / "data.tsv", NEMO).parent, "samples/b.wav")
    assert list(load_corpus(f"nemo:{tmp_path}")["speaker"]) == ["S2"]
    assert "expected the 2 recordings of data.tsv, found 1" in caplog.text


def test_nemo_bad(tmp_path):
    fails(f"nemo:{tmp_path}", "data.tsv", "found nothing")
    write(tmp_path / "data.tsv", NEMO)
    fails(f"nemo:{tmp_path}", "a.wav", "found none of 2")
    touch(tmp_path, "samples/a.wav", "samples/b.wav")
    write(tmp_path / "data.tsv", NEMO.replace("speaker_id", "who"))
    fails(f"nemo:{tmp_path}", "data.tsv", "a column 'speaker_id'", "found file_id, emotion")
    write(tmp_path / "data.tsv", NEMO.replace("anger", "bliss"))
    fails(f"nemo:{tmp_path}", "bliss", "`drop=")


def test_nemo_real(real, caplog):
    corpus = load_corpus(f"nemo:{real / 'nemo'}")
    assert set(corpus["class"]) == set(CLASSES)
    assert "of surprised" in caplog.text
    corpus = load_corpus(f"table:{real / 'nemo' / 'gemaps.csv'}")
    assert counts(corpus) == [2254, 1558]
    assert list(corpus.columns[3:]) == list(FEATURE_NAMES)
    assert "gemaps: left out 669 utterances of surprised" in caplog.text


# --- tables -----------------------------------------------------------------------------------


def feature_table(rows: int = 3) -> pd.DataFrame:
    """A table that needs no recordings, of alternating sadness and joy."""
    values = np.random.default_rng(0).normal(size=(rows, len(FEATURE_NAMES)))
    table = pd.DataFrame(values.astype(np.float32), columns=list(FEATURE_NAMES))
    table.insert(0, "file", [f"{n}.wav" for n in range(rows)])
    table.insert(1, "speaker", [f"0{n % 2}" for n in range(rows)])
    table.insert(2, "emotion", ["Sadness" if n % 2 else "joy" for n in range(rows)])
    return table


def save(table: pd.DataFrame, path: Path, *, index: bool = False) -> Path:
    if path.suffix == ".parquet":
        table.to_parquet(path, index=index)
    else:
        table.to_csv(path, index=index, sep="\t" if path.suffix == ".tsv" else ",")
    return path


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".CSV"])
@pytest.mark.parametrize("indexed", [False, True])
def test_table_with_features(tmp_path, suffix, indexed):
    table = feature_table()
    shuffled = table[list(reversed(table.columns))]
    path = tmp_path / f"mine{suffix}"
    save(shuffled.set_index("file") if indexed else shuffled, path, index=indexed)
    corpus = load_corpus(f"table:{path}")
    assert list(corpus.index) == ["0.wav", "1.wav", "2.wav"]
    assert list(corpus["speaker"]) == ["00", "01", "00"]
    assert list(corpus["class"]) == ["positive", "negative", "positive"]
    assert list(corpus.columns) == ["speaker", "emotion", "class", *FEATURE_NAMES]
    assert (corpus[list(FEATURE_NAMES)].dtypes == np.float32).all()
    np.testing.assert_array_equal(corpus[list(FEATURE_NAMES)], table[list(FEATURE_NAMES)])
    assert corpus.attrs["name"] == "mine"


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    labels=st.lists(st.tuples(*[st.sampled_from(["3", "03", "NA", "a b"])] * 2), min_size=1),
    value=st.floats(width=32, allow_nan=False, allow_infinity=False),
    suffix=st.sampled_from([".csv", ".tsv", ".parquet"]),
)
def test_corpus_written_as_table_reads_the_same(tmp_path, labels, value, suffix):
    table = feature_table(len(labels)).drop(columns="emotion")
    table["speaker"] = [speaker for speaker, _ in labels]
    table["class"] = [label for _, label in labels]
    table[FEATURE_NAMES[7]] = np.float32(value)
    first = load_corpus(f"table:{save(table, tmp_path / f'first{suffix}')}")
    again = load_corpus(f"table:{save(first, tmp_path / f'again{suffix}', index=True)}")
    assert list(first["class"]) == list(first["emotion"]) == list(table["class"])
    assert (first[FEATURE_NAMES[7]] == np.float32(value)).all()
    pd.testing.assert_frame_equal(first, again)


numbers_as_text = st.one_of(
    st.floats().map(repr),
    st.floats().map(float.hex),
    st.tuples(st.sampled_from(["%.9g", "%.40g", "%.25f", " %g ", "+%.3e"]), st.floats()).map(
        lambda pair: pair[0] % pair[1]
    ),
    st.text("0123456789.eE+-_ xinfanITrue\u0661", max_size=12),
    st.sampled_from(["1_000", "١٢", "Infinity", "1e400", "3.5e38", "-0", "1d5", "TRUE", "1,5"]),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(numbers_as_text, min_size=1, max_size=4), blank=st.booleans())
def test_numbers_of_a_table_are_those_of_python(tmp_path, cells, blank):
    """As pandas reads them, fast, or, where it does not know one, ``float``: to the last bit."""
    table = feature_table(len(cells)).astype(object)
    table[FEATURE_NAMES[7]] = cells
    path = save(table, tmp_path / "a.csv")
    if blank:
        path.write_text(path.read_text() + "\n\n")
    with np.errstate(over="ignore"):
        expected = np.array([as_float(cell) for cell in cells]).astype(np.float32)
    if np.isfinite(expected).all():
        found = load_corpus(f"table:{path}")[FEATURE_NAMES[7]].to_numpy()
        assert found.tobytes() == expected.tobytes()
    else:
        line = 2 + [*np.isfinite(expected)].index(False)
        fails(f"table:{path}", f"a.csv, line {line}, column {FEATURE_NAMES[7]}: expected a finite")


def as_float(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan


def test_a_large_table_is_read_as_numbers(tmp_path, monkeypatch):
    """Not cell by cell, also where blank lines follow or a column is of whole numbers."""
    table = feature_table(50).assign(**{FEATURE: range(50)})
    paths = [save(table, tmp_path / f"a{suffix}") for suffix in (".csv", ".tsv", ".parquet")]
    paths[0].write_text(paths[0].read_text() + "\n\n")
    monkeypatch.setattr(table_features, "_number", lambda _: pytest.fail("cell by cell"))
    for path in paths:
        assert len(load_corpus(f"table:{path}")) == 50


def test_table_of_audformat_segments_with_features(tmp_path):
    table = feature_table().assign(start=pd.Timedelta(0), end=pd.Timedelta(seconds=1))
    path = save(table.set_index(["file", "start", "end"]), tmp_path / "a.parquet", index=True)
    assert len(load_corpus(f"table:{path}")) == 3


def test_table_without_features_finds_recordings(tmp_path, monkeypatch):
    touch(tmp_path / "data", "a.wav", "sub/b.wav")
    absolute = tmp_path / "c.wav"
    absolute.touch()
    write(
        tmp_path / "data" / "t.csv",
        "file, speaker, emotion, age\na.wav, 01, Anger, 3\n\nsub/b.wav, 02, CALM,\n"
        f"{absolute},1,joy,4\n",
    )
    monkeypatch.chdir(tmp_path)
    corpus = load_corpus(f"table:{Path('data', 't.csv')}")
    assert list(corpus.index) == [
        str(Path("data", "a.wav")),
        str(Path("data", "sub", "b.wav")),
        str(absolute),
    ]
    assert list(corpus["class"]) == ["negative", "positive", "positive"]
    assert list(corpus["emotion"]) == ["Anger", "CALM", "joy"]


def test_table_class_column_wins(tmp_path, caplog):
    table = feature_table().assign(**{"class": ["x", "y", "x"]})
    path = save(table, tmp_path / "a.csv")
    assert list(load_corpus(f"table:{path}")["class"]) == ["x", "y", "x"]
    dropped = load_corpus(f"table:{path}", Options(drop=("JOY",)))
    assert list(dropped["class"]) == ["y"]
    assert "a: left out 2 utterances of joy" in caplog.text


def test_names_are_compared_as_they_look(tmp_path, caplog):
    """Composed or not, with blanks around or not; classes in any case."""
    composed, decomposed = "Zoë", "Zoe\u0308"
    table = feature_table(4).assign(speaker=[composed, decomposed, f" {composed} ", "Zoe"])
    table["emotion"] = ["Wu\u0308tend", "Wütend", "wütend ", "joy"]
    path = save(table, tmp_path / "a.csv")
    corpus = load_corpus(f"table:{path}", Options(negative=("wu\u0308tend",), positive=("joy",)))
    assert list(corpus["speaker"]) == [composed, composed, composed, "Zoe"]
    assert counts(corpus) == [3, 1]
    table["class"] = ["Negative", "NEGATIVE", "Positive", "e\u0301"]
    corpus = load_corpus(f"table:{save(table, tmp_path / 'b.csv')}")
    assert list(corpus["class"]) == ["negative", "negative", "Positive", "é"]
    assert "b: classes that differ in case alone are one: NEGATIVE, Negative" in caplog.text
    assert "a: " not in caplog.text


def test_table_emotion_lists(tmp_path):
    path = save(feature_table().replace("joy", "smug"), tmp_path / "a.csv")
    corpus = load_corpus(f"table:{path}", Options(negative=("SMUG",), positive=("sadness",)))
    assert list(corpus["class"]) == ["negative", "positive", "negative"]
    assert len(load_corpus(f"table:{path}", Options(drop=("smug",)))) == 1
    fails(f"table:{path}", "a: ", "smug in none (2 utterances)", "`negative`", "`drop=smug`")
    # Lists that are given are the whole map.
    fails(f"table:{path}", "sadness in none", options=Options(positive=("smug",)))
    fails(f"table:{path}", "all 3 were left out", options=Options(drop=("smug", "sadness")))


def test_table_surprise_is_left_out(tmp_path, caplog):
    path = save(feature_table().replace("joy", "Surprise"), tmp_path / "a.csv")
    assert len(load_corpus(f"table:{path}")) == 1
    assert "a: left out 2 utterances of Surprise" in caplog.text


FEATURE = FEATURE_NAMES[5]
EXTRA = "spectralFlux_sma3_amean"
"""A feature of eGeMAPS that GeMAPS lacks."""


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (lambda t: t.drop(columns="file"), ["a.csv", "a column 'file'", "found speaker, emotion"]),
        (lambda t: t.drop(columns="speaker"), ["a.csv", "a column 'speaker'"]),
        (lambda t: t.drop(columns="emotion"), ["a.csv", "a column 'emotion'", "56 more"]),
        (
            lambda t: t.drop(columns=list(FEATURE_NAMES[:4])),
            ["all 62", "found 4 missing", ", ".join(FEATURE_NAMES[:3]) + ", …"],
        ),
        (lambda t: t.drop(columns=FEATURE), ["found 1 missing", FEATURE]),
        (lambda t: t.assign(**{EXTRA: 1.0}), ["found some of egemaps", EXTRA, "`features=egem"]),
        (lambda t: t.assign(**{FEATURE: [1, "loud", 2]}), ["line 3", FEATURE, "'loud'", "1 such"]),
        (lambda t: t.assign(**{FEATURE: [1, 2, np.nan]}), ["line 4", FEATURE, "finite", "''"]),
        (lambda t: t.assign(**{FEATURE: [np.inf, 2, 3]}), ["line 2", FEATURE, "finite", "'inf'"]),
        (lambda t: t.assign(**{FEATURE: [1, "nan", 3]}), ["line 3", FEATURE, "finite", "'nan'"]),
        (lambda t: t.assign(**{FEATURE: [1e300, 2, 3]}), ["line 2", FEATURE, "finite", "1e+300"]),
        (
            lambda t: t.assign(file=["a", "a", "b"]),
            [
                "a: expected each file once, found a more than once, labelled in several ways: "
                "speaker 00 and 01, emotion Sadness and joy (1 such files). Keep the row"
            ],
        ),
        (
            lambda t: t.assign(file=["a", "b", "a"]),
            ["a: expected each file once, found a more than once (1 such rows). Remove the dup"],
        ),
        (lambda t: t.assign(file=["a", "", "b"]), ["line 3", "column file", "expected a path"]),
        (lambda t: t.assign(speaker=["a", None, "b"]), ["'speaker'", "found none for 1.wav"]),
        (lambda t: t.assign(emotion=["", "joy", "joy"]), ["'emotion'", "found none for 0.wav"]),
        (lambda t: t[:0], ["a.csv", "expected rows", "found none"]),
    ],
)
def test_table_bad_content(tmp_path, change, parts):
    fails(f"table:{save(change(feature_table()), tmp_path / 'a.csv')}", *parts)


@pytest.mark.parametrize("metadata", ["{}", "1", '{"columns": 3}', '{"index_columns": ["x"]}'])
def test_what_parquet_says_to_pandas_does_not_matter(tmp_path, metadata):
    """Found by fuzzing: KeyError, TypeError and others of what pandas makes of it."""
    table = pa.table({"file": ["1.wav"], "speaker": ["a"], "emotion": ["anger"]})
    pq.write_table(table.replace_schema_metadata({"pandas": metadata}), tmp_path / "a.parquet")
    frame = read_cells(tmp_path / "a.parquet")
    assert [*frame.columns] == ["file", "speaker", "emotion"]


def test_a_parquet_cell_that_is_no_utf_8_is_told(tmp_path):
    """Found by fuzzing: the error came long after the file was read."""
    bad = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xfe\xfe")]
    )
    pq.write_table(pa.table({"file": bad, "class": ["a"]}), tmp_path / "a.parquet")
    fails(f"table:{tmp_path}/a.parquet", "expected a table that can be read as .parquet")


def test_table_bad_value_in_parquet(tmp_path):
    table = feature_table().assign(**{FEATURE: ["1", "2", "loud"]})
    fails(f"table:{save(table, tmp_path / 'a.parquet')}", "a.parquet, row 3", FEATURE, "'loud'")
    table = feature_table().assign(**{FEATURE: pd.Timestamp(0)})
    fails(f"table:{save(table, tmp_path / 'a.parquet')}", "a.parquet, row 1", FEATURE, "3 such")


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("a.csv", b"", ["a.csv: ", "read as .csv", "No columns"]),
        ("a.csv", b"file,speaker,emotion\n", ["expected rows", "found none"]),
        ("a.csv", b"file,speaker\na,b\na,b,c,d\n", ["read as .csv", "line 3"]),
        ("a.csv", b"file,speaker\na,b,c\n", ["read as .csv", "more cells in a line"]),
        ("a.csv", b"\xff\xfe\x81,\n", ["read as .csv"]),
        ("a.csv", b"data;voice;mood\na;b;joy\n", ["column 'file'", "data;voice;mood"]),
        ("a.csv", b"\xef\xbb\xbffile,speaker,emotion\na.wav,1,joy\n", ["recording at", "a.wav"]),
        ("a.csv", b"file,speaker,emotion,end\na,1,joy,2\n", ["'end' alone", "Add 'start'"]),
        ("a.parquet", b"file,speaker\n", ["read as .parquet"]),
        ("a.xlsx", b"PK", ["expected a table .csv", "found .xlsx. Save it as CSV."]),
        ("a", b"PK", ["expected a table .csv", "found no suffix"]),
    ],
)
def test_table_bad_file(tmp_path, name, content, parts):
    path = tmp_path / name
    path.write_bytes(content)
    fails(f"table:{path}", *parts)


def test_table_bad_places(tmp_path):
    fails(f"table:{tmp_path}", str(tmp_path), "expected a table", "found a directory")
    path = write(tmp_path / "a.csv", "file,speaker,emotion\na.wav,1,joy\nb.wav,1,joy\n")
    fails(f"table:{path}", str(tmp_path / "a.wav"), "2 of 2 are missing")


# --- valence ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "flags"),
    [
        (
            Options(negative=("Anger", "sad"), positive=("joy", "anger ")),
            "`negative` and `positive`",
        ),
        (Options(negative=("anger",), drop=("ANGER",)), "`negative` and `drop`"),
        (Options(positive=("anger",), drop=("anger",)), "`positive` and `drop`"),
    ],
)
def test_emotion_in_two_lists(options, flags):
    with pytest.raises(InputError, match=rf"{re.escape(flags)}: .* found anger in both"):
        valence_map(options)


names = st.sets(st.text("abcdeé", min_size=1), max_size=5)


@given(negative=names, positive=names, drop=names)
def test_valence_map_is_the_lists(negative, positive, drop):
    positive, drop = positive - negative, drop - negative - positive
    valence = valence_map(Options(negative=(*negative, "n"), positive=positive, drop=drop))
    for expected, emotions in (("negative", negative), ("positive", positive), (None, drop)):
        assert all(valence[emotion] == expected for emotion in emotions)
    assert len(valence) == 1 + len(negative) + len(positive) + len(drop)


def test_default_map_agrees_with_the_corpora():
    default = valence_map(Options())
    assert {emotion: default[emotion] for emotion in emodb.VALENCE} == emodb.VALENCE
    assert default["surprise"] is None
    assert valence_map(Options(drop=("boredom",)))["boredom"] is None
