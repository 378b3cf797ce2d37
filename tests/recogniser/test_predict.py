"""``cada-predict`` and what is behind it: recordings, their pieces, answers in order."""

import csv
import dataclasses
import functools
import io
import itertools
import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import audiofile
import numpy as np
import pandas as pd
import pytest
import soundfile
from helpers import CONFIG, RATE, ROOT, bad_recordings, corpus_of, make_recogniser, voice
from hypothesis import given
from hypothesis import strategies as st

from cada_tf.apps import formats, predict
from cada_tf.audio import decoding as audio
from cada_tf.audio.feature_set import FeatureConfig
from cada_tf.audio.features import FEATURE_NAMES, add_features
from cada_tf.audio.opensmile import FEATURE_SET, VERSION
from cada_tf.audio.segments import read_segments
from cada_tf.errors import InputError
from cada_tf.recogniser.prediction import predict as answers_to
from cada_tf.recogniser.predictions import ABSTAINED, OK, UNUSABLE, Prediction, PredictionCounts
from cada_tf.recogniser.recordings import find_recordings
from cada_tf.threads import AHEAD, in_order

CLASSES = ("negative", "positive")


@pytest.fixture(scope="module")
def wavs(tmp_path_factory):
    """Four recordings of half a second."""
    folder = tmp_path_factory.mktemp("recordings")
    files = [str(folder / f"{name}.wav") for name in "abcd"]
    for i, file in enumerate(files):
        audiofile.write(file, voice(pitch=100 + 40 * i), RATE)
    return files


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """A recording of 3.2 s."""
    file = tmp_path_factory.mktemp("long") / "long.wav"
    audiofile.write(file, np.concatenate([voice(0.8, pitch=100 + 30 * i) for i in range(4)]), RATE)
    return str(file)


def standard_input(monkeypatch, data):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


# Answers


def test_answers_are_those_of_the_functionals(recogniser, wavs):
    found = recogniser.predict_files(wavs)
    table = add_features(corpus_of(wavs))
    expected = recogniser.predict_proba(table)
    np.testing.assert_allclose(found[["p_negative", "p_positive"]], expected, rtol=1e-12)
    np.testing.assert_allclose(found["confidence"], expected.max(1), rtol=1e-12)
    assert list(found["class"]) == list(recogniser.predict(table))
    assert list(found.index) == wavs
    assert set(found["status"]) == {OK}
    assert set(found["problem"]) == {""}


def test_a_files_own_sampling_rate(wavs):
    measured = CONFIG._replace(sampling_rate=0)
    recogniser = make_recogniser(feature_config=measured)
    table = add_features(corpus_of(wavs), sampling_rate=0)
    found = recogniser.predict_files(wavs)
    np.testing.assert_allclose(
        found[["p_negative", "p_positive"]], recogniser.predict_proba(table), rtol=1e-12
    )


@pytest.mark.parametrize("segments", [None, 0.5])
def test_answers_do_not_depend_on_the_number_of_threads(recogniser, wavs, long, segments):
    files = [*wavs, "absent.wav", long] * 4
    one, many = (list(answers_to(recogniser, files, segments=segments, jobs=j)) for j in (1, 5))
    assert one == many


def test_a_class_is_named_only_if_it_is_probable_enough(recogniser, wavs):
    confidences = sorted(recogniser.predict_files(wavs)["confidence"])
    found = recogniser.predict_files(wavs, min_confidence=confidences[2])
    assert sorted(found["status"]) == [ABSTAINED, ABSTAINED, OK, OK]
    abstained = found[found["status"] == ABSTAINED]
    assert list(abstained["class"]) == [None, None]
    assert abstained["confidence"].max() < confidences[2]
    assert abstained[["p_negative", "p_positive"]].sum(axis=1).tolist() == pytest.approx([1, 1])


