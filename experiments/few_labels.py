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

from cada_tf.apps import adaptation_flags, paths, program, settings
from cada_tf.config import MOST_TRIALS, Config, Normalisation, Scaling
from cada_tf.errors import InputError
from cada_tf.folders import make_folder
from cada_tf.lazy import lazy_imports
from cada_tf.methods import make_config
from cada_tf.startup import limit_threads
from cada_tf.storage import write_atomically
from experiments.run_identity import recorded

with lazy_imports():
    import pandas as pd

    from cada_tf.adaptation import adapt, assessment, cross_validation, few_labels
    from cada_tf.corpora import several
    from cada_tf.evaluation import calibration, metrics, significance, spread
    from cada_tf.protocol import loading, problem
    from cada_tf.recogniser import by_speaker
    from cada_tf.runs import record

FLAGS = flags.FLAGS
with program.group("Input and output"):
    settings.define_source_flag()
    flags.DEFINE_string("target", None, "NAME:PATH: the target corpus, likewise.", required=True)
    paths.define_path("output_dir", "DIR: where the results are and go.", required=True)
with program.group("Draws"):
    flags.DEFINE_integer("draws", 20, "Draws of labelled utterances.", lower_bound=1)
    flags.DEFINE_integer("labels", 12, "Labelled utterances in a draw.", lower_bound=2)
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
THRESHOLDS = 0.6, 0.7, 0.8
"""Of cada-predict's --min_confidence, in the summary."""

log = logging.getLogger("cada_tf")


def main() -> None:
    """Draws, adapts and tests what is not done, then summarises."""
    limit_threads()  # as in the workers, so that results are the same on any machine
    adaptation_flags.check_unlabelled(FLAGS.unlabelled != "none")
    corpora = loading.load_corpora(FLAGS.source, FLAGS.target, settings.corpus_options())
    check_labels(corpora[-1])
    *sources, target = loading.measure_corpora(corpora, **settings.feature_options())
    whole = problem.make_problem(several.join_corpora(sources), target, seed=FLAGS.seed)
    folder = prepared(whole)
    if FLAGS.unlabelled == "rest":
        log.warning(
            "TRANSDUCTIVE: the utterances that are tested are used in training, without labels."
        )
    names = ["draws"] if FLAGS.truth_only else ["draws", "confidence"]
    parts = {name: read_part(folder / f"{name}.csv") for name in names}
    for draw in range(FLAGS.draws):
        if draw in set(parts[names[-1]].get("draw", [])):
            continue
        for name, rows in zip(names, one_draw(whole, draw), strict=True):
            # What was written of a draw that was interrupted is written anew.
            kept = parts[name]
            kept = kept[kept["draw"] != draw] if len(kept) else kept
            new = pd.DataFrame([named(whole) | {"draw": draw} | row for row in rows])
            parts[name] = pd.concat([kept, new])
            write_atomically(folder / f"{name}.csv", parts[name].to_csv(index=False))
        log.info("draw %d of %d", draw + 1, FLAGS.draws)
    text = summarise(parts, whole)
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
    return {"source": whole.source.name, "target": whole.target.name, "labels": FLAGS.labels}


def prepared(whole: problem.Problem) -> Path:
    """The output directory, with its run.json.

    Raises:
        InputError: it holds results of other settings.
    """
    folder = make_folder(FLAGS.output_dir, "output_dir")
    given = "labels", "folds", "trials", "seed", "sampling_rate"
    given += "unlabelled", "scaling", "normalisation", "method", "truth_only"
    now = named(whole) | recorded(settings.chosen_config(**WITHOUT_SCALING), packaged=True)
    now |= {name: FLAGS[name].value for name in given}
    # It changes with any number in the corpora.
    alone = dataclasses.replace(whole, seed=0)
    now["problem"] = cross_validation.problem_fingerprint(alone, Config())
    record.check_settings(folder, record.find_record(folder), now)
    record.Record(now, {"draws": FLAGS.draws}).write(folder)
    return folder


def read_part(path: Path) -> pd.DataFrame:
    """A table that was written before; an empty one where there is none."""
    return pd.read_csv(path) if path.exists() else pd.DataFrame()


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
        for threshold in THRESHOLDS:
            kept = confidence >= threshold
            row[f"answered_{threshold}"] = kept.mean()
            row[f"ua_{threshold}"] = (
                metrics.unweighted_accuracy(truth[kept], guess[kept], classes)
                if kept.any()
                else np.nan
            )
        rows.append(row)
    return rows


