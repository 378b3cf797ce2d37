"""Early stopping of each replica (Section 4.2), and what its examples held out say."""

import numpy as np

from cada_tf.config import Readings, StopOn
from cada_tf.evaluation.metrics import cross_entropy, unweighted_accuracy
from cada_tf.protocol.domain_class import decode
from cada_tf.training.history import History
from cada_tf.training.replica_data import Task


class Watch:
    """Early stopping of one replica: remembers its best epoch and the weights of it."""

    def __init__(self, task: Task, classes: int, readings: Readings) -> None:
        self.x, self.y, self.classes = task.x_held, task.y_held, classes
        self.on = readings.stop_on if len(task.y_held) else StopOn.NONE
        self.patience = readings.patience
        self.best, self.epoch, self.stopped = (-np.inf,), 0, False

    def see(self, epoch: int, logits: np.ndarray | None, weights: list[np.ndarray]) -> History:
        """Takes note of the weights after an epoch.

        Args:
            epoch: from 1 on.
            logits: of the held-out examples ``[h or more, outputs]``; None if there are none.
            weights: of the replica.

        Returns:
            Loss and UA of the held-out examples, ``[1]`` each; empty where there are none, or
            once it has stopped.
        """
        if self.stopped:
            return {}
        loss, ua = self.judge(logits) if len(self.y) else (np.nan, np.nan)
        # A few held-out examples have few values of UA, so the loss decides between equals.
        score = {StopOn.UA: (ua, -loss), StopOn.LOSS: (-loss,), StopOn.NONE: (epoch,)}[self.on]
        if score > self.best or not self.epoch:  # a diverged network may have no loss at all
            self.best, self.epoch, self.weights = score, epoch, [w.copy() for w in weights]
        self.stopped = self.on is not StopOn.NONE and epoch - self.epoch >= self.patience
        return {"val_loss": np.array([loss]), "val_ua": np.array([ua])} if len(self.y) else {}

    def judge(self, logits: np.ndarray) -> tuple[float, float]:
        """Loss and UA of the held-out examples."""
        logits = logits[: len(self.y)]
        guess = decode(logits.argmax(-1), self.classes)
        ua = unweighted_accuracy(decode(self.y, self.classes), guess, self.classes)
        return cross_entropy(self.y, logits), ua
