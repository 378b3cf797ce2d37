"""Functionals of real audio files, their cache, and the files that cannot be used."""

import multiprocessing
import os
import re
import time
from pathlib import Path

import audiofile
import numpy as np
import pandas as pd
import pytest
import soundfile
from helpers import RATE, bad_recordings, corpus_of, put_in_place, voice
from hypothesis import given
from hypothesis import strategies as st

from cada_tf.audio import features
from cada_tf.audio.feature_cache import FeatureCache
from cada_tf.audio.features import FEATURE_NAMES, add_features, make_feature_set
from cada_tf.errors import InputError
from cada_tf.folders import cache_directory
from cada_tf.storage import write_atomically


@pytest.fixture
def wavs(tmp_path):
    files = [tmp_path / f"{i}.wav" for i in range(3)]
    for i, file in enumerate(files):
        audiofile.write(file, voice(pitch=100 + 40 * i), RATE)
    return files


def count_measurements(monkeypatch):
    calls = []
    measure = features.measure_file
    monkeypatch.setattr(
        features, "measure_file", lambda *args: calls.append(args[0]) or measure(*args)
    )
    return calls


def test_functionals_are_opensmiles_own(wavs, tmp_path):
    corpus = add_features(corpus_of(wavs), cache_dir=tmp_path / "cache")
    assert list(corpus.columns[-62:]) == list(FEATURE_NAMES)
    assert corpus.attrs["name"] == "made"
    smile = make_feature_set(sampling_rate=RATE).smile
    reference = smile.process_files([str(file) for file in wavs])
    np.testing.assert_array_equal(
        corpus[list(FEATURE_NAMES)].to_numpy(), reference.to_numpy(np.float32)
    )
    # The buzz's pitch in semitones above 27.5 Hz.
    pitch = corpus["F0semitoneFrom27.5Hz_sma3nz_percentile50.0"].to_numpy()
    np.testing.assert_allclose(pitch, 12 * np.log2(np.array([100, 140, 180]) / 27.5), atol=0.3)


def test_a_second_run_measures_nothing(wavs, tmp_path, monkeypatch):
    first = add_features(corpus_of(wavs), cache_dir=tmp_path / "cache")
    calls = count_measurements(monkeypatch)
    renamed = wavs[0].rename(tmp_path / "renamed.wav")
    second = add_features(corpus_of([renamed, *wavs[1:]]), cache_dir=tmp_path / "cache")
    assert calls == []  # entries go by content, not by name
    np.testing.assert_array_equal(first.iloc[:, 3:], second.iloc[:, 3:])
    add_features(corpus_of([renamed]), cache_dir=tmp_path / "cache", sampling_rate=8000)
    assert calls == [str(renamed)]


@pytest.mark.parametrize("damage", ["garbage", "truncated", "empty", "foreign"])
def test_a_bad_cache_entry_is_measured_anew(wavs, tmp_path, monkeypatch, damage):
    cache = tmp_path / "cache"
    first = add_features(corpus_of(wavs), cache_dir=cache)
    entries = sorted(path for path in cache.rglob("*") if path.is_file())
    assert len(entries) == len(wavs)
    contents = [entry.read_bytes() for entry in entries]
    for i, entry in enumerate(entries):
        new = {
            "garbage": os.urandom(len(contents[i])),
            "truncated": contents[i][:-9],
            "empty": b"",
            "foreign": contents[i - 1],
        }
        entry.write_bytes(new[damage])
    calls = count_measurements(monkeypatch)
    second = add_features(corpus_of(wavs), cache_dir=cache)
    assert sorted(calls) == sorted(map(str, wavs))
    np.testing.assert_array_equal(first.iloc[:, 3:], second.iloc[:, 3:])


def extract_slowly(files, cache):
    measure = features.measure_file
    features.measure_file = lambda *args: (time.sleep(0.3), measure(*args))[1]
    add_features(corpus_of(files), cache_dir=cache, jobs=1)


