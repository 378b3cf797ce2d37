import hypothesis.strategies as st
import numpy as np
from hypothesis import given

from cada_tf import Domain, decode, relabel, swap

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
