r"""What ``cada-adapt`` makes of a few labels, drawn again and again, and whether its word is true.

    python -m experiments.few_labels --source=nemo:DIR --target=emodb:DIR --output_dir=runs/few

Each draw takes --labels utterances of the target, equally from the classes, for a user's own: from
these alone UA is estimated and recognisers are adapted, as cada-adapt does. All other utterances
then tell the truth. The output directory holds draws.csv, a row a draw and system, confidence.csv,
a row a draw and way to calibrate, and summary.txt. The same command goes on after an interruption.
"""

import dataclasses
import logging
from pathlib import Path

import numpy as np
import pandas as pd
from absl import flags

from cada_tf.adaptation.adapt import Adapted, adapt, train_recogniser
from cada_tf.adaptation.assessment import BASELINES, TRANSFER_ADVICE
from cada_tf.adaptation.cross_validation import problem_fingerprint
from cada_tf.apps import program, settings
from cada_tf.config import Config
from cada_tf.corpora.several import join_corpora
from cada_tf.errors import InputError
from cada_tf.evaluation.calibration import calibration_error, fit_temperature
from cada_tf.evaluation.metrics import unweighted_accuracy
from cada_tf.evaluation.spread import plus_minus
from cada_tf.models import forward
from cada_tf.protocol.loading import load_corpora, measure_corpora
from cada_tf.protocol.problem import (
    LabelledSet,
    Problem,
    keyed_seeds,
    make_problem,
)
from cada_tf.runs.record import Record, check_settings, find_record
from cada_tf.startup import limit_threads
from cada_tf.storage import make_folder, write_atomically

FLAGS = flags.FLAGS
with program.group("Input and output"):
    settings.define_source_flag()
    flags.DEFINE_string("target", None, "NAME:PATH: the target corpus, likewise.", required=True)
    flags.DEFINE_string("output_dir", None, "DIR: where the results are and go.", required=True)
with program.group("Draws"):
    flags.DEFINE_integer("draws", 20, "Draws of labelled utterances.", lower_bound=1)
    flags.DEFINE_integer("labels", 12, "Labelled utterances in a draw.", lower_bound=2)
    flags.DEFINE_integer("folds", 5, "Folds over them, as of cada-adapt.", lower_bound=2)
    flags.DEFINE_integer("trials", 4, "Repetitions of these, as of cada-adapt.", lower_bound=1)
    flags.DEFINE_integer(
        "seed", 0, "The number that draws and training are drawn from.", lower_bound=0
    )
settings.define_corpus_flags()

METHOD = "cada"
SYSTEMS = (METHOD, *BASELINES)
THRESHOLDS = 0.6, 0.7, 0.8
"""Of cada-predict's --min_confidence, in the summary."""

log = logging.getLogger("cada_tf")


def main() -> None:
    """Draws, adapts and tests what is not done, then summarises."""
    limit_threads()  # as in the workers, so that results are the same on any machine
    corpora = load_corpora(FLAGS.source, FLAGS.target, settings.corpus_options())
    check_labels(corpora[-1])
    *sources, target = measure_corpora(corpora, **settings.feature_options())
    whole = make_problem(join_corpora(sources), target, seed=FLAGS.seed)
    folder = prepared(whole)
    parts = {name: read_part(folder / f"{name}.csv") for name in ("draws", "confidence")}
    for draw in range(FLAGS.draws):
        if draw in set(parts["confidence"].get("draw", [])):
            continue
        for name, rows in zip(parts, one_draw(whole, draw), strict=True):
            # What was written of a draw that was interrupted is written anew.
            kept = parts[name]
            kept = kept[kept["draw"] != draw] if len(kept) else kept
            new = pd.DataFrame([named(whole) | {"draw": draw} | row for row in rows])
            parts[name] = pd.concat([kept, new])
            write_atomically(folder / f"{name}.csv", parts[name].to_csv(index=False))
        log.info("draw %d of %d", draw + 1, FLAGS.draws)
    text = summarise(*parts.values(), whole)
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


def named(whole: Problem) -> dict:
    """The columns that all rows share."""
    return {"source": whole.source.name, "target": whole.target.name, "labels": FLAGS.labels}


def prepared(whole: Problem) -> Path:
    """The output directory, with its run.json.

    Raises:
        InputError: it holds results of other settings.
    """
    folder = make_folder(FLAGS.output_dir, "output_dir")
    given = "labels", "folds", "trials", "seed", "sampling_rate"
    now = named(whole) | {name: FLAGS[name].value for name in given}
    now["problem"] = problem_fingerprint(whole, Config())  # changes with any number in the corpora
    check_settings(folder, find_record(folder), now)
    Record(now, {"draws": FLAGS.draws}).write(folder)
    return folder


def read_part(path: Path) -> pd.DataFrame:
    """A table that was written before; an empty one where there is none."""
    return pd.read_csv(path) if path.exists() else pd.DataFrame()


