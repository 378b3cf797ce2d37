"""What a training step of CADA consists of: TensorFlow's kernels, each timed by itself.

The tensors have the sizes of a stack's. A kernel runs again and again in a graph of its own, in as
many single-thread processes as there are workers, so that they share memory and caches as workers
do. The kernels' sum, each as often as a step has it, falls short of a whole step by what is left:
small operations, and TensorFlow's executor, which starts each one.
"""

import functools
from collections.abc import Callable

import numpy as np

from cada_tf.startup import limit_threads, start_tensorflow

start_tensorflow()  # without its messages
import tensorflow as tf  # noqa: E402

from cada_tf.models.layers import StackedNoise  # noqa: E402
from cada_tf.models.losses import cross_entropy  # noqa: E402
from experiments.benchmark.case import BATCH_SIZE, CLASSES, FEATURES, Case  # noqa: E402

NOISE = "noise"
PER_STEP = {
    "examples of the mini-batch": 1,
    NOISE: 1,
    "encoder: product": 2,
    "encoder: bias and ReLU": 2,
    "encoder: gradient of ReLU and bias": 2,
    "encoder: gradient of weights": 2,
    "encoder: Adam": 2,
    "predictor: product": 2,
    "predictor: gradient of inputs": 2,
    "predictor: gradient of weights": 1,
    "cross-entropy and its gradient": 2,
}
"""Kernel → how often a step with input noise has it: Eq. (2), then Eq. (3) for the encoder."""


def prepare(case: Case, place: int, *, kernel: str) -> Callable[[], object]:
    """A kernel as often as a repetition has steps, once in advance."""
    limit_threads()
    run = make_kernels(case, np.random.default_rng(place))[kernel]
    times = case.steps * case.epochs

    @functools.partial(tf.function, autograph=False)
    def loop() -> tf.Tensor:
        def body(i: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.control_dependencies([i]):
                # What nobody looks at TensorFlow does not compute.
                return i + 1, tf.reshape(run(), [-1])[0]

        return tf.while_loop(lambda i, _: i < times, body, [0, 0.0], parallel_iterations=1)

    loop()
    return loop


def make_kernels(case: Case, rng: np.random.Generator) -> dict[str, Callable[[], tf.Tensor]]:
    """Kernel → a function that adds it to a graph and returns what it computes."""
    replicas, units, outputs = case.replicas, case.hidden, 2 * CLASSES

    def normal(*shape: int) -> tf.Variable:
        # Variables, since TensorFlow computes what depends on constants alone but once.
        return tf.Variable(rng.normal(size=shape), dtype=tf.float32)

    source = normal(case.source, FEATURES)
    rows = tf.Variable(rng.integers(case.source, size=(replicas, BATCH_SIZE)), dtype=tf.int32)
    x, weights = normal(replicas, BATCH_SIZE, FEATURES), normal(replicas, FEATURES, units)
    bias, embedded = normal(replicas, 1, units), normal(replicas, BATCH_SIZE, units)
    predictor = normal(replicas, units, outputs)
    logits = normal(replicas, BATCH_SIZE, outputs)
    targets = tf.Variable(rng.integers(outputs, size=(replicas, BATCH_SIZE)), dtype=tf.int32)
    gradient = tf.Variable(weights)
    moments = [tf.Variable(tf.abs(weights)) for _ in range(2)]
    noise = StackedNoise(0.4, replicas=replicas, seeds=range(replicas))

    def relu_gradient() -> tf.Tensor:
        masked = tf.raw_ops.ReluGrad(gradients=embedded, features=embedded)
        return tf.reduce_sum(masked, 1, keepdims=True)

    def adam() -> tf.Tensor:
        tf.raw_ops.ResourceApplyAdam(
            **{"var": weights.handle, "m": moments[0].handle, "v": moments[1].handle},
            **{"beta1_power": 0.9, "beta2_power": 0.999, "lr": 1e-3},
            **{"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "grad": gradient.read_value()},
        )
        return tf.zeros(())

    def loss() -> tf.Tensor:
        value = tf.convert_to_tensor(logits)
        with tf.GradientTape() as tape:
            tape.watch(value)
            found = cross_entropy(targets, value)
        return tape.gradient(found, value)

    return {
        "examples of the mini-batch": lambda: tf.gather(source, rows),
        NOISE: lambda: noise(x),
        "encoder: product": lambda: tf.matmul(x, weights),
        "encoder: bias and ReLU": lambda: tf.nn.relu(embedded + bias),
        "encoder: gradient of ReLU and bias": relu_gradient,
        "encoder: gradient of weights": lambda: tf.matmul(x, embedded, transpose_a=True),
        "encoder: Adam": adam,
        "predictor: product": lambda: tf.matmul(embedded, predictor),
        "predictor: gradient of inputs": lambda: tf.matmul(logits, predictor, transpose_b=True),
        "predictor: gradient of weights": lambda: tf.matmul(embedded, logits, transpose_a=True),
        "cross-entropy and its gradient": loss,
    }
