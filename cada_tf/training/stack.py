"""Fits a stack of networks: mini-batches, epochs, early stopping of each replica.

Nothing that a replica computes depends on its neighbours: it has its own examples,
its own random numbers and its own stopping, so the cut of the grid into stacks
changes no result, to the last bit. A replica that has stopped leaves the stack.
"""

import dataclasses
import functools
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from cada_tf.config import Readings
from cada_tf.models import MLP
from cada_tf.protocol.problem import keyed_seeds
from cada_tf.training.early_stopping import Watch
from cada_tf.training.history import History, count_hits, histories, join
from cada_tf.training.replica_data import Data, Task, pad


@dataclasses.dataclass(frozen=True)
class Phase:
    """A stretch of training: what trains on a mini-batch, mini-batches an epoch, epochs."""

    update: str  # the name of the model's method
    steps: int
    epochs: int


@dataclasses.dataclass(frozen=True)
class Fitted:
    """A trained replica.

    Args:
        weights: its classifier's.
        epoch: which they are from.
        guess: the classes that it gives ``x_test``, ``[t]``.
        history: how its training went.
    """

    weights: list[np.ndarray]
    epoch: int
    guess: np.ndarray
    history: History


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
            It returns what ``histories`` takes: losses, hits and examples.
        """
        if update not in self.epochs:
            r, f, i = self.model.replicas, tf.float32, tf.int32
            signature = [
                tf.TensorSpec([None, self.features], f),
                *(tf.TensorSpec([r, None], dtype) for dtype in (i, i, f)),
                tf.TensorSpec([None, r, None, *self.model.example_shape], i),
            ]
            run = functools.partial(self.train, getattr(self.model, update))
            graph = tf.function(run, input_signature=signature, autograph=False)
            self.epochs[update] = graph.get_concrete_function()
        return self.epochs[update]

    def train(
        self,
        update: Callable,
        x: tf.Tensor,
        rows: tf.Tensor,
        y: tf.Tensor,
        weights: tf.Tensor,
        batches: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """The body of ``epoch``."""
        steps, unknown = tf.shape(batches)[0], tf.fill([self.model.replicas], np.nan)

        def step(
            i: tf.Tensor, losses: tf.TensorArray, truth: tf.TensorArray, guess: tf.TensorArray
        ) -> tuple:
            row, *targets = (
                tf.gather(values, batches[i], batch_dims=1) for values in (rows, y, weights)
            )
            logits, found = update(self.model.perturb(tf.gather(x, row)), *targets)
            said = -tf.ones_like(targets[0])
            if logits is not None:
                said = tf.argmax(logits, -1, output_type=tf.int32)
            values = tf.stack([found.get(name, unknown) for name in self.model.loss_names])
            return i + 1, losses.write(i, values), truth.write(i, targets[0]), guess.write(i, said)

        arrays = [tf.TensorArray(dtype, steps) for dtype in (tf.float32, tf.int32, tf.int32)]
        _, losses, *answers = tf.while_loop(lambda i, *_: i < steps, step, (0, *arrays))
        truth, guess = (array.stack() for array in answers)
        return losses.stack(), *count_hits(truth, guess, self.model.classes)

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
        past = [self.run(phase, phase.epochs, data, streams) for phase in phases[:-1]]
        past.append(self.run_watched(phases[-1], data, streams, watches))
        return self.finish(tasks, watches, [join(parts) for parts in zip(*past, strict=True)])

    def run(self, phase: Phase, epochs: int, data: Data, streams: Sequence) -> list[History]:
        """Trains for some epochs without a look at what comes of them."""
        batches = [stream.take(epochs * phase.steps) for stream in streams]
        found = self.epoch(phase.update)(*data, tf.constant(np.stack(batches, axis=1)))
        return histories(self.model.loss_names, *(part.numpy() for part in found), epochs)

    def run_watched(
        self, phase: Phase, data: Data, streams: Sequence, watches: Sequence[Watch]
    ) -> list[History]:
        """Trains until each replica has stopped, with those that have not."""
        held = tf.constant(pad([watch.x for watch in watches], np.float32))
        # Where none holds anything out, no epoch is better than the last.
        stride = 1 if held.shape[1] else phase.epochs
        stack, inside = self, list(range(len(watches)))
        past = [[] for _ in watches]
        for epoch in range(stride, phase.epochs + 1, stride):
            trained = stack.run(phase, stride, data, [streams[i] for i in inside])
            logits = stack.logits(held).numpy() if held.shape[1] else [None] * len(inside)
            weights = stack.model.get_classifiers()
            for place, i in enumerate(inside):
                said = watches[i].see(epoch, logits[place], weights[place])
                past[i].append(trained[place] | said)
            stay = [place for place, i in enumerate(inside) if not watches[i].stopped]
            if not stay:
                break
            if len(stay) < len(inside):
                stack = stack.narrowed(stay)
                inside = [inside[place] for place in stay]
                data, held = data.narrowed(stay), tf.gather(held, stay)
        return [join(parts) for parts in past]

    def narrowed(self, replicas: Sequence[int]) -> "Stack":
        """A stack that goes on with some of the replicas."""
        stack = self.sized(len(replicas))
        stack.model.take_replicas(self.model, replicas)
        return stack

    def finish(
        self, tasks: Sequence[Task], watches: Sequence[Watch], past: Sequence[History]
    ) -> list[Fitted]:
        """Classifies the test examples with the best weights."""
        self.model.set_classifiers([watch.weights for watch in watches])
        guesses = self.model.classify(tf.constant(pad([task.x_test for task in tasks], np.float32)))
        return [
            Fitted(watch.weights, watch.epoch, guess[: len(task.x_test)], history)
            for task, watch, guess, history in zip(tasks, watches, guesses, past, strict=True)
        ]


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
