r"""What each option is worth: a table and a figure of what ``experiments.ablation`` has run.

    python -m figures.ablation --results=runs/NAME/ablation.csv [--output=figures/NAME]

prints the table, and draws a PNG and a PDF.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from cada_tf import runs
from cada_tf.apps import paths, program
from cada_tf.apps.pictures import INCHES, look
from cada_tf.errors import InputError
from cada_tf.evaluation.spread import plus_minus
from cada_tf.lazy import lazy_imports
from figures import command
from figures.drawing import add_legend, add_title, save
from figures.labels import SPEAKER_INDEPENDENT, count, display, speaker_independent
from figures.styles import styles_of
from figures.tables import text
from figures.variants import OURS, RIVAL
from figures.words import with_interval

with lazy_imports():
    import matplotlib.figure
    import pandas as pd

    from cada_tf.evaluation import significance

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FLAGS = flags.FLAGS

LINE, DODGE, TALLEST = 0.12, 0.03, 7
"""Inches of a variant, more for each method, and of all of them at the most."""


def main() -> None:
    """Draws the figure of an ablation and prints its table."""
    results = Path(FLAGS.results)
    path = command.given_picture(results.with_suffix(""))
    summary = read_summary(results)
    print(render(summary))
    for file in draw(summary, path):
        print(f"figure: {file}")


def read_summary(path: Path) -> pd.DataFrame:
    """An ablation.csv; see ``variants.summarise``.

    Raises:
        InputError: the file is missing, or is no such table.
    """
    words = dict.fromkeys(["reading", "value", "source", "target", "method"], str)
    try:
        summary = pd.read_csv(path, dtype=words)
        summary[["reading", "value"]] = summary[["reading", "value"]].fillna("")
        summary[["transductive", "method", "mean", "change", "margin"]]  # KeyError if not there
        return summary
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"--results: expected the ablation.csv of an ablation at {path}, found: "
            f"{str(error).splitlines()[0]}."
        ) from error


def intervals_by(summary: pd.DataFrame) -> str:
    """What the margins' intervals are by; in tables of earlier versions by one test alone."""
    words = {
        significance.CLUSTERED: "clustered by utterance and trial (Cameron, Gelbach & Miller 2011)",
        significance.T_TEST: "corrected resampled t-test (Nadeau & Bengio 2003)",
    }
    ours = summary[summary["method"] == OURS].reindex(columns=["test"])["test"]
    tests = set(ours.astype(object).fillna(significance.T_TEST))
    return ", or ".join(text for test, text in words.items() if test in tests)


def semi_supervised(summary: pd.DataFrame) -> pd.Series:
    """Which rows are of a semi-supervised scaling; see ``results_file.CONDITIONS``."""
    return summary.reindex(columns=["scaling"])["scaling"].notna()


def has_margin(summary: pd.DataFrame) -> bool:
    """Whether there is a margin of CADA over fine-tuning."""
    return bool(summary.loc[summary["method"] == OURS, "margin"].notna().any())


def render(summary: pd.DataFrame) -> str:
    """The table as text: one row per variant, one column per system, CADA's margin last."""
    first, several = summary.iloc[0], summary["std"].notna().any()
    caption = [
        f"UA in % from {first.source} to {first.target}, mean over the numbers of examples"
        + (f", ± standard deviation over {count(first.trials, 'trial')}." if several else "."),
    ]
    methods, compared = list(summary["method"].unique()), has_margin(summary)
    margin = f"{display(OURS)} − {RIVAL}"
    if compared:
        caption.append(f"Last: points of UA [95 % confidence interval], {intervals_by(summary)}.")
    caption.append(
        "=: as in the first row. T: transductive, since unlabelled utterances of the test folds "
        "are used."
    )
    if semi_supervised(summary).any():
        caption.append("S: semi-supervised, since those of the training folds are used.")
    if speaker_independent(runs.conditions_of(summary)):
        caption.append(SPEAKER_INDEPENDENT)
    grid = [["Option", *map(display, methods), *([margin] if compared else [])]]
    for (name, value), rows in summary.groupby(["reading", "value"], sort=False):
        rows = rows.set_index("method")
        label = f"{name}={value}" if name else "as given"
        label += " T" if rows["transductive"].any() else ""
        words = [label + " S" if semi_supervised(rows).any() else label]
        for method in methods:
            row = rows.loc[method]
            # Of differences that are all 0 there is no interval; earlier versions wrote 0 to 0.
            same = name and row["change"] == 0 and not row["change_high"] > 0
            words.append("=" if same else plus_minus(row["mean"], row["std"]))
        if compared:
            row = rows.loc[OURS]
            words.append(with_interval(row["margin"], row["margin_low"], row["margin_high"]))
        grid.append(words)
    return text(caption, grid)


