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
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from cada_tf.apps import paths, program
from cada_tf.errors import InputError
from cada_tf.folders import make_folder
from cada_tf.lazy import lazy_imports
from cada_tf.runs import STACK_SIZE
from cada_tf.runs.devices import WIDE, WIDE_STACK_SIZE
from cada_tf.storage import write_atomically
from experiments.benchmark.case import BATCH_SIZE, Case
from experiments.benchmark.grids import Grid

with lazy_imports():
    import joblib

    from cada_tf.runs import record as records
    from experiments.benchmark import grids, kernels, plain_keras, products, side_by_side, stacks
    from figures import benchmark as figure
    from figures import labels

if TYPE_CHECKING:
    from experiments.benchmark.side_by_side import Prepare, Processes

FLAGS = flags.FLAGS
SYSTEMS = ("all-source", "cada", "fada")
SECTIONS = ("steps", "grids", "table2", "kernels")
TINY = ("--max_epochs=3", "--hidden=8", "--fada_epochs=3", "--notensorboard")
"""Flags of ``experiments.run`` under which a network costs next to nothing."""
SLOWS_NUMPY = ("OPENBLAS_CORETYPE",)
"""Variables of the environment that can make NumPy's products slower than the machine allows."""
LIMITED = ("replicas", "hidden", "features")
"""The sizes on which the products of a step depend."""

log = logging.getLogger("cada_tf")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured.

    Args:
        case: the sizes that stay as they are while others vary.
        epochs: in a repetition of plain Keras, of stacks and of products.
        repetitions: of each.
        growth_epochs: in a repetition of a growth, for stacks of the usual size.
        growth_repetitions: of each point of a growth.
        growth: sizes of CADA's ``case`` and the values that each takes in turn.
        grids: the grids of each section.
    """

    case: Case
    epochs: dict[str, int]
    repetitions: dict[str, int]
    growth_epochs: int
    growth_repetitions: int
    growth: dict[str, tuple[int, ...]]
    grids: dict[str, tuple[Grid, ...]]


PAPER = Case(method="cada", source=9_000, examples=12, hidden=256, replicas=STACK_SIZE, epochs=1)
FULL = Plan(
    case=PAPER,
    epochs={"plain": 10, "stacks": 10, "products": 2},
    repetitions={"plain": 2, "stacks": 3, "products": 8},
    growth_epochs=3,
    growth_repetitions=2,
    growth={
        "replicas": (1, 2, 5, 10, 20, 50),
        "source": (1_000, 2_000, 5_000, 10_000, 20_000),
        "hidden": (64, 128, 256, 512, 1024),
        "examples": (2, 4, 10, 20, 50, 100),
        "features": (62, 256, 988, 6373),
    },
    grids={
        "grids": (
            *(Grid(source, trials=8) for source in (400, 1_500)),
            *(Grid(source, trials=4) for source in (4_000, 10_000)),
        ),
        "table2": (
            Grid(
                9_959,  # chunks of Aibo-Ohm
                systems=("all-source", "fine-tune", "fada", "cada", "all-target"),
                examples=(2, 4, 6, 8, 10, 12),
                trials=20,
            ),
        ),
    },
)
QUICK = Plan(
    case=dataclasses.replace(PAPER, source=200, hidden=8, replicas=2),
    epochs={"plain": 1, "stacks": 1, "products": 1},
    repetitions={"plain": 2, "stacks": 2, "products": 2},
    growth_epochs=1,
    growth_repetitions=1,
    growth={
        "replicas": (1, 2),
        "source": (200, 400),
        "hidden": (8, 16),
        "examples": (2, 4),
        "features": (62, 88),
    },
    grids={
        "grids": (Grid(100, trials=2, flags=TINY),),
        "table2": (
            Grid(100, systems=("cada", "all-target"), examples=(2, 4), trials=1, flags=TINY),
        ),
    },
)


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
        steps = record | measure(plan, jobs)
        finish(folder / "benchmark.json", steps, report(steps))
        print(f"figure: {figure.draw(steps, folder / 'benchmark')[0]}")
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
            name: timed(name, processes, functools.partial(kernels.prepare, kernel=name), case, 3)
            for name in kernels.PER_STEP
        }
        whole = timed("a whole step", processes, stacks.prepare, case, 3)
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
    plain = {s: min(way["us"] for way in ways.values()) for s, ways in time_plain(sized).items()}
    found = grids.measure(case, jobs, plain, FLAGS.beside)
    log.info("grid, source = %d: %.1f networks a second", case.source, found["per_second"])
    return found


def processor() -> str:
    """The name of the processor."""
    information = Path("/proc/cpuinfo")
    text = information.read_text() if information.exists() else ""
    found = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()


def measure(plan: Plan, jobs: int) -> dict:
    """The measurements: of each system, the growth of CADA's times, and the memory taken."""
    plain = time_plain(plan)
    with side_by_side.Processes(jobs) as processes:
        stacked = time_systems(processes, "stacks", stacks.prepare, plan)
        growth = time_growth(processes, "stacks", stacks.prepare, plan, plan.growth)
    with side_by_side.Processes(jobs, without=SLOWS_NUMPY) as processes:
        bare = time_systems(processes, "products", products.prepare, plan)
        limits = time_growth(processes, "products", products.prepare, plan, LIMITED)
    systems = {s: compared(plain[s], stacked[s], bare[s]) for s in SYSTEMS}
    return {
        "systems": systems,
        "growth": {size: {"stacks": growth[size]} for size in growth}
        | {size: {"stacks": growth[size], "products": limits[size]} for size in limits},
        "peak_mib": {
            "plain": max(sum(systems[s]["plain"]["peak_mib"]) for s in SYSTEMS),
            "stacks": side_by_side.peak_memory()
            + max(sum(stacked[s]["peak_mib"]) for s in SYSTEMS),
        },
    }


