r"""What ``cada-adapt`` makes of a few labels, drawn again and again, and whether its word is true.

    python -m experiments.few_labels --source=nemo:DIR --target=emodb:DIR --output_dir=runs/few

Each draw takes --labels utterances of the target, equally from the classes, for a user's own: from
these alone UA is estimated and recognisers are adapted, as cada-adapt does. All other utterances
then tell the truth. --unlabelled gives some of these, without labels, to cada-adapt as well, and
the same method without them stands beside it. --truth_only leaves the estimates out.

The output directory holds draws.csv, one row per draw and system, confidence.csv, one row per draw
and way to calibrate (not with --truth_only), and summary.txt. The same command goes on after an
interruption.
"""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

import numpy as np
from absl import flags

from cada_tf.apps import adaptation_flags, program, settings
from cada_tf.config import Config, Normalisation, Scaling
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports
from cada_tf.methods import make_config
from cada_tf.startup import limit_threads
from cada_tf.storage import write_atomically
from experiments import few_labels_summary, simulation

with lazy_imports():
    import pandas as pd

    from cada_tf.adaptation import adapt, assessment, few_labels
    from cada_tf.evaluation import calibration, metrics
    from cada_tf.protocol import problem
    from cada_tf.recogniser import by_speaker

FLAGS = flags.FLAGS
simulation.define_fold_flags()
with program.group("Draws"):
    flags.DEFINE_integer("labels", 12, "Labelled utterances in a draw.", lower_bound=2)
    flags.DEFINE_bool(
        "truth_only", False, "Train and test the method alone, and estimate nothing: much faster."
    )
with program.group("Adaptation"):
    flags.DEFINE_enum(
        "unlabelled",
        "none",
        ["none", "half", "rest"],
        "Which of the other utterances are given without labels: half of them, and the other half "
        "is tested; or all the rest, which is tested, too (transductive).",
    )
    adaptation_flags.define_adaptation_flags()
settings.define_corpus_flags()
settings.define_option_flags(but=["scaling", "normalisation"])

WITHOUT = "cada"
"""What stands for a method without unlabelled recordings that needs them."""
WITHOUT_SCALING = {"scaling": Scaling.SOURCE, "normalisation": Normalisation.MIN_MAX}
"""The options of scaling that go with it."""

log = logging.getLogger("cada_tf")


def main() -> None:
    """Draws, adapts and tests what is not done, then summarises."""
    limit_threads()  # as in the workers, so that results are the same on any machine
    adaptation_flags.check_unlabelled(FLAGS.unlabelled != "none")
    whole = simulation.read_problem(check_labels)
    folder = prepared(whole)
    if FLAGS.unlabelled == "rest":
        log.warning(
            "TRANSDUCTIVE: the utterances that are tested are used in training, without labels."
        )
    names = ["draws"] if FLAGS.truth_only else ["draws", "confidence"]
    parts = {name: simulation.read_table(folder / f"{name}.csv") for name in names}
    for draw in range(FLAGS.draws):
        if draw in set(parts[names[-1]]["draw"]):
            continue
        for name, rows in zip(names, one_draw(whole, draw), strict=True):
            # What was written of a draw that was interrupted is written anew.
            kept = parts[name][parts[name]["draw"] != draw]
            new = [named(whole) | {"draw": draw} | row for row in rows]
            parts[name] = simulation.add_rows(folder / f"{name}.csv", kept, new)
        log.info("draw %d of %d", draw + 1, FLAGS.draws)
    text = few_labels_summary.summarise(
        parts["draws"], parts.get("confidence"), FLAGS.method, without_method()
    )
    write_atomically(folder / "summary.txt", text + "\n")
    print(f"\n{text}\n\ntable: {folder / 'draws.csv'}")


def check_labels(target: pd.DataFrame) -> None:
    """Refuses a number of labels that the classes cannot share, or that leaves none to test on."""
    counts = target["class"].value_counts()
    classes, rarest, count = len(counts), counts.index[-1], int(counts.iloc[-1])
    if FLAGS.labels % classes:
        raise InputError(
            f"--labels: expected a multiple of {classes}, which the classes share equally; "
            f"found {FLAGS.labels}."
        )
    if FLAGS.labels // classes >= count:
        raise InputError(
            f"--labels: expected at most {classes * (count - 1)}, as {target.attrs['name']} has "
            f"{count} utterances of {rarest} and some must remain to test on; found "
            f"{FLAGS.labels}. Draw fewer."
        )


def named(whole: problem.Problem) -> dict:
    """The columns that all rows share."""
    return simulation.corpus_names(whole) | {"labels": FLAGS.labels}


def prepared(whole: problem.Problem) -> Path:
    """The output directory, with its run.json.

    Raises:
        InputError: it holds results of other settings.
    """
    given = "labels", "folds", "trials", "sampling_rate"
    given += "unlabelled", "scaling", "normalisation", "method", "truth_only"
    values = {name: FLAGS[name].value for name in given}
    return simulation.output_folder(whole, settings.chosen_config(**WITHOUT_SCALING), values)


