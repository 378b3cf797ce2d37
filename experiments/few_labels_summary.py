"""The text of summary.txt of ``experiments.few_labels``: estimates beside the truth."""

from __future__ import annotations

from cada_tf.lazy import lazy_imports

with lazy_imports():
    import pandas as pd

    from cada_tf.adaptation import assessment
    from cada_tf.evaluation import significance, spread

THRESHOLDS = 0.6, 0.7, 0.8
"""Of cada-predict's --min_confidence, that confidence is told at."""
TESTED = {
    "none": "the other {tested} utterances",
    "half": "{tested} others",
    "rest": "the unlabelled ones (TRANSDUCTIVE)",
}
"""Which utterances were given without labels → which were tested."""


def summarise(draws: pd.DataFrame, confidence: pd.DataFrame | None, method: str, rival: str) -> str:
    """The truth over the draws, mean ± standard deviation, and the estimates beside it.

    Args:
        draws: a row per draw and system, of draws.csv.
        confidence: a row per draw and way to calibrate, of confidence.csv; None where nothing
            was estimated.
        method: what the other systems are compared with.
        rival: what stands for it without unlabelled utterances.
    """
    own = draws[draws["method"] == method]
    lines = [heading(draws), ""]
    if confidence is None:
        lines += [f"{method:<14}{percent(own['truth']):>14}"]
    else:
        lines += [*of_estimates(draws), "", *of_leads(draws, method)]
    if "without" in draws:
        lines += ["", of_unlabelled(own, rival)]
    if confidence is not None:
        lines += ["", *of_confidence(confidence)]
    return "\n".join(lines)


def heading(draws: pd.DataFrame) -> str:
    """What was drawn and tested."""
    first, count = draws.iloc[0], draws["draw"].nunique()
    given = ""
    if first["pool"]:
        given = f" and {first['pool']} unlabelled utterances ({first['scaling']})"
    tested = TESTED[first["unlabelled"]].format(tested=first["tested"])
    return (
        f"{first['source']} → {first['target']}: {count} draws of {first['labels']} labels{given}, "
        f"tested on {tested}; UA in % (chance: {100 / first['classes']:.1f})."
    )


def of_unlabelled(own: pd.DataFrame, rival: str) -> str:
    """What the unlabelled utterances bring, with an interval over the draws."""
    difference = own["truth"] - own["without"]
    effect = significance.corrected_t_test(difference.to_numpy(), 0)
    ahead = (difference > 0).sum()
    return (
        f"{own['method'].iloc[0]} with the unlabelled recordings − {rival} without: "
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


def of_leads(draws: pd.DataFrame, method: str) -> list[str]:
    """True and estimated lead of the method over each other system."""
    count = draws["draw"].nunique()
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