def test_a_killed_extraction_goes_on_where_it_was(tmp_path, monkeypatch):
    files = [tmp_path / f"{i:02d}.wav" for i in range(12)]
    for i, file in enumerate(files):
        audiofile.write(file, voice(0.1, pitch=100 + 10 * i), RATE)
    cache = tmp_path / "cache"
    worker = multiprocessing.get_context("spawn").Process(
        target=extract_slowly, args=(files, cache)
    )
    worker.start()
    while len(kept := [path for path in cache.rglob("*") if path.is_file()]) < 3:
        assert worker.is_alive(), "the extraction ended before it could be killed"
        time.sleep(0.02)
    worker.kill()
    worker.join()
    calls = count_measurements(monkeypatch)
    add_features(corpus_of(files), cache_dir=cache)
    assert 0 < len(calls) <= len(files) - len(kept) + 1
    assert not [path for path in calls if calls.count(path) > 1]


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3"])
def test_formats_and_channels(tmp_path, suffix):
    mono = voice(1.0)
    file = tmp_path / f"stereo{suffix}"
    stereo = np.stack([0.5 * mono, 1.5 * mono])  # their mean is the mono signal
    if suffix == ".mp3":
        soundfile.write(file, stereo.T, RATE, format="MP3")
    else:
        audiofile.write(file, stereo, RATE)
    found = add_features(corpus_of([file])).iloc[0, 3:].to_numpy(float)
    expected = make_feature_set(sampling_rate=RATE)(mono[None], RATE)
    pitch, loudness = (
        FEATURE_NAMES.index(name)
        for name in ("F0semitoneFrom27.5Hz_sma3nz_amean", "loudness_sma3_amean")
    )
    assert found[pitch] == pytest.approx(expected[pitch], abs=0.2)
    assert found[loudness] == pytest.approx(expected[loudness], rel=0.1)


def test_resampling_and_the_files_own_rate(tmp_path):
    file = tmp_path / "high.wav"
    audiofile.write(file, voice(1.0, rate=44_100), 44_100)
    resampled = add_features(corpus_of([file]), sampling_rate=16_000)
    own = add_features(corpus_of([file]), sampling_rate=0)
    reference = make_feature_set(sampling_rate=0)(*audiofile.read(file, always_2d=True))
    np.testing.assert_array_equal(own.iloc[0, 3:].to_numpy(np.float32), reference)
    assert not np.array_equal(own.iloc[0, 3:], resampled.iloc[0, 3:])


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("empty", "found an empty file"),
        ("text", "found a file of another kind"),
        ("truncated", "found it truncated"),
        ("flac", "could not decode it"),
        ("ogg", "could not decode it|found 0 ms"),
        ("mp3", "found it truncated"),
        ("short", "at least 60 ms of audio, found 50 ms"),
        ("silent", "found digital silence"),
        ("nothing", "at least 60 ms of audio, found 0 ms"),
        ("nan", "found samples that are not numbers"),
        ("header", "could not decode it"),
        ("absent", "No such file"),
        ("folder", "Is a directory"),
        ("twin", "found the same audio as"),
    ],
)
def test_unusable_recordings(tmp_path, wavs, kind, message, caplog):
    files = bad_recordings(tmp_path)
    files["absent"], files["folder"] = tmp_path / "absent.wav", tmp_path / "folder.wav"
    files["folder"].mkdir()
    files["twin"] = tmp_path / "twin.wav"
    files["twin"].write_bytes(wavs[0].read_bytes())
    corpus = corpus_of([*wavs, files[kind]])
    with pytest.raises(InputError, match=message) as caught:
        add_features(corpus)
    assert str(caught.value).startswith(f"{files[kind]}: expected")
    assert "\n" not in str(caught.value)
    assert "`skip_bad_files`" in str(caught.value)
    kept = add_features(corpus, skip_bad_files=True)
    assert list(kept.index) == [str(file) for file in wavs]
    assert str(files[kind]) in caplog.text
    assert "left out 1 of 4 recordings" in caplog.text


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from("np"), st.sampled_from("st")), max_size=8
    ),
    random=st.randoms(use_true_random=False),
)
def test_of_copies_what_is_kept_depends_on_no_order(rows, random):
    """Rows are (audio, class, speaker); the names of the files are in their order."""
    corpus = pd.DataFrame(rows, columns=["audio", "class", "speaker"])
    corpus.index = [f"{n}.wav" for n in range(len(rows))]
    found = []
    for _ in range(2):
        results = [(str(audio), None) for audio in corpus["audio"]]
        features.mark_duplicates(corpus, results)
        found.append({file: str(r) for file, r in zip(corpus.index, results, strict=True)})
        corpus = corpus.loc[random.sample([*corpus.index], len(corpus))]
    assert found[0] == found[1]
    for audio, same in corpus.sort_index().groupby("audio"):
        kept = [file for file in same.index if found[0][file] == f"('{audio}', None)"]
        assert kept == ([same.index[0]] if same["class"].nunique() == 1 else [])
        for file in set(same.index) - {*kept}:
            (other,) = {*re.findall(r"\d\.wav", found[0][file])} - {file}
            assert other in same.index


