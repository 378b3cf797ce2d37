r"""How far source and target are apart in each method's encoder, as a whole and class by class.

    python -m figures.domain_shift --results=runs/NAME [--methods=all-source,cada] [--examples=12]

prints a table, and writes a CSV, one row per fold, and a picture as PNG and PDF. Measured are the
embeddings, the encoder's last ReLU layer, of the first trial's networks: those of source
utterances, which all methods but label-target and all-target go back to, against those of the
target's test utterances, which none was trained on, so that what is seen holds for new speech.
all-source is before adaptation, the others after it; "features" are the scaled functionals that the
first method is given. Lower is more alike. ``evaluation.domain_shift`` defines the measures. MMD²
has a width of its own in each space, the median distance there, so that a space that is merely
smaller is no more alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from absl import flags
from threadpoolctl import threadpool_limits

from cada_tf import runs
from cada_tf.apps import program
from cada_tf.apps.pictures import INCHES, look
from cada_tf.evaluation.spread import plus_minus
from cada_tf.lazy import lazy_imports
from cada_tf.models.forward import embed
from cada_tf.protocol.cell import Cell
from cada_tf.storage import write_atomically
from figures import command
from figures.cells import define_flags
from figures.drawing import add_legend, add_title, save, text_width
from figures.labels import caveats, count
from figures.styles import Style, styles_of
from figures.tables import folded, text

with lazy_imports():
    import matplotlib.figure
    import pandas as pd

    from cada_tf.evaluation import domain_shift
    from figures import networks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FLAGS = flags.FLAGS

MEASURES = {"MMD²": "Squared maximum mean discrepancy", "PAD": "Proxy A-distance"}
FEATURES, MARGINAL, CONDITIONAL = "features", "marginal", "class-conditional"
UNADAPTED = Style("black", "x", ":")
"""How the features are drawn, which no encoder has seen."""
SOURCE = 1000
"""Source utterances that are measured, for speed."""
HEIGHT = 2.1
"""Inches of a panel."""
BESIDE = 36
"""Dots of a panel that leave room for another one beside it."""


def main() -> None:
    """Measures the domain shift of a run, prints it and draws it."""
    archive, cells = networks.given_run()
    path = command.given_picture(command.run_folder() / "domain_shift")
    table = measure(archive, cells)
    title = describe(archive, cells, table)
    print(render(title, table))
    csv = path.with_name(path.name + ".csv")
    write_atomically(csv, table.to_csv(index=False))
    print(f"table: {csv}")
    for file in draw(title, table, path):
        print(f"figure: {file}")


def measure(archive: runs.Archive, cells: list[Cell]) -> pd.DataFrame:
    """The shift in each network of the first trial.

    Args:
        archive: of the run.
        cells: those that are measured; the features are those of the first.

    Returns:
        One row per space ("features", or a method), fold, measure (of ``MEASURES``) and part
        (marginal; each class; class-conditional, the mean over the classes): examples, those of
        the method, and value.
    """
    problem, rows = archive.problem, []
    source = networks.sample_by_class(problem.source.labels, SOURCE, problem.seed)
    # Before the limit, which holds for the libraries that have been imported.
    functions = {"MMD²": domain_shift.mmd, "PAD": domain_shift.proxy_a_distance}
    with threadpool_limits(limits=1):  # on problems as small as these, more are slower
        for cell in cells:
            for fold, weights in networks.networks_of(archive, cell).items():
                split = problem.split(0, fold)
                xs, xt = networks.scaled(cell, problem, archive.config, split)
                xs, xt = xs[source], xt[split.test]
                spaces = {FEATURES: (xs, xt)} if cell == cells[0] else {}
                spaces[cell.method] = embed(weights, xs), embed(weights, xt)
                labels = problem.source.labels[source], problem.target.labels[split.test]
                for space, vectors in spaces.items():
                    examples = None if space == FEATURES else cell.examples
                    found = shifts(functions, vectors, labels, problem.classes)
                    for name, values in found.items():
                        rows += [(space, examples, fold, name, *value) for value in values.items()]
    columns = ["space", "examples", "fold", "measure", "part", "value"]
    return pd.DataFrame(rows, columns=columns).astype({"examples": "Int64"})


def shifts(
    functions: Mapping[str, Callable[[np.ndarray, np.ndarray], float]],
    vectors: tuple[np.ndarray, np.ndarray],
    labels: tuple[np.ndarray, np.ndarray],
    classes: tuple[str, ...],
) -> dict[str, dict[str, float]]:
    """Measure → part → value, between the vectors of source and target."""
    (xs, xt), (ys, yt), found = vectors, labels, {}
    for name, function in functions.items():
        shift = domain_shift.decompose(function, xs, ys, xt, yt)
        within = dict(zip(classes, shift.classes, strict=True))
        found[name] = {MARGINAL: shift.marginal, **within, CONDITIONAL: shift.conditional}
    return found


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard deviation over the folds, one row per measure, space and part, in order."""
    values = table.groupby(["measure", "space", "part"], sort=False)["value"]
    return pd.DataFrame({"mean": values.mean(), "std": values.std(ddof=1)}).reset_index()


