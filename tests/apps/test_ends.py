"""How programs end: with their own line and status, whatever happens, and what was done is kept."""

import os
import signal
import subprocess
import sys
import threading

import audiofile
import pandas as pd
import pytest
from helpers import QUICK, RATE, ROOT, eventually, finished, make_table, start, voice, write_tables

from cada_tf.audio.feature_cache import FeatureCache

COUNT = 60
"""Recordings of a corpus: openSMILE takes some seconds for them."""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A table of recordings that are to be measured, and one with features."""
    folder = tmp_path_factory.mktemp("recorded")
    rows = []
    for i in range(COUNT):
        sound = voice(6.0, pitch=90 + 3 * i, seed=i)
        audiofile.write(folder / f"{i}.wav", sound, RATE)
        rows.append((f"{i}.wav", f"s{i % 3}", ("anger", "joy")[i % 2]))
    table = pd.DataFrame(rows, columns=["file", "speaker", "emotion"])
    table.to_csv(folder / "recorded.csv", index=False)
    make_table((60, 40), seed=1).to_csv(folder / "wide.csv")
    return folder


def command_of(program, folder, output):
    """A program that measures the recordings."""
    recorded, wide = f"table:{folder}/recorded.csv", f"--source=table:{folder}/wide.csv"
    return {
        "experiments.extract": [f"--corpus={recorded}", f"--output={output}/x.csv"],
        "experiments.run": [wide, f"--target={recorded}", *QUICK, f"--output_dir={output}/x"],
        "cada_tf.apps.adapt": [wide, f"--target={recorded}", f"--output={output}/x", "--trials=1"],
        "experiments.inspect_corpus": [f"--corpus={recorded}", f"--output_dir={output}/x"],
    }[program]


OTHERS = [
    pytest.param(program, marks=pytest.mark.exhaustive)
    for program in ("experiments.run", "experiments.inspect_corpus")
]


@pytest.mark.parametrize("program", ["experiments.extract", "cada_tf.apps.adapt", *OTHERS])
def test_ctrl_c_while_recordings_are_measured(program, recorded, tmp_path):
    cache = tmp_path / "cache"
    command = command_of(program, recorded, tmp_path)
    process = start(
        *(program, *command, f"--cache_dir={cache}", "--jobs=2"),
        start_new_session=True,
    )
    eventually(lambda: len(entries(cache)) >= 5 or process.poll() is not None)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, err = process.communicate(timeout=20)
    kept = entries(cache)
    assert process.returncode == 130, err
    assert err.splitlines()[-1].startswith("interrupted: the same command goes on")
    assert "Traceback" not in err
    assert 5 <= len(kept) < COUNT


def entries(cache):
    """What a cache has kept; what was being written at an interruption has another name."""
    return [path for path in cache.rglob("*") if path.is_file() and not path.name.startswith(".")]


@pytest.mark.parametrize("program", ["experiments.extract", "cada_tf.apps.adapt", OTHERS[0]])
def test_a_cache_that_cannot_be_written_costs_its_use(program, recorded, forked, tmp_path):
    """A file is in the place of its folder, which stops even the superuser."""
    cache = tmp_path / "cache"
    cache.mkdir()
    for name in ("features", "adapt"):
        (cache / name).write_text("")
    command = command_of(program, recorded, tmp_path)
    status, _, err = forked(program, *command, f"--cache_dir={cache}", "--jobs=1")
    assert status == 0, err
    warnings = [line for line in err.splitlines() if "expected a cache that can be written" in line]
    assert len(warnings) == (2 if program == "cada_tf.apps.adapt" else 1)
    assert "Traceback" not in err


def test_a_cache_that_is_full_is_told_once(tmp_path, monkeypatch, caplog):
    def full(*_, **__):
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr("cada_tf.audio.feature_cache.write_atomically", full)
    cache = FeatureCache(tmp_path, "kind", 2)
    for digest in ("aa", "ab", "ac"):
        cache.put(digest, [1, 2])
    assert cache.get("aa") is None
    (record,) = caplog.records
    assert record.getMessage() == (
        f"{tmp_path}/features/kind: expected a cache that can be written, found: No space left on "
        "device. What is measured is not kept."
    )


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 200 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "none", folder], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("file systems cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_disk_that_fills_up(recorded, small_disk, tmp_path):
    corpus, output = f"--corpus=table:{recorded}/recorded.csv", tmp_path / "x.csv"
    cache = f"--cache_dir={small_disk}/cache"
    status, _, err = finished("experiments.extract", corpus, f"--output={output}", cache)
    assert status == 0, err
    assert "No space left on device. What is measured is not kept." in err
    whole = output.read_bytes()
    output = small_disk / "x.csv"
    status, _, err = finished("experiments.extract", corpus, f"--output={output}", cache)
    assert status == 2
    assert f"at {small_disk}, found: No space left on device. Choose another." in err
    assert not output.exists()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    status, _, err = finished("experiments.extract", corpus, f"--output={output}", cache)
    assert status == 2
    assert err.splitlines()[-1].startswith("error: --output: expected a folder that can be written")
    status, _, err = finished(
        "experiments.extract", corpus, f"--output={tmp_path}/again.csv", cache
    )
    assert status == 0, err
    assert (tmp_path / "again.csv").read_bytes() == whole


@pytest.mark.parametrize(
    "program", ["experiments.run", "experiments.extract", "cada_tf.apps.adapt"]
)
def test_an_output_that_cannot_be_written_is_told_before_the_work(
    program, recorded, forked, tmp_path
):
    for output, found in (("file/x.csv", "folder"), ("", "path"), ("~nobody-here/x", "path")):
        (tmp_path / "file").write_text("")
        words = command_of(program, recorded, "OUT")
        place = str(tmp_path / output) if output.startswith("file") else output
        words = [word.partition("=")[0] + f"={place}" if "OUT" in word else word for word in words]
        cache = tmp_path / "cache"
        status, _, err = forked(program, *words, f"--cache_dir={cache}")
        assert status == 2, err
        assert err.count("\n") == 1
        assert f": expected a {found}" in err or found == "path"
        assert not entries(cache)


def test_the_home_folder_is_meant_by_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    tables = write_tables(tmp_path)
    words = [*tables, *QUICK, "--methods=all-source", "--output_dir=~/runs/x", "--notensorboard"]
    status, out, err = finished("experiments.run", *words)
    assert status == 0, err
    assert f"results table: {tmp_path}/runs/x/results.csv" in out
    assert not (ROOT / "~").exists()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("--help >/dev/full", 2, "error: a file or the standard output: No space left"),
        ("--help | true; exit 0", 0, ""),
        ("--help 2>&-", 0, ""),
        ("--sead=1 2>&-", 2, ""),
        ("--help <&- 2>/dev/null", 0, ""),
    ],
)
def test_standard_streams_that_are_full_or_closed(words, status, said):
    command = f"{sys.executable} -m experiments.run {words}"
    ended = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == status, ended.stderr
    assert ended.stderr.startswith(said)
    assert ended.stderr.count("\n") == bool(said)


def test_a_closed_stream_gives_no_file_its_place(tmp_path):
    """What is printed would go into the first files that are opened."""
    tables = write_tables(tmp_path)
    words = [*tables, *QUICK, "--methods=all-source", f"--output_dir={tmp_path}/x"]
    script = f'exec "$@" 2>&- >{tmp_path}/out'
    command = ["bash", "-c", script, "bash", sys.executable, "-m", "experiments.run", *words]
    assert subprocess.run(command, cwd=ROOT).returncode == 0
    assert "results table" in (tmp_path / "out").read_text()


def test_the_users_settings_of_keras_do_not_count(forked, tmp_path, monkeypatch):
    tables = write_tables(tmp_path)
    words = [*tables, *QUICK, "--methods=cada", "--notensorboard"]
    assert forked("experiments.run", *words, f"--output_dir={tmp_path}/plain")[0] == 0
    (tmp_path / "keras.json").write_text('{"floatx": "float64", "backend": "jax"}')
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    status, _, err = finished("experiments.run", *words, f"--output_dir={tmp_path}/other")
    assert status == 0, err
    plain, other = (tmp_path / name / "results.csv" for name in ("plain", "other"))
    assert plain.read_bytes() == other.read_bytes()


def test_a_folder_whose_name_is_not_utf_8(forked, tmp_path):
    tables = write_tables(tmp_path)
    out = os.fsdecode(os.fsencode(tmp_path) + b"/na\xefve")
    status, printed, err = forked(
        *("experiments.run", *tables, *QUICK, "--methods=all-source"), f"--output_dir={out}"
    )
    assert status == 0, err
    assert "na\\udcefve/results.csv" in printed
    assert (tmp_path / os.fsdecode(b"na\xefve") / "tensorboard").is_dir()


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--methods=", "--methods: expected any of"),
        ("--hidden=1000000000", "--hidden: expected whole numbers from 1 to 65536"),
        (f"--hidden={'9' * 5000}", "--hidden: expected whole numbers from 1 to 65536"),
        ("--trials=1000000000", "--trials=1000000000: 1000000000 is not an integer in the range"),
        ("--max_epochs=1000000000000", "--max_epochs"),
        ("--hidden=65536,65536", "expected enough memory"),
    ],
)
def test_numbers_beyond_all_reason(tables, forked, tmp_path, flag, message):
    words = [*tables, *QUICK, "--methods=cada", f"--output_dir={tmp_path}/x", flag]
    status, _, err = forked("experiments.run", *words)
    assert status == 2, err
    assert message in err.splitlines()[-1]
    assert "Traceback" not in err
    assert len(err) < 4000


def test_a_flagfile_that_is_no_text(forked, tmp_path):
    (tmp_path / "flags").write_text("--trials=1\n", encoding="utf-16")
    status, _, err = forked("experiments.run", f"--flagfile={tmp_path}/flags")
    assert status == 2
    assert err == (
        f"error: --flagfile={tmp_path}/flags: expected text in UTF-8, found: invalid start byte. "
        "Convert the file.\n"
    )


def test_threads_are_left_while_they_work():
    """As the measurement of a long recording is."""
    from cada_tf import threads

    begun, release = threading.Event(), threading.Event()
    calls = iter([begun.wait, lambda: begun.set() or release.wait()])
    results = threads.in_order(calls, 2)
    assert next(results)
    results.close()
    assert threads.abandoned()
    release.set()
    assert not threads.abandoned()


def test_a_thread_that_is_only_just_being_started_is_at_work(monkeypatch):
    """An interruption may come while another thread starts one: that cannot be joined yet."""
    from cada_tf import threads

    new = threading.Thread(name=f"{threads.NAME}_0")
    monkeypatch.setattr(threading, "enumerate", lambda: [new])
    assert threads.abandoned()
