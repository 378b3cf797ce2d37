"""Loading of sources and target: labels and cheap checks first, then features."""

import dataclasses
import logging
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cada_tf.audio.feature_set import feature_names
from cada_tf.audio.features import add_features
from cada_tf.corpora import Options, load_corpus
from cada_tf.corpora.corpus import class_counts
from cada_tf.corpora.naming import check_names, given_names
from cada_tf.corpora.several import check_same_features
from cada_tf.corpora.shared_classes import share_classes
from cada_tf.corpora.table import UNKNOWN
from cada_tf.corpora.unlabelled import read_unlabelled
from cada_tf.errors import InputError
from cada_tf.protocol.checks import check_classes, check_disjoint, rows_among

log = logging.getLogger("cada_tf")

Loader = Callable[[str, Options], pd.DataFrame]


def load_corpora(
    sources: Sequence[str], target: str, options: Options, *, load_target: Loader = load_corpus
) -> list[pd.DataFrame]:
    """The sources, then the target, in the same classes, before anything is measured.

    Args:
        sources, target: ``NAME:PATH`` each (see ``corpora.load_corpus``).
        options: how to read them; an ``options.name`` alone names the target.
        load_target: reads the target; for a few labelled examples ``registry.load_examples``.

    Raises:
        InputError: one cannot be read, two are the same, their classes differ, or a name that was
            given is not of one of them alone.
    """
    specs = [*sources, target]
    twice = [spec for spec in specs if specs.count(spec) > 1]
    if twice:
        raise InputError(
            f"`source`, `target`: expected different corpora, found {twice[0]} more than once. "
            "Choose another source or target."
        )
    names = given_names(options.name, specs)
    own = {s: dataclasses.replace(options, name=(names[s],) if s in names else ()) for s in specs}
    labelled = load_target(target, own[target])
    corpora = [*(load_corpus(spec, own[spec]) for spec in sources), labelled]
    check_names(names, corpora)
    *sources, labelled = share_classes(corpora, options)
    for source in sources:
        check_classes(source, labelled)
    return [*sources, labelled]


def measure_corpora(corpora: Sequence[pd.DataFrame], **options: Any) -> list[pd.DataFrame]:
    """The corpora with their features; their counts go to the log.

    Args:
        corpora: of ``load_corpora``.
        **options: arguments of ``audio.features.add_features``.

    Raises:
        InputError: a recording cannot be used, or a source has utterances of the target.
    """
    *sources, target = (add_features(corpus, **options) for corpus in corpora)
    for source in sources:
        check_disjoint(source, target)
    for corpus in (*sources, target):
        speakers = sorted(set(corpus["speaker"]) - {UNKNOWN})
        counts = class_counts(corpus) + (f", {len(speakers)} speakers" if speakers else "")
        log.info("%s: %s", corpus.attrs["name"], counts)
    return [*sources, target]


def load_pool(
    path: str,
    corpora: Sequence[pd.DataFrame],
    options: Options,
    *,
    speaker_folders: bool = False,
    **feature_options: Any,
) -> pd.DataFrame:
    """Unlabelled recordings of the target, with features, for ``problem.pool_set``.

    Those that are among the corpora as well, whose labels are known, are left out and counted in
    the log.

    Args:
        path, options, speaker_folders: see ``unlabelled.read_unlabelled``.
        corpora: of ``measure_corpora``.
        **feature_options: arguments of ``audio.features.add_features``.

    Returns:
        A corpus; ``attrs["given"]`` says whether a table brought its features, so that its names
        need not be files that there are.

    Raises:
        InputError: none is left, or one cannot be used.
    """
    pool = read_unlabelled(path, options, speaker_folders=speaker_folders)
    pool.attrs["given"] = bool(feature_names(pool))
    pool = add_features(pool, **feature_options)
    check_same_features([corpora[-1], pool])
    new = ~rows_among(pool, corpora)
    name = pool.attrs["name"]
    if not new.all():
        log.info("%s: left out, as they are labelled: %d", name, np.count_nonzero(~new))
    if not new.any():
        raise InputError(
            f"expected recordings other than the labelled ones at {path}, found none. Choose "
            "another folder or table.",
            option="unlabelled",
        )
    pool = pool[new]
    speakers = len({*pool["speaker"]} - {UNKNOWN})
    log.info("%s: %d unlabelled, %d speakers", name, len(pool), speakers)
    return pool
