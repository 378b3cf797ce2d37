"""What a method declares: the base class of all systems that are trained and compared."""

import dataclasses
import enum
import functools
import pkgutil
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from cada_tf.config import ClassBalance, Config
from cada_tf.protocol.batches import BatchStream, SemiStream, balanced_weights, batch_groups
from cada_tf.protocol.domain_class import UNLABELLED, decode
from cada_tf.startup import start_tensorflow

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin

    from cada_tf.models import MLP


FEWEST_STEPS = 5
"""Mini-batches of an epoch at the least: after one or two of them, of a corpus that holds no more,
a network has hardly changed, and patience would end before training has begun."""


class Target(enum.Enum):
    """Which target utterances a method trains on."""

    NONE = "none"
    EXAMPLES = "the few labelled examples"
    ALL = "all training folds"


@dataclasses.dataclass(frozen=True)
class Phase:
    """A stretch of training.

    Args:
        update: the name of the network's method that trains on a mini-batch.
        steps: mini-batches in an epoch.
        epochs: their number, at the most.
    """

    update: str
    steps: int
    epochs: int


class Sizes(NamedTuple):
    """The numbers of examples that a method trains on, the same for all splits."""

    source: int
    target: int


class Answers(NamedTuple):
    """What a trained network answers: calibrated probabilities of the classes.

    Args:
        test: of the test examples, ``[t, C]``.
        unlabelled: of the target's unlabelled examples in the training folds, ``[u, C]``.
        held_out: of the source's held-out examples, ``[h, C]``.
        held_out_labels: the classes of these, ``[h]``.
        trained: the shares of the classes in its training, ``[C]``; equal where it balanced them.
    """

    test: np.ndarray
    unlabelled: np.ndarray
    held_out: np.ndarray
    held_out_labels: np.ndarray
    trained: np.ndarray


class Stream(Protocol):
    """Endless mini-batches of one replica."""

    def take(self, steps: int) -> np.ndarray:
        """Positions of the next mini-batches' examples, ``[steps, …]``, int32."""


@dataclasses.dataclass(frozen=True)
class NoOptions:
    """The options of a method that declares none."""


