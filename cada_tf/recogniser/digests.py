"""Digests of the examples that a recogniser was trained on, by which they are known again."""

import numpy as np

from cada_tf.audio.feature_digest import digest

MAX_DIGESTS = 100_000
"""Of a model file, where they take 1.6 MB."""


def digests(target: np.ndarray, source: np.ndarray) -> frozenset[str]:
    """The digests of the examples of a training.

    Args:
        target: features ``[M, F]``. Beyond ``MAX_DIGESTS``, the rest has no digests.
        source: features ``[N, F]``; without digests if that were more than ``MAX_DIGESTS`` in all.
    """
    together = len(target) + len(source) <= MAX_DIGESTS
    examples = (*target, *source) if together else target[:MAX_DIGESTS]
    return frozenset(map(digest, examples))
