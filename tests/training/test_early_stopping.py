"""Early stopping of a replica, by hand."""

import numpy as np

from cada_tf.config import Config, StopOn
from cada_tf.training.early_stopping import EarlyStopping


def stopping(targets, on=StopOn.UA):
    return EarlyStopping(np.array(targets, int), 2, Config(stop_on=on, patience=2))


def logits_of(predictions):
    return 5.0 * np.eye(4)[predictions]


def test_the_best_epoch_is_kept():
    stop = stopping([0, 1, 2, 3])
    sequence = [[1, 0, 0, 0], [0, 1, 0, 0], [2, 1, 2, 1], [0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 2, 3]]
    for epoch, predictions in enumerate(sequence, 1):
        stop.update(epoch, logits_of(predictions), [np.array([epoch])])
    # Epoch 3 gets all classes right though not all domains; two epochs later it stops.
    assert (stop.epoch, stop.best[0], stop.weights[0][0], stop.stopped) == (3, 1.0, 3, True)


def test_equal_ua_is_decided_by_the_loss():
    stop = stopping([0, 1])
    for epoch, scale in enumerate([1, 3, 2], 1):
        stop.update(epoch, scale * logits_of([0, 1]), [])
    assert stop.epoch == 2


def test_on_the_loss_and_on_nothing():
    on_loss = stopping([0, 1], StopOn.LOSS)
    for epoch, predictions in enumerate([[0, 0], [0, 1], [2, 1]], 1):
        on_loss.update(epoch, logits_of(predictions), [])
    assert on_loss.epoch == 2
    diverged = stopping([0, 1], StopOn.LOSS)
    for epoch in (1, 2, 3):
        diverged.update(epoch, np.full((2, 4), np.nan), [])
    assert (diverged.epoch, diverged.stopped) == (1, True)
    nothing_held = stopping([])
    for epoch in range(1, 9):
        assert nothing_held.update(epoch, None, []) == {}
    assert (nothing_held.epoch, nothing_held.stopped) == (8, False)
