"""What the benchmark measures: a system, the sizes of its problem, and how long it trains."""

from __future__ import annotations

import dataclasses

import numpy as np

from cada_tf.lazy import lazy_imports

with lazy_imports():
    from cada_tf.protocol import problem

FEATURES = 62
CLASSES = 2
BATCH_SIZE = 64
"""Examples in a mini-batch; pairs, in FADA's."""
QUADRUPLES = BATCH_SIZE // 4
"""In FADA's mini-batch: a pair of each of its four groups."""
TARGET = 535
"""Utterances of the target, of which some are labelled examples; as many as EMODB has."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """One measurement's work.

    Args:
        method: a name of ``methods.METHODS``.
        source: its utterances.
        examples: labelled target examples, both classes together.
        hidden: units of the encoder.
        replicas: networks in a stack.
        epochs: in a repetition.
        features: of an utterance; 62 are the paper's.
    """

    method: str
    source: int
    examples: int
    hidden: int
    replicas: int
    epochs: int
    features: int = FEATURES

    @property
    def steps(self) -> int:
        """Mini-batches in an epoch; of FADA as many as of CADA, lest it has too few to time."""
        examples = 0 if self.method == "all-source" else self.examples
        return -(-(self.source + examples) // BATCH_SIZE)


def random_set(name: str, size: int, seed: int, features: int = FEATURES) -> problem.LabelledSet:
    """A corpus of noise, which takes as long to train on as speech."""
    rng = np.random.default_rng(seed)
    return problem.LabelledSet(
        name,
        features=rng.normal(size=(size, features)).astype(np.float32),
        labels=rng.permutation(np.arange(size) % CLASSES),
        speakers=np.array([f"speaker {i % 10}" for i in range(size)]),
    )


def random_source(case: Case) -> problem.LabelledSet:
    """The source of a case, the same each time."""
    return random_set("source", case.source, seed=0, features=case.features)


def random_target(case: Case) -> problem.LabelledSet:
    """The target of a case, likewise."""
    return random_set("target", TARGET, seed=1, features=case.features)
