"""``audb:`` through the real client, with databases published to a folder."""

import logging
import pickle
import sys

import audformat
import audiofile
import numpy as np
import pytest

from cada_tf.audio.utterance import read_utterance
from cada_tf.corpora import Options, emodb, load_corpus
from cada_tf.errors import InputError

audb = pytest.importorskip("audb", reason="the extra audb is not installed")
audbackend = pytest.importorskip("audbackend", reason="the extra audb is not installed")

# audformat, not we, calls what pandas 3.1 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")

FILES = ["wav/a.wav", "wav/b.wav", "wav/c.wav"]
EMOTIONS = ["anger", "happiness", "surprise"]


@pytest.fixture
def publish(tmp_path, monkeypatch):
    """A function that publishes a database to a repository of this test's own."""
    (tmp_path / "host" / "repository").mkdir(parents=True)
    repository = audb.Repository("repository", str(tmp_path / "host"), "file-system")
    monkeypatch.setattr(audb.config, "REPOSITORIES", [repository])
    monkeypatch.setattr(audb.config, "CACHE_ROOT", str(tmp_path / "cache"))
    monkeypatch.setattr(audb.config, "SHARED_CACHE_ROOT", str(tmp_path / "shared"))

    def publish_one(database: audformat.Database, version: str = "1.0.0") -> None:
        root = tmp_path / f"{database.name}-{version}"
        for number, file in enumerate(database.files):
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            audiofile.write(str(root / file), np.full(160, number / 100), 16_000)
        database.save(str(root))
        audb.publish(str(root), version, repository, previous_version=None, verbose=False)

    return publish_one


def add_table(database, name: str, files: list[str], columns: dict, schemes: dict | None = None):
    """Adds a table; a column has the scheme of its name unless ``schemes`` names another."""
    table = audformat.Table(audformat.filewise_index(files))
    database[name] = table
    for column, values in columns.items():
        scheme = (schemes or {}).get(column, column)
        if scheme not in database.schemes:
            kind = "int" if isinstance(values[0], int) else "str"
            database.schemes[scheme] = audformat.Scheme(kind)
        table[column] = audformat.Column(scheme_id=scheme)
        table[column].set(values)


def small(name: str = "small", files=FILES, emotions=EMOTIONS) -> audformat.Database:
    """Emotions in one table, speakers in another, as in emodb."""
    database = audformat.Database(name)
    add_table(database, "emotion", files, {"emotion": emotions})
    add_table(database, "files", files, {"speaker": [3, 8, 8][: len(files)]})
    return database


def fails(spec: str, *parts: str, options: Options | None = None) -> None:
    """Loading raises one line that holds each of ``parts``."""
    with pytest.raises(InputError) as raised:
        load_corpus(spec, options or Options())
    assert "\n" not in str(raised.value)
    for part in parts:
        assert part in str(raised.value)


def test_load(publish, tmp_path, caplog):
    caplog.set_level(logging.INFO, "cada_tf")
    publish(small())
    corpus = load_corpus("audb:small@1.0.0", Options(cache_dir=str(tmp_path / "mine")))
    assert corpus.to_numpy().tolist() == [
        ["3", "anger", "negative"],
        ["8", "happiness", "positive"],
    ]
    assert corpus.attrs["name"] == "small"
    assert corpus.index.name == "file"
    assert all(file.startswith(str(tmp_path / "mine" / "audb")) for file in corpus.index)
    signal, rate = audiofile.read(corpus.index[1])
    assert (signal.shape, rate) == ((160,), 16_000)
    assert signal[0] == pytest.approx(0.01, abs=1e-4)
    assert "small: left out 1 utterances of surprise" in caplog.text
    # What is left out is not fetched.
    assert sorted(path.name for path in (tmp_path / "mine").rglob("*.wav")) == ["a.wav", "b.wav"]


