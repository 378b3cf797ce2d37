"""How methods are drawn, and that legends fit."""

import matplotlib
import pytest
from matplotlib.figure import Figure

from cada_tf.methods import METHODS
from cada_tf.methods.registry import is_packaged
from figures.drawing import INCHES, LOOK, STYLES, legend_grid, styles_of


@pytest.mark.parametrize("others", [0, 3, 60, 700])
def test_no_two_methods_look_alike(others):
    methods = [f"method-{i}" for i in range(others)]
    styles = styles_of([*METHODS, *methods])
    assert list(styles) == [*METHODS, *methods]
    assert len(set(styles.values())) == len(styles)
    first = [(style.color, style.marker) for style in list(styles.values())[: len(METHODS) + 56]]
    assert len(set(first)) == len(first)  # where there is no line
    axes = Figure().subplots()
    for style in styles.values():
        axes.plot([0, 1], [0, 1], **style._asdict())


def test_each_method_of_the_package_has_a_style_of_its_own():
    assert set(STYLES) == {name for name, method in METHODS.items() if is_packaged(method)}
    assert len({style.color for style in STYLES.values()}) == len(STYLES)
    in_grey = {(style.marker, style.linestyle) for style in STYLES.values()}
    assert len(in_grey) == len(STYLES)


def test_styles_do_not_depend_on_other_methods():
    assert styles_of(["mine", "fada", "mine"]) == {
        "mine": styles_of(["mine", "yours"])["mine"],
        "fada": STYLES["fada"],
    }


@pytest.mark.parametrize("width", INCHES)
@pytest.mark.parametrize(
    "label", ["CADA", "all-source (99/100)", "CADA, Eq. 2 alone, 12 examples (9/9)"]
)
def test_a_legend_fits_its_figure(width, label):
    with matplotlib.rc_context(LOOK):
        figure = Figure((width, 4))
        (line,) = figure.subplots().plot([0, 1], [0, 1])
        rows, columns = legend_grid([label] * 8, width)
        assert rows * columns >= 8
        legend = figure.legend([line] * 8, [label] * 8, ncols=columns, frameon=False)
        figure.canvas.draw()
        assert legend.get_window_extent().width <= width * figure.dpi
