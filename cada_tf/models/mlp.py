"""The paper's base model (Section 4.2, Fig. 1): an encoder Ge and a predictor Gp.

Networks carry a leading replica axis, so that one ``train_step`` serves a
single model (a stack of one) and the hundreds of small ones of the protocol.
"""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from cada_tf.domain_class import decode
from cada_tf.models.optimizers import FusedAdam


@keras.saving.register_keras_serializable(package="cada_tf")
class StackedDense(keras.layers.Layer):
    """R dense layers side by side: ``y[r] = activation(x[r] @ kernel[r] + bias[r])``.

    Args:
        units: width of each layer.
        replicas: R.
        activation: a Keras activation, or its name.
        seeds: R integers; kernel r is Glorot-uniform from ``seeds[r]`` alone, so
            that a replica starts from the same weights whatever stack it is in.
            None draws new ones.

    Input shape: ``[R or 1, batch, features]``. Output shape: ``[R, batch, units]``.
    """

    def __init__(self, units: int, *, replicas: int = 1, activation=None, seeds=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.replicas = replicas
        self.activation = keras.activations.get(activation)
        self.seeds = None if seeds is None else [int(seed) for seed in seeds]

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(self.replicas, input_shape[-1], self.units),
            initializer=lambda shape, dtype: self.draw_kernels(self.seeds, shape),
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.replicas, 1, self.units), initializer="zeros"
        )
        self.built = True

    @staticmethod
    def draw_kernels(seeds, shape) -> np.ndarray:
        """Glorot-uniform kernels ``[R, in, out]``, each from its own seed."""
        seeds = [None] * shape[0] if seeds is None else seeds
        limit = np.sqrt(6.0 / (shape[1] + shape[2]))
        kernels = [np.random.default_rng(seed).uniform(-limit, limit, shape[1:]) for seed in seeds]
        return np.stack(kernels).astype(np.float32)

    def call(self, x):
        return self.activation(ops.matmul(x, self.kernel) + self.bias)

    def compute_output_shape(self, input_shape):
        return (self.replicas, *input_shape[1:-1], self.units)

    def get_config(self):
        return super().get_config() | {
            "units": self.units,
            "replicas": self.replicas,
            "activation": keras.activations.serialize(self.activation),
            "seeds": self.seeds,
        }


