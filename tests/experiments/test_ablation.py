"""One reading varied at a time: what is run, what is compared, and what is refused."""

import json
from pathlib import Path

import pandas as pd
import pytest
import soundfile
from helpers import QUICK, RATE, unparse, voice

from cada_tf.errors import InputError
from cada_tf.methods import make_config, option_values
from cada_tf.runs.results import read_results
from experiments import ablation
from figures import ablation as figure

GRID = [*QUICK, "--methods=all-source,fine-tune,cada", "--notensorboard"]
VARY = "--vary=fine_tune_steps=3,scaling=corpus,adversarial_rate=0.01,sampling_rate=0"
LEVEL = "def level(signal, sampling_rate):\n    return {'rms': float((signal**2).mean() ** 0.5)}\n"


def write_recordings(folder: Path, loudness: float) -> Path:
    """A table of ten voices of each of two emotions."""
    folder.mkdir()
    rows = [(f"{i}.wav", ("anger", "happiness")[i % 2], f"s{i % 4}") for i in range(20)]
    for i, (file, _, _) in enumerate(rows):
        sound = loudness * (1 + i % 2) * voice(0.3, pitch=100 + 10 * i, seed=i)
        soundfile.write(folder / file, sound, RATE)
    table = pd.DataFrame(rows, columns=["file", "emotion", "speaker"])
    path = folder / f"{folder.name}.csv"
    table.to_csv(path, index=False)
    return path


@pytest.fixture
def arguments(tables, tmp_path):
    return [*tables, *GRID, "--fine_tune_steps=2", VARY, f"--output_dir={tmp_path}/out"]


def run(arguments):
    unparse()
    ablation.FLAGS(["ablation", *arguments])
    ablation.main()


def test_what_a_reading_touches_is_run_and_the_rest_taken_from_the_base(
    arguments, tmp_path, capsys, monkeypatch
):
    run(arguments)
    folder = tmp_path / "out"
    found = {part.name: read_results(part / "results.csv") for part in folder.glob("*/")}
    methods = {name: set(table["method"]) for name, table in found.items()}
    everything = {"all-source", "fine-tune", "cada"}
    assert methods == {
        "base": everything,
        "fine_tune_steps=3": {"fine-tune"},
        "scaling=corpus": everything,
        "adversarial_rate=0.01": {"cada"},
        "sampling_rate=0": everything,
    }
    summary = pd.read_csv(folder / "ablation.csv").set_index(["value", "method"])
    mean = 100 * found["fine_tune_steps=3"]["ua"].mean()
    assert summary.loc["3", "fine-tune"]["mean"] == pytest.approx(mean)
    base = found["base"].groupby("method")["ua"].mean() * 100
    assert summary.loc["3", "fine-tune"]["change"] == pytest.approx(mean - base["fine-tune"])
    assert summary.loc["3", "cada"]["change"] == 0
    assert summary.loc["3", "cada"]["margin"] == pytest.approx(base["cada"] - mean)
    assert summary.loc["corpus"]["transductive"].all()
    out = capsys.readouterr().out
    assert "scaling=corpus T" in out
    assert (folder / "ablation.txt").read_text() in out
    for suffix in ("png", "pdf"):
        assert (folder / f"ablation.{suffix}").stat().st_size > 1000
    read = figure.read_summary(folder / "ablation.csv")
    assert figure.render(read) + "\n" == (folder / "ablation.txt").read_text()
    figure.draw(read, tmp_path / "again")
    assert (tmp_path / "again.png").read_bytes() == (folder / "ablation.png").read_bytes()
    with pytest.raises(InputError, match="expected the ablation"):
        figure.read_summary(folder / "base" / "results.csv")
    # A second time there is nothing to compute.
    monkeypatch.setattr(
        "cada_tf.runs.runner.run_unit", lambda *_: pytest.fail("nothing was missing")
    )
    before = (folder / "ablation.csv").read_bytes()
    run(arguments)
    assert (folder / "ablation.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        ("scalling", "--vary: expected any of .*scaling"),
        ("scaling=moon", r"expected a value of --scaling; .*source"),
        ("patience=0", "a value of --patience"),
        ("input_noise=-1", "a value of --input_noise"),
        ("features=gemap", "expected one of gemaps"),
        ("features=opensmile:nowhere.conf", "nowhere.conf"),
    ],
)
def test_what_cannot_be_varied_is_refused(arguments, tmp_path, vary, message):
    with pytest.raises(InputError, match=message):
        run([word for word in arguments if word != VARY] + [f"--vary={vary}"])
    assert not (tmp_path / "out").exists()


def test_each_option_can_be_varied_and_the_base_is_left_out():
    unparse()
    ablation.FLAGS(["ablation", "--source=a", "--target=b", "--output_dir=c"])
    base = make_config()
    chosen = list(ablation.variants(base))
    folders = [variant.folder for variant in chosen]
    assert folders[0] == "base"
    assert len(set(folders)) == len(folders)
    assert {variant.name for variant in chosen[1:]} == {*ablation.VARIANTS} - {"features"}
    assert f"patience={base.patience}" not in folders
    for variant in chosen[1:-1]:  # the last is the sampling rate, which is no option of training
        before, after = option_values(base), option_values(variant.config(base))
        assert {n for n in before if before[n] != after[n]} == {variant.name}
        assert type(after[variant.name]) is type(before[variant.name])


def test_feature_sets_are_compared_on_recordings(tmp_path):
    corpora = [
        f"--{part}=table:{write_recordings(tmp_path / part, loudness)}"
        for part, loudness in (("source", 0.5), ("target", 0.4))
    ]
    (tmp_path / "level_features.py").write_text(LEVEL)
    folder, vary = tmp_path / "out", f"--vary=features=python:{tmp_path}/level_features.py:level"
    run([*corpora, *GRID, "--methods=all-source", vary, f"--output_dir={folder}"])
    base, varied = (json.loads(path.read_text()) for path in sorted(folder.glob("*/run.json")))
    assert base["settings"]["features"] == "GeMAPSv01b"
    assert varied["settings"]["features"].startswith("python:level_features:level ")
    summary = pd.read_csv(folder / "ablation.csv", keep_default_na=False)
    assert summary["reading"].tolist() == ["", "features"]


def test_the_base_touches_all_methods_and_an_option_those_that_it_names():
    methods = ["cada", "cada-eq2", "fada", "fine-tune"]
    touched = {
        name: ablation.Variant(name, value).touches(methods)
        for name, value in {"": "", "patience": 5, "adversarial_rate": 1, "fada_gamma": 1}.items()
    }
    assert touched == {
        "": methods,
        "patience": methods,
        "adversarial_rate": ["cada"],
        "fada_gamma": ["fada"],
    }
