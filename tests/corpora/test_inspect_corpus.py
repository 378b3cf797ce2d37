"""What the inspection of a corpus finds, by hand, and the program that reports it."""

import itertools

import audiofile
import numpy as np
import pandas as pd
import pytest
import soundfile
from helpers import RATE, bad_recordings, corpus_of, finished, make_table, voice
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cada_tf.audio.features import FEATURE_NAMES, add_features
from cada_tf.corpora import load_corpus
from cada_tf.corpora.audio_properties import (
    DIGITAL_SILENCE,
    MIN_CLIPPED_RUN,
    around,
    clipped_share,
)
from cada_tf.corpora.class_ties import area, find_ties
from cada_tf.corpora.inspection import MAX_DISTANCE, TABLE_1, distances_from_median, inspect
from experiments.inspect_corpus import render, warn
from figures.inspection import draw

KINDS = {
    "": {"a", "b", "loud"},
    "unreadable": {"empty", "text", "truncated", "flac", "mp3", "header", "absent"},
    "too short": {"short", "nothing"},
    "silent": {"silent"},
    "unmeasurable": {"nan", "slow"},
    "duplicate": {"twin"},
}
FIRST, SECOND = FEATURE_NAMES[:2]


@pytest.fixture
def damaged(tmp_path):
    """Three good recordings, one of them clipped, and bad ones of each kind: name → path."""
    files = bad_recordings(tmp_path)
    del files["ogg"]  # unreadable or too short, by the version of libsndfile
    files |= {name: tmp_path / f"{name}.wav" for name in ("a", "b", "loud", "twin", "slow")}
    audiofile.write(files["a"], voice(), RATE)
    audiofile.write(files["b"], np.stack([voice(1.0, rate=8000, pitch=150)] * 2), 8000)
    signal = voice(pitch=200)
    signal[100:104], signal[200:202] = 1, -1  # the second run is too short to count
    audiofile.write(files["loud"], signal, RATE)
    files["twin"].write_bytes(files["a"].read_bytes())
    soundfile.write(files["slow"], voice(), 50)
    return files | {"absent": tmp_path / "absent.wav"}


def test_every_bad_recording_is_found(damaged, tmp_path):
    found = inspect(corpus_of(damaged.values()))
    files = found.files.set_axis(list(damaged))
    problems = {kind: set(rows.index) for kind, rows in files.groupby("problem")}
    assert problems == KINDS
    assert files.loc["twin", "detail"].startswith("expected each recording once, found the same")
    assert files.loc["short", "detail"] == "expected at least 60 ms of audio, found 50 ms."
    assert files.loc["slow", "detail"].endswith("of 1000 Hz or more, found 50 Hz.")
    sound = files.loc[["a", "b"], ["duration", "sampling_rate", "channels", "clipped"]]
    assert sound.to_numpy().tolist() == [[0.5, RATE, 1, 0], [1.0, 8000, 2, 0]]
    assert files.loc["loud", "clipped"] == pytest.approx(4 / (RATE / 2))
    assert (files["clipped"] > 0).sum() == 1
    usable = corpus_of([damaged[name] for name in ("a", "b", "loud")])
    pd.testing.assert_frame_equal(found.features, add_features(usable)[list(FEATURE_NAMES)])
    report, at_rate = render(found), (files["sampling_rate"] == RATE).sum()
    assert all(f"{file}: " in report for file in damaged.values() if file.stem not in "ab")
    assert f"sampling rate: 50 Hz (1), 8000 Hz (1), 16000 Hz ({at_rate})" in report
    assert draw(found, tmp_path / "picture")[0].stat().st_size > 0


def test_nothing_but_bad_recordings(damaged, tmp_path):
    found = inspect(corpus_of([damaged["empty"], damaged["absent"]]))
    assert (found.files["problem"] == "unreadable").all()
    assert found.features.shape == (0, len(FEATURE_NAMES))
    assert "0 of 2 can be decoded" in render(found)
    draw(found, tmp_path / "picture")


@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, 3), st.integers(0, 40)),
        elements=st.sampled_from(np.float32([-1, -0.9, 0, 32766 / 32768, 32767 / 32768])),
    )
)
def test_clipped_samples_are_those_in_long_runs(signal):
    full = np.abs(signal) >= 32767 / 32768
    runs = [len(list(run)) for row in full for high, run in itertools.groupby(row) if high]
    expected = sum(run for run in runs if run >= MIN_CLIPPED_RUN) / max(1, signal.size)
    assert clipped_share(signal) == pytest.approx(expected)


def test_a_loud_voice_is_not_clipped_until_it_is_driven_too_far():
    signal = voice(pitch=80)[None] / np.abs(voice(pitch=80)).max()
    assert clipped_share(signal) == 0
    assert clipped_share(np.clip(2 * signal, -1, 1)) > 0.01