def test_what_cannot_be_judged_does_not_keep_others_from_their_answers(recogniser, tmp_path, wavs):
    bad = bad_recordings(tmp_path)
    names = ("absent", "folder", "pipe", "slow", "fast", "integers", "raw", "twisted")
    bad |= {name: tmp_path / f"{name}.wav" for name in names}
    bad["folder"].mkdir()
    os.mkfifo(bad["pipe"])
    soundfile.write(bad["slow"], voice(), 50)
    soundfile.write(bad["fast"], voice(), 5_000_000)  # which would end openSMILE and the process
    soundfile.write(bad["integers"], 32768 * voice(), RATE, subtype="FLOAT")
    bad["raw"] = bad["integers"].rename(tmp_path / "integers.raw")
    soundfile.write(bad["integers"], 32768 * voice(), RATE, subtype="FLOAT")
    soundfile.write(bad["twisted"], np.full((RATE, 2), [3e38, -3e38]), RATE, subtype="FLOAT")
    bad["odd"] = "a\0b.wav"
    files = [
        file for pair in zip(bad.values(), itertools.cycle(wavs), strict=False) for file in pair
    ]
    found = list(answers_to(recogniser, files))
    assert [answer.file for answer in found] == list(map(str, files))
    assert {answer.status for answer in found[1::2]} == {OK}
    problems = dict(zip(bad, (answer.problem for answer in found[::2]), strict=True))
    assert {answer.status for answer in found[::2]} == {UNUSABLE}
    expected = {
        "absent": "expected a readable recording, found: No such file or directory.",
        "folder": "expected a readable recording, found: Is a directory.",
        "pipe": "expected a file, found a pipe or a device.",
        "slow": "expected a sampling rate of 1000 Hz or more, found 50 Hz.",
        "fast": "expected a sampling rate of 768000 Hz or less, found 5000000 Hz.",
        "empty": "expected audio, found an empty file.",
        "silent": "expected speech, found digital silence.",
    }
    assert {name: problems[name] for name in expected} == expected
    assert re.match("expected audio, found: ValueError .*embedded null", problems["odd"])
    assert "as if integers were saved as floats" in problems["integers"]
    assert not any("skip_bad_files" in problem or "\n" in problem for problem in problems.values())


def test_a_recording_that_is_too_long_at_once_is_judged_in_pieces(recogniser, long, monkeypatch):
    monkeypatch.setattr(audio, "MAX_DURATION", 2)
    (answer,) = answers_to(recogniser, [long])
    assert answer.problem.startswith(
        "expected at most 0 min of audio and 268435456 samples at once"
    )
    assert [answer.status for answer in answers_to(recogniser, [long], segments=1)] == [OK] * 3
    monkeypatch.setattr(audio, "MAX_SAMPLES", 3000)
    assert [answer.status for answer in answers_to(recogniser, [long], segments=1)] == [UNUSABLE]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"feature_config": None}, "found one of features that were given as numbers"),
        ({"features": FEATURE_NAMES[::-1]}, "with 62 of other names or in another order"),
        (
            {"feature_config": FeatureConfig("GeMAPSv99", VERSION, RATE)},
            "expected .* GeMAPSv99 of .* found only GeMAPSv01b",
        ),
        (
            {"feature_config": FeatureConfig(FEATURE_SET.name, "1.0", RATE)},
            "expected .* of version 1.0 with",
        ),
        (
            {"feature_config": FeatureConfig(FEATURE_SET.name, VERSION, 3)},
            "expected Hz, .* found 3",
        ),
        (
            {"feature_config": FeatureConfig(FEATURE_SET.name, VERSION, -1)},
            "expected Hz, .* found -1",
        ),
    ],
)
def test_recognisers_of_something_else_are_refused(wavs, changes, message):
    with pytest.raises(InputError, match=message):
        answers_to(make_recogniser(**changes), wavs)


@pytest.mark.parametrize(
    "option",
    [{"segments": 0.4}, {"segments": float("nan")}, {"segments": 1801}, {"jobs": 0}]
    + [{"min_confidence": value} for value in (-0.1, 1.1, float("nan"))],
)
def test_options_out_of_range_are_refused(recogniser, wavs, option):
    (name,) = option
    with pytest.raises(InputError, match=f"^{name}: expected .*, found "):
        answers_to(recogniser, wavs, **option)