@keras.saving.register_keras_serializable(package="cada_tf")
class UnweightedAccuracy(keras.metrics.Metric):
    """UA (Section 4.2): the recall of each class, averaged over the classes seen.

    Args:
        classes: C. Labels and arg maxes above it are decoded (``domain_class.decode``).
    """

    def __init__(self, classes: int, name: str = "ua", **kwargs):
        super().__init__(name=name, **kwargs)
        self.classes = classes
        self.hits = self.add_variable((classes,), "zeros", name="hits")
        self.total = self.add_variable((classes,), "zeros", name="total")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Counts a batch: integer labels ``[...]``, logits ``[..., outputs]``."""
        truth = ops.one_hot(decode(ops.cast(y_true, "int32"), self.classes), self.classes)
        guess = decode(ops.argmax(y_pred, -1), self.classes)
        guess = ops.one_hot(guess, self.classes)
        axes = tuple(range(len(truth.shape) - 1))
        self.hits.assign_add(ops.sum(truth * guess, axes))
        self.total.assign_add(ops.sum(truth, axes))

    def result(self):
        seen = ops.cast(self.total > 0, "float32")
        recall = self.hits / ops.maximum(self.total, 1.0)
        return ops.sum(recall) / ops.maximum(ops.sum(seen), 1.0)

    def get_config(self):
        return super().get_config() | {"classes": self.classes}


@keras.saving.register_keras_serializable(package="cada_tf")
class MLP(keras.Model):
    """A classifier made of an encoder and a predictor, trained on the cross-entropy.

    The supervised systems of Section 4.2 (all-source, all-target, label-target,
    fine-tune) are this model; ``CADA`` adds the second stage to it.

    Args:
        classes: C, the number of classes, at least two.
        hidden: units of the encoder's ReLU layers, at least one.
        replicas: R, the number of networks trained side by side.
        seed: an integer, or one a replica, for the initial weights; None draws new ones.

    Input shape: ``[batch, features]``, or ``[R, batch, features]`` for a stack.
    Output shape: logits ``[batch, C]`` for a single model given ``[batch, features]``;
    else ``[R, batch, C]``. ``CADA`` has 2C logits.
    """

    domains = 1

    def __init__(
        self,
        classes: int = 2,
        *,
        hidden: Sequence[int] = (256,),
        replicas: int = 1,
        seed: int | Sequence[int] | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if classes < 2:
            raise ValueError(f"Expected at least two classes. Received: {classes=}.")
        if not hidden or min(hidden) < 1:
            raise ValueError(f"Expected one or more positive layer widths. Received: {hidden=}.")
        if replicas < 1:
            raise ValueError(f"Expected at least one replica. Received: {replicas=}.")
        if seed is not None and np.size(seed) != replicas:
            raise ValueError(f"Expected one seed a replica, {replicas}. Received: {seed=}.")
        self.classes = classes
        self.hidden = tuple(hidden)
        self.replicas = replicas
        self.seed = seed
        seeds = layer_seeds(seed, len(self.hidden) + 1)
        self.encoder = keras.Sequential(
            [
                StackedDense(units, replicas=replicas, activation="relu", seeds=layer)
                for units, layer in zip(self.hidden, seeds, strict=False)
            ],
            name="encoder",
        )
        self.predictor = StackedDense(
            self.domains * classes, replicas=replicas, seeds=seeds[-1], name="predictor"
        )
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.ua_tracker = UnweightedAccuracy(classes)

    @property
    def metrics(self):
        """The trackers, which Keras resets at the start of each epoch."""
        return [self.loss_tracker, self.ua_tracker]

    def compile(self, optimizer: keras.optimizers.Optimizer | str | None = None, **kwargs):
        """Chooses the optimizer; a new ``FusedAdam`` by default. The loss is the method's own.

        Args:
            optimizer: a Keras optimizer, or its name.
            **kwargs: ``run_eagerly``, ``jit_compile`` (off by default: it is no faster
                here) and ``steps_per_execution``, as in Keras.
        """
        kwargs = {"jit_compile": False} | kwargs
        super().compile(optimizer=optimizer or FusedAdam(), **kwargs)

    def build(self, input_shape):
        self.encoder.build((self.replicas, None, input_shape[-1]))
        self.predictor.build((self.replicas, None, self.hidden[-1]))
        self.built = True

    def call(self, x, training=None):
        single = len(x.shape) == 2
        x = ops.expand_dims(x, 0) if single else x
        logits = self.predictor(self.encoder(x))
        return ops.squeeze(logits, 0) if single and self.replicas == 1 else logits

    def get_config(self):
        seed = self.seed if self.seed is None or np.isscalar(self.seed) else list(self.seed)
        return super().get_config() | {
            "classes": self.classes,
            "hidden": list(self.hidden),
            "replicas": self.replicas,
            "seed": seed,
        }

    def get_compile_config(self):
        return {"optimizer": keras.optimizers.serialize(self.optimizer)}

    def compile_from_config(self, config):
        self.compile(**{k: keras.optimizers.deserialize(v) for k, v in config.items()})
        if self.built:
            self.build_optimizers()

    def build_optimizers(self) -> None:
        """Makes the optimizers' state now, rather than at the first update."""
        self.optimizer.build(self.trainable_variables)

    def classify(self, x) -> np.ndarray:
        """The class of each example (Section 3, "in the testing stage").

        Args:
            x: features, shaped as for a call.

        Returns:
            Integers in [0, C): ``[batch]``, or ``[R, batch]`` for a stack.
        """
        return decode(np.argmax(self(x, training=False), -1), self.classes)

    def descend(self, optimizer, x, targets, weights, variables):
        """One step of ``optimizer`` on ``variables``: logits and losses ``[R]`` before it."""
        with tf.GradientTape() as tape:
            logits = self(x, training=True)
            loss = cross_entropy(targets, logits, weights)
        optimizer.apply(tape.gradient(loss, variables), variables)
        return logits, loss

    def update(self, x, y, weights=None):
        """Trains on one mini-batch.

        Args:
            x: features ``[R, batch, features]``, float32.
            y: targets ``[R, batch]``, integers.
            weights: of the examples, ``[R, batch]``, or None for ones.

        Returns:
            The logits ``[R, batch, outputs]`` and a dictionary of the losses ``[R]``,
            both from before the update.
        """
        logits, loss = self.descend(self.optimizer, x, y, weights, self.trainable_variables)
        return logits, {"loss": loss}

    def train_step(self, data):
        x, y, weights = self.unpack(data)
        logits, losses = self.update(x, y, weights)
        return self.track(y, logits, losses)

    def test_step(self, data):
        x, y, weights = self.unpack(data)
        logits = self(x, training=False)
        return self.track(y, logits, {"loss": cross_entropy(y, logits, weights)})

    def unpack(self, data):
        """A batch as Keras hands it over, with the replica axis that users do not see."""
        x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
        if len(x.shape) == 2:
            x, y = x[None], y[None]
            weights = None if weights is None else weights[None]
        return x, tf.cast(y, tf.int32), weights

    def track(self, y, logits, losses):
        """Updates the trackers named in ``losses``, and UA; returns what Keras logs."""
        for tracker in self.metrics:
            if tracker.name in losses:
                tracker.update_state(losses[tracker.name])
        self.ua_tracker.update_state(y, logits)
        return {tracker.name: tracker.result() for tracker in self.metrics}

    def reset(self, seeds: Sequence[int]) -> None:
        """Starts anew, in place: initial weights from ``seeds`` (one a replica), no Adam state."""
        layers = [*self.encoder.layers, self.predictor]
        for layer, layer_seed in zip(layers, layer_seeds(seeds, len(layers)), strict=True):
            layer.kernel.assign(layer.draw_kernels(layer_seed, layer.kernel.shape))
            layer.bias.assign(np.zeros(layer.bias.shape, np.float32))
        self.optimizer.reset()


def cross_entropy(targets, logits, weights=None):
    """Mean cross-entropy over the batch, Eq. (2) for one mini-batch.

    Args:
        targets: integers ``[..., batch]``.
        logits: ``[..., batch, outputs]``.
        weights: ``[..., batch]``, or None for ones.

    Returns:
        ``[...]``: one loss a replica, so that its gradient does not depend on the stack.
    """
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits)
    return tf.reduce_mean(losses if weights is None else losses * weights, axis=-1)


def layer_seeds(seed, layers: int) -> list:
    """A list of R seeds for each layer, independent of one another; Nones for None."""
    if seed is None:
        return [None] * layers
    return [
        [int(np.random.SeedSequence([s, layer]).generate_state(1)[0]) for s in np.atleast_1d(seed)]
        for layer in range(layers)
    ]
