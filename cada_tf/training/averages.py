"""Averages what several methods answer.

Of networks it is the mean of their logits, which one network can give. Logits of other classifiers
have no scale in common with these, so that with one among the members it is the mean of their
probabilities.

Side by side, with the mean of their predictors on top, they are a network of their widths' sum. Its
outputs are of all combinations of the members' domains, so that the best of a class is the sum of
each member's best, in whichever domain that is.
"""

import math
from collections.abc import Sequence

import numpy as np
from scipy.linalg import block_diag

from cada_tf.models.forward import probabilities
from cada_tf.training.fitted import Fitted, HeldOut


def average(members: Sequence[Sequence[Fitted]], classes: int) -> list[Fitted]:
    """For each replica what its members answer together.

    Args:
        members: of each, its R networks or classifiers, of the same splits; their outputs may be
            of classes or of categories.
        classes: C.
    """
    return [join(replica, classes) for replica in zip(*members, strict=True)]


def join(members: Sequence[Fitted], classes: int) -> Fitted:
    """The same of one replica; without weights where not all are networks, or not on one scale."""
    if not all(one.weights for one in members):
        answers = [probabilities(one.test_logits, classes) for one in members]
        return Fitted.by_probabilities(np.mean(answers, axis=0), members[0].scale)
    logits = mean_outputs([one.test_logits for one in members], classes)
    return Fitted(
        weights=join_weights([one.weights for one in members], classes)
        if one_scale(members)
        else [],
        epoch=0,
        y_pred=probabilities(logits, classes).argmax(-1),
        test_logits=logits,
        history={},
        source_held_out=held_out_of_all([one.source_held_out for one in members]),
        scale=members[0].scale,
    )


def one_scale(members: Sequence[Fitted]) -> bool:
    """Whether the members take features on the same scale."""
    scales = [() if one.scale is None else one.scale for one in members]
    return all(np.array_equal(scale, scales[0]) for scale in scales)


def mean_outputs(outputs: Sequence[np.ndarray], classes: int) -> np.ndarray:
    """The mean of the members' outputs ``[·, D_i·C]``, of all combinations of their domains.

    Args:
        outputs: logits of the same examples.
        classes: C.

    Returns:
        ``[·, D·C]`` for the product D of the members' numbers of domains D_i.
    """
    return np.mean(spread_outputs(outputs, classes), axis=0)


def spread_outputs(outputs: Sequence[np.ndarray], classes: int) -> list[np.ndarray]:
    """Members' outputs ``[·, D_i·C]`` repeated for all combinations of domains, ``[·, D·C]``."""
    domains = [values.shape[-1] // classes for values in outputs]
    spread = []
    for place, values in enumerate(outputs):
        axes = [count if i == place else 1 for i, count in enumerate(domains)]
        whole = len(values), *domains, classes
        repeated = np.broadcast_to(values.reshape(len(values), *axes, classes), whole)
        spread.append(repeated.reshape(len(values), math.prod(whole[1:])))
    return spread


def join_weights(members: Sequence[Sequence[np.ndarray]], classes: int) -> list[np.ndarray]:
    """The weights of the members side by side; see ``forward.Weights``.

    Args:
        members: weights of networks of as many layers each.
        classes: C.
    """
    layers = list(zip(*members, strict=True))
    *encoders, kernels, biases = layers
    joined = []
    for place, parts in enumerate(encoders):
        if place == 0 or place % 2:  # all see the features; biases are side by side
            joined.append(np.concatenate(parts, axis=-1))
        else:
            joined.append(block_diag(*parts))
    joined.append(np.concatenate(spread_outputs(kernels, classes)) / len(members))
    joined.append(mean_outputs(biases, classes))
    return [part.astype(np.float32) for part in joined]


def held_out_of_all(parts: Sequence[HeldOut]) -> HeldOut:
    """The examples that all members have held out."""
    first, *others = parts
    known = [{row.tobytes() for row in part.x} for part in others]
    kept = [all(row.tobytes() in rows for rows in known) for row in first.x]
    kept = np.array(kept, bool)
    return HeldOut(first.x[kept], first.y[kept])
