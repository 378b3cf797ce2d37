"""Few-shot adversarial domain adaptation (Motiian et al. 2017), the paper's reference [6]."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from cada_tf.models.layers import StackedDense, layer_seeds
from cada_tf.models.losses import cross_entropy
from cada_tf.models.mlp import MLP, Update, check_distinct
from cada_tf.models.optimizers import FusedAdam
from cada_tf.protocol.domain_class import Domain
from cada_tf.protocol.pairs import Group


@keras.saving.register_keras_serializable(package="cada_tf")
class FADA(MLP):
    r"""Few-shot adversarial domain adaptation, FADA (Motiian et al.).

    A discriminator learns to tell four groups of pairs of examples apart, by domain and
    by sameness of class (``pairs.Group``: G1 to G4). The encoder learns to make a pair
    across the domains pass for a pair within the source, and the predictor goes on
    learning the classes. Three steps, chosen in ``compile``:

    1. g and h descend the cross-entropy of the source, as an ``MLP``;
    2. D alone descends  L_D = − Σ_{i=1..4} E log D(φ(Gi))[i];
    3. g and h descend   L_gh = − γ ( E log D(φ(G2))[1] + E log D(φ(G4))[3] )
       + CE(source) + CE(target),  D frozen; then D descends L_D again, g frozen, since
       steps 2 and 3 alternate as we understand its authors (``refreshes=0``: they do not).

    where

    * g, h: the encoder Ge and the predictor Gp of the paper's base model;
    * D: ReLU layers and a softmax over the four groups;
    * φ(Gi): the embeddings by g of a pair of Gi, concatenated;
    * E, CE: means over the mini-batch; those of the source and of the target are over the
      members of the pairs of G2 and G4 that come from there.

    Args:
        classes: C, the number of classes, at least two.
        discriminator_hidden: units of D's ReLU layers.
        gamma: γ, the weight of the confusion against the classification, not negative.
        refreshes: updates of D after each of g and h in step 3; 0 leaves D as step 2 left it.
        hidden, replicas, seed: see ``MLP``.

    Input shape: examples ``[batch, features]`` in step 1 and to classify. In steps 2 and 3
    quadruples of pairs, one pair of each group, ``[batch, 4, 2, features]`` with their
    classes ``[batch, 4, 2]``, as ``pairs.PairStream`` picks them. A stack has an axis R
    before these. Output shape: logits ``[batch, C]``.

    Example:
        >>> import numpy as np
        >>> from cada_tf import FADA, Domain, PairStream, relabel
        >>> rng = np.random.default_rng(0)
        >>> x, y = rng.normal(size=(68, 62)).astype("float32"), np.arange(68) % 2
        >>> d = relabel(y, np.repeat([Domain.SOURCE, Domain.TARGET], [64, 4]), classes=2)
        >>> model = FADA(classes=2, seed=0)
        >>> model.compile(step=1)
        >>> history = model.fit(x[:64], y[:64], batch_size=64, verbose=0)
        >>> (pairs,) = PairStream(d, classes=2, quadruples=32, rng=rng).take(1)
        >>> for step in (2, 3):
        ...     model.compile(step=step)
        ...     history = model.fit(x[pairs], y[pairs], batch_size=16, epochs=2, verbose=0)
        >>> sorted(history.history)
        ['discriminator_loss', 'loss']
        >>> model.classify(x[:3]).shape
        (3,)

    Reference:
        S. Motiian, Q. Jones, S. M. Iranmanesh and G. Doretto, "Few-Shot Adversarial Domain
        Adaptation", NeurIPS 2017.
    """

    compile_arguments = ("optimizer", "discriminator_optimizer", "step")
    example_shape = (len(Group), 2)
    any_width = True

    def __init__(
        self,
        classes: int = 2,
        *,
        discriminator_hidden: Sequence[int] = (64, 64),
        gamma: float = 0.2,
        refreshes: int = 1,
        **kwargs,
    ) -> None:
        super().__init__(classes, **kwargs)
        if discriminator_hidden and min(discriminator_hidden) < 1:
            raise ValueError(f"Expected positive layer widths. Received: {discriminator_hidden=}.")
        if gamma < 0 or refreshes < 0:
            raise ValueError(f"Expected none below 0. Received: {gamma=}, {refreshes=}.")
        self.discriminator_hidden = tuple(discriminator_hidden)
        self.gamma = gamma
        self.refreshes = refreshes
        widths = (*self.discriminator_hidden, len(Group))
        own = len(self.hidden) + 1  # the layers of g and h, whose seeds are those of an MLP
        seeds = layer_seeds(self.seed, own + len(widths))[own:]
        activations = ["relu"] * len(self.discriminator_hidden) + [None]
        self.discriminator = keras.Sequential(
            [
                StackedDense(units, replicas=self.replicas, activation=activation, seeds=layer)
                for units, activation, layer in zip(widths, activations, seeds, strict=True)
            ],
            name="discriminator",
        )
        self.discriminator_loss_tracker = keras.metrics.Mean(name="discriminator_loss")

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self.loss_tracker, self.discriminator_loss_tracker, self.ua_tracker]

    @property
    def dense_layers(self) -> list[StackedDense]:
        return [*super().dense_layers, *self.discriminator.layers]

    def compile(
        self,
        optimizer: keras.optimizers.Optimizer | str | None = None,
        discriminator_optimizer: keras.optimizers.Optimizer | str | None = None,
        *,
        step: int = 3,
        **kwargs,
    ) -> None:
        """Chooses the step and the optimizers; a new ``FusedAdam`` each by default.

        Args:
            optimizer: of g and h.
            discriminator_optimizer: of D.
            step: 1, 2 or 3; what ``fit`` trains until the next ``compile``.
            **kwargs: ``run_eagerly``, ``jit_compile``, ``steps_per_execution``, as in Keras.

        Raises:
            ValueError: another step, or one optimizer object given for both.
        """
        if step not in (1, 2, 3):
            raise ValueError(f"Expected step 1, 2 or 3. Received: {step=}.")
        check_distinct(optimizer, discriminator_optimizer)
        super().compile(optimizer, **kwargs)
        self.discriminator_optimizer = keras.optimizers.get(discriminator_optimizer or FusedAdam())
        self.step = step

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        self.discriminator.build((self.replicas, None, 2 * self.hidden[-1]))

    @property
    def optimizers(self) -> list[tuple[keras.optimizers.Optimizer, list[keras.Variable]]]:
        theta_d = self.discriminator.trainable_variables
        return [
            (self.optimizer, self.classifier_variables),
            (self.discriminator_optimizer, theta_d),
        ]

    def get_config(self) -> dict:
        return super().get_config() | {
            "discriminator_hidden": list(self.discriminator_hidden),
            "gamma": self.gamma,
            "refreshes": self.refreshes,
        }

    def discriminate(self, x: tf.Tensor, *_: tf.Tensor) -> Update:
        """Step 2 on one mini-batch: D descends L_D, while g and h stay as they are.

        Args:
            x: quadruples of pairs ``[R, batch, 4, 2, features]``, float32.
            *_: what ``adapt`` takes besides; the group of a pair is its place.

        Returns:
            No logits, and the loss ``[R]`` from before the update, by name.
        """
        embeddings = self.embed(x)
        variables = self.discriminator.trainable_variables
        with tf.GradientTape() as tape:
            loss = self.discriminator_loss(embeddings, list(Group))
        self.discriminator_optimizer.apply(tape.gradient(loss, variables), variables)
        return None, {"discriminator_loss": loss}

    def adapt(
        self, x: tf.Tensor, y: tf.Tensor, weights: tf.Tensor | None = None
    ) -> dict[str, tf.Tensor]:
        """Step 3 on one mini-batch: g and h descend L_gh, while D stays as it is.

        Args:
            x: quadruples of pairs ``[R, batch, 4, 2, features]``, float32.
            y: their classes ``[R, batch, 4, 2]``, integers.
            weights: of the examples in CE, ``[R, batch, 4, 2]``, or None for ones.

        Returns:
            The loss ``[R]`` from before the update, by name.
        """
        variables = self.classifier_variables
        source, target = (flatten(across(y)[..., domain]) for domain in Domain)
        weigh = [None, None]
        if weights is not None:
            weigh = [flatten(across(weights)[..., domain]) for domain in Domain]
        with tf.GradientTape() as tape:
            embeddings = self.embed(across(x))
            logits = self.predictor(embeddings)
            # Members alternate along the axis of examples: one of the source, one of the target.
            loss = (
                self.gamma * self.discriminator_loss(embeddings, [Group.G1, Group.G3])
                + cross_entropy(source, logits[:, 0::2], weigh[Domain.SOURCE])
                + cross_entropy(target, logits[:, 1::2], weigh[Domain.TARGET])
            )
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return {"loss": loss}

    def update(
        self, x: tf.Tensor, y: tf.Tensor, domains: tf.Tensor, weights: tf.Tensor | None = None
    ) -> Update:
        """One mini-batch of the step that ``compile`` chose; see ``MLP.update``.

        In steps 2 and 3 no logits are returned, since a mini-batch has examples twice; their
        domains follow from their places in the pairs.
        """
        if self.step == 1:
            return super().update(x, y, domains, weights)
        if self.step == 2:
            return self.discriminate(x)
        losses = self.adapt(x, y, weights)
        for _ in range(self.refreshes):
            losses |= self.discriminate(x)[1]
        return None, losses

    def embed(self, x: tf.Tensor) -> tf.Tensor:
        """Embeddings ``[R, examples, H]`` of pairs ``[R, …, 2, F]``, members side by side."""
        return self.encoder(flatten(x, axes=1))

    def discriminator_loss(self, embeddings: tf.Tensor, groups: Sequence[Group]) -> tf.Tensor:
        """− Σ_i E log D(φ(·))[groups[i]], ``[R]``, over pairs whose groups take turns.

        Args:
            embeddings: of ``embed``, of pairs ``[R, batch, len(groups), 2, F]``.
            groups: that D is to predict for the first pair of each turn, for the second, …
        """
        replicas, members = tf.unstack(tf.shape(embeddings)[:2])
        units = embeddings.shape[2]
        phi = tf.reshape(embeddings, [replicas, members // 2, 2 * units])
        targets = tf.tile([groups], [replicas, members // (2 * len(groups))])
        # A mean over all pairs is one over the groups, which are of equal size.
        return len(groups) * cross_entropy(targets, self.discriminator(phi))


def across(pairs: tf.Tensor) -> tf.Tensor:
    """The pairs of G2 and G4, ``[R, batch, 2, …]``, out of quadruples ``[R, batch, 4, …]``."""
    return pairs[:, :, Group.G2 :: 2]


def flatten(x: tf.Tensor, axes: int = 0) -> tf.Tensor:
    """All axes between the first and the last ``axes`` as one."""
    kept = x.shape[len(x.shape) - axes :]
    return tf.reshape(x, [tf.shape(x)[0], -1, *kept])
