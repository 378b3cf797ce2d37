"""A table that gives each emotion a class, as ``classes=FILE`` names it."""

from pathlib import Path

from cada_tf.corpora.corpus import BY_EMOTION, BY_VALENCE, clean_names
from cada_tf.corpora.table_file import read_cells, require_columns, texts
from cada_tf.errors import InputError, suggestion
from cada_tf.text import LONGEST_NAME


def read_class_file(path: str) -> dict[str, str | None]:
    """The map in a table of the columns emotion and class; an empty class is None.

    Args:
        path: of a CSV, TSV or Parquet file.

    Raises:
        InputError: it is missing or no such table, a cell of ``emotion`` is empty, an emotion
            has two classes, or a class's name is too long.
    """
    location = Path(path).expanduser()
    if not location.exists():
        raise InputError(
            f"`classes`: expected {BY_VALENCE}, {BY_EMOTION} or a table of the columns emotion "
            f"and class, found nothing at {path}.{suggestion(path, (BY_VALENCE, BY_EMOTION))} "
            "Check the path."
        )
    cells = read_cells(location)
    require_columns(cells, location, "emotion", "class")
    emotions, classes = (clean_names(texts(cells[column])) for column in ("emotion", "class"))
    found: dict[str, str | None] = {}
    for line, emotion, label in zip(cells.index, emotions, classes, strict=True):
        where, key = f"{location}, {cells.index.name} {line}", emotion.lower()
        if not emotion or len(label) > LONGEST_NAME:
            raise InputError(
                f"{where}: expected an emotion, and at most {LONGEST_NAME} characters of a class, "
                f"found {emotion!r} and {label!r}. Correct the line."
            )
        earlier = found.setdefault(key, label or None) or ""
        if earlier.lower() != label.lower():
            raise InputError(
                f"{where}: expected one class for {key}, found {label or 'none'} after "
                f"{earlier or 'none'}. Remove one of the lines."
            )
    return found


def recorded_classes(classes: str) -> str | list[str]:
    """``Options.classes`` for the record of a run, which tells one content of a file from another.

    Returns:
        ``valence`` or ``emotion`` as it is; of a file its lines, EMOTION=CLASS, sorted.

    Raises:
        InputError: as ``read_class_file``.
    """
    if classes in (BY_VALENCE, BY_EMOTION):
        return classes
    return sorted(f"{emotion}={label or ''}" for emotion, label in read_class_file(classes).items())
