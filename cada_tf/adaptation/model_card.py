"""The card of a recogniser: what it was made of, how good it may be, and what it is not for."""

from collections.abc import Sequence

import pandas as pd

from cada_tf.adaptation.adapt import Adapted
from cada_tf.adaptation.assessment import Assessment, interval, points
from cada_tf.audio import columns
from cada_tf.audio.opensmile import TERMS, is_opensmiles
from cada_tf.config import Config
from cada_tf.corpora.corpus import class_counts
from cada_tf.corpora.licences import UNKNOWN_LICENCE, licence_of
from cada_tf.corpora.table import UNKNOWN
from cada_tf.evaluation import EXTRA_LABELS
from cada_tf.evaluation.calibration import Examples
from cada_tf.evaluation.gain_forecast import PRIOR
from cada_tf.methods import all_options, option_values
from cada_tf.protocol.problem import LabelledSet, Problem
from cada_tf.recogniser.recogniser import Recogniser
from cada_tf.runs.record import formatted, versions
from cada_tf.text import escape_markdown, printable

LIMITS = """\
* It tells classes of acted or spontaneous emotion as its corpora define them, of utterances such \
as those it was adapted to; it does not tell what a person feels. Do not decide about people by it.
* The estimates are of utterances like the labelled ones, of the same channel and language, and \
but for that of a new speaker of the same speakers; others may be recognised worse.
* Labels of single utterances are noisy, and so is whatever is estimated from few of them."""

OPENSMILE = f"* {TERMS}; the licences of the corpora above bind the model as well."
OTHER_FEATURES = "* The licences of the corpora and the feature set above bind the model as well."


def render(
    adapted: Adapted,
    problem: Problem,
    config: Config,
    corpora: Sequence[pd.DataFrame],
    command: str,
    choices: Sequence[str] = (),
) -> str:
    """The card, Markdown.

    Args:
        adapted: the recogniser with its assessment.
        problem, config: what it was made from.
        corpora: the sources, then the labelled examples.
        command: by which it was made.
        choices: what was chosen for the user, and why; parts of sentences.
    """
    recogniser, assessment = adapted.recogniser, adapted.assessment
    sections = {
        "Data": data(corpora, problem.pool),
        "Estimated performance": performance(assessment),
        "Confidence": confidence(recogniser, adapted.out_of_fold),
        "Measurement": measurement(recogniser),
        "Settings": settings(problem, config, assessment, command) + chosen(choices),
        "Limits and licences": f"{LIMITS}\n{licence(recogniser)}",
    }
    classes = [escape_markdown(name) for name in problem.classes]
    source, target = (escape_markdown(corpus.name) for corpus in (problem.source, problem.target))
    title = f"# {target}: {', '.join(classes)} in speech"
    intro = (
        f"A recogniser of {listed(classes)} speech, adapted by {assessment.method} "
        f"from {source} to {target} with cada_tf, after Zhou and Chen, "
        '"Transferable Positive/Negative Speech Emotion Recognition via Class-wise Adversarial '
        'Domain Adaptation".'
    )
    body = [f"## {name}\n\n{text}" for name, text in sections.items()]
    return "\n\n".join([title, intro, *body]) + "\n"


def data(corpora: Sequence[pd.DataFrame], pool: LabelledSet | None) -> str:
    """What it was trained on."""
    rows = []
    for place, corpus in enumerate(corpora):
        role = "target, labelled" if place == len(corpora) - 1 else "source"
        name = corpus.attrs["name"]
        speakers = corpus["speaker"].nunique()
        if set(corpus["speaker"]) == {UNKNOWN}:
            speakers = UNKNOWN
        counts = escape_markdown(class_counts(corpus))
        rows.append([role, escape_markdown(name), len(corpus), counts, speakers, licence_of(name)])
    if pool is not None:
        known = len({*pool.speakers} - {UNKNOWN}) or UNKNOWN
        name = escape_markdown(pool.name)
        rows.append(["target, unlabelled", name, len(pool), "", known, UNKNOWN_LICENCE])
    heads = ["", "corpus", "utterances", "classes", "speakers", "licence"]
    emotions = sorted(
        {(e, c) for corpus in corpora for e, c in corpus[["emotion", "class"]].values}
    )
    told = escape_markdown(", ".join(f"{emotion} → {label}" for emotion, label in emotions))
    return f"{grid(heads, rows)}\n\nEmotions and their classes: {told}."


def performance(assessment: Assessment) -> str:
    """What cross-validation says, and what it warns of."""
    warnings = "\n\n".join(f"**Warning:** {escape_markdown(text)}" for text in assessment.warnings)
    if assessment.too_few:
        return warnings
    parts = [
        "By cross-validation over the labelled utterances alone, for the speakers labelled "
        f"({assessment.trials} × {assessment.folds} folds, each answered by networks that had not "
        f"seen it); chance is {100 * assessment.chance:.1f} %:",
        estimates(assessment),
        "The interval is that of so few utterances (Jeffreys); the networks were trained on "
        f"{100 - 100 // assessment.folds} % of the labels, the recogniser on all. Differences of "
        "these UA in points, paired by fold (corrected resampled t-test):",
        *differences(assessment),
    ]
    if assessment.new_speaker is not None:
        parts += new_speaker(assessment.new_speaker)
    if assessment.curve is not None:
        parts.append(learning_curve(assessment))
    return "\n\n".join([*parts, warnings] if warnings else parts)


