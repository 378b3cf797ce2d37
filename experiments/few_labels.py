r"""What ``cada-adapt`` makes of a few labels, drawn again and again, and whether its word is true.

    python -m experiments.few_labels --source=nemo:DIR --target=emodb:DIR --output_dir=runs/few

Each draw takes --labels utterances of the target, equally from the classes, for a user's own: from
these alone UA is estimated and recognisers are adapted, as cada-adapt does. All other utterances
then tell the truth. The output directory holds draws.csv, a row a draw and system, confidence.csv,
a row a draw and way to calibrate, and summary.txt. The same command goes on after an interruption.
"""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

import numpy as np
from absl import flags

from cada_tf.apps import paths, program, settings
from cada_tf.config import MOST_TRIALS, Config
from cada_tf.errors import InputError
from cada_tf.folders import make_folder
from cada_tf.lazy import lazy_imports
from cada_tf.startup import limit_threads
from cada_tf.storage import write_atomically

with lazy_imports():
    import pandas as pd

    from cada_tf.adaptation import adapt, assessment, cross_validation
    from cada_tf.corpora import several
    from cada_tf.evaluation import calibration, metrics, spread
    from cada_tf.models import forward
    from cada_tf.protocol import keyed, loading, problem
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
settings.define_corpus_flags()

METHOD = "cada"
THRESHOLDS = 0.6, 0.7, 0.8
"""Of cada-predict's --min_confidence, in the summary."""

log = logging.getLogger("cada_tf")


def main() -> None:
    """Draws, adapts and tests what is not done, then summarises."""
    limit_threads()  # as in the workers, so that results are the same on any machine
    corpora = loading.load_corpora(FLAGS.source, FLAGS.target, settings.corpus_options())
    check_labels(corpora[-1])
    *sources, target = loading.measure_corpora(corpora, **settings.feature_options())
    whole = problem.make_problem(several.join_corpora(sources), target, seed=FLAGS.seed)
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
    now = named(whole) | {name: FLAGS[name].value for name in given}
    # It changes with any number in the corpora.
    now["problem"] = cross_validation.problem_fingerprint(whole, Config())
    record.check_settings(folder, record.find_record(folder), now)
    record.Record(now, {"draws": FLAGS.draws}).write(folder)
    return folder


def read_part(path: Path) -> pd.DataFrame:
    """A table that was written before; an empty one where there is none."""
    return pd.read_csv(path) if path.exists() else pd.DataFrame()


def one_draw(whole: problem.Problem, draw: int) -> tuple[list[dict], list[dict]]:
    """The rows of draws.csv and of confidence.csv."""
    target, per_class = whole.target, FLAGS.labels // len(whole.classes)
    everyone = np.arange(len(target))
    drawn = whole.draw(everyone, per_class, "few", draw)
    few = np.sort(drawn)
    rest = np.setdiff1d(everyone, few)
    small = dataclasses.replace(
        whole,
        seed=int(keyed.keyed_seeds(FLAGS.seed, "few", draw).generate_state(1)[0]),
        target=problem.LabelledSet(target.name, *(v[few] for v in values_of(target))),
        trials=FLAGS.trials,
        folds=min(FLAGS.folds, per_class),
    )
    config = Config()
    options = {"cache_dir": FLAGS.cache_dir, "jobs": FLAGS.jobs}
    adapted = adapt.adapt(small, config, METHOD, new_speaker=False, **options)
    found = adapted.assessment
    recognisers = [adapted.recogniser]
    recognisers += [adapt.train_recogniser(small, config, name)[0] for name in assessment.BASELINES]
    x, truth, classes = target.features[rest], target.labels[rest], len(whole.classes)
    ua = [
        metrics.unweighted_accuracy(truth, recogniser.predict_proba(x).argmax(-1), classes)
        for recogniser in recognisers
    ]
    leads = found.leads.set_index("rival")
    rows = [
        {
            **estimate,
            "classes": classes,
            "truth": true,
            "lead": leads["difference"].get(estimate["method"], np.nan),
            "lead_low": leads["low"].get(estimate["method"], np.nan),
            "lead_high": leads["high"].get(estimate["method"], np.nan),
            "warned": any(estimate["method"] in text for text in found.warnings),
        }
        for estimate, true in zip(found.estimates.to_dict("records"), ua, strict=True)
    ]
    return rows, confidences(adapted, classes, x, truth)


def values_of(corpus: problem.LabelledSet) -> tuple[np.ndarray, ...]:
    """What a ``LabelledSet`` has of each utterance."""
    return corpus.features, corpus.labels, corpus.speakers


def confidences(
    adapted: adapt.Adapted, classes: int, x: np.ndarray, truth: np.ndarray
) -> list[dict]:
    """What confidence is worth on the other utterances, by what it was calibrated on."""
    recogniser, held_out = adapted.recogniser, adapted.held_out
    logits = forward.logits(recogniser.weights, recogniser.scale(x))
    rows, none = [], (held_out[0][:0], held_out[1][:0])
    ways = {
        "nothing": 1.0,
        "source": calibration.fit_temperature(held_out, none, classes),
        "source and target": calibration.fit_temperature(held_out, adapted.out_of_fold, classes),
    }
    for way, temperature in ways.items():
        probability = forward.probabilities(logits, classes, temperature)
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


def summarise(draws: pd.DataFrame, confidence: pd.DataFrame, whole: problem.Problem) -> str:
    """The truth beside the estimates, over the draws: mean ± standard deviation."""
    count = draws["draw"].nunique()
    lines = [
        f"{whole.source.name} → {whole.target.name}: {count} draws of {FLAGS.labels} labels, "
        f"tested on the other {len(whole.target) - FLAGS.labels} utterances; UA in % (chance: "
        f"{100 / len(whole.classes):.1f}).",
        "",
        f"{'system':<14}{'truth':>14}{'estimate':>14}{'off by':>10}{'interval':>10}{'holds':>9}",
    ]
    for name, rows in draws.groupby("method", sort=False):
        off = 100 * (rows["ua"] - rows["truth"])
        width = 100 * (rows["high"] - rows["low"]).mean()
        holds = ((rows["low"] <= rows["truth"]) & (rows["truth"] <= rows["high"])).sum()
        lines.append(
            f"{name:<14}{percent(rows['truth']):>14}{percent(rows['ua']):>14}"
            f"{off.mean():>+10.1f}{width:>10.0f}{f'{holds}/{count}':>9}"
        )
    lines += ["", f"lead of {METHOD}{'true':>20}{'estimated':>14}{'holds':>9}  warnings"]
    own = draws[draws["method"] == METHOD].set_index("draw")["truth"]
    for name, rows in draws[draws["method"] != METHOD].groupby("method", sort=False):
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
    heads = "".join(f"{h:>13}" for h in ("temperature", "confidence", "accuracy", "error"))
    lines += ["", f"{'calibrated on':<20}{heads}"]
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
    return "\n".join(lines)


def percent(values: pd.Series, digits: int = 1) -> str:
    """Mean ± standard deviation, in %."""
    return spread.plus_minus(100 * values.mean(), 100 * values.std(ddof=1), digits, sign=" ± ")


if __name__ == "__main__":
    program.start(main)
