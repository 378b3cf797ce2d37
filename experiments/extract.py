r"""Measures the features of a corpus and writes the table that ``table:`` reads.

    python -m experiments.extract --corpus=emodb:DIR --output=features.csv

An extraction that was interrupted continues with the recordings that are not measured yet. Files
are named relative to the table's folder, as table: finds them, so that the table can be moved
together with the recordings. Those that have no folder in common with it but the root, or are on
another drive, keep their whole path, which the log says.
"""

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
    from cada_tf.corpora import table_paths

FLAGS = flags.FLAGS
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
        table = table.set_axis(
            pd.Index(table_paths.names_from(output.parent, table.index), name="file")
        )
    if output.suffix == ".csv":
        # Nine digits restore every float32 exactly.
        write_atomically(output, table.to_csv(float_format="%.9g"))
    else:
        write_atomically(output, table.to_parquet())
    print(f"features of {len(table)} utterances: {output}")


if __name__ == "__main__":
    program.start(main)
