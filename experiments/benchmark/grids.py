"""Whole grids, as a user starts them: networks a second, beside plain Keras and another checkout.

A grid's two corpora are made, of speech-like difficulty, so that early stopping takes as long as on
speech. It is started as ``experiments.run`` and timed from its first line to its last: imports,
tracing, archive, table, pictures and TensorBoard included. One of its trials is then run under
``experiments.profile``.

Plain Keras is timed by the step (``plain_keras.py``) and charged with the steps that our networks
took: early stopping, held-out examples, noise and FADA's second step would come on top.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports

with lazy_imports():
    import numpy as np
    import pandas as pd
    import psutil

    from cada_tf.audio import opensmile
    from cada_tf.methods import METHODS, grid, make_cells
    from cada_tf.runs import archive, results
    from experiments import profile
    from figures import labels

FOLDS = 5
PLAIN = {"all-target": "all-source", "fine-tune": "all-source"}
"""System → the one of the same step, of which plain Keras's is timed."""
CLASSES = ("negative", "positive")
DISTANCE = 1.5
"""Between the means of the two classes, in standard deviations: 77 % are recognised at best."""
LOOK = 0.5
"""Seconds between two looks at the memory."""
SHIFT = 0.3
"""Of each feature between the corpora, in standard deviations of it."""


@dataclasses.dataclass(frozen=True)
class Grid:
    """A grid that is timed.

    Args:
        source: utterances of the source.
        target: of the target.
        systems: that are trained.
        examples: numbers of labelled target examples.
        trials: of ``FOLDS`` folds; all of them are timed, the first alone is profiled.
        flags: further ones of ``experiments.run``.
    """

    source: int
    target: int = 535
    systems: tuple[str, ...] = ("all-source", "fine-tune", "fada", "cada")
    examples: tuple[int, ...] = (12,)
    trials: int = 8
    flags: tuple[str, ...] = ()

    def command(self, folder: Path, name: str, jobs: int, trials: int) -> list[str]:
        """``experiments.run`` on the tables in a folder."""
        return [
            "experiments.run",
            f"--source=table:{folder}/source.csv",
            f"--target=table:{folder}/target.csv",
            f"--methods={','.join(self.systems)}",
            f"--examples={','.join(map(str, self.examples))}",
            f"--trials={trials}",
            f"--folds={FOLDS}",
            f"--jobs={jobs}",
            f"--output_dir={folder}/{name}",
            *self.flags,
        ]


def measure(case: Grid, jobs: int, plain_us: dict[str, float], beside: str | None) -> dict:
    """Times a grid.

    Args:
        case: the grid.
        jobs: worker processes.
        plain_us: of a system, the microseconds of a step in plain Keras.
        beside: another checkout, whose grid is timed too; None for none.

    Returns:
        networks; seconds: of the whole grid; per_second: networks; peak_mib: memory of all
        processes together, and private_mib: the most that one has for itself; idle: the share of
        the workers' time in which no network was trained, start and end included; of each system in
        ``systems``: networks, ms: a worker's time for one, steps: of one, plain_ms; parts: the
        seconds of each part of a single process; beside: seconds and per_second of the other
        checkout.
    """
    with tempfile.TemporaryDirectory(prefix="cada-grid-") as name:
        folder = Path(name)
        write_tables(case, folder)
        ours = timed(case.command(folder, "ours", jobs, case.trials), os.getcwd())
        rows = results.read_results(folder / "ours" / "results.csv")
        systems = by_system(case, folder / "ours", plain_us)
        busy = sum(system["networks"] * system["ms"] for system in systems.values()) / 1e3
        found = {
            **{"case": dataclasses.asdict(case), "networks": len(rows), **ours},
            **{"per_second": len(rows) / ours["seconds"]},
            **{"idle": 1 - busy / (jobs * ours["seconds"]), "systems": systems},
            "parts": parts(case.command(folder, "parts", 1, 1)),
        }
        if beside:
            theirs = timed(case.command(folder, "theirs", jobs, case.trials), beside)
            found["beside"] = theirs | {
                "per_second": len(rows) / theirs["seconds"],
                "same": (folder / "theirs" / "results.csv").read_bytes()
                == (folder / "ours" / "results.csv").read_bytes(),
            }
        return found


def write_tables(case: Grid, folder: Path) -> None:
    """Two corpora of two classes that overlap, the second of which is moved."""
    names = list(opensmile.FEATURE_NAMES)
    rng = np.random.default_rng(0)
    between, moved = rng.normal(size=(2, len(names)))
    between *= DISTANCE / np.linalg.norm(between)
    for role, size, shift in (("source", case.source, 0.0), ("target", case.target, SHIFT)):
        labels = rng.integers(len(CLASSES), size=size)
        noise = rng.normal(size=(size, len(names)))
        values = noise + np.outer(labels - 0.5, between) + shift * moved
        table = pd.DataFrame(values, columns=names)
        table.insert(0, "file", [f"{role}-{number}.wav" for number in range(size)])
        table.insert(1, "speaker", [f"speaker {number % 10}" for number in range(size)])
        table.insert(2, "class", np.array(CLASSES)[labels])
        table.to_csv(folder / f"{role}.csv", index=False)


