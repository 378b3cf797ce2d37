"""How ``cada-adapt`` shows a learning curve: as text, as a table and as a picture."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cada_tf.adaptation.assessment import points
from cada_tf.adaptation.model_card import percents
from cada_tf.apps.pictures import CHANCE, INCHES, encode, look
from cada_tf.evaluation import EXTRA_LABELS
from cada_tf.evaluation.learning_curve import LearningCurve
from cada_tf.storage import write_atomically

NOW, THEN = {"color": "#0d0887"}, {"color": "#d55e00"}
"""Colours of what was measured and of what is expected."""


def describe(curve: LearningCurve) -> str:
    """The curve and what the next labels should bring, in lines."""
    lines = ["UA in % by the number of labels, with its 95 % interval:"]
    for row in curve.table.itertuples():
        ua, interval = percents(row)
        lines.append(f"  {row.examples:<14} {ua:>5}   {interval}")
    expected = curve.forecast
    lines.append(
        f"The next {EXTRA_LABELS} labels should bring {points(expected.gain)} points "
        f"({points(expected.low)} to {points(expected.high)})."
    )
    return "\n".join(lines)


def write(curve: LearningCurve, model: Path, method: str, chance: float) -> dict[str, Path]:
    """Writes MODEL-curve.csv and MODEL-curve.png; what each is → where."""
    table, picture = (model.with_name(f"{model.stem}-curve.{suffix}") for suffix in ("csv", "png"))
    write_atomically(table, curve.table.to_csv(index=False, float_format="%.4f"))
    write_atomically(picture, encode(draw(curve, method, chance), "png"))
    return {"learning curve": table, "figure": picture}


def draw(curve: LearningCurve, method: str, chance: float) -> Figure:
    """UA against the number of labels, its line, what the next should bring, and chance."""
    with look():
        figure = Figure((INCHES[0], 3.2))
        draw_curve(figure.add_subplot(), curve, method, chance)
        figure.legend(loc="outside lower center")
    return figure


def draw_curve(axes: Axes, curve: LearningCurve, method: str, chance: float) -> None:
    """Draws ``draw``'s panel."""
    table = curve.table
    ua, low, high = (100 * table[name] for name in ("ua", "low", "high"))
    axes.fill_between(
        table["examples"], low, high, alpha=0.15, linewidth=0, **NOW, label="95 % interval"
    )
    axes.plot(table["examples"], ua, "o-", **NOW, label=f"{method}, cross-validated")
    then, expected = curve.labelled + EXTRA_LABELS, curve.forecast
    ticks = [*table["examples"], then]
    line = curve.now + curve.slope * np.log2(table["examples"] / curve.labelled)
    axes.plot(table["examples"], 100 * line, ":", **NOW)
    end = 100 * (curve.now + expected.gain)
    error = [[100 * (expected.gain - expected.low)], [100 * (expected.high - expected.gain)]]
    axes.plot([curve.labelled, then], [100 * curve.now, end], ":", **THEN)
    axes.errorbar(
        [then],
        [end],
        error,
        **{"fmt": "s", "capsize": 2} | THEN,
        label=f"expected with {EXTRA_LABELS} more labels",
    )
    axes.axhline(100 * chance, **CHANCE, label=f"chance: {100 * chance:.1f}")
    axes.set_xscale("log", base=2)
    axes.set_xticks(ticks, list(map(str, ticks)))
    axes.minorticks_off()
    axes.set_xlabel("Labelled recordings trained on")
    axes.set_ylabel("Unweighted accuracy (%)")
    axes.grid()
