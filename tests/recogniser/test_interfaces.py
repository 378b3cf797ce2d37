"""A recogniser as audformat, audinterface and audonnx have it; segments; a shortest duration."""

import audformat
import audiofile
import numpy as np
import opensmile
import pandas as pd
import pytest
import soundfile
from helpers import CONFIG, RATE, make_random_recogniser, voice

from cada_tf.apps import predict
from cada_tf.audio.features import FEATURE_NAMES
from cada_tf.audio.opensmile import FEATURE_SET
from cada_tf.errors import InputError
from cada_tf.recogniser.predictions import ABSTAINED, OK, UNUSABLE
from cada_tf.recogniser.recordings import find_recordings

PROBABILITIES = ["p_negative", "p_positive"]


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """A recording of 3.2 s in two channels, which changes every 0.8 s."""
    file = tmp_path_factory.mktemp("long") / "long.wav"
    left, right = (
        np.concatenate([voice(0.8, pitch=pitch + 30 * i) for i in range(4)]) for pitch in (100, 90)
    )
    soundfile.write(file, np.stack([left, right], 1), RATE)
    return str(file)


def segmented(file, *times):
    return audformat.segmented_index(
        [file] * len(times), [start for start, _ in times], [end for _, end in times]
    )


# Signals and indices


def test_a_signal_a_file_and_an_index_of_it_are_predicted_alike(recogniser, long):
    signal, rate = audiofile.read(long)
    of_file = recogniser.predict_files([long])
    of_signal = recogniser.predict_signal(signal, rate)
    of_index = recogniser.predict_index(audformat.filewise_index([long]))
    for found in (of_signal, of_index):
        np.testing.assert_array_equal(found[PROBABILITIES], of_file[PROBABILITIES])
    assert of_signal.index.names == ["start", "end"]
    expected = [(pd.Timedelta(0), pd.Timedelta(seconds=3.2))]
    assert list(of_signal.index) == expected
    assert list(of_index.index) == [(long, *expected[0])]
    named = recogniser.predict_signal(signal[0], rate, file="x.wav", start="0.8s", end=1.6)
    assert named.index.tolist() == [("x.wav", pd.Timedelta("0.8s"), pd.Timedelta("1.6s"))]
    audformat.assert_index(named.index)
    part = recogniser.predict_signal(signal[0, 12_800:25_600], rate)
    np.testing.assert_array_equal(named[PROBABILITIES], part[PROBABILITIES])


def test_segments_come_as_audformats_index_which_is_predicted_alike(recogniser, long):
    found = recogniser.predict_files([long], segments=0.8)
    audformat.assert_index(found.index)
    assert audformat.is_segmented_index(found.index)
    assert found.index.get_level_values("end")[-1] == pd.Timedelta("3.2s")
    again = recogniser.predict_index(found.index)
    pd.testing.assert_frame_equal(found, again, check_exact=True)
    assert len(set(found["confidence"])) == 4


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3"])
def test_overlapping_segments_in_any_format(recogniser, tmp_path, suffix):
    soundfile.write(tmp_path / f"a{suffix}", voice(2.0, pitch=140), RATE)
    index = segmented(f"a{suffix}", ("0.5s", "1.5s"), ("0s", "1s"), ("0.5s", pd.NaT))
    found = recogniser.predict_index(index, root=tmp_path)
    assert list(found["status"]) == [OK] * 3
    assert abs(found.index[2][2] - pd.Timedelta("2s")) < pd.Timedelta("1ms")
    signal, rate = soundfile.read(tmp_path / f"a{suffix}", dtype="float32")
    expected = recogniser.predict_signal(signal, rate, start=0.5, end=1.5)
    np.testing.assert_allclose(found["confidence"].iloc[0], expected["confidence"], rtol=1e-3)
    kept = recogniser.predict_index(index, root=tmp_path, preserve_index=True)
    pd.testing.assert_index_equal(kept.index, index)


def test_only_the_segment_is_read(recogniser, long, monkeypatch):
    read = []
    original = soundfile.SoundFile.read

    def counted(self, frames, *arguments, **options):
        read.append(frames)
        return original(self, frames, *arguments, **options)

    monkeypatch.setattr(soundfile.SoundFile, "read", counted)
    recogniser.predict_index(segmented(long, ("1s", "2s")))
    assert sum(read) == RATE


@pytest.mark.parametrize(
    ("start", "end", "problem"),
    [
        (4, 5, "inside of the recording's 3.200 s, found one from 4 s to 5 s. Correct it."),
        (3.2, None, "inside of the recording's 3.200 s, found one from 3.2 s to its end. Corr"),
        (2, 3.3, "inside of the recording's 3.200 s, found one from 2 s to 3.3 s. Correct it."),
        (1, 1, "expected a segment of some length, found an empty one, from 1 to 1 s. Correct"),
        (2, 1, "found one that ends before it starts, from 2 to 1 s. Correct it."),
        (-1, 1, "expected a segment's start from 0 s on, found -1 s. Correct it."),
        (0, 1e7, "expected at most 30 min of audio"),
    ],
)
def test_segments_that_a_recording_does_not_have_are_unusable(
    recogniser, long, start, end, problem
):
    ends = pd.NaT if end is None else pd.Timedelta(seconds=end)
    index = segmented(long, (pd.Timedelta(seconds=start), ends), ("0s", "3.205s"))
    found = recogniser.predict_index(index)
    assert list(found["status"]) == [UNUSABLE, OK]  # the other ends as tools round its time
    assert problem in found["problem"].iloc[0]


