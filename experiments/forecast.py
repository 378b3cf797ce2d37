r"""Whether ``cada-adapt --learning_curve`` forecasts what further labels bring.

    python -m experiments.forecast --source=nemo:DIR --target=emodb:DIR --output_dir=runs/forecast

Each draw takes the numbers of labelled utterances of --labels of the target, fewer among more,
equally from the classes. From these alone the learning curve is made, by cross-validation as in
cada-adapt. The method is trained on them, on 10 more and on the next number of --labels as well,
and its UA on all other utterances tells what was gained.

The output directory holds truth.csv and curves.csv, to go on from after an interruption,
forecasts.csv, one row per draw, number of labels and number ahead, and summary.txt.
"""

from __future__ import annotations

import dataclasses
import itertools
import logging
from pathlib import Path

import numpy as np
from absl import flags

from cada_tf.apps import adaptation_flags, paths, program, settings
from cada_tf.config import MOST_TRIALS, Config, Scaling
from cada_tf.errors import InputError
from cada_tf.evaluation import EXTRA_LABELS
from cada_tf.folders import make_folder
from cada_tf.lazy import lazy_imports
from cada_tf.methods import METHODS, Target
from cada_tf.startup import limit_threads
from cada_tf.storage import write_atomically
from experiments.run_identity import recorded

with lazy_imports():
    import pandas as pd

    from cada_tf.adaptation import assessment, cross_validation, few_labels
    from cada_tf.corpora import several
    from cada_tf.evaluation import forecast_check, metrics, spread
    from cada_tf.protocol import cell, loading, problem
    from cada_tf.runs import record

FLAGS = flags.FLAGS
with program.group("Input and output"):
    settings.define_source_flag()
    flags.DEFINE_string("target", None, "NAME:PATH: the target corpus, likewise.", required=True)
    paths.define_path("output_dir", "DIR: where the results are and go.", required=True)
with program.group("Draws"):
    flags.DEFINE_integer("draws", 20, "Draws of labelled utterances.", lower_bound=1)
    flags.DEFINE_list("labels", "12,24,50,100", "Numbers of labelled utterances to forecast from.")
    flags.DEFINE_integer("folds", 5, "Folds over them, as of cada-adapt.", lower_bound=2)
    flags.DEFINE_integer(
        "trials",
        4,
        "Repetitions of these, as of cada-adapt.",
        lower_bound=1,
        upper_bound=MOST_TRIALS,
    )
    flags.DEFINE_integer(
        "seed", 0, "The number that draws and training are drawn from.", lower_bound=0
    )
with program.group("Adaptation"):
    flags.DEFINE_enum(
        "method",
        "cada",
        [n for n in adaptation_flags.NETWORKS if METHODS[n].target is Target.EXAMPLES],
        "How to adapt.",
    )
settings.define_corpus_flags()
settings.define_option_flags()

BLOCK = 10
"""Draws whose networks are trained side by side."""

log = logging.getLogger("cada_tf")


def main() -> None:
    """Trains what is missing, then compares."""
    limit_threads()  # as in the workers, so that results are the same on any machine
    config = settings.chosen_config()
    sizes = settings.whole_numbers("labels")
    check_method(config)
    corpora = loading.load_corpora(FLAGS.source, FLAGS.target, settings.corpus_options())
    check_labels(corpora[-1], sizes)
    *sources, target = loading.measure_corpora(corpora, **settings.feature_options())
    whole = problem.make_problem(several.join_corpora(sources), target, seed=FLAGS.seed)
    folder = prepared(whole, config)
    for start in range(0, FLAGS.draws, BLOCK):
        draws = range(start, min(start + BLOCK, FLAGS.draws))
        add_truth(folder / "truth.csv", whole, config, draws, ahead(sizes))
    for size, draw in itertools.product(sizes, range(FLAGS.draws)):
        add_curve(folder / "curves.csv", whole, config, draw, size)
    finish(folder, whole)


def check_method(config: Config) -> None:
    """Refuses what needs more than the source and the labels."""
    if config.scaling not in (Scaling.SOURCE, Scaling.TRAINING) or METHODS[FLAGS.method].unlabelled:
        raise InputError(
            "--scaling, --method: expected source or training, and a method without unlabelled "
            f"recordings; found {config.scaling} and {FLAGS.method}."
        )


def ahead(sizes: list[int]) -> list[tuple[int, int]]:
    """From how many labels to how many a gain is forecast: a few more, and the next size."""
    extra = [(size, size + EXTRA_LABELS) for size in sizes]
    return sorted({*extra, *itertools.pairwise(sizes)})


def check_labels(target: pd.DataFrame, sizes: list[int]) -> None:
    """Refuses numbers that the classes cannot share, or that leave none to test on."""
    classes, rarest = target["class"].nunique(), int(target["class"].value_counts().min())
    for size in sizes:
        if size % classes or EXTRA_LABELS % classes:
            raise InputError(
                f"--labels: expected {classes} classes to share each number and {EXTRA_LABELS} "
                f"more equally; found {size}."
            )
    least, most = 5 * classes, classes * (rarest - 1) - EXTRA_LABELS
    if not least <= sizes[0] <= sizes[-1] <= most:
        raise InputError(
            f"--labels: expected numbers from {least} to {most}, as {target.attrs['name']} has "
            f"{rarest} utterances of its rarest class; found {','.join(map(str, sizes))}."
        )


def prepared(whole: problem.Problem, config: Config) -> Path:
    """The output directory, with its run.json.

    Raises:
        InputError: it holds results of other settings.
    """
    folder = make_folder(FLAGS.output_dir, "output_dir")
    now = {"source": whole.source.name, "target": whole.target.name}
    now |= recorded(config, packaged=True)
    now |= {name: FLAGS[name].value for name in ("method", "folds", "trials", "seed")}
    # It changes with any number in the corpora.
    alone = dataclasses.replace(whole, seed=0)
    now["problem"] = cross_validation.problem_fingerprint(alone, Config())
    record.check_settings(folder, record.find_record(folder), now)
    record.Record(now, {"draws": FLAGS.draws, "labels": FLAGS.labels}).write(folder)
    return folder


