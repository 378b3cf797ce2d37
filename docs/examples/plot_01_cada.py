"""
CADA as a Keras model
=====================

The network of the paper by itself: the four categories of class and domain, the two losses of
Section 3, and the training that alternates between them.
"""

import matplotlib.pyplot as plt
import numpy as np

import cada_tf

# %%
# Two corpora with their GeMAPS functionals: children as the source, actors as the target. Eight
# utterances of the target are labelled.

corpora = [cada_tf.load_corpus(name) for name in ("demo-children", "demo-actors")]
source, target = map(cada_tf.add_features, corpora)
problem = cada_tf.make_problem(source, target)
few = problem.examples(problem.split(trial=0, fold=0), per_class=4)

# %%
# Features are scaled to [-1, 1] as on the source. A category is a class in a domain: d1 and d2 are
# the source's classes, d3 and d4 the target's.

xs, xt = cada_tf.scale_to(problem.source.features, problem.source.features, problem.target.features)
labels = np.r_[problem.source.labels, problem.target.labels[few]]
domains = np.repeat([0, 1], [len(xs), len(few)])
categories = cada_tf.relabel(labels, domains, classes=2)

# %%
# Each step descends Ld in encoder and predictor (Eq. 2), then La in the encoder alone (Eq. 3), the
# cross-entropy of the same class in the other domain.

model = cada_tf.CADA(classes=2, input_noise=0.1, seed=0)
model.compile()
history = model.fit(np.r_[xs, xt[few]], categories, batch_size=64, epochs=30, verbose=0).history

figure, axes = plt.subplots(layout="constrained")
axes.plot(history["loss"], label="Ld, of Eq. (2)")
axes.plot(history["adversarial_loss"], "--", label="La, of Eq. (3)")
axes.set(xlabel="Epoch", ylabel="Cross-entropy", title="CADA's two losses")
axes.legend()

# %%
# A class is the more probable one in either domain. The UA of what was not labelled:

rest = np.setdiff1d(np.arange(len(xt)), few)
right = model.classify(xt[rest]) == problem.target.labels[rest]
recalls = [right[problem.target.labels[rest] == label].mean() for label in (0, 1)]
print(f"UA {100 * np.mean(recalls):.1f} %")
