"""``cada-predict --export``."""

import pytest
from helpers import finished, make_recogniser

PROGRAM = "cada_tf.apps.predict"
FEATURES = "62 features of a recording, rather than its audio: GeMAPSv01b"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(make_recogniser().save(tmp_path_factory.mktemp("model") / "my_model"))


@pytest.mark.parametrize(
    ("name", "options", "holds", "input"),
    [
        ("model.onnx", [], None, FEATURES),
        ("1", [], "saved_model.pb", FEATURES),
        ("folder", ["--export_format=audonnx"], "model.yaml", "a signal, of which openSMILE"),
    ],
)
def test_a_model_is_exported_and_its_input_named(model, tmp_path, name, options, holds, input):
    pytest.importorskip("audonnx" if options else "onnx", reason="it is not installed")
    path = tmp_path / name
    status, out, err = finished(PROGRAM, model, f"--export={path}", *options)
    assert (status, err) == (0, "")
    assert str(path) in out.splitlines()[0]
    assert out.splitlines()[1].startswith(f"input: {input}")
    assert (path / holds if holds else path).is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--export=x", "a.wav"], "--export: expected a model alone, found 'a.wav' beside it."),
        (["--export_format=onnx", "a.wav"], "--export_format: expected --export, found none."),
        (["--export=x", "--export_format=onnx"], "x: expected a name that ends in .onnx for a f"),
        (["--export=x.onnx", "--export_format=onxx"], "Did you mean onnx?"),
        ([], "expected RECORDING, found none."),
    ],
)
def test_mistakes_are_told_in_a_line(model, arguments, message):
    status, out, err = finished(PROGRAM, model, *arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
