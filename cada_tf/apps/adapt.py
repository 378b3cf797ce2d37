r"""Makes a recogniser for your own recordings from a few labelled ones of them.

    cada-adapt --source=nemo:DIR --target=my_few.csv --output=my_model

my_few.csv has the columns file and class (or emotion), and speaker if you know it. The recogniser
is my_model.keras; my_model.md says what it was made of, how good it may be, by cross-validation
over the labelled recordings, and whether adaptation helps. Recognise others with

    cada-predict my_model more/*.wav
"""

import logging
import re
import shlex
import sys
from pathlib import Path

import pandas as pd
from absl import flags

from cada_tf.adaptation.adapt import adapt, out_of_fold
from cada_tf.adaptation.assessment import Judgement, cells_for, judge, points, too_few
from cada_tf.adaptation.cross_validation import cross_validate, first_networks
from cada_tf.adaptation.model_card import interval, percents, render
from cada_tf.apps import learning_curve, program, settings
from cada_tf.audio.features import FEATURE_NAMES
from cada_tf.audio.opensmile import FEATURE_SET, VERSION
from cada_tf.config import Readings, Sources
from cada_tf.corpora.registry import load_examples
from cada_tf.corpora.several import join_corpora
from cada_tf.errors import InputError
from cada_tf.evaluation.calibration import Examples
from cada_tf.evaluation.learning_curve import EXTRA_LABELS
from cada_tf.methods.methods import METHODS, Target
from cada_tf.protocol.problem import Problem, check_classes, labelled_set
from cada_tf.recogniser.model_file import located, save
from cada_tf.recogniser.recogniser import Measurement, Recogniser
from cada_tf.startup import limit_threads
from cada_tf.storage import write_atomically

FLAGS = flags.FLAGS
log = logging.getLogger("cada_tf")


def define_flags() -> None:
    """What can be asked for."""
    with program.group("Input and output"):
        settings.define_source_flag()
        flags.DEFINE_string(
            "target",
            None,
            "TABLE: the labelled recordings: a CSV or Parquet file with the columns file and class "
            "or emotion, speaker if known; or NAME:PATH as for --source.",
            required=True,
        )
        flags.DEFINE_string("output", None, "MODEL: what to write, MODEL.keras.", required=True)
    with program.group("Adaptation"):
        flags.DEFINE_enum(
            "method",
            "cada",
            [name for name in METHODS if name != "all-target"],
            "How to adapt; all-source does not, label-target does without the source.",
        )
        flags.DEFINE_enum(
            "sources",
            str(Sources.POOLED),
            [str(choice) for choice in Sources],
            "Several sources are one domain to CADA, or a domain each; each has its own scale.",
        )
        flags.DEFINE_integer(
            "seed", 0, "The number that all training and folds are drawn from.", lower_bound=0
        )
    with program.group("Estimation"):
        flags.DEFINE_bool(
            "learning_curve",
            False,
            f"Tell how UA grows with the labels, and what the next {EXTRA_LABELS} should bring.",
        )
        flags.DEFINE_integer(
            "folds",
            5,
            "Folds of the cross-validation over the labelled recordings; fewer if a class has "
            "fewer.",
            lower_bound=2,
        )
        flags.DEFINE_integer("trials", 4, "Repetitions of the cross-validation.", lower_bound=1)
    settings.define_corpus_flags()


def main() -> None:
    """Reads, judges, adapts, and writes."""
    limit_threads()  # as in the workers, so that results are the same on any machine
    output = located(FLAGS.output)
    if not output.parent.is_dir():
        raise InputError(f"--output: expected a folder at {output.parent}, found none. Make it.")
    corpora = settings.measured_corpora(load_examples)
    readings = Readings(sources=Sources(FLAGS.sources))
    problem = make_problem(corpora)
    judgement, answered = judged(problem, readings)
    recogniser = adapt(
        problem,
        readings,
        FLAGS.method,
        features=FEATURE_NAMES,
        measured=Measurement(FEATURE_SET.name, VERSION, FLAGS.sampling_rate),
        answered=answered,
    )
    # Where the user keeps things is nobody's affair who is given the model.
    words = [re.sub(r"[^=:,]*/", "", word) for word in sys.argv[1:]]
    command = shlex.join(["cada-adapt", *words])
    card = render(recogniser, problem, readings, judgement, corpora, answered, command)
    valence = {e: c for corpus in corpora for e, c in corpus[["emotion", "class"]].to_numpy()}
    finish(recogniser.with_card(card, valence), judgement, output)


def make_problem(corpora: list[pd.DataFrame]) -> Problem:
    """Sources and labelled examples, with as many folds as the rarest class allows."""
    *sources, target = corpora
    source, classes = join_corpora(sources), check_classes(sources[0], target)
    rarest = int(target["class"].value_counts().min())
    return Problem(
        labelled_set(source, classes),
        labelled_set(target, classes),
        classes,
        seed=FLAGS.seed,
        trials=FLAGS.trials,
        folds=max(2, min(FLAGS.folds, rarest)),
    )


def judged(problem: Problem, readings: Readings) -> tuple[Judgement, Examples | None]:
    """What the labelled examples say of the method, and its answers to calibrate by."""
    method, curve = FLAGS.method, FLAGS.learning_curve
    reason = too_few(problem.target.labels, problem.classes)
    if reason:
        return Judgement(method, too_few=reason), None
    log.info(
        "judging %s by %d × %d folds of the labelled recordings",
        *(method, problem.trials, problem.folds),
    )
    cells = cells_for(problem, method, curve=curve)
    table, archive = cross_validate(
        problem, readings, cells, cache_dir=FLAGS.cache_dir, jobs=FLAGS.jobs
    )
    answered = None
    if METHODS[method].target is not Target.NONE:
        answered = out_of_fold(problem, readings, method, first_networks(archive, problem, method))
    return judge(problem, method, table, archive, curve=curve), answered


def finish(recogniser: Recogniser, judgement: Judgement, output: Path) -> None:
    """Writes the model, its card and its curve; says what they are, and warns."""
    written = {"model": save(recogniser, output), "card": output.with_suffix(".md")}
    write_atomically(written["card"], recogniser.card)
    if judgement.curve is not None:
        written |= learning_curve.write(judgement.curve, output, judgement.method)
    if not judgement.too_few:
        print(f"\n{report(judgement)}\n")
    for warning in judgement.warnings:
        log.warning("WARNING: %s", warning)
    for name, path in written.items():
        print(f"{name}: {path}")


def report(judgement: Judgement) -> str:
    """The estimates, the comparisons and the learning curve, as text."""
    lines = [
        "UA in % on labelled recordings that the networks had not seen "
        f"({judgement.trials} × {judgement.folds} folds), with its 95 % interval:"
    ]
    for row in judgement.estimates.itertuples():
        ua, between = percents(row)
        lines.append(f"  {row.method:<14} {ua:>5}   {between}")
    lines.append("Its lead, in points of UA:")
    for row in judgement.comparisons.itertuples():
        over = f"over {row.rival}"
        lines.append(f"  {over:<14} {points(row.difference):>5}   {interval(row)}")
    if judgement.curve is not None:
        lines.append(learning_curve.describe(judgement.curve))
    return "\n".join(lines)


def run() -> None:
    """The program."""
    define_flags()
    program.start(main, documentation=__doc__)


if __name__ == "__main__":
    run()
