r"""Times training steps and whole grids: ours, plain Keras, and the machine's limit, side by side.

    python -m experiments.benchmark --output=runs/benchmark

takes a quarter of an hour, in which the machine should do nothing else.

--sections=steps, five to eight minutes, writes benchmark.json (all numbers), benchmark.png and
benchmark.pdf to the output directory. The source has 9,000 × 62 random numbers, mini-batches are
of 64 and the network is the paper's, 62 → 256 → C (2C for CADA).

* plain Keras: ``fit`` of one model at a time (``plain_keras.py``), with TensorFlow's own numbers
  of threads; without XLA, which is what Keras chooses on a CPU, and with it
  (``jit_compile=True``), of which the faster counts.
* stacks: what ``experiments.run`` does, on all cores: in each of ``--jobs`` single-thread processes
  a stack of networks, with its mini-batches, evaluation on held-out examples and all else that an
  epoch costs (``stacks.py``).
* products: nothing but the matrix products of these stacks' steps by NumPy, in as many processes
  (``products.py``): what any implementation must take at the least, or nearly so.

A time is the wall time of a repetition over the mini-batches that all networks of all processes
trained on in it; of the repetitions, each one call of ``fit`` with some epochs, the fastest counts.
What is traced or compiled is so before.
Of FADA, a step is one of its third step's: encoder and predictor adapt to 64 pairs, and the
discriminator is trained on them.

--sections=grids and --sections=table2 write grids.json and table2.json: networks a second of whole
grids, of sources of four sizes and of Table 2 with a source of Aibo-Ohm's size, where their time
goes, and the same grids in another checkout with --beside=DIR (``grids.py``). --sections=kernels
writes kernels.json: what a step of CADA consists of (``kernels.py``).
"""

from __future__ import annotations

import dataclasses
import functools
import json
import logging
import platform
import re
from pathlib import Path

from absl import flags

from cada_tf.apps import paths, program
from cada_tf.errors import InputError
from cada_tf.folders import make_folder
from cada_tf.lazy import lazy_imports
from cada_tf.storage import write_atomically
from experiments.benchmark.case import BATCH_SIZE
from experiments.benchmark.plan import FULL, QUICK, Plan

with lazy_imports():
    import joblib

    from cada_tf.runs import record as records
    from experiments.benchmark import grids, kernels, side_by_side, stacks, steps
    from figures import benchmark as figure

FLAGS = flags.FLAGS
SECTIONS = ("steps", "grids", "table2", "kernels")

log = logging.getLogger("cada_tf")


def define_flags() -> None:
    """The flags; not at import, since other programs have some of the same names."""
    paths.define_path("output", "DIR: where the results go.", required=True)
    flags.DEFINE_integer("jobs", None, "Processes; one a core if not given.", lower_bound=1)
    flags.DEFINE_list("sections", "steps,grids", f"What is timed, any of {', '.join(SECTIONS)}.")
    paths.define_path("beside", "DIR: another checkout of cada_tf, whose grids are timed too.")
    flags.DEFINE_bool("quick", False, "Tiny sizes, to try the program; its numbers mean nothing.")


def main() -> None:
    """Measures, writes, draws and prints."""
    if unknown := set(FLAGS.sections) - set(SECTIONS):
        raise InputError(
            f"--sections: expected any of {', '.join(SECTIONS)}; found {unknown.pop()!r}."
        )
    folder = make_folder(FLAGS.output, "output")
    plan, jobs = QUICK if FLAGS.quick else FULL, FLAGS.jobs or joblib.cpu_count()
    record = {
        "quick": FLAGS.quick,
        "settings": {"jobs": jobs, "batch_size": BATCH_SIZE}
        | {size: getattr(plan.case, size) for size in plan.growth},
        "machine": {"cpu": processor(), "cores": joblib.cpu_count()},
        "versions": records.versions(),
    }
    if "steps" in FLAGS.sections:
        found = record | steps.measure(plan, jobs)
        finish(folder / "benchmark.json", found, steps.report(found))
        print(f"figure: {figure.draw(found, folder / 'benchmark')[0]}")
    if "kernels" in FLAGS.sections:
        found = time_kernels(plan, jobs)
        finish(folder / "kernels.json", record | found, report_kernels(found))
    for section in plan.grids:
        if section in FLAGS.sections:
            found = [time_grid(plan, case, jobs) for case in plan.grids[section]]
            lines = [line for one in found for line in grids.report(one, jobs)]
            finish(folder / f"{section}.json", record | {"grids": found}, lines)


def finish(path: Path, record: dict, lines: list[str]) -> None:
    """Writes the numbers of a section, and prints what they say."""
    write_atomically(path, json.dumps(record, indent=2) + "\n")
    print("\n".join(lines))
    print(f"numbers: {path}")


def time_kernels(plan: Plan, jobs: int) -> dict:
    """CADA's whole step without noise, and its kernels: microseconds a model of a worker."""
    case = dataclasses.replace(plan.case, epochs=plan.growth_epochs)
    with side_by_side.Processes(jobs) as processes:
        measured = {
            name: steps.timed(
                name, processes, functools.partial(kernels.prepare, kernel=name), case, 3
            )
            for name in kernels.PER_STEP
        }
        whole = steps.timed("a whole step", processes, stacks.prepare, case, 3)
    us = {name: found["us"] * jobs for name, found in measured.items()}
    return {"kernels": us, "step": whole["us"] * jobs}


def report_kernels(found: dict) -> list[str]:
    """What the program prints of the kernels."""
    lines = ["µs a step a model, one worker of those that run side by side:"]
    total = 0.0
    for name, times in kernels.PER_STEP.items():
        us = found["kernels"][name]
        total += 0.0 if name == kernels.NOISE else times * us
        lines.append(f"  {name:38}{times} ×{us:7.1f} ={times * us:7.1f}")
    return [
        *lines,
        f"  {'all of them, without noise':38}{total:>14.1f}",
        f"  {'a whole step, without noise':38}{found['step']:>14.1f}",
        "",
    ]


def time_grid(plan: Plan, case: grids.Grid, jobs: int) -> dict:
    """A grid, and the steps of plain Keras that it is compared with."""
    sized = dataclasses.replace(plan, case=dataclasses.replace(plan.case, source=case.source))
    plain = {
        s: min(way["us"] for way in ways.values()) for s, ways in steps.time_plain(sized).items()
    }
    found = grids.measure(case, jobs, plain, FLAGS.beside)
    log.info("grid, source = %d: %.1f networks a second", case.source, found["per_second"])
    return found


def processor() -> str:
    """The name of the processor."""
    information = Path("/proc/cpuinfo")
    text = information.read_text() if information.exists() else ""
    found = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()


if __name__ == "__main__":
    define_flags()
    program.start(main)
