"""
The encoder's space, before and after
=====================================

What Eq. (3) is to do: bring each class of the target to the same class of the source. The
encoder's outputs, projected on their first two principal components.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import PCA

import cada_tf
from cada_tf.methods import make_cells
from cada_tf.models.forward import embed
from cada_tf.training.cells import train_cells

# %%
# A network of the source alone, and CADA with twelve labels.

corpora = [cada_tf.load_corpus(name) for name in ("demo-children", "demo-actors")]
source, target = map(cada_tf.add_features, corpora)
problem = cada_tf.make_problem(source, target, trials=1)
split = problem.split(0, 0)
config = cada_tf.make_config()
cells = make_cells(["all-source", "cada"], [12], len(problem.classes), config)
trained = {cell.method: found[0] for cell, found in train_cells(problem, config, [split], cells)}

# %%
# Both see the same scaled features: 150 utterances of the source, and those of the test fold.

xs, xt = cada_tf.scale_to(problem.source.features, problem.source.features, problem.target.features)
some = np.random.default_rng(0).choice(len(xs), 150, replace=False)
x = np.concatenate([xs[some], xt[split.test]])
labels = np.r_[problem.source.labels[some], problem.target.labels[split.test]]
domain = np.repeat(["source", "target"], [len(some), len(split.test)])

figure, panels = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
for axes, (method, fitted) in zip(panels, trained.items(), strict=True):
    flat = PCA(2).fit_transform(embed(fitted.weights, x))
    for name, filled in (("source", False), ("target", True)):
        for label, (colour, marker) in enumerate((("tab:blue", "o"), ("tab:orange", "^"))):
            rows = (domain == name) & (labels == label)
            face = colour if filled else "none"
            said = f"{name}, {problem.classes[label]}"
            style = {"s": 18, "facecolors": face, "edgecolors": colour, "marker": marker}
            axes.scatter(*flat[rows].T, label=said, **style)
    axes.set(title=method, xlabel="First component", ylabel="Second component")
figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
