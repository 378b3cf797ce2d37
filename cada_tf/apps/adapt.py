r"""Makes a recogniser for your own recordings from a few labelled ones of them.

    cada-adapt --source=nemo:DIR --target=my_few.csv --output=my_model

my_few.csv has the columns file and class (or emotion), and speaker if you know it. The recogniser
is my_model.keras; my_model.md says what it was made of, how good it may be, by cross-validation
over the labelled recordings, and whether adaptation helps. Recognise others with

    cada-predict my_model more/*.wav
"""

from __future__ import annotations

import logging
import re
import shlex
import sys
from pathlib import Path

from absl import flags

from cada_tf.adaptation.strategy import DEFAULT, Strategy
from cada_tf.apps import adapt_input, adaptation_flags, paths, program, settings
from cada_tf.config import MOST_TRIALS, Sources
from cada_tf.evaluation import EXTRA_LABELS
from cada_tf.folders import check_output
from cada_tf.lazy import lazy_imports
from cada_tf.methods import all_options, make_config
from cada_tf.startup import limit_threads
from cada_tf.storage import write_atomically

with lazy_imports():
    from cada_tf.adaptation import adapt, assessment, model_card, next_labels
    from cada_tf.apps import learning_curve, suggestions
    from cada_tf.recogniser import model_file, recogniser

FLAGS = flags.FLAGS

log = logging.getLogger("cada_tf")


def define_flags() -> None:
    """What can be asked for."""
    with program.group("Input and output"):
        settings.define_source_flag()
        flags.DEFINE_multi_string(
            "target",
            None,
            "TABLE: the labelled recordings: a CSV or Parquet file with the columns file and class "
            "or emotion, speaker if known; or NAME:PATH as for --source. Given more than once: of "
            "all.",
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
        settings.define_option(all_options()["patience"])
        flags.DEFINE_enum(
            "sources",
            str(Sources.POOLED),
            [str(choice) for choice in Sources],
            "Several sources are one domain to CADA, or a domain each; each has its own scale.",
        )
        flags.DEFINE_integer(
            "seed", 0, "The number that all training and folds are drawn from.", lower_bound=0
        )
    with program.group("Labelling more"):
        flags.DEFINE_integer(
            "suggest",
            0,
            "How many of the --unlabelled recordings to suggest to label next: a table to fill in, "
            "MODEL-suggested.csv, and a page to listen to them, MODEL-suggested.html.",
            lower_bound=0,
        )
        flags.DEFINE_enum(
            "suggest_by",
            str(DEFAULT),
            list(map(str, Strategy)),
            "How they are chosen; docs/labels.md says what each does and what it is worth.",
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
    adapt_input.check_unlabelled()
    if FLAGS.suggest:
        suggestions.check_no_labels_lost(suggestions.table_beside(output))
    limit_threads()  # as in the workers, so that results are the same on any machine
    corpora, pool = adapt_input.load_corpora()
    few = adapt_input.few_label_problem(corpora, pool)
    options, choices = adaptation_flags.chosen_options(few)
    config = make_config(**{"sources": FLAGS.sources, "patience": FLAGS.patience} | options)
    method, reasons = adaptation_flags.chosen_method(few, config)
    choices += reasons
    adapted = adapt.adapt(
        few,
        config,
        method,
        curve=FLAGS.learning_curve,
        cache_dir=FLAGS.cache_dir,
        jobs=FLAGS.jobs,
    )
    # Where the user keeps things is nobody's affair who is given the model.
    words = [re.sub(r"[^=:,]*/", "", word) for word in sys.argv[1:]]
    command = shlex.join(["cada-adapt", *words])
    card = model_card.render(adapted, few, config, corpora, command, choices)
    valence = {e: c for corpus in corpora for e, c in corpus[["emotion", "class"]].to_numpy()}
    finish(adapted.recogniser.with_card(card, valence), adapted.assessment, output)
    if FLAGS.suggest:
        strategy = Strategy(FLAGS.suggest_by)
        found = next_labels.next_labels(few, adapted.recogniser, FLAGS.suggest, strategy)
        label, names = suggestions.what_to_fill_in(FLAGS.classes, few.classes, valence)
        folder = adapt_input.pool_folder()
        written = suggestions.write(found, pool, folder, output, label=label, choices=names)
        print_paths(written)


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
    print_paths(written)


def print_paths(written: dict[str, Path]) -> None:
    """Says where things are, what each is → where."""
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
