"""Chaos: programs are struck at random moments, and every end is the right one or can be mended.

    make chaos

strikes a hundred times, ``CADA_CHAOS`` times in a test run, each time one of a run, an extraction,
``cada-adapt`` and ``cada-predict``: by a signal, by the loss of a worker, by a disk that fills up,
by damage to a file. What is left must be readable, never torn; after some strikes the same command
is left alone, and must end with the same bytes as one that nothing ever happened to.
"""

import collections
import contextlib
import functools
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import audiofile
import pandas as pd
import psutil
import pytest
from helpers import RATE, ROOT, interruptible, make_recogniser, make_table, voice

import cada_tf
from cada_tf.runs.results import read_results
from cada_tf.storage import TEMPORARY

STRIKES = int(os.environ.get("CADA_CHAOS", "3"))
SEED = int(os.environ.get("CADA_CHAOS_SEED", "0"))
SMALL_GRID = [
    "--methods=all-source,cada",
    "--trials=4",
    "--folds=2",
    "--hidden=8",
    "--stack_size=1",
]
SMALL_GRID += ["--examples=2,4", "--max_epochs=10", "--jobs=2"]
SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT]
STARTING = 1.0
"""Seconds in which Python itself may still be starting, whose words for Ctrl-C are a traceback."""
MENDED = 0.3
"""The share of strikes after which the command is left alone."""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Recordings to be measured, a table with features, and a model."""
    folder = tmp_path_factory.mktemp("corpus")
    rows = []
    for i in range(48):
        audiofile.write(folder / f"{i}.wav", voice(3.0, 90 + 3 * i, seed=i), RATE)
        rows.append((f"{i}.wav", f"s{i % 3}", ("anger", "joy")[i % 2]))
    pd.DataFrame(rows, columns=["file", "speaker", "emotion"]).to_csv(folder / "l.csv", index=False)
    make_table((60, 40), seed=1).to_csv(folder / "wide.csv")
    return folder


class Job:
    """A program, what it writes, and what that should be.

    Args:
        program: its module.
        words: its flags and words.
        folder: where it works: ``cache`` and ``out``.
        results: what it writes that must come out the same, relative to ``out``.
    """

    def __init__(self, program, words, folder, results):
        self.program, self.folder, self.results = program, folder, results
        self.words = [word.replace("OUT", f"{folder}/out") for word in words]
        self.environment = os.environ | {"CADA_CACHE": f"{folder}/cache"}
        self.clear()
        begun = time.monotonic()
        process, _ = self.started()
        assert process.wait(300) == 0, self.errors
        self.seconds = time.monotonic() - begun
        self.expected = self.found()
        self.clear()

    def clear(self):
        for name in ("out", "cache"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir(parents=True)

    def started(self, **options):
        command = [sys.executable, "-m", self.program, *self.words]
        with open(self.folder / "err", "w") as err, open(self.folder / "printed", "w") as out:
            options = {"preexec_fn": interruptible} | options
            options |= {"cwd": ROOT, "env": self.environment, "start_new_session": True}
            return subprocess.Popen(command, stdout=out, stderr=err, **options), command

    @property
    def errors(self):
        return (self.folder / "err").read_text(errors="replace")

    def found(self):
        """The content of the results; None of those that are not there."""
        return [content_of(self.folder / "out" / name) for name in self.results]

    def check_left(self):
        """What is there after a strike can be read, and is part of the right results."""
        for name, whole in zip(self.results, self.expected, strict=True):
            path = self.folder / "out" / name
            if not path.exists():
                continue
            if path.name == "results.csv":
                rows = set(path.read_text().splitlines())
                assert rows <= set(whole.decode().splitlines()), "a row that is not right"
                read_results(path)
            else:
                assert content_of(path) == whole

    def check_mended(self):
        """Left alone, the command ends with the right results and leaves nothing else behind."""
        process, _ = self.started()
        assert process.wait(300) == 0, self.errors
        assert self.found() == self.expected
        assert "Traceback" not in self.errors
        left = [path.name for path in (self.folder / "out").rglob(".*") if path.name != ".lock"]
        assert all(TEMPORARY.fullmatch(name) for name in left)
        assert not left or self.program != "experiments.run"  # others sweep what is a day old


def content_of(path):
    """A file's bytes; of a model what it classifies by, since an archive has the time in it."""
    if path.suffix != ".keras":
        return path.read_bytes()
    model = cada_tf.load(path)
    return [weights.tobytes() for weights in model.weights], model.temperature, model.card


