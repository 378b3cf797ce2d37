"""The feature set that measures what a classifier was trained on."""

from cada_tf.audio import columns, feature_registry
from cada_tf.audio.decoding import MAX_RATE, MIN_RATE
from cada_tf.audio.feature_set import FEATURE_SETS, FeatureSet
from cada_tf.errors import InputError
from cada_tf.recogniser.classifier import Classifier


def use_features(classifier: Classifier, feature_set: str | FeatureSet) -> None:
    """Registers the set by which recordings are measured for a classifier, once it is checked.

    A model file only names its set; a model or a function of the user's has to be given, as
    nothing that a file names is loaded or executed.

    Args:
        classifier: trained on the features of the set.
        feature_set: see ``feature_registry.make_feature_set``.

    Raises:
        InputError: there is no such set, or it is another one.
    """
    config = classifier.feature_config
    given = feature_registry.make_feature_set(feature_set, config.sampling_rate if config else 0)
    if config is None:
        raise InputError(
            "expected none, as the model was trained on features of unknown origin, found "
            f"{given.config.feature_set}. Leave it out.",
            option="features",
        )
    if given.config.feature_set != config.feature_set:
        raise InputError(
            f"expected {config.feature_set}, which the model was trained on, found "
            f"{given.config.feature_set}. Give that one.",
            option="features",
        )
    check_same(classifier, given)
    FEATURE_SETS[config.feature_set] = lambda _sampling_rate: given


def find_features(classifier: Classifier) -> FeatureSet:
    """The registered set that measures what a classifier was trained on.

    Raises:
        InputError: it was trained on numbers of unknown origin, on columns of a table, or on a set
            or a version of it that is not known here.
    """
    config = classifier.feature_config
    if config is None or columns.is_columns(config):
        where = "its feature_config is None" if config is None else "columns of a table"
        raise InputError(
            "expected a recogniser of recordings, found one of features that were given as "
            f"numbers ({where}): how to measure recordings for it is not known. Give a table with "
            "the columns file and all its features, or use Recogniser.predict_proba."
        )
    if config.sampling_rate and not MIN_RATE <= config.sampling_rate <= MAX_RATE:
        raise InputError(
            f"sampling_rate of the model: expected Hz, from {MIN_RATE} to {MAX_RATE}, found "
            f"{config.sampling_rate}. Choose another."
        )
    if config.feature_set not in FEATURE_SETS:
        kind = config.feature_set.partition(":")[0]
        remedy = "Import the module that registers the set, or make the model anew."
        if kind in feature_registry.KINDS:
            remedy = f"Give it: `features={kind}:…`, as when the model was made."
        raise InputError(f"{expected(classifier)}, found only {', '.join(FEATURE_SETS)}. {remedy}")
    features = FEATURE_SETS[config.feature_set](config.sampling_rate)
    check_same(classifier, features)
    return features


def check_same(classifier: Classifier, features: FeatureSet) -> None:
    """Refuses another version of a set, or other features of it."""
    if (features.config, features.names) != (classifier.feature_config, classifier.features):
        found = f"version {features.config.version} with {len(features.names)}"
        same = features.config == classifier.feature_config
        raise InputError(
            f"{expected(classifier)}, found {found}"
            f"{' of other names or in another order' if same else ''}. Install that version, or "
            "make the model anew."
        )


def expected(classifier: Classifier) -> str:
    """The beginning of a message: which set the classifier needs."""
    config = classifier.feature_config
    return (
        f"expected the feature set {config.feature_set} of version {config.version} with "
        f"{len(classifier.features)} features, which the model was trained on"
    )
