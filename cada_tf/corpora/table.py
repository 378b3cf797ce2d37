"""Any corpus as one table, with or without features that are already measured."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from cada_tf.audio.feature_registry import make_feature_set
from cada_tf.audio.feature_set import FeatureSet
from cada_tf.audio.utterance import segment_name
from cada_tf.corpora.classes import label_corpus
from cada_tf.corpora.corpus import BY_VALENCE, Options, require_recordings
from cada_tf.corpora.table_columns import resolve_label
from cada_tf.corpora.table_features import feature_columns, first_of, numeric_columns
from cada_tf.corpora.table_file import log_remarks, read_cells, require_columns, texts
from cada_tf.corpora.table_paths import file_cells, names_beside
from cada_tf.corpora.table_segments import END, START, has_segments, times
from cada_tf.corpora.valence import valence_map
from cada_tf.errors import InputError

UNKNOWN = "unknown"
"""The speaker of all utterances of a table without a column of speakers."""

log = logging.getLogger("cada_tf")


def read(path: str, options: Options, *, examples: bool = False) -> pd.DataFrame:
    """Reads a CSV, TSV or Parquet file with one row per utterance.

    Columns, of which ``file`` may be the index: ``file``, ``speaker``, and ``class``,
    ``emotion`` or ``label`` (see ``table_columns``). With classes by valence a class is taken as it
    is; otherwise each emotion, or the class where there is no emotion, is given its class by
    ``classes.label_corpus``. With the columns of the feature set no recording is opened; without
    them, files are found relative to the table's folder. With the columns ``start`` and ``end``
    each row is a segment of its file (see ``table_segments``).

    Args:
        path: of the table. The corpus is named after it, without folder and suffix.
        options: ``features``, ``classes``, ``negative``, ``positive``, ``drop``.
        examples: whether it is of a few labelled examples: the column ``speaker`` may be missing,
            so that all are ``UNKNOWN``, and rows without a label are left out.

    Returns:
        The corpus, with the feature columns in canonical order, float32, if there are any.

    Raises:
        InputError: the table, a column, a cell or a recording is missing or unusable.
    """
    if not path:
        raise InputError("table: expected table:FILE, found no path. Name a CSV or Parquet file.")
    location = Path(path).expanduser()
    wanted = make_feature_set(options.features)
    cells = read_cells(location, numbers=set(wanted.names) or None)
    require_columns(cells, location, "file", *([] if examples else ["speaker"]))
    # Where classes are others than by valence, a class is as good as an emotion.
    known = valence_map(options) if options.classes == BY_VALENCE else ()
    cells, remarks = resolve_label(cells, known, location)
    log_remarks(location, remarks)
    if "class" not in cells:
        require_columns(cells, location, "emotion")
    cells = labelled_rows(cells, location) if examples else cells
    files, features = utterances(cells, location, wanted)
    corpus = label_corpus(
        location.stem,
        files,
        texts(cells["speaker"]) if "speaker" in cells else [UNKNOWN] * len(cells),
        texts(cells["emotion"]) if "emotion" in cells else None,
        options,
        classes=texts(cells["class"]) if "class" in cells else None,
    )
    return corpus if features is None else join_features(corpus, features)


def labelled_rows(cells: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The rows with an emotion or a class; how many others there are is logged.

    Raises:
        InputError: none has one.
    """
    columns = [name for name in ("class", "emotion") if name in cells]
    known = np.any([[text != "" for text in texts(cells[name])] for name in columns], axis=0)
    if not known.any():
        raise InputError(
            f"{path}: expected a value in column {columns[0]!r}, found none in any row. Fill it in "
            "for the recordings whose class you know; rows without are left out."
        )
    if not known.all():
        log.info("%s: left out, as they have no label: %d rows", path, np.count_nonzero(~known))
    return cells[known]


def utterances(
    cells: pd.DataFrame, path: Path, wanted: FeatureSet
) -> tuple[list[str], pd.DataFrame | None]:
    """What the rows of a table are of, whatever their labels.

    Args:
        cells: as ``table_file.read_cells`` returns them.
        path: of the table.
        wanted: the feature set whose columns it may bring.

    Returns:
        The name of each row's recording or segment; and their features, with these names as
        index, if the table has them: otherwise the names are paths that open.

    Raises:
        InputError: a cell or a recording is missing or unusable.
    """
    segmented = has_segments(cells, path)
    features = feature_columns(cells, path, wanted)
    files = file_cells(cells, path)
    if features is None:
        files = recordings(files, cells, path)
    files = segments(files, cells, path) if segmented else files
    if features is not None:
        features = features.set_axis(pd.Index(files, name="file", dtype=object))
    return files, features


def recordings(files: list[str], cells: pd.DataFrame, path: Path) -> list[str]:
    """The files as paths that open, relative to the table's folder.

    Raises:
        InputError: one is missing.
    """
    paths = [str(path.parent / file) for file in names_beside(path, files)]
    try:
        require_recordings(path.stem, paths)
    except InputError as error:
        if not (numbers := numeric_columns(cells)):
            raise
        raise InputError(
            f"{error} Or take the columns of numbers ({first_of(numbers)}) as features, with "
            "`features=columns`."
        ) from error
    return paths


def segments(files: list[str], cells: pd.DataFrame, path: Path) -> list[str]:
    """The names of the segments of files that the rows are.

    Raises:
        InputError: a time is none.
    """
    rows = zip(files, times(cells[START], path), times(cells[END], path), strict=True)
    return [segment_name(file, start or 0.0, end) for file, start, end in rows]


def join_features(corpus: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """The corpus with the features of its files."""
    joined = pd.concat([corpus, features.loc[corpus.index]], axis=1)
    joined.attrs = dict(corpus.attrs)
    return joined
