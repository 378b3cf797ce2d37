r"""The paper's experiment (Section 4) on a source and a target corpus.

    python -m experiments.run --source=aibo-ohm:DIR --target=emodb:DIR --output_dir=runs/NAME

writes results.csv, run.json, summary.txt, curve.png and curve.pdf to the output directory.
The same command goes on after an interruption and does only what is missing.

--examples are those of all classes together: of C classes multiples of C, such as 4,8,12 of four
emotions (--classes=emotion); with --examples_are=per-class they are those of each class.
"""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

from absl import flags

from cada_tf import protocol, runs
from cada_tf.apps import program, settings
from cada_tf.config import Config
from cada_tf.errors import InputError
from cada_tf.folders import check_output_folder
from cada_tf.lazy import lazy_imports
from cada_tf.methods import METHODS, Target, make_cells, per_class
from cada_tf.protocol.cell import Cell
from cada_tf.storage import write_atomically
from experiments.run_flags import (
    check_divisible,
    chosen_methods,
    chosen_sizes,
    protocol_settings,
)
from experiments.run_identity import (
    describe,
    method_sources,
    named_features,
    recorded,
    settings_of,
)

with lazy_imports():
    import pandas as pd

    from cada_tf.corpora import several
    from cada_tf.protocol import shares
    from figures import curves, tables, tensorboard

FLAGS = flags.FLAGS

log = logging.getLogger("cada_tf")


def main() -> None:
    """Reads the corpora, computes what is missing, and reports."""
    config = settings.chosen_config()
    plan = Plan(chosen_methods(), chosen_sizes(), Path(FLAGS.output_dir))
    check(plan, config)
    source, target = measure(load())
    results = compute(plan, config, source, target)
    finish(results, config)


@dataclasses.dataclass(frozen=True)
class Plan:
    """A grid, methods × numbers of examples, and the directory of its results.

    ``changed`` are flags, other than options of training, that have another value than was given.
    """

    methods: list[str]
    sizes: list[int]
    folder: Path
    changed: dict = dataclasses.field(default_factory=dict)


def check(plan: Plan, config: Config) -> None:
    """Refuses what can be refused before the corpora are measured, which takes minutes."""
    now = settings_of(config) | plan.changed
    own, sources = recorded(config, packaged=False), method_sources()
    check_output_folder(plan.folder)
    runs.check_folder(plan.folder, now, own, sources, part=True)


def load() -> list[pd.DataFrame]:
    """The sources, then the target, without features.

    Raises:
        InputError: one cannot be used, the classes cannot share the numbers of examples, these are
            too few for each method, or the target is too small.
    """
    corpora = protocol.load_corpora(FLAGS.source, FLAGS.target, settings.corpus_options())
    target, sizes, config = corpora[-1], chosen_sizes(), settings.chosen_config()
    classes = target["class"].nunique()
    check_divisible(sizes, classes, config)
    cells = make_cells(chosen_methods(), sizes, classes, config)
    if not cells:
        fewest = min(METHODS[name].fewest_per_class for name in chosen_methods())
        raise InputError(
            f"--examples: expected at least {fewest} of each class, which --methods="
            f"{','.join(chosen_methods())} needs; found {','.join(map(str, sizes))}. Choose more, "
            "or another method."
        )
    protocol.check_sizes(
        target, largest=largest_per_class(cells, classes, config), **protocol_settings()
    )
    return corpora


