"""Fits classifiers of scikit-learn's, of methods that train no network."""

from typing import TYPE_CHECKING

import numpy as np

from cada_tf.config import Config
from cada_tf.methods.method import Method
from cada_tf.protocol.domain_class import decode
from cada_tf.training.fitted import Fitted, log_probabilities
from cada_tf.training.replica_data import ReplicaData

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin


def fit_classifier(method: Method, config: Config, replica: ReplicaData, classes: int) -> Fitted:
    """Fits the classifier of a method to the labelled examples of a replica, and tests it.

    Args:
        method, config: of the classifier.
        replica: nothing of it is held out.
        classes: C.
    """
    labels = decode(replica.categories, classes)
    labelled = labels >= 0
    x = np.concatenate(replica.x)[labelled]
    classifier = method.classifier(config)
    classifier.fit(x, labels[labelled], sample_weight=replica.weights[labelled])
    return Fitted.without_network(scores(classifier, replica.x_test), replica.scale)


def scores(classifier: "ClassifierMixin", x: np.ndarray) -> np.ndarray:
    """Log-probabilities of the classes, or decision values where it gives none: ``[t, C]``.

    That of two classes, d, becomes −d/2 and d/2.
    """
    if hasattr(classifier, "predict_proba"):
        return log_probabilities(classifier.predict_proba(x))
    found = classifier.decision_function(x)
    return found if found.ndim == 2 else np.stack([-found, found], axis=-1) / 2
