"""Fits a stack of networks: mini-batches, epochs, early stopping of each replica.

Nothing that a replica computes depends on its neighbours: it has its own examples,
its own random numbers and its own stopping, so the cut of the grid into stacks
changes no result, to the last bit. A replica that has stopped leaves the stack.
"""

import functools
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from cada_tf.config import Config
from cada_tf.methods.method import Phase
from cada_tf.models import MLP, forward
from cada_tf.models.unweighted_accuracy import count_hits
from cada_tf.protocol.domain_class import decode, domain_of
from cada_tf.protocol.keyed import keyed_seeds
from cada_tf.training.early_stopping import EarlyStopping
from cada_tf.training.fitted import Fitted
from cada_tf.training.history import History, histories, join
from cada_tf.training.replica_data import ReplicaData
from cada_tf.training.stack_data import StackData, pad


class Stack:
    """A compiled model of R replicas, used again for one set of R replicas' data after the other.

    Args:
        model: built and compiled.
        features: width of the input.
        replicas: R, or None if its graphs serve any number.
        sized: gives the stack of the same kind for another number of replicas, perhaps this one.
    """

    def __init__(
        self,
        model: MLP,
        features: int,
        replicas: int | None,
        sized: Callable[[int], "Stack"],
    ) -> None:
        self.model = model
        self.features = features
        self.replicas = replicas
        self.sized = sized
        logits = tf.function(lambda x: model(x, training=False), autograph=False)
        self.logits = logits.get_concrete_function(
            tf.TensorSpec([replicas, None, features], tf.float32)
        )
        self.epochs: dict[str, Callable] = {}

    def epoch(self, update: str) -> Callable:
        """The graph that trains on all mini-batches that it is given, one after the other.

        Args:
            update: the name of the model's method that trains on one.

        Returns:
            A function of features and of what ``StackData.pick`` gives. It returns what
            ``histories`` takes: losses, hits and examples.
        """
        if update not in self.epochs:
            batches = [None, self.replicas, None, *self.model.example_shape]
            signature = [
                tf.TensorSpec([None, self.features], tf.float32),
                *(tf.TensorSpec(batches, dtype) for dtype in (tf.int32, tf.int32, tf.float32)),
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
        categories: tf.Tensor,
        weights: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """The body of ``epoch``."""
        steps, unknown = tf.shape(rows)[0], tf.fill(tf.shape(rows)[1:2], np.nan)
        classes = self.model.classes
        y, domains = decode(categories, classes), domain_of(categories, classes)

        def step(i: tf.Tensor, losses: tf.TensorArray, answers: tf.TensorArray) -> tuple:
            inputs = self.model.perturb(tf.gather(x, rows[i]))
            logits, found = update(inputs, y[i], domains[i], weights[i])
            y_pred = -tf.ones_like(y[i])
            if logits is not None:
                y_pred = tf.argmax(logits, -1, output_type=tf.int32)
            values = tf.stack([found.get(name, unknown) for name in self.model.loss_names])
            return i + 1, losses.write(i, values), answers.write(i, y_pred)

        arrays = [tf.TensorArray(dtype, steps) for dtype in (tf.float32, tf.int32)]
        _, losses, answers = tf.while_loop(lambda i, *_: i < steps, step, (0, *arrays))
        return losses.stack(), *count_hits(y, answers.stack(), classes)

    def fit(
        self,
        replicas: Sequence[ReplicaData],
        *,
        seed: int,
        phases: Sequence[Phase],
        config: Config,
        initial: Sequence[Sequence[np.ndarray]] | None = None,
    ) -> list[Fitted]:
        """Trains each replica on its data.

        Args:
            replicas: R of them.
            seed: of the run; with a replica's key it makes the replica's random numbers.
            phases: gone through in order. In the last one a replica stops ``patience``
                epochs after its best one; one that holds nothing out trains all epochs.
            config: early stopping.
            initial: weights to start from, a list per replica; None for random ones.
        """
        seeds = [keyed_seeds(seed, *replica.key).spawn(2) for replica in replicas]
        self.model.reset([int(init.generate_state(1)[0]) for init, _ in seeds])
        if initial is not None:
            self.model.set_classifiers(initial)
        streams = [
            replica.stream(np.random.default_rng(batches))
            for replica, (_, batches) in zip(replicas, seeds, strict=True)
        ]
        data, held = StackData.of(replicas), [replica.held_out for replica in replicas]
        stops = [EarlyStopping(self.targets(y), self.model.classes, config) for _, y in held]
        held = tf.constant(pad([x for x, _ in held], np.float32))
        past = [self.run(phase, phase.epochs, data, streams) for phase in phases[:-1]]
        past.append(self.run_stopping(phases[-1], data, held, streams, stops))
        return self.finish(replicas, stops, [join(parts) for parts in zip(*past, strict=True)])

    def targets(self, categories: np.ndarray) -> np.ndarray:
        """What the network's outputs are to be for examples of these categories."""
        classes = self.model.classes
        return self.model.targets(decode(categories, classes), domain_of(categories, classes))

    def run(self, phase: Phase, epochs: int, data: StackData, streams: Sequence) -> list[History]:
        """Trains for some epochs without early stopping."""
        batches = np.stack([stream.take(epochs * phase.steps) for stream in streams], axis=1)
        found = self.epoch(phase.update)(data.x, *map(tf.constant, data.pick(batches)))
        return histories(self.model.loss_names, *(part.numpy() for part in found), epochs)

    def run_stopping(
        self,
        phase: Phase,
        data: StackData,
        held: tf.Tensor,
        streams: Sequence,
        stops: Sequence[EarlyStopping],
    ) -> list[History]:
        """Trains until each replica has stopped, with those that have not.

        Args:
            phase, data, streams, stops: of this stack.
            held: held-out features, ``[R, h, F]``, zeros behind those of a replica with fewer.
        """
        # Where none holds anything out, no epoch is better than the last.
        stride = 1 if held.shape[1] else phase.epochs
        stack, inside = self, list(range(len(stops)))
        past = [[] for _ in stops]
        for epoch in range(stride, phase.epochs + 1, stride):
            trained = stack.run(phase, stride, data, [streams[i] for i in inside])
            logits = stack.logits(held).numpy() if held.shape[1] else [None] * len(inside)
            weights = stack.model.get_classifiers()
            for place, i in enumerate(inside):
                validated = stops[i].update(epoch, logits[place], weights[place])
                past[i].append(trained[place] | validated)
            stay = [place for place, i in enumerate(inside) if not stops[i].stopped]
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
        self,
        replicas: Sequence[ReplicaData],
        stops: Sequence[EarlyStopping],
        past: Sequence[History],
    ) -> list[Fitted]:
        """Classifies the test examples with the best weights."""
        self.model.set_classifiers([stop.weights for stop in stops])
        tests = [replica.x_test for replica in replicas]
        answers = self.model.classify(tf.constant(pad(tests, np.float32)))
        return [
            Fitted(
                weights=stop.weights,
                epoch=stop.epoch,
                y_pred=y_pred[: len(replica.x_test)],
                test_logits=forward.logits(stop.weights, replica.x_test),
                history=history,
                source_held_out=replica.source_held_out,
                scale=replica.scale,
            )
            for replica, stop, y_pred, history in zip(replicas, stops, answers, past, strict=True)
        ]


