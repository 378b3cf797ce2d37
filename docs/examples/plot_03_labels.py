"""
How many labels?
================

UA against the number of labelled utterances, for CADA and for an SVM on the labels alone. Where the
two curves meet, the source is not needed any more.
"""

import matplotlib.pyplot as plt
import numpy as np

import cada_tf
from cada_tf.evaluation.metrics import unweighted_accuracy
from cada_tf.methods import make_cells
from cada_tf.training.cells import train_cells

# %%
# One trial of four folds. ``train_cells`` trains the networks of a cell, a method and a number of
# labels, side by side: one for each split.

corpora = [cada_tf.load_corpus(name) for name in ("demo-children", "demo-actors")]
source, target = map(cada_tf.add_features, corpora)
problem = cada_tf.make_problem(source, target, trials=1, folds=4)
splits = [problem.split(0, fold) for fold in range(4)]
methods = {"cada": "CADA", "svm-labels": "SVM, labels alone"}
config = cada_tf.make_config()
cells = make_cells(list(methods), [2, 6, 12, 24, 48, 96], len(problem.classes), config)

uas = {}
for cell, trained in train_cells(problem, config, splits, cells):
    truth = [problem.target.labels[split.test] for split in splits]
    pairs = zip(truth, trained, strict=True)
    uas[cell] = [100 * unweighted_accuracy(y, fitted.y_pred, 2) for y, fitted in pairs]

# %%
# Of each method the mean over the folds, and their standard deviation.

figure, axes = plt.subplots(layout="constrained")
for (method, label), style in zip(methods.items(), ("o-", "s--"), strict=True):
    sizes = [cell.examples for cell in uas if cell.method == method]
    found = np.array([values for cell, values in uas.items() if cell.method == method])
    axes.errorbar(sizes, found.mean(1), found.std(1, ddof=1), fmt=style, capsize=3, label=label)
axes.set_xscale("log", base=2)
axes.set_xticks(sizes, sizes)
axes.set(xlabel="Labelled utterances of the target", ylabel="UA in %", title="How many labels?")
axes.legend(loc="lower right")
