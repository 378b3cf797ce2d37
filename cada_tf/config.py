"""What the paper leaves open: each point a named reading with a default.

The programs have one flag for each field of ``Readings``, of the same name, default and help.
"""

import dataclasses
import enum
from collections.abc import Mapping, Sequence
from typing import Any


class Reading(str, enum.Enum):
    """A choice between readings; equal to its name, which is what flags and files hold."""

    def __str__(self) -> str:
        return self.value


class ExamplesAre(Reading):
    """What a number of labelled target examples counts."""

    TOTAL = "total"
    PER_CLASS = "per-class"


class Scaling(Reading):
    """What the scaling to [-1, 1] is fitted on."""

    SOURCE = "source"
    TRAINING = "training"
    BOTH = "both"
    CORPUS = "corpus"
    SPEAKER = "speaker"

    @property
    def transductive(self) -> bool:
        """Whether it looks at unlabelled target utterances, those of the test fold included."""
        return self in (Scaling.BOTH, Scaling.CORPUS, Scaling.SPEAKER)


class Batches(Reading):
    """How a mini-batch is shared between the domains."""

    UNIFORM = "uniform"
    HALF = "half"


class ClassBalance(Reading):
    """What is done about classes of unequal size."""

    NONE = "none"
    BATCHES = "batches"
    WEIGHTS = "weights"


class Sources(Reading):
    """What several source corpora are to CADA."""

    POOLED = "pooled"
    APART = "apart"


class StopOn(Reading):
    """What early stopping watches on the held-out examples."""

    UA = "ua"
    LOSS = "loss"
    NONE = "none"


class StopSet(Reading):
    """Which examples are held out where both domains are trained on."""

    BOTH = "both"
    SOURCE = "source"


class AdamState(Reading):
    """Whether the two stages of CADA have moments and a step count in common."""

    SEPARATE = "separate"
    SHARED = "shared"


class FineTuneLayers(Reading):
    """Which layers fine-tuning trains."""

    ALL = "all"
    PREDICTOR = "predictor"


class Spread(Reading):
    """What a standard deviation is taken over."""

    TRIALS = "trials"
    FOLDS = "folds"


TWO_DOMAINS = ("pooled", "cada-eq2", "cada", "cada-warm")
"""The methods whose mini-batches hold both domains."""
SEVERAL_SOURCES = ("cada-eq2", "cada", "cada-warm")
"""Those that tell domains apart by their labels."""
ADVERSARIAL = ("cada", "cada-warm")
"""Those that train on Eq. (3)."""


