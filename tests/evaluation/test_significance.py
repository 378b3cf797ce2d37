"""The test of Nadeau and Bengio, Holm's correction, and what is compared with what."""

import math

import numpy as np
import pandas as pd
import pytest
from helpers import table_of
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from cada_tf.evaluation.clustered import Answers, interval, lead
from cada_tf.evaluation.significance import compare, corrected_t_test, holm

# As UA has them: ratios, whose differences are far from the smallest floats.
DIFFERENCES = st.lists(st.integers(-1000, 1000).map(lambda n: n / 1000), min_size=2, max_size=30)
RATIOS = st.sampled_from([0, 0.25, 1])
PS = st.lists(st.floats(0, 1), max_size=12).map(np.array)


def test_by_hand():
    """Mean 5/2 and s² = 5/3 of four, so that t = 5/2 / √(5/3 (1/4 + 1/4)), with df = 3."""
    effect = corrected_t_test(np.array([1, 2, 3, 4]), 1 / 4)
    x = 2.5 / math.sqrt(5 / 6) / math.sqrt(3)
    assert effect.difference == 2.5
    assert effect.p == pytest.approx(1 - 2 / math.pi * (x / (1 + x**2) + math.atan(x)))
    half = 3.182446305 * math.sqrt(5 / 6)  # the tables' t of 97.5 %
    assert effect[1:3] == pytest.approx((2.5 - half, 2.5 + half))


@given(DIFFERENCES)
def test_without_overlap_it_is_the_paired_t_test(differences):
    assume(np.ptp(differences) > 0)
    expected = stats.ttest_rel(differences, np.zeros(len(differences)))
    effect = corrected_t_test(np.array(differences), 0)
    assert effect.p == pytest.approx(expected.pvalue, abs=1e-9)
    assert effect[1:3] == pytest.approx(tuple(expected.confidence_interval()), abs=1e-9)


@given(DIFFERENCES, RATIOS)
def test_the_interval_holds_zero_where_there_may_be_no_difference(differences, ratio):
    differences = np.array(differences)
    assume(np.ptp(differences))
    effect = corrected_t_test(differences, ratio)
    assert effect.low <= effect.difference <= effect.high
    assert (effect.low <= 0 <= effect.high) == (effect.p >= 0.05)
    mirrored = corrected_t_test(-differences, ratio)
    assert mirrored == pytest.approx((-effect.difference, -effect.high, -effect.low, effect.p))
    assert effect.p >= corrected_t_test(differences, 0).p  # the correction makes no effect


@pytest.mark.parametrize("count", [2, 100])
@pytest.mark.parametrize("constant", [0, 0.25, -0.1])
def test_equal_differences_tell_nothing_of_their_spread(constant, count):
    """Two folds with 15 points each are no proof of "15.0 to 15.0"."""
    effect = corrected_t_test(np.full(count, constant), 0.25)
    assert effect.difference == pytest.approx(constant)
    assert np.isnan(effect[1:]).all()


def test_one_pair_tells_no_p():
    effect = corrected_t_test(np.array([0.1]), 0.25)
    assert effect.difference == 0.1
    assert np.isnan(effect[1:]).all()


def test_false_positives_are_as_rare_as_claimed():
    """Under the assumed correlation, n_test/(n_test + n_train), 5 %; else the test finds ghosts."""
    rng = np.random.default_rng(0)
    shared, own = rng.normal(size=(2000, 1)), rng.normal(size=(2000, 100))
    runs = math.sqrt(1 / 5) * shared + math.sqrt(4 / 5) * own
    rates = {
        ratio: np.mean([corrected_t_test(run, ratio).p < 0.05 for run in runs])
        for ratio in (1 / 4, 0)
    }
    assert rates[1 / 4] == pytest.approx(0.05, abs=0.015)
    assert rates[0] > 0.5


def test_holm_by_hand():
    p = np.array([0.01, 0.04, np.nan, 0.03, 0.005])
    np.testing.assert_allclose(holm(p), [0.03, 0.06, np.nan, 0.06, 0.02])
    np.testing.assert_array_equal(holm(np.array([0.6, 0.6])), [1, 1])
    assert holm(np.array([])).size == 0


