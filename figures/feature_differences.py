r"""Which functionals differ most between two corpora, and whether emotion shows alike in both.

    python -m figures.feature_differences --results=runs/NAME [--count=20]

prints a table, and writes a CSV of all functionals and a picture as PNG and PDF. On the left,
Cohen's d between target and source within each class: the shift that Section 3 speaks of. On the
right, d between the classes within each corpus: what a classifier goes by. Where its sign differs
from corpus to corpus, a classifier trained on one is misled on the other. All is of functionals
before scaling. The first functionals have the largest mean |d| over the classes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from absl import flags

from cada_tf import runs
from cada_tf.apps import paths, program
from cada_tf.apps.pictures import INCHES, look
from cada_tf.lazy import lazy_imports
from cada_tf.storage import write_atomically
from figures import command
from figures.drawing import add_legend, add_title, save, wrapped
from figures.labels import caveats
from figures.styles import styles_in_turn
from figures.tables import text

with lazy_imports():
    import matplotlib.figure

    from cada_tf.evaluation import effect_sizes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cada_tf.protocol.problem import Problem

FLAGS = flags.FLAGS

COUNT = 20
"""How many functionals are shown."""
OPPOSITE = "#cc4778"
"""The colour of a line between effects of opposite signs."""
LINE = 0.15
"""Inches of a functional."""
PANELS = 4.4
"""Inches of the panels side by side."""
READABLE = [
    ("F0semitoneFrom27.5Hz", "F0"),
    ("logRelF0-H1-", "H1–"),
    ("amplitudeLogRelF0", " amplitude"),
    ("(F[123])(frequency|bandwidth)", r"\1 \2"),
    ("shimmerLocaldB", "Shimmer"),
    ("jitterLocal", "Jitter"),
    ("HNRdBACF", "HNR"),
    ("_sma3(nz)?", ""),
    (r"UV(?=[\d_])", " unvoiced "),
    (r"V(?=[\d_])", " voiced "),
    (r"(\d+)-(\d+)(?=_)", r"\1–\2 Hz"),
    ("_amean", ", mean"),
    ("_stddevNorm", ", CV"),  # coefficient of variation, std / mean
    ("_pctlrange0-2", ", percentiles 20–80"),
    (r"_percentile(\d+).0", r", percentile \1"),
    ("_", ", "),
    ("PerSec", "PerSecond"),
    ("Sec$", ""),
    ("stddev", "std"),
    ("Stddev", "Std"),
    (" (?=,)|(?<= ) ", ""),
]
"""What stands for parts of openSMILE's names, one after the other."""


def main() -> None:
    """Prints, writes and draws how the corpora of a run differ."""
    table, _ = command.given_run()
    path = command.given_picture(command.run_folder() / "feature_differences")
    problem = runs.Archive(command.run_folder()).problem
    effects = effect_sizes.measure(problem)
    caption = describe(problem, effects) + caveats(runs.conditions_of(table), [], [], 0)
    first = effects.head(FLAGS.count)
    print(render(caption, first, problem.classes))
    csv = path.with_name(path.name + ".csv")
    write_atomically(csv, effects.to_csv(index=False))
    print(f"table: {csv}")
    for file in draw(caption, first, problem, path):
        print(f"figure: {file}")


def describe(problem: Problem, effects: pd.DataFrame) -> list[str]:
    """What is shown, how large the shift is, and how the class effects agree, in sentences."""
    shown = effect_sizes.contrasts(problem.classes)
    large = {
        name: np.count_nonzero(effects[f"{name}: {effect_sizes.SHIFT}"].abs() > effect_sizes.LARGE)
        for name in problem.classes
    }
    shares = [
        f"{name} {n} ({n / len(effects):.0%})".replace("%", " %") for name, n in large.items()
    ]
    caption = [
        f"{problem.source.name} → {problem.target.name}: Cohen's d of {len(effects)} functionals.",
        f"Apart between the corpora by more than {effect_sizes.LARGE} within each class: "
        f"{', '.join(shares)}.",
    ]
    agreement = [
        agreed(contrast, *effect_sizes.contrast_effects(effects, contrast)) for contrast in shown
    ]
    caption.append(
        f"Same sign in both corpora, of {len(effects)} (of those where both |d| > "
        f"{effect_sizes.SMALL}): {', '.join(agreement)}."
    )
    return caption


def agreed(contrast: str, source: np.ndarray, target: np.ndarray) -> str:
    """For how many functionals a contrast has the same sign in both corpora."""
    same = source * target > 0
    clear = np.minimum(np.abs(source), np.abs(target)) > effect_sizes.SMALL
    return f"{contrast} {same.sum()} ({(same & clear).sum()} of {clear.sum()})"


def readable(functional: str) -> str:
    """A functional as people write it."""
    for pattern, words in READABLE:
        functional = re.sub(pattern, words, functional)
    parted = re.sub("(?<=[a-z])[A-Z](?=[a-z])", lambda found: f" {found[0].lower()}", functional)
    return parted[0].upper() + parted[1:]


