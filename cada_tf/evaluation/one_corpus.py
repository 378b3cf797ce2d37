"""What features are worth within one corpus: an RBF SVM, leaving one speaker out."""

import numpy as np
import pandas as pd


def standardise_groups(x: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Features ``[n, F]`` with mean 0 and standard deviation 1 in each group (``[n]``).

    A feature that is constant in a group is 0 there.
    """
    table = pd.DataFrame(x).groupby(groups)
    spread = table.transform("std", ddof=0)
    return ((pd.DataFrame(x) - table.transform("mean")) / spread.where(spread > 0, 1)).to_numpy()


def leave_one_speaker_out(x: np.ndarray, classes: np.ndarray, speakers: np.ndarray) -> float:
    """UA, in [0, 1], over all utterances, each classified by an SVM that had not heard its speaker.

    The SVM (C = 10) is trained on features that are standardised on its training speakers. Nothing
    is random.

    Args:
        x: features ``[n, F]``.
        classes, speakers: of each utterance, ``[n]``; two speakers at least.
    """
    from sklearn.metrics import balanced_accuracy_score  # scikit-learn takes seconds to start
    from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    model = make_pipeline(StandardScaler(), SVC(C=10))
    found = cross_val_predict(model, x, classes, groups=speakers, cv=LeaveOneGroupOut())
    return float(balanced_accuracy_score(classes, found))
