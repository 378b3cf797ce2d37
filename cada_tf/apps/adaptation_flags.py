"""Flags of how to adapt, with unlabelled recordings or without, and what they make."""

from __future__ import annotations

import logging

from absl import flags

from cada_tf.config import Config, Normalisation, Scaling
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports
from cada_tf.methods import METHODS, makes_network

with lazy_imports():
    from cada_tf.adaptation import method_choice, scaling_choice
    from cada_tf.protocol import problem

FLAGS = flags.FLAGS
AUTO = "auto"
NETWORKS = [name for name in METHODS if makes_network(name)]
"""Methods of which a recogniser can be made."""
SEMI_SUPERVISED = [name for name in NETWORKS if METHODS[name].unlabelled]

log = logging.getLogger("cada_tf")


def define_adaptation_flags() -> None:
    """``--method``, ``--scaling`` and ``--normalisation``."""
    flags.DEFINE_enum(
        "method",
        "cada",
        [AUTO, *(name for name in NETWORKS if name != "all-target")],
        "How to adapt; all-source does not, label-target does without the source; "
        f"{', '.join(SEMI_SUPERVISED)} need --unlabelled. auto: which of some methods, by "
        "what they gained on other corpora and by cross-validation over the labels.",
    )
    flags.DEFINE_enum(
        "scaling",
        AUTO,
        [AUTO, *(str(choice) for choice in Scaling if not choice.transductive)],
        "What the scaling of features is fitted on: the source, or all labelled recordings "
        "(training); with --unlabelled all of the target's, as one corpus or by speaker. auto: "
        "with --unlabelled by speaker, if they are known and classes are mixed in each, else "
        "as one corpus; without it on the source.",
    )
    flags.DEFINE_enum(
        "normalisation",
        AUTO,
        [AUTO, *map(str, Normalisation)],
        "Each scaled feature spans [-1, 1] (min-max), or has a fixed mean and standard "
        "deviation (z-score). auto: z-score with --scaling=corpus-enrolled, else min-max.",
    )


def check_unlabelled(given: bool) -> None:
    """Refuses what needs unlabelled recordings where there are none, and the contrary.

    Args:
        given: whether there are unlabelled recordings.

    Raises:
        InputError: they and the flags do not go together.
    """
    scaling = None if FLAGS.scaling == AUTO else Scaling(FLAGS.scaling)
    users = [f"--method={FLAGS.method}"] * (FLAGS.method in SEMI_SUPERVISED)
    users += [f"--scaling={scaling}"] * bool(scaling and scaling.semi_supervised)
    if users and not given:
        raise InputError(
            f"expected unlabelled recordings for {' and '.join(users)}, found none. Name a folder "
            "or a table of them, or choose another.",
            option="unlabelled",
        )
    if given and scaling and not users:
        raise InputError(
            f"expected a scaling or a method that uses the unlabelled recordings, found "
            f"--scaling={scaling} and --method={FLAGS.method}. Leave --scaling out, or choose "
            f"--method={SEMI_SUPERVISED[0]}.",
            option="unlabelled",
        )


def chosen_options(few: problem.Problem) -> tuple[dict, list[str]]:
    """The options that the flags ask for, and what ``auto`` chose for the scaling, and why.

    Args:
        few: the problem of few labels, with its unlabelled recordings.

    Returns:
        Arguments of ``make_config``; and sentences, which are logged.
    """
    choices = []
    if FLAGS.scaling != AUTO:
        choice = scaling_choice.scaling_of(Scaling(FLAGS.scaling))
    else:
        choice = scaling_choice.choose_scaling(few)
        if few.pool is not None:
            choices.append(f"scaling={choice.scaling}, {choice.reason}")
            log.info("auto: %s", choices[-1])
    normalisation = choice.normalisation
    if FLAGS.normalisation != AUTO:
        normalisation = Normalisation(FLAGS.normalisation)
    options = {"scaling": choice.scaling, "normalisation": normalisation}
    return options, choices


def chosen_method(few: problem.Problem, config: Config) -> tuple[str, list[str]]:
    """The method that the flags ask for; likewise.

    Args:
        few: as of ``chosen_options``, with the folds of the cross-validation.
        config: of ``chosen_options``.
    """
    if FLAGS.method != AUTO:
        return FLAGS.method, []
    choice = method_choice.choose_method(few, config, cache_dir=FLAGS.cache_dir, jobs=FLAGS.jobs)
    reason = f"method={choice.method}, {choice.reason}"
    log.info("auto: %s", reason)
    return choice.method, [reason]
