"""The cross-validation in the cache: damaged, interrupted, and wanted by two at a time."""

import logging
import threading
from pathlib import Path

import filelock
import numpy as np
import pytest

from cada_tf.adaptation import cross_validation
from cada_tf.adaptation.cross_validation import cross_validate, problem_fingerprint
from cada_tf.methods import make_config
from cada_tf.protocol.cell import Cell
from cada_tf.runs.archive import Archive
from cada_tf.runs.results import Results

QUICK = make_config(max_epochs=2, hidden=(4,))
CELLS = [Cell("all-source", None), Cell("label-target", None)]


def answers(archive, problem):
    return [archive.load(cell, problem).y_pred for cell in CELLS]


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"PK"), Path.unlink])
def test_a_lost_record_in_the_cache_is_trained_anew(small_problem, tmp_path, monkeypatch, damage):
    given = {"cache_dir": tmp_path, "jobs": 1}
    before = answers(cross_validate(small_problem, QUICK, CELLS, **given), small_problem)
    for path in tmp_path.rglob("all-source.npz"):
        damage(path)
    again = cross_validate(small_problem, QUICK, CELLS, **given)
    np.testing.assert_array_equal(answers(again, small_problem), before)
    monkeypatch.setattr(Results, "add", lambda *_: pytest.fail("nothing was missing"))
    cross_validate(small_problem, QUICK, CELLS, **given)


@pytest.mark.parametrize("name", ["results.csv", "run.json"])
def test_a_damaged_table_or_record_in_the_cache_is_made_anew(small_problem, tmp_path, caplog, name):
    given = {"cache_dir": tmp_path, "jobs": 1}
    before = answers(cross_validate(small_problem, QUICK, CELLS, **given), small_problem)
    for path in tmp_path.rglob(name):
        path.write_text("{")
    again = cross_validate(small_problem, QUICK, CELLS, **given)
    np.testing.assert_array_equal(answers(again, small_problem), before)
    (warning,) = caplog.messages
    assert warning.endswith("what is kept there is damaged, and is made anew")


def test_the_second_of_two_waits_and_trains_nothing(small_problem, tmp_path, monkeypatch, caplog):
    """As of two ``cada-adapt`` on the same labels; it says so, in one line."""
    caplog.set_level(logging.INFO, "cada_tf")
    given = {"cache_dir": tmp_path, "jobs": 1}
    cross_validate(small_problem, QUICK, CELLS, **given)
    monkeypatch.setattr(Results, "add", lambda *_: pytest.fail("nothing was missing"))
    folder = tmp_path / "adapt" / problem_fingerprint(small_problem, QUICK)
    found = []
    second = threading.Thread(
        target=lambda: found.append(cross_validate(small_problem, QUICK, CELLS, **given))
    )
    with filelock.FileLock(folder / ".lock"):
        second.start()
        second.join(1)
        assert second.is_alive()
        assert not found
    second.join(60)
    assert isinstance(found[0], Archive)
    waits = [line for line in caplog.messages if "another process is at work" in line]
    assert waits == [f"another process is at work in {folder}: waiting for it"]


def test_an_interrupted_one_lets_others_go_on(small_problem, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(cross_validation, "run", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            cross_validate(small_problem, QUICK, CELLS, cache_dir=tmp_path)
    cross_validate(small_problem, QUICK, CELLS, cache_dir=tmp_path, jobs=1)