@pytest.fixture(scope="module")
def job(corpus, tmp_path_factory):
    """Name → job, of the programs that do long work; each is made when it is first struck."""
    table, source = f"table:{corpus}/l.csv", f"--source=table:{corpus}/wide.csv"
    adapt = [source, f"--target={table}", "--trials=1", "--folds=2", "--jobs=2"]
    commands = {
        "run": (
            "experiments.run",
            [source, f"--target={table}", *SMALL_GRID, "--output_dir=OUT"],
            ["results.csv", "summary.txt"],
        ),
        "extract": (
            "experiments.extract",
            [f"--corpus={table}", "--output=OUT/x.csv", "--jobs=2"],
            ["x.csv"],
        ),
        "cada-adapt": ("cada_tf.apps.adapt", [*adapt, "--output=OUT/m"], ["m.keras", "m.md"]),
        "cada-predict": (
            "cada_tf.apps.predict",
            [f"{corpus}/m", str(corpus), "--output=OUT/p.csv", "--format=csv", "--jobs=2"],
            ["p.csv"],
        ),
    }
    make_recogniser().save(corpus / "m")

    @functools.cache
    def made(name):
        program, words, results = commands[name]
        return Job(program, words, tmp_path_factory.mktemp(name), results)

    return made


def strike_by_signal(job, rng):
    """A signal to the program, or as a terminal's to its workers too; or a stop for a while."""
    process, _ = job.started()
    time.sleep(rng.uniform(STARTING, STARTING + 1.1 * job.seconds))
    kind = rng.choice([*SIGNALS, signal.SIGSTOP])
    group = rng.random() < 0.5
    send(process, kind, group)
    if kind is signal.SIGSTOP:
        time.sleep(rng.uniform(0.1, 2))
        send(process, signal.SIGCONT, group)
        assert process.wait(300) == 0, job.errors
        return "STOP"
    status = process.wait(60)
    allowed = {0, -kind}  # done before, or killed
    if kind is signal.SIGINT:
        allowed.add(130)
        assert status == 0 or job.errors.splitlines()[-1].startswith("interrupted: "), job.errors
    assert status in allowed, (status, job.errors)
    wait_for_workers(process)
    return kind.name.removeprefix("SIG")


def send(process, kind, group):
    with contextlib.suppress(ProcessLookupError):  # it is done
        (os.killpg if group else os.kill)(process.pid, kind)


def wait_for_workers(process):
    """Waits until the program's workers have followed it, as they do within a second or two."""
    end = time.monotonic() + 20
    while any(member(p, process.pid) for p in psutil.process_iter()):
        assert time.monotonic() < end, "workers outlive their program"
        time.sleep(0.1)


def member(candidate, group):
    try:
        running = candidate.status() != psutil.STATUS_ZOMBIE
        return running and os.getpgid(candidate.pid) == group
    except (psutil.Error, ProcessLookupError):
        return False


def strike_a_worker(job, rng):
    """The kernel kills a worker, as it does for lack of memory."""
    process, _ = job.started()
    time.sleep(rng.uniform(STARTING, STARTING + job.seconds))
    children = psutil.Process(process.pid).children() if process.poll() is None else []
    workers = [child for child in children if "popen_loky" in " ".join(child.cmdline())]
    if workers:
        rng.choice(workers).kill()
    assert process.wait(300) == 0, job.errors
    return "worker killed" if workers else "no worker there"