def test_the_same_audio_of_two_classes_is_not_used_at_all(tmp_path, wavs, caplog):
    for name in ("b", "a"):
        (tmp_path / f"{name}.wav").write_bytes(wavs[0].read_bytes())
    corpus = corpus_of([tmp_path / "b.wav", wavs[1], tmp_path / "a.wav"])
    corpus["class"] = ["negative", "negative", "positive"]
    message = (
        f"{tmp_path}/b.wav: expected one class for the same audio, found negative, but positive "
        f"for {tmp_path}/a.wav. Correct one, or leave it out with `skip_bad_files`. (2 of 3 "
        "recordings of made cannot be used.)"
    )
    with pytest.raises(InputError, match=re.escape(message)):
        add_features(corpus)
    caplog.clear()
    assert list(add_features(corpus, skip_bad_files=True).index) == [str(wavs[1])]
    assert "a.wav: expected one class for the same audio, found positive, but" in caplog.text
    assert "left out 2 of 3 recordings" in caplog.text


def test_many_unusable_recordings_are_counted_and_some_named(tmp_path, caplog):
    for i in range(30):
        (tmp_path / f"{i}.wav").write_bytes(b"RIFF")
    with pytest.raises(InputError, match="none of the 30 recordings can be used"):
        add_features(corpus_of(sorted(tmp_path.iterdir())[:1] + [tmp_path / "absent.wav"] * 29))
    assert len(caplog.records) == 10


def test_all_recordings_unusable(tmp_path):
    files = bad_recordings(tmp_path)
    with pytest.raises(InputError, match=r"none of the 2 recordings can be used. First: .*empty"):
        add_features(corpus_of([files["empty"], files["text"]]), skip_bad_files=True)


def test_two_processes_may_share_a_cache(tmp_path):
    folder = tmp_path / "cache"
    caches = [FeatureCache(folder, "kind", 4) for _ in range(2)]
    for round_ in range(50):
        caches[round_ % 2].put("ab12", np.arange(4))
        np.testing.assert_array_equal(caches[1 - round_ % 2].get("ab12"), np.arange(4))
    assert FeatureCache(folder, "other", 4).get("ab12") is None


@pytest.mark.parametrize("kind", ["directory", "fifo", "device"])
def test_what_is_no_file_in_an_entrys_place_counts_as_absent(tmp_path, kind):
    cache = FeatureCache(tmp_path, "kind", 4)
    put_in_place(Path(cache.path("ab12")), kind)
    assert cache.get("ab12") is None


def test_an_entry_waits_for_no_disk_and_asks_for_no_umask(tmp_path, monkeypatch):
    """Threads write entries, and the umask is the whole process's: it can only be read by a set."""
    earlier = os.umask(0o027)
    try:
        for function in ("fsync", "umask"):
            monkeypatch.setattr(os, function, lambda *_: pytest.fail("called"))
        FeatureCache(tmp_path, "kind", 4).put("ab12", np.arange(4))
    finally:
        monkeypatch.undo()
        os.umask(earlier)
    (entry,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert entry.stat().st_mode & 0o777 == 0o640


def test_where_the_cache_is(tmp_path, monkeypatch):
    monkeypatch.setenv("CADA_CACHE", str(tmp_path / "by-environment"))
    assert cache_directory() == tmp_path / "by-environment"
    assert cache_directory(tmp_path / "given") == tmp_path / "given"
    monkeypatch.delenv("CADA_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory().name == "cada_tf"
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="`cache_dir`: expected a folder"):
        cache_directory(tmp_path / "file")


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    write_atomically(path, "old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_nemo_features_come_out_as_published(corpora):
    published = pd.read_csv(corpora / "nemo" / "gemaps.csv", index_col="file")
    files = sorted((corpora / "nemo" / "samples").glob("*.wav"))[::5]
    measured = add_features(corpus_of(files))[list(FEATURE_NAMES)]
    np.testing.assert_allclose(
        measured, published.loc[[file.name for file in files], FEATURE_NAMES], rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("rate", [1, 999, 768_001, 10**9])
def test_a_rate_that_no_audio_has_is_refused(rate):
    """openSMILE would take the process with it."""
    with pytest.raises(InputError, match=r"^`sampling_rate`: expected 0, or 1000 to 768000 Hz"):
        features.make_feature_set(sampling_rate=rate)