def timed(command: list[str], checkout: str) -> dict[str, float]:
    """Runs a program of a checkout.

    Returns:
        seconds; peak_mib and private_mib, as in ``measure``.
    """
    environment = os.environ | {"PYTHONPATH": str(Path(checkout).resolve())}
    start = time.perf_counter()
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            [sys.executable, "-m", *command],
            **{"cwd": checkout, "env": environment, "stdout": subprocess.DEVNULL, "stderr": errors},
        ) as process,
    ):
        together, private = 0.0, 0.0
        while process.poll() is None:
            sizes = memory(process.pid)
            together = max(together, sum(size for size, _ in sizes))
            private = max([private, *(own for _, own in sizes)])
            time.sleep(LOOK)
        seconds = time.perf_counter() - start
        errors.seek(0)
        last = (errors.read().strip().splitlines() or ["nothing"])[-1]
    if process.returncode:
        raise InputError(
            f"expected {checkout} to be a checkout of cada_tf that can run {' '.join(command)}, "
            f"found: {last}. Name another.",
            option="beside",
        )
    return {"seconds": seconds, "peak_mib": together, "private_mib": private}


def memory(pid: int) -> list[tuple[float, float]]:
    """Memory in MiB of a process and each of its children.

    Returns:
        Of each what it takes, a page that n processes share counting 1 / n, and what it has for
        itself, without the pages of files, such as TensorFlow's library.
    """
    sizes = []
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                taken = one.memory_full_info()
                together = getattr(taken, "pss", taken.uss)
                own = taken.rss - taken.shared if hasattr(taken, "shared") else taken.uss
                sizes.append((together / 2**20, own / 2**20))
    return sizes


def parts(command: list[str]) -> dict[str, float]:
    """The seconds of each part of a program, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(quietly_profiled, command).result()


def quietly_profiled(command: list[str]) -> dict[str, float]:
    """In a process: ``profile.profiled`` without what the program prints."""
    with open(os.devnull, "w") as nowhere:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere.fileno(), stream.fileno())
        seconds, _ = profile.profiled(command)
    return seconds


def by_system(case: Grid, folder: Path, plain_us: dict[str, float]) -> dict[str, dict]:
    """What each system's networks cost, on average over the numbers of examples.

    Of a system without networks no steps are counted.
    """
    run = archive.Archive(folder)
    problem, config = run.problem, run.config
    found = {}
    for name in case.systems:
        method = METHODS[name]
        seconds, steps = [], []
        for cell in make_cells([name], case.examples, len(problem.classes), config):
            record = run.load(cell)
            seconds += list(record.seconds.flat)
            if method.network is None:
                continue
            last = method.phases(config, grid.sizes_of(cell, problem, config))[-1]
            # Without the epochs of FADA's second step, in which nothing has this loss.
            epochs = (~np.isnan(record.history["loss"])).sum(-1)
            steps += list(epochs.ravel() * last.steps)
        mean_steps = float(np.mean(steps)) if steps else 0.0
        plain = plain_us[PLAIN.get(name, name)] if steps else 0.0
        found[name] = {
            **{"networks": len(seconds), "ms": 1e3 * float(np.mean(seconds))},
            **{"steps": mean_steps},
            "plain_ms": plain * mean_steps / 1e3,
        }
    return found


def report(found: dict, jobs: int) -> list[str]:
    """What the program prints of a grid."""
    case = found["case"]
    lines = [
        f"Source of {case['source']:,}, {', '.join(map(str, case['examples']))} examples, "
        f"{case['trials']} × {FOLDS}, {jobs} workers: {found['networks']:,} networks in "
        f"{found['seconds']:.1f} s, {found['per_second']:.1f} a second (plain Keras "
        f"{plain_per_second(found):.2f}). Idle: {found['idle']:.0%}. Memory: "
        f"{found['peak_mib']:,.0f} MiB in all, at most {found['private_mib']:,.0f} of one alone.",
    ]
    if "beside" in found:
        other = found["beside"]
        lines.append(
            f"The other checkout: {other['per_second']:.1f} a second; ours is "
            f"{found['per_second'] / other['per_second']:.2f} × as fast, with "
            f"{'the same rows' if other['same'] else 'OTHER ROWS'}. Memory: "
            f"{other['peak_mib']:,.0f} MiB in all, at most {other['private_mib']:,.0f} of one."
        )
    for name, system in found["systems"].items():
        lines.append(
            f"  {labels.display(name):18}{system['ms']:>7.0f} ms a network, {system['steps']:,.0f} "
            f"steps; plain Keras {system['plain_ms']:,.0f} ms"
        )
    total = sum(found["parts"].values())
    parts = (f"{part} {seconds:.1f}" for part, seconds in found["parts"].items() if seconds > 0.05)
    return [*lines, f"One trial in one process, {total:.1f} s: {', '.join(parts)}.", ""]


def plain_per_second(found: dict) -> float:
    """Networks a second in plain Keras, one model at a time on all cores."""
    systems = found["systems"].values()
    return 1e3 * found["networks"] / sum(one["networks"] * one["plain_ms"] for one in systems)
