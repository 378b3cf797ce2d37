"""A feature set of one's own, from recordings to a saved recogniser and its predictions."""

import json

import audiofile
import numpy as np
import pandas as pd
import pytest

from cada_tf import load
from cada_tf.adaptation.adapt import adapt
from cada_tf.adaptation.adapter import Adapter
from cada_tf.adaptation.model_card import render
from cada_tf.audio import features as audio_features
from cada_tf.audio.feature_registry import find_config
from cada_tf.audio.feature_set import FEATURE_SETS, FeatureConfig, feature_names
from cada_tf.audio.features import add_features
from cada_tf.config import Config
from cada_tf.corpora.corpus import Options, make_corpus
from cada_tf.corpora.inspection import inspect
from cada_tf.corpora.registry import load_corpus
from cada_tf.corpora.several import join_corpora
from cada_tf.errors import InputError
from cada_tf.evaluation.effect_sizes import measure
from cada_tf.methods import METHODS
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import make_problem
from cada_tf.runs.archive import Archive
from cada_tf.runs.record import Record, check_settings, read_record
from cada_tf.runs.results import Results
from cada_tf.runs.runner import run

RATE = 8_000
NAMES = ("rms", "peak", "crossings", "centroid", "mean")
CONFIG = FeatureConfig("five", "1.2", RATE)


class Five:
    """Five simple features; a ``FeatureSet``."""

    names = NAMES
    min_duration = 0.01

    def __init__(self, sampling_rate):
        self.config = CONFIG._replace(sampling_rate=sampling_rate)

    def __call__(self, signal, _rate):
        x = signal.mean(0)
        spectrum = np.abs(np.fft.rfft(x))
        crossings = np.mean(np.diff(np.sign(x)) != 0)
        centroid = spectrum @ np.arange(len(spectrum)) / spectrum.sum()
        values = np.sqrt(np.mean(x**2)), np.abs(x).max(), crossings, centroid, x.mean()
        return np.array(values, np.float32)


@pytest.fixture
def five(monkeypatch):
    monkeypatch.setitem(FEATURE_SETS, "five", Five)
    return "five"


