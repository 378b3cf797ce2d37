"""A recogniser in its four forms, NumPy, Keras, SavedModel and ONNX, which answer alike."""

import dataclasses
import errno
import importlib
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import hypothesis.strategies as st
import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import make_functionals, make_random_recogniser
from hypothesis import given, settings

import cada_tf
from cada_tf import FeatureConfig, InputError

UNICODE = {
    "classes": ("fröhlich", "怒り", "😢"),
    "valence": {"Ärger": "怒り", "радость": "fröhlich", "सुख": "fröhlich", "e\u0301mu": None},
    "card": "# Čárda\n\n中立は除く。",
}
FORMS = (".keras", ".onnx", "")
CLASSES = ("angry", "happy", "neutral")
NAMES = st.text(min_size=1, max_size=6)


@st.composite
def recognisers(draw):
    return make_random_recogniser(
        tuple(draw(st.lists(NAMES, min_size=2, max_size=4, unique=True))),
        draw(st.integers(1, 3)),
        draw(st.lists(st.integers(1, 40), min_size=1, max_size=2)),
        draw(st.integers(1, 70)),
        draw(st.floats(0.5, 8)),
        draw(st.integers(0, 1 << 16)),
        card=draw(st.text(max_size=20)),
    )


def assert_alike(recogniser, x, classes, probabilities):
    """What a form answered is what the recogniser does."""
    expected = recogniser.predict_proba(x)
    np.testing.assert_allclose(probabilities, expected, rtol=1e-5)
    assert probabilities.dtype == np.float32
    clear = np.diff(np.sort(expected, -1)[:, -2:], axis=-1)[:, 0] > 1e-5
    names = [recogniser.classes[i] for i in expected.argmax(-1)]
    assert [a for a, c in zip(classes, clear, strict=True) if c] == [
        name for name, c in zip(names, clear, strict=True) if c
    ]


def run_onnx(onnxruntime, file, x):
    """What an ONNX file answers: names and probabilities, with its metadata."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    classes, probabilities = session.run(["classes", "probabilities"], {"features": x})
    return list(classes), probabilities, session.get_modelmeta().custom_metadata_map


def other_process(folder, script):
    """Runs Python that does not have what this process has imported."""
    command = [sys.executable, "-W", "ignore", "-c", script]
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr


@settings(max_examples=12)
@given(recogniser=recognisers(), n=st.integers(2, 300))
def test_keras_and_saved_model_answer_alike(recogniser, n):
    with tempfile.TemporaryDirectory() as folder:
        model = recogniser.to_keras()
        model.save(Path(folder, "model.keras"))
        loaded = keras.models.load_model(Path(folder, "model.keras"))
        path = recogniser.export(Path(folder, "model"))
        serve = tf.saved_model.load(path).signatures["serving_default"]
        for x in (make_functionals(recogniser, 1), make_functionals(recogniser, n)):
            answer = serve(features=tf.constant(x))
            names = [name.decode() for name in answer["classes"].numpy()]
            assert_alike(recogniser, x, names, answer["probabilities"].numpy())
            for keras_model in (model, loaded):
                probabilities = keras_model(x).numpy()
                names = [recogniser.classes[i] for i in probabilities.argmax(-1)]
                assert_alike(recogniser, x, names, probabilities)


@settings(max_examples=50)
@given(recogniser=recognisers(), n=st.integers(2, 300))
def test_onnx_answers_alike(recogniser, n):
    reason = "onnx or onnxruntime is not installed"
    onnx = pytest.importorskip("onnx", reason=reason)
    onnxruntime = pytest.importorskip("onnxruntime", reason=reason)
    with tempfile.TemporaryDirectory() as folder:
        file = recogniser.export(Path(folder, "model.onnx"))
        onnx.checker.check_model(onnx.load(file), full_check=True)
        for x in (make_functionals(recogniser, 1), make_functionals(recogniser, n)):
            *answer, metadata = run_onnx(onnxruntime, file, x)
            assert_alike(recogniser, x, *answer)
    assert json.loads(metadata["classes"]) == list(recogniser.classes)
    assert metadata["card"] == recogniser.card


def test_other_processes_need_no_more_than_they_should(tmp_path):
    recogniser = make_random_recogniser(hidden=(16, 8), features=62)
    x = make_functionals(recogniser, 20)
    np.save(tmp_path / "x.npy", x)
    recogniser.save(tmp_path / "model")
    recogniser.export(tmp_path / "served")
    other_process(
        tmp_path,
        """
