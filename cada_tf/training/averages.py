"""Averages the answers of networks of several methods."""

from collections.abc import Sequence

import numpy as np

from cada_tf.models.forward import probabilities
from cada_tf.training.fitted import Fitted


def average(members: Sequence[Sequence[Fitted]], classes: int) -> list[Fitted]:
    """The mean of the class probabilities that members give the test examples of each replica.

    Args:
        members: of each, its R networks, of the same splits; their outputs may be of classes or
            of categories.
        classes: C.
    """
    return [
        Fitted.by_probabilities(
            np.mean([probabilities(one.test_logits, classes) for one in replica], axis=0)
        )
        for replica in zip(*members, strict=True)
    ]
