"""A trained recogniser: what ``cada-adapt`` and ``Adapter`` make, and ``cada_tf.load`` reads."""

import dataclasses
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from cada_tf.deprecated import renamed_field
from cada_tf.recogniser import model_file
from cada_tf.recogniser.classifier import Classifier
from cada_tf.recogniser.keras_network import to_keras
from cada_tf.recogniser.pretrained import Pretrained


@renamed_field("measured", "feature_config")
@dataclasses.dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Recogniser(Pretrained, Classifier):
    """Recognises the class of an utterance from its features, or from its recording.

    It needs no TensorFlow, except for ``to_keras``, ``save`` and a SavedModel. Its arguments are
    those of ``Classifier``.

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

    def predict_files(
        self,
        files: Iterable[str | os.PathLike],
        *,
        segments: float | None = None,
        min_confidence: float = 0.0,
        jobs: int | None = None,
    ) -> pd.DataFrame:
        """The class of each recording; ``prediction.predict`` yields the same one by one.

        Args:
            files: recordings, or folders of them.
            segments: length in seconds of the segments that are classified; None for whole
                recordings.
            min_confidence: below this probability no class is named.
            jobs: threads; None for one per core.

        Returns:
            One row per prediction, indexed by ``file`` (and ``start``, ``end``, in seconds, of
            segments): status (``ok``, ``abstained`` or ``unusable``), class (None unless ok),
            confidence, the probability of each class, ``p_CLASS``, and problem, the reason of
            an unusable one.

        Raises:
            InputError: ``feature_config`` is None or unknown here, so that recordings cannot be
                measured as those were that this recogniser was trained on.
        """
        from cada_tf.recogniser import prediction  # openSMILE's import takes a while

        predictions = prediction.predict(
            self, files, segments=segments, min_confidence=min_confidence, jobs=jobs
        )
        return prediction.as_table(predictions, self.classes, segments is not None)

    def with_card(self, card: str, valence: Mapping[str, str | None]) -> "Recogniser":
        """The same with another card and other emotions."""
        return dataclasses.replace(self, card=card, valence=valence)

    def save(self, path: str | os.PathLike) -> Path:
        """Writes one ``.keras`` file, atomically; see ``model_file.save``."""
        return model_file.save(self, path)

    def export(self, path: str | os.PathLike) -> Path:
        """Writes what runs without cada_tf: ``.onnx`` an ONNX file, else a SavedModel folder.

        See ``export.to_onnx`` and ``export.to_saved_model``.
        """
        from cada_tf.recogniser import export

        onnx = Path(path).suffix == ".onnx"
        return export.to_onnx(self, path) if onnx else export.to_saved_model(self, path)

    def to_keras(self) -> "RecogniserNetwork":  # noqa: F821
        """The same as a Keras model: features ``[n, F]`` in, probabilities ``[n, C]`` out."""
        return to_keras(self)


def load(path: str | os.PathLike) -> Recogniser:
    """Reads a recogniser that ``cada-adapt`` or ``Recogniser.save`` wrote.

    Nothing in the file is executed, whatever it contains.

    Args:
        path: of the file, with or without ``.keras``.

    Raises:
        InputError: there is no such file; it is damaged, or is no model file; or its features are
            of another version of openSMILE than the installed one.

    Example:
        >>> import cada_tf
        >>> recogniser = cada_tf.load("my_model")  # doctest: +SKIP
        >>> recogniser.predict_files(["a.wav", "b.wav"])  # doctest: +SKIP
    """
    return Recogniser(**vars(model_file.read(path)))
