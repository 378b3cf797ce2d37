"""The order of methods over pairs of corpora."""

import math

import pandas as pd
import pytest

from cada_tf.study.ranking import has_few_labels, has_few_labels_alone, rank

UA = {
    ("a", "b"): {"cada": (0.60, 0.70), "svm-pooled": (0.605, 0.68), "dann": (0.70, 0.70)},
    ("b", "a"): {"cada": (0.50, 0.60), "svm-pooled": (0.54, 0.60), "dann": (0.55, 0.61)},
}
"""Of each pair, at 2 and 12 examples."""


@pytest.fixture
def ua():
    rows = [
        {"source": s, "target": t, "method": method, "examples": size, "mean": value}
        for (s, t), methods in UA.items()
        for method, values in methods.items()
        for size, value in zip((2, 12), values, strict=True)
    ]
    rows += [
        {"source": s, "target": t, "method": "label-target", "examples": 12, "mean": 0.8}
        for s, t in UA
    ]
    return pd.DataFrame(rows)


def test_methods_are_compared_with_those_that_know_no_more(ua):
    table = rank(ua, has_few_labels_alone).set_index("method")
    assert list(table.index) == ["dann", "svm-pooled", "cada", "label-target"]
    assert table.loc["cada", [2, 12, "mean"]].tolist() == pytest.approx([0.55, 0.65, 0.6])
    # Behind svm-pooled by a point or less at all but (b, a) with two examples.
    assert table.loc["cada", "near"] == pytest.approx(3 / 4)
    assert table.loc["cada", "behind"] == pytest.approx(0.02)
    assert table.loc["svm-pooled", "near"] == pytest.approx(3 / 4)
    assert table.loc["svm-pooled", "behind"] == pytest.approx(0.01)
    # dann, which knows the unlabelled utterances, is ahead of the best of these.
    assert table.loc["dann", "behind"] < 0
    assert rank(ua, has_few_labels).set_index("method").loc["dann", "behind"] == 0


def test_a_method_without_some_size_is_last_and_is_not_compared(ua):
    row = rank(ua, has_few_labels_alone).iloc[-1]
    assert (row["method"], row[12]) == ("label-target", 0.8)
    assert all(math.isnan(row[name]) for name in (2, "mean", "near", "behind"))


def test_a_method_that_lacks_a_pair_has_no_mean(ua):
    lacking = ua[(ua["method"] != "cada") | (ua["source"] == "a")]
    table = rank(lacking, has_few_labels_alone).set_index("method")
    assert "cada" not in table.index
    assert {"dann", "svm-pooled"} <= set(table.index)
