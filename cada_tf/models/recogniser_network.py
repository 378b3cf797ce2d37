"""A trained recogniser as a Keras model, for saving and serving."""

import itertools
import math
from collections.abc import Mapping, Sequence

import keras
from keras import KerasTensor, ops

from cada_tf.audio.feature_set import scaled_bound


@keras.saving.register_keras_serializable(package="cada_tf")
class RecogniserNetwork(keras.Model):
    """Functionals as they are measured in, probabilities of the classes out.

    It scales, runs encoder and predictor, takes for each class the logit of the domain in which
    it is more probable, and the softmax of these over the temperature. ``cada_tf.Recogniser``
    makes it and can be made of it; all that one is besides numbers is in this model's config, so
    that a ``.keras`` file holds it all.

    Args:
        classes: their names, C.
        features: names of the functionals, F.
        hidden: units of the encoder's ReLU layers.
        domains: D, how many the predictor tells apart; 1 if it was trained on classes.
        measured: how the functionals were measured; see ``keras_network.describe_features``.
        valence: emotion → class, of the corpora that it was made of.
        card: the model card, Markdown.
        trained_on: digests of the examples that it was trained on, one after the other.
        by_speaker: whether it is meant for features that are scaled by speaker beforehand.
        normalisation: how these are scaled; see ``config.Normalisation``.
        format: version of this list.

    Input shape: ``[batch, F]``, float32. Output shape: ``[batch, C]``.
    """

    def __init__(
        self,
        classes: Sequence[str],
        features: Sequence[str],
        *,
        hidden: Sequence[int] = (256,),
        domains: int = 2,
        measured: Mapping[str, str | int] | None = None,
        valence: Mapping[str, str | None] | None = None,
        card: str = "",
        trained_on: str = "",
        by_speaker: bool = False,
        normalisation: str = "min-max",
        format: int = 1,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.config = {
            "classes": list(classes),
            "features": list(features),
            "hidden": list(hidden),
            "domains": domains,
            "measured": measured and dict(measured),
            "valence": dict(valence or {}),
            "card": card,
            "trained_on": trained_on,
            "by_speaker": by_speaker,
            "normalisation": str(normalisation),
            "format": format,
        }
        widths = [len(features), *hidden, domains * len(classes)]
        self.factor, self.offset = (self.make(name, widths[0]) for name in ("factor", "offset"))
        self.temperature = self.make("temperature")
        self.layers_weights = [
            (self.make(f"kernel_{i}", *shape), self.make(f"bias_{i}", 1, shape[1]))
            for i, shape in enumerate(itertools.pairwise(widths))
        ]
        self.bound = scaled_bound((measured or {}).get("feature_set"))
        self.built = True

    def make(self, name: str, *shape: int) -> keras.Variable:
        return self.add_weight(name=name, shape=shape, initializer="ones", trainable=False)

    def call(self, x: KerasTensor) -> KerasTensor:
        x = x * self.factor + self.offset
        if math.isfinite(self.bound):
            x = ops.clip(x, -self.bound, self.bound)
        *encoder, (kernel, bias) = self.layers_weights
        for encoder_kernel, encoder_bias in encoder:
            x = ops.relu(ops.matmul(x, encoder_kernel) + encoder_bias)
        shape = -1, self.config["domains"], len(self.config["classes"])
        best = ops.max(ops.reshape(ops.matmul(x, kernel) + bias, shape), axis=1)
        return ops.softmax(best / self.temperature)

    def get_config(self) -> dict:
        return {"name": self.name, **self.config}
