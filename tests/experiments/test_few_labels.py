"""The experiment that asks whether ``cada-adapt`` tells the truth of itself."""

import numpy as np
import pandas as pd
import pytest
from helpers import called, write_tables

from cada_tf.errors import InputError
from figures import few_labels as figure

PROGRAM = "experiments.few_labels"


@pytest.fixture
def run(pool, tmp_path):
    write_tables(tmp_path, counts=(40, 30))
    corpora = ["--source=table:wide.csv", "--target=table:narrow.csv"]

    def run(*arguments):
        words = [PROGRAM, *corpora, "--trials=1", "--folds=2", "--jobs=1", *map(str, arguments)]
        status, out, err, _ = pool.apply_async(called, (words, tmp_path)).get(timeout=300)
        return status or 0, out, err

    return run


def test_estimates_stand_beside_the_truth_and_more_draws_are_added(run, tmp_path):
    status, out, err = run("--draws=2", "--output_dir=out")
    assert status == 0, err
    draws = pd.read_csv(tmp_path / "out" / "draws.csv")
    assert len(draws) == 2 * 4
    assert draws["truth"].between(0, 1).all()
    assert (draws["low"] <= draws["ua"]).all()
    confidence = pd.read_csv(tmp_path / "out" / "confidence.csv")
    assert confidence.groupby("draw")["confidence"].mean().nunique() == 2
    assert list(confidence["calibrated_on"][:3]) == ["nothing", "source", "source and target"]
    assert "wide → narrow: 2 draws of 12 labels, tested on the other 58 utterances" in out
    assert (tmp_path / "out" / "summary.txt").read_text().strip() in out

    status, out, err = run("--draws=3", "--output_dir=out")
    assert status == 0
    more = pd.read_csv(tmp_path / "out" / "draws.csv")
    pd.testing.assert_frame_equal(more[:8], draws)
    assert len(more) == 12

    status, _, err = run("--draws=3", "--labels=14", "--output_dir=out")
    assert status == 2
    assert "--labels was 12, now it is 14" in err
    status, _, err = run("--labels=13", "--output_dir=other")
    assert status == 2
    assert "--labels: expected a multiple of 2" in err
    status, _, err = run("--labels=60", "--output_dir=other")
    assert status == 2
    assert "--labels: expected at most 58, as narrow has 30 utterances of " in err

    files = figure.draw(figure.read_draws(tmp_path / "out" / "draws.csv"), tmp_path / "picture")
    assert [file.name for file in files] == ["picture.png", "picture.pdf"]
    assert all(file.stat().st_size > 1000 for file in files)


def test_unlabelled_recordings_beside_the_same_labels_alone(run, tmp_path):
    """Paired: what stands beside is what the labels alone give on the same utterances."""
    short = ["--draws=2", "--truth_only", "--max_epochs=3", "--hidden=8"]
    draws = {}
    for name in ("none", "half", "rest"):
        status, out, err = run(*short, f"--unlabelled={name}", f"--output_dir={name}")
        assert status == 0, err
        assert ("TRANSDUCTIVE" in err) is ("TRANSDUCTIVE" in out) is (name == "rest")
        assert ("with the unlabelled recordings − cada without: " in out) is (name != "none")
        assert not (tmp_path / name / "confidence.csv").exists()
        draws[name] = pd.read_csv(tmp_path / name / "draws.csv")
        assert list(draws[name]["method"]) == ["cada"] * 2
        assert set(draws[name]["unlabelled"]) == {name}
    none, rest = draws["none"], draws["rest"]
    assert "without" not in none
    np.testing.assert_array_equal(rest["without"], none["truth"])
    assert (none["truth"] != rest["truth"]).any()
    scalings = [set(table["scaling"]) for table in draws.values()]
    assert scalings == [{"source"}, {"speaker-enrolled"}, {"speaker-enrolled"}]
    sizes = [table[["pool", "tested"]].iloc[0].tolist() for table in draws.values()]
    assert sizes == [[0, 58], [29, 29], [58, 58]]

    status, _, err = run(*short, "--unlabelled=half", "--output_dir=rest")
    assert status == 2
    assert "--unlabelled was rest, now it is half" in err
    status, _, err = run(*short, "--unlabelled=half", "--patience=3", "--output_dir=half")
    assert status == 2
    assert "patience" in err


def test_a_method_that_needs_unlabelled_recordings(run, tmp_path):
    short = ["--draws=1", "--max_epochs=3", "--hidden=8", "--method=cada-semi"]
    status, _, err = run(*short, "--output_dir=none")
    assert status == 2
    assert "expected unlabelled recordings for --method=cada-semi" in err
    status, out, err = run(*short, "--unlabelled=half", "--output_dir=half")
    assert status == 0, err
    assert "cada-semi with the unlabelled recordings − cada without" in out
    draws = pd.read_csv(tmp_path / "half" / "draws.csv")
    assert list(draws["method"]) == ["cada-semi", "all-source", "label-target", "fine-tune"]
    assert draws["truth"].between(0, 1).all()
    assert list(draws["without"].isna()) == [False, True, True, True]
    assert len(pd.read_csv(tmp_path / "half" / "confidence.csv")) == 3


def test_another_table_is_refused_by_the_figure(tmp_path):
    for text in ("a,b\n1,2\n", "source,target\n", ""):
        (tmp_path / "draws.csv").write_text(text)
        with pytest.raises(InputError, match=r"expected the draws.csv of experiments.few_labels"):
            figure.read_draws(tmp_path / "draws.csv")


def test_intervals_and_places_in_the_picture():
    table = pd.DataFrame(
        {
            "method": "cada",
            "truth": [0.7, 0.6],
            "ua": [0.8, 0.5],
            "low": [0.6, 0.3],
            "high": [0.9, 0.7],
        }
    )
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    figure.draw_estimates(axes, table)
    (bars,) = axes.containers[0].lines[2]
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    np.testing.assert_allclose(ends, [[30, 70], [60, 90]])  # the lower truth comes first
