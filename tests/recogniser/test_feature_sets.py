"""A recogniser of any features: measured on recordings, or brought by a table."""

import json
import sys

import audiofile
import numpy as np
import pandas as pd
import pytest

from cada_tf import Adapter, InputError, load
from cada_tf.apps.predict import predict_recordings
from cada_tf.audio.feature_registry import make_feature_set
from cada_tf.audio.feature_set import FEATURE_SETS

RATE = 16_000


@pytest.fixture(autouse=True)
def same_sets_afterwards(monkeypatch):
    monkeypatch.setattr("cada_tf.recogniser.feature_set.FEATURE_SETS", dict(FEATURE_SETS))


@pytest.fixture
def module(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)

    def write(code):
        (tmp_path / "loudness_of_mine.py").write_text(code)
        sys.modules.pop("loudness_of_mine", None)

    write("def f(signal, rate): return {'rms': signal.std(), 'peak': abs(signal).max()}\n")
    yield write
    sys.modules.pop("loudness_of_mine", None)


def trained(features, names=None, count=40, width=2):
    rng = np.random.default_rng(0)
    y = np.repeat(["quiet", "loud"], count // 2)
    x = rng.uniform(0.05, 0.1, (count, width)) + 0.3 * (y == "loud")[:, None]
    x = pd.DataFrame(x.astype(np.float32), columns=names) if names else x.astype(np.float32)
    few = np.arange(count) % 4 == 0
    adapter = Adapter("pooled", calibration_folds=0, features=features)
    return adapter.fit(x, y, x[few], y[few]).recogniser_


def tone(path, gain):
    t = np.arange(RATE) / RATE
    audiofile.write(path, (gain * np.sin(900 * t)).astype(np.float32), RATE)
    return str(path)


def test_a_set_of_ones_own_has_to_be_given(module, tmp_path):
    spec = "python:loudness_of_mine:f"
    path = trained(spec).save(tmp_path / "m")
    files = [tone(tmp_path / "a.wav", 0.1), tone(tmp_path / "b.wav", 0.5)]
    with pytest.raises(InputError, match=r"python:loudness_of_mine:f .*`features=python:…`"):
        load(path).predict_files(files)
    assert list(load(path, features=spec).predict_files(files)["class"]) == ["quiet", "loud"]
    with pytest.raises(InputError, match=r"`features`: expected python:\S+, which .* found eGeM"):
        load(path, features="egemaps")
    module("def f(signal, rate): return {'rms': 2 * signal.std(), 'peak': 0.0}\n")
    with pytest.raises(InputError, match=r"expected the feature set python.* with 2 "):
        load(path, features=spec)


@pytest.mark.usefixtures("module")
def test_a_model_file_executes_nothing_that_it_names(tmp_path):
    path = trained("python:loudness_of_mine:f").save(tmp_path / "m")
    sys.modules.pop("loudness_of_mine")
    recogniser = load(path)
    with pytest.raises(InputError):
        recogniser.predict_files([tone(tmp_path / "a.wav", 0.1)])
    assert "loudness_of_mine" not in sys.modules


def table_of(path, names, values, **others):
    frame = pd.DataFrame(np.asarray(values, np.float32), columns=names)
    frame.insert(0, "file", [f"absent/{i}.wav" for i in range(len(frame))])
    frame.assign(**others).to_csv(path, index=False)
    return str(path)


def test_the_columns_of_a_table_are_predicted_and_scored(tmp_path, capsys):
    names = ["e0", "e1"]
    path = trained("columns:e", names).save(tmp_path / "m")
    rows = [[0.07, 0.08], [0.4, 0.38], [0.39, 0.41]]
    table = table_of(tmp_path / "t.csv", names, rows, label=["quiet", "loud", "quiet"], note="x")
    report = tmp_path / "r.json"
    assert predict_recordings(str(path), [table], format="csv", report=str(report)) == 0
    printed = pd.read_csv(pd.io.common.StringIO(capsys.readouterr().out))
    assert list(printed["class"]) == ["quiet", "loud", "loud"]
    assert list(printed["note"]) == ["x"] * 3
    assert "e0" not in printed
    proba = load(path).predict_proba(np.array(rows, np.float32))
    np.testing.assert_allclose(printed["p_loud"], proba[:, load(path).classes.index("loud")])
    assert json.loads(report.read_text())

    with pytest.raises(InputError, match="`segments`: expected recordings, found the features of"):
        predict_recordings(str(path), [table], segments=1.0)
    with pytest.raises(InputError, match=r"columns of a table.*Give a table with the columns file"):
        predict_recordings(str(path), [tone(tmp_path / "a.wav", 0.1)])
    bad = table_of(tmp_path / "bad.csv", names, [[0.1, np.nan]])
    with pytest.raises(InputError, match="line 2, column e1: expected a finite number"):
        predict_recordings(str(path), [bad])


def test_a_table_of_functionals_needs_no_recording(tmp_path, capsys):
    names = make_feature_set("egemaps").names
    path = trained("egemaps", list(names), width=88).save(tmp_path / "m")
    table = table_of(tmp_path / "t.csv", list(names), np.full((2, 88), 0.4))
    assert predict_recordings(str(path), [table], format="jsonl") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["class"] for row in rows] == ["loud", "loud"]
    assert [row["file"] for row in rows] == [f"{tmp_path}/absent/{i}.wav" for i in range(2)]
