"""Recordings that ffmpeg decodes: by the real one where it is, and by one that is made here."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from helpers import RATE, corpus_of, eventually, make_recogniser, voice

from cada_tf.audio import decoding, ffmpeg
from cada_tf.audio.decoding import open_audio, read_audio
from cada_tf.audio.features import FEATURE_NAMES, add_features
from cada_tf.audio.formats import AUDIO_SUFFIXES, DEMUXERS, demuxer_of
from cada_tf.audio.segments import read_segments
from cada_tf.errors import InputError
from cada_tf.recogniser.prediction import predict
from cada_tf.recogniser.predictions import OK, UNUSABLE
from cada_tf.recogniser.recordings import find_recordings

M4A = b"\0\0\0\x1cftypM4A "
ENCODERS = {
    ".m4a": ["-movflags", "faststart"],
    ".mp4": [],
    ".mov": [],
    ".aac": [],
    ".webm": [],
    ".mka": [],
    ".wma": [],
    ".amr": ["-ar", "8000", "-c:a", "libopencore_amrnb"],
}
FAKE = """#!{python}
import io, os, sys, time
import numpy, soundfile
source = sys.argv[sys.argv.index("-i") + 1]
data = open(source.removeprefix("file:"), "rb").read()[12:]
open({log!r}, "a").write(f"{{os.getpid()}} {{sys.argv[1:]}}\\n")
behaviour, _, data = data.partition(b"\\n")
out = io.BytesIO()
signal, rate = soundfile.read(io.BytesIO(data), dtype="float32")
soundfile.write(out, signal, rate, "FLOAT", format="AU", endian="BIG")
out = bytearray(out.getvalue())
out[8:12] = b"\\xff\\xff\\xff\\xff"
if behaviour == b"garbage":
    out[:4] = b"what"