@given(PS, st.floats(0.001, 0.5))
def test_holm_rejects_what_the_sequence_of_tests_does(p, level):
    corrected, order = holm(p), np.argsort(p)
    assert (corrected >= p).all()
    assert (corrected <= 1).all()
    assert (np.diff(corrected[order]) >= 0).all()
    rejected = []
    for left, place in zip(range(len(p), 0, -1), order, strict=True):
        if left * p[place] > level:
            break
        rejected.append(place)
    assert set(np.flatnonzero(corrected <= level)) == set(rejected)


@pytest.fixture
def table() -> pd.DataFrame:
    """CADA at 2, 4 and 6 examples, a rival at 4, 6 and 8, and one that takes none."""
    rng = np.random.default_rng(1)
    sized = [*(("cada", n) for n in (2, 4, 6)), *(("fine-tune", n) for n in (4, 6, 8))]
    cells = [("all-source", None), *sized]
    return table_of({cell: rng.uniform(0.4, 0.9, (3, 5)) for cell in cells})


def uas(table, method, examples=None):
    rows = table[table["method"] == method].sort_values(["trial", "fold"])
    return rows.loc[rows["examples"].eq(examples) if examples else slice(None), "ua"].to_numpy()


def test_what_is_compared(table):
    found = compare(table, "cada", ["fine-tune", "all-source"], folds=5)
    columns = ["method", "rival", "examples", "pairs", "difference", "low", "high", "p", "test"]
    assert list(found) == [*columns, "p_holm"]
    assert set(found["test"]) == {"corrected t"}
    assert found["examples"].dtype == "Int64"
    assert set(found["pairs"]) == {15}
    expected = {
        ("fine-tune", n): uas(table, "cada", n) - uas(table, "fine-tune", n) for n in (4, 6)
    }
    expected["fine-tune", 0] = (expected["fine-tune", 4] + expected["fine-tune", 6]) / 2
    for n in (2, 4, 6):
        expected["all-source", n] = uas(table, "cada", n) - uas(table, "all-source")
    expected["all-source", 0] = sum(expected["all-source", n] for n in (2, 4, 6)) / 3
    assert list(zip(found["rival"], found["examples"].fillna(0), strict=True)) == list(expected)
    for row, differences in zip(found.itertuples(), expected.values(), strict=True):
        assert row[5:9] == pytest.approx(corrected_t_test(differences, 1 / 4))
    mean = found["examples"].isna()
    for family in (mean, ~mean):
        np.testing.assert_array_equal(found["p_holm"][family], holm(found["p"][family].to_numpy()))


def test_neither_order_nor_names_matter(table):
    rivals = ["fine-tune", "all-source"]
    found = compare(table, "cada", rivals, folds=5)
    names = dict(zip(["cada", *rivals], "zyx", strict=True))
    renamed = table.sample(frac=1, random_state=0).replace({"method": names})
    other = compare(renamed, "z", ["y", "x"], folds=5)
    other[["method", "rival"]] = found[["method", "rival"]]
    pd.testing.assert_frame_equal(found, other)


def test_the_rivals_view_is_the_mirror_image(table):
    ours = compare(table, "cada", ["all-source"], folds=5)
    theirs = compare(table, "all-source", ["cada"], folds=5)
    np.testing.assert_allclose(ours[["difference", "low"]], -theirs[["difference", "high"]])
    np.testing.assert_allclose(ours[["p", "p_holm"]], theirs[["p", "p_holm"]])


def test_methods_that_take_no_examples_have_one_comparison(table):
    other = table[table["method"] == "all-source"].assign(method="all-target", ua=0.95)
    found = compare(pd.concat([table, other]), "all-target", ["all-source"], folds=5)
    assert found["examples"].isna().tolist() == [True]
    assert found["difference"][0] == pytest.approx(0.95 - uas(table, "all-source").mean())


