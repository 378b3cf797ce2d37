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

import itertools
import logging
from pathlib import Path

import numpy as np
from absl import flags

from cada_tf.apps import adaptation_flags, program, settings
from cada_tf.config import Config, Scaling
from cada_tf.errors import InputError
from cada_tf.evaluation import EXTRA_LABELS
from cada_tf.lazy import lazy_imports
from cada_tf.methods import METHODS, Target
from cada_tf.startup import limit_threads
from cada_tf.storage import write_atomically
from experiments import simulation

with lazy_imports():
    import pandas as pd

    from cada_tf.adaptation import assessment, cross_validation, few_labels
    from cada_tf.evaluation import forecast_check, metrics, spread
    from cada_tf.protocol import cell, problem

FLAGS = flags.FLAGS
simulation.define_fold_flags()
with program.group("Draws"):
    flags.DEFINE_list("labels", "12,24,50,100", "Numbers of labelled utterances to forecast from.")
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
    whole = simulation.read_problem(lambda target: check_labels(target, sizes))
    given = {name: FLAGS[name].value for name in ("method", "folds", "trials")}
    folder = simulation.output_folder(whole, config, given, {"labels": FLAGS.labels})
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
    table = simulation.read_table(path, ["draw", "labels", "then", "ua", "ua_then"])
    done = set(table[["draw", "labels", "then"]].itertuples(index=False, name=None))
    missing = [(draw, *pair) for draw in draws for pair in pairs if (draw, *pair) not in done]
    trained = {}
    for size in sorted({size for _, *pair in missing for size in pair}):
        for draw, tested in zip(draws, train_draws(whole, config, draws, size), strict=True):
            trained[draw, size] = tested
        log.info("draws %d to %d: trained on %d labels", draws[0] + 1, draws[-1] + 1, size)
    truth, classes, rows = whole.target.labels, len(whole.classes), []
    for draw, labels, then in missing:
        # Fewer labels are among more, so what is tested with more is tested with both.
        (tested, before), (rest, after) = trained[draw, labels], trained[draw, then]
        ua, ua_then = (
            metrics.unweighted_accuracy(truth[rest], y_pred, classes)
            for y_pred in (before[np.isin(tested, rest)], after)
        )
        names = {"draw": draw, "labels": labels, "then": then}
        rows.append(names | {"ua": ua, "ua_then": ua_then})
    if rows:
        simulation.add_rows(path, table, rows)


def train_draws(
    whole: problem.Problem, config: Config, draws: range, labels: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Trains on some labels of each draw, and tests on all utterances without.

    Returns:
        For each draw positions of the utterances tested, ascending, and the classes given to them.
    """
    from cada_tf.training.cells import train_cells  # TensorFlow takes seconds to start

    everyone, splits = np.arange(len(whole.target)), []
    for draw in draws:
        labelled = few_labels.draw_labels(whole, labels, draw).labelled
        splits.append(problem.Split(draw, 0, labelled, np.setdiff1d(everyone, labelled)))
    # A cell of so many examples has epochs of the length that cada-adapt gives them.
    ((_, trained),) = train_cells(whole, config, splits, [cell.Cell(FLAGS.method, labels)])
    return [(split.test, one.y_pred) for split, one in zip(splits, trained, strict=True)]


def add_curve(path: Path, whole: problem.Problem, config: Config, draw: int, labels: int) -> None:
    """Cross-validates over the labels of a draw, and adds the learning curve to a table."""
    table = simulation.read_table(path, ["draw", "labels", "now", "slope", "slope_error"])
    if ((table["draw"] == draw) & (table["labels"] == labels)).any():
        return
    drawn = few_labels.draw_labels(whole, labels, draw)
    small = few_labels.few_label_problem(whole, drawn, draw, folds=FLAGS.folds, trials=FLAGS.trials)
    wanted = [*assessment.curve_cells(small, FLAGS.method).values()]
    archive = cross_validation.cross_validate(
        small, config, wanted, cache_dir=FLAGS.cache_dir, jobs=FLAGS.jobs
    )
    curve = assessment.measure_curve(small, FLAGS.method, archive)
    row = {"draw": draw, "labels": labels, "now": curve.now}
    row |= {"slope": curve.slope, "slope_error": curve.slope_error}
    simulation.add_rows(path, table, [row])
    log.info("draw %d of %d: learning curve of %d labels", draw + 1, FLAGS.draws, labels)


def finish(folder: Path, whole: problem.Problem) -> None:
    """Writes the forecasts beside the truth, and the summary."""
    curves, truth = pd.read_csv(folder / "curves.csv"), pd.read_csv(folder / "truth.csv")
    rows = truth.merge(curves, on=["draw", "labels"]).sort_values(["labels", "then", "draw"])
    names = simulation.corpus_names(whole) | {"method": FLAGS.method}
    for place, (name, value) in enumerate(names.items()):
        rows.insert(place, name, value)
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