def describe(archive: runs.Archive, cells: list[Cell], table: pd.DataFrame) -> list[str]:
    """What is shown, and what a reader must know: one line each."""
    problem = archive.problem
    drawn = min(SOURCE, len(problem.source))
    sizes = {cell.examples for cell in cells} - {None}
    lines = [
        f"Domain shift from {problem.source.name} to {problem.target.name}"
        + "".join(f", {size} labelled target examples" for size in sizes),
        f"{drawn:,} of {len(problem.source):,} source utterances against the "
        "target's test utterances (held out)",
        f"mean ± standard deviation over {count(problem.folds, 'fold')} of the first trial; "
        "lower: more alike",
        *caveats(runs.conditions(problem, archive.config), [cell.method for cell in cells], [], 0),
    ]
    for space, folds in table.groupby("space", sort=False)["fold"].nunique().items():
        if folds < problem.folds:
            lines.append(
                f"INCOMPLETE: {networks.named(space)} has {folds} of {problem.folds} folds"
            )
    return lines


def render(title: list[str], table: pd.DataFrame) -> str:
    """The means as text: a block per measure, a row per space, a column per part."""
    blocks = ["\n".join(folded(title))]
    for measure, rows in summarise(table).groupby("measure", sort=False):
        grid = [[measure, *rows["part"].unique()]]
        for space, values in rows.groupby("space", sort=False):
            words = [plus_minus(row.mean, row.std, 3) for row in values.itertuples()]
            grid.append([networks.named(space), *words])
        blocks.append(text([f"{measure}: {MEASURES[measure]}"], grid))
    return "\n\n".join(blocks)


def draw(title: list[str], table: pd.DataFrame, path: Path) -> list[Path]:
    """Draws ``make_figure`` to ``path``, as ``drawing.save`` does."""
    return save(make_figure(title, table), path)


def make_figure(title: list[str], table: pd.DataFrame) -> Figure:
    """The means and their spread.

    Args:
        title: lines above the picture.
        table: of ``measure``.
    """
    summary = summarise(table)
    stacked = summary.groupby("measure").size().max() > BESIDE
    rows, columns = (len(MEASURES), 1) if stacked else (1, len(MEASURES))
    with look():
        figure = matplotlib.figure.Figure((INCHES[1], HEIGHT * rows))
        panels = figure.subplots(rows, columns).flat
        for axes, (measure, values) in zip(
            panels, summary.groupby("measure", sort=False), strict=True
        ):
            draw_measure(axes, values, 0.8 * INCHES[1] / columns)
            axes.set_title(MEASURES[measure])
            axes.set_ylabel(f"{measure} (lower: more alike)")
        add_title(figure, title)
        add_legend(figure, *axes.get_legend_handles_labels())
        return figure


def draw_measure(axes: Axes, rows: pd.DataFrame, inches: float) -> None:
    """A group per part, in it a dot with its bar per space; the classes stand between lines.

    Args:
        axes: where.
        rows: of ``summarise``.
        inches: of its width.
    """
    parts, spaces = list(rows["part"].unique()), rows["space"].unique()
    styles = {FEATURES: UNADAPTED} | styles_of(s for s in spaces if s != FEATURES)
    for place, space in enumerate(spaces):
        values = rows[rows["space"] == space]
        offset = 0.7 * ((place + 0.5) / len(spaces) - 0.5)
        axes.errorbar(
            *(np.arange(len(parts)) + offset, values["mean"], values["std"]),
            **styles[space].dots(),
            **{"elinewidth": 0.7, "capsize": 1.5, "label": networks.named(space)},
        )
    slanted = (
        {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if crowded(parts, inches) else {}
    )
    axes.set_xticks(range(len(parts)), parts, parse_math=False, **slanted)
    axes.set_xlim(-0.5, len(parts) - 0.5)
    for edge in range(1, len(parts)):
        axes.axvline(edge - 0.5, color="0.8", linewidth=0.5)
    axes.tick_params(axis="x", length=0)
    low, high = axes.get_ylim()
    axes.set_ylim(min(0, low), 1.03 * high)
    axes.grid(axis="y")


def crowded(parts: Sequence[str], inches: float) -> bool:
    """Whether the names of neighbours would run into one another below a panel of that width."""
    return any(text_width(f"{a} {b}") / 2 > inches / len(parts) for a, b in pairwise(parts))


if __name__ == "__main__":
    define_flags(
        "PATH: the pictures and the CSV, without suffix; domain_shift in the run's directory if "
        "not given.",
        "all-source,fine-tune,fada,cada",
    )
    program.start(main)
