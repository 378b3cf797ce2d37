"""Digests of the examples that a recogniser was trained on, by which they are known again.

A digest is of an example's features, so that a recording and its row in a table of features have
the same, and no recording needs to be read for it. It is cut to 64 bits of a one-way function: it
says whether features at hand are those of the training, to the last bit, and nothing else. Neither
audio nor features can be had from it.
"""

import hashlib

import numpy as np

SIZE = 16
"""Hexadecimal digits."""
MAX_DIGESTS = 100_000
"""Of a model file, where they take 1.6 MB."""


def digest(vector: np.ndarray) -> str:
    """The digest of an example's features, ``[F]``; they count as float32."""
    values = np.asarray(vector, "<f4") + np.float32(0)  # -0 is 0
    return hashlib.sha256(values.tobytes()).hexdigest()[:SIZE]


def digests(target: np.ndarray, source: np.ndarray) -> frozenset[str]:
    """The digests of the examples of a training.

    Args:
        target: features ``[M, F]``. Beyond ``MAX_DIGESTS``, the rest has no digests.
        source: features ``[N, F]``; without digests if that were more than ``MAX_DIGESTS`` in all.
    """
    together = len(target) + len(source) <= MAX_DIGESTS
    examples = (*target, *source) if together else target[:MAX_DIGESTS]
    return frozenset(map(digest, examples))
