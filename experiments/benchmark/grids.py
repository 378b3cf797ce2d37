"""Whole grids, as a user starts them: networks a second, beside plain Keras and another checkout.

A grid is all-source, fine-tune, fada and cada on twelve labelled examples, on two made corpora of
speech-like difficulty, so that early stopping takes as long as on speech. It is started as
``experiments.run`` and timed from its first line to its last: imports, tracing, archive, table,
pictures and TensorBoard included. One of its stacks is then run under ``experiments.profile``.

Plain Keras is timed by the step (``plain_keras.py``) and charged with the steps that our networks
took: early stopping, held-out examples, noise and FADA's second step would come on top.
"""

from __future__ import annotations

import concurrent.futures
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

    from cada_tf.audio import opensmile
    from cada_tf.methods import METHODS, grid
    from cada_tf.protocol import cell as cells
    from cada_tf.runs import archive, results
    from experiments import profile

SYSTEMS = ("all-source", "fine-tune", "fada", "cada")
EXAMPLES = 12
FOLDS = 5
CLASSES = ("negative", "positive")
DISTANCE = 1.5
"""Between the means of the two classes, in standard deviations: 77 % are recognised at best."""
SHIFT = 0.3
"""Of each feature between the corpora, in standard deviations of it."""


@dataclasses.dataclass(frozen=True)
class Grid:
    """A grid that is timed.

    Args:
        source: utterances of the source.
        target: of the target.
        trials: of ``FOLDS`` folds; all of them are timed, the first alone is profiled.
        flags: further ones of ``experiments.run``.
    """

    source: int
    target: int = 535
    trials: int = 8
    flags: tuple[str, ...] = ()

    def command(self, folder: Path, name: str, jobs: int, trials: int) -> list[str]:
        """``experiments.run`` on the tables in a folder."""
        return [
            "experiments.run",
            f"--source=table:{folder}/source.csv",
            f"--target=table:{folder}/target.csv",
            f"--methods={','.join(SYSTEMS)}",
            f"--examples={EXAMPLES}",
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
        networks; seconds: of the whole grid; per_second: networks; idle: the share of the workers'
        time in which no network was trained, start and end included; of each system in
        ``systems``: ms: a worker's time for a network, steps: of one, plain_ms; parts: the seconds
        of each part of a single process; beside: seconds and per_second of the other checkout.
    """
    with tempfile.TemporaryDirectory(prefix="cada-grid-") as name:
        folder = Path(name)
        write_tables(case, folder)
        seconds = timed(case.command(folder, "ours", jobs, case.trials), os.getcwd())
        rows = results.read_results(folder / "ours" / "results.csv")
        systems, busy = by_system(folder / "ours", plain_us)
        found = {
            **{"source": case.source, "networks": len(rows), "seconds": seconds},
            **{"per_second": len(rows) / seconds, "idle": 1 - busy / (jobs * seconds)},
            **{"systems": systems, "parts": parts(case.command(folder, "parts", 1, 1))},
        }
        if beside:
            theirs = timed(case.command(folder, "theirs", jobs, case.trials), beside)
            same = (folder / "theirs" / "results.csv").read_bytes() == (
                folder / "ours" / "results.csv"
            ).read_bytes()
            found["beside"] = {"seconds": theirs, "per_second": len(rows) / theirs, "same": same}
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


def timed(command: list[str], checkout: str) -> float:
    """The seconds that a program of a checkout takes."""
    environment = os.environ | {"PYTHONPATH": str(Path(checkout).resolve())}
    start = time.perf_counter()
    process = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
    )
    if process.returncode:
        last = (process.stderr.strip().splitlines() or ["nothing"])[-1]
        raise InputError(
            f"expected {checkout} to be a checkout of cada_tf that can run {' '.join(command)}, "
            f"found: {last}. Name another.",
            option="beside",
        )
    return time.perf_counter() - start


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


def by_system(folder: Path, plain_us: dict[str, float]) -> tuple[dict[str, dict], float]:
    """The costs of each system's networks, and the seconds that all networks took together."""
    run = archive.Archive(folder)
    problem, config = run.problem, run.config
    found, busy = {}, 0.0
    for name in SYSTEMS:
        method = METHODS[name]
        size = EXAMPLES if method.target.value == "the few labelled examples" else None
        cell = cells.Cell(name, size)
        record = run.load(cell)
        busy += float(record.seconds.sum())
        last = method.phases(config, grid.sizes_of(cell, problem, config))[-1]
        # Without the epochs of FADA's second step, in which nothing has this loss.
        epochs = (~np.isnan(record.history["loss"])).sum(-1).mean()
        steps = float(epochs * last.steps)
        found[name] = {
            "ms": 1e3 * float(record.seconds.mean()),
            "steps": steps,
            "plain_ms": plain_us[name] * steps / 1e3,
        }
    return found, busy


def report(grids: list[dict], jobs: int) -> list[str]:
    """What the program prints."""
    lines = [
        f"Whole grids of {', '.join(SYSTEMS)}, {EXAMPLES} examples, {jobs} workers: networks a "
        "second, and what plain Keras would give.",
        f"{'source':>8}{'networks':>10}{'seconds':>9}{'a second':>10}{'plain':>8}{'idle':>7}"
        + "".join(f"{f'{name}, ms':>16}" for name in SYSTEMS),
    ]
    for found in grids:
        ms = "".join(f"{system['ms']:>16.0f}" for system in found["systems"].values())
        lines.append(
            f"{found['source']:>8,}{found['networks']:>10}{found['seconds']:>9.1f}"
            f"{found['per_second']:>10.1f}{plain_per_second(found):>8.2f}{found['idle']:>7.0%}{ms}"
        )
    for found in grids:
        if "beside" in found:
            other = found["beside"]
            same = "the same rows" if other["same"] else "OTHER ROWS"
            lines.append(
                f"The other checkout, source of {found['source']:,}: {other['per_second']:.1f} a "
                f"second; ours is {found['per_second'] / other['per_second']:.2f} × as fast, with "
                f"{same}."
            )
    lines += ["", "Parts of one stack's grid in one process, seconds:"]
    names = sorted(
        {name for found in grids for name in found["parts"]},
        key=lambda name: -sum(found["parts"].get(name, 0) for found in grids),
    )
    lines.append(f"{'':28}" + "".join(f"{found['source']:>9,}" for found in grids))
    for name in names:
        values = "".join(f"{found['parts'].get(name, 0):>9.1f}" for found in grids)
        lines.append(f"{name:28}{values}")
    return [*lines, ""]


def plain_per_second(found: dict) -> float:
    """Networks a second in plain Keras, one model at a time on all cores."""
    systems = found["systems"].values()
    return 1e3 * len(systems) / sum(system["plain_ms"] for system in systems)