def make_stack(
    model: type[MLP],
    features: int,
    replicas: int,
    rates: tuple[float, ...],
    train_encoder: bool,
    *,
    input_noise: float = 0.0,
    **options,
) -> Stack:
    """A stack of models; the same one for the same graphs, since tracing takes a while.

    Args:
        model: the class.
        features: width of the input.
        replicas: R.
        rates: learning rates of its optimizers, which it has until the next call.
        train_encoder: False to keep the encoder as it is.
        input_noise: of the model, until the next call.
        **options: further arguments of the class, hashable.
    """
    any_width = vars(model).get("any_width", False)
    options["input_noise"] = float(input_noise > 0)  # whether there is noise is part of the graph
    stack = traced(model, features, None if any_width else replicas, train_encoder, **options)
    for (optimizer, _), rate in zip(stack.model.optimizers, rates, strict=True):
        optimizer.learning_rate = rate
    if input_noise:
        stack.model.noise.scale.assign(input_noise)
    return stack


@functools.cache
def traced(
    model: type[MLP], features: int, replicas: int | None, train_encoder: bool, **options
) -> Stack:
    """The stack of ``make_stack``, with ``replicas`` None for one of any number."""
    network = model(replicas=replicas or 1, **options)
    network.encoder.trainable = train_encoder
    network.build((None, features))
    if replicas is None:
        network.free_replicas()
    network.compile()
    network.build_optimizers()

    def sized(count: int) -> Stack:
        width = None if replicas is None else count
        return traced(model, features, width, train_encoder, **options)

    return Stack(network, features, replicas, sized)