def test_an_unfinished_run_is_compared_on_what_both_have(table):
    """A mean is over the same numbers of examples in each of its splits."""
    lost = (table["method"] == "cada") & (table["examples"] == 4) & (table["trial"] == 2)
    lost |= (table["method"] == "fine-tune") & (table["examples"] == 6) & (table["trial"] > 0)
    lost |= (table["method"] == "all-source") & (table["trial"] + table["fold"] > 0)
    found = compare(table[~lost], "cada", ["fine-tune", "all-source"], folds=5)
    assert list(found["pairs"]) == [10, 5, 5, 1, 1, 1, 1]
    differences = (uas(table, "cada", 4) - uas(table, "fine-tune", 4))[:10]
    assert found.iloc[0]["difference"] == pytest.approx(differences.mean())
    lone = found["rival"] == "all-source"
    assert found.loc[lone, ["low", "high", "p", "p_holm"]].isna().all(axis=None)
    assert found.loc[~lone, ["low", "high", "p", "p_holm"]].notna().all(axis=None)
    assert (found["p_holm"][:2] <= 2 * found["p"][:2]).all()  # those without p do not count


def test_without_common_results_there_is_nothing_to_compare(table):
    early, late = table["trial"] == 0, table["trial"] == 1
    apart = table[((table["method"] == "cada") & early) | ((table["method"] != "cada") & late)]
    for rivals in (["fine-tune", "all-source"], ["absent"], []):
        found = compare(apart, "cada", rivals, folds=5)
        assert found.empty
        assert "p_holm" in found


def test_differences_that_cancel_are_none():
    """0.5 - 0.2 and 0.4 - 0.7 are not quite opposite as floats, and the same in each split."""
    cells = {("a", 2): 0.5, ("b", 2): 0.2, ("a", 4): 0.4, ("b", 4): 0.7}
    found = compare(table_of({c: [[u, u]] * 2 for c, u in cells.items()}), "a", ["b"], folds=2)
    assert found.iloc[-1]["difference"] == 0
    assert found.iloc[-1][["low", "high", "p"]].isna().all()


def test_of_one_fold_there_is_no_p(table):
    found = compare(table[table["fold"] == 0], "cada", ["fine-tune"], folds=1)
    assert list(found["pairs"]) == [3, 3, 3]
    assert found[["low", "high", "p", "p_holm"]].isna().all(axis=None)


def test_where_answers_are_known_they_give_the_intervals(table):
    """Each at the sizes that both have; without those of incomplete trials, and of one method."""
    rng, labels = np.random.default_rng(2), np.arange(40) % 2
    cells = [("all-source", None), *(("cada", n) for n in (2, 4, 6)), ("fine-tune", 4)]
    right = {cell: (rng.random((3, 40)) < 0.6).astype(float) for cell in cells}
    right["cada", 6][1] = np.nan
    found = compare(
        table, "cada", ["fine-tune", "all-source"], folds=5, answers=Answers(labels, right)
    )
    plain = compare(table, "cada", ["fine-tune", "all-source"], folds=5)
    pd.testing.assert_series_equal(found["difference"], plain["difference"])
    found, plain = (one.set_index(["rival", "examples"]) for one in (found, plain))
    known = [("fine-tune", 4), *(("all-source", n) for n in (2, 4, 6))]
    for key, row in found[found.index.get_level_values(1).notna()].iterrows():
        if key not in known:
            assert row["test"] == "corrected t"
            assert row["p"] == plain.loc[key, "p"]
            continue
        rival, size = key
        trials = [0, 2] if size == 6 else [0, 1, 2]
        other = right[rival, size if rival == "fine-tune" else None]
        effect = lead(right["cada", size][trials], other[trials], labels)
        expected = interval(row["difference"], effect.variance, effect.freedom)
        assert (row["low"], row["high"], row["p"]) == pytest.approx(expected[1:])
        assert row["test"] == "clustered"
    mean = np.mean([right["cada", n][[0, 2]] for n in (2, 4, 6)], axis=0)
    effect = lead(mean, right["all-source", None][[0, 2]], labels)
    rows = found[found.index.get_level_values(1).isna()]
    assert list(rows["test"]) == ["corrected t", "clustered"]
    width = rows["high"].iloc[1] - rows["low"].iloc[1]
    assert width == pytest.approx(effect.effect.high - effect.effect.low)
