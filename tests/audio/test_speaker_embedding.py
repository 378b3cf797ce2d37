"""The speaker encoder's states: equal to the package's, in NumPy, from weights that are checked."""

import importlib.util
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import threadpoolctl

from cada_tf.audio import speaker_embedding
from cada_tf.audio.lstm import LSTM
from cada_tf.audio.speaker_embedding import (
    BATCH,
    FRAMES,
    HOP,
    NAMES,
    STEP,
    SpeakerSet,
    window_starts,
)
from cada_tf.errors import InputError

RATE = 16_000
needs_package = pytest.mark.skipif(
    importlib.util.find_spec("resemblyzer") is None, reason="Resemblyzer is not installed"
)

GOLDEN = {
    (0.7, 0.2): (
        [-0.007843, -0.097696, 0.00583, 0.00517, -0.132899, 0.031134, -0.055413],
        1.656886,
    ),
    (3.1, 0.2): (
        [-0.00797, -0.084156, 0.007704, -0.032696, -0.116257, 0.021135, -0.025562],
        1.681682,
    ),
    (3.6, 0.01): (
        [0.021015, -0.070859, -0.016017, -0.021755, -0.108874, -0.021097, 0.017316],
        1.467774,
    ),
}
"""Seconds and level of ``speech`` → every 37th value, and the norm of all.

Of PyTorch's first two layers with the weights, mel spectrogram (librosa 0.11), level and windows of
Resemblyzer 0.1.4, averaged over the frames of the signal.
"""


def speech(seconds, rate=RATE, level=0.2):
    """Something like a voice ``[1, samples]``: harmonics of a gliding pitch, in syllables."""
    t = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * (140 * t + 10 * np.sin(2 * np.pi * 0.7 * t))
    voice = sum(np.sin(k * phase) / k for k in range(1, 20))
    return (level * voice * np.sin(np.pi * 3 * t) ** 2)[None].astype(np.float32)


@needs_package
@pytest.mark.parametrize("case", GOLDEN)
def test_the_states_are_those_of_the_package_in_pytorch(case):
    seconds, level = case
    values, norm = GOLDEN[case]
    vector = SpeakerSet(RATE)(speech(seconds, level=level), RATE)
    assert (vector.shape, vector.dtype) == ((len(NAMES),), np.float32)
    np.testing.assert_allclose(vector[::37], values, rtol=1e-4, atol=2e-6)
    np.testing.assert_allclose(np.linalg.norm(vector), norm, rtol=1e-5)


@needs_package
def test_channels_rate_and_level_change_little_or_nothing():
    features = SpeakerSet(RATE)
    expected = features(speech(2), RATE)
    stereo = np.concatenate([speech(2) * 1.5, speech(2) * 0.5])
    np.testing.assert_allclose(features(stereo, RATE), expected, atol=1e-5)
    for rate in (22_050, 44_100, 48_000):  # whose speech has harmonics below 8 kHz alone
        other = features(speech(2, rate), rate)
        assert np.corrcoef(other, expected)[0, 1] > 0.999
    soft = features(speech(2, level=0.002), RATE)
    np.testing.assert_allclose(soft, features(speech(2, level=0.001), RATE), atol=1e-5)


@needs_package
def test_what_is_short_or_silent_has_finite_values_and_padding_no_weight():
    features = SpeakerSet(RATE)
    short = features(speech(features.min_duration), RATE)
    silent = features(np.zeros((1, RATE), np.float32), RATE)
    assert np.isfinite([short, silent]).all()
    assert np.linalg.norm(features(speech(0.5), RATE) - silent) > 0.1


@needs_package
def test_threads_get_the_same_bits():
    features = SpeakerSet(RATE)
    signals = [speech(seconds) for seconds in np.linspace(0.5, 2.5, 5)]
    alone = [features(signal, RATE) for signal in signals]
    with ThreadPoolExecutor(4) as pool, threadpoolctl.threadpool_limits(2):  # which BLAS obeys
        together = list(pool.map(lambda signal: features(signal, RATE), signals))
    np.testing.assert_array_equal(together, alone)


@needs_package
def test_batches_of_windows_make_no_difference(monkeypatch):
    features, signal = SpeakerSet(RATE), speech(6)
    whole = features(signal, RATE)
    monkeypatch.setattr(speaker_embedding, "BATCH", 2)
    np.testing.assert_array_equal(features(signal, RATE), whole)


def test_windows_are_those_of_the_package():
    window = FRAMES * HOP
    assert [*window_starts(1)] == [*window_starts(window - 1)] == [0]
    # A second window counts if the signal fills three quarters of it.
    enough = STEP * HOP + round(0.75 * window)
    assert [*window_starts(enough - 1)] == [0]
    assert [*window_starts(enough)] == [0, STEP]
    assert len(window_starts(60 * RATE)) > BATCH


def test_an_lstm_of_one_unit_by_hand():
    kernel = np.array([[0.5, -1, 2, 0.25]], np.float32)
    layer = LSTM(kernel, np.array([[1, 0.5, -1, 2]], np.float32), np.full(4, 0.1, np.float32))
    state = cell = 0.0
    x = np.array([1.0, -2.0, 0.5])
    expected = []
    for value in x:
        i, f, g, o = kernel[0] * value + np.array([1, 0.5, -1, 2]) * state + 0.1
        i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
        cell = f * cell + i * np.tanh(g)
        state = o * np.tanh(cell)
        expected.append(state)
    for sequences in (1, 5):
        states = layer(np.repeat(x[:, None, None], sequences, 1).astype(np.float32))
        wanted = np.tile(np.reshape(expected, (3, 1, 1)), (1, sequences, 1))
        np.testing.assert_allclose(states, wanted, rtol=1e-5)


def test_a_package_that_is_missing_or_has_other_weights_is_refused(tmp_path, monkeypatch):
    speaker_embedding.read_layers.cache_clear()
    remedy = "pip install --no-deps Resemblyzer==0.1.4"
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(InputError, match=f"^`features`: .*found it not installed. {remedy}"):
        SpeakerSet(RATE)
    package = tmp_path / "resemblyzer"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    importlib.invalidate_caches()
    with pytest.raises(InputError, match=f"found .*pretrained.pt: No such file.* {remedy}"):
        SpeakerSet(RATE)
    (package / "pretrained.pt").write_bytes(b"another pickle")
    with pytest.raises(InputError, match=f"found other weights in .*pretrained.pt. {remedy}"):
        SpeakerSet(RATE)


@needs_package
def test_neither_the_package_nor_pytorch_is_imported():
    code = (
        "import sys, numpy as np; from cada_tf.audio.speaker_embedding import SpeakerSet; "
        "SpeakerSet(16000)(np.ones((1, 16000), np.float32), 16000); "
        "print({'torch', 'librosa', 'webrtcvad', 'resemblyzer'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