def test_weights_that_are_too_large_give_no_answer(wavs):
    huge = [np.full(shape, 3e38, np.float32) for shape in ((62, 8), (1, 8)) * 1]
    deep = [
        *huge,
        *[np.full((8, 8), 3e38, np.float32), huge[1]] * 8,
        *make_recogniser().weights[2:],
    ]
    (answer,) = answers_to(make_recogniser(weights=deep), wavs[:1])
    assert answer.status == UNUSABLE
    assert answer.problem


# Threads


def test_results_come_in_order_and_calls_are_taken_as_there_is_room():
    taken = 0

    def slow(i):
        time.sleep(0.001 * (i % 7))
        return i

    def calls():
        nonlocal taken
        for i in range(300):
            taken += 1
            yield lambda i=i: slow(i)

    before = threading.active_count()
    for expected, result in enumerate(in_order(calls(), 4)):
        assert result == expected
        assert taken - result <= AHEAD * 4
    assert result == 299
    await_threads(before)


def await_threads(number):
    """Waits until no more than ``number`` threads are there."""
    deadline = time.monotonic() + 10
    while threading.active_count() > number:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_result_comes_while_the_next_call_is_yet_to_be_found():
    come = threading.Event()

    def calls():
        yield lambda: "first"
        assert come.wait(10)
        yield lambda: "second"

    results = in_order(calls(), 3)
    assert next(results) == "first"
    come.set()
    assert list(results) == ["second"]


@pytest.mark.parametrize("where", ["call", "calls"])
def test_errors_keep_their_place(where):
    def calls():
        yield lambda: 1
        if where == "calls":
            raise KeyError("x")
        yield lambda: {}["x"]
        yield lambda: 3

    before = threading.active_count()
    results = in_order(calls(), 2)
    assert next(results) == 1
    with pytest.raises(KeyError):
        next(results)
    await_threads(before)


def test_an_abandoned_iterator_lets_its_threads_end():
    before = threading.active_count()
    results = in_order(itertools.repeat(lambda: 1), 3)
    next(results)
    assert threading.active_count() > before
    results.close()
    await_threads(before)


def test_recordings_are_taken_a_few_ahead_of_their_answers(recogniser, wavs):
    taken = 0

    def many():
        nonlocal taken
        for file in itertools.cycle(wavs):
            taken += 1
            yield file

    for number, _ in enumerate(itertools.islice(answers_to(recogniser, many(), jobs=2), 40), 1):
        assert taken - number <= AHEAD * 2


# Pieces


@given(
    samples=st.integers(1, 9000), size=st.integers(500, 4000), rate=st.sampled_from([1000, 1001])
)
def test_pieces_tile_a_recording(tmp_path_factory, samples, size, rate):
    file = tmp_path_factory.getbasetemp() / "tiles.wav"
    signal = np.random.default_rng(0).uniform(-0.5, 0.5, samples).astype(np.float32)
    soundfile.write(file, signal, rate, subtype="FLOAT")
    found = list(read_segments(str(file), size / rate))
    np.testing.assert_array_equal(np.concatenate([p.sound[0][0] for p in found]), signal)
    lengths = [piece.sound[0].shape[1] for piece in found]
    assert lengths[:-1] == [size] * (len(found) - 1)
    assert lengths[-1] < 1.5 * size
    assert len(found) == 1 or lengths[-1] >= size / 2
    ends = np.cumsum(lengths) / rate
    assert [piece.end for piece in found] == ends.tolist()
    assert [piece.start for piece in found] == [0, *ends[:-1]]


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3"])
def test_pieces_are_those_of_the_whole_in_any_format(tmp_path, suffix):
    file = tmp_path / f"long{suffix}"
    soundfile.write(file, np.stack([voice(3.3), voice(3.3, seed=1)], 1), RATE)
    whole, rate = audio.read_audio(str(file))
    found = list(read_segments(str(file), 1.0))
    joined = np.concatenate([piece.sound[0] for piece in found], 1)
    np.testing.assert_allclose(joined, whole, atol=1e-6)
    assert (len(found), rate) == (3, RATE)


