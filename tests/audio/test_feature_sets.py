"""The feature sets that users can name, from a signal to a vector, and what is refused."""

import importlib.util
import shutil
import sys
import zlib
from pathlib import Path

import audiofile
import numpy as np
import opensmile
import pandas as pd
import pytest
from helpers import write_onnx_model

from cada_tf import Adapter, Options, load, load_corpus
from cada_tf.audio import onnx_features
from cada_tf.audio.feature_registry import make_feature_set
from cada_tf.audio.features import add_features, measure_file
from cada_tf.corpora.corpus import make_corpus
from cada_tf.errors import InputError

RATE = 16_000
needs_audonnx = pytest.mark.skipif(
    importlib.util.find_spec("audonnx") is None, reason="audonnx is not installed"
)


def noise(seconds=0.5, rate=RATE, channels=1, seed=0):
    t = np.arange(int(seconds * rate)) / rate
    rng = np.random.default_rng(seed)
    tone = 0.3 * np.sin(2 * np.pi * 220 * t)
    return (tone + 0.05 * rng.normal(size=(channels, len(t)))).astype(np.float32)


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "a.wav"
    audiofile.write(path, noise(), RATE)
    return str(path)


@pytest.fixture
def module(tmp_path, monkeypatch, request):
    """Writes a module of the user's to a folder that Python searches; its name is new."""
    monkeypatch.syspath_prepend(tmp_path)
    written = []

    own = f"mine_{zlib.crc32(request.node.name.encode())}"

    def write(code, name=own):
        (tmp_path / f"{name}.py").write_text(f"import numpy as np\n{code}")
        written.append(name)
        return name

    yield write
    for name in written:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("name", "set_name", "count"),
    [
        ("gemaps", "GeMAPSv01b", 62),
        ("eGeMAPS", "eGeMAPSv02", 88),
        ("compare", "ComParE_2016", 6373),
        ("emobase", "emobase", 988),
        ("opensmile:IS09", "IS09", 384),
    ],
)
def test_opensmiles_sets_are_those_of_opensmile(recording, name, set_name, count):
    features = make_feature_set(name, RATE)
    assert (features.config.feature_set, len(features.names)) == (set_name, count)
    smile = opensmile.Smile(opensmile.FeatureSet[set_name], sampling_rate=RATE, resample=True)
    expected = smile.process_file(recording)
    assert features.names == tuple(expected.columns)
    np.testing.assert_array_equal(
        measure_file(recording, features), expected.to_numpy(np.float32)[0]
    )


def test_a_configuration_of_ones_own_and_what_it_includes(recording, tmp_path):
    shutil.copytree(Path(opensmile.__file__).parent / "core" / "config", tmp_path / "config")
    conf = tmp_path / "config" / "gemaps" / "v01b" / "GeMAPSv01b.conf"
    features = make_feature_set(f"opensmile:{conf}", RATE)
    assert features.config.feature_set == "opensmile:GeMAPSv01b"
    np.testing.assert_array_equal(
        measure_file(recording, features), measure_file(recording, make_feature_set("gemaps"))
    )
    included = conf.with_name("GeMAPSv01b_core.lld.conf.inc")
    included.write_text(included.read_text() + "\n;; changed\n")
    assert make_feature_set(f"opensmile:{conf}", RATE).config.version != features.config.version
    conf.write_text("[componentInstances:cComponentManager]\n")
    with pytest.raises(InputError, match=r"`features`: opensmile:.*a configuration of functionals"):
        make_feature_set(f"opensmile:{conf}", RATE)
    with pytest.raises(InputError, match=r"expected a file \.conf, or a set of .*IS09"):
        make_feature_set(f"opensmile:{tmp_path / 'none.conf'}", RATE)


def test_a_function_of_ones_own(recording, module):
    name = module("def two(signal, rate): return np.array([signal.std(), signal.shape[1] / rate])")
    features = make_feature_set(f"python:{name}:two", 8_000)
    assert features.config.feature_set == f"python:{name}:two"
    assert features.names == ("two-0", "two-1")
    std, seconds = measure_file(recording, features)
    assert seconds == pytest.approx(0.5)
    assert std == pytest.approx(noise().std(), rel=0.1)  # resampling takes the high frequencies


def test_a_functions_version_follows_its_code_not_its_comments(module):
    name = module("def one(signal, rate): return [1.0]")
    first = make_feature_set(f"python:{name}:one").config
    sys.modules.pop(name)
    module("def one(signal, rate): return [1.0]  # as before")
    assert make_feature_set(f"python:{name}:one").config == first
    sys.modules.pop(name)
    module("def one(signal, rate): return [2.0]")
    assert make_feature_set(f"python:{name}:one").config.version != first.version