def measure(corpora: list[pd.DataFrame], **changed: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The source, of one or more corpora, and the target, with their features.

    Args:
        corpora: of ``load``.
        **changed: arguments of ``add_features`` instead of the flags'.
    """
    *sources, target = protocol.measure_corpora(corpora, **settings.feature_options() | changed)
    given = shares.parse_shares(FLAGS.source_shares)
    return shares.thin(several.join_corpora(sources), given, FLAGS.seed), target


def compute(plan: Plan, config: Config, source: pd.DataFrame, target: pd.DataFrame) -> runs.Results:
    """Computes what the directory lacks; the results are open still."""
    classes = len(protocol.check_classes(source, target))
    cells = make_cells(plan.methods, plan.sizes, classes, config)
    largest = largest_per_class(cells, classes, config)
    problem = protocol.make_problem(source, target, largest=largest, **protocol_settings())
    explain(plan.methods, plan.sizes, cells, config)
    grid = {"methods": plan.methods, "examples": plan.sizes, "trials": FLAGS.trials}
    identity = {"source": describe(source), "target": describe(target)}
    identity["features"] = named_features(target.attrs["features"])
    results = runs.Results(
        plan.folder,
        identity | settings_of(config) | plan.changed,
        grid,
        runs.conditions(problem, config),
        METHODS,
        method_options=recorded(config, packaged=False),
        method_sources=method_sources(),
    )
    archive = runs.Archive(plan.folder)
    archive.keep(source, target)
    options = {name: FLAGS[name].value for name in ("jobs", "scheduler", "stack_size")}
    options["method_modules"] = tuple(FLAGS.method_module)
    if not FLAGS.tensorboard:
        runs.run(problem, config, cells, results, archive=archive, **options)
        return results
    full = FLAGS.trials, FLAGS.folds
    with tensorboard.TensorBoardWriter(archive, plan.folder / "tensorboard", full) as writer:

        def seen(cells: set[Cell]) -> None:
            writer.update(cells, results.table)

        runs.run(problem, config, cells, results, archive=archive, seen=seen, **options)
        writer.finish(results.table)
    return results


def largest_per_class(cells: list[Cell], classes: int, config: Config) -> int:
    """The largest number of labelled examples of a class that any cell asks for."""
    return max((per_class(c.examples, classes, config) for c in cells if c.examples), default=0)


def explain(methods: list[str], sizes: list[int], cells: list[Cell], config: Config) -> None:
    """Logs what a reader of the results must know beforehand."""
    if config.scaling.transductive:
        log.warning(
            "TRANSDUCTIVE: --scaling=%s uses unlabelled target utterances, those of the test "
            "folds too.",
            config.scaling,
        )
    if config.scaling.semi_supervised:
        log.warning(
            "SEMI-SUPERVISED: --scaling=%s uses unlabelled target utterances of the training "
            "folds, none of the test folds.",
            config.scaling,
        )
    if unlabelled := [name for name in methods if METHODS[name].unlabelled]:
        log.warning(
            "SEMI-SUPERVISED: %s use unlabelled target utterances of the training folds, "
            "none of the test folds.",
            ", ".join(unlabelled),
        )
    if without := [
        name
        for name in methods
        if 0 in sizes and METHODS[name].target is Target.EXAMPLES and Cell(name, 0) not in cells
    ]:
        log.warning("left out at 0 examples, as they need labels: %s", ", ".join(without))
    for name in methods:
        named = not FLAGS["methods"].using_default_value
        if named and any(sizes) and not any(cell.method == name for cell in cells):
            log.warning(
                "%s: left out, as it needs at least %d examples a class",
                name,
                METHODS[name].fewest_per_class,
            )


def finish(results: runs.Results, config: Config) -> None:
    """Writes and prints the summary, draws the curve, and says where things are."""
    answers = runs.read_answers(results.folder, results.table)
    summary = tables.render(results.table, config.spread, answers=answers)
    write_atomically(results.folder / "summary.txt", summary + "\n")
    pictures = curves.draw(results.table, results.folder / "curve", config.spread)
    results.close()
    print(f"\n{summary}\n")
    print(f"results table: {results.path}")
    print(f"figure: {pictures[0]}")
    if FLAGS.tensorboard:
        print(f"TensorBoard: tensorboard --logdir={results.folder / 'tensorboard'}")


if __name__ == "__main__":
    program.start(main)