def estimates(assessment: Assessment) -> str:
    """UA of the method and of what it is compared with."""
    rows = [[row.method, *percents(row)] for row in assessment.estimates.itertuples()]
    return grid(["system", "UA %", "95 % interval"], rows)


def differences(assessment: Assessment) -> list[str]:
    """The leads of the method, and why an interval is lacking; nothing without a rival."""
    rows = [
        [f"{row.method} − {row.rival}", points(row.difference), interval(row)]
        for row in assessment.leads.itertuples()
    ]
    parts = [grid(["difference", "points", "95 % interval"], rows)] if rows else []
    if assessment.leads["low"].isna().any():
        parts.append(
            "Not known: so few folds, of equal or of very different results, say nothing of how "
            "much the difference varies; more of them may."
        )
    return parts


def new_speaker(assessment: Assessment) -> list[str]:
    """What cross-validation says of speakers that are not among the labelled ones."""
    if assessment.too_few:
        return [f"For a new speaker: not known, since {escape_markdown(assessment.too_few)}"]
    return [
        f"For a new speaker ({assessment.trials} × {assessment.folds} folds that keep the labelled "
        "speakers apart; the interval is that of the mean over speakers, from so few of them):",
        estimates(assessment),
        *differences(assessment),
    ]


def learning_curve(assessment: Assessment) -> str:
    """UA against the number of labels, and what the next ones should bring."""
    curve = assessment.curve
    rows = [[str(row.examples), *percents(row)] for row in curve.table.itertuples()]
    expected, doubling = curve.forecast, points(PRIOR.mean)
    return (
        f"{grid(['labels', 'UA %', '95 % interval'], rows)}\n\nThe next {EXTRA_LABELS} labels "
        f"are expected to bring {points(expected.gain)} points [{points(expected.low)}, "
        f"{points(expected.high)}]. A straight line over the logarithm of their number, fitted to "
        f"the table, rises by {points(curve.slope)} points per doubling (standard error "
        f"{points(curve.slope_error)}); the forecast weighs this against the {doubling} (standard "
        f"deviation {points(PRIOR.sd)}) of other corpora. The interval is that of the gain of a "
        "recogniser trained anew, which depends on the utterances that are labelled next as well."
    )


def confidence(recogniser: Recogniser, answers: Examples | None) -> str:
    """By what the probabilities were calibrated."""
    if answers is None:
        by = "source utterances that were held out, alone: on the target it may be far too sure"
    else:
        by = (
            f"{len(answers[1])} labelled target utterances that the networks had not seen, and no "
            "surer than on source utterances that were held out"
        )
    return (
        f"Probabilities are calibrated by temperature scaling on {by} (temperature "
        f"{recogniser.temperature:.2f}). From so few labels they are a rough guide."
    )


def licence(recogniser: Recogniser) -> str:
    """What binds the model besides its own licence."""
    return OPENSMILE if is_opensmiles(recogniser.feature_config) else OTHER_FEATURES


def measurement(recogniser: Recogniser) -> str:
    """How the features are measured."""
    config, count = recogniser.feature_config, len(recogniser.features)
    if config is None:
        return f"{count} features, given as numbers: the recogniser cannot be used on recordings."
    if columns.is_columns(config):
        return f"{count} columns of tables of numbers, which it takes in place of recordings."
    rate = f"resampled to {config.sampling_rate} Hz" if config.sampling_rate else "as recorded"
    if not is_opensmiles(config):
        return (
            f"{count} features of {config.feature_set}, version {config.version}, of audio {rate}."
        )
    return (
        f"{count} functionals of {config.feature_set}, by openSMILE "
        f"{config.version}, of the mean of the channels, {rate}."
    )


def settings(problem: Problem, config: Config, assessment: Assessment, command: str) -> str:
    """How it was made, to the last flag, and with what."""
    options = all_options()
    changed = ", ".join(
        f"{name}={formatted(value)}"
        for name, value in option_values(config).items()
        if value != options[name].default
    )
    libraries = ", ".join(f"{name} {version}" for name, version in versions().items())
    semi = ""
    if problem.pool is not None:
        semi = (
            " SEMI-SUPERVISED: it also uses unlabelled recordings of the target, in the estimates "
            "as well; of the labelled ones those that are tested are not among them."
        )
    return (
        f"    {printable(command)}\n\nMethod {assessment.method}, seed {problem.seed}; options: "
        f"the recommended ones{f', but {changed}' if changed else ''}. Made with {libraries}.{semi}"
    )


def chosen(choices: Sequence[str]) -> str:
    """What was chosen for the user; empty if nothing was."""
    lines = (f"* {escape_markdown(choice)}" for choice in choices)
    return "\n\nChosen by `auto`:\n\n" + "\n".join(lines) if choices else ""


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def percents(row: tuple) -> tuple[str, str]:
    """UA and its interval, in %."""
    return f"{100 * row.ua:.1f}", f"{100 * row.low:.0f} to {100 * row.high:.0f}"


def grid(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
