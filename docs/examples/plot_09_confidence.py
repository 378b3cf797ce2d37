"""
How far to trust its confidence
===============================

Accuracy against confidence, and what abstaining brings: a recogniser that answers only where it is
confident answers less often, and should be right more often.
"""

import matplotlib.pyplot as plt
import numpy as np

import cada_tf
from cada_tf.evaluation.calibration import calibration_error

# %%
# Probabilities are calibrated by a temperature, fitted to the source's held-out examples and to the
# few labelled ones, each answered by a network that has not seen it.

corpora = [cada_tf.load_corpus(name) for name in ("demo-children", "demo-actors")]
source, target = map(cada_tf.add_features, corpora)
names = list(cada_tf.FEATURE_NAMES)
few = target.groupby("class").sample(6, random_state=0)
rest = target.drop(few.index)
adapter = cada_tf.Adapter().fit(source[names], source["class"], few[names], few["class"])

probability = adapter.predict_proba(rest[names])
confidence = probability.max(1)
right = adapter.classes_[probability.argmax(1)] == rest["class"]
print(f"calibration error {100 * calibration_error(confidence, right.to_numpy()):.1f} points")

# %%
# On the left accuracy in ten equal parts of the recordings, by confidence; on the right UA of those
# that are answered.

figure, (left, other) = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
order = np.array_split(np.argsort(confidence), 10)
accuracy = [right.iloc[part].mean() for part in order]
left.plot([confidence[part].mean() for part in order], accuracy, "o-")
left.plot([0.5, 1], [0.5, 1], "k:", label="as it should be")
left.set(xlabel="Confidence", ylabel="Accuracy", title="Is it what it says?")
left.legend()

covered, uas = [], []
for share in np.linspace(0, 0.8, 9):
    answered = confidence >= np.quantile(confidence, share)
    recalls = right[answered].groupby(rest["class"][answered]).mean()
    covered.append(100 * answered.mean())
    uas.append(100 * recalls.mean())
other.plot(covered, uas, "s-")
other.invert_xaxis()
other.set(xlabel="Answered recordings in %", ylabel="UA in %", title="What abstaining brings")
