"""UA against the number of labelled target examples, as in the paper's Figs. 2 and 3."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from cada_tf.readings import Spread
from cada_tf.results import summarise

# Line styles and markers tell the methods apart without colour.
STYLES = {
    "cada": ("C0", "o", "-"),
    "fine-tune": ("C1", "s", "--"),
    "label-target": ("C2", "^", "-."),
    "all-source": ("0.35", None, ":"),
    "all-target": ("0.35", None, (0, (6, 2))),
}
DODGE = 0.12
"""How far methods stand apart, in examples."""


def draw(table: pd.DataFrame, path: Path, spread: Spread = Spread.TRIALS) -> list[Path]:
    """Draws the curves of a results table.

    Args:
        table: of ``results.read_results``.
        path: of the pictures, without suffix.
        spread: what the bars, ± one standard deviation, are over.

    Returns:
        The files written: PNG and PDF.
    """
    summary = summarise(table, spread)
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    sized = list(summary[summary["examples"].notna()]["method"].unique())
    for method, rows in summary.groupby("method", sort=False):
        colour, marker, line = STYLES.get(method, ("C3", "d", "-"))
        mean, std = 100 * rows["mean"], 100 * rows["std"]
        label = method
        if rows["examples"].isna().all():
            label += f" {mean.iloc[0]:.1f} ± {std.iloc[0]:.1f}"
            axes.axhline(mean.iloc[0], color=colour, linestyle=line, label=label)
            continue
        # Side by side, so that one method's bars do not hide another's.
        sizes = rows["examples"].astype(float) + DODGE * (
            sized.index(method) - (len(sized) - 1) / 2
        )
        axes.errorbar(
            sizes, mean, std, color=colour, marker=marker, linestyle=line, label=label, capsize=3
        )
    first = table.iloc[0]
    note = ", transductive" if first.get("transductive") else ""
    axes.set_title(f"{first.source} → {first.target}{note}")
    axes.set_xlabel("Labelled target examples")
    axes.set_ylabel("Unweighted accuracy (%)")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    files = [path.with_suffix(suffix) for suffix in (".png", ".pdf")]
    for file in files:
        figure.savefig(file, dpi=150)
    return files
