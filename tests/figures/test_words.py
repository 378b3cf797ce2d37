"""Numbers as words."""

import math

import pytest

from cada_tf.evaluation.effect import Effect
from figures import words


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        ((0.0123, -0.0004, 0.03), "+1.2 [0.0, 3.0]"),
        ((-0.0123, -0.02, 0.03), "−1.2 [−2.0, 3.0]"),
        ((0.01, math.nan, math.nan), "+1.0"),
        ((math.nan, math.nan, math.nan), ""),
        ((-0.0001, -0.01, 0.01), "+0.0 [−1.0, 1.0]"),
    ],
)
def test_leads(effect, expected):
    assert words.lead(Effect(*effect, p=0.5)) == expected


def test_percent_points_and_p():
    assert [words.percent(ua) for ua in (0.5649, math.nan, None)] == ["56.5", "", ""]
    assert [words.points(v) for v in (0.0123, -0.0123, math.nan)] == ["+1.2", "−1.2", ""]
    assert words.points(0.0123, "") == "1.2"
    assert [words.p_value(p) for p in (0.0004, 0.0301, math.nan)] == ["< 0.001", "0.030", ""]


def test_a_table_keeps_its_words_as_they_are():
    assert words.markdown([2, "b"], [["1.0", "x"]]) == (
        "| 2   | b   |\n|:----|:----|\n| 1.0 | x   |"
    )


@pytest.mark.parametrize(
    ("points", "sign", "shown"),
    [(-0.04, "+", "+0.0"), (-0.06, "-", "−0.1"), (0.04, "-", "0.0"), (12.34, "+", "+12.3")],
)
def test_points_are_rounded(points, sign, shown):
    assert words.rounded(points, sign) == shown