def test_a_silent_piece_is_an_answer_of_its_own(recogniser, tmp_path):
    file = tmp_path / "pause.wav"
    signal = np.concatenate([voice(1.0), np.zeros(RATE, np.float32), voice(1.2)])
    audiofile.write(file, signal, RATE)
    found = recogniser.predict_files([file], segments=1)
    assert list(found["status"]) == [OK, UNUSABLE, OK]
    assert found["problem"].iloc[1] == "expected speech, found digital silence."
    seconds = [tuple(time.total_seconds() for time in index[1:]) for index in found.index]
    assert seconds == [(0, 1), (1, 2), (2, 3.2)]
    assert found.index.names == ["file", "start", "end"]


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3"])
def test_the_pieces_before_the_damage_are_judged(recogniser, tmp_path, suffix):
    file = tmp_path / f"cut{suffix}"
    soundfile.write(file, voice(4.0), RATE)
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 5 // 8])
    *good, last = answers_to(recogniser, [file], segments=1)
    assert {answer.status for answer in good} == {OK}
    assert len(good) >= 2
    assert last.status == UNUSABLE
    assert last.start == good[-1].end
    assert last.end is None
    assert ("found it truncated" in last.problem) == (suffix != ".flac")


def test_a_recording_that_is_cut_off_at_once_is_one_answer(recogniser, tmp_path):
    file = tmp_path / "cut.wav"
    audiofile.write(file, voice(), RATE)
    file.write_bytes(file.read_bytes()[:44])
    (answer,) = answers_to(recogniser, [file], segments=1)
    assert "found it truncated" in answer.problem


def test_a_recording_that_vanishes_is_an_answer(recogniser, tmp_path, wavs):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in "ab":
        (folder / f"{name}.wav").write_bytes(Path(wavs[0]).read_bytes())
    files = find_recordings([str(folder), *wavs])
    (folder / "a.wav").unlink()
    (folder / "b.wav").unlink()
    statuses = [answer.status for answer in answers_to(recogniser, files, segments=0.5)]
    assert statuses == [UNUSABLE] * (len(statuses) - 4) + [OK] * 4


# Which recordings


def test_a_folder_means_the_recordings_below_it(tmp_path, recogniser, caplog):
    """What else is in it is counted and named in a line of the log."""
    caplog.set_level(logging.INFO, "cada_tf")
    names = ["b.wav", "a.FLAC", "deep/c.ogg", "deep/deeper/d.mp3"]
    others = ["._b.wav", ".hidden/e.wav", "notes.txt", "deep/list.csv", "deep/README"]
    for name in names + others:
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_bytes(b"")
    expected = [str(tmp_path / name) for name in ["a.FLAC", "b.wav", *names[2:]]]
    assert list(find_recordings([str(tmp_path)])) == expected
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path}: files passed over, no recordings by their names: 5 (1 .csv, 1 .txt, "
        "2 hidden, 1 without suffix), ._b.wav, notes.txt, .hidden/e.wav, …"
    ]
    assert list(recogniser.predict_files([tmp_path]).index) == expected
    empty = tmp_path / ".hidden" / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match=r"expected recordings .* below the folder, found none"):
        find_recordings(["absent.wav", str(empty)])
    (answer,) = answers_to(recogniser, [empty])
    assert answer.problem.endswith("found: Is a directory.")


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet"])
def test_a_table_means_its_column_file(tmp_path, suffix):
    table = pd.DataFrame({"speaker": ["03", "04"], "file": ["x/a.wav", "/b.wav"]})
    path = tmp_path / f"list.{suffix}"
    if suffix == "parquet":
        table.set_index("file").to_parquet(path)
    else:
        table.to_csv(path, sep=",\t"[suffix == "tsv"], index=False)
    assert list(map(str, find_recordings([str(path)]))) == [f"{tmp_path}/x/a.wav", "/b.wav"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("names\na.wav\n", "expected a column 'file', found names"),
        ("file\n", "expected rows, found none"),
        ("file,x\na.wav,1\n,2\n", "line 3, column file: expected a path, found none"),
    ],
)
def test_tables_without_recordings_are_refused(tmp_path, text, message):
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        find_recordings([str(path)])
    with pytest.raises(InputError, match="expected a table, found nothing"):
        find_recordings([f"{tmp_path}/absent.csv"])


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"a.wav\nb c.wav\n", ["a.wav", "b c.wav"]),
        (b"\n\r\na.wav\r\n\n", ["a.wav"]),
        (b"a", ["a"]),
        (b"RIFF_1.wav\nID3.mp3", ["RIFF_1.wav", "ID3.mp3"]),
        (b"fLaC\nx\ny\nz\nzzz\n", ["fLaC", "x", "y", "z", "zzz"]),
        ("\N{LATIN SMALL LETTER U WITH DIAERESIS}.wav".encode(), ["\xfc.wav"]),
        (b"\xfc.wav\n", ["\udcfc.wav"]),
    ],
)
def test_the_standard_input_may_name_recordings(monkeypatch, data, names):
    standard_input(monkeypatch, data)
    assert list(find_recordings(["-"])) == names


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3"])
def test_the_standard_input_may_be_a_recording(recogniser, tmp_path, monkeypatch, suffix):
    file = tmp_path / f"a{suffix}"
    soundfile.write(file, voice(1.3), RATE)
    for segments in (None, 0.5):
        standard_input(monkeypatch, file.read_bytes())
        found = list(answers_to(recogniser, find_recordings(["-"]), segments=segments))
        expected = answers_to(recogniser, [file], segments=segments)
        assert found == [dataclasses.replace(answer, file="-") for answer in expected]
    standard_input(monkeypatch, file.read_bytes()[:300])
    (answer,) = answers_to(recogniser, find_recordings(["-"]))
    assert (answer.file, answer.status) == ("-", UNUSABLE)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "nothing"),
        (b"\n \n\n"[:1], "nothing"),
        (b"\0\0\0 what", "a file of another kind"),
    ],
)
def test_another_standard_input_is_refused(monkeypatch, data, found):
    standard_input(monkeypatch, data)
    with pytest.raises(InputError, match=f"at the standard input, found {found}"):
        list(find_recordings(["-"]))