def strike_the_disk(job, rng):
    """No file may grow beyond some size, as where a disk or a quota is full."""
    import resource

    limit = rng.choice([0, 100, 2000, 5000, 20_000])
    process, _ = job.started(
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    )
    status = process.wait(300)
    # Its standard error is a file, too, and may be what is full.
    assert status in (0, 2), (status, job.errors)
    assert "Traceback" not in job.errors
    return "disk full"


def strike_a_mount(job, rng):
    """The cache or the output is a small file system, or one that is read-only."""
    place, size = job.folder / rng.choice(["cache", "out"]), rng.choice([20, 100, 400])
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", place]
    if subprocess.run(mount, capture_output=True).returncode:
        return "no mount allowed"
    try:
        if read_only := rng.random() < 0.5:
            subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        process, _ = job.started()
        status = process.wait(300)
        assert "Traceback" not in job.errors, job.errors
        assert status in (0, 2), (status, job.errors)
        if place.name == "cache":
            assert status == 0, job.errors
            assert job.found() == job.expected
        elif status:
            assert job.errors.splitlines()[-1].startswith("error: "), job.errors
        job.check_left()
    finally:
        subprocess.run(["umount", "-l", place], check=True)
    return f"{place.name} {'read-only' if read_only else 'on a small disk'}"


def strike_a_file(job, rng):
    """A file of the cache or the output is damaged, or something else is in its place."""
    files = [path for path in job.folder.glob("*/**/*") if path.is_file()]
    files = [path for path in files if path.name != ".lock"]
    if not files:
        return "no file there"
    path, how = rng.choice(files), rng.choice(["cut", "flip", "folder", "pipe"])
    kept = path.read_bytes()
    if how == "cut":
        path.write_bytes(kept[: rng.randrange(len(kept) + 1)])
    elif how == "flip" and kept:
        place = rng.randrange(len(kept))
        path.write_bytes(kept[:place] + bytes([kept[place] ^ 0xFF]) + kept[place + 1 :])
    else:
        path.unlink()
        path.mkdir() if how == "folder" else os.mkfifo(path)
    process, _ = job.started()
    status = process.wait(300)
    assert status in (0, 2), (status, job.errors)
    assert "Traceback" not in job.errors, job.errors
    if status == 2 or "cache" not in path.parts:
        assert status == 0 or job.errors.splitlines()[-1].startswith("error: ")
        restore(path, kept)  # as the message says
    return f"file damaged, {'told' if status == 2 else 'made anew'}"


def restore(path, content):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.write_bytes(content)


KINDS = [strike_by_signal] * 6
KINDS += [strike_a_worker, strike_the_disk, strike_a_mount, strike_a_file]


@pytest.mark.exhaustive
def test_chaos(job, capsys):
    rng, counts, struck = random.Random(SEED), collections.Counter(), set()
    for place in range(STRIKES):
        name = rng.choice(["run", "run", "extract", "extract", "cada-adapt", "cada-predict"])
        strike = rng.choice(KINDS)
        struck.add(name)
        try:
            how = strike(job(name), rng)
            job(name).check_left()
            if rng.random() < MENDED:
                job(name).check_mended()
                counts["left alone, and right"] += 1
                job(name).clear()
        except BaseException as error:
            where = f"seed {SEED}, strike {place}: {strike.__name__} of {name}"
            raise AssertionError(where) from error
        counts[f"{name}: {how}"] += 1
        with capsys.disabled():
            print(f"\n{place + 1}/{STRIKES} {name}: {how}", end="", flush=True)
    for name in sorted(struck):
        job(name).check_mended()
    with capsys.disabled():
        print(f"\n{STRIKES} strikes, nothing lost:")
        for what, count in sorted(counts.items()):
            print(f"{count:4} {what}")
