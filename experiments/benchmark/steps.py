"""Times of training steps: plain Keras, our stacks and the matrix products alone, side by side."""

from __future__ import annotations

import dataclasses
import functools
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cada_tf.lazy import lazy_imports
from cada_tf.runs.devices import WIDE, WIDE_STACK_SIZE
from experiments.benchmark.case import BATCH_SIZE, Case
from experiments.benchmark.plan import Plan

with lazy_imports():
    from experiments.benchmark import plain_keras, products, side_by_side, stacks
    from figures import benchmark as figure
    from figures import labels

if TYPE_CHECKING:
    from experiments.benchmark.side_by_side import Prepare, Processes

SYSTEMS = ("all-source", "cada", "fada")
SLOWS_NUMPY = ("OPENBLAS_CORETYPE",)
"""Variables of the environment that can make NumPy's products slower than the machine allows."""
LIMITED = ("replicas", "hidden", "features")
"""The sizes on which the products of a step depend."""

log = logging.getLogger("cada_tf")


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
