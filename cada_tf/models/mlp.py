"""The paper's base model (Section 4.2, Fig. 1): an encoder Ge and a predictor Gp.

Networks carry a leading replica axis, so that one ``train_step`` serves a
single model (a stack of one) and the hundreds of small ones of the protocol.
"""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from cada_tf.models.layers import NOISE, StackedDense, StackedNoise, layer_seeds
from cada_tf.models.losses import cross_entropy
from cada_tf.models.optimizers import FusedAdam, free_replica_axis
from cada_tf.models.unweighted_accuracy import UnweightedAccuracy
from cada_tf.protocol.domain_class import decode, domain_of

Integers = np.ndarray | tf.Tensor

Update = tuple[tf.Tensor | None, dict[str, tf.Tensor]]
"""Logits, if a method has them, and losses of a mini-batch, from before the update on it."""


@keras.saving.register_keras_serializable(package="cada_tf")
class MLP(keras.Model):
    """A classifier made of an encoder and a predictor, trained on the cross-entropy.

    The supervised systems of Section 4.2 (all-source, all-target, label-target,
    fine-tune) are this model; ``CADA`` adds the second stage to it.

    Args:
        classes: C, the number of classes, at least two.
        hidden: units of the encoder's ReLU layers, at least one.
        input_noise: standard deviation of the Gaussian noise added to the features in training,
            anew for each mini-batch; the paper mentions none.
        replicas: R, the number of networks trained side by side.
        seed: an integer, or one a replica, for initial weights and noise; None draws new ones.

    Input shape: ``[batch, features]``, or ``[R, batch, features]`` for a stack.
    Output shape: logits ``[batch, C]`` for a single model given ``[batch, features]``;
    else ``[R, batch, C]``. ``CADA`` has 2C logits.
    """

    output_domains = 1
    """D, how many domains the outputs tell apart: 2 or more where they are categories."""

    compile_arguments = ("optimizer",)
    """The attributes that ``compile`` sets and a saved model keeps."""

    example_shape = ()
    """Of what ``update`` takes for one example: FADA takes eight at a time."""

    any_width = True
    """Whether its methods do not rely on the length of the replica axis when they are traced: it
    may be None. Then one graph serves stacks of all widths. Each class says so for itself; one
    that does not is traced once for each width."""

    def __init__(
        self,
        classes: int = 2,
        *,
        hidden: Sequence[int] = (256,),
        input_noise: float = 0.0,
        replicas: int = 1,
        seed: int | Sequence[int] | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        if classes < 2:
            raise ValueError(f"Expected at least two classes. Received: {classes=}.")
        if not hidden or min(hidden) < 1:
            raise ValueError(f"Expected one or more positive layer widths. Received: {hidden=}.")
        if input_noise < 0:
            raise ValueError(f"Expected none below 0. Received: {input_noise=}.")
        if replicas < 1:
            raise ValueError(f"Expected at least one replica. Received: {replicas=}.")
        if seed is not None and np.size(seed) != replicas:
            raise ValueError(f"Expected one seed a replica, {replicas}. Received: {seed=}.")
        self.classes = classes
        self.hidden = tuple(hidden)
        self.input_noise = input_noise
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
            self.output_domains * classes, replicas=replicas, seeds=seeds[-1], name="predictor"
        )
        self.noise = None
        if input_noise:
            (noise_seeds,) = layer_seeds(seed, 1, first=NOISE)
            self.noise = StackedNoise(
                input_noise, replicas=replicas, seeds=noise_seeds, name="input_noise"
            )
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.ua_tracker = UnweightedAccuracy(classes)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The trackers, which Keras resets at the start of each epoch."""
        return [self.loss_tracker, self.ua_tracker]

    @property
    def loss_names(self) -> list[str]:
        """What ``update`` may name its losses."""
        return [metric.name for metric in self.metrics if metric is not self.ua_tracker]

    @property
    def dense_layers(self) -> list[StackedDense]:
        """All layers with weights, in the order in which their seeds are drawn."""
        return [*self.encoder.layers, self.predictor]

    @property
    def classifier_weights(self) -> list[keras.Variable]:
        """θe and θp: what classifies, and what another network may go on from."""
        return [*self.encoder.weights, *self.predictor.weights]

    @property
    def classifier_variables(self) -> list[keras.Variable]:
        """Of these, those that are trained: all, or those of the predictor alone."""
        return [*self.encoder.trainable_variables, *self.predictor.trainable_variables]

    @property
    def optimizers(self) -> list[tuple[keras.optimizers.Optimizer, list[keras.Variable]]]:
        """Each optimizer and the variables that it updates."""
        return [(self.optimizer, self.classifier_variables)]

    def compile(self, optimizer: keras.optimizers.Optimizer | str | None = None, **kwargs) -> None:
        """Chooses the optimizer; a new ``FusedAdam`` by default. The loss is the method's own.

        Args:
            optimizer: a Keras optimizer, or its name.
            **kwargs: ``run_eagerly``, ``jit_compile`` (off by default: it is no faster
                here) and ``steps_per_execution``, as in Keras.
        """
        kwargs = {"jit_compile": False} | kwargs
        super().compile(optimizer=optimizer or FusedAdam(), **kwargs)

    def build(self, input_shape: tuple) -> None:
        self.encoder.build((self.replicas, None, input_shape[-1]))
        self.predictor.build((self.replicas, None, self.hidden[-1]))
        self.built = True

    def call(self, x: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        single = len(x.shape) == 2
        x = ops.expand_dims(x, 0) if single else x
        logits = self.predictor(self.encoder(x))
        return ops.squeeze(logits, 0) if single and self.replicas == 1 else logits

    def get_config(self) -> dict:
        seed = self.seed if self.seed is None or np.isscalar(self.seed) else list(self.seed)
        return super().get_config() | {
            "classes": self.classes,
            "hidden": list(self.hidden),
            "input_noise": self.input_noise,
            "replicas": self.replicas,
            "seed": seed,
        }

    def get_compile_config(self) -> dict | None:
        if not self.compiled:
            return None
        values = {name: getattr(self, name) for name in self.compile_arguments}
        return {k: keras.saving.serialize_keras_object(v) for k, v in values.items()}

    def compile_from_config(self, config: dict) -> None:
        self.compile(**{k: keras.saving.deserialize_keras_object(v) for k, v in config.items()})
        if self.built:
            self.build_optimizers()

    def build_optimizers(self) -> None:
        """Makes the optimizers' state now, rather than at the first update."""
        for optimizer, variables in self.optimizers:
            optimizer.build(variables)

    def classify(self, x: np.ndarray | tf.Tensor) -> np.ndarray:
        """The class of each example (Section 3, "in the testing stage").

        Args:
            x: features, shaped as for a call.

        Returns:
            Integers in [0, C): ``[batch]``, or ``[R, batch]`` for a stack.
        """
        return decode(np.argmax(self(x, training=False), -1), self.classes)

    def descend(
        self,
        optimizer: keras.optimizers.Optimizer,
        x: tf.Tensor,
        loss_of: Callable[[tf.Tensor], tf.Tensor],
        variables: list,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """One step of ``optimizer`` on ``variables``: logits and losses ``[R]`` before it."""
        with tf.GradientTape() as tape:
            logits = self(x, training=True)
            loss = loss_of(logits)
        optimizer.apply(tape.gradient(loss, variables), variables)
        return logits, loss

    def perturb(self, x: tf.Tensor) -> tf.Tensor:
        """The features ``[R, batch, features]`` of a mini-batch as they are trained on."""
        return self.noise(x) if self.noise else x

    def targets(self, labels: Integers, domains: Integers) -> Integers:
        """What the outputs are to be for examples of these classes and domains: the classes.

        Args:
            labels: classes in [0, C), any shape.
            domains: likewise, in [0, D): see ``domain_class.Domain``.
        """
        del domains
        return labels

    def update(
        self, x: tf.Tensor, y: tf.Tensor, domains: tf.Tensor, weights: tf.Tensor | None = None
    ) -> Update:
        """Trains on one mini-batch.

        Args:
            x: features ``[R, batch, features]``, float32.
            y: classes ``[R, batch]``, integers.
            domains: ``[R, batch]``, integers: see ``domain_class.Domain``.
            weights: of the examples, ``[R, batch]``, or None for ones.

        Returns:
            The logits ``[R, batch, outputs]`` and a dictionary of the losses ``[R]``,
            both from before the update.
        """
        targets = self.targets(y, domains)
        logits, loss = self.descend(
            self.optimizer,
            x,
            lambda logits: cross_entropy(targets, logits, weights),
            self.classifier_variables,
        )
        return logits, {"loss": loss}

    def train_step(self, data: tuple) -> dict:
        x, y, domains, weights = self.unpack(data)
        self.prepare(x.shape)
        logits, losses = self.update(self.perturb(x), y, domains, weights)
        return self.track(y, logits, losses)

    def test_step(self, data: tuple) -> dict:
        x, y, domains, weights = self.unpack(data)
        logits = self(x, training=False)
        return self.track(y, logits, self.losses_of(y, domains, logits, weights))

    def losses_of(
        self, y: tf.Tensor, domains: tf.Tensor, logits: tf.Tensor, weights: tf.Tensor | None
    ) -> dict[str, tf.Tensor]:
        """The losses ``[R]`` of a mini-batch, as ``update`` names them."""
        return {"loss": cross_entropy(self.targets(y, domains), logits, weights)}

    def prepare(self, shape: tf.TensorShape) -> None:
        """Makes all variables outside of the graph that ``fit`` traces."""
        with tf.init_scope():
            if not self.built:
                self.build(shape)
            self.build_optimizers()

    def unpack(self, data: tuple) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor | None]:
        """A batch of ``fit`` as ``update`` takes it, with the replica axis that users do not see.

        Their targets are classes, or domain-class categories, which give the domains too.
        """
        x, d, weights = keras.utils.unpack_x_y_sample_weight(data)
        x = x[None] if len(x.shape) % 2 == 0 else x  # [batch, features], or FADA's quadruples
        d = tf.reshape(tf.cast(d, tf.int32), tf.shape(x)[:-1])  # from [batch] or [batch, 1]
        weights = None if weights is None else tf.reshape(weights, tf.shape(x)[:-1])
        return x, decode(d, self.classes), domain_of(d, self.classes), weights

    def track(self, y: tf.Tensor, logits: tf.Tensor | None, losses: dict[str, tf.Tensor]) -> dict:
        """Updates the trackers named in ``losses``, and UA; returns what Keras logs."""
        examples = tf.cast(tf.shape(y)[1], tf.float32)  # the last mini-batch may be short
        updated = [tracker for tracker in self.metrics if tracker.name in losses]
        for tracker in updated:
            loss = losses[tracker.name]
            tracker.update_state(loss, sample_weight=tf.fill(tf.shape(loss), examples))
        if logits is not None:
            self.ua_tracker.update_state(y, logits)
            updated.append(self.ua_tracker)
        return {tracker.name: tracker.result() for tracker in updated}

    def reset(self, seeds: Sequence[int]) -> None:
        """Starts anew, in place: initial weights from ``seeds`` (one a replica), no Adam state."""
        layers = self.dense_layers
        for layer, layer_seed in zip(layers, layer_seeds(seeds, len(layers)), strict=True):
            layer.kernel.assign(layer.draw_kernels(layer_seed, layer.kernel.shape))
            layer.bias.assign(np.zeros((len(seeds), *layer.bias.shape[1:]), np.float32))
        if self.noise:
            self.noise.reset(*layer_seeds(seeds, 1, first=NOISE))
        self.build_optimizers()
        for optimizer, variables in self.optimizers:
            optimizer.reset(variables)

    def get_classifiers(self) -> list[list[np.ndarray]]:
        """The ``classifier_weights`` of each replica, without the replica axis."""
        weights = [variable.numpy() for variable in self.classifier_weights]
        return [list(replica) for replica in zip(*weights, strict=True)]

    def set_classifiers(self, classifiers: Sequence[Sequence[np.ndarray]]) -> None:
        """Takes what ``get_classifiers`` gives, of this or another model with such layers."""
        stacked = map(np.stack, zip(*classifiers, strict=True))
        for variable, values in zip(self.classifier_weights, stacked, strict=True):
            variable.assign(values)

    def take_replicas(self, other: "MLP", replicas: Sequence[int]) -> None:
        """Goes on as those replicas of a wider stack: their weights and optimizers' state.

        Args:
            other: a model of the same kind, whose state is left as it is, or this one.
            replicas: positions in ``other``.
        """
        for mine, theirs in zip(self.state, other.state, strict=True):
            value = tf.convert_to_tensor(theirs)
            mine.assign(tf.gather(value, replicas) if value.shape.rank else value)

    def free_replicas(self) -> None:
        """Lets the replica axis have any length: as many as the next ``reset`` is given seeds.

        To be called between ``build`` and ``build_optimizers``.
        """
        for variable in self.weights:
            if variable.value.shape.rank:
                free_replica_axis(variable)

    @property
    def state(self) -> list[keras.Variable | tf.Variable]:
        """All that training changes or is set for it: weights, moments, steps, rates, noise."""
        optimizers = [v for optimizer, _ in self.optimizers for v in optimizer.variables]
        return [*self.weights, *optimizers, *([self.noise.scale] if self.noise else [])]


def check_distinct(
    one: keras.optimizers.Optimizer | str | None, other: keras.optimizers.Optimizer | str | None
) -> None:
    """Refuses one optimizer object for two sets of variables."""
    if one is other and isinstance(one, keras.Optimizer):
        raise ValueError(
            "Expected two optimizers, each with its own state. "
            f"Received the same object twice: {one}."
        )
