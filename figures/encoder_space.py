r"""The encoder's space before and after adaptation: PCA and t-SNE of both corpora.

    python -m figures.encoder_space --results=runs/NAME [--methods=all-source,cada] [--examples=12]

draws a PNG and a PDF: one column per method, of one network (``--fold``) of the first trial. Points
are embeddings, the encoder's last ReLU layer: pale for a sample of the source, dark for the
target's test utterances, which no network has seen, and ringed for the few labelled target
examples, which all-source has not seen either. In the PCA distances are to scale, and an arrow
leads from each class's mean in the source to that in the target: where classes are aligned it is
short. t-SNE keeps neighbours together; its distances mean little. Each network has a space of its
own; ``python -m figures.domain_shift`` measures what is seen here.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from absl import flags

from cada_tf import runs
from cada_tf.apps import program
from cada_tf.apps.pictures import INCHES, look
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports
from cada_tf.methods import per_class
from cada_tf.models.forward import embed
from cada_tf.protocol.cell import Cell
from figures import command
from figures.cells import define_flags
from figures.drawing import add_legend, add_title, save, wrapped
from figures.labels import caveats
from figures.styles import Style, styles_in_turn

with lazy_imports():
    import matplotlib.colors
    import matplotlib.figure
    import matplotlib.lines
    import matplotlib.patheffects

    from cada_tf.evaluation import domain_shift
    from figures import networks, projections

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

FLAGS = flags.FLAGS

GROUPS = {
    "source": "source",
    "test": "target, test utterance",
    "examples": "target, labelled example",
}
"""What is distinguished, from the bottom to the top, and its name in the legend."""
SOURCE = 600
"""Source utterances that are drawn, so that they do not hide the target's."""
PALE = 0.3
"""How much of its colour a pale point has, the rest being white."""
CENTRAL = 0.98
"""The share of the points that makes the PCA and its frame: a single utterance with a functional
far out of range would else be all that is seen."""
PERPLEXITY = 30
COLUMNS = 5
"""Methods side by side; more are drawn in several rows."""
WIDEST = 2.2
"""Inches of a panel, which is as high as it is wide."""


@dataclasses.dataclass(frozen=True)
class Space:
    """Utterances as points ``[n, units]``, with their classes and ``GROUPS``, ``[n]`` each."""

    points: np.ndarray
    labels: np.ndarray
    groups: np.ndarray

    def of(self, group: str, label: int) -> np.ndarray:
        """The points of a group and class."""
        return self.points[(self.groups == group) & (self.labels == label)]


def main() -> None:
    """Draws the encoders' spaces of a run and says how far apart the classes' means are."""
    archive, cells = networks.given_run()
    path = command.given_picture(command.run_folder() / "encoder_space")
    spaces = spaces_of(archive, cells, FLAGS.fold)
    title = describe(archive, cells, FLAGS.fold, next(iter(spaces.values())))
    print("\n".join([*title, *tell_distances(spaces, archive.problem.classes)]))
    for file in draw(title, spaces, archive.problem.classes, path):
        print(f"figure: {file}")


def spaces_of(archive: runs.Archive, cells: list[Cell], fold: int) -> dict[str, Space]:
    """Method → ``space_of`` of each cell, with the same labelled examples marked."""
    examples = max(cell.examples or 0 for cell in cells)
    return {networks.named(cell.method): space_of(archive, cell, fold, examples) for cell in cells}


def space_of(archive: runs.Archive, cell: Cell, fold: int, examples: int) -> Space:
    """What the encoder of a cell makes of both corpora.

    Args:
        archive: of the run.
        cell: whose network it is.
        fold: of the first trial.
        examples: how many labelled target examples are marked.

    Raises:
        InputError: the fold has no network.
    """
    found, problem = networks.networks_of(archive, cell), archive.problem
    if fold not in found:
        raise InputError(
            f"--fold: expected a fold with a network of {cell.method} "
            f"({', '.join(map(str, found))}), found {fold}. Choose one of these."
        )
    split = problem.split(0, fold)
    source = networks.sample_by_class(problem.source.labels, SOURCE, problem.seed)
    few = problem.examples(split, per_class(examples, len(problem.classes), archive.config))
    target = np.concatenate([split.test, few])
    xs, xt = networks.scaled(cell, problem, archive.config, split)
    return Space(
        embed(found[fold], np.concatenate([xs[source], xt[target]])),
        np.concatenate([problem.source.labels[source], problem.target.labels[target]]),
        np.repeat(list(GROUPS), [len(source), len(split.test), len(few)]),
    )


def describe(archive: runs.Archive, cells: list[Cell], fold: int, space: Space) -> list[str]:
    """What is shown: one line each."""
    problem = archive.problem
    drawn, test, examples = (np.count_nonzero(space.groups == group) for group in GROUPS)
    return [
        f"Encoder's space, {problem.source.name} → {problem.target.name}, fold {fold} of the "
        "first trial",
        f"{drawn:,} of {len(problem.source):,} source utterances, {test:,} test utterances and "
        f"{examples or 'no'} labelled examples of the target",
        *caveats(runs.conditions(problem, archive.config), [cell.method for cell in cells], [], 0),
    ]


def tell_distances(spaces: dict[str, Space], classes: tuple[str, ...]) -> list[str]:
    """One line per method: how far apart each class's means are."""
    lines = ["Source to target mean of each class, in radii of that class in the source:"]
    for name, space in spaces.items():
        source, test = space.groups == "source", space.groups == "test"
        sets = (part[rows] for rows in (source, test) for part in (space.points, space.labels))
        distances = domain_shift.decompose(domain_shift.centroid_distance, *sets)
        found = zip(classes, distances.classes, strict=True)
        lines.append(f"{name}: {', '.join(f'{label} {far:.2f}' for label, far in found)}")
    return lines


