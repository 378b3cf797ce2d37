"""
Recordings without labels
=========================

Whoever has a dozen labelled recordings has more of them without labels. Each speaker's features are
scaled by all of that speaker's recordings, labelled or not.
"""

import matplotlib.pyplot as plt
import numpy as np

import cada_tf
from cada_tf.evaluation.metrics import unweighted_accuracy
from cada_tf.methods import make_cells
from cada_tf.training.cells import train_cells

# %%
# ``speaker-enrolled`` uses the unlabelled utterances of the training folds, and none that is
# tested: it is semi-supervised, and not transductive.

corpora = [cada_tf.load_corpus(name) for name in ("demo-children", "demo-actors")]
source, target = map(cada_tf.add_features, corpora)
problem = cada_tf.make_problem(source, target, trials=1)
splits = [problem.split(0, fold) for fold in range(problem.folds)]

uas = {}
for scaling in ("source", "speaker-enrolled"):
    config = cada_tf.make_config(scaling=scaling)
    cells = make_cells(["all-source", "fine-tune", "cada"], [12], 2, config)
    for cell, trained in train_cells(problem, config, splits, cells):
        truth = [problem.target.labels[split.test] for split in splits]
        pairs = zip(truth, trained, strict=True)
        uas[scaling, cell.method] = [100 * unweighted_accuracy(y, f.y_pred, 2) for y, f in pairs]

# %%
# The mean over five folds, with their standard deviation.

methods = ["all-source", "fine-tune", "cada"]
figure, axes = plt.subplots(layout="constrained")
for place, (scaling, hatch) in enumerate({"source": "", "speaker-enrolled": "//"}.items()):
    found = np.array([uas[scaling, method] for method in methods])
    x = np.arange(3) + 0.4 * place
    style = {"width": 0.38, "hatch": hatch, "capsize": 3, "alpha": 0.7}
    axes.bar(x, found.mean(1), yerr=found.std(1, ddof=1), label=f"--scaling={scaling}", **style)
axes.set_xticks(np.arange(3) + 0.2, methods)
axes.set(ylabel="UA in %", ylim=(40, 80), title="Twelve labels; each speaker on their own scale")
axes.legend()