def test_features_out_of_range_and_constant_ones_are_named():
    table = make_table((20, 20))
    table[FIRST] = np.arange(40, dtype=np.float32)  # median 19.5, interquartile range 19.5
    table.iloc[3, table.columns.get_loc(FIRST)] = -250
    table[SECOND] = np.float32(7)
    speaker = table["speaker"] == "s1"
    table.loc[speaker, FEATURE_NAMES[2]] = np.float32(0)
    found = inspect(table)
    assert found.decoded is False
    assert found.constant.to_numpy().tolist() == [
        [SECOND, "", "", 40],
        [FEATURE_NAMES[2], "speaker", "s1", speaker.sum()],
    ]
    (outlier,) = found.outliers.itertuples()
    assert (outlier.file, outlier.feature, outlier.value) == (table.index[3], FIRST, -250)
    assert outlier.distance == distances_from_median(found.features)[FIRST].iloc[3] < -MAX_DISTANCE
    assert found.files["out_of_range"].sum() == 1
    assert found.files.loc[outlier.file, "out_of_range_features"] == f"{FIRST}=-250"
    report = render(found)
    assert f"{SECOND}: in the 40 utterances of the corpus" in report
    assert f"{FIRST}: 1 value, the farthest -250 in {outlier.file}" in report
    assert "none was opened, since the table brings the features" in report


def test_warnings():
    good = inspect(make_table((40, 40), speakers=4))
    assert warn(good) == []
    table = make_table((40, 10), speakers=4)
    table.loc[table["class"] == "positive", "speaker"] = "s1"
    table.attrs["name"] = "emodb"
    found = inspect(table)
    assert [line.split(" ")[:4] for line in warn(found)] == [
        ["the", "sizes", "are", "not"],
        ["class", "positive", "has", "10"],
        ["3", "speakers", "with", "one"],
    ]
    found.files["sampling_rate"] = np.arange(50) % 2
    assert warn(found)[-1].startswith("mixed sampling rates: keep --sampling_rate=16000")
    alone = warn(inspect(make_table((40, 0), speakers=1)))
    assert [line.split(":")[0] for line in alone] == ["only one class", "only one speaker"]


@pytest.mark.parametrize(("speakers", "rows"), [(26, 26), (100, 30)])
def test_many_speakers_are_cut_short_on_the_terminal_alone(tmp_path, speakers, rows):
    table = make_table((300, 300))
    table["speaker"] = [f"$speaker_of_a_long_name_{i % speakers:03d}" for i in range(600)]
    table["emotion"] = [f"emotion{i % 7}" for i in range(600)]
    found = inspect(table)
    assert render(found).count("\n$speaker") == speakers
    assert render(found, 10, 30).count("\n$speaker") == rows
    assert (f"… and {speakers - rows} more in report.txt" in render(found, 10, 30)) == (rows == 30)
    assert [file.suffix for file in draw(found, tmp_path / "picture")] == [".png", ".pdf"]


def times(**columns):
    """Forty files of two speakers and four emotions, of which the first two are one class."""
    rows = {"duration": 2.0, "quiet": 0.1, "digital_silence": 0.0, "audio": ""}
    table = pd.DataFrame(rows, index=pd.Index([f"{i}.wav" for i in range(80)], name="file"))
    table["emotion"] = np.repeat(["anger", "fear", "joy", "calm"], 20)
    table["class"] = np.repeat(["negative", "positive"], 40)
    table["speaker"] = np.tile(["s1", "s2"], 40)
    noise = np.random.default_rng(0).normal(0, 0.05, 80)
    return table.assign(duration=2 + noise).assign(**columns)


def test_what_gives_a_class_away():
    assert find_ties(times()).empty
    table = times()
    table.loc[table["class"] == "negative", "digital_silence"] = 0.2
    table.loc[table["emotion"] == "joy", "duration"] += 1
    alone = (table["speaker"] == "s2") & (table["class"] == "positive")
    table.loc[alone, "quiet"] = 0.5
    found = find_ties(table).set_index(["measure", "column", "group", "speaker"])
    assert set(found.index) >= {
        ("digital_silence", "class", "negative", ""),
        ("duration", "emotion", "joy", ""),
        ("quiet", "class", "negative", "s2"),
    }
    # Not for a speaker what is so in the whole corpus, nor for emotions what tells their class.
    assert ("duration", "emotion", "joy") not in {i[:3] for i in found.index if i[3]}
    assert not {i[:2] for i in found.index} & {("digital_silence", "emotion")}
    tie = found.loc[("digital_silence", "class", "negative", "")]
    assert tuple(tie) == (1, 0.2, 0, 40)
    assert found.loc[("quiet", "class", "negative", "s2"), "auc"] == 0
    few = table[table["emotion"] == "joy"].index[4:]  # four of joy are too few to say
    few = find_ties(table.drop(index=few)).set_index(["measure", "group", "speaker"])
    assert ("duration", "joy", "") not in few.index


