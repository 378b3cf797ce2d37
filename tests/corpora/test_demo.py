"""The synthetic corpora: the same bytes always, and speech as the literature describes it."""

import dataclasses
import multiprocessing
import os
import signal
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cada_tf.audio.features import FEATURE_NAMES, make_feature_set
from cada_tf.corpora import demo
from cada_tf.corpora.corpus import Options
from cada_tf.corpora.demo import files
from cada_tf.corpora.demo.files import read
from cada_tf.corpora.demo.filters import Room
from cada_tf.corpora.demo.prosody import articulate
from cada_tf.corpora.demo.recipes import ACTORS, CHILDREN
from cada_tf.corpora.demo.units import FRAME, SAMPLING_RATE, upsample
from cada_tf.corpora.demo.utterances import choose_speaker, draw_speakers, speak, synthesise
from cada_tf.corpora.demo.voice import Expression, Voice
from cada_tf.errors import InputError

SMALL = dataclasses.replace(ACTORS, counts={"anger": 2, "sadness": 2, "neutral": 2})
F0 = "F0semitoneFrom27.5Hz_sma3nz_percentile50.0"
LOUDNESS = "loudness_sma3_amean"


def measured(signals) -> dict[str, np.ndarray]:
    """Each GeMAPS functional of each signal."""
    features = make_feature_set(sampling_rate=0)
    rows = [features(samples[None], SAMPLING_RATE) for samples in signals]
    return dict(zip(FEATURE_NAMES, np.array(rows).T, strict=True))


def spoken(recipe, emotion, count=10):
    """Utterances of one emotion, one by each of the first speakers."""
    cast = draw_speakers(recipe)
    return [speak(recipe, n, cast[n % len(cast)], emotion) for n in range(count)]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.wav")}


def test_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "make_files", lambda *_: None)
    children = demo.read_children(str(tmp_path), Options())
    actors = demo.read_actors(str(tmp_path), Options())
    assert Counter(children["class"]) == {"negative": 500, "positive": 1000}
    assert Counter(actors["class"]) == {"negative": 385, "positive": 150}
    assert Counter(children["emotion"]) == CHILDREN.counts
    assert Counter(actors["emotion"]) == {
        "anger": 127,
        "boredom": 81,
        "disgust": 46,
        "fear": 69,
        "sadness": 62,
        "happiness": 71,
        "neutral": 79,
    }
    assert sorted(set(children["speaker"])) == [f"child{n:02d}" for n in range(1, 27)]
    assert sorted(set(actors["speaker"])) == [f"actor{n:02d}" for n in range(1, 11)]
    assert (children.attrs["name"], actors.attrs["name"]) == ("demo-children", "demo-actors")


def test_names_say_what_is_in_the_table(tmp_path):
    table = read(SMALL, str(tmp_path), Options())
    assert {Path(file).name for file in table.index} == set(contents(tmp_path))
    for number, (file, row) in enumerate(table.iterrows()):
        assert Path(file).name == f"{row['speaker']}_{row['emotion']}_{number:04d}.wav"


def test_default_folder_is_in_the_cache(tmp_path):
    table = read(SMALL, "", Options(cache_dir=str(tmp_path)))
    assert {Path(file).parent for file in table.index} == {tmp_path / "demo-actors"}


def test_signals_are_sound():
    for recipe in (CHILDREN, ACTORS):
        for emotion in recipe.counts:
            for samples in spoken(recipe, emotion, 3):
                assert samples.dtype == np.float32
                assert samples.ndim == 1
                assert np.isfinite(samples).all()
                assert 0.02 < np.abs(samples).max() <= 1
                assert SAMPLING_RATE < len(samples) < 6 * SAMPLING_RATE


@pytest.mark.parametrize("f0", [110, 200, 300])
def test_f0_is_the_voice_s(f0):
    rng = np.random.default_rng(0)
    signals = [synthesise(Voice(f0=f0), Expression(), Room(), rng) for _ in range(5)]
    found = 27.5 * 2 ** (np.mean(measured(signals)[F0]) / 12)
    assert found == pytest.approx(f0, rel=0.08)