def reading(
    default: Any, text: str, *, lowest: float | None = None, methods: Sequence[str] = ()
) -> Any:
    """A field of ``Readings``.

    Args:
        default: its value.
        text: its help.
        lowest: the lowest value of a number.
        methods: those whose results it can change; none named: all.
    """
    metadata = {"help": text, "lowest": lowest, "methods": tuple(methods)}
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Readings:
    """One reading of each point that the paper leaves open; the help of each field says more.

    The defaults are what the replication study recommends: see docs/replication.md.
    """

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Readings":
        """The readings of flags, or of a run's settings; those not named are the defaults'.

        Args:
            values: name → value: choices by their names, layers as numbers or words.
        """
        given = {}
        for field in dataclasses.fields(cls):
            if field.name in values:
                value, default = values[field.name], field.default
                if isinstance(default, Reading):
                    value = type(default)(value)
                elif isinstance(default, tuple):
                    value = tuple(map(int, value))
                given[field.name] = value
        return cls(**given)

    examples_are: ExamplesAre = reading(
        ExamplesAre.TOTAL,
        "A number of examples counts all classes together, which share it equally (total: the "
        'paper\'s sizes go up "with interval of 2"), or each class (per-class).',
    )
    scaling: Scaling = reading(
        Scaling.SOURCE,
        "The scaling to [-1, 1] is fitted on the source (by a network that sees none, on its own "
        "training examples), on all training examples, on both corpora together, on each corpus "
        "by itself, or on each speaker. both, corpus and speaker are TRANSDUCTIVE: they use "
        "unlabelled target utterances, those of the test fold too.",
    )
    sources: Sources = reading(
        Sources.POOLED,
        "Several source corpora are one domain to CADA (pooled), or a domain each, with categories "
        "of their own (apart). Each has a scale of its own, and the target's is their mean.",
        methods=SEVERAL_SOURCES,
    )
    batches: Batches = reading(
        Batches.HALF,
        "Mini-batches are drawn from the uniform union of the N + M examples, or half from "
        "each domain.",
        methods=TWO_DOMAINS,
    )
    class_balance: ClassBalance = reading(
        ClassBalance.BATCHES,
        "Classes of unequal size: left as they are, given equal shares of the batches, or "
        "weights in the loss. half + batches: equal shares of the four categories.",
    )
    stop_on: StopOn = reading(
        StopOn.UA,
        "Early stopping watches the UA of the held-out examples (and between equals their loss), "
        "their loss (Eq. 2), or nothing: then each network trains for --max_epochs.",
    )
    stop_set: StopSet = reading(
        StopSet.BOTH,
        "Where both domains are trained on, held out for early stopping is a share of both (of "
        "each category, rounded down: none of fewer than 10 examples) or of the source alone.",
        methods=TWO_DOMAINS,
    )
    held_out: float = reading(
        0.1, "Share of the training examples held out for early stopping.", lowest=0
    )
    patience: int = reading(
        20, "Epochs without a better one before a network stops; the best is kept.", lowest=1
    )
    max_epochs: int = reading(100, "Epochs at the most.", lowest=1)
    batch_size: int = reading(64, "Examples in a mini-batch.", lowest=1)
    learning_rate: float = reading(1e-3, "Learning rate of Adam (Eq. 2).", lowest=0)
    adversarial_rate: float = reading(
        1e-3,
        "Learning rate of the second stage of CADA, Eq. (3).",
        lowest=0,
        methods=ADVERSARIAL,
    )
    adversarial_steps: int = reading(
        1,
        "Steps of the second stage, Eq. (3), after each one of the first, Eq. (2).",
        lowest=1,
        methods=ADVERSARIAL,
    )
    adam_state: AdamState = reading(
        AdamState.SEPARATE,
        "The two stages of CADA have Adam's moments, step count and rate each for itself, or share "
        "those of the first: then --adversarial_rate is not used.",
        methods=ADVERSARIAL,
    )
    input_noise: float = reading(
        0.4,
        "Standard deviation of the Gaussian noise added to the scaled features of a mini-batch, in "
        "all systems; the paper mentions none.",
        lowest=0,
    )
    hidden: tuple[int, ...] = reading(
        (256,), "Units of each ReLU layer of the encoder, separated by commas.", lowest=1
    )
    fine_tune_layers: FineTuneLayers = reading(
        FineTuneLayers.ALL,
        "Fine-tuning trains all layers or the predictor alone.",
        methods=("fine-tune",),
    )
    fine_tune_rate: float = reading(
        3e-4, "Learning rate of fine-tuning.", lowest=0, methods=("fine-tune",)
    )
    fine_tune_steps: int = reading(
        10,
        "Mini-batches of fine-tuning; nothing is held out of the few examples.",
        lowest=1,
        methods=("fine-tune",),
    )
    fada_gamma: float = reading(
        0.2,
        "FADA's γ, the weight of confusing its discriminator. Its authors do not give it; this is "
        "what public re-implementations use.",
        lowest=0,
        methods=("fada",),
    )
    fada_pairs: int = reading(
        0,
        "FADA's pairs of each group in an epoch; 0: as many as there are labelled target examples, "
        "as in public re-implementations.",
        lowest=0,
        methods=("fada",),
    )
    fada_discriminator_epochs: int = reading(
        100,
        "Epochs of FADA's step 2, in which its discriminator alone is trained.",
        lowest=1,
        methods=("fada",),
    )
    fada_epochs: int = reading(
        150,
        "Epochs of FADA's step 3, in which encoder and predictor adapt.",
        lowest=1,
        methods=("fada",),
    )
    fada_refreshes: int = reading(
        1,
        "Updates of FADA's discriminator after each one of encoder and predictor in step 3, so "
        "that steps 2 and 3 alternate; 0 leaves it as step 2 did.",
        lowest=0,
        methods=("fada",),
    )
    fada_discriminator: tuple[int, ...] = reading(
        (64, 64),
        "Units of each ReLU layer of FADA's discriminator.",
        lowest=1,
        methods=("fada",),
    )
    spread: Spread = reading(
        Spread.TRIALS,
        "± is the standard deviation of the trials' means, or of all folds of all trials.",
    )