# The program


def test_csv(model, wavs, capsys):
    assert predict.predict_recordings(model, [*wavs[:2], "absent,\n.wav"], format="csv") == 1
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert list(rows[0]) == [
        *("file", "status", "class", "confidence", "p_negative", "p_positive", "problem")
    ]
    assert [row["file"] for row in rows] == [*wavs[:2], "absent,\n.wav"]
    assert float(rows[0]["confidence"]) == max(float(rows[0][f"p_{name}"]) for name in CLASSES)
    assert rows[2]["class"] == rows[2]["p_negative"] == ""
    assert rows[2]["problem"].endswith("No such file or directory.")


def test_json_lines_of_pieces(model, long, capsys):
    assert predict.predict_recordings(model, [long, "absent"], format="jsonl", segments=1.5) == 1
    first, second, absent = map(json.loads, capsys.readouterr().out.splitlines())
    assert list(first)[:4] == ["file", "start", "end", "status"]
    assert [first["start"], first["end"], second["start"], second["end"]] == [0, 1.5, 1.5, 3.2]
    assert set(absent.values()) - {"absent", UNUSABLE, absent["problem"]} == {None}
    assert sum(first[f"p_{name}"] for name in CLASSES) == pytest.approx(1)


def test_the_table_is_aligned(model, wavs, long, capsys):
    awkward = "\x1b[31m\udcff\n.wav"
    assert (
        predict.predict_recordings(
            model, [*wavs, awkward, long], segments=1, min_confidence=0.999999
        )
        == 1
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        *("status", "class", "start", "end", "confidence", "p_negative", "p_positive", "file")
    ]
    column = lines[0].index("file")
    assert [line[column:] for line in lines[1:]] == [
        *wavs,
        r"\x1b[31m\udcff\n.wav: expected a readable recording, found: No such file or directory.",
        *[long] * 3,
    ]
    assert lines[-1].split()[:4] == [ABSTAINED, "-", "2.000", "3.200"]


