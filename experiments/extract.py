r"""Measures the functionals of a corpus and writes the table that ``table:`` reads.

    python -m experiments.extract --corpus=emodb:DIR --output=features.csv

An extraction that was killed goes on where it was.
"""

import logging
from pathlib import Path

from absl import flags

from cada_tf.apps import program, settings
from cada_tf.audio.features import FEATURE_NAMES, add_features
from cada_tf.corpora import load_corpus
from cada_tf.errors import InputError
from cada_tf.storage import write_atomically

FLAGS = flags.FLAGS
with program.group("Input and output"):
    flags.DEFINE_string(
        "corpus", None, f"NAME:PATH: the corpus: {settings.CORPUS_HELP}", required=True
    )
    flags.DEFINE_string(
        "output", None, "FILE: the table to write, FILE.csv or FILE.parquet.", required=True
    )
settings.define_corpus_flags()

log = logging.getLogger("cada_tf")


def main() -> None:
    """Extracts and writes."""
    output = Path(FLAGS.output)
    if output.suffix not in (".csv", ".parquet"):
        raise InputError(f"--output: expected FILE.csv or FILE.parquet, found {output}.")
    if not output.parent.is_dir():
        raise InputError(f"--output: expected a folder at {output.parent}, found none. Make it.")
    corpus = load_corpus(FLAGS.corpus, settings.corpus_options())
    corpus = add_features(corpus, **settings.feature_options())
    table = corpus[["speaker", "emotion", "class", *FEATURE_NAMES]]
    if output.suffix == ".csv":
        # Nine digits give every float32 back exactly.
        write_atomically(output, table.to_csv(float_format="%.9g"))
    else:
        write_atomically(output, table.to_parquet())
    print(f"features of {len(table)} utterances: {output}")


if __name__ == "__main__":
    program.start(main)
