"""A method of one's own, in one file outside of the checkout, as a new user runs it."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import QUICK, ROOT, called, finished, write_tables
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from cada_tf.protocol.cell import Cell
from cada_tf.runs.archive import Archive
from cada_tf.runs.record import read_record
from cada_tf.runs.results import read_results
from figures import curves

CCSA = ROOT / "docs/examples/ccsa.py"


@pytest.fixture(scope="module")
def experiment(pool):
    """Runs ``experiments.run`` in a process of its own: status, output and messages."""

    def run(*arguments):
        words = ["experiments.run", *map(str, arguments)]
        status, out, err, _ = pool.apply_async(called, (words,)).get(timeout=300)
        return status or 0, out, err

    return run


@pytest.fixture(scope="module")
def ccsa(tmp_path_factory):
    """The method's file, the flags of a run with it, and what the run printed."""
    folder = tmp_path_factory.mktemp("outside")
    file = Path(shutil.copy(CCSA, folder))
    flags = [*write_tables(folder), *QUICK, f"--method_module={file}", "--my_ccsa_weight=0.5"]
    flags += ["--methods=my-ccsa,cada,all-source", f"--output_dir={folder}/out"]
    status, out, err = finished("experiments.run", *flags, "--jobs=2")
    assert status == 0, err
    assert "oneDNN" not in err, "TensorFlow's messages"
    return file, [*flags, "--jobs=1"], folder / "out", out


def test_it_is_one_small_file():
    assert len(CCSA.read_text().splitlines()) <= 60


def test_it_stands_in_table_and_record(ccsa):
    _, _, folder, out = ccsa
    table = read_results(folder / "results.csv")
    assert list(table["method"].unique()) == ["all-source", "cada", "my-ccsa"]
    assert sorted(table["examples"][table["method"] == "my-ccsa"]) == [2] * 4 + [4] * 4
    assert re.search(r"^my CCSA +\d+\.\d±\d+\.\d +\d+\.\d±\d+\.\d$", out, re.M), out
    record = read_record(folder)
    assert record.method_options == {"my_ccsa_weight": 0.5, "my_ccsa_margin": 1.0}
    assert set(record.method_sources) >= {"all-source", "cada", "my-ccsa"}
    assert "my_ccsa_weight" not in record.settings


def test_it_is_given_the_domains(ccsa):
    """Without pairs across the domains, its alignment would be 0 / 0."""
    history = Archive(ccsa[2]).load(Cell("my-ccsa", 4)).history
    assert np.isfinite(history["alignment_loss"]).all()
    assert (history["alignment_loss"] > 0).all()


def test_it_stands_in_curve_and_tensorboard(ccsa):
    folder = ccsa[2]
    figure = curves.make_figure(read_results(folder / "results.csv"))
    (legend,) = figure.legends
    # By its name, since its module is not loaded here.
    assert {"CADA", "my-ccsa"} <= {text.get_text() for text in legend.get_texts()}
    assert (folder / "curve.png").stat().st_size > 10_000
    board = folder / "tensorboard"
    events = EventAccumulator(str(board / "my-ccsa-4")).Reload()
    assert "CCSA's alignment/mean" in events.Tags()["scalars"]
    assert "result/UA mean" in events.Tags()["scalars"]


def test_its_options_are_flags(ccsa, experiment):
    status, out, _ = experiment(f"--method_module={ccsa[0]}", "--help")
    assert status == 0
    _, options = out.split("Options of my-ccsa:")
    assert re.search(r"--my_ccsa_margin=X +Distance m that CCSA keeps between classes", options)
    assert "--my_ccsa_weight" not in experiment("--help")[1]


def test_rows_of_other_code_are_refused(ccsa, experiment):
    file, flags, folder, _ = ccsa
    before, text = (folder / "results.csv").read_bytes(), file.read_text()
    try:
        file.write_text("# Read again.\n" + text)
        status, _, err = experiment(*flags)
        assert status == 0, err  # a comment makes no other method
        file.write_text(text.replace("** 2", "** 4"))
        status, _, err = experiment(*flags)
    finally:
        file.write_text(text)
    assert status == 2
    (line,) = err.strip().splitlines()
    assert "holds rows of another my-ccsa: the source of this method has changed" in line
    assert "new --output_dir" in line
    assert (folder / "results.csv").read_bytes() == before
    status, _, err = experiment(*flags, "--my_ccsa_weight=0.1")
    assert status == 2
    assert "--my_ccsa_weight was 0.5, now it is 0.1" in err


def test_the_same_directory_goes_on_without_it_and_with_it(ccsa, experiment, tmp_path):
    _, flags, folder, _ = ccsa
    own = [flag for flag in flags if "ccsa" not in flag and not flag.startswith("--output_dir")]
    shutil.copytree(folder, tmp_path / "out")
    status, _, err = experiment(*own, "--methods=fine-tune", f"--output_dir={tmp_path}/out")
    assert status == 0, err
    table = read_results(tmp_path / "out/results.csv")
    assert set(table["method"]) == {"all-source", "fine-tune", "cada", "my-ccsa"}
    assert read_record(tmp_path / "out").method_options["my_ccsa_weight"] == 0.5


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("absent.py", "absent.py: expected a file, found none"),
        ("no_such_module", "expected a module that Python finds, found none"),
    ],
)
def test_a_module_that_is_not_there_is_one_line(ccsa, experiment, module, message):
    status, _, err = experiment(*ccsa[1], f"--method_module={module}")
    assert status == 2
    assert message in err
    assert len(err.strip().splitlines()) == 1
