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
from cada_tf.apps import paths, program, settings
from cada_tf.audio.feature_set import FeatureConfig
from cada_tf.config import MOST_TRIALS, Config, ExamplesAre, FoldsBy
from cada_tf.corpora.corpus import content_hash
from cada_tf.errors import InputError, suggestion
from cada_tf.folders import check_output_folder
from cada_tf.lazy import lazy_imports
from cada_tf.methods import (
    METHODS,
    all_options,
    fingerprint,
    make_cells,
    option_values,
    per_class,
)
from cada_tf.protocol.cell import Cell
from cada_tf.storage import write_atomically

with lazy_imports():
    import pandas as pd

    from cada_tf.corpora import class_file, several
    from figures import curves, tables, tensorboard

FLAGS = flags.FLAGS
with program.group("Input and output"):
    settings.define_source_flag()
    flags.DEFINE_string("target", None, "NAME:PATH: the target corpus, likewise.", required=True)
    paths.define_path("output_dir", "DIR: where the results are and go.", required=True)
with program.group("Methods of your own"):
    settings.define_method_module_flag()
with program.group("Grid"):
    flags.DEFINE_list(
        "methods",
        ",".join(name for name, method in METHODS.items() if not method.related),
        f"Systems to train and test, any of {', '.join(METHODS)}.",
    )
    flags.DEFINE_list(
        "examples",
        "2,4,6,8,10,12",
        "Numbers of labelled target examples. 0 is for methods that need none of them.",
    )
    flags.DEFINE_integer(
        "trials",
        20,
        "Repetitions with new folds and examples.",
        lower_bound=1,
        upper_bound=MOST_TRIALS,
    )
    flags.DEFINE_integer(
        "folds", 5, "Folds of the cross-validation over the target.", lower_bound=2
    )
    flags.DEFINE_enum(
        "folds_by",
        str(FoldsBy.UTTERANCE),
        [str(choice) for choice in FoldsBy],
        "Folds mix the target's speakers, as in the paper (utterance), or keep them apart "
        "(speaker): then a network is tested on speakers that it was not trained on, and its "
        "labelled examples are of others.",
    )
    flags.DEFINE_integer(
        "seed", 0, "The number that all splits and all training are drawn from.", lower_bound=0
    )
with program.group("Running"):
    flags.DEFINE_integer(
        "stack_size",
        None,
        f"Networks that a process trains side by side, at the most; changes no result. If not "
        f"given, {runs.STACK_SIZE}, or hundreds on a GPU.",
        lower_bound=1,
    )
    flags.DEFINE_string(
        "scheduler", None, "ADDRESS: a Dask scheduler, such as tcp://HOST:8786, for its cluster."
    )
    flags.DEFINE_bool(
        "tensorboard",
        True,
        "Follow the run in TensorBoard: write DIR/tensorboard meanwhile.",
    )
settings.define_corpus_flags()
settings.define_option_flags()

