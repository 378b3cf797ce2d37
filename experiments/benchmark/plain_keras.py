"""The systems as a user of Keras would write them: one model at a time, ``compile`` and ``fit``.

An implementation of its own, against which ours is timed and checked: dense layers and Adam are
Keras's, there is no replica axis, and ``fit`` does the rest.
"""

import functools
from collections.abc import Callable

import cada_tf.training  # noqa: F401  # starts TensorFlow without messages; Keras would with

# isort: split
import keras
import numpy as np
import tensorflow as tf

from cada_tf.protocol.domain_class import Domain, relabel
from cada_tf.protocol.pairs import PairStream
from experiments.benchmark.case import (
    BATCH_SIZE,
    CLASSES,
    FEATURES,
    QUADRUPLES,
    Case,
    random_source,
    random_target,
)

cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
Logs = dict[str, tf.Tensor]


def network(inputs: int, *hidden: int, outputs: int | None = None) -> keras.Sequential:
    """ReLU layers, and a linear one for the outputs if there are any."""
    layers = [keras.layers.Dense(units, activation="relu") for units in hidden]
    layers += [] if outputs is None else [keras.layers.Dense(outputs)]
    return keras.Sequential([keras.Input((inputs,)), *layers])


class PlainCADA(keras.Model):
    """CADA; targets are categories."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.encoder = network(FEATURES, hidden)
        self.predictor = network(hidden, outputs=2 * CLASSES)
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.adversarial_loss_tracker = keras.metrics.Mean(name="adversarial_loss")

    def compile(
        self,
        optimizer: keras.Optimizer,
        adversarial_optimizer: keras.Optimizer,
        **kwargs,
    ) -> None:
        super().compile(optimizer=optimizer, **kwargs)
        self.adversarial_optimizer = adversarial_optimizer

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return self.predictor(self.encoder(x))

    def train_step(self, data: tuple) -> Logs:
        x, d, _ = keras.utils.unpack_x_y_sample_weight(data)
        theta = self.trainable_variables
        with tf.GradientTape() as tape:
            loss = cross_entropy(d, self(x))
        self.optimizer.apply(tape.gradient(loss, theta), theta)
        swapped = (d + CLASSES) % (2 * CLASSES)
        theta_e = self.encoder.trainable_variables
        with tf.GradientTape() as tape:
            adversarial_loss = cross_entropy(swapped, self(x))
        gradients = tape.gradient(adversarial_loss, theta_e)
        self.adversarial_optimizer.apply(gradients, theta_e)
        self.loss_tracker.update_state(loss)
        self.adversarial_loss_tracker.update_state(adversarial_loss)
        return {m.name: m.result() for m in (self.loss_tracker, self.adversarial_loss_tracker)}


class PlainFADA(keras.Model):
    """FADA's step 3 on quadruples of pairs, with an update of the discriminator each time."""

    def __init__(self, hidden: int, discriminator: tuple[int, ...] = (64, 64)) -> None:
        super().__init__()
        self.encoder = network(FEATURES, hidden)
        self.predictor = network(hidden, outputs=CLASSES)
        self.discriminator = network(2 * hidden, *discriminator, outputs=4)
        self.gamma = 0.2
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.discriminator_loss_tracker = keras.metrics.Mean(name="discriminator_loss")

    def compile(
        self,
        optimizer: keras.Optimizer,
        discriminator_optimizer: keras.Optimizer,
        **kwargs,
    ) -> None:
        super().compile(optimizer=optimizer, **kwargs)
        self.discriminator_optimizer = discriminator_optimizer

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return self.predictor(self.encoder(x))

    def train_step(self, data: tuple) -> Logs:
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)  # [batch, 4 groups, 2 members, …]
        features, quadruples = x.shape[-1], tf.shape(x)[0]
        across = tf.reshape(x[:, 1::2], [-1, features])  # G2 and G4: source and target
        classes = tf.reshape(y[:, 1::2], [-1])
        theta = self.encoder.trainable_variables + self.predictor.trainable_variables
        with tf.GradientTape() as tape:
            embeddings = self.encoder(across)
            logits = self.predictor(embeddings)
            pass_for = tf.tile([0, 2], [quadruples])
            loss = (
                self.gamma * 2 * cross_entropy(pass_for, self.judge(embeddings))
                + cross_entropy(classes[0::2], logits[0::2])
                + cross_entropy(classes[1::2], logits[1::2])
            )
        self.optimizer.apply(tape.gradient(loss, theta), theta)
        embeddings = self.encoder(tf.reshape(x, [-1, features]))
        groups = tf.tile([0, 1, 2, 3], [quadruples])
        theta_d = self.discriminator.trainable_variables
        with tf.GradientTape() as tape:
            discriminator_loss = 4 * cross_entropy(groups, self.judge(embeddings))
        gradients = tape.gradient(discriminator_loss, theta_d)
        self.discriminator_optimizer.apply(gradients, theta_d)
        self.loss_tracker.update_state(loss)
        self.discriminator_loss_tracker.update_state(discriminator_loss)
        return {m.name: m.result() for m in (self.loss_tracker, self.discriminator_loss_tracker)}

    def judge(self, embeddings: tf.Tensor) -> tf.Tensor:
        """The discriminator's logits of pairs, whose members lie one behind the other."""
        return self.discriminator(tf.reshape(embeddings, [-1, 2 * embeddings.shape[-1]]))


def prepare(case: Case, place: int, *, jit_compile: bool) -> Callable[[], object]:
    """One model that has been trained for an epoch, which traces and compiles it.

    Nothing is held out and no metric but the losses is kept, though ours does both.
    """
    del place  # there is but one process
    adam = keras.optimizers.Adam
    x, y = examples(case)
    if case.method == "all-source":
        model = network(FEATURES, case.hidden, outputs=CLASSES)
        model.compile(adam(), cross_entropy, jit_compile=jit_compile)
    else:
        model = {"cada": PlainCADA, "fada": PlainFADA}[case.method](case.hidden)
        model.compile(adam(), adam(), jit_compile=jit_compile)
    size = QUADRUPLES if case.method == "fada" else BATCH_SIZE
    fit = functools.partial(model.fit, x, y, batch_size=size, verbose=0)
    fit(epochs=1)
    return functools.partial(fit, epochs=case.epochs)


def examples(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """What ``fit`` takes: examples and targets of an epoch."""
    source, target = random_source(case), random_target(case)
    if case.method == "all-source":
        return source.features, source.labels
    few = np.concatenate(
        [np.flatnonzero(target.labels == k)[: case.examples // CLASSES] for k in range(CLASSES)]
    )
    x = np.concatenate([source.features, target.features[few]])
    y = np.concatenate([source.labels, target.labels[few]])
    domain = np.repeat([Domain.SOURCE, Domain.TARGET], [len(source), len(few)])
    categories = relabel(y, domain, CLASSES)
    if case.method == "cada":
        return x, categories
    stream = PairStream(categories, CLASSES, QUADRUPLES, np.random.default_rng(2))
    pairs = np.concatenate(stream.take(case.steps))
    return x[pairs], y[pairs]
