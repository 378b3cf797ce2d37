"""Event files of a run, read by TensorBoard's own reader and looked at in a browser."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from helpers import QUICK, eventually, main, write_tables
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from cada_tf.errors import InputError
from cada_tf.protocol.cell import Cell
from cada_tf.runs.archive import Archive
from cada_tf.runs.results import read_results
from figures import summaries, tensorboard

TAGS = {"Ld", "La", "UA in training", "Ld held out", "UA held out"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The directory of a run, and its flags."""
    folder = tmp_path_factory.mktemp("board")
    tables = write_tables(folder)
    flags = [*tables, *QUICK, "--methods=all-source,fine-tune,fada,cada", "--jobs=1"]
    main(*flags, f"--output_dir={folder}/out")
    return folder / "out", flags


def read(folder) -> EventAccumulator:
    return EventAccumulator(str(folder), size_guidance={"tensors": 0, "scalars": 0}).Reload()


def tags(events, plugin):
    """The tags of tensors that a page of TensorBoard shows."""
    metadata = events.summary_metadata.items()
    return {tag for tag, known in metadata if known.plugin_data.plugin_name == plugin}


def values(events, tag):
    return [(event.step, event.value) for event in events.Scalars(tag)]


def nothing(*_):
    """In place of what a killed run does not come to."""


def curves(events):
    return {tag: values(events, tag) for tag in events.Tags()["scalars"] if tag != "result/seconds"}


def test_each_cell_has_its_curves_and_results(run):
    folder, _ = run
    table = read_results(folder / "results.csv")
    cells = tensorboard.cells_of(table)
    kept = {path.name for path in (folder / "tensorboard").iterdir() if path.is_dir()}
    assert kept == {cell.name for cell in cells}
    for cell in cells:
        events = read(folder / "tensorboard" / cell.name)
        rows = table[table["method"] == cell.method]
        if cell.examples:
            rows = rows[rows["examples"] == cell.examples]
        assert values(events, "result/UA mean") == [(0, pytest.approx(100 * rows["ua"].mean()))]
        assert tags(events, "images") == {"confusion matrix"}
        assert tags(events, "histograms") == {"UA of the networks (%)"}
    trace = Archive(folder).load(Cell("cada", 4))
    events = read(folder / "tensorboard" / "cada-4")
    assert {tag.split("/")[0] for tag in events.Tags()["scalars"]} >= TAGS
    for name, title in (("adversarial_loss", "La"), ("val_ua", "UA held out")):
        known = trace.history[name].reshape(-1, trace.history[name].shape[-1])
        for bound, sign in (("low", -1), ("mean", 0), ("high", 1)):
            std = pd.DataFrame(known).std().fillna(0).to_numpy()
            expected = np.nanmean(known, 0) + sign * std
            steps, found = zip(*values(events, f"{title}/{bound}"), strict=True)
            assert steps == tuple(range(1, known.shape[1] + 1))
            assert found == pytest.approx(expected, abs=1e-6)


def test_hparams_have_one_row_per_cell(run):
    folder, _ = run
    root = read(folder / "tensorboard")
    assert tags(root, "images") == {"results"}
    width, height, picture = tf.make_ndarray(root.Tensors("results")[0].tensor_proto)
    assert tf.io.decode_png(picture).shape == (int(height), int(width), 4)
    content = root.summary_metadata["_hparams_/experiment"].plugin_data.content
    experiment = HParamsPluginData.FromString(content).experiment
    assert {"method", "examples", "input_noise"} <= {h.name for h in experiment.hparam_infos}
    assert [h.name for h in experiment.hparam_infos if h.differs] == ["method", "examples"]
    assert not any(h.WhichOneof("domain") for h in experiment.hparam_infos), "no row is hidden"
    assert {m.name.tag for m in experiment.metric_infos} == set(summaries.METRICS)
    cell = read(folder / "tensorboard" / "cada-4")
    content = cell.summary_metadata["_hparams_/session_start_info"].plugin_data.content
    given = HParamsPluginData.FromString(content).session_start_info.hparams
    assert (given["method"].string_value, given["examples"].number_value) == ("cada", 4)
    assert given["max_epochs"].number_value == Archive(folder).config.max_epochs


