"""Killed, starved of disk, robbed of workers or on a cluster, a run ends with the same table."""

import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import filelock
import pytest
from helpers import ROOT, ends_within, finished, main, start, write_tables

from cada_tf.runs.results import read_results

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


def alone(*flags):
    """A run in this process, which keeps the networks that it has traced."""
    main(*flags, "--jobs=1", "--notensorboard")


def rows_of(folder):
    """How many rows a run has written; a torn or doubled one would not be read."""
    path = folder / "results.csv"
    return len(read_results(path)) if path.exists() else 0


def wait_for(rows, folder, process):
    while rows_of(folder) < rows:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


@pytest.mark.slow
def test_killed_five_times_at_random_moments(whole, tmp_path):
    flags, table = whole
    rng = random.Random(0)
    kills = 0
    while kills < 5:
        jobs, stack = rng.choice([1, 2]), rng.choice([1, 3, 7])
        process = start(
            *(
                "experiments.run",
                *flags,
                f"--jobs={jobs}",
                f"--stack_size={stack}",
                f"--output_dir={tmp_path}",
            ),
            start_new_session=True,
        )
        # The first seconds are TensorFlow's start; the last kills come while rows are written.
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(rng.uniform(3, 12))
        over = process.poll() is not None
        process.kill()
        process.communicate()
        if over:
            break
        kills += 1
        rows_of(tmp_path)
        assert ends_within(20, process.pid), "workers outlived the run"
    assert kills >= 2
    status, _, err = finished("experiments.run", *flags, f"--output_dir={tmp_path}")
    assert status == 0, err
    assert (tmp_path / "results.csv").read_bytes() == table


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


@contextlib.contextmanager
def dask_cluster(folder, workers):
    """The address of a scheduler, and the processes of its workers."""
    file = folder / "scheduler.json"
    dask = [sys.executable, "-m", "distributed.cli.dask_worker"]
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host=127.0.0.1"]
    options = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with contextlib.ExitStack() as stack:

        def started(command):
            process = subprocess.Popen([*command, f"--scheduler-file={file}"], **options)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        started([*scheduler, "--port=0", "--no-dashboard"])
        single = ["--nthreads=1", "--no-nanny", "--no-dashboard", f"--local-directory={folder}"]
        processes = [started([*dask, *single]) for _ in range(workers)]
        while not file.exists():
            time.sleep(0.1)
        yield json.loads(file.read_text())["address"], processes


@pytest.mark.slow
def test_a_dask_cluster_that_loses_a_worker_gives_the_same_table(part, tmp_path):
    flags, table = part
    with dask_cluster(tmp_path, workers=2) as (address, workers):
        out = tmp_path / "out"
        process = start(
            *(
                "experiments.run",
                *flags,
                "--stack_size=2",
                f"--scheduler={address}",
                f"--output_dir={out}",
            )
        )
        wait_for(1, out, process)
        workers[0].kill()
        at_kill = rows_of(out)
        _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert at_kill < table.count(b"\n") - 1, "the worker was killed too late to matter"
    assert (out / "results.csv").read_bytes() == table


def test_a_scheduler_that_is_not_there(whole, forked, tmp_path):
    flags, _ = whole
    status, out, err = forked(
        "experiments.run", *flags, "--scheduler=tcp://127.0.0.1:1", f"--output_dir={tmp_path}/out"
    )
    assert (status, out) == (2, "")
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("error: --scheduler: expected the address of a Dask")


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