CORPUS_FLAGS = ("classes", "negative", "positive", "drop", "emodb_extra", "audb_table")
CORPUS_FLAGS += ("sampling_rate", "skip_bad_files", "folds", "folds_by", "seed")
"""Flags, other than options of training, that rows depend on."""

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
        InputError: one cannot be used, the classes cannot share the numbers of examples, or the
            target is too small.
    """
    corpora = protocol.load_corpora(FLAGS.source, FLAGS.target, settings.corpus_options())
    target, sizes, config = corpora[-1], chosen_sizes(), settings.chosen_config()
    classes = target["class"].nunique()
    check_divisible(sizes, classes, config)
    cells = make_cells(chosen_methods(), sizes, classes, config)
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
    return several.join_corpora(sources), target


def compute(plan: Plan, config: Config, source: pd.DataFrame, target: pd.DataFrame) -> runs.Results:
    """Computes what the directory lacks; the results are open still."""
    classes = len(protocol.check_classes(source, target))
    cells = make_cells(plan.methods, plan.sizes, classes, config)
    largest = largest_per_class(cells, classes, config)
    problem = protocol.make_problem(source, target, largest=largest, **protocol_settings())
    explain(plan.methods, cells, config)
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


def protocol_settings() -> dict:
    """The arguments of ``protocol.make_problem`` that the flags give."""
    numbers = {name: FLAGS[name].value for name in ("seed", "trials", "folds")}
    return numbers | {"folds_by": FoldsBy(FLAGS.folds_by)}


def chosen_methods() -> list[str]:
    """The methods of the flag, in the paper's order.

    Raises:
        InputError: one that there is not.
    """
    names = [name.strip() for name in FLAGS.methods]
    if not names:
        raise InputError(f"--methods: expected any of {', '.join(METHODS)}; found none.")
    for name in names:
        if name not in METHODS:
            raise InputError(
                f"--methods: expected any of {', '.join(METHODS)}; found {name!r}."
                f"{suggestion(name, METHODS)}"
            )
    return [name for name in METHODS if name in names]


def chosen_sizes() -> list[int]:
    """The numbers of examples of the flag, ascending, each once."""
    return sorted(set(settings.whole_numbers("examples", low=0)))


def check_divisible(sizes: list[int], classes: int, config: Config) -> None:
    """Refuses numbers of examples that the classes cannot share equally.

    ``examples`` are those of all C classes together, C of them one a class, unless
    ``examples_are=per-class``: so the numbers of two classes are not silently taken for others.
    """
    odd = [size for size in sizes if size % classes]
    if odd and config.examples_are is ExamplesAre.TOTAL:
        raise InputError(
            f"--examples: expected multiples of {classes}, which the classes share equally; "
            f"found {odd[0]}. Choose such as --examples={classes},{2 * classes},{3 * classes}, or "
            "--examples_are=per-class."
        )


def largest_per_class(cells: list[Cell], classes: int, config: Config) -> int:
    """The largest number of labelled examples of a class that any cell asks for."""
    return max((per_class(c.examples, classes, config) for c in cells if c.examples), default=0)


def explain(methods: list[str], cells: list[Cell], config: Config) -> None:
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
    for name in methods:
        named = not FLAGS["methods"].using_default_value
        if named and not any(cell.method == name for cell in cells):
            log.warning(
                "%s: left out, as it needs at least %d examples a class",
                name,
                METHODS[name].fewest_per_class,
            )


def settings_of(config: Config) -> dict:
    """What rows depend on besides corpora and code: flag → value, as the flags would give it."""
    values = {name: FLAGS[name].value for name in CORPUS_FLAGS}
    values["classes"] = class_file.recorded_classes(FLAGS.classes)
    values |= recorded(config, packaged=True)
    del values["spread"]
    return values


def method_sources() -> dict[str, str]:
    """Name → fingerprint of the source code of each method."""
    return {name: fingerprint(name) for name in METHODS}


def recorded(config: Config, *, packaged: bool) -> dict:
    """The options of training that the package declares, or those of methods outside of it."""
    options = all_options()
    return {
        name: [str(v) for v in value] if isinstance(value, tuple) else value
        for name, value in option_values(config).items()
        if options[name].packaged is packaged
    }


def named_features(config: FeatureConfig) -> str:
    """The name of a feature set, with its version where it is not one of openSMILE's own.

    The version of openSMILE is among those of the libraries.
    """
    plain = config.feature_set.isidentifier()
    return config.feature_set if plain else f"{config.feature_set} {config.version}"


def describe(corpus: pd.DataFrame) -> str:
    """The corpus's name and size, and a number that changes with any speaker, class or feature."""
    return f"{corpus.attrs['name']} ({len(corpus)} utterances, {content_hash(corpus)})"


def finish(results: runs.Results, config: Config) -> None:
    """Writes and prints the summary, draws the curve, and says where things are."""
    summary = tables.render(results.table, config.spread)
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
