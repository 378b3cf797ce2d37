"""
Which recordings to label next
==============================

Recordings unlike each other: the most typical one of each cluster of features that has no label
yet, as ``cada-adapt --suggest`` chooses them by default.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import PCA

import cada_tf
from cada_tf.adaptation.strategy import Strategy
from cada_tf.adaptation.suggestion import suggest
from cada_tf.adaptation.utterances import Utterances
from cada_tf.protocol.scaling import scale_groups

# %%
# Four labelled recordings, and the others without their labels, each speaker on their own scale.

corpora = [cada_tf.load_corpus(name) for name in ("demo-children", "demo-actors")]
source, target = map(cada_tf.add_features, corpora)
problem = cada_tf.make_problem(source, target)
x = scale_groups(problem.target.features, problem.target.speakers)
few = problem.draw(np.arange(len(x)), 2, "few")
rest = np.setdiff1d(np.arange(len(x)), few)

# %%
# Diversity looks at the features alone, so that the outputs of a network can be left out.

empty = np.empty((len(x), 0))
whole = Utterances(x, empty, empty, problem.target.speakers)
labels = problem.target.labels[few]
strategy = Strategy("diversity")
suggestions = suggest(whole.take(rest), whole.take(few), labels, 8, strategy, seed=0)
chosen = rest[[suggestion.position for suggestion in suggestions]]

figure, axes = plt.subplots(layout="constrained")
flat = PCA(2).fit_transform(x)
axes.scatter(*flat[rest].T, s=8, color="lightgrey", label="without a label")
axes.scatter(*flat[few].T, marker="s", color="tab:blue", label="labelled")
axes.scatter(*flat[chosen].T, marker="*", s=120, color="tab:red", label="to be labelled next")
for rank, place in enumerate(chosen, 1):
    axes.annotate(str(rank), flat[place], xytext=(5, 5), textcoords="offset points")
axes.set(xlabel="First component", ylabel="Second component", title="Eight suggestions")
axes.legend()
