"""What simulations of a user share: corpora whose labels are known, draws of a few, their tables.

``few_labels``, ``forecast`` and ``suggestions`` import it, and have its flags.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from absl import flags

from cada_tf.apps import paths, program, settings
from cada_tf.config import MOST_TRIALS, Config
from cada_tf.folders import make_folder
from cada_tf.lazy import lazy_imports
from cada_tf.storage import write_atomically
from experiments.run_identity import recorded

with lazy_imports():
    import pandas as pd

    from cada_tf.adaptation import cross_validation
    from cada_tf.corpora import several
    from cada_tf.protocol import loading, problem
    from cada_tf.runs import record

FLAGS = flags.FLAGS
with program.group("Input and output"):
    settings.define_source_flag()
    flags.DEFINE_string("target", None, "NAME:PATH: the target corpus, likewise.", required=True)
    paths.define_path("output_dir", "DIR: where the results are and go.", required=True)
with program.group("Draws"):
    flags.DEFINE_integer("draws", 20, "Draws of labelled utterances.", lower_bound=1)
    flags.DEFINE_integer(
        "seed", 0, "The number that draws and training are drawn from.", lower_bound=0
    )


def define_fold_flags() -> None:
    """``--folds`` and ``--trials``, of the cross-validation over the labels of a draw."""
    with program.group("Draws"):
        flags.DEFINE_integer("folds", 5, "Folds over the labels, as of cada-adapt.", lower_bound=2)
        flags.DEFINE_integer(
            "trials",
            4,
            "Repetitions of these, as of cada-adapt.",
            lower_bound=1,
            upper_bound=MOST_TRIALS,
        )


def read_problem(check_labels: Callable[[pd.DataFrame], None]) -> problem.Problem:
    """The corpora that the flags name, with all of their labels.

    Args:
        check_labels: refuses a target that has too few utterances, before they are measured.
    """
    corpora = loading.load_corpora(FLAGS.source, FLAGS.target, settings.corpus_options())
    check_labels(corpora[-1])
    *sources, target = loading.measure_corpora(corpora, **settings.feature_options())
    return problem.make_problem(several.join_corpora(sources), target, seed=FLAGS.seed)


def output_folder(
    whole: problem.Problem,
    config: Config,
    given: Mapping[str, object],
    grid: Mapping[str, object] = MappingProxyType({}),
) -> Path:
    """The output directory, with its run.json.

    Args:
        whole: the corpora.
        config: the options of training.
        given: what else each row depends on: flag → value.
        grid: which rows are asked for besides the draws, likewise; it may change from run to run.

    Raises:
        InputError: it holds results of other settings.
    """
    folder = make_folder(FLAGS.output_dir, "output_dir")
    now = corpus_names(whole) | recorded(config, packaged=True) | dict(given)
    now["seed"] = FLAGS.seed
    # It changes with any number in the corpora.
    alone = dataclasses.replace(whole, seed=0)
    now["problem"] = cross_validation.problem_fingerprint(alone, Config())
    record.check_settings(folder, record.find_record(folder), now)
    record.Record(now, {"draws": FLAGS.draws} | dict(grid)).write(folder)
    return folder


def corpus_names(whole: problem.Problem) -> dict[str, str]:
    """The columns source and target of each row."""
    return {"source": whole.source.name, "target": whole.target.name}


def read_table(path: Path, columns: Sequence[str] = ("draw",)) -> pd.DataFrame:
    """A table that was written before; where there is none an empty one, of the columns given."""
    return pd.read_csv(path) if path.exists() else pd.DataFrame(columns=list(columns))


def add_rows(path: Path, table: pd.DataFrame, rows: Sequence[Mapping]) -> pd.DataFrame:
    """Writes a table with further rows, and returns it."""
    new = pd.DataFrame(rows)
    table = pd.concat([table, new]) if len(table) else new
    write_atomically(path, table.to_csv(index=False))
    return table
