r"""Makes a recogniser for your own recordings from a few labelled ones of them.

    cada-adapt --source=nemo:DIR --target=my_few.csv --output=my_model

my_few.csv has the columns file and class (or emotion), and speaker if you know it. The recogniser
is my_model.keras; my_model.md says what it was made of, how good it may be, by cross-validation
over the labelled recordings, and whether adaptation helps. Recognise others with

    cada-predict my_model more/*.wav
"""

from __future__ import annotations

import dataclasses
import logging
import re
import shlex
import sys
from pathlib import Path

from absl import flags

from cada_tf.apps import adaptation_flags, paths, program, settings
from cada_tf.config import MOST_TRIALS, Sources
from cada_tf.errors import InputError
from cada_tf.evaluation import EXTRA_LABELS
from cada_tf.folders import check_output
from cada_tf.lazy import lazy_imports
from cada_tf.methods import make_config
from cada_tf.startup import limit_threads
from cada_tf.storage import write_atomically

with lazy_imports():
    import pandas as pd

    from cada_tf.adaptation import adapt, assessment, model_card
    from cada_tf.apps import learning_curve
    from cada_tf.corpora import registry, several
    from cada_tf.protocol import loading, problem
    from cada_tf.recogniser import model_file, recogniser

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
        paths.define_path(
            "unlabelled",
            "PATH: other recordings of the target, without labels: a folder of them, or a table "
            "with the column file, speaker if known. Features are scaled by them, and some methods "
            "are trained on them.",
        )
        flags.DEFINE_bool(
            "speaker_folders",
            False,
            "Below --unlabelled each folder has the recordings of one speaker, whom it names.",
        )
        paths.define_path("output", "MODEL: what to write, MODEL.keras.", required=True)
    with program.group("Adaptation"):
        adaptation_flags.define_adaptation_flags()
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
        flags.DEFINE_integer(
            "trials",
            4,
            "Repetitions of the cross-validation.",
            lower_bound=1,
            upper_bound=MOST_TRIALS,
        )
    settings.define_corpus_flags()


def main() -> None:
    """Reads, adapts and assesses, and writes."""
    output = model_file.with_suffix(FLAGS.output)
    check_output(output)
    adaptation_flags.check_unlabelled(bool(FLAGS.unlabelled))
    if FLAGS.speaker_folders and not FLAGS.unlabelled:
        raise InputError("expected --unlabelled with it, found none.", option="speaker_folders")
    limit_threads()  # as in the workers, so that results are the same on any machine
    options = settings.corpus_options()
    corpora = loading.load_corpora(
        FLAGS.source, FLAGS.target, options, load_target=registry.load_examples
    )
    corpora = loading.measure_corpora(corpora, **settings.feature_options())
    few = few_label_problem(corpora)
    if FLAGS.unlabelled:
        few = dataclasses.replace(
            few,
            pool=loading.load_pool(
                FLAGS.unlabelled,
                corpora,
                options,
                speaker_folders=FLAGS.speaker_folders,
                **settings.feature_options(),
            ),
        )
    config = make_config(sources=FLAGS.sources, scaling=adaptation_flags.chosen_scaling(few.pool))
    adapted = adapt.adapt(
        few,
        config,
        FLAGS.method,
        curve=FLAGS.learning_curve,
        cache_dir=FLAGS.cache_dir,
        jobs=FLAGS.jobs,
    )
    # Where the user keeps things is nobody's affair who is given the model.
    words = [re.sub(r"[^=:,]*/", "", word) for word in sys.argv[1:]]
    command = shlex.join(["cada-adapt", *words])
    card = model_card.render(adapted, few, config, corpora, command)
    valence = {e: c for corpus in corpora for e, c in corpus[["emotion", "class"]].to_numpy()}
    finish(adapted.recogniser.with_card(card, valence), adapted.assessment, output)


def few_label_problem(corpora: list[pd.DataFrame]) -> problem.Problem:
    """Sources and labelled examples, with as many folds as the rarest class allows."""
    *sources, target = corpora
    rarest = int(target["class"].value_counts().min())
    return problem.to_problem(
        several.join_corpora(sources),
        target,
        seed=FLAGS.seed,
        trials=FLAGS.trials,
        folds=max(2, min(FLAGS.folds, rarest)),
    )


def finish(made: recogniser.Recogniser, result: assessment.Assessment, output: Path) -> None:
    """Writes the model, its card and its curve; says what they are, and warns."""
    written = {"model": model_file.save(made, output), "card": output.with_suffix(".md")}
    write_atomically(written["card"], made.card)
    if result.curve is not None:
        written |= learning_curve.write(result.curve, output, result.method, result.chance)
    if not result.too_few:
        print(f"\n{report(result)}\n")
    for warning in result.warnings:
        log.warning("WARNING: %s", warning)
    for name, path in written.items():
        print(f"{name}: {path}")


def report(result: assessment.Assessment) -> str:
    """The estimates, the leads and the learning curve, as text."""
    lines = [
        f"UA in % (chance: {100 * result.chance:.1f}) on labelled recordings that the networks "
        f"had not seen, and the lead of {result.method} in points, with 95 % intervals.",
        f"For the speakers labelled ({result.trials} × {result.folds} folds):",
        *estimates(result),
    ]
    if (other := result.new_speaker) and other.too_few:
        lines.append(f"For a new speaker: not known, since {other.too_few}")
    elif other:
        grid = f"{other.trials} × {other.folds} folds"
        lines += [f"For a new speaker ({grid} that keep speakers apart):", *estimates(other)]
    if result.curve is not None:
        lines.append(learning_curve.describe(result.curve))
    return "\n".join(lines)


def estimates(result: assessment.Assessment) -> list[str]:
    """One line per method: its UA, and the lead over it."""
    lines, leads = [], result.leads.set_index("rival")
    for row in result.estimates.itertuples():
        ua, between = model_card.percents(row)
        line = f"  {row.method:<14} {ua:>5}   {between:<10}"
        if row.method in leads.index:
            lead = leads.loc[row.method]
            line += f"   lead {assessment.points(lead.difference):>5}   {assessment.interval(lead)}"
        lines.append(line.rstrip())
    return lines


def run() -> None:
    """The program."""
    define_flags()
    program.start(main, documentation=__doc__)


if __name__ == "__main__":
    run()
