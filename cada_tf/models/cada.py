"""Class-wise adversarial domain adaptation (Section 3, Algorithm 1)."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from cada_tf.models.losses import cross_entropy
from cada_tf.models.mlp import MLP, Integers, Update, check_distinct
from cada_tf.models.optimizers import FusedAdam
from cada_tf.protocol.domain_class import relabel, swap


@keras.saving.register_keras_serializable(package="cada_tf")
class CADA(MLP):
    r"""Class-wise adversarial domain adaptation, CADA (Zhou & Chen).

    One network classifies examples into 2C domain-class categories, and its
    encoder learns to make each class of one domain pass for the same class of
    the other. Each mini-batch is used twice (Algorithm 1, lines 4 and 5):

    * θe and θp descend  Ld = − Σ_i log Gp(Ge(x_i; θe); θp)[d_i]            (Eq. 2)
    * θe alone descends  La = − Σ_i log Gp(Ge(x_i; θe); θp)[swap(d_i)]      (Eq. 3)

    where

    * Ge, θe: the encoder and its weights; Gp, θp: the predictor and its weights;
    * d_i: the category of example i, ``domain_class.relabel(y_i, domain_i, C)``;
    * swap: the same class in the other domain, d1↔d3 and d2↔d4 for C = 2. With S sources
      each of them passes for the target, and the target for each of them in equal parts.

    Both are means over the mini-batch here. The second stage has an optimizer, and
    so Adam moments, of its own, unless the two share one. At test time the arg max over
    the 2C categories gives the class, whichever its domain: see ``classify``.

    Args:
        classes: C, the number of classes, at least two. The paper has two.
        adversarial_steps: steps on Eq. (3) after each one on Eq. (2); 0 leaves Eq. (3) out.
        shared_optimizer: whether one optimizer, with its rate and moments, serves both stages.
        sources: S, how many source domains are kept apart; the paper has one. The categories
            are those of S + 1 domains, the target's last.
        hidden: units of the encoder's ReLU layers; the paper has (256,).
        replicas: how many networks to train side by side; 1 for a single model.
        input_noise: see ``MLP``.
        seed: an integer, or one a replica, for the initial weights; None draws new ones.

    Input shape: ``[batch, features]`` (``[R, batch, features]`` for a stack), float32.
    Output shape: logits of the categories, ``[batch, 2C]`` (``[R, batch, 2C]``), of several
    sources ``(S + 1) C``.

    Example:
        >>> import numpy as np
        >>> from cada_tf import CADA, Domain, relabel
        >>> rng = np.random.default_rng(0)
        >>> x_source, y_source = rng.normal(size=(64, 62)), rng.integers(2, size=64)
        >>> x_target, y_target = rng.normal(size=(4, 62)), np.array([0, 1, 0, 1])
        >>> x = np.concatenate([x_source, x_target]).astype("float32")
        >>> d = np.concatenate([relabel(y_source, Domain.SOURCE, classes=2),
        ...                     relabel(y_target, Domain.TARGET, classes=2)])
        >>> model = CADA(classes=2, seed=0)
        >>> model.compile()
        >>> history = model.fit(x, d, batch_size=64, epochs=2, verbose=0)
        >>> sorted(history.history)
        ['adversarial_loss', 'loss', 'ua']
        >>> model.classify(x[:3]).shape
        (3,)

    Reference:
        H. Zhou and K. Chen, "Transferable Positive/Negative Speech Emotion Recognition
        via Class-wise Adversarial Domain Adaptation", Section 3.
    """

    compile_arguments = ("optimizer", "adversarial_optimizer")
    any_width = True

    def __init__(
        self,
        classes: int = 2,
        *,
        adversarial_steps: int = 1,
        shared_optimizer: bool = False,
        sources: int = 1,
        **kwargs,
    ) -> None:
        if adversarial_steps < 0:
            raise ValueError(f"Expected none below 0. Received: {adversarial_steps=}.")
        if sources < 1:
            raise ValueError(f"Expected at least one source. Received: {sources=}.")
        self.sources = sources  # which the width of the predictor depends on
        super().__init__(classes, **kwargs)
        self.adversarial_steps = adversarial_steps
        self.shared_optimizer = shared_optimizer
        self.adversarial_loss_tracker = keras.metrics.Mean(name="adversarial_loss")

    @property
    def output_domains(self) -> int:
        return self.sources + 1

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self.loss_tracker, self.adversarial_loss_tracker, self.ua_tracker]

    def compile(
        self,
        optimizer: keras.optimizers.Optimizer | str | None = None,
        adversarial_optimizer: keras.optimizers.Optimizer | str | None = None,
        **kwargs,
    ) -> None:
        """Chooses the optimizers of the two stages; a new ``FusedAdam`` each by default.

        Args:
            optimizer: descends Eq. (2) in θe and θp.
            adversarial_optimizer: descends Eq. (3) in θe alone; None where the stages share one.
            **kwargs: ``run_eagerly``, ``jit_compile``, ``steps_per_execution``, as in Keras.

        Raises:
            ValueError: one optimizer object given for both stages, or two for those that share.
        """
        if self.shared_optimizer and adversarial_optimizer:
            raise ValueError(
                "Expected one optimizer, since shared_optimizer=True. "
                f"Received: {adversarial_optimizer=}."
            )
        check_distinct(optimizer, adversarial_optimizer)
        super().compile(optimizer, **kwargs)
        if not self.shared_optimizer:
            adversarial_optimizer = keras.optimizers.get(adversarial_optimizer or FusedAdam())
        self.adversarial_optimizer = adversarial_optimizer

    @property
    def optimizers(self) -> list[tuple[keras.optimizers.Optimizer, list[keras.Variable]]]:
        if self.shared_optimizer:
            return super().optimizers
        adversarial = (self.adversarial_optimizer, self.encoder.trainable_variables)
        return [*super().optimizers, adversarial]

    def get_config(self) -> dict:
        return super().get_config() | {
            "adversarial_steps": self.adversarial_steps,
            "shared_optimizer": self.shared_optimizer,
            "sources": self.sources,
        }

    def targets(self, labels: Integers, domains: Integers) -> Integers:
        """The domain-class category d of each example (Algorithm 1, line 2)."""
        return relabel(labels, domains, self.classes)

    def update(
        self, x: tf.Tensor, y: tf.Tensor, domains: tf.Tensor, weights: tf.Tensor | None = None
    ) -> Update:
        d = self.targets(y, domains)
        theta_e = self.encoder.trainable_variables
        theta_p = self.predictor.trainable_variables

        def predicted(logits: tf.Tensor) -> tf.Tensor:
            return cross_entropy(d, logits, weights)

        def confused(logits: tf.Tensor) -> tf.Tensor:
            return self.adversarial_loss(d, logits, weights)

        logits, loss = self.descend(self.optimizer, x, predicted, theta_e + theta_p)
        adversary = self.adversarial_optimizer or self.optimizer
        adversarial = [
            self.descend(adversary, x, confused, theta_e)[1] for _ in range(self.adversarial_steps)
        ] or [confused(logits)]
        return logits, {"loss": loss, "adversarial_loss": adversarial[0]}

    def adversarial_loss(
        self, d: tf.Tensor, logits: tf.Tensor, weights: tf.Tensor | None
    ) -> tf.Tensor:
        """Eq. (3) for one mini-batch, ``[R]``: each class of a domain taken for the other's."""
        losses = [
            cross_entropy(
                swap(d, self.classes, sources=self.sources, source=source), logits, weights
            )
            for source in range(self.sources)
        ]
        return tf.add_n(losses) / len(losses)

    def set_classifiers(self, classifiers: Sequence[Sequence[np.ndarray]]) -> None:
        """As of ``MLP``; a predictor of C classes serves all domains to begin with."""
        times = self.output_domains * self.classes // classifiers[0][-1].shape[-1]
        super().set_classifiers(
            [
                [*encoder, np.tile(kernel, times), np.tile(bias, times)]
                for *encoder, kernel, bias in classifiers
            ]
        )

    def losses_of(
        self, y: tf.Tensor, domains: tf.Tensor, logits: tf.Tensor, weights: tf.Tensor | None
    ) -> dict[str, tf.Tensor]:
        adversarial = self.adversarial_loss(self.targets(y, domains), logits, weights)
        return super().losses_of(y, domains, logits, weights) | {"adversarial_loss": adversarial}
