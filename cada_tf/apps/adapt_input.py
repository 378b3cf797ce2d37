"""What ``cada-adapt`` reads: sources, labelled and unlabelled recordings; and checks of flags."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from absl import flags

from cada_tf.apps import settings
from cada_tf.config import Scaling
from cada_tf.corpora.corpus import Options
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports
from cada_tf.methods import METHODS

with lazy_imports():
    import pandas as pd

    from cada_tf.corpora import registry, several, table
    from cada_tf.protocol import loading, problem

FLAGS = flags.FLAGS
AUTO = "auto"
NETWORKS = [name for name, method in METHODS.items() if method.network is not None]
"""Methods of which a recogniser can be made."""
SEMI_SUPERVISED = [name for name in NETWORKS if METHODS[name].unlabelled]


def check_unlabelled() -> None:
    """Refuses what needs unlabelled recordings where there are none, and the contrary."""
    scaling = None if FLAGS.scaling == AUTO else Scaling(FLAGS.scaling)
    users = [f"--method={FLAGS.method}"] * METHODS[FLAGS.method].unlabelled
    users += [f"--scaling={scaling}"] * bool(scaling and scaling.semi_supervised)
    if users and not FLAGS.unlabelled:
        raise InputError(
            f"expected unlabelled recordings for {' and '.join(users)}, found none. Name a folder "
            "or a table of them, or choose another.",
            option="unlabelled",
        )
    if FLAGS.unlabelled and scaling and not users:
        raise InputError(
            f"expected a scaling or a method that uses the unlabelled recordings, found "
            f"--scaling={scaling} and --method={FLAGS.method}. Leave --scaling out, or choose "
            f"--method={SEMI_SUPERVISED[0]}.",
            option="unlabelled",
        )
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


def chosen_scaling(few: problem.Problem) -> Scaling:
    """What ``--scaling`` asks for."""
    if FLAGS.scaling != AUTO:
        return Scaling(FLAGS.scaling)
    if few.pool is None:
        return Scaling.SOURCE
    known = set(few.pool.speakers) != {table.UNKNOWN}
    return Scaling.SPEAKER_ENROLLED if known else Scaling.CORPUS_ENROLLED
