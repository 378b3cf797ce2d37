"""Several runs side by side: one row per run, one column per cell."""

import io

import pandas as pd
import pytest
from helpers import table_of

from cada_tf.errors import InputError
from figures import overview, tables


def runs_of(folder):
    """Two runs below a folder, of which one is transductive."""
    rows = {"a/one": {("all-source", None): [[0.5], [0.6]]}, "b": {("cada", 2): [[0.7], [0.9]]}}
    for name, uas in rows.items():
        (folder / name).mkdir(parents=True)
        table_of(uas, transductive=name == "b").to_csv(folder / name / "results.csv", index=False)
    return overview.read_runs(folder)


def test_each_run_is_a_row(tmp_path):
    found = runs_of(tmp_path)
    lines = overview.render(found, format=tables.Format.MARKDOWN).splitlines()
    assert lines[-4:] == [
        "| Run | all-source | CADA 2 |",
        "|---|---|---|",
        "| a/one | 55.0±7.1 |  |",
        "| b |  | 80.0±14.1 |",
    ]
    assert "TRANSDUCTIVE: the scaling used unlabelled utterances of the test folds. (b)" in lines[0]


def test_each_method_is_a_row(tmp_path):
    found = runs_of(tmp_path)
    text = overview.render(found, format=tables.Format.MARKDOWN, rows=overview.Rows.METHODS)
    assert "TRANSDUCTIVE" in text.splitlines()[0]
    without, two = (part.splitlines() for part in text.split("labelled examples:\n\n")[1:])
    assert without[:3] == [
        "| Method | a/one | b |",
        "|---|---|---|",
        "| all-source | 55.0±7.1 |  |",
    ]
    assert two == ["| Method | a/one | b |", "|---|---|---|", "| CADA |  | 80.0±14.1 |"]


def test_the_numbers_are_to_be_had(tmp_path):
    text = overview.render(runs_of(tmp_path), format=tables.Format.CSV)
    read = pd.read_csv(io.StringIO(text)).set_index("run")
    assert read.loc["a/one", "mean"] == pytest.approx(55)
    assert read.loc["b", "examples"] == 2


def test_a_folder_without_runs_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"expected runs below .*, found no results\.csv"):
        overview.read_runs(tmp_path)
