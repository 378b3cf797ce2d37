"""How methods, classes and other series are told apart, with colours and without."""

import itertools

import matplotlib.colors
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from cada_tf.methods import METHODS
from cada_tf.methods.registry import is_packaged
from figures.styles import (
    SERIES_COLOURS,
    STYLES,
    hatches_in_turn,
    make_style,
    styles_in_turn,
    styles_of,
)

USUAL = list(STYLES)[:11]
"""The systems that are compared most."""
# Machado, Oliveira & Fernandes 2009, Table 1, severity 1, of linear RGB.
SIGHTS = {
    "normal": np.eye(3),
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
}


def oklab(colours, sight) -> np.ndarray:
    """Colours as seen, in Ottosson's Oklab, in which distances are about as large as they look."""
    rgb = np.array([matplotlib.colors.to_rgb(colour) for colour in colours])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.transpose(SIGHTS[sight]), 0, 1)
    cones = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    axes = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.cbrt(seen @ np.transpose(cones)) @ np.transpose(axes)


def least_distance(colours, sight) -> float:
    points = oklab(colours, sight)
    return min(np.linalg.norm(a - b) for a, b in itertools.combinations(points, 2))


def test_distances_of_colours_by_hand():
    """Black and white are one apart, and red and green look alike without green cones."""
    assert least_distance(["black", "white"], "normal") == pytest.approx(1, abs=1e-3)
    assert least_distance(["#c05040", "#7a8040"], "normal") > 0.12
    assert least_distance(["#c05040", "#7a8040"], "deuteranopia") < 0.08


@pytest.mark.parametrize("sight", SIGHTS)
def test_colours_differ_for_the_colour_blind(sight):
    assert least_distance([STYLES[name].color for name in USUAL], sight) > 0.07
    assert least_distance([style.color for style in STYLES.values()], sight) > 0.03
    assert least_distance(SERIES_COLOURS, sight) > 0.07


def test_each_method_of_the_package_has_a_look_of_its_own():
    assert set(STYLES) == {name for name, method in METHODS.items() if is_packaged(method)}
    assert len({style.color for style in STYLES.values()}) == len(STYLES)
    in_grey = {(style.marker, style.markerfacecolor) for style in STYLES.values()}
    assert len(in_grey) == len(STYLES)
    users = {(make_style(place).marker, make_style(place).markerfacecolor) for place in range(8)}
    assert len(users - in_grey) == 8


@pytest.mark.parametrize("others", [0, 3, 60, 700])
def test_no_two_methods_look_alike(others):
    methods = [f"method-{i}" for i in range(others)]
    styles = styles_of([*METHODS, *methods])
    assert list(styles) == [*METHODS, *methods]
    assert len(set(styles.values())) == len(styles)
    first = [style._replace(linestyle="") for style in styles.values()][: len(METHODS) + 56]
    assert len(set(first)) == len(first)  # where there is no line
    axes = Figure().subplots()
    for style in styles.values():
        axes.plot([0, 1], [0, 1], **style._asdict())


@given(st.lists(st.text(max_size=9), max_size=3), st.lists(st.text(max_size=9), max_size=3))
def test_a_style_does_not_depend_on_the_methods_after_it(before, after):
    styles = styles_of([*before, "fada", "mine"])
    more = styles_of([*before, "fada", "mine", *after])
    assert styles["fada"] == STYLES["fada"]
    assert {name: more[name] for name in styles} == styles


def test_a_style_of_a_users_method_is_that_of_its_name():
    assert styles_of(["mine", "fada"])["mine"] == styles_of(["yours", "mine"])["mine"]
    assert styles_of(["mine"])["mine"] != styles_of(["yours"])["yours"]


def test_classes_are_told_apart():
    names = [f"class {place}" for place in range(56)]
    styles = styles_in_turn(names)
    assert list(styles) == names
    dots = {(style.color, style.marker) for style in styles.values()}
    bars = {(styles[name].color, hatch) for name, hatch in hatches_in_turn(names).items()}
    assert len(dots) == len(bars) == 56
    seven = list(styles.values())[:7]
    assert len({style.color for style in seven}) == len({style.marker for style in seven}) == 7
    assert len({*hatches_in_turn(names[:7]).values()}) == 7
