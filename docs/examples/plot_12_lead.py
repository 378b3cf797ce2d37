"""
Is the lead more than chance?
=============================

Two methods on the same utterances. The interval of a lead knows that utterances are answered in
each trial, and that a trial has one draw of labels: two-way clusters, by utterance and by trial.
"""

import matplotlib.pyplot as plt
import numpy as np

import cada_tf
from cada_tf.evaluation.clustered import lead
from cada_tf.methods import make_cells
from cada_tf.training.cells import train_cells

# %%
# Four trials of three folds: every utterance of the target is tested once in each trial.

corpora = [cada_tf.load_corpus(name) for name in ("demo-children", "demo-actors")]
source, target = map(cada_tf.add_features, corpora)
problem = cada_tf.make_problem(source, target, trials=4, folds=3)
splits = [problem.split(trial, fold) for trial in range(4) for fold in range(3)]
config = cada_tf.make_config()
cells = make_cells(["all-source", "fine-tune", "pooled", "cada"], [12], 2, config)

labels, right = problem.target.labels, {}
for cell, trained in train_cells(problem, config, splits, cells):
    right[cell.method] = np.empty((4, len(labels)))
    for split, fitted in zip(splits, trained, strict=True):
        right[cell.method][split.trial, split.test] = fitted.y_pred == labels[split.test]

# %%
# CADA's lead over each, with its 95 % interval. Where it holds zero, the lead may be chance.

figure, axes = plt.subplots(figsize=(7, 2.5), layout="constrained")
rivals = ["all-source", "fine-tune", "pooled"]
for place, rival in enumerate(rivals):
    found = lead(right["cada"], right[rival], labels).effect
    low, high = 100 * found.low, 100 * found.high
    axes.plot([low, high], [place, place], "-", linewidth=3)
    axes.plot(100 * found.difference, place, "ko")
    print(f"over {rival}: {100 * found.difference:+.1f} [{low:.1f}, {high:.1f}], p = {found.p:.3f}")
axes.axvline(0, color="grey", linestyle=":")
axes.set_yticks(range(3), rivals)
axes.set(xlabel="Lead of CADA in points of UA", ylim=(-0.6, 2.6))