def test_an_audinterface_feature_keeps_its_names_and_its_rate(recording, module):
    name = module(
        "import audinterface\n"
        "def stats(signal, rate): return [signal.mean(), signal.std(), rate]\n"
        "feature = audinterface.Feature(['mean', 'std', 'rate'], process_func=stats,\n"
        "    sampling_rate=8000, resample=True)\n"
    )
    features = make_feature_set(f"python:{name}:feature", RATE)
    assert features.names == ("mean", "std", "rate")
    assert features.config.sampling_rate == 8_000
    mapped = module("def f(signal, rate): return {'a': 1, 'b': 2}", "mine_of_a_mapping")
    assert make_feature_set(f"python:{mapped}:f").names == ("a", "b")
    np.testing.assert_allclose(
        measure_file(recording, features),
        [0, noise().std(), 8_000],
        rtol=0.1,
        atol=1e-2,
    )


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def f(signal, rate): raise KeyError('no model')", "features of a second of noise, found"),
        ("def f(signal, rate): return 'loud'", "expected a vector of numbers .* found str"),
        ("def f(signal, rate): return []", "expected a vector of numbers .* found list of 0"),
        ("f = 3", "expected a function f, or an audinterface.Feature, found int"),
        ("", "expected a function f, or an audinterface.Feature, found nothing"),
        ("import nothing_of_the_kind", r"expected it to be imported, found ModuleNotFoundError"),
    ],
)
def test_an_unusable_function_is_one_line(module, code, message):
    name = module(code)
    with pytest.raises(InputError, match=message):
        make_feature_set(f"python:{name}:f")
    for spec in ("python:", "python:os", "python:nowhere.to.be.found:f"):
        with pytest.raises(InputError, match=r"expected (python:MODULE:FUNCTION|a module that Py)"):
            make_feature_set(spec)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("[1.0] * (2 if rate == 16000 and signal.shape[1] == 16000 else 3)", r"the shape \(3,\)"),
        ("[1.0, np.nan if signal.shape[1] < 9000 else 2]", "finite features, found nan"),
        ("[1.0, [2][0 if signal.shape[1] > 9000 else 1]]", "found IndexError"),
    ],
)
def test_what_a_function_does_to_a_recording_names_the_recording(recording, module, body, found):
    name = module(f"def f(signal, rate): return {body}")
    features = make_feature_set(f"python:{name}:f", RATE)
    with pytest.raises(InputError, match=f"a.wav: expected .*{found}"):
        measure_file(recording, features)


@needs_audonnx
@pytest.mark.parametrize("frames", [False, True])
def test_an_onnx_model_is_pooled_over_time(recording, tmp_path, frames):
    kernel = write_onnx_model(tmp_path / "w2v", frames)
    features = make_feature_set(f"onnx:{tmp_path / 'w2v'}", RATE)
    assert features.config.feature_set == "onnx:w2v"
    assert len(features.names) == 5
    signal = audiofile.read(recording)[0]
    expected = np.abs(signal.reshape(-1, 160) @ kernel[:, 0].T).mean(0)
    np.testing.assert_allclose(measure_file(recording, features), expected, rtol=1e-4)


@needs_audonnx
def test_of_several_outputs_the_embedding_is_taken_or_the_one_that_is_named(recording, tmp_path):
    write_onnx_model(tmp_path / "w2v", frames=False, logits=True)
    features = make_feature_set(f"onnx:{tmp_path / 'w2v'}", RATE)
    assert features.config.feature_set == "onnx:w2v:hidden_states"
    logits = make_feature_set(f"onnx:{tmp_path / 'w2v'}@logits", RATE)
    assert logits.names == ("logits-0", "logits-1", "logits-2")
    assert logits.config.version == features.config.version
    embedding = measure_file(recording, features)
    np.testing.assert_allclose(measure_file(recording, logits), embedding[:3] * 2, rtol=1e-5)


