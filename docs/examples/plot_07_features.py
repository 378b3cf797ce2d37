"""
Features of your own
====================

A function from a signal to numbers is a feature set: nothing has to be registered. Here pitch and
level, in twenty lines of NumPy, beside GeMAPS.
"""

import matplotlib.pyplot as plt
import numpy as np

import cada_tf


def level_and_pitch(signal, sampling_rate):
    """Level, its spread, and pitch by autocorrelation, over frames of 40 ms."""
    size = int(0.04 * sampling_rate)
    frames = signal[0, : signal.shape[1] // size * size].reshape(-1, size)
    level = np.log10((frames**2).mean(1) + 1e-8)
    loud = frames[level > np.median(level)]
    spectrum = np.abs(np.fft.rfft(loud - loud.mean(1, keepdims=True), 2 * size)) ** 2
    correlation = np.fft.irfft(spectrum)[:, sampling_rate // 500 : sampling_rate // 75]
    lags = sampling_rate // 500 + correlation.argmax(1)
    pitch = np.log2(sampling_rate / lags)
    values = {"level": level.mean(), "spread": level.std(), "pitch": np.median(pitch)}
    return {name: float(value) for name, value in values.items()}


# %%
# In a program it is ``--features=python:my_features.py:level_and_pitch``. In Python a feature set
# is anything with a ``config``, ``names`` and a call. 240 recordings of each corpus, for speed.

corpora = [cada_tf.load_corpus(name) for name in ("demo-children", "demo-actors")]
few = [corpus.groupby("class").sample(120, random_state=0) for corpus in corpora]


class LevelAndPitch:
    """The function, as a feature set."""

    config = cada_tf.FeatureConfig("level-and-pitch", "1", 16_000)
    names = ("level", "spread", "pitch")
    min_duration = 0.08

    def __call__(self, signal, sampling_rate):
        return np.array(list(level_and_pitch(signal, sampling_rate).values()), np.float32)


uas = {}
for name, feature_set in {"3 of our own": LevelAndPitch(), "62 of GeMAPS": None}.items():
    given = {"feature_set": feature_set} if feature_set else {}
    source, target = (cada_tf.add_features(corpus, **given) for corpus in few)
    columns = source.columns[-len(LevelAndPitch.names if feature_set else cada_tf.FEATURE_NAMES) :]
    labelled = target.groupby("class").sample(6, random_state=1)
    rest = target.drop(labelled.index)
    for method in ("all-source", "cada"):
        adapter = cada_tf.Adapter(method, calibration_folds=0)
        adapter.fit(source[columns], source["class"], labelled[columns], labelled["class"])
        uas[name, method] = 100 * adapter.score(rest[columns], rest["class"])

# %%
# One draw of twelve labels; chance is 50 %.

figure, axes = plt.subplots(layout="constrained")
for place, (method, hatch) in enumerate({"all-source": "", "cada": "//"}.items()):
    values = [ua for (_, m), ua in uas.items() if m == method]
    axes.bar(np.arange(2) + 0.4 * place, values, 0.38, hatch=hatch, label=method, alpha=0.7)
axes.axhline(50, color="grey", linestyle=":", label="chance")
axes.set_xticks(np.arange(2) + 0.2, ["3 of our own", "62 of GeMAPS"])
axes.set(ylabel="UA in %", ylim=(40, 80), title="Features")
axes.legend()
