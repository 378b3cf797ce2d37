r"""Measures the features of a corpus and writes the table that ``table:`` reads.

    python -m experiments.extract --corpus=emodb:DIR --output=features.csv

An extraction that was interrupted continues with the recordings that are not measured yet. Files
are named relative to the table's folder, as table: finds them, so that the table can be moved
together with the recordings. Those that have no folder in common with it but the root, or are on
another drive, keep their whole path, which the log says.
"""

import logging
import os
from collections.abc import Iterable
from pathlib import Path

from absl import flags

from cada_tf import corpora
from cada_tf.apps import paths, program, settings
from cada_tf.audio.feature_set import feature_names
from cada_tf.errors import InputError
from cada_tf.folders import check_output
from cada_tf.lazy import lazy_imports
from cada_tf.storage import write_atomically

with lazy_imports():
    import pandas as pd

    from cada_tf.audio import features

FLAGS = flags.FLAGS
log = logging.getLogger("cada_tf")
with program.group("Input and output"):
    flags.DEFINE_string(
        "corpus", None, f"NAME:PATH: the corpus: {settings.CORPUS_HELP}", required=True
    )
    paths.define_path(
        "output", "FILE: the table to write, FILE.csv or FILE.parquet.", required=True
    )
settings.define_corpus_flags()


def main() -> None:
    """Measures and writes."""
    output = Path(FLAGS.output)
    if output.suffix not in (".csv", ".parquet"):
        raise InputError(f"--output: expected FILE.csv or FILE.parquet, found {output}.")
    check_output(output)
    corpus = corpora.load_corpus(FLAGS.corpus, settings.corpus_options())
    has_audio = not feature_names(corpus)  # else its files are names alone
    corpus = features.add_features(corpus, **settings.feature_options())
    table = corpus[["speaker", "emotion", "class", *feature_names(corpus)]]
    if has_audio:
        table = table.set_axis(pd.Index(relative(table.index, output.parent), name="file"))
    if output.suffix == ".csv":
        # Nine digits restore every float32 exactly.
        write_atomically(output, table.to_csv(float_format="%.9g"))
    else:
        write_atomically(output, table.to_parquet())
    print(f"features of {len(table)} utterances: {output}")


def relative(files: Iterable[str], folder: Path) -> list[str]:
    """The paths of files from a folder; whole ones of those that are best found so."""
    paths = [path_from(folder, file) for file in files]
    if whole := [path for path in paths if os.path.isabs(path)]:
        log.info(
            "%d of %d files have no folder in common with %s and keep their whole paths, such as "
            "%s: do not move them",
            *(len(whole), len(paths), folder, whole[0]),
        )
    return paths


def path_from(folder: Path, file: str) -> str:
    """The path of a file from a folder, or its whole path if they have only the root in common."""
    start, end = os.path.abspath(folder), os.path.abspath(file)
    if not Path(end).is_relative_to(start):
        # Up from a folder that is a link leads elsewhere than its name says.
        start, parent = os.path.realpath(folder), os.path.realpath(os.path.dirname(end))
        end = os.path.join(parent, os.path.basename(end))
    try:
        common = os.path.commonpath([start, end])
    except ValueError:  # on Windows, of two drives
        return end
    return end if os.path.dirname(common) == common else os.path.relpath(end, start)


if __name__ == "__main__":
    program.start(main)