def recorded(folder, seed, count=24):
    """A corpus of noisy tones, louder and higher in one class."""
    rng, files = np.random.default_rng(seed), []
    folder.mkdir()
    labels = ["negative", "positive"] * (count // 2)
    for i, label in enumerate(labels):
        t = np.arange(RATE // 5) / RATE
        pitch, gain = (300, 0.2) if label == "negative" else (700, 0.4)
        tone = gain * np.sin(2 * np.pi * pitch * (1 + 0.1 * rng.random()) * t)
        files.append(str(folder / f"{i:02d}.wav"))
        audiofile.write(files[-1], (tone + 0.02 * rng.normal(size=len(t))).astype(np.float32), RATE)
    speakers = [f"s{i // 2 % 3}" for i in range(count)]
    return make_corpus(folder.name, files, speakers, labels, labels)


@pytest.fixture
def corpora(five, tmp_path):
    options = {"feature_set": five, "sampling_rate": RATE, "cache_dir": tmp_path / "cache"}
    return [
        add_features(recorded(tmp_path / name, seed), **options)
        for seed, name in enumerate(("studio", "phone"))
    ]


def test_a_corpus_carries_its_set_and_the_cache_has_a_folder_for_it(corpora, tmp_path, monkeypatch):
    for corpus in corpora:
        assert feature_names(corpus) == NAMES
        assert corpus.attrs["features"] == CONFIG
        assert corpus[list(NAMES)].dtypes.eq(np.float32).all()
    folder = tmp_path / "cache" / "features" / "five-1.2-8000"
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 48

    monkeypatch.setattr(audio_features, "measure_file", None)  # would be an error
    bare = corpora[0][["speaker", "emotion", "class"]]
    options = {"feature_set": Five(RATE), "cache_dir": tmp_path / "cache"}
    pd.testing.assert_frame_equal(add_features(bare, **options), corpora[0])


def test_the_paper_s_set_is_kept_where_it_always_was(tmp_path):
    corpus = recorded(tmp_path / "studio", 0, count=2)
    add_features(corpus, cache_dir=tmp_path / "cache")
    version = find_config(audio_features.FEATURE_NAMES).version
    names = [path.name for path in (tmp_path / "cache" / "features").iterdir()]
    assert names == [f"GeMAPSv01b-{version}-16000"]


def test_problem_run_archive_and_record_carry_the_set(corpora, tmp_path):
    source, target = corpora
    problem = make_problem(source, target, trials=1, folds=2, largest=1)
    assert (problem.feature_names, problem.feature_config) == (NAMES, CONFIG)
    folder = tmp_path / "run"
    columns = {"source": "studio", "target": "phone", "transductive": False}
    settings = {"source": "studio", "target": "phone", "features": "five", "seed": 0, "folds": 2}
    results = Results(folder, settings, {"trials": 1}, columns, METHODS)
    archive = Archive(folder)
    archive.keep(source, target)
    cells = [Cell("all-source", 0), Cell("cada", 2)]
    run(problem, Config(), cells, results, archive=archive, jobs=1)
    results.close()
    assert len(results.table) == 4

    again = Archive(folder)
    assert again.corpus("target").attrs == {"name": "phone", "features": CONFIG}
    assert (again.problem.feature_names, again.problem.feature_config) == (NAMES, CONFIG)
    assert set(measure(again.problem)["functional"]) == set(NAMES)
    assert again.load(cells[1]).weights[0].shape[-2] == len(NAMES)
    assert json.loads((folder / "run.json").read_text())["settings"]["features"] == "five"
    assert read_record(folder).settings["features"] == "five"
    with pytest.raises(InputError, match="`features` was five, now it is GeMAPSv01b"):
        check_settings(folder, read_record(folder), settings | {"features": "GeMAPSv01b"})


def test_a_record_without_features_is_of_the_papers(tmp_path):
    earlier = Record({"seed": 0}, {})
    check_settings(tmp_path, earlier, {"seed": 0, "features": "GeMAPSv01b"})
    with pytest.raises(InputError, match="`features` was GeMAPSv01b, now it is five"):
        check_settings(tmp_path, earlier, {"seed": 0, "features": "five"})


def test_a_saved_recogniser_measures_its_own_set(corpora, tmp_path, monkeypatch):
    source, target = corpora
    problem = make_problem(source, target, trials=1, folds=2)
    adapted = adapt(problem, Config(), "cada", assessed=True, cache_dir=tmp_path, jobs=1)
    card = render(adapted, problem, Config(), corpora, "made by hand")
    assert "5 features of five, version 1.2, of audio resampled to 8000 Hz" in card
    assert "openSMILE" not in card
    path = adapted.recogniser.with_card(card, {}).save(tmp_path / "mine")

    recogniser = load(path)
    assert (recogniser.features, recogniser.feature_config) == (NAMES, CONFIG)
    assert "five, version 1.2" in recogniser.card
    table = recogniser.predict_files(target.index, min_duration=0)
    assert list(table["status"]) == ["ok"] * len(target)
    np.testing.assert_allclose(
        table[["p_negative", "p_positive"]], recogniser.predict_proba(target), rtol=1e-9
    )

    monkeypatch.delitem(FEATURE_SETS, "five")
    with pytest.raises(InputError, match=r"expected the feature set five of version 1.2 .* found"):
        load(path).predict_files(target.index)
    assert load(path).predict(target).shape == (24,)


def test_adapter_knows_a_registered_set_by_its_names(corpora):
    (xs, xt), (ys, yt) = zip(*((c[list(NAMES)], c["class"]) for c in corpora), strict=True)
    adapter = Adapter(calibration_folds=0, sampling_rate=RATE).fit(xs, ys, xt, yt)
    assert adapter.recogniser_.feature_config == CONFIG
    other = Adapter(calibration_folds=0).fit(xs.to_numpy(), ys, xt.to_numpy(), yt).recogniser_
    assert (other.features[0], other.feature_config) == ("x0", None)
    with pytest.raises(InputError, match="found one of features that were given as numbers"):
        other.predict_files(corpora[1].index)


def test_a_table_of_a_registered_set_opens_no_recording(corpora, five, tmp_path):
    path = tmp_path / "table.csv"
    corpora[0].rename(index=lambda file: f"absent/{file[-6:]}").to_csv(path, float_format="%.9g")
    corpus = load_corpus(f"table:{path}", Options(features=five))
    corpus = add_features(corpus, feature_set=five, sampling_rate=RATE)
    np.testing.assert_array_equal(corpus[list(NAMES)], corpora[0][list(NAMES)])
    assert corpus.attrs["features"] == CONFIG
    with pytest.raises(InputError, match="table: expected all 62 features of GeMAPSv01b or none"):
        add_features(corpus)
    with pytest.raises(InputError, match=r"found some of five .* Choose `features=five`"):
        load_corpus(f"table:{path}")


def test_several_corpora_must_have_the_same_features(corpora):
    joined = join_corpora(corpora)
    assert (joined.attrs["features"], feature_names(joined)) == (CONFIG, NAMES)
    assert make_problem(joined[joined["corpus"] == "studio"], corpora[1], folds=2)
    source, target = corpora[0].drop(columns="crossings"), corpora[1]
    message = "5, of which number 3 is crossings instead of centroid. Measure both"
    with pytest.raises(InputError, match=message):
        join_corpora([source, target])
    with pytest.raises(InputError, match="studio: expected the 5 features of phone, found 4"):
        make_problem(source, target, folds=2)


def test_inspection_of_any_set(corpora, five, tmp_path):
    assert list(inspect(corpora[0]).features.columns) == list(NAMES)
    bare = corpora[0][["speaker", "emotion", "class"]]
    found = inspect(bare, feature_set=five, sampling_rate=RATE, cache_dir=tmp_path / "cache")
    assert found.decoded
    assert list(found.features.columns) == list(NAMES)


def test_an_unknown_set_is_one_clear_line(corpora):
    with pytest.raises(InputError, match=r"one of .*five.*; found 'fiver'\. Did you mean five"):
        add_features(corpora[0], feature_set="fiver")
