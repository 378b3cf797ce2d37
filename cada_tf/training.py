"""Fits a stack of networks: mini-batches, epochs, early stopping of each replica.

Nothing that a replica computes depends on its neighbours: it has its own examples,
its own random numbers and its own stopping, so the cut of the grid into stacks
changes no result, to the last bit. A replica that has stopped leaves the stack.
"""

import dataclasses
import functools
import itertools
import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from cada_tf.batches import BatchStream
from cada_tf.domain_class import decode
from cada_tf.metrics import cross_entropy, unweighted_accuracy
from cada_tf.models import MLP
from cada_tf.pairs import PairStream
from cada_tf.protocol import keyed_seeds
from cada_tf.readings import Readings, StopOn

log = logging.getLogger("cada_tf")


@dataclasses.dataclass(frozen=True)
class Task:
    """What one replica trains on, stops on and is tested on.

    Args:
        x: features in blocks ``[·, F]``, float32, n rows in all. What is equal in several
            tasks, as the source is, a stack holds once.
        y: their targets ``[n]``: classes, or categories for CADA.
        weights: of the examples in the loss, ``[n]``, float32.
        stream: makes the mini-batches from the replica's random numbers: a ``BatchStream``,
            or whatever else has its ``take`` and gives the shape that the model trains on.
            What it never picks is not trained on.
        x_held, y_held: examples for early stopping, ``[h, F]`` and ``[h]``; may be empty.
        x_test: features to classify after training, ``[t, F]``.
        key: names the replica's random numbers, after the seed.
    """

    x: Sequence[np.ndarray]
    y: np.ndarray
    weights: np.ndarray
    stream: Callable[[np.random.Generator], BatchStream | PairStream]
    x_held: np.ndarray
    y_held: np.ndarray
    x_test: np.ndarray
    key: tuple[int | str, ...]


@dataclasses.dataclass(frozen=True)
class Phase:
    """A stretch of training: what trains on a mini-batch, mini-batches an epoch, epochs."""

    update: str  # the name of the model's method
    steps: int
    epochs: int


@dataclasses.dataclass(frozen=True)
class Fitted:
    """A trained replica: its classifier, the epoch it is from, the classes it gives ``x_test``."""

    weights: list[np.ndarray]
    epoch: int
    guess: np.ndarray