def add_truth(
    path: Path,
    whole: problem.Problem,
    config: Config,
    draws: range,
    pairs: list[tuple[int, int]],
) -> None:
    """Trains on the labels of some draws and on more, and adds the UA of both to a table.

    UA of a pair is that on all utterances that neither has the labels of.
    """
    from cada_tf.training.cells import train_cells  # TensorFlow takes seconds to start

    table = read_table(path, ["draw", "labels", "then", "ua", "ua_then"])
    done = set(table[["draw", "labels", "then"]].itertuples(index=False, name=None))
    missing = [(draw, *pair) for draw in draws for pair in pairs if (draw, *pair) not in done]
    if not missing:
        return
    everyone, y_pred, labelled = np.arange(len(whole.target)), {}, {}
    for size in sorted({size for _, *pair in missing for size in pair}):
        for draw in draws:
            labelled[draw, size] = few_labels.draw_labels(whole, size, draw).labelled
        splits = [
            problem.Split(
                draw, 0, labelled[draw, size], np.setdiff1d(everyone, labelled[draw, size])
            )
            for draw in draws
        ]
        # A cell of so many examples has epochs of the length that cada-adapt gives them.
        chosen = cell.Cell(FLAGS.method, size)
        ((_, trained),) = train_cells(whole, config, splits, [chosen])
        for split, fitted in zip(splits, trained, strict=True):
            y_pred[split.trial, size] = np.full(len(everyone), -1)
            y_pred[split.trial, size][split.test] = fitted.y_pred
        log.info("draws %d to %d: trained on %d labels", draws[0] + 1, draws[-1] + 1, size)
    truth, classes, rows = whole.target.labels, len(whole.classes), []
    for draw, labels, then in missing:
        rest = np.setdiff1d(everyone, labelled[draw, then])
        ua = [
            metrics.unweighted_accuracy(truth[rest], y_pred[draw, size][rest], classes)
            for size in (labels, then)
        ]
        rows.append((draw, labels, then, *ua))
    write_rows(path, table, rows)


def add_curve(path: Path, whole: problem.Problem, config: Config, draw: int, labels: int) -> None:
    """Cross-validates over the labels of a draw, and adds the learning curve to a table."""
    table = read_table(path, ["draw", "labels", "now", "slope", "slope_error"])
    if ((table["draw"] == draw) & (table["labels"] == labels)).any():
        return
    drawn = few_labels.draw_labels(whole, labels, draw)
    small = few_labels.few_label_problem(whole, drawn, draw, folds=FLAGS.folds, trials=FLAGS.trials)
    wanted = [*assessment.curve_cells(small, FLAGS.method).values()]
    archive = cross_validation.cross_validate(
        small, config, wanted, cache_dir=FLAGS.cache_dir, jobs=FLAGS.jobs
    )
    curve = assessment.measure_curve(small, FLAGS.method, archive)
    write_rows(path, table, [(draw, labels, curve.now, curve.slope, curve.slope_error)])
    log.info("draw %d of %d: learning curve of %d labels", draw + 1, FLAGS.draws, labels)


def read_table(path: Path, columns: list[str]) -> pd.DataFrame:
    """A table that was written before; an empty one where there is none."""
    return pd.read_csv(path) if path.exists() else pd.DataFrame(columns=columns)


def write_rows(path: Path, table: pd.DataFrame, rows: list[tuple]) -> None:
    """Writes a table with further rows."""
    new = pd.DataFrame(rows, columns=table.columns)
    table = pd.concat([table, new]) if len(table) else new
    write_atomically(path, table.to_csv(index=False))


def finish(folder: Path, whole: problem.Problem) -> None:
    """Writes the forecasts beside the truth, and the summary."""
    curves, truth = pd.read_csv(folder / "curves.csv"), pd.read_csv(folder / "truth.csv")
    rows = truth.merge(curves, on=["draw", "labels"]).sort_values(["labels", "then", "draw"])
    rows.insert(0, "source", whole.source.name)
    rows.insert(1, "target", whole.target.name)
    rows.insert(2, "method", FLAGS.method)
    rows["true_gain"] = rows["ua_then"] - rows["ua"]
    rows[["gain", "low", "high"]] = forecast_check.forecast_rows(rows)
    path = folder / "forecasts.csv"
    write_atomically(path, rows.to_csv(index=False))
    text = summarise(rows)
    write_atomically(folder / "summary.txt", text + "\n")
    print(f"\n{text}\n\ntable: {path}")


def summarise(rows: pd.DataFrame) -> str:
    """How far the forecasts are from the truth, by the number of labels."""
    first = rows.iloc[0]
    lines = [
        f"{first['source']} → {first['target']}, {first['method']}: gain of UA in points, realised "
        "and forecast.",
        "",
        f"{'labels':<12}{'forecast':<14}{'true gain':>12}{'bias':>8}{'error':>8}{'width':>8}"
        f"{'holds':>10}",
    ]
    for row in forecast_check.check_forecasts(rows).itertuples():
        numbers = "".join(f"{100 * value:>8.1f}" for value in (row.bias, row.error, row.width))
        true = spread.plus_minus(100 * row.true, 100 * row.true_sd, sign=" ± ")
        lines.append(
            f"{f'{row.labels} → {row.then}':<12}{row.forecast:<14}{true:>12}{numbers}"
            f"{f'{row.holds}/{row.count}':>10}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    program.start(main)
