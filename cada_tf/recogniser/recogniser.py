"""A trained recogniser: what ``cada-adapt`` and ``Adapter`` make, and ``cada_tf.load`` reads."""

import dataclasses
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cada_tf.deprecated import renamed_field
from cada_tf.recogniser import model_file
from cada_tf.recogniser.classifier import Classifier
from cada_tf.recogniser.export_format import ExportFormat
from cada_tf.recogniser.keras_network import to_keras
from cada_tf.recogniser.predictions import MIN_DURATION
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
        min_duration: float = MIN_DURATION,
        jobs: int | None = None,
    ) -> pd.DataFrame:
        """The class of each recording; ``prediction.predict`` yields the same one by one.

        Args:
            files: recordings, or folders of them.
            segments: length in seconds of the segments that are classified; None for whole
                recordings. Those of an index are classified by ``predict_index``.
            min_confidence: below this probability no class is named.
            min_duration: nor of less audio than this, in seconds.
            jobs: threads; None for one per core.

        Returns:
            One row per prediction, indexed as audformat has it by ``file``, or by ``file``,
            ``start`` and ``end`` (Timedelta) of segments: status (``ok``, ``abstained`` or
            ``unusable``), class (None unless ok), confidence, the probability of each class,
            ``p_CLASS``, and problem, the reason of an unusable or too short one. Where the model
            knows what it was trained on, ``trained_on`` says whether that is one of them.

        Raises:
            InputError: ``feature_config`` is None or unknown here, so that recordings cannot be
                measured as those were that this recogniser was trained on.
        """
        from cada_tf.recogniser import interfaces, prediction  # openSMILE's import takes a while

        predictions = prediction.predict(
            self,
            files,
            segments=segments,
            min_confidence=min_confidence,
            min_duration=min_duration,
            jobs=jobs,
        )
        return prediction.as_table(predictions, interfaces.layout_of(self, segments is not None))

    def predict_index(
        self,
        index: pd.Index,
        *,
        root: str | os.PathLike | None = None,
        preserve_index: bool = False,
        min_confidence: float = 0.0,
        min_duration: float = MIN_DURATION,
        jobs: int | None = None,
    ) -> pd.DataFrame:
        """The class of each file or segment of an index, as ``audinterface.Process`` has it.

        Of a segment's file, only that part is read. Segments may overlap.

        Args:
            index: of audformat, of files or of segments (``file``, ``start``, ``end``; NaT for the
                file's end).
            root: folder of the files, if they are relative to one.
            preserve_index: return ``index``, rather than one of segments whose ends are known.
            min_confidence, min_duration, jobs: as of ``predict_files``.

        Returns:
            One row per entry of ``index``, with the columns of ``predict_files``. A segment that is
            not inside of its file, or is empty, is ``unusable``.

        Raises:
            InputError: as ``predict_files``, or it is no index of audformat.
        """
        from cada_tf.recogniser import interfaces

        return interfaces.predict_index(
            self,
            index,
            root=root,
            preserve_index=preserve_index,
            min_confidence=min_confidence,
            min_duration=min_duration,
            jobs=jobs,
        )

    def predict_signal(
        self,
        signal: np.ndarray,
        sampling_rate: int,
        *,
        file: str | None = None,
        start: float | str | pd.Timedelta | None = None,
        end: float | str | pd.Timedelta | None = None,
        min_confidence: float = 0.0,
        min_duration: float = MIN_DURATION,
    ) -> pd.DataFrame:
        """The class of a signal, as ``audinterface.Process`` has it.

        Args:
            signal: samples ``[samples]`` or ``[channels, samples]``, in [-1, 1].
            sampling_rate: in Hz.
            file: what it is called in the result.
            start, end: of the part that is classified; a number is in seconds.
            min_confidence, min_duration: as of ``predict_files``.

        Returns:
            One row with the columns of ``predict_files``, indexed by ``start`` and ``end``
            (Timedelta), and ``file`` before these if it is given.

        Raises:
            InputError: as ``predict_files``.
        """
        from cada_tf.recogniser import interfaces

        return interfaces.predict_signal(
            self,
            signal,
            sampling_rate,
            file=file,
            start=start,
            end=end,
            min_confidence=min_confidence,
            min_duration=min_duration,
        )

    def to_audinterface(
        self, *, min_duration: float = MIN_DURATION, jobs: int | None = 1, **options
    ) -> "audinterface.Feature":  # noqa: F821
        """The same as an ``audinterface.Feature``: the probability of each class, by its name.

        What is unusable or too short has NaN for all classes, and the reason in the log.

        Args:
            min_duration: see ``predict_files``.
            jobs: threads; None for audinterface's own choice.
            **options: of ``audinterface.Feature``, such as ``win_dur`` and ``hop_dur`` of a sliding
                window, or ``segment``.

        Raises:
            InputError: as ``predict_files``.
        """
        from cada_tf.recogniser import interfaces

        return interfaces.to_audinterface(self, min_duration=min_duration, jobs=jobs, **options)

    def with_card(self, card: str, valence: Mapping[str, str | None]) -> "Recogniser":
        """The same with another card and other emotions."""
        return dataclasses.replace(self, card=card, valence=valence)

    def save(self, path: str | os.PathLike) -> Path:
        """Writes one ``.keras`` file, atomically; see ``model_file.save``."""
        return model_file.save(self, path)

    def export(self, path: str | os.PathLike, format: ExportFormat | str | None = None) -> Path:
        """Writes what runs without cada_tf; see ``export``.

        Args:
            path: of the new file or folder.
            format: ``onnx``, a file; ``saved-model``, a folder of TensorFlow; or ``audonnx``, a
                folder of ONNX with openSMILE before it. None for what the path's suffix says:
                ``.onnx`` an ONNX file, else a SavedModel.

        Returns:
            The path.

        Raises:
            InputError: there is something in the way, a package is missing, or the features are
                not openSMILE's, for ``audonnx``.
        """
        from cada_tf.recogniser import export

        chosen = ExportFormat.of(path) if format is None else ExportFormat(format)
        return export.WRITERS[chosen](self, path)

    def to_keras(self) -> "RecogniserNetwork":  # noqa: F821
        """The same as a Keras model: features ``[n, F]`` in, probabilities ``[n, C]`` out."""
        return to_keras(self)


def load(path: str | os.PathLike, *, features: "str | FeatureSet | None" = None) -> Recogniser:  # noqa: F821
    """Reads a recogniser that ``cada-adapt`` or ``Recogniser.save`` wrote.

    Nothing in the file is executed, whatever it contains.

    Args:
        path: of the file, with or without ``.keras``.
        features: the set that its recordings are measured with, where that is not one of
            openSMILE's own: what ``feature_registry.make_feature_set`` takes.

    Raises:
        InputError: there is no such file; it is damaged, or is no model file; its features are of
            another version of openSMILE than the installed one, or of another set than
            ``features``.

    Example:
        >>> import cada_tf
        >>> recogniser = cada_tf.load("my_model")  # doctest: +SKIP
        >>> recogniser.predict_files(["a.wav", "b.wav"])  # doctest: +SKIP
    """
    recogniser = Recogniser(**vars(model_file.read(path)))
    if features is not None:
        from cada_tf.recogniser.feature_set import use_features

        use_features(recogniser, features)
    return recogniser
