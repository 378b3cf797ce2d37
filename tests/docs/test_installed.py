"""The wheel in a new environment, as someone who only wants to use it has it."""

import io
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from helpers import RATE, ROOT, voice, write_onnx_model

from cada_tf import load, load_corpus

EXHAUSTIVE = bool(os.environ.get("CADA_EXHAUSTIVE"))
PER_CLASS = 6
QUICK = "--trials=1", "--folds=2", "--jobs=1"  # each process would import TensorFlow

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bin(tmp_path_factory):
    """The programs of a new environment in which nothing but the wheel was installed.

    What it depends on is that of the tests' own environment, where all is not to be tested, since
    its installation takes longer than these tests.
    """
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"  # a copy, since a build leaves files behind
    shutil.copytree(ROOT / "cada_tf", sources / "cada_tf")
    for name in ("setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE", "NOTICE.md"):
        shutil.copy(ROOT / name, sources)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", f"--wheel-dir={folder}"]
    subprocess.run([*pip, str(sources)], check=True)
    (wheel,) = folder.glob("cada_tf-*.whl")
    env = folder / "env"
    venv.create(env, with_pip=EXHAUSTIVE)
    python = str(env / "bin" / "python")
    install = [sys.executable, "-m", "pip", f"--python={python}", "install", "--quiet", wheel]
    install += ["--no-compile", "--disable-pip-version-check"]
    if not EXHAUSTIVE:
        install.append("--no-deps")
        site = sysconfig.get_path("purelib", "venv", {"base": env, "platbase": env})
        (Path(site) / "others.pth").write_text(sysconfig.get_path("purelib"))
    subprocess.run(install, check=True)
    return env / "bin"


@pytest.fixture
def run(bin, tmp_path):
    """Runs a program of the environment away from the sources; returns what it prints."""

    def run(program, *arguments, status=0):
        environment = {
            k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")
        }
        command = [bin / program, *map(str, arguments)]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, text=True, capture_output=True, timeout=600
        )
        assert done.returncode == status, done.stderr
        return done.stdout, done.stderr

    return run


def record(folder, pitch, count=24):
    """A table of recordings, of which the negative ones are louder."""
    folder.mkdir()
    rows = [(f"{i}.wav", ("negative", "positive")[i % 2], f"s{i % 4}") for i in range(count)]
    for i, (file, *_) in enumerate(rows):
        sound = (1 - 0.7 * (i % 2)) * voice(1.0, pitch=pitch + 5 * i, seed=i)
        soundfile.write(folder / file, sound, RATE)
    path = folder / "all.csv"
    pd.DataFrame(rows, columns=["file", "class", "speaker"]).to_csv(path, index=False)
    return path


@pytest.fixture
def made(tmp_path):
    """``--source`` of made recordings; the target's are split, and the classes of the rest."""
    source = record(tmp_path / "made", 100)
    truth = split(load_corpus(f"table:{record(tmp_path / 'other', 130)}"), tmp_path)
    return f"table:{source}", truth


def split(corpus, folder, seed=0):
    """``few.csv``, of recordings with their classes, and ``rest.csv``."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"file": corpus.index, "class": corpus["class"].to_numpy()})
    few = table.groupby("class", group_keys=False).sample(PER_CLASS, random_state=rng)
    few.to_csv(folder / "few.csv", index=False)
    rest = table.drop(few.index)
    rest.to_csv(folder / "rest.csv", index=False)
    return rest.set_index("file")["class"]


def adapt_and_predict(run, folder, source, truth):
    """Accuracy of each class on recordings that the recogniser was not adapted to."""
    run("cada-adapt", f"--source={source}", "--target=few.csv", "--output=mine", *QUICK)
    run("cada-predict", "mine", "rest.csv", "--format=csv", "--output=answers.csv")
    answers = pd.read_csv(folder / "answers.csv").set_index("file")
    assert list(answers.index) == list(truth.index)
    assert (answers["status"] == "ok").all()
    return (answers["class"] == truth).groupby(truth).mean()


def test_from_recordings_to_a_recogniser(bin, run, made, tmp_path):
    recall = adapt_and_predict(run, tmp_path, *made)
    assert recall.mean() > 0.75
    assert "| source | all | 24 |" in (tmp_path / "mine.md").read_text()
    script = (
        "import cada_tf, keras, numpy\n"
        "model = keras.models.load_model('mine.keras')\n"
        "assert model.predict(numpy.zeros((1, 62)), verbose=0).shape == (1, 2)\n"
        "assert len(cada_tf.load_corpus('demo-actors')) == 535\n"
        "print(*cada_tf.load('mine').classes, cada_tf.__file__)"
    )
    out, _ = run("python", "-c", script)
    assert out.startswith(f"negative positive {bin.parent}/")


@pytest.mark.exhaustive
def test_twelve_recordings_of_emodb(run, tmp_path, corpora):
    truth = split(load_corpus(f"emodb:{corpora}/emodb"), tmp_path)
    recall = adapt_and_predict(run, tmp_path, f"table:{corpora}/nemo/gemaps.csv", truth)
    assert len(truth) == 523
    assert recall.mean() > 0.55
    out, err = run("cada-predict", "mine", "absent.wav", truth.index[0], status=1)
    assert "1 judged, 0 abstained, 1 unusable" in err
    assert "absent.wav" in out


@pytest.mark.exhaustive
def test_an_onnx_model_from_features_to_predictions(bin, run, made, tmp_path):
    pytest.importorskip(
        "audonnx", reason="the extra onnx, which writes the model, is not installed"
    )
    write_onnx_model(tmp_path / "w2v", logits=True)
    (wheel,) = bin.parents[1].glob("cada_tf-*.whl")
    pip = [bin / "pip", "install", "--quiet", "--disable-pip-version-check", f"{wheel}[onnx]"]
    subprocess.run(pip, check=True)
    features = f"--features=onnx:{tmp_path / 'w2v'}"
    few = "--target=few.csv", "--output=mine", "--method=pooled"
    run("cada-adapt", f"--source={made[0]}", *few, features, *QUICK)
    card = (tmp_path / "mine.md").read_text()
    assert "5 features of onnx:w2v:hidden_states, version " in card
    _, err = run("cada-predict", "mine", "rest.csv", status=2)
    assert "--features=onnx:…, as when the model was made" in err
    out, _ = run("cada-predict", "mine", "rest.csv", "--format=csv", features)
    answers = pd.read_csv(io.StringIO(out)).set_index("file")
    assert (answers["status"] == "ok").all()
    ours = load(tmp_path / "mine", features=features.partition("=")[2]).predict_files(answers.index)
    np.testing.assert_allclose(answers["p_positive"], ours["p_positive"], rtol=1e-5)
