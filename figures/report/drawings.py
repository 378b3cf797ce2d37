"""The pictures of a run as the programs of ``figures`` draw them, each with its gist in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cada_tf.evaluation.spread import plus_minus
from cada_tf.lazy import lazy_imports
from cada_tf.methods import METHODS
from figures import (
    cells,
    confusions,
    curves,
    domain_shift,
    encoder_space,
    feature_differences,
    paired_differences,
    speakers,
)
from figures.labels import chance_of, display
from figures.words import rounded

with lazy_imports():
    from cada_tf.evaluation import effect_sizes
    from cada_tf.runs import results as run_results
    from figures import networks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cada_tf.protocol.cell import Cell
    from figures.report.results import Run

MOST_RIVALS = 6
"""Panels of the paired differences: more are no longer looked at, and fill pages."""
MOST_NAMED = 6
"""Methods, speakers or features that the words for a picture name."""
FIRST = 5
"""Functionals whose difference is put in words."""


class Drawn(NamedTuple):
    """A picture of a run: the figure, its gist in words, and all that it shows as text."""

    figure: Figure
    gist: str
    numbers: str = ""


def draw_curve(run: Run) -> Drawn:
    """``figures.curves``."""
    summary = run_results.summarise(run.table)
    summary["mean"] *= 100
    means, parts = curves.mean_curves(summary), []
    for method in leading_first(means.columns, run.method):
        known = means[method].dropna()
        ends = {known.index[0]: known.iloc[0], known.index[-1]: known.iloc[-1]}
        values = ", ".join(f"{value:.1f} % at {size}" for size, value in ends.items())
        parts.append(f"{display(method)} {values}")
    alone = summary[summary["examples"].isna()].itertuples()
    level = [f"{display(row.method)} {row.mean:.1f} %" for row in alone]
    if chance := chance_of(run.table):
        level.append(f"chance {chance:.1f} %")
    return Drawn(
        curves.make_figure(run.table, planned=run.planned),
        f"UA by number of labelled examples: {some(parts) or 'none'}. Level lines: {some(level)}.",
        "\n".join(curves.describe_crossings(run.table)),
    )


def draw_paired(run: Run) -> Drawn:
    """``figures.paired_differences``, of some rivals, the paper's first."""
    rivals = paired_differences.find_rivals(run.table, run.method)
    related = [not (name in METHODS and METHODS[name].in_paper) for name in rivals]
    first = [rivals[place] for place in np.argsort(related, kind="stable")[:MOST_RIVALS]]
    compared = paired_differences.measure(run.table, run.method, first, run.planned, run.answers)
    caption = paired_differences.describe(run.table, compared, run.method, run.planned)
    if len(first) < len(rivals):
        caption.append(f"The first {len(first)} of {len(rivals)} rivals, those of the paper first.")
    means = [
        f"{display(row.rival)} {rounded(row.difference, '+')} points, {row.won:.0f} % of splits won"
        for row in compared[compared["examples"].isna()].itertuples()
    ]
    return Drawn(
        paired_differences.make_figure(caption, compared),
        f"Lead of {display(run.method)} in the mean over the numbers of examples: {some(means)}.",
        paired_differences.render(caption, compared),
    )


def draw_confusions(run: Run) -> Drawn:
    """``figures.confusions``, of all methods."""
    predictions = predictions_of(run)
    caption, classes = confusions.describe(predictions), predictions.problem.classes
    matrices = confusions.confusions_of(predictions)
    parts = []
    for cell in leading_first(predictions.y_pred, run.method):
        title = predictions.title[cell]
        mean, _ = confusions.mean_and_std(confusions.shares(matrices[title]))
        recalls = zip(classes, np.diagonal(mean), strict=True)
        recognised = ", ".join(f"{plus_minus(r, np.nan)} % of {c}" for c, r in recalls)
        parts.append(f"{title}: {recognised}")
    return Drawn(
        confusions.make_figure(caption, matrices, classes),
        f"Recognised rightly are, {some(parts, '; ')}.",
        confusions.render(caption, matrices, classes),
    )


