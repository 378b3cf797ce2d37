"""The choice between methods by a prior of other pairs: it does not see the pair's own corpora."""

import itertools

import numpy as np
import pandas as pd
import pytest

from cada_tf.adaptation.method_prior import EXAMPLES
from figures.method_choice import choose_without, error_of

PAIRS = [*itertools.permutations("abcdef", 2)]
METHODS = ["cada", "fine-tune", "fine-tune+cada"]


def made(seed=0):
    """UA of three methods on 30 pairs at all numbers of examples, at random."""
    rows = [
        {"source": s, "target": t, "method": name, "examples": size}
        for (s, t), name, size in itertools.product(PAIRS, METHODS, EXAMPLES)
    ]
    return pd.DataFrame(rows).assign(mean=np.random.default_rng(seed).random(len(rows)))


def sharing(ua, pair):
    """The rows of pairs that have a corpus in common with one."""
    return ua[["source", "target"]].isin(pair).any(axis=1)


def test_it_is_the_best_method_of_the_pairs_without_its_corpora():
    ua = made()
    chosen = choose_without(ua, EXAMPLES, METHODS)
    assert set(chosen) == set(PAIRS)
    for pair, methods in chosen.items():
        others = ua[~sharing(ua, pair)]
        assert len(others) == 12 * len(METHODS) * len(EXAMPLES)
        means = others.groupby(["examples", "method"])["mean"].mean().unstack()
        assert methods == means.idxmax(axis=1).to_dict()


@pytest.mark.parametrize("pair", [("a", "b"), ("f", "c")])
def test_it_does_not_see_pairs_that_share_a_corpus(pair):
    ua = made()
    changed = ua.assign(mean=ua["mean"].where(~sharing(ua, pair), 1 - ua["mean"]))
    before, after = (choose_without(table, EXAMPLES, METHODS) for table in (ua, changed))
    assert before[pair] == after[pair]
    assert before != after


def test_the_error_of_evidence_by_hand():
    """Leads of 10 and −10 points on a pair, seen as 20 and −20, and as 10 and −10."""
    test = pd.DataFrame({"a": [0.6, 0.8], "b": [0.5, 0.5]})
    seen = pd.DataFrame({"a": [0.2, 0.1], "b": [-0.2, -0.1]})
    assert error_of([(test, seen)]) == pytest.approx(np.sqrt(0.1**2 / 2))