def time_plain(plan: Plan) -> dict[str, dict[str, dict]]:
    """Plain Keras without XLA and with it, by system."""
    found = {system: {} for system in SYSTEMS}
    with side_by_side.Processes(1) as process:
        for name, xla in (("graph", False), ("xla", True)):
            prepare = functools.partial(plain_keras.prepare, jit_compile=xla)
            times = time_systems(process, "plain", prepare, plan, replicas=1, note=f" ({name})")
            for system in SYSTEMS:
                found[system][name] = times[system]
    return found


def time_systems(
    processes: Processes, way: str, prepare: Prepare, plan: Plan, *, note: str = "", **sizes: int
) -> dict[str, dict]:
    """A way's times, by system."""
    case = dataclasses.replace(plan.case, epochs=plan.epochs[way], **sizes)
    return {
        system: timed(
            f"{way}{note}, {labels.display(system)}",
            *(processes, prepare, dataclasses.replace(case, method=system)),
            plan.repetitions[way],
        )
        for system in SYSTEMS
    }


def time_growth(
    processes: Processes, way: str, prepare: Prepare, plan: Plan, sizes: Iterable[str]
) -> dict[str, list[dict]]:
    """CADA's times while one size after the other varies, by size."""
    return {
        size: [
            timed(
                f"{way}, {size} = {value}",
                *(processes, prepare, grown(plan, size, value)),
                plan.growth_repetitions,
            )
            for value in plan.growth[size]
        ]
        for size in sizes
    }


def grown(plan: Plan, size: str, value: int) -> Case:
    """The case with another value of one size, and as much to do whatever the stack."""
    case = dataclasses.replace(plan.case, **{size: value})
    if case.features > WIDE:
        case = dataclasses.replace(case, replicas=min(case.replicas, WIDE_STACK_SIZE))
    epochs = plan.growth_epochs * plan.case.replicas // case.replicas
    return dataclasses.replace(case, epochs=max(1, epochs))


def timed(
    name: str, processes: Processes, prepare: Prepare, case: Case, repetitions: int
) -> dict[str, object]:
    """A measurement, told on the log.

    Returns:
        case: its sizes; processes: how many; seconds: of each repetition; us: the microseconds
        a step a model of the fastest; samples_per_second: in that; peak_mib: a process each.
    """
    found = processes.measure(prepare, case, repetitions)
    steps = case.steps * case.epochs * case.replicas * processes.count
    us = 1e6 * min(found["seconds"]) / steps
    log.info("%s: %.1f µs a step a model", name, us)
    return {
        "case": dataclasses.asdict(case) | {"steps": case.steps},
        "processes": processes.count,
        "us": us,
        "samples_per_second": BATCH_SIZE * 1e6 / us,
        **found,
    }


def compared(plain: dict[str, dict], stacked: dict, bare: dict) -> dict:
    """A system's three ways: its measurements, and their ratios."""
    faster = min(plain, key=lambda name: plain[name]["us"])
    return {
        "plain": plain[faster] | {"xla": faster == "xla"},
        "plain_slower": max(plain.values(), key=lambda found: found["us"]),
        "stacks": stacked,
        "products": bare,
        "plain_to_stacks": plain[faster]["us"] / stacked["us"],
        "products_to_stacks": bare["us"] / stacked["us"],
    }


def report(record: dict) -> list[str]:
    """What the program prints."""
    settings, machine = record["settings"], record["machine"]
    lines = [
        f"Source of {settings['source']:,} × {settings['features']}, mini-batches of "
        f"{settings['batch_size']}, {settings['features']} → {settings['hidden']} → C (2C for "
        "CADA).",
        f"Stacks of {settings['replicas']} in {labels.count(settings['jobs'], 'worker')} on "
        f"{labels.count(machine['cores'], 'core')} of {machine['cpu']}.",
        *(["QUICK: sizes are tiny, and these numbers mean nothing."] if record["quick"] else []),
        "",
        "µs a step a model (examples a second; of FADA, pairs)",
        f"{'':12}{'plain Keras':>22}{'stacks':>22}{'products alone':>22}"
        f"{'plain/stacks':>15}{'products/stacks':>18}",
    ]
    for system, found in record["systems"].items():
        cells = "".join(
            f"{found[way]['us']:>10,.1f} ({found[way]['samples_per_second']:>9,.0f})"
            for way in ("plain", "stacks", "products")
        )
        lines.append(
            f"{labels.display(system):12}{cells}{found['plain_to_stacks']:>15.1f}"
            f"{found['products_to_stacks']:>18.2f}"
        )
    xla = [
        labels.display(name) for name, found in record["systems"].items() if found["plain"]["xla"]
    ]
    peaks = record["peak_mib"]
    lines += [
        f"Plain Keras is timed with XLA and without; the faster counts: with, for "
        f"{', '.join(xla) or 'none'}.",
        "",
        "Memory, the sum of the peaks of all processes: plain Keras "
        f"{peaks['plain']:,.0f} MiB (one process), stacks {peaks['stacks']:,.0f} MiB (the main "
        "process and its workers).",
        "",
        "How CADA's time grows, stacks on all cores:",
    ]
    for size, ways in record["growth"].items():
        lines.append(figure.describe_growth(size, ways["stacks"]))
    return [*lines, ""]


if __name__ == "__main__":
    define_flags()
    program.start(main)
