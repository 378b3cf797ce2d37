"""A source with the class shares that are asked for."""

import pandas as pd
import pytest
from helpers import make_table
from hypothesis import given
from hypothesis import strategies as st

from cada_tf.errors import InputError
from cada_tf.protocol.shares import parse_shares, thin

COUNTS = st.integers(1, 40)


@given(st.tuples(COUNTS, COUNTS), st.tuples(st.integers(1, 9), st.integers(1, 9)), COUNTS)
def test_shares_are_met_and_one_class_stays_whole(counts, wanted, seed):
    corpus = make_table(counts)
    shares = dict(zip(("negative", "positive"), map(float, wanted), strict=True))
    try:
        thinned = thin(corpus, shares, seed)
    except InputError:
        ratio = wanted[0] / wanted[1]
        assert min(counts[0] / ratio, counts[1] * ratio) <= 0.5
        return
    left = thinned["class"].value_counts()
    assert any(left[name] == count for name, count in zip(shares, counts, strict=True))
    assert left["negative"] * wanted[1] / wanted[0] == pytest.approx(
        left["positive"], abs=0.5 * max(1, wanted[1] / wanted[0])
    )
    pd.testing.assert_frame_equal(thinned, corpus.loc[thinned.index])
    assert thinned.attrs == corpus.attrs
    # Which are left out depends on the seed alone, not on the order of the rows.
    again = thin(corpus.sample(frac=1, random_state=1), shares, seed)
    assert list(again.index) == list(thinned.index)


def test_without_shares_nothing_is_left_out():
    corpus = make_table()
    assert thin(corpus, {}, 0) is corpus


@pytest.mark.parametrize("words", [["negative"], ["negative=x"], ["=1"], ["a=1", "a=2"], ["a=0"]])
def test_what_is_no_share(words):
    with pytest.raises(InputError, match="expected CLASS=NUMBER"):
        parse_shares(words)


def test_shares_of_other_classes():
    with pytest.raises(InputError, match="a share of each class of the source, negative, positive"):
        thin(make_table(), {"negative": 1.0}, 0)
    with pytest.raises(InputError, match="found none of negative"):
        thin(make_table((30, 2)), {"negative": 1.0, "positive": 100.0}, 0)