sys.stdout.buffer.write(out[: len(out) // 2] if behaviour in (b"stall", b"fail") else out)
sys.stdout.flush()
if behaviour == b"stall":
    time.sleep(100)
if behaviour in (b"fail", b"grumble"):
    print("[in#0 @ 0x55] partial file\\nand more", file=sys.stderr)
sys.exit(behaviour == b"fail")
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """An ffmpeg that gives the WAV inside of a file, and behaves as the file says; its log."""
    log = tmp_path / "bin" / "log"
    log.parent.mkdir()
    program = log.parent / "ffmpeg"
    program.write_text(FAKE.format(python=sys.executable, log=str(log)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{log.parent}{os.pathsep}{os.environ['PATH']}")
    return log


def write_fake(path, signal, behaviour="good", start=M4A, rate=RATE):
    """A file that the fake ffmpeg decodes to ``signal``."""
    wav = path.with_suffix(".inner.wav")
    soundfile.write(wav, signal, rate, "FLOAT")
    path.write_bytes(start.ljust(12, b"\0") + behaviour.encode() + b"\n" + wav.read_bytes())
    wav.unlink()
    return str(path)


@pytest.fixture
def real():
    """The real ffmpeg."""
    program = shutil.which("ffmpeg")
    if not program:
        pytest.skip("there is no ffmpeg on PATH")
    return program


@pytest.mark.parametrize("start", [M4A, *DEMUXERS])
def test_the_seam_to_ffmpeg(tmp_path, fake, start):
    stereo = np.stack([voice(1.3), voice(1.3, seed=1)], 1)
    file = write_fake(tmp_path / "-a: %d\n.m4a", stereo, start=start)
    signal, rate = read_audio(file)
    np.testing.assert_array_equal(signal, stereo.T)
    assert rate == RATE
    (line,) = fake.read_text().splitlines()
    for part in ("-nostdin", f"'-f', '{demuxer_of(start)}', '-i', 'file:/dev/fd/", "whitelist"):
        assert part in line
    assert "%d" not in line  # no name reaches the command line


@pytest.mark.usefixtures("fake")
def test_segments_are_streamed(tmp_path):
    signal = voice(3.2)
    found = list(read_segments(write_fake(tmp_path / "a.m4a", signal), 1.0))
    assert [(s.start, s.end) for s in found] == [(0, 1), (1, 2), (2, 3.2)]
    np.testing.assert_array_equal(np.concatenate([s.sound[0][0] for s in found]), signal)


@pytest.mark.usefixtures("fake")
def test_predictions_and_features(tmp_path):
    files = [write_fake(tmp_path / f"{i}.webm", voice(pitch=100 + 30 * i)) for i in range(3)]
    soundfile.write(tmp_path / "0.wav", voice(pitch=100), RATE, "FLOAT")
    features = add_features(corpus_of([*files, tmp_path / "0.wav"]))[list(FEATURE_NAMES)]
    np.testing.assert_array_equal(features.iloc[0], features.iloc[3])
    found = make_recogniser().predict_files([tmp_path])
    assert (len(found), set(found["status"])) == (4, {OK})


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        ("fail", "ffmpeg could not decode all of it: partial file."),
        ("grumble", "ffmpeg could not decode all of it: partial file."),
        ("garbage", "ffmpeg could not decode all of it: it gave no audio."),
        ("stall", "found that ffmpeg gave none for 5 s."),
    ],
)
def test_what_ffmpeg_cannot_do(tmp_path, fake, monkeypatch, behaviour, message):
    if behaviour == "stall":
        monkeypatch.setattr(ffmpeg, "PATIENCE", 5)
    file = write_fake(tmp_path / "a.m4a", voice(4.0), behaviour)
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    with pytest.raises(InputError, match=message):
        read_audio(file)
    if behaviour in ("fail", "grumble"):
        *good, last = predict(make_recogniser(), [file], segments=1)
        assert [p.status for p in good] == [OK] * (2 if behaviour == "fail" else 4)
        assert (last.status, last.start) == (UNUSABLE, good[-1].end)
    if before:
        assert len(os.listdir("/proc/self/fd")) == before
    eventually(lambda: not processes(fake))


def processes(log):
    """Which of the fake's processes are there."""
    identifiers = [int(line.split()[0]) for line in log.read_text().splitlines()]
    return [i for i in identifiers if Path(f"/proc/{i}").exists()]


@pytest.mark.usefixtures("fake")
def test_limits_are_those_of_other_recordings(tmp_path, monkeypatch):
    file = write_fake(tmp_path / "a.m4a", voice(4.0))
    monkeypatch.setattr(decoding, "MAX_DURATION", 2)
    with pytest.raises(InputError, match="expected at most 0 min of audio"):
        read_audio(file)
    slow = write_fake(tmp_path / "slow.m4a", voice(4.0), rate=50)
    (answer,) = predict(make_recogniser(), [slow], segments=1)
    assert "expected a sampling rate of 1000 Hz or more, found 50 Hz" in answer.problem


def test_it_ends_with_the_program(tmp_path, fake):
    file = write_fake(tmp_path / "a.m4a", voice(60.0))  # more than fits into a pipe
    program = f"from cada_tf.audio.decoding import open_audio\nopen_audio({file!r})\ninput()"
    reader = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)
    eventually(lambda: fake.exists() and processes(fake))
    time.sleep(1)
    assert processes(fake)
    reader.kill()
    reader.communicate()
    eventually(lambda: not processes(fake))


@pytest.mark.usefixtures("fake")
def test_a_recording_from_the_standard_input(tmp_path, monkeypatch):
    file = write_fake(tmp_path / "a.amr", voice(1.2), start=b"#!AMR\n")
    for segments in (None, 0.5):
        with open(file) as stream:
            monkeypatch.setattr(sys, "stdin", stream)
            found = list(predict(make_recogniser(), find_recordings(["-"]), segments=segments))
        assert {answer.status for answer in found} == {OK}
        assert {answer.file for answer in found} == {"-"}


def test_where_there_is_none_it_is_said_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "a.m4a").write_bytes(M4A)
    (tmp_path / "ffmpeg").mkdir()
    (answer,) = predict(make_recogniser(), [str(tmp_path)])
    assert answer.status == UNUSABLE
    assert answer.problem.startswith(
        "expected the program ffmpeg, which decodes M4A or MP4, found none. Install ffmpeg ("
    )
    with pytest.raises(InputError, match="leave it out with `skip_bad_files`"):
        add_features(corpus_of([tmp_path / "a.m4a"]))
    (tmp_path / "ffmpeg").rmdir()
    (tmp_path / "ffmpeg").write_text("no program")
    (tmp_path / "ffmpeg").chmod(0o755)
    (answer,) = predict(make_recogniser(), [str(tmp_path / "a.m4a")])
    assert answer.problem == "expected to decode it by ffmpeg, found: Exec format error."


@pytest.mark.parametrize("suffix", ENCODERS)
def test_the_real_one(tmp_path, real, suffix):
    signal = voice(3.0)
    soundfile.write(tmp_path / "a.wav", signal, RATE)
    file = tmp_path / f"-x: y{suffix}"
    words = [real, "-v", "error", "-nostdin", "-i", f"{tmp_path}/a.wav", *ENCODERS[suffix]]
    encoded = subprocess.run([*words, f"file:{file}"], capture_output=True)
    if encoded.returncode:
        pytest.skip(f"this ffmpeg does not encode {suffix}: {encoded.stderr[-100:]}")
    assert suffix in AUDIO_SUFFIXES
    found, rate = read_audio(str(file))
    assert found.shape[1] / rate == pytest.approx(3, abs=0.1)
    assert found.std() == pytest.approx(signal.std(), rel=0.4)
    pieces = [s.sound[0] for s in read_segments(str(file), 1.0)]
    np.testing.assert_array_equal(np.concatenate(pieces, 1), found)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    if suffix != ".mka":
        with pytest.raises(InputError, match="ffmpeg could not decode all of it"):
            read_audio(str(file))


@pytest.mark.usefixtures("real")
def test_the_real_one_opens_no_other_file(tmp_path):
    """A playlist that begins as M4A does, and names a recording."""
    soundfile.write(tmp_path / "a.wav", voice(), RATE)
    playlist = tmp_path / "a.m4a"
    playlist.write_bytes(M4A + f"\nffconcat version 1.0\nfile '{tmp_path}/a.wav'\n".encode())
    with pytest.raises(InputError, match="ffmpeg could not decode all of it: moov atom not found"):
        open_audio(str(playlist))
