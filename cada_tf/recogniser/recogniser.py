"""A trained recogniser: what ``cada-adapt`` and ``Adapter`` make, and ``cada_tf.load`` reads."""

import dataclasses
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cada_tf.evaluation.metrics import unweighted_accuracy
from cada_tf.models import forward


@dataclasses.dataclass(frozen=True)
class Measurement:
    """How functionals were measured.

    Args:
        feature_set: openSMILE's name of it.
        opensmile: openSMILE's version.
        sampling_rate: in Hz, to which audio was resampled; 0 for each file's own.
    """

    feature_set: str
    opensmile: str
    sampling_rate: int


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Recogniser:
    """Recognises the class of an utterance from its functionals, or from its recording.

    It needs no TensorFlow, but for ``save`` and ``to_keras``.

    Args:
        classes: their names, C.
        features: names of the functionals, F.
        factor, offset: of the scaling to [-1, 1], ``[F]`` float32: x · factor + offset.
        weights: of the network; see ``network.Weights``.
        temperature: by which its logits are divided, so that its confidence is what it says.
        measured: how the functionals were measured; None if that is not known.
        valence: emotion → class (None: left out) of the corpora that it was made of.
        card: the model card, Markdown.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> import cada_tf
        >>> rng = np.random.default_rng(0)
        >>> y = np.repeat(["negative", "positive"], 50)
        >>> x = rng.normal(size=(100, 62)) + (y == "positive")[:, None]
        >>> few = slice(45, 55)
        >>> adapter = cada_tf.Adapter(calibration_folds=0).fit(x, y, x[few], y[few])
        >>> path = adapter.recogniser_.save(f"{tempfile.mkdtemp()}/my_model")
        >>> path.name
        'my_model.keras'
        >>> recogniser = cada_tf.load(path)
        >>> recogniser
        <Recogniser of negative, positive from 62 features>
        >>> recogniser.predict(x[[0, -1]])
        array(['negative', 'positive'], dtype='<U8')
        >>> recogniser.predict_proba(x[:3]).shape
        (3, 2)
    """

    classes: tuple[str, ...]
    features: tuple[str, ...]
    factor: np.ndarray
    offset: np.ndarray
    weights: forward.Weights
    temperature: float = 1.0
    measured: Measurement | None = None
    valence: Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    card: str = ""

    def __repr__(self) -> str:
        return f"<Recogniser of {', '.join(self.classes)} from {len(self.features)} features>"

    def predict_proba(self, x: np.ndarray | pd.DataFrame) -> np.ndarray:
        """The probability of each class.

        Args:
            x: functionals as they are measured, ``[n, F]``; of a table, the columns ``features``.

        Returns:
            ``[n, C]``, float64, in the order of ``classes``.

        Raises:
            ValueError: another shape, columns that are missing, or a value that is not finite.
        """
        x = self.checked(x)
        # In double precision, so that an answer does not depend on those beside it.
        scaled = x.astype(np.float64) * self.factor + self.offset
        logits = forward.logits(self.weights, scaled)
        return forward.probabilities(logits, len(self.classes), self.temperature)

    def predict(self, x: np.ndarray | pd.DataFrame) -> np.ndarray:
        """The most probable class of each example: names ``[n]``; see ``predict_proba``."""
        return np.array(self.classes)[self.predict_proba(x).argmax(-1)]

    def score(self, x: np.ndarray | pd.DataFrame, y: Iterable[str]) -> float:
        """Unweighted accuracy, in [0, 1], on examples of the classes ``y`` (names ``[n]``)."""
        truth = np.array([self.classes.index(name) for name in y])
        return unweighted_accuracy(truth, self.predict_proba(x).argmax(-1), len(self.classes))

    def predict_files(
        self,
        files: Iterable[str | os.PathLike],
        *,
        segments: float | None = None,
        min_confidence: float = 0.0,
        jobs: int | None = None,
    ) -> pd.DataFrame:
        """The class of each recording; ``prediction.predict`` does the same one by one.

        Args:
            files: recordings, or folders of them.
            segments: seconds of the pieces that recordings are cut into; None for whole ones.
            min_confidence: below this probability no class is named.
            jobs: threads; None for one a core.

        Returns:
            A row an answer, indexed by ``file`` (and ``start``, ``end``, in seconds, of
            segments): status (``ok``, ``abstained`` or ``unusable``), class (None unless ok),
            confidence, the probability of each class, ``p_CLASS``, and problem, the reason of
            an unusable one.

        Raises:
            InputError: recordings cannot be measured as this recogniser's were.
        """
        from cada_tf.recogniser import prediction  # openSMILE's import takes a while

        answers = prediction.predict(
            self, files, segments=segments, min_confidence=min_confidence, jobs=jobs
        )
        return prediction.as_table(answers, self.classes, segments is not None)

    def checked(self, x: np.ndarray | pd.DataFrame) -> np.ndarray:
        """Features ``[n, F]``, float32."""
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
                f"Expected functionals [n, {len(self.features)}]. Received the shape {x.shape}."
            )
        if not np.isfinite(x).all():
            raise ValueError("Expected finite functionals. Received NaN or infinity.")
        return x

    def with_card(self, card: str, valence: Mapping[str, str | None]) -> "Recogniser":
        """The same with another card and other emotions."""
        return dataclasses.replace(self, card=card, valence=valence)

    def save(self, path: str | os.PathLike) -> Path:
        """Writes one ``.keras`` file, whole or not at all; see ``model_file.save``."""
        from cada_tf.recogniser import model_file

        return model_file.save(self, path)

    def export(self, path: str | os.PathLike) -> Path:
        """Writes what runs without cada_tf: ``.onnx`` an ONNX file, else a SavedModel folder.

        See ``export.to_onnx`` and ``export.to_saved_model``.
        """
        from cada_tf.recogniser import export

        onnx = Path(path).suffix == ".onnx"
        return export.to_onnx(self, path) if onnx else export.to_saved_model(self, path)

    def to_keras(self) -> "RecogniserNetwork":  # noqa: F821
        """The same as a Keras model, functionals ``[n, F]`` in, probabilities ``[n, C]`` out."""
        from cada_tf.models import RecogniserNetwork

        widths = [bias.shape[-1] for bias in self.weights[1::2]]
        model = RecogniserNetwork(
            self.classes,
            self.features,
            hidden=widths[:-1],
            domains=widths[-1] // len(self.classes),
            measured=self.measured and dataclasses.asdict(self.measured),
            valence=self.valence,
            card=self.card,
        )
        model.set_weights([self.factor, self.offset, np.float32(self.temperature), *self.weights])
        return model
