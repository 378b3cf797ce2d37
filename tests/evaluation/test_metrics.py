"""Unweighted accuracy and cross-entropy: by hand, and as scikit-learn computes them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss, recall_score

from cada_tf.evaluation.metrics import (
    balanced_mean,
    cross_entropy,
    mean_recall,
    recalls,
    unweighted_accuracy,
)

EXAMPLES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1)


def test_metrics_by_hand():
    y_true, y_pred = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    np.testing.assert_allclose(recalls(y_true, y_pred, 3), [2 / 3, 1, np.nan])
    assert unweighted_accuracy(y_true, y_pred, 3) == pytest.approx(5 / 6)
    logits = np.log([[0.5, 0.5], [0.25, 0.75]])
    assert cross_entropy(np.array([0, 1]), logits) == pytest.approx(-np.log([0.5, 0.75]).mean())


@given(EXAMPLES)
def test_they_are_scikit_learns(examples):
    y_true, y_pred = np.array(examples).T
    found = recalls(y_true, y_pred, 4)
    options = {"labels": range(4), "average": None, "zero_division": np.nan}
    np.testing.assert_allclose(found, recall_score(y_true, y_pred, **options))
    present = np.unique(y_true)
    expected = np.mean(recall_score(y_true, y_pred, labels=present, average=None))
    assert unweighted_accuracy(y_true, y_pred, 4) == pytest.approx(expected)
    assert balanced_mean(y_true == y_pred, y_true) == pytest.approx(expected)
    logits = np.random.default_rng(0).normal(size=(len(y_true), 4))
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    assert cross_entropy(y_true, logits) == pytest.approx(log_loss(y_true, p, labels=range(4)))


def test_a_mean_recall_is_over_the_classes_there_are():
    recall = np.array([[1, 0.5, np.nan], [0, 0, 1], [np.nan] * 3])
    np.testing.assert_allclose(mean_recall(recall), [0.75, 1 / 3, np.nan])
    assert balanced_mean(np.r_[np.ones(90), np.zeros(10)], np.repeat([0, 1], [90, 10])) == 0.5