def test_another_index_is_refused(recogniser):
    with pytest.raises(InputError, match=r"^index: expected one of audformat, .* found: .* Make"):
        recogniser.predict_index(pd.Index(["a.wav"], name="path"))


# A feature of audinterface


def test_a_feature_of_audinterface(recogniser, long):
    feature = recogniser.to_audinterface()
    assert feature.feature_names == ["negative", "positive"]
    expected = recogniser.predict_files([long])[PROBABILITIES].to_numpy()
    np.testing.assert_allclose(feature.process_file(long), expected, rtol=1e-6)
    index = segmented(long, ("0s", "0.8s"), ("1.6s", pd.NaT))
    np.testing.assert_allclose(
        feature.process_index(index), recogniser.predict_index(index)[PROBABILITIES], rtol=1e-6
    )
    windows = recogniser.to_audinterface(win_dur=0.8, hop_dur=0.8).process_file(long)
    pieces = recogniser.predict_files([long], segments=0.8)[PROBABILITIES]
    np.testing.assert_allclose(windows, pieces, rtol=1e-6)


def test_what_a_feature_cannot_measure_is_nan_and_logged(recogniser, tmp_path, caplog):
    soundfile.write(tmp_path / "silent.wav", np.zeros(RATE), RATE)
    soundfile.write(tmp_path / "short.wav", voice(0.3), RATE)
    feature = recogniser.to_audinterface()
    for name, reason in (("silent", "found digital silence"), ("short", "found 0.300 s")):
        assert feature.process_file(str(tmp_path / f"{name}.wav")).isna().all(axis=None)
        assert f"{name}.wav: " in caplog.messages[-1]
        assert reason in caplog.messages[-1]


# A shortest duration


def test_no_class_is_named_for_too_short_audio(recogniser, tmp_path):
    for milliseconds in (100, 499, 500):
        audiofile.write(tmp_path / f"{milliseconds}.wav", voice(milliseconds / 1000), RATE)
    files = [tmp_path / "100.wav", tmp_path / "500.wav"]
    found = recogniser.predict_files(files)
    assert list(found["status"]) == [ABSTAINED, OK]
    assert found["class"].iloc[0] is None
    assert found["confidence"].notna().all()
    assert list(found["problem"]) == [
        "expected at least 0.5 s to name a class, found 0.100 s.",
        "",
    ]
    assert list(recogniser.predict_files(files, min_duration=0)["status"]) == [OK, OK]
    assert list(recogniser.predict_files(files, min_duration=0.6)["status"]) == [ABSTAINED] * 2


def test_segments_shorter_than_the_shortest_duration_are_refused(recogniser, long):
    with pytest.raises(InputError, match=r"^segments: expected at least `min_duration`, 0\.5 s"):
        recogniser.predict_files([long], segments=0.4)
    found = recogniser.predict_files([long], segments=0.4, min_duration=0.4)
    assert list(found["status"]) == [OK] * 8


# Tables of segments, and databases


@pytest.mark.parametrize("form", ["csv", "parquet", "seconds", "database"])
def test_tables_that_audformat_writes(model, recogniser, long, tmp_path, form, capsys):
    database = audformat.Database("db")
    index = segmented(long, ("0s", "0.8s"), ("1.6s", pd.NaT))
    database["segments"] = audformat.Table(index)
    database["segments"]["rater"] = audformat.Column()
    database["segments"]["rater"].set(["a", "b"])
    database.save(str(tmp_path), storage_format="parquet" if form == "parquet" else "csv")
    path = tmp_path / ("db.segments.parquet" if form == "parquet" else "db.segments.csv")
    if form == "seconds":
        path.write_text(f"file,start,end,rater\n{long},0,0.8,a\n{long},1.6,,b\n")
    word = str(tmp_path if form == "database" else path)
    assert predict.predict_recordings(model, [word], format="audformat") == 0
    output = tmp_path / "out.csv"
    output.write_text(capsys.readouterr().out)
    found = audformat.utils.read_csv(str(output))
    expected = recogniser.predict_index(index)
    assert list(found.index) == list(expected.index)
    # The last bit is lost where audformat reads numbers by pandas' faster way.
    np.testing.assert_allclose(found[PROBABILITIES], expected[PROBABILITIES], rtol=1e-13)
    assert list(found["rater"]) == ["a", "b"]


def test_whole_recordings_in_audformats_form(model, long, capsys, tmp_path):
    assert predict.predict_recordings(model, [long], format="audformat") == 0
    (tmp_path / "out.csv").write_text(capsys.readouterr().out)
    found = audformat.utils.read_csv(str(tmp_path / "out.csv"))
    assert audformat.is_filewise_index(found.index)
    assert list(found.columns) == ["status", "class", "confidence", *PROBABILITIES, "problem"]


