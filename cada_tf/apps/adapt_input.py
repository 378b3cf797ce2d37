"""What ``cada-adapt`` reads: sources, labelled and unlabelled recordings; and checks of flags."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from absl import flags

from cada_tf.apps import adaptation_flags, settings
from cada_tf.corpora.corpus import Options
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports

with lazy_imports():
    import pandas as pd

    from cada_tf.corpora import registry, several
    from cada_tf.protocol import loading, problem

FLAGS = flags.FLAGS


def check_unlabelled() -> None:
    """Refuses flags that need unlabelled recordings where there are none, and the contrary."""
    adaptation_flags.check_unlabelled(bool(FLAGS.unlabelled))
    if FLAGS.speaker_folders and not FLAGS.unlabelled:
        raise InputError("expected --unlabelled with it, found none.", option="speaker_folders")
    if FLAGS.suggest and not FLAGS.unlabelled:
        raise InputError(
            "expected unlabelled recordings to choose from (--unlabelled), found none. Name a "
            "folder or a table of them.",
            option="suggest",
        )


def load_corpora() -> tuple[list[pd.DataFrame], pd.DataFrame | None]:
    """Sources and labelled examples, with features, and the unlabelled recordings, if any."""
    options = settings.corpus_options()
    corpora = loading.load_corpora(
        FLAGS.source, FLAGS.target[0], options, load_target=load_labelled
    )
    corpora = loading.measure_corpora(corpora, **settings.feature_options())
    return corpora, load_pool(corpora) if FLAGS.unlabelled else None


def load_labelled(first: str, options: Options) -> pd.DataFrame:
    """All that ``--target`` names; ``options`` are those of the first."""
    others = dataclasses.replace(options, name=())
    tables = [registry.load_examples(first, options)]
    tables += [registry.load_examples(spec, others) for spec in FLAGS.target[1:]]
    return several.join_examples(tables)


def load_pool(corpora: list[pd.DataFrame]) -> pd.DataFrame:
    """The unlabelled recordings.

    Raises:
        InputError: they cannot be used, or are fewer than are to be suggested.
    """
    pool = loading.load_pool(
        FLAGS.unlabelled,
        corpora,
        settings.corpus_options(),
        speaker_folders=FLAGS.speaker_folders,
        **settings.feature_options(),
    )
    if FLAGS.suggest > len(pool):
        raise InputError(
            f"expected at most {len(pool)}, as there are no more recordings without a label; found "
            f"{FLAGS.suggest}. Ask for fewer.",
            option="suggest",
        )
    return pool


def pool_folder() -> Path:
    """The folder that the names in a table of unlabelled recordings are relative to."""
    path = Path(FLAGS.unlabelled)
    return path if path.is_dir() else path.parent


def few_label_problem(corpora: list[pd.DataFrame], pool: pd.DataFrame | None) -> problem.Problem:
    """Sources, labelled examples and pool, with as many folds as the rarest class allows."""
    *sources, target = corpora
    rarest = int(target["class"].value_counts().min())
    few = problem.to_problem(
        several.join_corpora(sources),
        target,
        seed=FLAGS.seed,
        trials=FLAGS.trials,
        folds=max(2, min(FLAGS.folds, rarest)),
    )
    return few if pool is None else dataclasses.replace(few, pool=problem.pool_set(pool))
