"""Four emotions from two tables, from a run to its pictures, and from few labels to predictions."""

import json
import re

import audiofile
import numpy as np
import pandas as pd
import pytest
from helpers import FEATURE_NAMES, QUICK, RATE, called, main, start, voice

from cada_tf import load
from cada_tf.errors import InputError
from cada_tf.runs.results import read_results
from figures import confusions

SOURCE = ("Wut", "Freude", "neutral", "Trauer", "Langeweile")
TARGET = ("angry", "joy", "Neutral", "sad", "fearful")
SHARED = ["anger", "happiness", "neutral", "sadness"]


def write_table(path, emotions, count, seed, shift=0.0):
    """A table of features with ``count`` utterances of each emotion, and without classes."""
    rng, labels = np.random.default_rng(seed), np.repeat(np.arange(len(emotions)), count)
    place = np.random.default_rng(0).normal(size=(len(emotions), len(FEATURE_NAMES)))
    values = rng.normal(size=(len(labels), len(FEATURE_NAMES))) + place[labels] + shift
    index = pd.Index([f"{path.stem}_{i}.wav" for i in range(len(labels))], name="file")
    table = pd.DataFrame(values, columns=list(FEATURE_NAMES), index=index, dtype=np.float32)
    table.insert(0, "speaker", [f"s{i % 3}" for i in range(len(labels))])
    table.insert(1, "emotion", np.array(emotions)[labels])
    table.to_csv(path)
    return str(path)


@pytest.fixture(scope="module")
def corpora(tmp_path_factory):
    folder = tmp_path_factory.mktemp("four")
    source = write_table(folder / "source.csv", SOURCE, 12, 1)
    target = write_table(folder / "target.csv", TARGET, 8, 2, shift=0.4)
    return [f"--source=table:{source}", f"--target=table:{target}", "--classes=emotion"]


@pytest.fixture(scope="module")
def folder(corpora, tmp_path_factory):
    """The directory of a run of all kinds of methods."""
    output = tmp_path_factory.mktemp("runs") / "four"
    methods = "--methods=all-source,fine-tune,fada,cada"
    main(
        *(*corpora, f"--output_dir={output}", methods, *QUICK, "--examples=4,8"),
        *("--fine_tune_steps=2", "--fada_epochs=2", "--fada_discriminator_epochs=2"),
        "--notensorboard",
    )
    return output


def test_a_run_of_four_emotions(folder):
    table = read_results(folder / "results.csv")
    assert [c for c in table if c.startswith("recall_")] == [f"recall_{name}" for name in SHARED]
    assert len(table) == (1 + 3 * 2) * 4
    assert "Chance is 25.0 %." in (folder / "summary.txt").read_text()
    assert (folder / "curve.png").stat().st_size
    assert set(pd.read_parquet(folder / "target.parquet")["emotion"]) == {*TARGET[:4]}


def test_its_confusions(folder, tmp_path, pool):
    words = ["figures.confusions", f"--results={folder}", f"--output={tmp_path}/x"]
    status, out, err, _ = pool.apply_async(called, (words,)).get(timeout=300)
    assert not status, err
    assert "UA by chance is 25.0 %." in out
    assert all(f"\n{name} " in out for name in SHARED)
    assert confusions.confusion(np.arange(4), np.arange(4)[None], 4).tolist() == [
        np.eye(4, dtype=int).tolist()
    ]


def test_its_settings_are_recorded_and_others_refused(folder, corpora, tmp_path):
    assert json.loads((folder / "run.json").read_text())["settings"]["classes"] == "emotion"
    path = tmp_path / "classes.csv"
    path.write_text("emotion,class\n" + "".join(f"{e},{e}\n" for e in SOURCE + TARGET))
    with pytest.raises(InputError, match="`classes` was emotion, now it is angry=angry,"):
        main(*corpora[:2], f"--classes={path}", f"--output_dir={folder}", *QUICK)


def test_numbers_of_examples_that_four_classes_cannot_share(corpora, tmp_path):
    with pytest.raises(
        InputError, match=r"multiples of 4, .*found 2. Choose such as --examples=4,8"
    ):
        main(*corpora, f"--output_dir={tmp_path}", *QUICK)


def test_from_few_labels_to_predictions(corpora, tmp_path, pool):
    few = write_table(tmp_path / "few.csv", TARGET, 5, 3, shift=0.4)
    words = ["cada_tf.apps.adapt", corpora[0], f"--target={few}", "--classes=emotion"]
    words += ["--output=mine", "--trials=1", "--folds=2", "--jobs=1", "--learning_curve"]
    status, out, err, _ = pool.apply_async(called, (words, tmp_path)).get(timeout=300)
    assert not status, err
    assert "few: left out classes that not all corpora have: 5 fear" in err
    assert "source: left out classes that not all corpora have: 12 boredom" in err
    assert "UA in % (chance: 25.0) on labelled recordings" in out
    recogniser = load(tmp_path / "mine")
    assert list(recogniser.classes) == SHARED
    assert recogniser.valence["Wut"] == recogniser.valence["angry"] == "anger"
    assert "A recogniser of anger, happiness, neutral and sadness speech" in recogniser.card
    assert "chance is 25.0 %:" in recogniser.card
    audiofile.write(tmp_path / "a.wav", voice(1.0), RATE)
    process = start("cada_tf.apps.predict", tmp_path / "mine", tmp_path / "a.wav")
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert re.search("|".join(SHARED), out), out
