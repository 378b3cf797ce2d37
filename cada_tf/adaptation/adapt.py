"""A recogniser from a source and all labelled target examples, and its assessment.

What Section 4.2 measures over trials and folds is done here once, with every label; folds serve
to assess it, on utterances that its networks have not seen.
"""

import dataclasses
import logging
import os

import numpy as np

from cada_tf.adaptation.assessment import Assessment, assess, assessment_cells, too_few
from cada_tf.adaptation.cross_validation import cross_validate
from cada_tf.adaptation.new_speaker import assess_new_speaker
from cada_tf.config import Config
from cada_tf.errors import InputError
from cada_tf.evaluation.calibration import Examples, fit_temperature
from cada_tf.methods import METHODS, Target, makes_network
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem
from cada_tf.protocol.scaling import fit_scale
from cada_tf.recogniser.digests import digests
from cada_tf.recogniser.recogniser import Recogniser
from cada_tf.training.cells import train_cells

log = logging.getLogger("cada_tf")


@dataclasses.dataclass(frozen=True)
class Adapted:
    """A recogniser, and what its labelled examples say of it.

    Args:
        recogniser: trained on all of the source and all of the labelled target examples.
        held_out: logits and classes of the source's examples that early stopping held out.
        out_of_fold: those of the target's examples, each from a network that had not seen it;
            None where there is no such network.
        assessment: by cross-validation; None if it was not asked for.
    """

    recogniser: Recogniser
    held_out: Examples
    out_of_fold: Examples | None = None
    assessment: Assessment | None = None


def adapt(
    problem: Problem,
    config: Config,
    method: str,
    *,
    assessed: bool = True,
    curve: bool = False,
    new_speaker: bool = True,
    cache_dir: str | os.PathLike | None = None,
    jobs: int | None = None,
) -> Adapted:
    """Cross-validates a method over the labelled examples, calibrates, and trains on them all.

    Args:
        problem: the source, and as its target the labelled examples, with the folds and trials
            of the cross-validation; one fold for none.
        config: with an inductive scaling, or a semi-supervised one if the problem has a pool.
        method: a name of ``methods.METHODS``.
        assessed: whether to compare the method with the baselines. Then networks are trained in
            worker processes, kept in the cache, and not trained again; otherwise those of the
            first trial are trained here, for the calibration alone.
        curve: whether the assessment has a learning curve.
        new_speaker: whether it has an estimate for a new speaker, where that is possible.
        cache_dir: see ``folders.cache_directory``.
        jobs: processes; None for one per core.

    Raises:
        InputError: a method without a network.
        ValueError: a transductive scaling, or one or a method that needs a pool, without one.
    """
    check_makes_network(method, config)
    check_usable(problem, config, method)
    assessment = answers = None
    uses_target = METHODS[method].target is not Target.NONE
    if assessed:
        reason = too_few(problem.target.labels, problem.classes)
        assessment = Assessment(method, too_few=reason)
        if not reason:
            log.info(
                "assessing %s by %d × %d folds of the labelled recordings",
                *(method, problem.trials, problem.folds),
            )
            cells = assessment_cells(problem, method, curve=curve)
            archive = cross_validate(problem, config, cells, cache_dir=cache_dir, jobs=jobs)
            assessment = assess(problem, method, archive, curve=curve)
            if new_speaker:
                found = assess_new_speaker(
                    problem, config, method, archive, cache_dir=cache_dir, jobs=jobs
                )
                assessment = dataclasses.replace(assessment, new_speaker=found)
            if uses_target:
                logits = archive.load_or_empty(Cell(method, None), problem).logits
                answers = in_fold_order(problem, logits)
    elif uses_target and problem.folds > 1:
        answers = out_of_fold(problem, config, method)
    recogniser, held_out = train_recogniser(problem, config, method, answers)
    return Adapted(recogniser, held_out, answers, assessment)


def check_makes_network(method: str, config: Config) -> None:
    """Refuses a method that makes no network, which is what a recogniser holds.

    Raises:
        InputError: it makes none, or none under the scaling.
    """
    if not makes_network(method):
        raise InputError(
            f"expected a method that trains a network, which a recogniser holds; found {method}, "
            "which experiments.run compares with these. Choose another, such as cada.",
            option="method",
        )
    if METHODS[method].averages and config.scaling.by_method:
        raise InputError(
            f"expected one scale for the networks of {method}, found {config.scaling}, which has "
            "several. Choose another, such as source.",
            option="scaling",
        )


def check_usable(problem: Problem, config: Config, method: str) -> None:
    """Refuses what would have to know the recordings that the recogniser is for.

    Raises:
        ValueError: a transductive scaling; or unlabelled examples are needed, and there are none.
    """
    if config.scaling.transductive:
        raise ValueError(
            "Expected an inductive or a semi-supervised scaling. Received: "
            f"scaling={str(config.scaling)!r}."
        )
    users = [f"method {method!r}"] * METHODS[method].unlabelled
    users += [f"scaling={str(config.scaling)!r}"] * config.scaling.semi_supervised
    if users and problem.pool is None:
        raise ValueError(
            f"Expected unlabelled examples of the target, which {' and '.join(users)} needs. "
            "Received none: give them (Xu), or choose another."
        )
    if problem.pool is not None and not users:
        raise ValueError(
            f"Expected a method or a scaling that uses unlabelled examples. Received: {method!r} "
            f"and scaling={str(config.scaling)!r}. Choose scaling='corpus-enrolled', for instance."
        )


def train_recogniser(
    problem: Problem, config: Config, method: str, answers: Examples | None = None
) -> tuple[Recogniser, Examples]:
    """Trains a method's network on all of the source and all of the target.

    Args:
        problem, config, method: as for ``adapt``.
        answers: examples of the target to calibrate by; None for none.

    Returns:
        The recogniser; and the logits and classes of the source's held-out examples.
    """
    everything = dataclasses.replace(problem, trials=1, folds=1)
    cells = [Cell(method, None)]
    ((_, (fitted,)),) = train_cells(everything, config, [everything.split(0, 0)], cells)
    held_out = fitted.held_out_logits, fitted.source_held_out.y
    none = held_out[0][:0], held_out[1][:0]
    # A speaker of whom nothing is known is on the scale of all of the target.
    factor, offset = fitted.scale or fit_scale(
        problem.whole_target.features, problem.bound, config.normalisation
    )
    recogniser = Recogniser(
        classes=problem.classes,
        features=problem.feature_names,
        factor=factor.astype(np.float32),
        offset=offset.astype(np.float32),
        weights=fitted.weights,
        temperature=fit_temperature(held_out, answers or none, len(problem.classes)),
        feature_config=problem.feature_config,
        trained_on=digests(problem.target.features, problem.source.features),
        by_speaker=config.scaling.by_speaker,
        normalisation=config.normalisation,
    )
    return recogniser, held_out


def out_of_fold(problem: Problem, config: Config, method: str) -> Examples:
    """Logits and classes of the labelled examples, by the networks of the first trial.

    Each is answered by the network that had not seen it.
    """
    splits = [problem.split(0, fold) for fold in range(problem.folds)]
    ((_, fitted),) = train_cells(problem, config, splits, [Cell(method, None)])
    logits = np.concatenate([network.test_logits for network in fitted])
    return logits, problem.target.labels[np.concatenate([split.test for split in splits])]


def in_fold_order(problem: Problem, logits: np.ndarray) -> Examples:
    """The same as ``out_of_fold`` of logits ``[n, outputs]`` in the order of the examples."""
    order = np.concatenate([problem.split(0, fold).test for fold in range(problem.folds)])
    return logits[order], problem.target.labels[order]
