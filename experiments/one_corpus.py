r"""What a feature set is worth within one corpus: UA of an RBF SVM, leaving one speaker out.

    python -m experiments.one_corpus --corpus=emodb:DIR --features=speaker --classes=emotion

The SVM (C = 10) is trained on the features of all other speakers, standardised on them. "by
speaker": the features of each speaker are first standardised by all recordings of that speaker,
without labels, which is TRANSDUCTIVE. Nothing is random.
"""

from __future__ import annotations

from absl import flags

from cada_tf import corpora
from cada_tf.apps import program, settings
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports

with lazy_imports():
    import numpy as np

    from cada_tf.audio import feature_set, features
    from cada_tf.evaluation import one_corpus

FLAGS = flags.FLAGS

with program.group("Input and output"):
    flags.DEFINE_string(
        "corpus", None, f"NAME:PATH: the corpus: {settings.CORPUS_HELP}", required=True
    )
settings.define_corpus_flags()


def main() -> None:
    """Measures and prints."""
    corpus = corpora.load_corpus(FLAGS.corpus, settings.corpus_options())
    if corpus["speaker"].nunique() < 2:
        raise InputError(
            f"--corpus: expected at least two speakers, found {corpus['speaker'].nunique()} in "
            f"{corpus.attrs['name']}. Name a corpus with a column speaker."
        )
    corpus = features.add_features(corpus, **settings.feature_options())
    x = feature_set.feature_array(corpus).astype(np.float64)
    classes, speakers = corpus["class"].to_numpy(str), corpus["speaker"].to_numpy(str)
    print(
        f"{corpus.attrs['name']}: {len(x)} utterances, {len(set(speakers))} speakers, "
        f"{len(set(classes))} classes; {x.shape[1]} features"
    )
    ours = one_corpus.standardise_groups(x, speakers)
    for name, values in (("UA in %", x), ("UA in %, by speaker (TRANSDUCTIVE)", ours)):
        print(f"{name}: {100 * one_corpus.leave_one_speaker_out(values, classes, speakers):.1f}")


if __name__ == "__main__":
    program.start(main)
