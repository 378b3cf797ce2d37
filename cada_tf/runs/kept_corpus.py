"""The file in which a run keeps a corpus with its features, Parquet."""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from cada_tf.audio.feature_set import FeatureConfig, feature_array, feature_names
from cada_tf.corpora.corpus import content_hash
from cada_tf.storage import open_regular

LABELS = ("speaker", "emotion", "class")


def to_kept(corpus: pd.DataFrame) -> bytes:
    """The content of the file, with paths relative to the folder that the recordings share."""
    corpus = corpus.sort_index().reset_index()
    folders = {os.path.dirname(file) for file in corpus["file"]}
    base = os.path.commonpath(folders) if len({*map(os.path.isabs, folders)}) == 1 else ""
    if base:
        corpus["file"] = [os.path.relpath(file, base) for file in corpus["file"]]
    columns = ["file", *LABELS, "corpus", *feature_names(corpus)]
    return corpus[[name for name in columns if name in corpus]].to_parquet(index=False)


def read_kept(path: Path) -> pd.DataFrame:
    """The corpus, as ``make_corpus`` has it but for its name.

    Raises:
        OSError: there is no file.
        ValueError: it holds anything else.
    """
    with open_regular(path) as stream:
        try:
            table = pd.read_parquet(stream).set_index("file")
            config = table.attrs.get("features")  # of JSON; earlier runs did not write it
            table.attrs = {"features": FeatureConfig(*config) if config else None}
        except Exception as error:  # Arrow and pandas have a dozen for what is damaged
            raise ValueError(f"no sound .parquet file: {error}") from error
    check(table)
    return table


def holds(path: Path, corpus: pd.DataFrame) -> bool:
    """Whether a file holds a corpus with the same speakers, classes and features."""
    try:
        return content_hash(read_kept(path)) == content_hash(corpus)
    except (OSError, ValueError):
        return False


def check(table: pd.DataFrame) -> None:
    """Refuses a table that is no corpus with features.

    Raises:
        ValueError: it is none.
    """
    features = feature_names(table)
    texts = [name for name in table if name not in features]
    if not features or not {*LABELS} <= {*texts} <= {*LABELS, "corpus"}:
        raise ValueError(f"the columns {', '.join(map(str, table.columns))}")
    for words in (table.index.to_series(), *(table[name] for name in texts)):
        if words.isna().any() or pd.api.types.infer_dtype(words, skipna=False) != "string":
            raise ValueError("a label that is no text")
    if table.empty or not np.isfinite(feature_array(table)).all():
        raise ValueError("rows that are not those of a corpus")
