"""The domain-class categories d1 … d2C: Algorithm 1 line 2, Eq. (3) and Section 3.

With C classes and two domains there are 2C categories. Category ``k`` (counted
from 0) is class ``k % C`` of domain ``k // C``, so that for the paper's C = 2
the order is d1 (source, class 1), d2 (source, class 2), d3 (target, class 1),
d4 (target, class 2). Of D domains the last is the target, the others are sources
that are kept apart; the paper has D = 2.

A target utterance without a label has ``UNLABELLED`` as its category, its class and its domain, as
in scikit-learn's semi-supervised learning; the paper has none.

The functions work on Python integers, NumPy arrays and tensors alike.
"""

import enum
from typing import TypeVar

Integers = TypeVar("Integers")
"""An integer, a NumPy array of them, or a tensor."""

UNLABELLED = -1
"""The category of a target utterance without a label, and its class and its domain."""


class Domain(enum.IntEnum):
    """The domain that an example comes from."""

    SOURCE = 0
    TARGET = 1


def relabel(labels: Integers, domain: Domain | Integers, classes: int) -> Integers:
    """Category of each example from its class and its domain (Algorithm 1, line 2).

    Args:
        labels: integers in [0, classes), any shape.
        domain: a ``Domain``, or integers in [0, D) that broadcast against ``labels``.
        classes: C, the number of classes.

    Returns:
        Integers in [0, D * classes), shaped like ``labels``.
    """
    return labels + domain * classes


def swap(categories: Integers, classes: int, *, sources: int = 1, source: int = 0) -> Integers:
    """The same class in the other domain: the targets of Eq. (3), d1↔d3 and d2↔d4.

    Of several sources, each passes for the target, and the target for one of them.

    Args:
        categories: integers in [0, D * classes), any shape.
        classes: C, the number of classes.
        sources: D - 1.
        source: which of them the target's examples are to pass for.
    """
    label, of_target = categories % classes, categories // (sources * classes)
    return label + classes * (source * of_target + sources * (1 - of_target))


def decode(categories: Integers, classes: int) -> Integers:
    """The class of each category, whichever its domain: d1 or d3 is class 1 (Section 3).

    A plain class in [0, classes) decodes to itself, and ``UNLABELLED`` as well.
    """
    return categories - classes * (abs(categories) // classes)


def domain_of(categories: Integers, classes: int) -> Integers:
    """The domain of each category, whichever its class; that of a plain class is the source.

    That of ``UNLABELLED`` is ``UNLABELLED``.
    """
    return categories // classes