import sys
import numpy as np
import tensorflow as tf
x = np.load("x.npy")
served = tf.saved_model.load("served")
answer = served.signatures["serving_default"](features=tf.constant(x))
np.savez("served.npz", **{name: value.numpy() for name, value in answer.items()})
assert "cada_tf" not in sys.modules

import cada_tf
import keras
np.save("keras.npy", keras.models.load_model("model.keras", safe_mode=True).predict(x, verbose=0))
""",
    )
    served = np.load(tmp_path / "served.npz", allow_pickle=True)
    names = [name.decode() for name in served["classes"]]
    assert_alike(recogniser, x, names, served["probabilities"])
    assert_alike(recogniser, x, names, np.load(tmp_path / "keras.npy"))


def test_the_signature_for_tensorflow_serving(tmp_path):
    path = make_random_recogniser(features=7).export(tmp_path / "1")
    loaded = tf.saved_model.load(path)
    assert list(loaded.signatures) == ["serving_default"]
    serve = loaded.signatures["serving_default"]
    assert serve.structured_input_signature[1] == {
        "features": tf.TensorSpec((None, 7), tf.float32, "features")
    }
    kinds = {k: (v.shape.as_list(), v.dtype) for k, v in serve.structured_outputs.items()}
    assert kinds == {"classes": ([None], tf.string), "probabilities": ([None, 3], tf.float32)}


def test_what_is_exported_says_what_it_is(tmp_path):
    recogniser = make_random_recogniser(
        feature_config=FeatureConfig("GeMAPSv01b", "2.6.0", 16_000), **UNICODE
    )
    expected = {
        "classes": list(UNICODE["classes"]),
        "features": [f"functional {i}" for i in range(5)],
        "feature_set": "GeMAPSv01b",
        "opensmile": "2.6.0",
        "sampling_rate": 16_000,
        "card": UNICODE["card"],
    }
    path = recogniser.export(tmp_path / "model")
    text = (path / "assets.extra" / "cada_tf.json").read_text("utf-8")
    assert json.loads(text) == expected
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    model = onnx.load(recogniser.export(tmp_path / "model.onnx"))
    found = {p.key: p.value for p in model.metadata_props}
    parsed = {k: v if isinstance(expected[k], str) else json.loads(v) for k, v in found.items()}
    assert parsed == expected


def test_a_folder_or_file_that_is_there_is_refused(tmp_path):
    recogniser = make_random_recogniser()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.onnx").mkdir()
    (tmp_path / "file").write_text("kept")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("folder", "file", "link"):
        with pytest.raises(InputError, match=rf"{name}: expected a new folder .* Remove it"):
            recogniser.export(tmp_path / name)
    with pytest.raises(InputError, match=r"folder\.onnx: expected a file for ONNX, found a fo"):
        recogniser.export(tmp_path / "folder.onnx")
    assert (tmp_path / "file").read_text() == "kept"
    assert len(list(tmp_path.rglob("*"))) == 4


@pytest.mark.parametrize("form", [".onnx", ""])
def test_without_a_folder_to_put_it_in(form, tmp_path):
    with pytest.raises(InputError, match=r"expected a folder at .*/none to write it to, found no"):
        make_random_recogniser().export(tmp_path / "none" / f"model{form}")


def test_without_the_package_onnx(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError, match=r"found it not installed\. pip install 'cada-tf\[onnx\]'"):
        make_random_recogniser().export(tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def write(recogniser, path):
    """The recogniser in the form that the path's suffix says."""
    if path.suffix == ".onnx":
        pytest.importorskip("onnx", reason="onnx is not installed")
    return recogniser.save(path) if path.suffix == ".keras" else recogniser.export(path)