def test_a_name_that_is_no_text_comes_out_as_it_went_in(model, tmp_path, wavs):
    name = os.path.join(os.fsencode(tmp_path), b"\xff.wav")
    Path(os.fsdecode(name)).write_bytes(Path(wavs[0]).read_bytes())
    for format in formats.FORMATS:
        output = tmp_path / "out"
        assert (
            predict.predict_recordings(
                model, [os.fsdecode(name)], format=format, output=str(output)
            )
            == 0
        )
        assert format != "csv" or name in output.read_bytes()
        assert format != "jsonl" or json.loads(output.read_text())["file"] == os.fsdecode(name)


def test_output_is_written_whole_or_not_at_all(model, wavs, tmp_path, monkeypatch):
    output = tmp_path / "answers.csv"
    output.write_text("old")
    standard_input(monkeypatch, b"")
    with pytest.raises(InputError, match="at the standard input, found nothing"):
        predict.predict_recordings(model, [wavs[0], "-"], output=str(output), format="csv")
    assert output.read_text() == "old"
    assert list(tmp_path.iterdir()) == [output]
    assert predict.predict_recordings(model, wavs, output=str(output), format="csv") == 0
    assert len(pd.read_csv(output)) == 4
    assert list(tmp_path.iterdir()) == [output]


@pytest.mark.parametrize(
    ("output", "message"),
    [("absent/out.csv", "expected a folder at .*absent, found none"), (".", "expected a file")],
)
def test_outputs_that_cannot_be_written_are_refused_first(tmp_path, output, message):
    with pytest.raises(InputError, match=f"^`output`: {message}"):
        predict.predict_recordings("no model", [], output=str(tmp_path / output))


@pytest.mark.parametrize(
    ("statuses", "status", "summary"),
    [
        ([(None, OK), (None, ABSTAINED)], 0, "recordings: 2 (1 judged, 1 abstained, 0 unusable)"),
        ([(None, OK), (None, UNUSABLE)], 1, "recordings: 2 (1 judged, 0 abstained, 1 unusable)"),
        ([(0.0, UNUSABLE), (1.0, OK), (2.0, UNUSABLE)], 0, "recordings: 1, segments: 3 (1 judged"),
        ([(0.0, OK), (0.0, UNUSABLE), (1.0, UNUSABLE)], 1, "recordings: 2, segments: 3 (1 judged"),
        ([(0.0, UNUSABLE), (0.0, OK)], 1, "recordings: 2, segments: 2 (1 judged"),
    ],
)
def test_the_exit_status_tells_of_recordings_without_any_answer(statuses, status, summary):
    counts = PredictionCounts()
    for start, kind in statuses:
        counts.add(Prediction(file="a.wav", start=start, status=kind))
    assert counts.exit_status == status
    assert counts.summary(statuses[0][0] is not None, 0.5).startswith(summary)


