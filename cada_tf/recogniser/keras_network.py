"""A classifier as a Keras model, for saving and serving; the one place that needs Keras."""

import numpy as np

from cada_tf.audio.feature_set import FeatureConfig
from cada_tf.recogniser.classifier import Classifier


def to_keras(classifier: Classifier) -> "RecogniserNetwork":  # noqa: F821
    """The same as a Keras model: features ``[n, F]`` in, probabilities ``[n, C]`` out."""
    from cada_tf.models import RecogniserNetwork  # TensorFlow takes seconds to start

    widths = [bias.shape[-1] for bias in classifier.weights[1::2]]
    model = RecogniserNetwork(
        classifier.classes,
        classifier.features,
        hidden=widths[:-1],
        domains=widths[-1] // len(classifier.classes),
        measured=describe_features(classifier.feature_config) or None,
        valence=classifier.valence,
        card=classifier.card,
        trained_on="".join(sorted(classifier.trained_on)),
        by_speaker=classifier.by_speaker,
        normalisation=str(classifier.normalisation),
    )
    temperature = np.float32(classifier.temperature)
    model.set_weights([classifier.factor, classifier.offset, temperature, *classifier.weights])
    return model


def describe_features(config: FeatureConfig | None) -> dict[str, str | int]:
    """A configuration under the names of file format 1, all of whose sets are openSMILE's."""
    if config is None:
        return {}
    return {
        "feature_set": config.feature_set,
        "opensmile": config.version,
        "sampling_rate": config.sampling_rate,
    }