def test_expression_moves_what_it_says():
    def mean(feature, **expression):
        voice, room = Voice(f0=120), Room()
        signals = [
            synthesise(voice, Expression(**expression), room, np.random.default_rng(n))
            for n in range(4)
        ]
        return np.mean(measured(signals)[feature])

    def resonance(**expression):
        rng = np.random.default_rng(0)
        return articulate(Voice(f0=120), Expression(**expression), rng, 5).mean()

    assert mean(F0, pitch=6) - mean(F0) == pytest.approx(6, abs=1)
    assert mean(LOUDNESS, loudness=6) > 1.2 * mean(LOUDNESS)
    slope = "alphaRatioV_sma3nz_amean"
    assert mean(slope, brightness=6) > mean(slope) + 1
    assert resonance(smile=10) == pytest.approx(np.exp(0.1) * resonance(), rel=0.03)
    jitter = "jitterLocal_sma3nz_amean"
    assert mean(jitter, jitter=120) > 1.5 * mean(jitter)
    rate = "VoicedSegmentsPerSec"
    assert mean(rate, rate=-40) < mean(rate)


def test_men_speak_lower_than_women_than_children():
    men = measured(spoken(ACTORS, "neutral")[::2])[F0]
    women = measured(spoken(ACTORS, "neutral")[1::2])[F0]
    children = measured(spoken(CHILDREN, "neutral"))[F0]
    assert men.mean() + 5 < women.mean() < children.mean() - 2


def test_anger_is_louder_higher_brighter_and_faster_than_sadness():
    """Banse & Scherer (1996), Juslin & Laukka (2003)."""
    angry, sad = (spoken(ACTORS, emotion) for emotion in ("anger", "sadness"))
    anger, sadness = measured(angry), measured(sad)
    assert anger[F0].mean() > sadness[F0].mean() + 4
    assert anger[LOUDNESS].mean() > 1.5 * sadness[LOUDNESS].mean()
    assert anger["alphaRatioV_sma3nz_amean"].mean() > sadness["alphaRatioV_sma3nz_amean"].mean() + 3
    assert sum(map(len, angry)) < 0.85 * sum(map(len, sad))


def test_tracks_are_interpolated_between_the_middles_of_frames():
    track = np.random.default_rng(0).standard_normal(7)
    middles = (np.arange(7) + 0.5) * FRAME
    expected = np.interp(np.arange(7 * FRAME), middles, track)
    np.testing.assert_allclose(upsample(track), expected, rtol=1e-12)


def test_order_does_not_matter(tmp_path):
    """An utterance depends on its number alone, not on those made before."""
    table = read(SMALL, str(tmp_path), Options())
    whole = contents(tmp_path)
    assert len(set(whole.values())) == 6
    for number in (4, 0):
        Path(table.index[number]).unlink()
    read(SMALL, str(tmp_path), Options())
    assert contents(tmp_path) == whole


def test_threads_do_not_matter(tmp_path, monkeypatch):
    for threads in (1, 2, 5):
        monkeypatch.setattr(files.joblib, "cpu_count", lambda threads=threads: threads)
        read(SMALL, str(tmp_path / str(threads)), Options())
    one = contents(tmp_path / "1")
    assert contents(tmp_path / "2") == one
    assert contents(tmp_path / "5") == one
    cast = draw_speakers(SMALL)
    for number, file in enumerate(sorted(one, key=lambda name: name[-8:])):
        speaker = choose_speaker(SMALL, number, cast)
        alone = speak(SMALL, number, speaker, file.split("_")[1])
        written, _ = soundfile.read(tmp_path / "1" / file, dtype="float32")
        np.testing.assert_allclose(written, alone, atol=1 / 32768)


def test_two_at_once_do_not_disturb_each_other(tmp_path, monkeypatch):
    """The other one makes the whole corpus while this one makes its first file."""
    write, others = files.audiofile.write, []

    def meanwhile(*args, **kwargs):
        if not others:
            others.append(None)
            others[0] = read(SMALL, str(tmp_path), Options())
        write(*args, **kwargs)

    monkeypatch.setattr(files.audiofile, "write", meanwhile)
    table = read(SMALL, str(tmp_path), Options())
    assert list(table.index) == list(others[0].index)
    read(SMALL, str(tmp_path), Options())
    assert not list(tmp_path.glob(".*.tmp"))


