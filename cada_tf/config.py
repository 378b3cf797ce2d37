"""Options of training and of the protocol: each point that the paper leaves open, with a default.

Options that belong to one method are declared in its file (see ``cada_tf.methods``). Programs have
a flag for each option, of the same name, default and help.
"""

import dataclasses
import enum
from collections.abc import Mapping
from typing import Any


class Choice(str, enum.Enum):
    """One of several values of an option; equal to its name, which is what flags and files hold."""

    def __str__(self) -> str:
        return self.value


class ExamplesAre(Choice):
    """What a number of labelled target examples counts."""

    TOTAL = "total"
    PER_CLASS = "per-class"


class Scaling(Choice):
    """What the scaling of features is fitted on."""

    SOURCE = "source"
    TRAINING = "training"
    BOTH = "both"
    CORPUS = "corpus"
    SPEAKER = "speaker"
    CORPUS_ENROLLED = "corpus-enrolled"
    SPEAKER_ENROLLED = "speaker-enrolled"

    @property
    def transductive(self) -> bool:
        """Whether it looks at unlabelled target utterances, those of the test fold included."""
        return self in (Scaling.BOTH, Scaling.CORPUS, Scaling.SPEAKER)

    @property
    def semi_supervised(self) -> bool:
        """Whether it looks at unlabelled target utterances, those of the test fold excluded."""
        return self in (Scaling.CORPUS_ENROLLED, Scaling.SPEAKER_ENROLLED)

    @property
    def by_method(self) -> bool:
        """Whether methods that train on different examples of a split have different scales."""
        return self is Scaling.TRAINING

    @property
    def by_speaker(self) -> bool:
        """Whether each speaker has a scale."""
        return self in (Scaling.SPEAKER, Scaling.SPEAKER_ENROLLED)

    @property
    def grouped(self) -> bool:
        """Whether each speaker or each corpus has a scale, of source and target."""
        return self.by_speaker or self in (Scaling.CORPUS, Scaling.CORPUS_ENROLLED)


class Normalisation(Choice):
    """What scaled features have in common, over what the scaling is fitted on."""

    MIN_MAX = "min-max"
    Z_SCORE = "z-score"


class Batches(Choice):
    """How a mini-batch is shared between the domains."""

    UNIFORM = "uniform"
    HALF = "half"


class ClassBalance(Choice):
    """What is done about classes of unequal size."""

    NONE = "none"
    BATCHES = "batches"
    WEIGHTS = "weights"


class Sources(Choice):
    """What several source corpora are to CADA."""

    POOLED = "pooled"
    APART = "apart"


class StopOn(Choice):
    """What early stopping watches on the held-out examples."""

    UA = "ua"
    LOSS = "loss"
    NONE = "none"


class StopSet(Choice):
    """Which examples are held out where both domains are trained on."""

    BOTH = "both"
    SOURCE = "source"


class FoldsBy(Choice):
    """What folds of the target keep together."""

    UTTERANCE = "utterance"
    SPEAKER = "speaker"


class Draw(Choice):
    """How the few labelled examples are drawn."""

    STRATIFIED = "stratified"
    RANDOM = "random"


class Spread(Choice):
    """What a standard deviation is taken over."""

    TRIALS = "trials"
    FOLDS = "folds"


MOST = 1_000_000
"""The highest value of a whole number: beyond it is a slip of the finger."""
MOST_TRIALS = 10_000


