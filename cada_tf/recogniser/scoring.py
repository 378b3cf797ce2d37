"""How well labelled recordings are recognised: UA, recalls, confusion, and coverage against UA."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from cada_tf.evaluation.metrics import mean_recall
from cada_tf.recogniser.predictions import Prediction

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Of the confidence, at which UA and coverage are reported besides at 0 and the one chosen."""


@dataclasses.dataclass(frozen=True)
class Result:
    """Counts of labelled recordings, C classes, and what follows of them.

    Args:
        classes: their names.
        thresholds: of the confidence, T, ascending.
        chosen: which of these was asked for.
        total: recordings of each class, ``[C]``, int.
        counts: by threshold, true and predicted class, ``[T, C, C]``, int, of the recordings for
            which a class is named at that threshold.
    """

    classes: tuple[str, ...]
    thresholds: tuple[float, ...]
    chosen: int
    total: np.ndarray
    counts: np.ndarray

    @property
    def n(self) -> int:
        """The recordings."""
        return int(self.total.sum())

    @property
    def answered(self) -> int:
        """Those for which a class was named."""
        return int(self.counts[self.chosen].sum())

    @property
    def confusion(self) -> np.ndarray:
        """By true and predicted class, none as the last, ``[C, C + 1]``, int."""
        named = self.counts[self.chosen]
        return np.concatenate([named, (self.total - named.sum(1))[:, None]], 1)

    @property
    def recalls(self) -> np.ndarray:
        """Of the recordings for which a class is named, ``[T, C]``; NaN where there is none."""
        hits, named = np.diagonal(self.counts, 0, 1, 2), self.counts.sum(2)
        return np.divide(hits, named, out=np.full(hits.shape, np.nan), where=named > 0)

    @property
    def ua(self) -> float:
        """UA of the recordings for which a class was named, in [0, 1]; NaN if there is none."""
        return float(mean_recall(self.recalls[self.chosen]))

    @property
    def coverage(self) -> list[tuple[float, float, float]]:
        """Threshold, share of the recordings for which a class is named, and UA of these."""
        shares = self.counts.sum((1, 2)) / max(1, self.n)
        uas = mean_recall(self.recalls)
        return list(zip(self.thresholds, shares.tolist(), uas.tolist(), strict=True))

    def as_dict(self) -> dict[str, object]:
        """All of it, for JSON."""
        *named, none = self.confusion.T.tolist()
        rows = zip(*named, strict=True)
        return {
            "recordings": self.n,
            "answered": self.answered,
            "ua": number(self.ua),
            "recalls": dict(zip(self.classes, map(number, self.recalls[self.chosen]), strict=True)),
            "confusion": {
                true: dict(zip(self.classes, row, strict=True))
                for true, row in zip(self.classes, rows, strict=True)
            },
            "not_judged": dict(zip(self.classes, none, strict=True)),
            "coverage": [
                {"min_confidence": threshold, "coverage": share, "ua": number(ua)}
                for threshold, share, ua in self.coverage
            ],
        }


class Score:
    """Counts predictions of labelled recordings, in memory that does not grow with them.

    Args:
        classes: the recogniser's, C.
        min_confidence: below which no class is named.

    Attributes:
        not_known: labelled recordings of which it is not known whether it was trained on them.
    """

    def __init__(self, classes: Sequence[str], min_confidence: float = 0.0) -> None:
        useful = {threshold for threshold in THRESHOLDS if threshold > 1 / len(classes)}
        self.classes = tuple(classes)
        self.thresholds = tuple(sorted({0.0, float(min_confidence), *useful}))
        self.chosen = self.thresholds.index(min_confidence)
        self.not_known = 0
        size = len(self.classes)
        # Of recordings that it was not trained on, and of those that it was.
        self.totals = np.zeros((2, size), int)
        self.counts = np.zeros((2, len(self.thresholds), size, size), int)

    def add(self, prediction: Prediction) -> None:
        """Counts one; without a label it has no effect."""
        if prediction.row is None or prediction.row.true_class is None:
            return
        trained_on = int(bool(prediction.trained_on))
        true = self.classes.index(prediction.row.true_class)
        self.totals[trained_on, true] += 1
        if prediction.probabilities is None:
            return
        self.not_known += prediction.trained_on is None
        if prediction.problem:  # too short: no class is named, however confident it is
            return
        predicted = int(np.argmax(prediction.probabilities))
        named = np.array(self.thresholds) <= prediction.confidence
        self.counts[trained_on, named, true, predicted] += 1

    @property
    def unseen(self) -> Result:
        """Of the recordings that it is not known to have been trained on."""
        return self.result(self.totals[0], self.counts[0])

    @property
    def all(self) -> Result:
        """Of all recordings."""
        return self.result(self.totals.sum(0), self.counts.sum(0))

    @property
    def trained_on(self) -> int:
        """The labelled recordings that it was trained on."""
        return int(self.totals[1].sum())

    def result(self, total: np.ndarray, counts: np.ndarray) -> Result:
        return Result(self.classes, self.thresholds, self.chosen, total, counts)

    def as_dict(self) -> dict[str, object]:
        """All of it, for JSON."""
        return {
            "min_confidence": self.thresholds[self.chosen],
            "trained_on": self.trained_on,
            "trained_on_not_known": self.not_known,
            **self.unseen.as_dict(),
            "with_trained_on": self.all.as_dict() if self.trained_on else None,
        }


def number(value: float) -> float | None:
    """A number for JSON, which has no NaN."""
    return None if np.isnan(value) else float(value)