def test_a_database_of_several_tables_is_that_with_labels_or_a_folder(tmp_path, caplog):
    (tmp_path / "db.yaml").write_text("name: db\n")
    soundfile.write(tmp_path / "z.wav", voice(), RATE)
    for name, text in {"a": "file\na.wav\n", "b": "file\nb.wav\n", "misc": "x\n1\n"}.items():
        (tmp_path / f"db.{name}.csv").write_text(text)
    caplog.set_level("INFO", "cada_tf")
    assert list(map(str, find_recordings([str(tmp_path)]))) == [f"{tmp_path}/z.wav"]
    assert "tables db.a.csv, db.b.csv; predicting all recordings below" in caplog.text
    (tmp_path / "db.b.csv").write_text("file,emotion\nb.wav,anger\n")
    assert list(map(str, find_recordings([str(tmp_path)]))) == [f"{tmp_path}/b.wav"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,start\na.wav,1\n", "'start' and 'end' of segments, or neither, found 'start' alone"),
        ("file,end\na.wav,1\n", "found 'end' alone. Add 'start'"),
        ("file,start,end\na.wav,0,1\nb.wav,x,2\n", "line 3, column start: expected a time, in sec"),
        ("file,start,end\na.wav,0,1e99\n", "line 2, column end: expected a time"),
        ("file,start,end\na.wav,nan,1\n", "line 2, column start: expected a time"),
    ],
)
def test_tables_without_usable_times_are_refused(tmp_path, text, message):
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        find_recordings([str(tmp_path / "list.csv")])


def test_segments_of_a_table_are_not_cut_again(model, tmp_path):
    (tmp_path / "list.csv").write_text("file,start,end\na.wav,0,1\n")
    with pytest.raises(InputError, match=r"^`segments`: expected whole recordings, found those"):
        predict.predict_recordings(model, [str(tmp_path / "list.csv")], segments=1.0)


def test_a_segment_that_is_not_there_is_told_by_the_exit_status(model, long, tmp_path, capsys):
    table = tmp_path / "list.csv"
    table.write_text(f"file,start,end\n{long},1,2\n{long},0,1\n")
    assert predict.predict_recordings(model, [str(table)], format="csv") == 0
    assert capsys.readouterr().out.splitlines()[1].startswith(f"{long},1.0,2.0,ok,")
    table.write_text(f"file,start,end\n{long},1,2\n{long},8,9\n")
    assert predict.predict_recordings(model, [str(table)], format="csv") == 1


# audonnx


def test_a_folder_for_audonnx_takes_audio(corpora, recogniser, tmp_path):
    audonnx = pytest.importorskip("audonnx", reason="audonnx is not installed")
    folder = recogniser.export(tmp_path / "model", "audonnx")
    assert {path.name for path in folder.iterdir()} == {"model.onnx", "model.yaml"}
    loaded = audonnx.load(str(folder))
    assert loaded.labels("probabilities") == ["negative", "positive"]
    files = sorted((corpora / "emodb" / "wav").glob("*.wav"))[:200:50]
    expected = recogniser.predict_files(files)
    for file, (_, row) in zip(files, expected.iterrows(), strict=True):
        signal, rate = audiofile.read(file)
        found = loaded(signal, rate)
        np.testing.assert_allclose(
            found["probabilities"][0], row[PROBABILITIES].astype(float), rtol=1e-5
        )
        assert list(found["classes"]) == [row["class"]]
        stereo = np.stack([signal, 0.5 * signal[::-1]])
        by_us = recogniser.predict_signal(stereo, rate)[PROBABILITIES]
        np.testing.assert_allclose(loaded(stereo, rate)["probabilities"], by_us, rtol=1e-5)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, "found features given as numbers"),
        ({"feature_config": CONFIG._replace(feature_set="mine")}, "found mine"),
    ],
)
def test_audonnx_is_refused_for_features_that_are_not_opensmiles(tmp_path, changes, found):
    pytest.importorskip("audonnx", reason="audonnx is not installed")
    with pytest.raises(InputError, match=f"a feature set of openSMILE's, .* {found}"):
        make_random_recogniser(**changes).export(tmp_path / "model", "audonnx")
    assert not list(tmp_path.iterdir())


def test_onnx_of_real_speech(corpora, recogniser, tmp_path):
    pytest.importorskip("onnx", reason="onnx is not installed")
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    session = onnxruntime.InferenceSession(recogniser.export(tmp_path / "model.onnx"))
    files = sorted((corpora / "emodb" / "wav").glob("*.wav"))[:200:50]
    smile = opensmile.Smile(FEATURE_SET, "func", sampling_rate=RATE, resample=True)
    x = smile.process_files(list(map(str, files)))[list(FEATURE_NAMES)].to_numpy(np.float32)
    found = session.run(["probabilities"], {"features": x})[0]
    np.testing.assert_allclose(found, recogniser.predict_files(files)[PROBABILITIES], rtol=1e-5)