class Stack:
    """A compiled model of R replicas, used again for one set of R tasks after the other.

    Args:
        model: built and compiled.
        features: width of the input.
        sized: gives the stack of the same kind with another number of replicas.
    """

    def __init__(self, model: MLP, features: int, sized: Callable[[int], "Stack"]) -> None:
        self.model = model
        self.sized = sized
        self.features = features
        logits = tf.function(lambda x: model(x, training=False), autograph=False)
        self.logits = logits.get_concrete_function(
            tf.TensorSpec([model.replicas, None, features], tf.float32)
        )
        self.epochs: dict[str, Callable] = {}

    def epoch(self, update: str) -> Callable:
        """The graph that trains on all mini-batches that it is given, one after the other.

        Args:
            update: the name of the model's method that trains on one.

        Returns:
            A function of ``Data``'s four tensors and of mini-batches, ``[steps, R, …]``, int32.
        """
        if update not in self.epochs:
            train = getattr(self.model, update)
            r, f, i = self.model.replicas, tf.float32, tf.int32
            signature = [
                tf.TensorSpec([None, self.features], f),
                *(tf.TensorSpec([r, None], dtype) for dtype in (i, i, f)),
                tf.TensorSpec([None, r, None, *self.model.example_shape], i),
            ]

            def run(
                x: tf.Tensor, rows: tf.Tensor, y: tf.Tensor, weights: tf.Tensor, batches: tf.Tensor
            ) -> None:
                def step(i: tf.Tensor) -> tuple[tf.Tensor]:
                    row, *targets = (
                        tf.gather(values, batches[i], batch_dims=1) for values in (rows, y, weights)
                    )
                    train(self.model.perturb(tf.gather(x, row)), *targets)
                    return (i + 1,)

                tf.while_loop(lambda i: i < tf.shape(batches)[0], step, (0,))

            graph = tf.function(run, input_signature=signature, autograph=False)
            self.epochs[update] = graph.get_concrete_function()
        return self.epochs[update]

    def fit(
        self,
        tasks: Sequence[Task],
        *,
        seed: int,
        phases: Sequence[Phase],
        readings: Readings,
        initial: Sequence[Sequence[np.ndarray]] | None = None,
    ) -> list[Fitted]:
        """Trains a replica on each task.

        Args:
            tasks: R of them.
            seed: of the run; with a task's key it makes the replica's random numbers.
            phases: gone through in order. In the last one a replica stops ``patience``
                epochs after its best one; one that holds nothing out trains all epochs.
            readings: early stopping.
            initial: classifiers to start from, a list a replica; None for random ones.
        """
        seeds = [keyed_seeds(seed, *task.key).spawn(2) for task in tasks]
        self.model.reset([int(init.generate_state(1)[0]) for init, _ in seeds])
        if initial is not None:
            self.model.set_classifiers(initial)
        streams = [
            task.stream(np.random.default_rng(batches))
            for task, (_, batches) in zip(tasks, seeds, strict=True)
        ]
        data = Data.of(tasks)
        watches = [Watch(task, self.model.classes, readings) for task in tasks]
        for phase in phases[:-1]:
            self.run(phase, phase.epochs, data, streams)
        self.run_watched(phases[-1], data, streams, watches)
        return self.finish(tasks, watches)

    def run(self, phase: Phase, epochs: int, data: "Data", streams: Sequence) -> None:
        """Trains for some epochs without a look at what comes of them."""
        batches = [stream.take(epochs * phase.steps) for stream in streams]
        self.epoch(phase.update)(*data, tf.constant(np.stack(batches, axis=1)))

    def run_watched(
        self, phase: Phase, data: "Data", streams: Sequence, watches: Sequence["Watch"]
    ) -> None:
        """Trains until each replica has stopped, with those that have not."""
        held = tf.constant(pad([watch.x for watch in watches], np.float32))
        # Where none holds anything out, no epoch is better than the last.
        stride = 1 if held.shape[1] else phase.epochs
        stack, inside = self, list(range(len(watches)))
        for epoch in range(stride, phase.epochs + 1, stride):
            stack.run(phase, stride, data, [streams[i] for i in inside])
            logits = stack.logits(held).numpy() if held.shape[1] else [None] * len(inside)
            weights = stack.model.get_classifiers()
            for place, i in enumerate(inside):
                watches[i].see(epoch, logits[place], weights[place])
            stay = [place for place, i in enumerate(inside) if not watches[i].stopped]
            if not stay:
                break
            if len(stay) < len(inside):
                stack = stack.narrowed(stay)
                inside = [inside[place] for place in stay]
                data, held = data.narrowed(stay), tf.gather(held, stay)

    def narrowed(self, replicas: Sequence[int]) -> "Stack":
        """A stack that goes on with some of the replicas."""
        stack = self.sized(len(replicas))
        stack.model.take_replicas(self.model, replicas)
        return stack

    def finish(self, tasks: Sequence[Task], watches: Sequence["Watch"]) -> list[Fitted]:
        """Classifies the test examples with the best weights."""
        self.model.set_classifiers([watch.weights for watch in watches])
        guesses = self.model.classify(tf.constant(pad([task.x_test for task in tasks], np.float32)))
        return [
            Fitted(watch.weights, watch.epoch, guess[: len(task.x_test)])
            for task, watch, guess in zip(tasks, watches, guesses, strict=True)
        ]


class Data(NamedTuple):
    """What a stack trains on, as tensors.

    Args:
        x: the features of all replicas, ``[·, F]``; rows that they share are there once.
        rows: of each replica's examples in ``x``, ``[R, n]``.
        y, weights: their targets and weights, ``[R, n]``.
    """

    x: tf.Tensor
    rows: tf.Tensor
    y: tf.Tensor
    weights: tf.Tensor

    @classmethod
    def of(cls, tasks: Sequence[Task]) -> "Data":
        """The data of some tasks; those with fewer examples are filled up with zeros."""
        blocks, rows = [], []
        for task in tasks:
            places = [place_of(block, blocks) for block in task.x]
            ends = [*itertools.accumulate(map(len, blocks))]
            rows.append(np.concatenate([ends[k] + np.arange(-len(blocks[k]), 0) for k in places]))
        return cls(
            tf.constant(np.concatenate(blocks), tf.float32),
            tf.constant(pad(rows, np.int32)),
            tf.constant(pad([task.y for task in tasks], np.int32)),
            tf.constant(pad([task.weights for task in tasks], np.float32)),
        )

    def narrowed(self, replicas: Sequence[int]) -> "Data":
        """That of some of the replicas."""
        return Data(self.x, *(tf.gather(values, replicas) for values in self[1:]))


