"""Flags of how to adapt, with unlabelled recordings or without, and what they make."""

from __future__ import annotations

from absl import flags

from cada_tf.config import Scaling
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports
from cada_tf.methods import METHODS

with lazy_imports():
    from cada_tf.corpora import table
    from cada_tf.protocol import problem

FLAGS = flags.FLAGS
AUTO = "auto"
NETWORKS = [name for name, method in METHODS.items() if method.network is not None]
"""Methods of which a recogniser can be made."""
SEMI_SUPERVISED = [name for name in NETWORKS if METHODS[name].unlabelled]


def define_adaptation_flags() -> None:
    """``--method`` and ``--scaling``."""
    flags.DEFINE_enum(
        "method",
        "cada",
        [name for name in NETWORKS if name != "all-target"],
        "How to adapt; all-source does not, label-target does without the source; "
        f"{', '.join(SEMI_SUPERVISED)} need --unlabelled.",
    )
    flags.DEFINE_enum(
        "scaling",
        AUTO,
        [AUTO, *(str(choice) for choice in Scaling if not choice.transductive)],
        "What the scaling of features is fitted on: the source, or all labelled recordings "
        "(training); with --unlabelled all of the target's, as one corpus or by speaker. auto: "
        "with --unlabelled by speaker, if they are known, else as one corpus; without it on "
        "the source.",
    )


def check_unlabelled(given: bool) -> None:
    """Refuses what needs unlabelled recordings where there are none, and the contrary.

    Args:
        given: whether there are unlabelled recordings.

    Raises:
        InputError: they and the flags do not go together.
    """
    scaling = None if FLAGS.scaling == AUTO else Scaling(FLAGS.scaling)
    users = [f"--method={FLAGS.method}"] * METHODS[FLAGS.method].unlabelled
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


def chosen_scaling(pool: problem.LabelledSet | None) -> Scaling:
    """What ``--scaling`` asks for, given the unlabelled recordings."""
    if FLAGS.scaling != AUTO:
        return Scaling(FLAGS.scaling)
    if pool is None:
        return Scaling.SOURCE
    known = set(pool.speakers) != {table.UNKNOWN}
    return Scaling.SPEAKER_ENROLLED if known else Scaling.CORPUS_ENROLLED
