"""
How far apart are two corpora?
==============================

The maximum mean discrepancy between source and target, as a whole and class by class, and what
scaling does to it. The paper's Eq. (3) works on what is left within the classes.
"""

import matplotlib.pyplot as plt
import numpy as np

import cada_tf
from cada_tf.evaluation.domain_shift import decompose, mmd
from cada_tf.protocol.scaling import scale_groups

# %%
# 200 utterances of each corpus, for speed.

corpora = [cada_tf.load_corpus(name) for name in ("demo-children", "demo-actors")]
source, target = map(cada_tf.add_features, corpora)
problem = cada_tf.make_problem(source, target)
rng = np.random.default_rng(0)
rows = [rng.choice(len(part), 200, replace=False) for part in (problem.source, problem.target)]

# %%
# On the source's scale, as in the paper; and each speaker on a scale of their own, which needs that
# speaker's recordings, but no label.

by_source = cada_tf.scale_to(
    problem.source.features, problem.source.features, problem.target.features
)
by_speaker = [
    scale_groups(part.features, part.speakers) for part in (problem.source, problem.target)
]

figure, axes = plt.subplots(layout="constrained")
for place, (name, scaled) in enumerate({"source": by_source, "speaker": by_speaker}.items()):
    (xs, xt), (s, t) = scaled, rows
    ys, yt = problem.source.labels[s], problem.target.labels[t]
    shift = decompose(mmd, xs[s], ys, xt[t], yt)
    values = [shift.marginal, *shift.classes]
    hatch = ("", "//")[place]
    axes.bar(np.arange(3) + 0.4 * place, values, 0.38, hatch=hatch, label=f"scaled by {name}")
axes.set_xticks(np.arange(3) + 0.2, ["all utterances", *problem.classes])
axes.set(ylabel="MMD²", title="Distance of source and target")
axes.legend()
