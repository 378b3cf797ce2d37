"""Chance, 1 / C for C classes, is drawn and said, where a run has kept its classes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import table_of

from cada_tf import paper
from cada_tf.apps import learning_curve
from cada_tf.apps.pictures import look
from cada_tf.evaluation.learning_curve import LearningCurve
from figures import curves, few_labels, tables
from figures.domain_shift import crowded
from figures.labels import chance_of, papers_pair

FOUR = ("anger", "happiness", "neutral", "sadness")


def results_of(classes: tuple[str, ...], **columns) -> pd.DataFrame:
    table = table_of({("cada", 4): [[0.5, 0.6]], ("all-source", None): [[0.4, 0.4]]}, **columns)
    return table.assign(**{f"recall_{name}": table["ua"] for name in classes})


def level_lines(axes) -> list[float]:
    """Where level lines are."""
    lines = [np.unique(line.get_ydata()) for line in axes.lines if len(line.get_xdata()) == 2]
    return [float(y[0]) for y in lines if len(y) == 1]


@pytest.mark.parametrize(
    ("classes", "chance"), [(FOUR[:2], 50), (FOUR, 25), (tuple("abcdefg"), 100 / 7)]
)
def test_chance_is_that_of_the_classes(classes, chance):
    table = results_of(classes)
    assert chance_of(table) == pytest.approx(chance)
    figure = curves.make_figure(table)
    assert level_lines(figure.axes[0])[-1] == pytest.approx(chance)
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert f"chance: {chance:.1f}" in words
    for format in (tables.Format.TEXT, tables.Format.MARKDOWN):
        assert f"Chance is {chance:.1f} %." in tables.render(table, format=format)


def test_of_a_run_without_its_classes_no_chance_is_told():
    table = results_of(())
    assert chance_of(table) is None
    assert level_lines(curves.make_figure(table).axes[0]) == pytest.approx([40])
    assert "hance" not in tables.render(table)


def test_the_papers_numbers_are_of_its_classes_alone():
    pair = {"source": "aibo-ohm", "target": "emodb"}
    assert tuple(pair.values()) in paper.TABLES
    for classes in ((), ("negative", "positive")):
        assert papers_pair(results_of(classes, **pair)) == ("aibo-ohm", "emodb")
    other = results_of(("anger", "neutral"), **pair)
    assert "paper" not in tables.render(other)
    assert "paper" in tables.render(results_of((), **pair))
    assert not any("the paper" in line for line in curves.describe_crossings(other))


@pytest.mark.parametrize("classes", [2, 4, None])
def test_chance_of_draws(classes, monkeypatch):
    columns = {
        "source": "a",
        "target": "b",
        "labels": 12,
        "ua": [0.55, 0.6],
        "low": 0.5,
        "high": 0.7,
    }
    draws = pd.DataFrame({"draw": [0, 1], "method": "cada", "truth": [0.5, 0.6], **columns})
    draws = draws if classes is None else draws.assign(classes=classes)
    seen = []
    monkeypatch.setattr(few_labels, "save", lambda figure, _: seen.append(figure))
    few_labels.draw(draws, Path("x"))
    drawn = [level_lines(axes) for axes in seen[0].axes]
    assert drawn == ([[], []] if classes is None else [[100 / classes]] * 2)


def test_chance_in_a_learning_curve():
    table = pd.DataFrame({"examples": [4, 8], "ua": [0.4, 0.5], "low": 0.3, "high": 0.6})
    curve = LearningCurve(table, 8, 0.5, 0.02, 0.01)
    figure = learning_curve.draw(curve, "cada", 0.25)
    assert level_lines(figure.axes[0]) == [25]
    assert "chance: 25.0" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_names_of_classes_are_slanted_where_they_would_touch():
    with look():
        assert not crowded(["marginal", "negative", "positive", "class-conditional"], 2.7)
        assert crowded(["marginal", *FOUR, "class-conditional"], 2.7)
