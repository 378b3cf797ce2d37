"""
Emotions as classes
===================

Two classes are nowhere assumed. Three emotions that both corpora have, and which of them are taken
for which.
"""

import matplotlib.pyplot as plt
import numpy as np

import cada_tf

# %%
# ``--classes=emotion`` in programs: emotions by their common names, so that ``angry`` is anger and
# ``joyful`` happiness.

options = cada_tf.Options(classes="emotion")
source, target = (
    cada_tf.add_features(cada_tf.load_corpus(name, options))
    for name in ("demo-children", "demo-actors")
)
shared = sorted({*source["class"]} & {*target["class"]})
source, target = (corpus[corpus["class"].isin(shared)] for corpus in (source, target))
print(source["class"].value_counts().to_dict(), target["class"].value_counts().to_dict())

# %%
# Six labels of each.

names = list(cada_tf.FEATURE_NAMES)
few = target.groupby("class").sample(6, random_state=0)
rest = target.drop(few.index)
adapter = cada_tf.Adapter(calibration_folds=0)
adapter.fit(source[names], source["class"], few[names], few["class"])
predicted = adapter.predict(rest[names])

# %%
# Rows are what is true, and sum to 100 %. UA is the mean of the diagonal.

counts = np.array(
    [[np.sum((rest["class"] == t) & (predicted == p)) for p in shared] for t in shared]
)
shares = 100 * counts / counts.sum(1, keepdims=True)
figure, axes = plt.subplots(layout="constrained")
axes.imshow(shares, cmap="Blues", vmin=0, vmax=100)
for row, column in np.ndindex(shares.shape):
    value = shares[row, column]
    colour = "k" if value < 60 else "w"
    axes.text(column, row, f"{value:.0f}", ha="center", va="center", color=colour)
axes.set_xticks(range(len(shared)), shared)
axes.set_yticks(range(len(shared)), shared)
axes.set(xlabel="Predicted", ylabel="True", title=f"UA {np.mean(np.diag(shares)):.1f} %")