class Method:
    """A system of the paper, or one to compare it with.

    A subclass declares what the system needs and how it trains, and ``register`` makes it known.
    Nothing else has to be changed: flags, records, tables and pictures follow the declaration.

    Attributes:
        name: by which flags, files and tables name it: lower-case letters, digits, hyphens, and
            ``+`` between the names of those that it is made of.
        label: its name in pictures and text; ``name`` if empty.
        in_paper: whether it is one of the paper's systems.
        related: whether it is one from the literature that is run only where it is named.
        source: whether it trains on the source.
        target: which labelled target utterances it trains on.
        unlabelled: whether it uses the target utterances of the training folds that it has no
            label of, which makes it semi-supervised.
        draws_unlabelled: whether it then trains on them: its mini-batches hold ``batch_size`` of
            them behind the labelled ones (see ``domain_class.UNLABELLED``). Else ``importance``
            alone is given them.
        starts_from: name of the method whose trained networks it starts from.
        fewest_per_class: with fewer labelled examples of a class it is not run; 0 if it needs none.
        stops_early: whether it holds examples out for early stopping; else it trains for a fixed
            number of steps.
        mixes_domains: whether its mini-batches hold examples of both domains; the options
            ``batches`` and ``stop_set`` apply to it.
        separates_sources: whether its network takes ``sources``, the number of source domains
            that it tells apart; the option ``sources`` applies to it.
        options: frozen dataclass of its own options, each a ``config.option``.
        network: its network, a subclass of ``models.MLP``, or where it is to be found,
            ``"package.module:Class"``, so that the declaration starts no TensorFlow. None: it
            trains no network but a classifier of scikit-learn's, of ``classifier``; or none
            either: then it has others' answer, by ``averages``, or by ``starts_from`` and
            ``adjust``.
        averages: names of methods whose networks answer for it, at the same number of labelled
            examples: each class has the mean of the logits that they give it.
        losses: title in pictures of each loss of its network's own, by name.
    """

    name: str
    label: str = ""
    in_paper: bool = False
    related: bool = False
    source: bool = False
    target: Target = Target.NONE
    unlabelled: bool = False
    draws_unlabelled: bool = True
    starts_from: str | None = None
    fewest_per_class: int = 1
    stops_early: bool = True
    mixes_domains: bool = False
    separates_sources: bool = False
    options: type = NoOptions
    network: "type[MLP] | str | None" = "cada_tf.models.mlp:MLP"
    averages: tuple[str, ...] = ()
    losses: Mapping[str, str] = {}

    @property
    def network_class(self) -> "type[MLP]":
        """The class of its network, if it has one; imports TensorFlow."""
        if not isinstance(self.network, str):
            return self.network
        start_tensorflow()  # without its messages
        return pkgutil.resolve_name(self.network)

    @property
    def adapts(self) -> bool:
        """Whether it uses target utterances of the training folds, labelled or not."""
        return self.unlabelled or self.target is not Target.NONE

    @property
    def builds_on(self) -> tuple[str, ...]:
        """Names of the methods whose networks it needs."""
        return ((self.starts_from,) if self.starts_from else ()) + self.averages

    def options_of(self, config: Config) -> Any:
        """Its own options, of the type ``options``."""
        names = {field.name for field in dataclasses.fields(self.options)}
        given = config.method_options.items()
        return self.options(**{name: value for name, value in given if name in names})

    def arguments(self, config: Config) -> dict[str, Any]:
        """Further arguments of its network, hashable, by name."""
        del config
        return {}

    def classifier(self, config: Config) -> "ClassifierMixin":
        """Without a network: a new classifier, whose ``fit`` takes ``sample_weight``."""
        raise NotImplementedError

    def adjust(self, answers: Answers, config: Config) -> np.ndarray:
        """Without a network: the probabilities of the test examples, ``[t, C]``.

        Args:
            answers: of the network that it starts from.
            config: all options.
        """
        raise NotImplementedError

    def learning_rates(self, config: Config) -> tuple[float, ...]:
        """The learning rate of each of its network's optimizers."""
        return (config.learning_rate,)

    def trains_encoder(self, config: Config) -> bool:
        """Whether the encoder is trained, or the predictor alone."""
        del config
        return True

    def phases(self, config: Config, sizes: Sizes) -> list[Phase]:
        """How long it trains; in the last phase replicas may stop early.

        By default one phase of epochs of as many mini-batches as hold all examples once, but
        ``FEWEST_STEPS`` at the least; none without a network.
        """
        if self.network is None:
            return []
        steps = max(FEWEST_STEPS, -(-sum(sizes) // config.batch_size))
        return [Phase("update", steps, config.max_epochs)]

    def updates(self, config: Config, sizes: Sizes) -> int:
        """Updates of its optimizers at the most, by which work is divided among workers."""
        steps = sum(phase.steps * phase.epochs for phase in self.phases(config, sizes))
        return steps * len(self.learning_rates(config))

    def weights(self, categories: np.ndarray, classes: int, config: Config) -> np.ndarray:
        """The weights of labelled examples in the loss, ``[n]``, float32.

        Args:
            categories: of those that are not held out, ``[n]``.
            classes: C.
            config: all options; by default ``class_balance`` alone counts.
        """
        if config.class_balance is ClassBalance.WEIGHTS:
            return balanced_weights(decode(categories, classes))
        return np.ones(len(categories), np.float32)

    def importance(
        self, source: np.ndarray, config: Config
    ) -> Callable[[np.ndarray], np.ndarray] | None:
        """How the source's examples are weighted for a target, if they are (see ``unlabelled``).

        Args:
            source: its features, scaled, ``[N, F]``.
            config: all options.

        Returns:
            A function from unlabelled target features ``[·, F]``, scaled likewise, to weights of
            the source's examples ``[N]``, which are scaled to a mean of 1 and multiply those of
            ``weights``. It is made once for the replicas that share the source's features. None:
            all count alike.
        """
        del source, config
        return None

    def stream(
        self, categories: np.ndarray, kept: np.ndarray, classes: int, config: Config, sizes: Sizes
    ) -> Callable[[np.random.Generator], Stream]:
        """How the mini-batches of a replica are drawn.

        Args:
            categories: the domain-class category of each of its examples, ``[n]``; the unlabelled
                ones are the last.
            kept: positions of the labelled ones that are not held out.
            classes: C.
            config: all options.
            sizes: of all splits.

        Returns:
            A function from the replica's random numbers to its mini-batches; by default those of
            the options ``batches`` and ``class_balance``.
        """
        del sizes
        groups = batch_groups(categories[kept], classes, config.batches, config.class_balance)
        labelled = [kept[group] for group in groups]
        unlabelled = np.flatnonzero(categories == UNLABELLED)
        if len(unlabelled):
            return functools.partial(SemiStream, labelled, unlabelled, config.batch_size)
        return functools.partial(BatchStream, labelled, config.batch_size)