@needs_audonnx
def test_bad_onnx_folders_are_one_line(tmp_path):
    write_onnx_model(tmp_path / "w2v", frames=False)
    with pytest.raises(InputError, match="expected one of the outputs hidden_states, found logits"):
        make_feature_set(f"onnx:{tmp_path / 'w2v'}@logits")
    (tmp_path / "w2v" / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(InputError, match="expected a model that audonnx can load, found"):
        make_feature_set(f"onnx:{tmp_path / 'w2v'}")


@pytest.mark.parametrize(
    ("argument", "parts"),
    [("no@folder@out", ("no@folder", "out")), ("~/model", ("~/model", "")), ("", ("", ""))],
)
def test_folder_and_output_of_an_onnx_model(argument, parts, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert onnx_features.split(argument) == parts
    (tmp_path / "a@b").mkdir()
    assert onnx_features.split("a@b") == ("a@b", "")


def test_an_onnx_folder_without_a_model_or_the_package(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"`features`: onnx:.*found no folder"):
        make_feature_set(f"onnx:{tmp_path / 'none'}")
    with pytest.raises(InputError, match=r"found no model\.onnx in it"):
        make_feature_set(f"onnx:{tmp_path}")
    (tmp_path / "model.onnx").touch()
    monkeypatch.setitem(sys.modules, "audonnx", None)
    with pytest.raises(InputError, match=r"expected the package audonnx.*cada-tf\[onnx\]"):
        make_feature_set(f"onnx:{tmp_path}")


def embeddings(path, names, seed, count=40, **others):
    """Writes a table of embeddings that tell the classes apart."""
    rng = np.random.default_rng(seed)
    labels = np.array(["negative", "positive"] * (count // 2))
    x = rng.normal(size=(count, len(names))) + 2 * (labels == "positive")[:, None]
    table = pd.DataFrame(x.astype(np.float32), columns=names)
    table.insert(0, "file", [f"{path.stem}/{i}.wav" for i in range(count)])
    table = table.assign(speaker=[f"s{i % 5}" for i in range(count)], **{"class": labels}, **others)
    table.to_csv(path, index=False)
    return table


def corpus_of(path, features="gemaps"):
    return load_corpus(f"table:{path}", Options(features=features))


def test_the_columns_of_a_table(tmp_path, caplog):
    names = [f"w{i}" for i in range(7)]
    first = embeddings(tmp_path / "a.csv", names, 0, sentence="one", w_text="b")
    second = embeddings(tmp_path / "b.csv", names[::-1], 1, age=3)
    with caplog.at_level("INFO", "cada_tf"):
        corpora = [
            add_features(
                load_corpus(f"table:{tmp_path / file}", Options(features=spec)), feature_set=spec
            )
            for file, spec in (("a.csv", "columns"), ("b.csv", "columns:w"))
        ]
    assert "a.csv: not used: sentence, w_text" in caplog.text
    assert "b.csv: not used: age" in caplog.text
    for corpus, table in zip(corpora, (first, second), strict=True):
        np.testing.assert_array_equal(corpus[names].to_numpy(), table[names].to_numpy())
        assert corpus[names].dtypes.eq(np.float32).all()
    assert corpora[1].attrs["features"].feature_set == "columns:w"


def test_columns_that_are_none(tmp_path, recording):
    path = tmp_path / "a.csv"
    table = embeddings(path, ["w0", "w1"], 0)
    with pytest.raises(InputError, match=r"expected columns of numbers whose names start with 'v'"):
        corpus_of(path, "columns:v")
    table.astype({"w1": object}).assign(w1=[1.0, "loud", *[2] * 38]).to_csv(path, index=False)
    with pytest.raises(InputError, match="line 3, column w1: expected a finite number, found"):
        corpus_of(path, "columns")
    corpus = make_corpus("speech", [recording], ["s"], ["joy"], ["positive"])
    with pytest.raises(InputError, match="speech: expected a table with columns of"):
        add_features(corpus, feature_set="columns")
    with pytest.raises(InputError, match=r"columns of numbers .*`features=columns`"):
        corpus_of(path)


def test_a_table_of_another_set_names_it(tmp_path, recording):
    corpus = make_corpus("one", [recording], ["s"], ["joy"], ["positive"])
    measured = add_features(corpus, feature_set="egemaps", cache_dir=tmp_path)
    measured.to_csv(tmp_path / "e.csv", float_format="%.9g")
    again = corpus_of(tmp_path / "e.csv", "egemaps")
    again = add_features(again, feature_set="egemaps")
    np.testing.assert_array_equal(again.iloc[:, 3:], measured.iloc[:, 3:])
    with pytest.raises(InputError, match=r"found some of egemaps .*Choose `features=egemaps`"):
        corpus_of(tmp_path / "e.csv")


def test_an_adapter_with_a_named_set(tmp_path):
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    x = rng.normal(size=(40, 88)).astype(np.float32) + y[:, None]
    adapter = Adapter(calibration_folds=0, features="egemaps").fit(x, y, x[:8], y[:8])
    path = adapter.recogniser_.save(tmp_path / "m")
    assert load(path).feature_config.feature_set == "eGeMAPSv02"
    with pytest.raises(ValueError, match=r"Expected the 62 features of GeMAPSv01b\. Received: 88"):
        Adapter(calibration_folds=0, features="gemaps").fit(x, y)