class Watch:
    """Early stopping of one replica: remembers its best epoch and the weights of it."""

    def __init__(self, task: Task, classes: int, readings: Readings) -> None:
        self.x, self.y, self.classes = task.x_held, task.y_held, classes
        self.on = readings.stop_on if len(task.y_held) else StopOn.NONE
        self.patience = readings.patience
        self.best, self.epoch, self.stopped = (-np.inf,), 0, False

    def see(self, epoch: int, logits: np.ndarray | None, weights: list[np.ndarray]) -> None:
        """Takes note of the weights after an epoch, and of the held-out logits ``[h, outputs]``."""
        if self.stopped:
            return
        score = self.score(epoch, logits)
        if score > self.best or not self.epoch:  # a diverged network may have no loss at all
            self.best, self.epoch, self.weights = score, epoch, [w.copy() for w in weights]
        self.stopped = self.on is not StopOn.NONE and epoch - self.epoch >= self.patience

    def score(self, epoch: int, logits: np.ndarray | None) -> tuple[float, ...]:
        """What early stopping maximises, compared place by place; the epoch if it watches none.

        A few held-out examples have few values of UA, so the loss decides between equals.
        """
        if self.on is StopOn.NONE:
            return (epoch,)
        logits = logits[: len(self.y)]
        loss = cross_entropy(self.y, logits)
        if self.on is StopOn.LOSS:
            return (-loss,)
        guess = decode(logits.argmax(-1), self.classes)
        ua = unweighted_accuracy(decode(self.y, self.classes), guess, self.classes)
        return (ua, -loss)


def place_of(block: np.ndarray, blocks: list[np.ndarray]) -> int:
    """Where in the list a block is; it is put at the end if it is not there yet."""
    for place, known in enumerate(blocks):
        if np.array_equal(block, known):
            return place
    blocks.append(block)
    return len(blocks) - 1


def pad(arrays: Sequence[np.ndarray], dtype: type) -> np.ndarray:
    """Arrays ``[n_r, …]`` as one ``[R, max n_r, …]``, zeros behind the shorter ones."""
    padded = np.zeros((len(arrays), max(map(len, arrays)), *arrays[0].shape[1:]), dtype)
    for row, array in zip(padded, arrays, strict=True):
        row[: len(array)] = array
    return padded


@functools.cache
def make_stack(
    model: type[MLP],
    features: int,
    replicas: int,
    rates: tuple[float, ...],
    train_encoder: bool,
    **options,
) -> Stack:
    """A stack of models; the same one for the same arguments, since tracing takes a while.

    Args:
        model: the class.
        features: width of the input.
        replicas: R.
        rates: learning rates of its optimizers.
        train_encoder: False to keep the encoder as it is.
        **options: further arguments of the class, hashable.
    """
    network = model(replicas=replicas, **options)
    network.encoder.trainable = train_encoder
    network.build((None, features))
    network.compile()
    network.build_optimizers()
    for (optimizer, _), rate in zip(network.optimizers, rates, strict=True):
        optimizer.learning_rate = rate

    def sized(count: int) -> Stack:
        return make_stack(model, features, count, rates, train_encoder, **options)

    return Stack(network, features, sized)


def limit_threads() -> None:
    """Gives TensorFlow one thread, if it has not started: stacks scale by processes instead.

    With more, where a matrix product is cut depends on the stack, and so do its last bits.
    """
    threading = tf.config.threading
    try:
        threading.set_intra_op_parallelism_threads(1)
        threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        if threading.get_intra_op_parallelism_threads() != 1:
            log.warning(
                "TensorFlow has started with several threads in this process: results may differ "
                "in their last bits from those of worker processes."
            )