def test_a_resumed_run_continues_its_curves(run, tmp_path):
    """A run of more trials later has, at its end, the curves of one that had them at once."""
    folder, flags = run
    other = [*flags, "--methods=cada", f"--output_dir={tmp_path}"]
    main(*other, "--trials=1")
    one = read(tmp_path / "tensorboard" / "cada-4")
    main(*other)
    both = read(tmp_path / "tensorboard" / "cada-4")
    assert curves(both) == curves(read(folder / "tensorboard" / "cada-4"))
    assert values(one, "Ld/mean") != values(both, "Ld/mean")
    assert curves(one.Reload()) == curves(both), "so it is in a TensorBoard that runs meanwhile"
    files = sorted((tmp_path / "tensorboard").rglob("events*"))
    main(*other)
    assert sorted((tmp_path / "tensorboard").rglob("events*")) == files, "nothing was new"


def test_a_killed_run_continues_its_curves(run, tmp_path, monkeypatch):
    """Nothing is finished or closed, and what was written last is torn."""
    folder, flags = run
    other = [*flags, "--methods=all-source,cada", f"--output_dir={tmp_path}"]
    with monkeypatch.context() as killed:
        killed.setattr(tensorboard.TensorBoardWriter, "finish", nothing)
        killed.setattr(tensorboard.TensorBoardWriter, "__exit__", nothing)
        main(*other, "--trials=1")
    board = tmp_path / "tensorboard"
    files = list(board.rglob("events*"))
    assert not tags(read(board / "cada-4"), "images")
    for file in files:
        os.truncate(file, file.stat().st_size - 3)
    main(*other)
    assert set(files) < set(board.rglob("events*"))
    for cell in tensorboard.cells_of(read_results(tmp_path / "results.csv")):
        found = read(board / cell.name)
        assert curves(found) == curves(read(folder / "tensorboard" / cell.name))
        assert tags(found, "images") == {"confusion matrix"}


def test_what_a_killed_run_did_not_draw_is_drawn(run, tmp_path, monkeypatch):
    """Although it has all rows, and they are in its curves."""
    other = [*run[1], "--methods=all-source", f"--output_dir={tmp_path}"]
    with monkeypatch.context() as killed:
        killed.setattr(tensorboard.TensorBoardWriter, "finish", nothing)
        main(*other)
    main(*other)
    assert tags(read(tmp_path / "tensorboard" / "all-source"), "images") == {"confusion matrix"}


def test_a_folder_that_cannot_be_written(run, tmp_path):
    folder, _ = run
    (tmp_path / "board").write_text("A file.")
    archive = Archive(folder)
    table = read_results(folder / "results.csv")
    writer = tensorboard.TensorBoardWriter(archive, tmp_path / "board", None)
    with pytest.raises(InputError, match=r"board: expected a folder .*, found: [^{}]+$"):
        writer.write(tensorboard.cells_of(table), table)


def test_titles_of_losses():
    assert summaries.title_of("adversarial_loss", "cada-semi") == "La"
    assert summaries.title_of("val_ua", "my-ccsa") == "UA held out"
    assert summaries.title_of("alignment_loss", "my-ccsa") == "alignment loss", "it is not loaded"
    # Of four methods' losses under one name each has its title.
    found = {m: summaries.title_of("alignment_loss", m) for m in ("dann", "ccsa", "dsne")}
    assert found == {
        "dann": "loss of DANN's discriminator",
        "ccsa": "contrastive loss of CCSA",
        "dsne": "loss of d-SNE on distances",
    }
    assert {*found.values(), "Ld"} <= set(summaries.titles())


def test_without_it_nothing_is_written(run, tmp_path):
    main(*run[1], "--methods=all-source", "--notensorboard", f"--output_dir={tmp_path}")
    assert not (tmp_path / "tensorboard").exists()


