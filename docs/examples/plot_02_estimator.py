"""
A recogniser in scikit-learn's shape
====================================

``Adapter`` takes a source and a few labelled utterances of the target, and is an estimator as any
other. Here it is held against no adaptation, and against the labels without the source.
"""

import matplotlib.pyplot as plt
import numpy as np

import cada_tf

# %%
# The source, and twelve labelled utterances of the target, six of each class, drawn three times.

corpora = [cada_tf.load_corpus(name) for name in ("demo-children", "demo-actors")]
source, target = map(cada_tf.add_features, corpora)
names = list(cada_tf.FEATURE_NAMES)

uas = {"all-source": [], "mlp-labels": [], "cada": []}
for draw in range(3):
    few = target.groupby("class").sample(6, random_state=draw)
    rest = target.drop(few.index)
    for method, found in uas.items():
        adapter = cada_tf.Adapter(method, calibration_folds=0)
        adapter.fit(source[names], source["class"], few[names], few["class"])
        found.append(100 * adapter.score(rest[names], rest["class"]))

# %%
# ``score`` is UA, the mean recall of the classes. Chance is 50 %.

figure, axes = plt.subplots(layout="constrained")
for place, found in enumerate(uas.values()):
    axes.bar(place, np.mean(found), width=0.6, alpha=0.5)
    axes.plot([place] * len(found), found, "ko", markersize=4)
axes.axhline(50, color="grey", linestyle=":", label="chance")
axes.set_xticks(range(3), ["the source alone", "the labels alone", "both: CADA"])
axes.set(ylabel="UA in %", ylim=(40, 80), title="Twelve labels, three draws")
axes.legend()

# %%
# What was fitted is a recogniser: of features here, and of recordings with ``predict_files``.

recogniser = adapter.recogniser_
print(recogniser.classes, recogniser.predict_proba(rest[names].to_numpy()[:2]).round(2))
