"""CADA on pseudo-labels of the target's unlabelled examples, the paper's ongoing work."""

import keras

from cada_tf.models.cada import CADA
from cada_tf.models.self_training import PseudoLabels


@keras.saving.register_keras_serializable(package="cada_tf")
class CADASemi(PseudoLabels, CADA):
    """Eqs. (2) and (3) on labelled examples and on pseudo-labels of the target's unlabelled ones.

    Both stages weigh a pseudo-label by its c_j (see ``PseudoLabels``). With no labelled example of
    the target this is the "unsupervised domain shift adaptation" of the paper's Section 5.
    """

    any_width = True