@contextlib.contextmanager
def served(folder):
    """The address of a TensorBoard on a free port of the loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tensorboard.main", f"--logdir={folder}"]
    command += ["--host=127.0.0.1", f"--port={port}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: len(json.loads(fetched(f"{address}/data/runs"))) > 1)
        yield address
    finally:
        process.terminate()
        process.wait()


def fetched(address):
    with contextlib.suppress(OSError), urllib.request.urlopen(address) as answer:
        return answer.read()
    return "[]"


TEXT = """
const texts = [];
(function walk(node) {
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) texts.push(child.textContent.trim());
    else if (!["STYLE", "SCRIPT"].includes(child.tagName)) walk(child);
  }
  if (node.shadowRoot) walk(node.shadowRoot);
})(document.body);
return texts.filter(text => text).join("\\n");
"""


def test_in_a_browser(run, browser, tmp_path):
    folder, _ = run
    table = read_results(folder / "results.csv")
    cada = table[(table["method"] == "cada") & (table["examples"] == 4)]

    def shows(page, *words):
        browser.get(f"{address}/?darkMode=false#{page}")
        browser.refresh()
        try:
            eventually(lambda: all(word in browser.execute_script(TEXT) for word in words))
        except AssertionError:
            raise AssertionError(f"{words}: {browser.execute_script(TEXT)}") from None
        browser.save_screenshot(str(tmp_path / f"{page}.png"))

    with served(folder / "tensorboard") as address:
        shows("scalars", "cada-4", "all-source", "La", "Ld", "UA held out", "UA in training")
        shows("images", "confusion matrix", "results", "cada-4")
        shows("histograms", "UA of the networks", "cada-4")
        shows("custom_scalars", "mean ± standard deviation", "cada-4")
        shows("hparams", "cada", "fine-tune", "UA mean (%)", "seconds (all networks)")
        shown = [float(n) for n in re.findall(r"^\d+\.\d+$", browser.execute_script(TEXT), re.M)]
        assert any(n == pytest.approx(100 * cada["ua"].mean(), abs=0.01) for n in shown), shown


def test_a_run_with_damaged_files_goes_on_to_its_end(forked, tables, tmp_path):
    """Of cells that it is asked for, of one of an earlier grid, and of its corpora."""
    flags = [*tables, *QUICK, "--examples=4", f"--output_dir={tmp_path}/out"]
    status, _, err = forked("experiments.run", *flags, "--methods=all-source,fine-tune,pooled")
    assert status == 0, err
    names = "cells/fine-tune-4.npz", "cells/pooled-4.npz", "source.parquet"
    paths = [tmp_path / "out" / name for name in names]
    before = [path.read_bytes() for path in paths]
    table = (tmp_path / "out" / "results.csv").read_bytes()
    for path in paths:
        path.write_bytes(b"PK")
        os.utime(path, (time.time() + 60,) * 2)  # its event files are older
    given = f"--results={tmp_path}/out"
    for figure in ("figures.confusions", "figures.encoder_space", "figures.tensorboard"):
        status, out, err = forked(figure, given, f"--output={tmp_path}/figure")
        assert (status, out) == (2, "")
        assert re.fullmatch("error: .*: expected .*, found something else.*\n", err)
    status, out, err = forked("experiments.run", *flags, "--methods=all-source,fine-tune")
    assert status == 0, err
    assert "figure: " in out
    assert [err.count(f"{path}: expected ") for path in paths] == [1, 1, 1]
    assert (tmp_path / "out" / "results.csv").read_bytes() == table
    assert paths[2].read_bytes() == before[2]
    assert len(paths[0].read_bytes()) == len(before[0])
    status, _, err = forked("experiments.run", *flags, "--methods=all-source,fine-tune,pooled")
    assert status == 0, err
    assert len(paths[1].read_bytes()) == len(before[1])
    status, _, err = forked("figures.confusions", given, f"--output={tmp_path}/figure")
    assert status == 0, err