def summarise(parts: dict[str, pd.DataFrame], whole: problem.Problem) -> str:
    """The truth over the draws, mean ± standard deviation, and the estimates beside it."""
    draws = parts["draws"]
    lines = [heading(draws, whole), ""]
    if FLAGS.truth_only:
        own = draws.groupby("method")["truth"]
        lines += [f"{name:<14}{percent(truth):>14}" for name, truth in own]
    else:
        lines += [*of_estimates(draws), "", *of_leads(draws)]
    if FLAGS.unlabelled != "none":
        lines += ["", of_unlabelled(draws[draws["method"] == FLAGS.method])]
    if not FLAGS.truth_only:
        lines += ["", *of_confidence(parts["confidence"])]
    return "\n".join(lines)


def heading(draws: pd.DataFrame, whole: problem.Problem) -> str:
    """What was drawn and tested."""
    first, count = draws.iloc[0], draws["draw"].nunique()
    given = ""
    if first["pool"]:
        given = f" and {first['pool']} unlabelled utterances ({first['scaling']})"
    tested = {
        "none": f"the other {first['tested']} utterances",
        "half": f"{first['tested']} others",
        "rest": "the unlabelled ones (TRANSDUCTIVE)",
    }
    return (
        f"{whole.source.name} → {whole.target.name}: {count} draws of {FLAGS.labels} labels{given},"
        f" tested on {tested[FLAGS.unlabelled]}; UA in % (chance: {100 / len(whole.classes):.1f})."
    )


def of_unlabelled(own: pd.DataFrame) -> str:
    """What the unlabelled recordings bring, with an interval over the draws."""
    difference = own["truth"] - own["without"]
    effect = significance.corrected_t_test(difference.to_numpy(), 0)
    ahead = (difference > 0).sum()
    return (
        f"{FLAGS.method} with the unlabelled recordings − {without_method()} without: "
        f"{percent(own['truth'])} − {percent(own['without'])} = {percent(difference)} points, 95 % "
        f"interval of the mean {100 * effect.low:+.1f} to {100 * effect.high:+.1f}; ahead in "
        f"{ahead} of {len(own)} draws."
    )


def of_estimates(draws: pd.DataFrame) -> list[str]:
    """Truth and estimate of each system."""
    count = draws["draw"].nunique()
    lines = [
        f"{'system':<14}{'truth':>14}{'estimate':>14}{'off by':>10}{'interval':>10}{'holds':>9}"
    ]
    for name, rows in draws.groupby("method", sort=False):
        off = 100 * (rows["ua"] - rows["truth"])
        width = 100 * (rows["high"] - rows["low"]).mean()
        holds = ((rows["low"] <= rows["truth"]) & (rows["truth"] <= rows["high"])).sum()
        lines.append(
            f"{name:<14}{percent(rows['truth']):>14}{percent(rows['ua']):>14}"
            f"{off.mean():>+10.1f}{width:>10.0f}{f'{holds}/{count}':>9}"
        )
    return lines


def of_leads(draws: pd.DataFrame) -> list[str]:
    """True and estimated lead of the method over each other system."""
    method, count = FLAGS.method, draws["draw"].nunique()
    lines = [f"lead of {method}{'true':>20}{'estimated':>14}{'holds':>9}  warnings"]
    own = draws[draws["method"] == method].set_index("draw")["truth"]
    for name, rows in draws[draws["method"] != method].groupby("method", sort=False):
        rows = rows.set_index("draw")
        lead = own - rows["truth"]
        holds = ((rows["lead_low"] <= lead) & (lead <= rows["lead_high"])).sum()
        told = ""
        if name in assessment.TRANSFER_ADVICE:
            behind, warned = lead <= 0, rows["warned"]
            told = (
                f"{warned.sum()} given, {(warned & behind).sum()} rightly; "
                f"truly behind in {behind.sum()}"
            )
        over = f"over {name}"
        shown = f"{percent(lead):>13}{percent(rows['lead']):>14}{f'{holds}/{count}':>9}"
        lines.append(f"  {over:<19}{shown}  {told}")
    return lines


def of_confidence(confidence: pd.DataFrame) -> list[str]:
    """What confidence is worth, by what it was calibrated on."""
    heads = "".join(f"{h:>13}" for h in ("temperature", "confidence", "accuracy", "error"))
    lines = [f"{'calibrated on':<20}{heads}"]
    for way, rows in confidence.groupby("calibrated_on", sort=False):
        kept = "; ".join(
            f"≥ {t}: {100 * rows[f'answered_{t}'].mean():.0f} % answered, "
            f"UA {100 * rows[f'ua_{t}'].mean():.1f}"
            for t in THRESHOLDS
        )
        lines.append(
            f"{way:<20}{percent(rows['temperature'] / 100, 2):>13}{percent(rows['confidence']):>13}"
            f"{percent(rows['accuracy']):>13}{percent(rows['error']):>13}  {kept}"
        )
    return lines


def percent(values: pd.Series, digits: int = 1) -> str:
    """Mean ± standard deviation, in %."""
    return spread.plus_minus(100 * values.mean(), 100 * values.std(ddof=1), digits, sign=" ± ")


if __name__ == "__main__":
    program.start(main)