def one_draw(whole: Problem, draw: int) -> tuple[list[dict], list[dict]]:
    """The rows of draws.csv and of confidence.csv."""
    target, per_class = whole.target, FLAGS.labels // len(whole.classes)
    everyone = np.arange(len(target))
    drawn = whole.draw(everyone, per_class, "few", draw)
    few = np.sort(drawn)
    rest = np.setdiff1d(everyone, few)
    problem = dataclasses.replace(
        whole,
        seed=int(keyed_seeds(FLAGS.seed, "few", draw).generate_state(1)[0]),
        target=LabelledSet(target.name, *(v[few] for v in values_of(target))),
        trials=FLAGS.trials,
        folds=min(FLAGS.folds, per_class),
    )
    config = Config()
    adapted = adapt(problem, config, METHOD, cache_dir=FLAGS.cache_dir, jobs=FLAGS.jobs)
    assessment = adapted.assessment
    recognisers = [adapted.recogniser]
    recognisers += [train_recogniser(problem, config, name)[0] for name in SYSTEMS[1:]]
    x, truth = target.features[rest], target.labels[rest]
    ua = [
        unweighted_accuracy(truth, recogniser.predict_proba(x).argmax(-1), len(whole.classes))
        for recogniser in recognisers
    ]
    leads = assessment.leads.set_index("rival")
    rows = [
        {
            **estimate,
            "truth": true,
            "lead": leads["difference"].get(estimate["method"], np.nan),
            "lead_low": leads["low"].get(estimate["method"], np.nan),
            "lead_high": leads["high"].get(estimate["method"], np.nan),
            "warned": any(estimate["method"] in text for text in assessment.warnings),
        }
        for estimate, true in zip(assessment.estimates.to_dict("records"), ua, strict=True)
    ]
    return rows, confidences(adapted, len(whole.classes), x, truth)


def values_of(corpus: LabelledSet) -> tuple[np.ndarray, ...]:
    """What a ``LabelledSet`` has of each utterance."""
    return corpus.features, corpus.labels, corpus.speakers


def confidences(adapted: Adapted, classes: int, x: np.ndarray, truth: np.ndarray) -> list[dict]:
    """What confidence is worth on the other utterances, by what it was calibrated on."""
    recogniser, held_out = adapted.recogniser, adapted.held_out
    logits = forward.logits(recogniser.weights, x * recogniser.factor + recogniser.offset)
    rows, none = [], (held_out[0][:0], held_out[1][:0])
    ways = {
        "nothing": 1.0,
        "source": fit_temperature(held_out, none, classes),
        "source and target": fit_temperature(held_out, adapted.out_of_fold, classes),
    }
    for way, temperature in ways.items():
        probability = forward.probabilities(logits, classes, temperature)
        confidence, guess = probability.max(-1), probability.argmax(-1)
        row = {
            "calibrated_on": way,
            "temperature": temperature,
            "confidence": confidence.mean(),
            "accuracy": np.mean(guess == truth),
            "error": calibration_error(confidence, guess == truth),
        }
        for threshold in THRESHOLDS:
            kept = confidence >= threshold
            row[f"answered_{threshold}"] = kept.mean()
            row[f"ua_{threshold}"] = (
                unweighted_accuracy(truth[kept], guess[kept], classes) if kept.any() else np.nan
            )
        rows.append(row)
    return rows


def summarise(draws: pd.DataFrame, confidence: pd.DataFrame, whole: Problem) -> str:
    """The truth beside the estimates, over the draws: mean ± standard deviation."""
    count = draws["draw"].nunique()
    lines = [
        f"{whole.source.name} → {whole.target.name}: {count} draws of {FLAGS.labels} labels, "
        f"tested on the other {len(whole.target) - FLAGS.labels} utterances; UA in %.",
        "",
        f"{'system':<14}{'truth':>14}{'estimate':>14}{'off by':>10}{'interval':>10}{'holds':>9}",
    ]
    for name, rows in draws.groupby("method", sort=False):
        off = 100 * (rows["ua"] - rows["truth"])
        width = 100 * (rows["high"] - rows["low"]).mean()
        holds = ((rows["low"] <= rows["truth"]) & (rows["truth"] <= rows["high"])).sum()
        lines.append(
            f"{name:<14}{spread(rows['truth']):>14}{spread(rows['ua']):>14}"
            f"{off.mean():>+10.1f}{width:>10.0f}{f'{holds}/{count}':>9}"
        )
    lines += ["", f"lead of {METHOD}{'true':>20}{'estimated':>14}{'holds':>9}  warnings"]
    own = draws[draws["method"] == METHOD].set_index("draw")["truth"]
    for name, rows in draws[draws["method"] != METHOD].groupby("method", sort=False):
        rows = rows.set_index("draw")
        lead = own - rows["truth"]
        holds = ((rows["lead_low"] <= lead) & (lead <= rows["lead_high"])).sum()
        told = ""
        if name in TRANSFER_ADVICE:
            behind, warned = lead <= 0, rows["warned"]
            told = (
                f"{warned.sum()} given, {(warned & behind).sum()} rightly; "
                f"truly behind in {behind.sum()}"
            )
        over = f"over {name}"
        shown = f"{spread(lead):>13}{spread(rows['lead']):>14}{f'{holds}/{count}':>9}"
        lines.append(f"  {over:<19}{shown}  {told}")
    heads = "".join(f"{h:>13}" for h in ("temperature", "confidence", "accuracy", "error"))
    lines += ["", f"{'calibrated on':<20}{heads}"]
    for way, rows in confidence.groupby("calibrated_on", sort=False):
        kept = "; ".join(
            f"≥ {t}: {100 * rows[f'answered_{t}'].mean():.0f} % answered, "
            f"UA {100 * rows[f'ua_{t}'].mean():.1f}"
            for t in THRESHOLDS
        )
        lines.append(
            f"{way:<20}{spread(rows['temperature'] / 100, 2):>13}{spread(rows['confidence']):>13}"
            f"{spread(rows['accuracy']):>13}{spread(rows['error']):>13}  {kept}"
        )
    return "\n".join(lines)


def spread(values: pd.Series, digits: int = 1) -> str:
    """Mean ± standard deviation, in %."""
    return plus_minus(100 * values.mean(), 100 * values.std(ddof=1), digits, sign=" ± ")


if __name__ == "__main__":
    program.start(main)