def start(*arguments, **options):
    """The program, in a process of its own."""
    command = [sys.executable, "-m", "cada_tf.apps.predict", *map(str, arguments)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen(command, cwd=ROOT, text=True, **pipes | options)


def finished(*arguments, given=""):
    process = start(*arguments)
    out, err = process.communicate(given, timeout=120)
    return process.returncode, out, err


def test_the_program_from_a_list_of_names(model, wavs, tmp_path):
    status, out, err = finished(
        model, "-", tmp_path / "absent.wav", "--format=csv", given="\n".join(wavs)
    )
    assert status == 1
    assert [line.split(",")[1] for line in out.splitlines()] == ["status", *[OK] * 4, UNUSABLE]
    assert err.startswith("recordings: 5 (4 judged, 0 abstained, 1 unusable), in ")
    assert err.count("\n") == 1
    assert finished(model.removesuffix(".keras"), wavs[0], "-v=-1")[::2] == (0, "")


def test_decoders_do_not_write_between_the_answers(model, tmp_path):
    file = tmp_path / "blemished.mp3"
    soundfile.write(file, voice(2.0), RATE)
    data = file.read_bytes()
    file.write_bytes(data[:2000] + bytes(100) + data[2100:])
    (tmp_path / "none.mp3").write_bytes(b"\xff\xfb\x90\x00" * 3)
    status, out, err = finished(model, file, tmp_path / "none.mp3")
    assert status == 1
    assert out.splitlines()[-1].endswith("could not decode it: No MP3 in it.")
    assert err.startswith("recordings: 2 (1 judged, 0 abstained, 1 unusable), in ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected MODEL, RECORDING, found none. Example: cada-predict my_model "),
        (["model"], "expected RECORDING, found none. Example: cada-predict my_model "),
        (["absent", "a.wav"], "absent.keras: expected a model file, found nothing."),
        (["MODEL", "absent.csv"], "absent.csv: expected a table, found nothing."),
        (["MODEL", "-"], "-: expected a recording (WAV, FLAC, OGG, Opus, MP3, AIFF or CAF; by "),
        (["MODEL", "a.wav", "--min_confidence=nan"], "min_confidence: expected a probability"),
        (
            ["MODEL", "a.wav", "--segments=0.1"],
            "segments: expected at least --min_duration, 0.5 s, found 0.1",
        ),
        (["MODEL", "a.wav", "--segments=9999"], "segments: expected seconds, from 0.06 to 1800"),
        (["MODEL", "a.wav", "--fromat=csv"], "no flag --fromat. Did you mean format?"),
    ],
)
def test_mistakes_are_told_in_a_line(model, arguments, message):
    status, out, err = finished(*(model if word == "MODEL" else word for word in arguments))
    assert (status, out) == (2, "")
    assert err.startswith(f"error: {message}")
    assert err.count("\n") == 1


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_streams_that_the_shell_closed(model, wavs, closed):
    words = [sys.executable, "-m", "cada_tf.apps.predict", model, wavs[0], *["-"] * (closed == 0)]
    command = ["sh", "-c", f'exec "$@" {closed}>&-', "sh", *words]
    ended = subprocess.run(command, cwd=ROOT, text=True, capture_output=True)
    assert ended.returncode == (0 if closed == 2 else 2)
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("\n") == (closed != 2)
    assert ("found it closed" in ended.stderr) == (closed != 2)


def test_a_reader_that_goes_away_ends_it_quietly(model, wavs):
    process = start(model, "-", "--format=csv")
    process.stdin.write(f"{wavs[0]}\n")
    process.stdin.flush()
    assert process.stdout.readline().startswith("file,status,")
    assert process.stdout.readline().startswith(f"{wavs[0]},ok,")  # before the next name
    process.stdout.close()
    process.stdin.write(f"{wavs[1]}\n" * 3)
    process.stdin.flush()
    assert process.wait(60) == -signal.SIGPIPE
    assert process.stderr.read() == ""
    process.stderr.close()
    process.stdin.close()


def test_an_interruption_is_told(model, wavs, tmp_path):
    output = tmp_path / "out"
    for option in ("--jobs=1", f"--output={output}"):
        # A test run that was started in the background has children that ignore the signal.
        default = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        process = start(model, "-", option, preexec_fn=default)
        process.stdin.write(f"{wavs[0]}\n")
        process.stdin.flush()
        if option == "--jobs=1":
            process.stdout.readline()
        else:
            while not list(tmp_path.glob(".out.*/out")):
                time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read().startswith("interrupted: ")
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()
        assert list(tmp_path.iterdir()) == []


def test_tensorflow_and_what_else_is_slow_to_start_are_left_alone(model, wavs):
    folder = os.path.dirname(wavs[0])
    program = f"""
import sys
from cada_tf.apps import predict
predict.define_flags()
assert not {{"numpy", "pandas", "opensmile"}} & set(sys.modules)
assert predict.predict_recordings({model!r}, [{folder!r}], segments=0.5) == 0
assert not {{"tensorflow", "keras", "sklearn", "matplotlib", "scipy"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def test_real_speech(corpora):
    files = sorted((corpora / "emodb" / "wav").glob("*.wav"))[::10]
    recogniser = make_recogniser()
    found = recogniser.predict_files(files)
    assert set(found["status"]) == {OK}
    expected = recogniser.predict_proba(add_features(corpus_of(files)))
    np.testing.assert_allclose(found["confidence"], expected.max(1), rtol=1e-12)