def draw(
    title: list[str], spaces: dict[str, Space], classes: tuple[str, ...], path: Path
) -> list[Path]:
    """Draws ``make_figure`` to ``path``, as ``drawing.save`` does."""
    return save(make_figure(title, spaces, classes), path)


def make_figure(title: list[str], spaces: dict[str, Space], classes: tuple[str, ...]) -> Figure:
    """The spaces, by their methods, side by side: below each PCA the t-SNE."""
    rows = math.ceil(len(spaces) / COLUMNS)
    columns = math.ceil(len(spaces) / rows)
    inches = min(WIDEST, INCHES[1] / columns)
    styles = styles_in_turn(classes)
    with look():
        size = max(INCHES[0], inches * columns), rows * (2 * inches + 0.4)
        figure = matplotlib.figure.Figure(size)
        panels = figure.subplots(2 * rows, columns, squeeze=False)
        pairs = panels.reshape(rows, 2, columns).swapaxes(1, 2).reshape(-1, 2)
        for (above, below), (name, space) in zip(pairs, spaces.items(), strict=False):
            draw_pca(above, space, list(styles.values()))
            draw_tsne(below, space, list(styles.values()))
            above.set_title("\n".join(wrapped([name], inches)))
        for axes, name in zip(panels[:, 0], itertools.cycle(("PCA", "t-SNE")), strict=False):
            axes.set_ylabel(name)
        for axes in pairs[len(spaces) :].flat:
            axes.remove()
        add_title(figure, title)
        handles = legend_of(styles)
        add_legend(figure, handles, [handle.get_label() for handle in handles])
        return figure


def draw_pca(axes: Axes, space: Space, styles: Sequence[Style]) -> None:
    """The two directions of the largest variance, and how each class's mean is shifted."""
    distances = np.linalg.norm(space.points - np.median(space.points, axis=0), axis=1)
    central = distances <= np.quantile(distances, CENTRAL)
    points, shares = projections.by_pca(space.points, central)
    flat = dataclasses.replace(space, points=points)
    draw_points(axes, flat, styles)
    for label in np.unique(space.labels):
        means = (flat.of(group, label).mean(axis=0) for group in ("test", "source"))
        arrow = {"arrowstyle": "->", "linewidth": 1.3, "color": styles[label].color}
        arrow |= {"shrinkA": 0, "shrinkB": 0}
        arrow["path_effects"] = [
            matplotlib.patheffects.withStroke(linewidth=3.2, foreground="white")
        ]
        axes.annotate("", *means, arrowprops=arrow, zorder=9)
    low, high = np.quantile(flat.points[central], [0, 1], axis=0)
    margin = 0.04 * (high - low).max()
    axes.set_xlim(low[0] - margin, high[0] + margin)
    axes.set_ylim(low[1] - margin, high[1] + margin)
    across, upwards = 100 * shares
    axes.set_xlabel(f"Variance explained:\n→ {across:.0f} %, ↑ {upwards:.0f} %")


def draw_tsne(axes: Axes, space: Space, styles: Sequence[Style]) -> None:
    """Neighbours together."""
    perplexity = min(PERPLEXITY, (len(space.points) - 1) / 3)
    points = projections.by_tsne(space.points, perplexity)
    draw_points(axes, dataclasses.replace(space, points=points), styles)
    axes.set_xlabel(f"Perplexity {perplexity:.0f}")


def draw_points(axes: Axes, flat: Space, styles: Sequence[Style]) -> None:
    """The source below, then the target's test utterances, the labelled examples on top."""
    for order, group in enumerate(GROUPS):
        for label in np.unique(flat.labels):
            style = style_of(group, styles[label])
            axes.plot(*flat.of(group, label).T, **style, zorder=order + 2)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_aspect("equal", adjustable="datalim")


def style_of(group: str, style: Style) -> dict:
    """How a group is drawn in the colour and with the marker of a class."""
    pale = tuple(PALE * part + 1 - PALE for part in matplotlib.colors.to_rgb(style.color))
    return (
        style.dots()
        | {
            "source": {"color": pale, "markersize": 2.4, "markeredgewidth": 0},
            "test": {"markersize": 3.4, "markeredgecolor": "white", "markeredgewidth": 0.3},
            "examples": {"markersize": 5.2, "markeredgecolor": "black", "markeredgewidth": 0.9},
        }[group]
    )


def legend_of(styles: Mapping[str, Style]) -> list[Line2D]:
    """The classes by colour and marker, then the groups by size and shade."""
    grey = Style("#404040", "o", "none")
    entries = [(name, style_of("test", style)) for name, style in styles.items()]
    entries += [(words, style_of(group, grey)) for group, words in GROUPS.items()]
    shift = {"color": grey.color, "marker": 5, "markevery": (1, 2)}
    return [
        matplotlib.lines.Line2D([0, 1], [0, 0], **style, label=name)
        for name, style in [*entries, ("shift of a class's mean", shift)]
    ]


if __name__ == "__main__":
    define_flags(
        "PATH: the pictures, without suffix; encoder_space in the run's directory if none.",
        "all-source,cada",
    )
    with program.group("What is shown"):
        flags.DEFINE_integer("fold", 0, "The test fold of the first trial.", lower_bound=0)
    program.start(main)