def contents(folder):
    """Each file below a folder, those that are hidden too."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_a_write_that_fails_leaves_what_was_there(form, function, tmp_path, monkeypatch):
    path = tmp_path / f"model{form}"
    if form:
        write(make_random_recogniser(seed=1), path)
    before = contents(tmp_path)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, function, full)
        with pytest.raises(OSError, match="No space left"):
            write(make_random_recogniser(seed=2), path)
    assert contents(tmp_path) == before
    assert list(tmp_path.iterdir()) == list(before)
    write(make_random_recogniser(seed=2), path)
    assert contents(tmp_path) != before


@pytest.fixture
def saved_model():
    """``tf.saved_model`` as Keras uses it, which imports it anew when it first writes."""
    return importlib.import_module("tensorflow.saved_model")


@pytest.mark.parametrize("form", [".keras", ""])
def test_a_writer_that_stops_halfway_leaves_what_was_there(
    form, tmp_path, saved_model, monkeypatch
):
    path = tmp_path / f"model{form}"
    if form:
        write(make_random_recogniser(seed=1), path)
    before = contents(tmp_path)

    def half(_model, file, *_, **__):
        Path(file).mkdir() if not form else Path(file).write_bytes(b"PK")
        raise KeyboardInterrupt

    monkeypatch.setattr(saved_model, "save", half)
    monkeypatch.setattr(keras.Model, "save", half)
    with pytest.raises(KeyboardInterrupt):
        write(make_random_recogniser(seed=2), path)
    assert contents(tmp_path) == before
    assert list(tmp_path.iterdir()) == list(before)


def test_a_disk_that_is_full_is_told_of_as_elsewhere(tmp_path, saved_model, monkeypatch):
    def full(*_, **__):
        raise tf.errors.ResourceExhaustedError(None, None, "No space\nleft on device")

    monkeypatch.setattr(saved_model, "save", full)
    with pytest.raises(OSError, match="No space left on device") as caught:
        make_random_recogniser().export(tmp_path / "model")
    assert caught.value.filename == str(tmp_path / "model")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_permissions_are_those_of_any_other_file(form, umask, tmp_path):
    earlier = os.umask(umask)
    try:
        path = write(make_random_recogniser(), tmp_path / f"model{form}")
    finally:
        os.umask(earlier)
    for each in (path, *path.rglob("*")):
        assert each.stat().st_mode & 0o777 == (0o777 if each.is_dir() else 0o666) & ~umask


@settings(max_examples=25)
@given(
    recogniser=recognisers(),
    features=st.lists(NAMES, min_size=70, max_size=70, unique=True),
    emotions=st.lists(NAMES, max_size=6),
    rate=st.integers(0, 48_000),
)
def test_what_is_saved_comes_back_exactly(recogniser, features, emotions, rate):
    classes = (*recogniser.classes, None)
    recogniser = dataclasses.replace(
        recogniser,
        features=tuple(features[: len(recogniser.features)]),
        valence={emotion: classes[i % len(classes)] for i, emotion in enumerate(emotions)},
        feature_config=FeatureConfig("GeMAPSv01b", importlib.metadata.version("opensmile"), rate),
        temperature=float(np.float32(recogniser.temperature)),
    )
    with tempfile.TemporaryDirectory() as folder:
        assert_equal(cada_tf.load(recogniser.save(Path(folder, "model"))), recogniser)


def assert_equal(one, other):
    """Two recognisers are the same to the last bit."""
    for name in ("classes", "features", "temperature", "feature_config", "valence", "card"):
        assert getattr(one, name) == getattr(other, name)
    arrays = ([r.factor, r.offset, *r.weights] for r in (one, other))
    for a, b in zip(*arrays, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def test_names_in_any_script(tmp_path):
    recogniser = make_random_recogniser(seed=3, **UNICODE)
    assert_equal(cada_tf.load(recogniser.save(tmp_path / "модель")), recogniser)
    served = tf.saved_model.load(recogniser.export(tmp_path / "模型"))
    x = make_functionals(recogniser, 300)
    answer = served.signatures["serving_default"](features=tf.constant(x))
    names = [name.decode() for name in answer["classes"].numpy()]
    assert names == list(recogniser.predict(x))
    assert set(names) == set(UNICODE["classes"])
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    file = write(recogniser, tmp_path / "рис.onnx")
    assert run_onnx(onnxruntime, file, x)[0] == names
