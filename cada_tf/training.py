"""Fits a stack of networks: mini-batches, epochs, early stopping of each replica.

Nothing that a replica computes depends on its neighbours: it has its own examples,
its own random numbers and its own stopping, so the cut of the grid into stacks
changes no result, to the last bit.
"""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from cada_tf.batches import BatchStream
from cada_tf.domain_class import decode
from cada_tf.metrics import cross_entropy, unweighted_accuracy
from cada_tf.models import MLP, FusedAdam
from cada_tf.protocol import keyed_seeds
from cada_tf.readings import Readings, StopOn


@dataclasses.dataclass(frozen=True)
class Task:
    """What one replica trains on, stops on and is tested on.

    Args:
        x: training features ``[n, F]``, float32.
        y: their targets ``[n]``: classes, or categories for CADA.
        groups: indices into ``x``; each mini-batch has equal shares of the groups.
        weights: of the training examples in the loss, ``[n]``, float32.
        x_held, y_held: examples for early stopping, like ``x`` and ``y``; may be empty.
        x_test: features to classify after training, ``[t, F]``.
        key: names the replica's random numbers, after the seed.
    """

    x: np.ndarray
    y: np.ndarray
    groups: Sequence[np.ndarray]
    weights: np.ndarray
    x_held: np.ndarray
    y_held: np.ndarray
    x_test: np.ndarray
    key: tuple[int | str, ...]


@dataclasses.dataclass(frozen=True)
class Fitted:
    """A trained replica: its weights, the epoch they are from, the classes it gives ``x_test``."""

    weights: list[np.ndarray]
    epoch: int
    guess: np.ndarray


class Stack:
    """A compiled model of R replicas, used again for one set of R tasks after the other.

    Args:
        model: built and compiled.
        features: width of the input.
    """

    def __init__(self, model: MLP, features: int) -> None:
        self.model = model
        r, f, i = model.replicas, tf.float32, tf.int32
        signature = [
            tf.TensorSpec([r, None, features], f),
            tf.TensorSpec([r, None], i),
            tf.TensorSpec([r, None], f),
            tf.TensorSpec([None, r, None], i),
        ]
        self.epoch = tf.function(self._epoch, input_signature=signature, autograph=False)
        self.logits = tf.function(
            lambda x: model(x, training=False), input_signature=[signature[0]], autograph=False
        )

    def _epoch(self, x: tf.Tensor, y: tf.Tensor, weights: tf.Tensor, batches: tf.Tensor) -> None:
        def step(i: tf.Tensor) -> tuple[tf.Tensor]:
            chosen = batches[i]
            self.model.update(
                tf.gather(x, chosen, batch_dims=1),
                tf.gather(y, chosen, batch_dims=1),
                tf.gather(weights, chosen, batch_dims=1),
            )
            return (i + 1,)

        tf.while_loop(lambda i: i < tf.shape(batches)[0], step, (0,))

    def fit(
        self,
        tasks: Sequence[Task],
        *,
        seed: int,
        steps: int,
        epochs: int,
        readings: Readings,
        initial: Sequence[Sequence[np.ndarray]] | None = None,
    ) -> list[Fitted]:
        """Trains a replica on each task.

        Args:
            tasks: R of them.
            seed: of the run; with a task's key it makes the replica's random numbers.
            steps: mini-batches in an epoch.
            epochs: at the most.
            readings: batch size and early stopping. Stops a replica ``patience`` epochs
                after its best one; one that holds nothing out trains all epochs.
            initial: weights to start from, a list a replica; None for random ones.
        """
        seeds = [keyed_seeds(seed, *task.key).spawn(2) for task in tasks]
        self.model.reset([int(init.generate_state(1)[0]) for init, _ in seeds])
        if initial is not None:
            self.model.set_weights([np.stack(weights) for weights in zip(*initial, strict=True)])
        streams = [
            BatchStream(task.groups, readings.batch_size, np.random.default_rng(batches))
            for task, (_, batches) in zip(tasks, seeds, strict=True)
        ]
        data = [
            tf.constant(pad([getattr(task, name) for task in tasks], dtype))
            for name, dtype in (("x", np.float32), ("y", np.int32), ("weights", np.float32))
        ]
        x_held = tf.constant(pad([task.x_held for task in tasks], np.float32))
        watches = [Watch(task, self.model.classes, readings) for task in tasks]
        for epoch in range(1, epochs + 1):
            self.epoch(*data, np.stack([stream.take(steps) for stream in streams], axis=1))
            logits = self.logits(x_held).numpy() if x_held.shape[1] else [None] * len(tasks)
            weights = self.model.get_weights()
            for replica, watch in enumerate(watches):
                watch.see(epoch, logits[replica], [w[replica] for w in weights])
            if all(watch.stopped for watch in watches):
                break
        return self.finish(tasks, watches)

    def finish(self, tasks: Sequence[Task], watches: Sequence["Watch"]) -> list[Fitted]:
        """Puts the best weights back and classifies the test examples with them."""
        best = [watch.weights for watch in watches]
        self.model.set_weights([np.stack(weights) for weights in zip(*best, strict=True)])
        guesses = self.model.classify(tf.constant(pad([task.x_test for task in tasks], np.float32)))
        return [
            Fitted(watch.weights, watch.epoch, guess[: len(task.x_test)])
            for task, watch, guess in zip(tasks, watches, guesses, strict=True)
        ]


class Watch:
    """Early stopping of one replica: remembers its best epoch and the weights of it."""

    def __init__(self, task: Task, classes: int, readings: Readings) -> None:
        self.y, self.classes = task.y_held, classes
        self.on = readings.stop_on if len(task.y_held) else StopOn.NONE
        self.patience = readings.patience
        self.best, self.epoch, self.stopped = (-np.inf,), 0, False

    def see(self, epoch: int, logits: np.ndarray | None, weights: list[np.ndarray]) -> None:
        """Takes note of the weights after an epoch, and of the held-out logits ``[h, outputs]``."""
        if self.stopped:
            return
        score = self.score(epoch, logits)
        if score > self.best or epoch == 1:  # a diverged network may have no loss at all
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


def pad(arrays: Sequence[np.ndarray], dtype: type) -> np.ndarray:
    """Arrays ``[n_r, …]`` as one ``[R, max n_r, …]``, zeros behind the shorter ones."""
    padded = np.zeros((len(arrays), max(map(len, arrays)), *arrays[0].shape[1:]), dtype)
    for row, array in zip(padded, arrays, strict=True):
        row[: len(array)] = array
    return padded


@functools.lru_cache(maxsize=16)
def make_stack(
    method: type[MLP],
    classes: int,
    features: int,
    replicas: int,
    hidden: tuple[int, ...],
    learning_rate: float,
    train_encoder: bool = True,
) -> Stack:
    """A stack for the method; the same one for the same arguments, since tracing takes a second."""
    model = method(classes, hidden=hidden, replicas=replicas)
    model.encoder.trainable = train_encoder
    model.build((None, features))
    optimizers = [FusedAdam(learning_rate) for _ in range(method.domains)]
    model.compile(*optimizers)
    model.build_optimizers()
    return Stack(model, features)


def limit_threads() -> None:
    """Gives TensorFlow one thread, if it has not started: stacks scale by processes instead."""
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        pass  # TensorFlow has started; results are the same with more threads
