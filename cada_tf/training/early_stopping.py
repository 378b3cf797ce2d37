"""Early stopping of each replica on its held-out examples (Section 4.2)."""

import numpy as np

from cada_tf.config import Config, StopOn
from cada_tf.evaluation.metrics import cross_entropy, unweighted_accuracy
from cada_tf.protocol.domain_class import decode
from cada_tf.training.history import History


class EarlyStopping:
    """Early stopping of one replica: keeps its best epoch and the weights of it.

    Args:
        targets: of the held-out examples, ``[h]``: what the network's outputs are of, classes or
            domain-class categories. Empty: nothing is held out, and no epoch stops it.
        classes: C.
        config: ``stop_on`` and ``patience``.
    """

    def __init__(self, targets: np.ndarray, classes: int, config: Config) -> None:
        self.targets, self.classes = targets, classes
        self.on = config.stop_on if len(targets) else StopOn.NONE
        self.patience = config.patience
        self.best, self.epoch, self.stopped = (-np.inf,), 0, False

    def update(self, epoch: int, logits: np.ndarray | None, weights: list[np.ndarray]) -> History:
        """Compares the weights after an epoch with the best ones.

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
        loss, ua = self.evaluate(logits) if len(self.targets) else (np.nan, np.nan)
        # A few held-out examples have few values of UA, so the loss decides between equals.
        score = {StopOn.UA: (ua, -loss), StopOn.LOSS: (-loss,), StopOn.NONE: (epoch,)}[self.on]
        if score > self.best or not self.epoch:  # a diverged network may have no loss at all
            self.best, self.epoch, self.weights = score, epoch, [w.copy() for w in weights]
        self.stopped = self.on is not StopOn.NONE and epoch - self.epoch >= self.patience
        if not len(self.targets):
            return {}
        return {"val_loss": np.array([loss]), "val_ua": np.array([ua])}

    def evaluate(self, logits: np.ndarray) -> tuple[float, float]:
        """Loss and UA of the held-out examples."""
        logits = logits[: len(self.targets)]
        y_pred = decode(logits.argmax(-1), self.classes)
        ua = unweighted_accuracy(decode(self.targets, self.classes), y_pred, self.classes)
        return cross_entropy(self.targets, logits), ua