def draw(summary: pd.DataFrame, path: Path) -> list[Path]:
    """Draws what each variant changes, and CADA's margin over fine-tuning under each if any.

    Args:
        summary: of ``variants.summarise``.
        path: of the pictures, without suffix.

    Returns:
        The files written: PNG and PDF.
    """
    labels = [f"{n}={v}" if n else "as given" for n, v in variants(summary)]
    for kind, which in (
        ("transductive", summary["transductive"]),
        ("semi-supervised", semi_supervised(summary)),
    ):
        found = which.groupby([summary["reading"], summary["value"]], sort=False).any()
        labels = [label + f" ({kind})" * bool(t) for label, t in zip(labels, found, strict=True)]
    first = summary.iloc[0]
    with look():
        methods = summary["method"].nunique()
        size = INCHES[1], 0.6 + min(TALLEST, (LINE + DODGE * methods) * len(labels))
        figure = matplotlib.figure.Figure(size)
        panels = figure.subplots(1, 1 + has_margin(summary), sharey=True, squeeze=False)[0]
        draw_changes(panels[0], summary)
        for axes in panels[1:]:
            draw_margin(axes, summary)
        panels[0].set_yticks(range(len(labels)), labels)
        for axes in panels:
            for row in range(0, len(labels), 2):
                axes.axhspan(row - 0.5, row + 0.5, color="0.95", linewidth=0, zorder=0)
            axes.set_ylim(len(labels) - 0.5, -0.5)
            axes.axvline(0, color="0.4", linewidth=0.6)
            axes.grid()
        apart = speaker_independent(runs.conditions_of(summary))
        title = f"{first.source} → {first.target}" + ", SPEAKER-INDEPENDENT" * apart
        add_title(figure, [title])
        add_legend(figure, *panels[0].get_legend_handles_labels())
        return save(figure, path)


def draw_changes(axes: Axes, summary: pd.DataFrame) -> None:
    """A dot per system and variant that changes it, the systems a little above each other."""
    styles, places = styles_of(summary["method"]), places_of(summary)
    for order, (method, rows) in enumerate(summary.groupby("method", sort=False)):
        dodge = 0.75 * ((order + 0.5) / len(styles) - 0.5)
        rows = rows[(rows["reading"] == "") | (rows["change"] != 0)]
        y = [places[key] + dodge for key in zip(rows["reading"], rows["value"], strict=True)]
        axes.plot(
            *(rows["change"], y),
            **styles[method].dots(),
            label=display(method),
        )
    axes.set_xlabel("Change against the flags as given\n(points of UA)")


def draw_margin(axes: Axes, summary: pd.DataFrame) -> None:
    """CADA's margin over fine-tuning under each variant, with its interval."""
    ours, places = summary[summary["method"] == OURS], places_of(summary)
    axes.errorbar(
        *(
            ours["margin"],
            [places[key] for key in zip(ours["reading"], ours["value"], strict=True)],
        ),
        xerr=(ours["margin"] - ours["margin_low"], ours["margin_high"] - ours["margin"]),
        **styles_of([OURS])[OURS].dots(),
        elinewidth=0.7,
    )
    axes.set_xlabel(f"{display(OURS)} − {display(RIVAL)}, 95 % interval\n(points of UA)")


def places_of(summary: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Variant → its row in the picture, from the top."""
    return {variant: place for place, variant in enumerate(variants(summary))}


def variants(summary: pd.DataFrame) -> list[tuple[str, str]]:
    """The (reading, value) of each variant, in order."""
    pairs = zip(summary["reading"], summary["value"], strict=True)
    return list(dict.fromkeys(pairs))


if __name__ == "__main__":
    paths.define_path("results", "FILE: the ablation.csv of an ablation.", required=True)
    paths.define_path("output", "PATH: the pictures, without suffix; beside it if not given.")
    program.start(main)