def one_draw(whole: problem.Problem, draw: int) -> list[list[dict]]:
    """The rows of draws.csv, and of confidence.csv where there is one."""
    unlabelled = few_labels.Unlabelled(FLAGS.unlabelled)
    drawn = few_labels.draw_labels(whole, FLAGS.labels, draw, unlabelled)
    small = few_labels.few_label_problem(whole, drawn, draw, folds=FLAGS.folds, trials=FLAGS.trials)
    options, _ = adaptation_flags.chosen_options(small)
    config = settings.chosen_config(**options)
    method, _ = adaptation_flags.chosen_method(small, config)
    shared = {
        "unlabelled": FLAGS.unlabelled,
        "scaling": str(config.scaling),
        "classes": len(whole.classes),
        "pool": len(drawn.pool),
        "tested": len(drawn.tested),
    }
    if FLAGS.truth_only:
        rows, confidence = [{}], []
        recognisers = [adapt.train_recogniser(small, config, method)[0]]
    else:
        options = {"cache_dir": FLAGS.cache_dir, "jobs": FLAGS.jobs, "new_speaker": False}
        adapted = adapt.adapt(small, config, method, **options)
        rows, confidence = estimates(adapted.assessment), [confidences(adapted, whole, drawn)]
        rivals = [row["method"] for row in rows[1:]]
        recognisers = [adapted.recogniser]
        recognisers += [adapt.train_recogniser(small, config, name)[0] for name in rivals]
    rows[0] |= {"method": FLAGS.method, "chosen": method}
    for row, recogniser in zip(rows, recognisers, strict=True):
        row |= shared | {"truth": few_labels.true_ua(recogniser, whole.target, drawn.tested)}
    if small.pool is not None:
        rows[0]["without"] = without_unlabelled(small, config, whole, drawn)
    return [rows, *confidence]


def estimates(found: assessment.Assessment) -> list[dict]:
    """What is estimated from the labels of a draw, a row per system."""
    leads = found.leads.set_index("rival")
    return [
        estimate
        | {
            "lead": leads["difference"].get(estimate["method"], np.nan),
            "lead_low": leads["low"].get(estimate["method"], np.nan),
            "lead_high": leads["high"].get(estimate["method"], np.nan),
            "warned": any(estimate["method"] in text for text in found.warnings),
        }
        for estimate in found.estimates.to_dict("records")
    ]


def without_unlabelled(
    small: problem.Problem,
    config: Config,
    whole: problem.Problem,
    drawn: few_labels.FewLabels,
) -> float:
    """True UA of ``without_method``, by the same labels alone, on the same utterances."""
    if config.scaling.semi_supervised:
        config = make_config(config, **WITHOUT_SCALING)
    alone = dataclasses.replace(small, pool=None)
    method = without_method()
    if method == adaptation_flags.AUTO:
        method, _ = adaptation_flags.chosen_method(alone, config)
    recogniser, _ = adapt.train_recogniser(alone, config, method)
    return few_labels.true_ua(recogniser, whole.target, drawn.tested)


def without_method() -> str:
    """The method itself, or another if it needs unlabelled recordings."""
    return WITHOUT if FLAGS.method in adaptation_flags.SEMI_SUPERVISED else FLAGS.method


def confidences(
    adapted: adapt.Adapted, whole: problem.Problem, drawn: few_labels.FewLabels
) -> list[dict]:
    """What confidence is worth on the other utterances, by what it was calibrated on."""
    recogniser, held_out, target = adapted.recogniser, adapted.held_out, whole.target
    classes, truth = len(whole.classes), target.labels[drawn.tested]
    given = target.features[drawn.tested], target.speakers[drawn.tested]
    rows, none = [], (held_out[0][:0], held_out[1][:0])
    ways = {
        "nothing": 1.0,
        "source": calibration.fit_temperature(held_out, none, classes),
        "source and target": calibration.fit_temperature(held_out, adapted.out_of_fold, classes),
    }
    for way, temperature in ways.items():
        tempered = dataclasses.replace(recogniser, temperature=temperature)
        probability = by_speaker.predict_proba_by_speaker(tempered, *given)
        confidence, guess = probability.max(-1), probability.argmax(-1)
        row = {
            "calibrated_on": way,
            "temperature": temperature,
            "confidence": confidence.mean(),
            "accuracy": np.mean(guess == truth),
            "error": calibration.calibration_error(confidence, guess == truth),
        }
        for threshold in few_labels_summary.THRESHOLDS:
            kept = confidence >= threshold
            row[f"answered_{threshold}"] = kept.mean()
            row[f"ua_{threshold}"] = (
                metrics.unweighted_accuracy(truth[kept], guess[kept], classes)
                if kept.any()
                else np.nan
            )
        rows.append(row)
    return rows


if __name__ == "__main__":
    program.start(main)
