import hypothesis.strategies as st
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given

from cada_tf import Domain, decode, relabel, swap
from cada_tf.protocol.domain_class import UNLABELLED, domain_of

classes_and_label = st.integers(2, 9).flatmap(
    lambda classes: st.tuples(st.just(classes), st.integers(0, classes - 1))
)


def test_the_papers_categories():
    # Section 3: d1, d2 are classes 1, 2 of the source, d3, d4 those of the target.
    labels = np.array([0, 1])
    np.testing.assert_array_equal(relabel(labels, Domain.SOURCE, 2), [0, 1])
    np.testing.assert_array_equal(relabel(labels, Domain.TARGET, 2), [2, 3])
    np.testing.assert_array_equal(swap(np.arange(4), 2), [2, 3, 0, 1])
    np.testing.assert_array_equal(decode(np.arange(4), 2), [0, 1, 0, 1])


@given(classes_and_label, st.sampled_from(Domain))
def test_swap_changes_the_domain_alone(pair, domain):
    classes, label = pair
    category = relabel(label, domain, classes)
    swapped = swap(category, classes)
    assert swapped == relabel(label, Domain(1 - domain), classes)
    assert swap(swapped, classes) == category
    assert decode(swapped, classes) == decode(category, classes) == label


@pytest.mark.parametrize("kind", [int, np.int8, np.int64, np.array, tf.constant])
@given(classes=st.integers(2, 9))
def test_what_is_unlabelled_has_neither_class_nor_domain(kind, classes):
    for function in (decode, domain_of):
        found = function(kind(UNLABELLED), classes)
        assert np.array(found) == UNLABELLED
    assert UNLABELLED == -1  # as in scikit-learn and skada


@pytest.mark.parametrize("kind", [np.array, tf.constant])
@given(
    st.integers(2, 9),
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 3), st.booleans()), min_size=1),
)
def test_categories_of_labelled_and_unlabelled_examples_together(kind, classes, examples):
    labels, domains, labelled = (np.array(part) for part in zip(*examples, strict=True))
    labels %= classes
    d = np.where(labelled, relabel(labels, domains, classes), UNLABELLED)
    for function, expected in ((decode, labels), (domain_of, domains)):
        found = function(kind(d.astype(np.int32)), classes)
        np.testing.assert_array_equal(found, np.where(labelled, expected, UNLABELLED))
