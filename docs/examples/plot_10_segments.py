"""
Emotion over a long recording
=============================

A recogniser as an ``audinterface.Feature``, with sliding windows: how a conversation goes on.
"""

import audiofile
import matplotlib.pyplot as plt
import numpy as np

import cada_tf

# %%
# A recogniser with twelve labels.

corpora = [cada_tf.load_corpus(name) for name in ("demo-children", "demo-actors")]
source, target = map(cada_tf.add_features, corpora)
names = list(cada_tf.FEATURE_NAMES)
few = target.groupby("class").sample(6, random_state=0)
adapter = cada_tf.Adapter(calibration_folds=0)
adapter.fit(source[names], source["class"], few[names], few["class"])

# %%
# A long recording: six utterances of one speaker, three negative ones and three positive ones.

rest = target.drop(few.index)
speaker = rest[rest["speaker"] == rest["speaker"].iloc[0]]
chosen = speaker.groupby("class").head(3).sort_values("class")
signals = [audiofile.read(file, always_2d=True)[0] for file in chosen.index]
rate = audiofile.sampling_rate(chosen.index[0])
signal, ends = np.concatenate(signals, axis=1), np.cumsum([s.shape[1] for s in signals]) / rate

# %%
# The probability of each class in windows of two seconds, each half a second later.

windows = adapter.recogniser_.to_audinterface(win_dur=2, hop_dur=0.5)
table = windows.process_signal(signal, rate)
middle = [(start + end).total_seconds() / 2 for start, end in table.index]

figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
axes.plot(middle, table["positive"], "o-", markersize=3)
axes.axhline(0.5, color="grey", linestyle=":")
axes.axvspan(ends[2], ends[-1], alpha=0.15, label="spoken as positive")
for end in ends[:-1]:
    axes.axvline(end, color="k", linewidth=0.5)
axes.set(xlabel="Time in s", ylabel="P(positive)", ylim=(0, 1))
axes.set_title("Six utterances of one speaker")
axes.legend()
