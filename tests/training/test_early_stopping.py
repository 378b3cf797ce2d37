"""Early stopping of a replica, by hand."""

import dataclasses

import numpy as np

from cada_tf.config import Readings, StopOn
from cada_tf.training.early_stopping import Watch
from cada_tf.training.replica_data import Task

QUICK = Readings(patience=2)


def task_of(y_held):
    none = np.zeros(0)
    return Task(none, none, none, None, none, np.array(y_held, int), none, key=())


def logits_of(guesses):
    return 5.0 * np.eye(4)[guesses]


def test_early_stopping_keeps_the_best_epoch():
    watch = Watch(task_of([0, 1, 2, 3]), 2, dataclasses.replace(QUICK, stop_on=StopOn.UA))
    sequence = [[1, 0, 0, 0], [0, 1, 0, 0], [2, 1, 2, 1], [0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 2, 3]]
    for epoch, guesses in enumerate(sequence, 1):
        watch.see(epoch, logits_of(guesses), [np.array([epoch])])
    # Epoch 3 gets all classes right though not all domains; two epochs later it stops.
    assert (watch.epoch, watch.best[0], watch.weights[0][0], watch.stopped) == (3, 1.0, 3, True)


def test_equal_ua_is_decided_by_the_loss():
    watch = Watch(task_of([0, 1]), 2, dataclasses.replace(QUICK, stop_on=StopOn.UA))
    for epoch, scale in enumerate([1, 3, 2], 1):
        watch.see(epoch, scale * logits_of([0, 1]), [])
    assert watch.epoch == 2


def test_early_stopping_on_the_loss_and_on_nothing():
    on_loss = Watch(task_of([0, 1]), 2, dataclasses.replace(QUICK, stop_on=StopOn.LOSS))
    on_loss.see(1, logits_of([0, 0]), [])
    on_loss.see(2, logits_of([0, 1]), [])
    on_loss.see(3, logits_of([2, 1]), [])
    assert on_loss.epoch == 2
    diverged = Watch(task_of([0, 1]), 2, dataclasses.replace(QUICK, stop_on=StopOn.LOSS))
    for epoch in (1, 2, 3):
        diverged.see(epoch, np.full((2, 4), np.nan), [])
    assert (diverged.epoch, diverged.stopped) == (1, True)
    nothing_held = Watch(task_of([]), 2, QUICK)
    for epoch in range(1, 9):
        nothing_held.see(epoch, None, [])
    assert (nothing_held.epoch, nothing_held.stopped) == (8, False)
