"""What an exported network says of itself: its classes, its features and how they are measured."""

from cada_tf.recogniser.classifier import Classifier
from cada_tf.recogniser.keras_network import describe_features


def describe(classifier: Classifier) -> dict[str, object]:
    """What a user of an exported network needs to know; see ``Classifier``."""
    return {
        "classes": list(classifier.classes),
        "features": list(classifier.features),
        **describe_features(classifier.feature_config),
        "card": classifier.card,
    }


def describe_input(classifier: Classifier) -> str:
    """Which features an exported network takes, in a sentence."""
    config, width = classifier.feature_config, len(classifier.features)
    if config is None:
        return f"{width} features, which were given as numbers for training, in their order there."
    rate = f"resampled to {config.sampling_rate} Hz" if config.sampling_rate else "as recorded"
    return (
        f"{width} features of a recording, rather than its audio: {config.feature_set}, version "
        f"{config.version}, of the mean of the channels, {rate}. Their names, in order, and how "
        "they are measured are in the metadata."
    )
