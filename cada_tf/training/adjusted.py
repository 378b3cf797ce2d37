"""Adjusts the answers of trained networks to the target, of methods that train no further."""

import numpy as np

from cada_tf.config import ClassBalance, Config
from cada_tf.evaluation.calibration import best_temperature
from cada_tf.methods.method import Answers, Method
from cada_tf.models import forward
from cada_tf.protocol.domain_class import UNLABELLED, decode
from cada_tf.training.fitted import Fitted
from cada_tf.training.replica_data import ReplicaData, take


def adjust(
    method: Method, config: Config, replica: ReplicaData, start: Fitted, classes: int
) -> Fitted:
    """What a method makes of the answers of the network that it starts from.

    Args:
        method, config: see ``Method.adjust``.
        replica: with the unlabelled examples.
        start: the network.
        classes: C.
    """
    unlabelled = take(replica.x, np.flatnonzero(replica.categories == UNLABELLED))
    held_out = start.held_out_logits, start.source_held_out.y
    temperature = best_temperature(held_out, classes) if len(held_out[1]) else 1.0
    of_test, of_unlabelled, of_held_out = (
        forward.probabilities(logits, classes, temperature)
        for logits in (start.test_logits, forward.logits(start.weights, unlabelled), held_out[0])
    )
    counts = np.bincount(decode(replica.categories[replica.categories >= 0], classes))
    trained = counts / counts.sum()
    if config.class_balance is not ClassBalance.NONE:
        trained = np.full(classes, 1 / classes)
    answers = Answers(of_test, of_unlabelled, of_held_out, held_out[1], trained)
    return Fitted.by_probabilities(method.adjust(answers, config), replica.scale)