def render(caption: list[str], effects: pd.DataFrame, classes: Sequence[str]) -> str:
    """One row per functional: target − source within each class, then within source / target."""
    columns = {"Functional": map(readable, effects["functional"])}
    columns |= {name: map(signed, effects[f"{name}: {effect_sizes.SHIFT}"]) for name in classes}
    columns["mean |d|"] = map("{:.2f}".format, effects["mean |d|"])
    for contrast in effect_sizes.contrasts(classes):
        pairs = effect_sizes.contrast_effects(effects, contrast).T
        columns[contrast] = [
            f"{signed(s)} / {signed(t)} {'≠' if s * t < 0 else ' '}" for s, t in pairs
        ]
    below = (
        f"Below: {effect_sizes.SHIFT} within each class; then within source / target, ≠ if signs "
        "differ."
    )
    rows = map(list, zip(*columns.values(), strict=True))
    return text([*caption, below], [[*columns], *rows])


def signed(d: float) -> str:
    """With two decimals and a minus sign that is one; a question mark if it is not known."""
    return "?" if np.isnan(d) else f"{d:+.2f}".replace("-", "−")


def draw(caption: list[str], effects: pd.DataFrame, problem: Problem, path: Path) -> list[Path]:
    """Draws ``make_figure`` to ``path``, as ``drawing.save`` does."""
    return save(make_figure(caption, effects, problem), path)


def make_figure(caption: list[str], effects: pd.DataFrame, problem: Problem) -> Figure:
    """``render`` as a picture, the first functional on top."""
    shown = effect_sizes.contrasts(problem.classes)
    with look():
        size = INCHES[1], 0.9 + LINE * len(effects)
        figure = matplotlib.figure.Figure(size)
        widths = [min(2, max(1.2, len(shown) / 2)), *[1] * len(shown)]
        left, *right = figure.subplots(1, len(widths), sharey=True, width_ratios=widths)
        draw_shift(left, effects, problem.classes, PANELS * widths[0] / sum(widths))
        for axes, contrast in zip(right, shown, strict=True):
            draw_class_effects(
                axes,
                effect_sizes.contrast_effects(effects, contrast),
                [problem.source.name, problem.target.name],
            )
            axes.set_title(contrast.replace("− ", "−\n") if len(shown) > 1 else contrast)
            if len(shown) > 2:  # narrow panels
                axes.locator_params(axis="x", nbins=1 if len(shown) > 4 else 2)
                axes.xaxis.set_major_formatter("{x:g}")
        left.set_yticks(range(len(effects)), map(readable, effects["functional"]))
        left.set_ylim(len(effects) - 0.5, -0.5)
        for axes in (left, *right):
            axes.axvline(0, color="black", linewidth=0.6, zorder=1)
            axes.grid()
            axes.tick_params(axis="y", length=0)
            axes.set_xlabel("Cohen's d" if axes is left or len(shown) == 1 else "d")
        add_title(figure, caption)
        classes, names = left.get_legend_handles_labels()
        effects, meanings = right[0].get_legend_handles_labels()
        add_legend(figure, [*classes, *effects], [*names, *meanings])
        return figure


def draw_shift(axes: Axes, effects: pd.DataFrame, classes: Sequence[str], room: float) -> None:
    """A dot per class, those of a functional joined by a line; dashed where d is large.

    Args:
        axes: where.
        effects: of ``effect_sizes.measure``.
        classes: their names.
        room: inches for the title.
    """
    values = effects[[f"{name}: {effect_sizes.SHIFT}" for name in classes]].to_numpy()
    axes.hlines(range(len(effects)), values.min(1), values.max(1), color="0.6", linewidth=0.8)
    for (name, style), d in zip(styles_in_turn(classes).items(), values.T, strict=True):
        axes.plot(d, range(len(d)), **style.dots(), label=name)
    for side, label in ((-1, None), (1, f"|d| = {effect_sizes.LARGE}")):
        dashed = {"color": "0.5", "linewidth": 0.6, "linestyle": (0, (4, 3)), "zorder": 0}
        axes.axvline(side * effect_sizes.LARGE, **dashed, label=label)
    axes.set_title("\n".join(wrapped([f"{effect_sizes.SHIFT}, within each class"], room)))


def draw_class_effects(axes: Axes, pair: np.ndarray, corpora: Sequence[str]) -> None:
    """A ring for the source joined to a disc for the target; bold where their signs differ."""
    rows = np.arange(pair.shape[1])
    opposite = pair[0] * pair[1] < 0
    for chosen, style in ((~opposite, ("0.6", 0.8)), (opposite, (OPPOSITE, 2))):
        colour, width = style
        label = "opposite sign" if chosen is opposite else None
        axes.hlines(
            rows[chosen], *pair[:, chosen], color=colour, linewidth=width, label=label, zorder=2
        )
    for d, name, face in zip(pair, corpora, ("white", "black"), strict=True):
        style = {"marker": "o", "color": "black", "markerfacecolor": face, "linestyle": "none"}
        axes.plot(d, rows, label=name, markeredgewidth=0.7, zorder=3, **style)
    small = effect_sizes.SMALL
    axes.axvspan(-small, small, color="0.93", zorder=0, label=f"|d| < {small}")


if __name__ == "__main__":
    with program.group("What is shown"):
        paths.define_path("results", "DIR: a run's directory.", required=True)
        flags.DEFINE_integer("count", COUNT, "Features to show; the CSV has all.", lower_bound=1)
    with program.group("Output"):
        paths.define_path(
            "output",
            "PATH: the pictures and the CSV, without suffix; feature_differences in the run's "
            "directory.",
        )
    program.start(main)
