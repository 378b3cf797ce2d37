"""The experiment that holds the forecast of a learning curve against the truth."""

import numpy as np
import pandas as pd
import pytest
from helpers import called, write_tables

PROGRAM = "experiments.forecast"


@pytest.fixture
def run(pool, tmp_path):
    write_tables(tmp_path, counts=(60, 50))
    corpora = ["--source=table:wide.csv", "--target=table:narrow.csv", "--output_dir=out"]
    short = ["--trials=1", "--folds=2", "--jobs=1", "--max_epochs=4", "--hidden=8"]

    def run(*arguments):
        words = [PROGRAM, *corpora, *short, *map(str, arguments)]
        status, out, err, _ = pool.apply_async(called, (words, tmp_path)).get(timeout=300)
        return status or 0, out, err

    return run


def test_forecasts_stand_beside_the_truth_and_more_are_added(run, tmp_path):
    status, out, err = run("--draws=2", "--labels=10,20")
    assert status == 0, err
    rows = pd.read_csv(tmp_path / "out" / "forecasts.csv")
    pairs = list(zip(rows["labels"], rows["then"], rows["draw"], strict=True))
    # 20 labels are both ten more and the next number.
    assert pairs == [(10, 20, 0), (10, 20, 1), (20, 30, 0), (20, 30, 1)]
    assert rows[["ua", "ua_then", "now"]].notna().all(axis=None)
    np.testing.assert_allclose(rows["true_gain"], rows["ua_then"] - rows["ua"], atol=1e-12)
    assert (rows["low"] < rows["gain"]).all()
    assert (rows["gain"] < rows["high"]).all()
    assert (tmp_path / "out" / "summary.txt").read_text().strip() in out
    assert "wide → narrow, cada: gain of UA in points" in out
    for name in ("forecast", "line alone", "fixed slope", "no gain"):
        assert out.count(f"→ 20     {name}") == 1

    # What was interrupted goes on, and what was there is not trained again.
    curves = pd.read_csv(tmp_path / "out" / "curves.csv")
    marked = curves.assign(slope=[0.5, *curves["slope"][1:]])[:3]
    marked.to_csv(tmp_path / "out" / "curves.csv", index=False)
    status, out, err = run("--draws=3", "--labels=10,20")
    assert status == 0, err
    more = pd.read_csv(tmp_path / "out" / "forecasts.csv")
    assert len(more) == 6
    again = pd.read_csv(tmp_path / "out" / "curves.csv").set_index(["labels", "draw"])["slope"]
    expected = curves.set_index(["labels", "draw"])["slope"]
    assert again[10, 0] == 0.5
    np.testing.assert_allclose(again[10, 1], expected[10, 1])
    np.testing.assert_allclose(again[20, 1], expected[20, 1])
    kept = more.merge(rows, on=["draw", "labels", "then"])
    np.testing.assert_array_equal(kept["ua_x"], kept["ua_y"])

    status, _, err = run("--draws=3", "--labels=10,20", "--seed=1")
    assert status == 2
    assert "--seed was 0, now it is 1" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--labels=11"], "expected 2 classes to share each number"),
        (["--labels=8"], "expected numbers from 10 to 88"),
        (["--labels=10,90"], "expected numbers from 10 to 88"),
        (["--labels=10", "--scaling=speaker-enrolled"], "found speaker-enrolled and cada"),
    ],
)
def test_what_cannot_be_forecast(run, tmp_path, arguments, message):
    status, _, err = run("--draws=1", *arguments)
    assert status == 2
    assert message in err
    assert not (tmp_path / "out").exists()