def test_goes_on_after_an_interruption(tmp_path, monkeypatch):
    read(SMALL, str(tmp_path / "whole"), Options())
    write, written = files.audiofile.write, []

    def interrupted(file, *args, **kwargs):
        if len(written) == 3:
            Path(file).write_bytes(b"RIFF")  # killed in the middle of a file
            raise KeyboardInterrupt
        written.append(file)
        write(file, *args, **kwargs)

    monkeypatch.setattr(files.audiofile, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        read(SMALL, str(tmp_path / "part"), Options())
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "part").glob("*.wav")}
    assert len(times) == 3

    monkeypatch.setattr(files.audiofile, "write", write)
    read(SMALL, str(tmp_path / "part"), Options())
    assert contents(tmp_path / "part") == contents(tmp_path / "whole")
    assert {path: path.stat().st_mtime_ns for path in times} == times


def make_slowly(folder):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where tests ignore it
    speak = files.speak
    files.speak = lambda *args: (time.sleep(0.5), speak(*args))[1]
    files.joblib.cpu_count = lambda: 2  # with more, all would be made at once
    read(SMALL, str(folder), Options())


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_goes_on_after_a_signal(tmp_path, how):
    """Recordings are made in threads; one of them is running when the signal comes."""
    folder = tmp_path / "part"
    worker = multiprocessing.get_context("spawn").Process(target=make_slowly, args=(folder,))
    worker.start()
    while len(contents(folder)) < 2:
        assert worker.is_alive(), "it ended before it could be killed"
        time.sleep(0.02)
    os.kill(worker.pid, how)
    worker.join(20)
    assert worker.exitcode == (1 if how == signal.SIGINT else -how)
    kept = contents(folder)
    assert len(kept) < 6
    if how == signal.SIGINT:
        assert not list(folder.glob(".*.tmp"))
    times = {file: (folder / file).stat().st_mtime_ns for file in kept}
    read(SMALL, str(folder), Options())
    read(SMALL, str(tmp_path / "whole"), Options())
    assert contents(folder) == contents(tmp_path / "whole")
    assert {file: (folder / file).stat().st_mtime_ns for file in kept} == times


def test_a_line_cut_short_spoils_no_other(tmp_path):
    """A crash may leave half a line in the list of digests, of a file that has no name yet."""
    read(SMALL, str(tmp_path), Options())
    whole = contents(tmp_path)
    digests = next(tmp_path.glob("*.sha256"))
    last = digests.read_text().split("  ")[-1]
    (tmp_path / last).unlink()
    digests.write_text(digests.read_text()[: -len(last) - 30])
    read(SMALL, str(tmp_path), Options())
    read(SMALL, str(tmp_path), Options())
    assert contents(tmp_path) == whole


@pytest.mark.parametrize("damage", [lambda data: data[:-100], lambda data: data[:-1] + b"\x7f"])
def test_other_content_is_noticed(tmp_path, damage):
    table = read(SMALL, str(tmp_path), Options())
    victim = Path(table.index[3])
    original = victim.read_bytes()
    victim.write_bytes(damage(original))
    with pytest.raises(InputError, match=victim.name) as error:
        read(SMALL, str(tmp_path), Options())
    assert "\n" not in str(error.value)
    victim.unlink()
    read(SMALL, str(tmp_path), Options())
    assert victim.read_bytes() == original


def test_another_version_is_noticed(tmp_path, monkeypatch):
    read(SMALL, str(tmp_path), Options())
    monkeypatch.setattr(files, "VERSION", files.VERSION + 1)
    with pytest.raises(InputError, match=f"version {files.VERSION}"):
        read(SMALL, str(tmp_path), Options())


def test_a_full_disk_is_an_input_error(tmp_path, monkeypatch):
    def full(*_, **__):
        raise soundfile.LibsndfileError(2)

    monkeypatch.setattr(files.audiofile, "write", full)
    with pytest.raises(InputError, match="demo-actors: expected a folder"):
        read(SMALL, str(tmp_path), Options())


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "file").write_text("")
    for path in ("file", "file/below"):
        with pytest.raises(InputError, match=r"demo-actors: expected a folder.*file") as error:
            read(SMALL, str(tmp_path / path), Options())
        assert "\n" not in str(error.value)