def test_latest_version_is_logged(publish, caplog):
    caplog.set_level(logging.INFO, "cada_tf")
    publish(small())
    publish(small(emotions=["joy", "joy", "joy"]), "1.1.0")
    assert len(load_corpus("audb:small")) == 3
    assert "audb:small: no version given, taking the latest, small@1.1.0" in caplog.text
    assert len(load_corpus("audb:small@1.0.0")) == 2


def test_unknown_database_or_version(publish):
    publish(small())
    fails("audb:", "audb:NAME@VERSION", "no name")
    fails("audb:@1.0.0", "audb:NAME@VERSION", "no name")
    fails("audb:absent", "audb:absent", "'absent'", "Check name, version and network")
    fails("audb:absent@1.0.0", "audb:absent@1.0.0", "version '1.0.0'")
    fails("audb:small@9.0.0", "audb:small@9.0.0", "version '9.0.0'")


def test_broken_connection_is_one_clear_error(publish, monkeypatch):
    def break_off(*_, **__):
        raise audbackend.BackendError(TimeoutError("no\nanswer"))

    publish(small())
    monkeypatch.setattr(audb, "load_media", break_off)
    fails("audb:small@1.0.0", "audb:small@1.0.0", "no answer", "network")


def test_audb_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "audb", None)
    fails("audb:small@1.0.0", "pip install cada-tf[audb]")


def test_choice_of_table(publish):
    database = audformat.Database("several")
    speakers = {"speaker": ["x", "y", "z"]}
    add_table(database, "train", FILES, {"felt": ["joy"] * 3} | speakers, {"felt": "emotion"})
    add_table(database, "test", FILES[:2], {"emotion": ["anger", "joy"]})
    add_table(database, "other", FILES, {"age": [1, 2, 3]})
    publish(database)
    spec = "audb:several@1.0.0"
    fails(spec, "several: expected one table", "test, train", "`audb_table`")
    fails(spec, "found 'other'", "test, train", options=Options(audb_table="other"))
    fails(spec, "found 'absent'", options=Options(audb_table="absent"))
    train = load_corpus(spec, Options(audb_table="train"))
    assert list(train["emotion"]) == ["joy"] * 3
    test = load_corpus(spec, Options(audb_table="test"))
    assert list(test["speaker"]) == ["x", "y"]


def test_table_called_emotion_wins(publish):
    database = small()
    add_table(database, "emotion.test", FILES[:1], {"emotion": ["joy"]})
    publish(database)
    assert len(load_corpus("audb:small@1.0.0")) == 2
    assert len(load_corpus("audb:small@1.0.0", Options(audb_table="emotion.test"))) == 1


def test_class_column_and_missing_labels(publish, caplog):
    caplog.set_level(logging.INFO, "cada_tf")
    database = audformat.Database("classes")
    labels = {"class": ["up", "down", None], "speaker": ["x", "y", "z"]}
    add_table(database, "files", FILES, labels)
    publish(database)
    corpus = load_corpus("audb:classes@1.0.0")
    assert list(corpus["class"]) == list(corpus["emotion"]) == ["up", "down"]
    assert "classes: left out 1 recordings without an emotion" in caplog.text


def test_unusable_tables(publish):
    bare = audformat.Database("bare")
    add_table(bare, "files", FILES, {"speaker": ["x", "y", "z"]})
    publish(bare)
    fails("audb:bare@1.0.0", "bare: expected a table with a column emotion", "tables files")

    speechless = audformat.Database("speechless")
    add_table(speechless, "emotion", FILES, {"emotion": EMOTIONS})
    publish(speechless)
    fails("audb:speechless@1.0.0", "speechless: expected a column speaker", "found none")

    raters = audformat.Database("raters")
    ratings = {"anna": ["joy"] * 3, "ben": ["anger"] * 3, "speaker": ["x"] * 3}
    add_table(raters, "files", FILES, ratings, {"anna": "emotion", "ben": "emotion"})
    publish(raters)
    fails("audb:raters@1.0.0", "raters: expected one column", "anna, ben")

    unknown = small("unknown", emotions=["anger", "joy", "smugness"])
    publish(unknown)
    fails("audb:unknown@1.0.0", "unknown: ", "smugness in none (1 utterances)", "`drop=smugness`")
    assert len(load_corpus("audb:unknown@1.0.0", Options(drop=("smugness",)))) == 2


