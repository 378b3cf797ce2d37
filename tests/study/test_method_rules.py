"""Rules that choose a method by a measure of the pair."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cada_tf.study.method_rules import Stump, best_constant, fit_stump, leave_corpus_out

PAIRS = pd.MultiIndex.from_tuples(itertools.permutations("abcdef", 2), names=["source", "target"])


def made(seed=0, effect=0.1):
    """CADA is ahead by ``effect`` where the shift is above 1, and behind by as much below it."""
    rng = np.random.default_rng(seed)
    measures = pd.DataFrame({"noise": rng.random(30), "shift": 2 * rng.random(30)}, index=PAIRS)
    base = 0.6 + 0.02 * rng.normal(size=30)
    lead = effect * np.where(measures["shift"] > 1, 1, -1)
    ua = pd.DataFrame({"cada": base + lead, "fine-tune": base, "svm": base - 0.2}, index=PAIRS)
    return ua, measures


def test_it_finds_what_tells_the_pairs_apart():
    ua, measures = made()
    stump = fit_stump(ua, measures)
    assert (stump.measure, stump.low, stump.high) == ("shift", "fine-tune", "cada")
    assert stump.threshold == pytest.approx(1, abs=0.15)
    assert stump.choose(pd.Series({"noise": 0, "shift": 0.2})) == "fine-tune"
    assert stump.choose(pd.Series({"noise": 0, "shift": 1.8})) == "cada"


@given(st.integers(0, 99))
def test_no_other_stump_is_better_on_its_pairs(seed):
    rng = np.random.default_rng(seed)
    rows = PAIRS[:7]
    ua = pd.DataFrame(rng.random((7, 3)), index=rows, columns=list("xyz"))
    measures = pd.DataFrame(rng.integers(0, 4, (7, 2)), index=rows, columns=["m", "n"])

    def worth(stump):
        return np.mean([ua.loc[p, stump.choose(measures.loc[p])] for p in rows])

    found = worth(fit_stump(ua, measures))
    assert found >= worth(best_constant(ua)) - 1e-9
    for measure, low, high in itertools.product(measures, ua, ua):
        for threshold in (-1, 0.5, 1.5, 2.5):
            assert found >= worth(Stump(measure, threshold, low, high)) - 1e-9


def test_a_pair_is_chosen_for_without_its_corpora():
    """Whatever UA is on pairs that share a corpus with it."""
    ua, measures = made(1)
    table = leave_corpus_out(ua, measures)
    assert (table["ua"] <= table["best"]).all()
    assert list(table["ua"]) == [ua.loc[p, table.loc[p, "chosen"]] for p in PAIRS]
    pair = ("a", "b")
    changed = ua.copy()
    sharing = [p for p in PAIRS if set(p) & set(pair)]
    changed.loc[sharing] = np.random.default_rng(2).random((len(sharing), 3))
    other = leave_corpus_out(changed, measures)
    assert other.loc[pair, "chosen"] == table.loc[pair, "chosen"]
    assert other.loc[pair, "constant"] == table.loc[pair, "constant"]
    assert table["ua"].mean() > table["constant_ua"].mean() + 0.02