def draw_speakers(run: Run) -> Drawn:
    """``figures.speakers``, of all methods."""
    predictions = predictions_of(run)
    found = speakers.measure(predictions)
    caption = speakers.describe(found, predictions)
    parts = []
    for cell in leading_first(found.mean, run.method):
        known = found.mean[cell][~np.isnan(found.mean[cell])]
        parts.append(f"{predictions.title[cell]}: {known.min():.0f} % to {known.max():.0f} %")
    return Drawn(
        speakers.make_figure(caption, found, predictions),
        f"UA from the worst to the best of {len(found.names)} speakers: {some(parts, '; ')}.",
        speakers.render(caption, found, predictions),
    )


def draw_encoder_space(run: Run) -> Drawn:
    """``figures.encoder_space``, before and after adaptation."""
    chosen = network_cells(run, ["all-source", run.method])
    spaces = encoder_space.spaces_of(run.archive, chosen, fold=0)
    title = encoder_space.describe(run.archive, chosen, 0, next(iter(spaces.values())))
    classes = run.archive.problem.classes
    first, *distances = encoder_space.tell_distances(spaces, classes)
    return Drawn(
        encoder_space.make_figure(title, spaces, classes),
        f"{first} {'; '.join(distances)}.",
        "\n".join([*title, first, *distances]),
    )


def draw_domain_shift(run: Run) -> Drawn:
    """``figures.domain_shift``, of the systems that most runs have, and of the one compared."""
    chosen = network_cells(run, ["all-source", "fine-tune", "fada", "cada", run.method])
    table = domain_shift.measure(run.archive, chosen)
    title = domain_shift.describe(run.archive, chosen, table)
    shown = domain_shift.summarise(table)
    shown = shown[shown["part"] == domain_shift.CONDITIONAL]
    parts = []
    for measure, rows in shown.groupby("measure", sort=False):
        values = (f"{networks.named(row.space)} {row.mean:.2f}" for row in rows.itertuples())
        parts.append(f"{measure}: {', '.join(values)}")
    return Drawn(
        domain_shift.make_figure(title, table),
        f"Distance between source and target within the classes, lower being more alike. "
        f"{'; '.join(parts)}.",
        domain_shift.render(title, table),
    )


def draw_feature_differences(run: Run) -> Drawn:
    """``figures.feature_differences``."""
    problem = run.archive.problem
    effects = effect_sizes.measure(problem)
    caption = feature_differences.describe(problem, effects)
    first = effects.head(feature_differences.COUNT)
    largest = [
        f"{feature_differences.readable(row['functional'])} {row['mean |d|']:.1f}"
        for _, row in effects.head(FIRST).iterrows()
    ]
    return Drawn(
        feature_differences.make_figure(caption, first, problem),
        f"The largest mean |d| between the corpora: {'; '.join(largest)}. {caption[-1]}",
        feature_differences.render(caption, first, problem.classes),
    )


def predictions_of(run: Run) -> confusions.Predictions:
    """What all methods of a run predicted, at the largest number of examples."""
    chosen = cells.chosen_cells(run.table)
    return confusions.load_predictions(run.archive, run.table, run.planned, chosen)


def network_cells(run: Run, methods: list[str]) -> list[Cell]:
    """The cells of those methods that train networks, likewise; of all if there are none of them.

    Raises:
        InputError: no method of the run does.
    """
    found = cells.default_cells(run.table, list(dict.fromkeys(methods)))
    found = [c for c in found if c.method in METHODS and networks.has_network(c.method)]
    networks.check_any(found, run.table)
    return found


def leading_first(names: Iterable, method: str) -> list:
    """Methods, or cells, those of the compared one first."""
    return sorted(names, key=lambda name: getattr(name, "method", name) != method)


def some(parts: list[str], separator: str = ", ") -> str:
    """The first of the parts, and how many more there are."""
    rest = len(parts) - MOST_NAMED
    return separator.join([*parts[:MOST_NAMED], *([f"and {rest} more"] if rest > 0 else [])])