def with_segments(name: str) -> audformat.Database:
    """Emotions of two segments of the first file and of the whole second; speakers by file."""
    database = small(name)
    del database.tables["emotion"]
    files, starts, ends = FILES[:1] * 2 + FILES[1:2], ["0s", "0.002s", "0s"], ["0.004s", None, None]
    database["parts"] = audformat.Table(audformat.segmented_index(files, starts, ends))
    database["parts"]["emotion"] = audformat.Column(scheme_id="emotion")
    database["parts"]["emotion"].set(EMOTIONS[:2] + EMOTIONS[:1])
    return database


def test_segments(publish, tmp_path):
    publish(with_segments("segments"))
    folder = tmp_path / "segments-1.0.0"
    for spec in ("audb:segments@1.0.0", f"audformat:{folder}"):
        corpus = load_corpus(spec)
        names = [name.rpartition("/wav/")[2] for name in corpus.index]
        assert names == ["a.wav#t=0,0.004", "a.wav#t=0.002,", "b.wav#t=0,"]
        assert list(corpus["speaker"]) == ["3", "3", "8"]
        assert list(corpus["emotion"]) == ["anger", "happiness", "anger"]
        lengths = [read_utterance(name)[0].shape[1] for name in corpus.index]
        assert lengths == [64, 128, 160]
    assert load_corpus(f"audformat:{folder}", Options(audb_table="parts")).shape == (3, 3)


def test_a_folder_in_audformat(publish, tmp_path):
    publish(small())
    folder = tmp_path / "small-1.0.0"
    corpus = load_corpus(f"audformat:{folder}")
    assert corpus.attrs["name"] == "small-1.0.0"
    assert list(corpus.index) == [str(folder / file) for file in FILES[:2]]  # surprise is dropped
    (folder / FILES[0]).unlink()
    fails(f"audformat:{folder}", "expected a recording at", "a.wav", "1 of 2 are missing")
    (folder / "db.yaml").write_text("nothing: [")
    fails(f"audformat:{folder}", "db.yaml: expected an audformat database, found")
    fails(f"audformat:{tmp_path / 'none'}", "none")


def test_nothing_in_a_folder_in_audformat_is_executed(publish, tmp_path):
    """audformat reads YAML with Python's objects, and prefers the pickle of a table to its CSV."""
    publish(small())
    folder, trap = tmp_path / "small-1.0.0", tmp_path / "executed"
    header = (folder / "db.yaml").read_text()
    order = (
        f"!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path [{trap}]]"
    )
    (folder / "db.yaml").write_text(header + f"more: {order}\n")
    fails(f"audformat:{folder}", "db.yaml: expected an audformat database, found ConstructorError")
    (folder / "db.yaml").write_text(header)
    (folder / "db.emotion.pkl").write_bytes(pickle.dumps(Trap(trap)))
    fails(
        f"audformat:{folder}", "db.emotion.pkl: expected a table as CSV or Parquet, found a pickle"
    )
    assert not trap.exists()


class Trap:
    """What makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return type(self.path).touch, (self.path,)


def test_emodb_extra_files_need_the_flag(publish, caplog):
    caplog.set_level(logging.INFO, "cada_tf")
    assert "03a01Wz" not in emodb.published_names()
    files = ["wav/03a01Fa.wav", "wav/03a01Wa.wav", "wav/03a01Wz.wav"]
    publish(small("emodb", files, ["happiness", "anger", "anger"]), "2.0.0")
    assert len(load_corpus("audb:emodb@2.0.0")) == 2
    assert "left out 1 files that are not among the 535" in caplog.text
    assert len(load_corpus("audb:emodb@2.0.0", Options(emodb_extra=True))) == 3
