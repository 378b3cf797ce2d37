"""The classifier of a recogniser, in NumPy: scale, network, temperature and their description."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from cada_tf.audio.feature_set import FeatureConfig, scaled_bound
from cada_tf.config import Normalisation
from cada_tf.evaluation.metrics import unweighted_accuracy
from cada_tf.models import forward


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Classifier:
    """Classifies utterances by their features: all that a model file holds.

    Args:
        classes: their names, C.
        features: names of the features, F.
        factor, offset: of the scaling, ``[F]`` float32: x · factor + offset, which ``bound``
            bounds.
        weights: of the network; see ``forward.Weights``.
        temperature: what its logits are divided by, so that probabilities are calibrated.
        feature_config: which features they are. None if that is not known: it then classifies
            features that are given as numbers, and cannot be used on recordings.
        valence: emotion → class (None: left out) of the corpora that it was trained on.
        card: the model card, Markdown.
        trained_on: digests of the examples that it was trained on (see ``digests``); empty if they
            are not known.
        by_speaker: whether each speaker's features were scaled by themselves in training, so that
            ``for_speaker`` is of use; ``factor`` and ``offset`` are those of all of the target.
        normalisation: of the scale that ``for_speaker`` fits.
    """

    classes: tuple[str, ...]
    features: tuple[str, ...]
    factor: np.ndarray
    offset: np.ndarray
    weights: forward.Weights
    temperature: float = 1.0
    feature_config: FeatureConfig | None = None
    valence: Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    card: str = ""
    trained_on: frozenset[str] = frozenset()
    by_speaker: bool = False
    normalisation: Normalisation = Normalisation.MIN_MAX

    def __repr__(self) -> str:
        name, width = type(self).__name__, len(self.features)
        return f"<{name} of {', '.join(self.classes)} from {width} features>"

    def predict_proba(self, x: np.ndarray | pd.DataFrame) -> np.ndarray:
        """The probability of each class.

        Args:
            x: features as they are measured, ``[n, F]``; of a table, the columns ``features``.

        Returns:
            ``[n, C]``, float64, in the order of ``classes``.

        Raises:
            ValueError: another shape, missing columns, or a value that is not finite.
        """
        x = self.check_features(x)
        # In double precision, so that a row's result does not depend on the other rows.
        logits = forward.logits(self.weights, self.scale(x.astype(np.float64)))
        return forward.probabilities(logits, len(self.classes), self.temperature)

    def scale(self, x: np.ndarray) -> np.ndarray:
        """Features ``[n, F]`` on the scale of the network's."""
        return np.clip(x * self.factor + self.offset, -self.bound, self.bound)

    def for_speaker(self, x: np.ndarray | pd.DataFrame) -> Classifier:
        """The same for one speaker, on whose utterances the scale is fitted.

        Args:
            x: features of the speaker's utterances, as of ``predict_proba``; at least
                ``scaling.MIN_ENROLLED``, whose classes are mixed.

        Raises:
            ValueError: it was not trained by speaker; too few utterances; or as ``predict_proba``.
        """
        from cada_tf.protocol.scaling import MIN_ENROLLED, fit_scale  # scikit-learn takes a while

        if not self.by_speaker:
            raise ValueError("Expected a recogniser that was trained by speaker. Received another.")
        x = self.check_features(x)
        if len(x) < MIN_ENROLLED:
            raise ValueError(f"Expected at least {MIN_ENROLLED} utterances. Received {len(x)}.")
        factor, offset = fit_scale(x, self.bound, self.normalisation)
        return dataclasses.replace(
            self, factor=factor.astype(np.float32), offset=offset.astype(np.float32)
        )

    @property
    def bound(self) -> float:
        """Of scaled features; see ``feature_set.scaled_bound``."""
        return scaled_bound(self.feature_config and self.feature_config.feature_set)

    def predict(self, x: np.ndarray | pd.DataFrame) -> np.ndarray:
        """The most probable class of each example: names ``[n]``; see ``predict_proba``."""
        return np.array(self.classes)[self.predict_proba(x).argmax(-1)]

    def score(self, x: np.ndarray | pd.DataFrame, y: Iterable[str]) -> float:
        """Unweighted accuracy, in [0, 1], on examples of the classes ``y`` (names ``[n]``)."""
        y_true = np.array([self.classes.index(name) for name in y])
        return unweighted_accuracy(y_true, self.predict_proba(x).argmax(-1), len(self.classes))

    def check_features(self, x: np.ndarray | pd.DataFrame) -> np.ndarray:
        """The features ``[n, F]``, float32, if they are usable; else a ``ValueError``."""
        if isinstance(x, pd.DataFrame):
            missing = [name for name in self.features if name not in x.columns]
            if missing:
                raise ValueError(
                    f"Expected a column for each of {len(self.features)} features. "
                    f"Received none for {missing[0]} ({len(missing)} are missing)."
                )
            x = x[list(self.features)]
        x = np.asarray(x, np.float32)
        if x.ndim != 2 or x.shape[1] != len(self.features):
            raise ValueError(
                f"Expected features [n, {len(self.features)}]. Received the shape {x.shape}."
            )
        if not np.isfinite(x).all():
            raise ValueError("Expected finite features. Received NaN or infinity.")
        return x