def option(
    default: Any,
    text: str,
    *,
    low: float | None = None,
    high: float | None = None,
    tried: tuple = (),
    applies_to: str | None = None,
) -> Any:
    """A field of ``Config``, or of the options that a method declares.

    Args:
        default: its value; its type is that of the option: a ``Choice``, a tuple of int, an int,
            or a float.
        text: its help.
        low: the lowest value of a number.
        high: the highest; of whole numbers, ``MOST`` if it is not given.
        tried: the values that ``experiments.ablation`` tries.
        applies_to: the attribute of ``methods.Method`` that is true for the methods whose results
            it can change; None: all.
    """
    if high is None and isinstance(default, int | tuple):
        high = MOST
    metadata = {"help": text, "low": low, "high": high, "tried": tried, "applies_to": applies_to}
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """The options that methods share, and those of single methods by name.

    The defaults are what the replication study recommends: see docs/replication.md.
    ``methods.make_config`` makes one from options of both kinds, and checks them.
    """

    examples_are: ExamplesAre = option(
        ExamplesAre.TOTAL,
        "A number of examples counts all classes together, which share it equally (total: the "
        'paper\'s sizes go up "with interval of 2"), or each class (per-class).',
        tried=("total", "per-class"),
    )
    scaling: Scaling = option(
        Scaling.SOURCE,
        "The scaling is fitted on the source (by a network that sees none, on its own "
        "training examples), on all training examples, on both corpora together, on each corpus "
        "by itself, or on each speaker. both, corpus and speaker are TRANSDUCTIVE: they use "
        "unlabelled target utterances, those of the test fold too. corpus-enrolled and "
        "speaker-enrolled are SEMI-SUPERVISED: of the target they use the training folds alone.",
        tried=(
            *("source", "training", "both", "corpus", "speaker"),
            *("corpus-enrolled", "speaker-enrolled"),
        ),
    )
    normalisation: Normalisation = option(
        Normalisation.MIN_MAX,
        "Each scaled feature spans [-1, 1] (min-max, the paper's), or has mean 0 and standard "
        "deviation 0.4 (z-score), which single outliers change less.",
        tried=("min-max", "z-score"),
    )
    sources: Sources = option(
        Sources.POOLED,
        "Several source corpora are one domain to CADA (pooled), or a domain each, with categories "
        "of their own (apart). Each has a scale of its own, and the target's is their mean.",
        applies_to="separates_sources",
    )
    batches: Batches = option(
        Batches.HALF,
        "Mini-batches are drawn from the uniform union of the N + M examples, or half from "
        "each domain.",
        applies_to="mixes_domains",
        tried=("uniform", "half"),
    )
    class_balance: ClassBalance = option(
        ClassBalance.BATCHES,
        "Classes of unequal size: left as they are, given equal shares of the batches, or "
        "weights in the loss. half + batches: equal shares of the four categories.",
        tried=("none", "batches", "weights"),
    )
    stop_on: StopOn = option(
        StopOn.UA,
        "Early stopping watches the UA of the held-out examples (and between equals their loss), "
        "their loss (Eq. 2), or nothing: then each network trains for `max_epochs`.",
        tried=("ua", "loss", "none"),
    )
    stop_set: StopSet = option(
        StopSet.BOTH,
        "Where both domains are trained on, held out for early stopping is a share of both (of "
        "each category, rounded down: none of fewer than 10 examples) or of the source alone.",
        applies_to="mixes_domains",
        tried=("both", "source"),
    )
    held_out: float = option(
        0.1, "Share of the training examples held out for early stopping.", low=0
    )
    patience: int = option(
        5,
        "Epochs without a better one before a network stops; the best is kept.",
        low=1,
        tried=(5, 20, 50),
    )
    max_epochs: int = option(100, "Epochs at the most.", low=1)
    batch_size: int = option(64, "Examples in a mini-batch.", low=1)
    learning_rate: float = option(1e-3, "Learning rate of Adam (Eq. 2).", low=0)
    input_noise: float = option(
        0.1,
        "Standard deviation of the Gaussian noise added to the scaled features of a mini-batch, in "
        "all systems; the paper mentions none.",
        low=0,
        tried=(0.0, 0.1, 0.2, 0.4),
    )
    hidden: tuple[int, ...] = option(
        (256,), "Units of each ReLU layer of the encoder, separated by commas.", low=1, high=1 << 16
    )
    spread: Spread = option(
        Spread.TRIALS,
        "± is the standard deviation of the trials' means, or of all folds of all trials.",
    )
    method_options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Values of the options that methods declare; those not named have their defaults."""
