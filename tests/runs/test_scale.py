"""Killed, starved of disk or robbed of a worker, a run ends with the same table."""

import os
import resource
import signal
from pathlib import Path

import filelock
import pytest
from helpers import alone, rows_of, start, wait_for, write_tables

GRID = [
    "--methods=all-source,fine-tune,fada,cada,label-target,all-target",
    "--trials=8",
    "--stack_size=4",
    "--folds=2",
    "--hidden=8",
    "--examples=2,4",
    "--max_epochs=30",
]
QUICK = [*GRID, "--stack_size=4", "--fada_discriminator_epochs=20", "--fada_epochs=20"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Flags of a run, and the table of one that nothing happened to."""
    folder = tmp_path_factory.mktemp("whole")
    tables = write_tables(folder)
    flags = [*tables, *QUICK]
    alone(*flags, f"--output_dir={folder}/out")
    return flags, (folder / "out" / "results.csv").read_bytes()


@pytest.fixture(scope="module")
def part(whole):
    """The same with fewer methods and no TensorBoard, as each new process pays seconds for each."""
    flags, table = whole
    methods = b"all-source", b"cada", b"all-target"
    header, *rows = table.splitlines(keepends=True)
    place = header.split(b",").index(b"method")
    kept = [row for row in rows if row.split(b",")[place] in methods]
    assert 0 < len(kept) < len(rows)
    given = [f"--methods={b','.join(methods).decode()}", "--notensorboard"]
    return [*flags, *given], b"".join([header, *kept])


@pytest.mark.exhaustive
def test_a_full_disk_is_told_and_nothing_is_lost(whole, tmp_path):
    flags, table = whole
    alone(*flags, "--trials=1", f"--output_dir={tmp_path}/out")
    first = rows_of(tmp_path / "out")
    limit = len(table) // 2  # no file may grow beyond half of the table
    process = start(
        *("experiments.run", *flags, "--jobs=1", f"--output_dir={tmp_path}/out"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    _, err = process.communicate(timeout=300)
    assert process.returncode == 2
    last = err.splitlines()[-1]
    assert last.startswith(f"error: {tmp_path}/out/")
    assert ": File too large. Mend it" in last
    assert "Traceback" not in err
    before = rows_of(tmp_path / "out")
    assert first <= before < table.count(b"\n") - 1
    assert not list((tmp_path / "out").rglob(".*.csv.*")), "left half of a file behind"
    assert not list((tmp_path / "out").rglob(".*.npz.*")), "left half of a file behind"
    alone(*flags, f"--output_dir={tmp_path}/out")
    assert (tmp_path / "out" / "results.csv").read_bytes() == table


@pytest.mark.exhaustive
def test_a_lost_worker_costs_nothing(part, tmp_path):
    flags, table = part
    process = start(
        "experiments.run", *flags, "--jobs=2", "--stack_size=2", f"--output_dir={tmp_path}"
    )
    wait_for(1, tmp_path, process)
    os.kill(loky_worker(process.pid), signal.SIGKILL)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert "a worker process was lost; what it was at is done anew" in err
    assert "Traceback" not in err
    assert (tmp_path / "results.csv").read_bytes() == table


def loky_worker(pid):
    """A process that computes for another."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if "popen_loky" in Path(f"/proc/{child}/cmdline").read_text():
            return int(child)
    pytest.fail("no worker")


def test_two_runs_on_one_directory_are_refused(whole, forked, tmp_path):
    flags, _ = whole
    with filelock.FileLock(tmp_path / ".lock"):
        status, out, err = forked("experiments.run", *flags, f"--output_dir={tmp_path}")
    assert (status, out) == (2, "")
    assert "found another run at work in it" in err.splitlines()[-1]
    assert not (tmp_path / "results.csv").exists()


def test_a_grid_grows_in_its_directory(whole, tmp_path):
    flags, table = whole
    few = ["--trials=2", "--examples=4", "--methods=fada,cada"]
    for more in (few, ["--methods=all-source,cada"], []):
        alone(*flags, *more, f"--output_dir={tmp_path}")
    assert (tmp_path / "results.csv").read_bytes() == table