@given(st.lists(st.integers(0, 3), min_size=10, max_size=30), st.integers(1, 9))
def test_the_area_under_the_curve(values, size):
    here, there = np.array(values[:size], float), np.array(values[size:], float)
    pairs = [(a > b) + (a == b) / 2 for a in here for b in there]
    assert area(here, there) == pytest.approx(np.mean(pairs))


def test_silence_around_the_speech():
    dithered = np.array([[0, 1, -1, 1], [0, -1, 0, 0]]) / 32768
    speech = np.array([[0.5, 0, 0, 0.001], [0, 0, 0, -0.5]])
    signal = np.concatenate([dithered, speech, dithered], 1)
    assert around(signal, DIGITAL_SILENCE) == 8
    assert around(signal, 1) == signal.shape[1]
    assert around(np.zeros((1, 0)), 1) == 0


def test_padding_and_the_same_audio_under_two_labels(tmp_path):
    """Found in recordings: zeros around one class, and copies in another container."""
    rows = []
    for i in range(32):
        signal, label = voice(0.3, pitch=100 + 10 * i), ["anger", "joy"][i % 2]
        if label == "joy":
            signal = np.pad(signal, 1600)
        audiofile.write(tmp_path / f"{i:02}.wav", signal, RATE)
        rows.append((f"{i:02}.wav", f"s{i % 4}", label))
    signal = soundfile.read(tmp_path / "00.wav", dtype="int16")[0]
    soundfile.write(tmp_path / "copy.flac", signal, RATE)  # of other bytes
    rows += [("copy.flac", "s0", "joy")]
    table = pd.DataFrame(rows, columns=["file", "speaker", "emotion"])
    table.to_csv(tmp_path / "list.csv", index=False)
    found = inspect(load_corpus(f"table:{tmp_path}/list.csv"))
    silence = found.files["digital_silence"]
    assert silence[found.files["emotion"] == "joy"][:-1].to_numpy() == pytest.approx(0.2, abs=1e-3)
    assert (silence[found.files["emotion"] == "anger"] == 0).all()
    assert "digital_silence" in set(found.ties["measure"])
    report = render(found)
    first, copy = (f"{tmp_path}/{name} (speaker s0, " for name in ("00.wav", "copy.flac"))
    assert f"{first}anger, negative) = {copy}joy, positive)" in report
    assert "digital silence: median 0.00 s in 16 utterances of class negative, 0.20 s in" in report
    assert "2 recordings of the same audio as another have other labels" in " ".join(warn(found))
    assert "durations or silence give a class or emotion away" in " ".join(warn(found))
    assert draw(found, tmp_path / "picture")[0].stat().st_size > 0


def test_the_program(damaged, forked, tmp_path):
    del damaged["absent"]  # which a table's reader refuses
    rows = [
        (file.name, f"s{i % 2}", "joy" if i % 3 else "anger")
        for i, file in enumerate(damaged.values())
    ]
    listing = pd.DataFrame(rows, columns=["file", "speaker", "emotion"])
    listing.to_csv(tmp_path / "list.csv", index=False)
    corpus = f"--corpus=table:{tmp_path}/list.csv"
    folder = tmp_path / "new" / "out"
    status, out, err = finished("experiments.inspect_corpus", corpus, f"--output_dir={folder}")
    assert status == 0, err
    assert "Traceback" not in err
    assert "12 recordings cannot be used" in out
    assert f"figure: {folder}/inspection.png" in out
    written = {path.name for path in folder.iterdir()}
    assert written == {"report.txt", "files.csv", "inspection.png", "inspection.pdf"}
    files = pd.read_csv(folder / "files.csv", index_col="file", dtype={"channels": "Int64"})
    assert (len(files), files["problem"].notna().sum()) == (15, 12)
    for arguments, message in (
        ([corpus, "--output_dir=setup.cfg"], "--output_dir: expected a folder"),
        (["--corpus=emodb:absent"], "emodb: expected a directory at absent, found nothing"),
    ):
        status, out, err = forked("experiments.inspect_corpus", *arguments)
        assert (status, out) == (2, "")
        assert err.startswith(f"error: {message}")
        assert err.count("\n") == 1


def test_emodb(corpora):
    found = inspect(load_corpus(f"emodb:{corpora}/emodb"))
    assert found.files["class"].value_counts().to_dict() | {"speakers": 10} == TABLE_1["emodb"]
    assert found.files["speaker"].nunique() == 10
    assert set(found.files["sampling_rate"]) == {16_000}
    assert len(found.features) == 535
    assert "only one" not in "".join(warn(found))
    assert "the sizes are not" not in "".join(warn(found))
