"""What ``cada-predict --export`` does."""

from pathlib import Path

from cada_tf.errors import InputError
from cada_tf.recogniser.export_format import ExportFormat

TAKES_AUDIO = (
    "a signal, of which openSMILE measures the features: audonnx.load(...)(signal, sampling_rate)"
)


def export_model(model: str, words: list[str], path: str, format: str | None) -> int:
    """Writes what runs without cada_tf, and says what it takes; returns the exit status.

    Args:
        model: path of the model.
        words: names of recordings, of which there may be none.
        path: of the new file or folder.
        format: one of ``ExportFormat``; None for what the path's suffix says.

    Raises:
        InputError: there are recordings, or what ``Recogniser.export`` raises.
    """
    if words:
        raise InputError(
            f"expected a model alone, found {words[0]!r} beside it. Predict without it, later.",
            option="export",
        )
    from cada_tf.recogniser.export_description import describe_input
    from cada_tf.recogniser.recogniser import load

    recogniser = load(model)
    chosen = ExportFormat.of(path) if format is None else ExportFormat(format)
    written = recogniser.export(Path(path), chosen)
    takes = TAKES_AUDIO if chosen is ExportFormat.AUDONNX else describe_input(recogniser)
    print(f"{chosen}: {written}\ninput: {takes}")
    return 0
