"""On a Dask cluster that loses workers, or its scheduler, a run ends with the same table."""

import contextlib
import json
import os
import signal
import subprocess
import sys

import distributed
import pytest
from helpers import ROOT, alone, eventually, rows_of, start, wait_for, write_tables

from cada_tf.runs.record import versions

GRID = [
    "--methods=all-source,cada,all-target",
    *("--trials=8", "--folds=2", "--stack_size=2", "--hidden=8", "--examples=2,4"),
    *("--max_epochs=30", "--notensorboard"),
]


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """Flags of a run, and its table."""
    folder = tmp_path_factory.mktemp("reference")
    flags = [*write_tables(folder), *GRID]
    alone(*flags, f"--output_dir={folder}/out")
    return flags, (folder / "out" / "results.csv").read_bytes()


class Cluster:
    """A scheduler and its workers, each a process."""

    def __init__(self, folder, stack, failures):
        self.folder, self.stack = folder, stack
        failures = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(failures)}
        self.file = folder / "scheduler.json"
        self.scheduler = self.start("scheduler", "--host=127.0.0.1", "--port=0", env=failures)
        eventually(self.file.exists)
        self.address = json.loads(self.file.read_text())["address"]
        self.workers = []

    def start(self, kind, *words, env=None):
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *words]
        process = subprocess.Popen(
            [*command, "--no-dashboard", f"--scheduler-file={self.file}"],
            cwd=ROOT,
            env=os.environ | (env or {}),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return process

    def add_workers(self, count):
        words = "--nthreads=1", "--no-nanny", f"--local-directory={self.folder}"
        self.workers += [self.start("worker", *words) for _ in range(count)]

    def kill_workers(self, count):
        """Kills those that were added first."""
        for worker in self.workers[:count]:
            worker.kill()
            worker.wait()
        del self.workers[:count]

    def run(self, flags, out):
        return start(
            "experiments.run", *flags, f"--scheduler={self.address}", f"--output_dir={out}"
        )


@pytest.fixture
def cluster(tmp_path):
    with contextlib.ExitStack() as stack:
        yield lambda failures=3: Cluster(tmp_path, stack, failures)


def ended(process):
    """Status and standard error of a run, which has no traceback."""
    _, err = process.communicate(timeout=300)
    assert "Traceback" not in err
    return process.returncode, err


@pytest.mark.exhaustive
def test_any_worker_may_be_lost_or_join_late_and_all_may(reference, cluster, tmp_path):
    """Each in turn, so that the one that holds the problem is among them."""
    flags, table = reference
    many = cluster()
    process = many.run(flags, tmp_path / "out")  # no worker is there yet
    many.add_workers(2)
    for lost, new in ((1, 1), (1, 1), (2, 2)):
        wait_for(rows_of(tmp_path / "out") + 1, tmp_path / "out", process)
        many.kill_workers(lost)
        before = rows_of(tmp_path / "out")
        many.add_workers(new)
    status, err = ended(process)
    assert status == 0, err
    assert before < table.count(b"\n") - 1, "the last were killed too late to matter"
    assert (tmp_path / "out" / "results.csv").read_bytes() == table


@pytest.mark.exhaustive
def test_a_unit_that_dask_gives_up_is_done_anew(reference, cluster, tmp_path):
    flags, table = reference
    impatient = cluster(failures=0)
    impatient.add_workers(2)
    process = impatient.run(flags, tmp_path / "out")
    wait_for(1, tmp_path / "out", process)
    impatient.kill_workers(1)
    status, err = ended(process)
    assert status == 0, err
    assert "a worker process was lost; what it was at is done anew" in err
    assert (tmp_path / "out" / "results.csv").read_bytes() == table


@pytest.mark.slow
def test_a_lost_scheduler_ends_in_a_line_and_the_run_goes_on_elsewhere(
    reference, cluster, tmp_path
):
    flags, table = reference
    doomed = cluster()
    doomed.add_workers(1)
    process = doomed.run(flags, tmp_path / "out")
    wait_for(1, tmp_path / "out", process)
    doomed.scheduler.kill()
    status, err = ended(process)
    assert status == 2, err
    last = err.splitlines()[-1]
    assert last.startswith(f"error: lost the Dask scheduler at {doomed.address}")
    assert last.endswith("the same command goes on from here.")
    assert err.count("error:") == 1
    assert 0 < rows_of(tmp_path / "out") < table.count(b"\n") - 1
    alone(*flags, f"--output_dir={tmp_path}/out")
    assert (tmp_path / "out" / "results.csv").read_bytes() == table


@pytest.mark.exhaustive
def test_adaptive_scaling_up_and_down(reference, tmp_path):
    flags, table = reference
    with distributed.LocalCluster(
        n_workers=0, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as scaled:
        adaptive = scaled.adapt(minimum=0, maximum=2, interval="200ms", wait_count=1)
        address = scaled.scheduler_address
        process = start(
            *("experiments.run", *flags, f"--scheduler={address}", f"--output_dir={tmp_path}/out")
        )
        wait_for(1, tmp_path / "out", process)
        adaptive.maximum = 1
        eventually(lambda: len(scaled.scheduler_info["workers"]) == 1 or process.poll() is not None)
        adaptive.maximum = 2
        status, err = ended(process)
    assert status == 0, err
    assert "has no worker yet: the run waits for the first" in err
    assert (tmp_path / "out" / "results.csv").read_bytes() == table


@pytest.mark.parametrize(
    "address",
    [
        "tcp://127.0.0.1:1",
        pytest.param("foo", marks=pytest.mark.exhaustive),
        pytest.param("http://127.0.0.1:1", marks=pytest.mark.exhaustive),
    ],
)
def test_a_scheduler_that_is_not_there(tmp_path, address):
    flags = [*write_tables(tmp_path), *GRID]
    process = start(
        *("experiments.run", *flags, f"--scheduler={address}", f"--output_dir={tmp_path}/out")
    )
    lines = iter(process.stderr.readline, "")
    last = next(line for line in lines if line.startswith("error: "))
    assert last.startswith("error: --scheduler: expected the address of a Dask")
    _, rest = process.communicate(timeout=15)  # it ends at once, whatever Dask still waits for
    assert process.returncode == 2
    assert rest == ""


@pytest.mark.exhaustive
def test_ctrl_c_on_a_cluster(reference, cluster, tmp_path):
    flags, _ = reference
    one = cluster()
    one.add_workers(1)
    process = one.run(flags, tmp_path / "out")
    wait_for(1, tmp_path / "out", process)
    process.send_signal(signal.SIGINT)
    status, err = ended(process)
    assert status == 130
    assert err.splitlines()[-1].startswith("interrupted: the same command goes on")


def test_workers_that_differ(caplog):
    from cada_tf.runs.cluster import ClusterWorkers, lacking

    message = str(lacking(ModuleNotFoundError("No module named 'cada_tf'")))
    assert "found one that says: No module named 'cada_tf'" in message
    workers = ClusterWorkers.__new__(ClusterWorkers)
    workers.compared = set()
    for _ in range(2):
        workers.compare_versions("tcp://a", versions() | {"tensorflow": "1.0"})
        workers.compare_versions("tcp://b", versions())
    assert [record.getMessage() for record in caplog.records] == [
        "tcp://a has other versions of tensorflow: results may differ slightly"
    ]
