"""Several pairs of corpora side by side: a panel for each run."""

import pytest
from helpers import table_of

from cada_tf.errors import InputError
from figures import panels

SIZED = {("fine-tune", 2): [[0.6, 0.7]], ("fine-tune", 4): [[0.7, 0.8]]}
RUNS = {
    "one": table_of({("all-source", None): [[0.5, 0.6]], **SIZED}),
    "two": table_of({("cada", 2): [[0.7, 0.9]]}),
    "three": table_of({("cada", 4): [[0.7, 0.9]], **SIZED}),
    "four": table_of(SIZED),
}


def test_each_run_is_a_panel_and_each_method_an_entry():
    figure = panels.make_figure(RUNS)
    shown = [axes for axes in figure.axes if axes.axison]
    assert len(shown) == 4
    (legend,) = figure.legends
    labels = [text.get_text() for text in legend.get_texts()]
    assert sorted(labels) == sorted(["all-source", "fine-tune", "CADA"])
    lines = {line.get_label() for line in shown[0].lines}
    assert "all-source" in lines
    assert shown[0].get_ylim() == shown[3].get_ylim()
    figure.draw_without_rendering()


def test_a_method_that_is_overtaken_is_one_entry():
    means = {("fine-tune", n): [[0.6, 0.6]] for n in (30, 60, 90)}
    runs = {
        name: table_of(means | {("label-target", n): [[n / at, n / at]] for n in (30, 60, 90)})
        for name, at in (("early", 70), ("late", 110))
    }
    figure = panels.make_figure(runs)
    (legend,) = figure.legends
    labels = [text.get_text() for text in legend.get_texts()]
    assert labels == ["fine-tune", "label-target", "label-target overtakes"]


def test_methods_that_are_named_are_shown_where_they_are():
    figure = panels.make_figure(RUNS, ["cada"])
    assert sum(axes.axison for axes in figure.axes) == 2
    with pytest.raises(InputError, match=r"found ccsa\. Name some of .*fine-tune"):
        panels.make_figure(RUNS, ["ccsa"])
