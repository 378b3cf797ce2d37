"""What choosing labels is worth, by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cada_tf.evaluation.label_savings import equal_labels, leads, mean_lead, reached_at, ua_table


def make_rows(uas):
    """Rows of {strategy: [draws][sizes]} at 4, 8 and 16 labels."""
    return pd.DataFrame(
        [
            {"strategy": name, "draw": draw, "labels": size, "ua": ua}
            for name, draws in uas.items()
            for draw, values in enumerate(draws)
            for size, ua in zip((4, 8, 16), values, strict=True)
        ]
    )


ROWS = make_rows(
    {
        "random": [[0.5, 0.6, 0.7], [0.52, 0.58, 0.72], [0.48, 0.62, 0.68]],
        "better": [[0.5, 0.65, 0.71], [0.52, 0.64, 0.73], [0.48, 0.66, 0.69]],
    }
)


def test_leads_are_paired_by_draw():
    table = leads(ROWS, "better", "random").set_index("labels")
    assert list(table.index) == [4, 8, 16]
    expected = stats.ttest_1samp([0.05, 0.06, 0.04], 0)
    low, high = expected.confidence_interval()
    assert table.loc[8, "difference"] == pytest.approx(0.05)
    assert tuple(table.loc[8, ["low", "high"]]) == pytest.approx((low, high))
    assert table.loc[4, "difference"] == 0
    assert np.isnan(table.loc[4, "low"])  # all are equal, and say nothing of a spread


def test_the_mean_lead_leaves_out_what_all_start_from():
    effect = mean_lead(ROWS, "better", "random")
    assert effect.difference == pytest.approx((0.05 + 0.01) / 2)
    low, high = stats.ttest_1samp([0.03, 0.035, 0.025], 0).confidence_interval()
    assert (effect.low, effect.high) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("wanted", "labels"),
    [(0.5, 4), (0.4, 4), (0.55, 4 * 2**0.5), (0.6, 8), (0.65, 8 * 2**0.5), (0.7, 16), (0.8, 16)],
)
def test_where_a_curve_reaches_a_ua(wanted, labels):
    assert reached_at(np.array([4.0, 8, 16]), np.array([0.5, 0.6, 0.7]), wanted) == pytest.approx(
        labels
    )


def test_a_curve_that_falls_is_levelled():
    sizes, ua = np.array([4.0, 8, 16, 32]), np.array([0.5, 0.7, 0.6, 0.8])
    assert reached_at(sizes, ua, 0.65) == pytest.approx(8)  # the mean of 0.7 and 0.6
    assert reached_at(sizes, ua, 0.725) == pytest.approx(16 * 2**0.5)


def test_labels_of_equal_ua_and_their_interval():
    found = equal_labels(ROWS, "better", "random", 8)
    assert found.labels == pytest.approx(8 * 2**0.5)
    assert found.low <= found.labels <= found.high
    assert found.high - found.low < 2
    same = equal_labels(ROWS, "random", "random", 8)
    assert same.labels == same.low == same.high == pytest.approx(8)


def test_a_draw_that_one_of_them_lacks_is_left_out():
    rows = ROWS[~((ROWS["strategy"] == "random") & (ROWS["draw"] == 2))]
    table = leads(rows, "better", "random").set_index("labels")
    assert table.loc[8, "difference"] == pytest.approx(0.055)
    assert list(ua_table(rows, "random").index) == [0, 1]
