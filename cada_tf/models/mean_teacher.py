"""Mean teacher (Tarvainen & Valpola 2017): agreement with an average of the network's past."""

import keras
import numpy as np
import tensorflow as tf

from cada_tf.models.layers import StackedDense
from cada_tf.models.losses import cross_entropy, mean, softmax
from cada_tf.models.mlp import Update
from cada_tf.models.semi_supervised import SemiSupervised, labelled_count, padded


@keras.saving.register_keras_serializable(package="cada_tf")
class MeanTeacher(SemiSupervised):
    """A student, which learns to agree with its teacher, the average of its own weights.

    After each step of the student, with weights θ, the teacher's are θ' ← a θ' + (1 − a) θ. The
    student descends

        CE(labelled) + w mean_x ‖softmax f(x + n; θ) − softmax f(x + n'; θ')‖²

    where x are the unlabelled examples, n and n' two draws of the input noise, and w the weight,
    which grows with the ramp. The teacher is what classifies.

    Args:
        decay: a, at least 0 and below 1. In the first steps it is t / (t + 1) at the t-th, from 0
            on, if that is less, so that the teacher does not remember its random start.
        **kwargs: of ``SemiSupervised``; ``ramp`` counts mini-batches.

    Reference:
        A. Tarvainen and H. Valpola, "Mean teachers are better role models: Weight-averaged
        consistency targets improve semi-supervised deep learning results", NeurIPS 2017.
    """

    any_width = True

    def __init__(self, classes: int = 2, *, decay: float = 0.99, **kwargs) -> None:
        super().__init__(classes, **kwargs)
        if not 0 <= decay < 1:
            raise ValueError(f"Expected a share from 0 to below 1. Received: {decay=}.")
        self.decay = decay
        self.teacher = [
            StackedDense(units, replicas=self.replicas, activation=activation, trainable=False)
            for units, activation in (*((u, "relu") for u in self.hidden), (classes, None))
        ]
        self.steps = self.add_weight(
            name="steps", dtype="int64", shape=(), initializer="zeros", trainable=False
        )
        self.consistency_tracker = keras.metrics.Mean(name="consistency_loss")

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [*super().metrics, self.consistency_tracker]

    @property
    def teacher_weights(self) -> list[keras.Variable]:
        """θ', in the order of the student's."""
        return [weight for layer in self.teacher for weight in layer.weights]

    @property
    def classifier_weights(self) -> list[keras.Variable]:
        return self.teacher_weights

    @property
    def student_weights(self) -> list[keras.Variable]:
        """θ."""
        return [*self.encoder.weights, *self.predictor.weights]

    def get_config(self) -> dict:
        return super().get_config() | {"decay": self.decay}

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        width = input_shape[-1]
        for layer in self.teacher:
            layer.build((self.replicas, None, width))
            width = layer.units
        self.start_teacher()

    def reset(self, seeds: list[int]) -> None:
        super().reset(seeds)
        self.steps.assign(0)
        self.start_teacher()

    def start_teacher(self) -> None:
        """θ' ← θ."""
        for mine, other in zip(self.teacher_weights, self.student_weights, strict=True):
            mine.assign(other)

    def call(self, x: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        if training:
            return super().call(x, training=True)
        single = len(x.shape) == 2
        x = x[None] if single else x
        for layer in self.teacher:
            x = layer(x)
        return x[0] if single and self.replicas == 1 else x

    def perturb(self, x: tf.Tensor) -> tf.Tensor:
        """The features as they are: student and teacher are given noise of their own."""
        return x

    def update(
        self, x: tf.Tensor, y: tf.Tensor, domains: tf.Tensor, weights: tf.Tensor | None = None
    ) -> Update:
        n, variables = labelled_count(y), self.classifier_variables
        teachers, x = x, super().perturb(x)
        targets = self.targets(y[:, :n], domains[:, :n])
        weights = None if weights is None else weights[:, :n]
        taught = None
        if self.weight:
            taught = softmax(self(super().perturb(teachers)[:, n:], training=False))
        with tf.GradientTape() as tape:
            logits = self(x[:, :n], training=True)
            loss = total = cross_entropy(targets, logits, weights)
            consistency = tf.zeros_like(loss)
            if self.weight:
                learnt = softmax(self(x[:, n:], training=True))
                consistency = mean(tf.reduce_sum((learnt - taught) ** 2, -1))
                total = loss + self.weight * self.ramp.share() * consistency
        self.optimizer.apply(tape.gradient(total, variables), variables)
        self.follow()
        return padded(logits, y), {"loss": loss, "consistency_loss": consistency}

    def follow(self) -> None:
        """θ' ← a θ' + (1 − a) θ."""
        past = tf.cast(self.steps.value, tf.float32)
        decay = tf.minimum(self.decay, past / (past + 1))
        for mine, other in zip(self.teacher_weights, self.student_weights, strict=True):
            mine.assign(decay * mine + (1 - decay) * other)
        self.steps.assign_add(1)

    def set_classifiers(self, classifiers: list[list[np.ndarray]]) -> None:
        """As of ``MLP``, of student and teacher alike."""
        super().set_classifiers(classifiers)
        for mine, other in zip(self.student_weights, self.teacher_weights, strict=True):
            mine.assign(other)
