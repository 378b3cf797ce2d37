"""Whole grids that the benchmark times: their corpora, their memory, and what is told of them."""

import json
import os

import numpy as np
import pandas as pd
import pytest
from helpers import ROOT, finished

from experiments.benchmark.grids import CLASSES, DISTANCE, Grid, memory, report, write_tables


def test_the_made_corpora_are_as_hard_as_said(tmp_path):
    write_tables(Grid(source=4_000, target=535), tmp_path)
    source, target = (pd.read_csv(tmp_path / f"{role}.csv") for role in ("source", "target"))
    assert (len(source), len(target)) == (4_000, 535)
    values, labels = source.drop(columns=["file", "speaker", "class"]), source["class"]
    means = [values[labels == name].to_numpy().mean(0) for name in CLASSES]
    assert np.linalg.norm(means[1] - means[0]) == pytest.approx(DISTANCE, abs=0.15)
    assert source["class"].value_counts(normalize=True).min() > 0.45


def test_memory_is_that_of_a_process_and_its_children():
    ((together, own),) = memory(os.getpid())[:1]
    assert together > 100
    assert own > 50
    assert memory(2**22 + 1) == []  # there is no such process


def test_report_says_what_was_measured():
    system = {"networks": 40, "ms": 250.0, "steps": 1_000.0, "plain_ms": 2_000.0}
    found = {
        "case": {"source": 1_500, "examples": [12], "trials": 8},
        **{"networks": 80, "seconds": 20.0, "per_second": 4.0, "idle": 0.125},
        **{"peak_mib": 1_500.0, "private_mib": 400.0},
        "systems": {"all-source": system, "cada": system},
        "parts": {"training steps": 8.0, "imports": 2.0, "other": 0.01},
        "beside": {"per_second": 2.0, "same": False, "peak_mib": 1.0, "private_mib": 1.0},
    }
    text = "\n".join(report(found, 2))
    assert "80 networks in 20.0 s, 4.0 a second (plain Keras 0.50). Idle: 12%." in text
    assert "ours is 2.00 × as fast, with OTHER ROWS." in text
    assert "One trial in one process, 10.0 s: training steps 8.0, imports 2.0." in text


@pytest.mark.exhaustive
def test_a_grid_beside_another_checkout(tmp_path):
    arguments = ["--quick", "--sections=grids", f"--output={tmp_path}", f"--beside={ROOT}"]
    status, out, err = finished("experiments.benchmark", *arguments, "--jobs=2")
    assert status == 0, err
    (found,) = json.loads((tmp_path / "grids.json").read_text())["grids"]
    assert found["networks"] == 40
    assert found["beside"]["same"]
    assert found["per_second"] == pytest.approx(40 / found["seconds"])
    assert 0 < found["idle"] < 1
    assert found["peak_mib"] > found["private_mib"] > 100
    assert {"imports", "tracing", "training steps", "archive"} <= set(found["parts"])
    # The supervised systems and CADA go three epochs over 90 or so examples; FADA one step each.
    steps = {name: system["steps"] for name, system in found["systems"].items()}
    assert steps == {"all-source": 6, "fine-tune": 10, "fada": 3, "cada": 6}
    assert "with the same rows" in out


def test_another_section_or_no_checkout_is_refused(tmp_path):
    status, _, err = finished("experiments.benchmark", f"--output={tmp_path}", "--sections=grid")
    assert (status, err.count("\n")) == (2, 1)
    assert "--sections: expected any of steps, grids, table2, kernels; found 'grid'." in err
