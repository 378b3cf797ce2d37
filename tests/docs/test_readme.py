"""Each command of the README and of where to start, run: on small corpora, with short trainings."""

import contextlib
import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import audiofile
import numpy as np
import pandas as pd
import pytest
from absl import flags
from helpers import ROOT, called, eventually, main, voice

from cada_tf.corpora import emodb
from cada_tf.corpora.aibo_labels import TWO_CLASSES
from cada_tf.runs.results import read_results

PAGES = "README.md", "docs/practitioner.md", "docs/researcher.md"
SHOWN = "\n".join((ROOT / page).read_text() for page in PAGES)
LINES = re.findall("^ {4,6}(\\S.*)", re.sub("```.*?```", "", SHOWN, flags=re.DOTALL), re.M)
WORDS_OF = [tuple(shlex.split(line, comments=True)) for line in LINES]
COMMANDS = [list(words) for words in dict.fromkeys(WORDS_OF)]
APPS = {"cada-adapt": "cada_tf.apps.adapt", "cada-predict": "cada_tf.apps.predict"}
PROGRAMS = [c[2:] for c in COMMANDS if c[:2] == ["python", "-m"] and "--scheduler" not in str(c)]
PROGRAMS = [[APPS[c[0]], *c[1:]] for c in COMMANDS if c[0] in APPS] + PROGRAMS
SHORT = ["--trials=1", "--folds=4", "--max_epochs=2", "--hidden=8", "--jobs=1"]
SHORT += ["--fine_tune_steps=2", "--fada_epochs=2", "--fada_discriminator_epochs=2"]
MORE = {
    "experiments.run": [*SHORT, "--notensorboard"],
    "experiments.ablation": [*SHORT, "--notensorboard", "--vary=input_noise=0", "--examples=2"],
    "experiments.benchmark": ["--quick", "--sections=kernels", "--jobs=1"],  # test_benchmark.py
    "experiments.few_labels": ["--draws=1", "--trials=1", "--folds=2", "--jobs=1"],
    "cada_tf.apps.adapt": ["--trials=1", "--folds=2", "--jobs=1"],
}
OWN_PROCESS = "experiments.benchmark", "cada_tf.apps.predict"
"""Programs that make processes, which the pool's may not, or end theirs without Python's leave."""
PER_CLASS = 70  # so that three of four folds have 50, for the figures' 100 examples


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A directory with the programs, and with corpora in their published layouts."""
    folder = tmp_path_factory.mktemp("readme")
    for name in ("cada_tf", "experiments", "figures", "results"):
        (folder / name).symlink_to(ROOT / name)
    pitches = iter(np.linspace(90, 350, 8 * PER_CLASS))

    def record(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        audiofile.write(path, voice(0.08, pitch=next(pitches)), 16_000)

    published = emodb.published_names()
    for valence in ("negative", "positive"):
        kept = [n for n in published if emodb.VALENCE[emodb.parse_file_name(n)[1]] == valence]
        for name in kept[:: len(kept) // PER_CLASS][:PER_CLASS]:
            record(folder / "emodb" / "wav" / f"{name.removesuffix('.wav')}.wav")
    rows = ["file_id\temotion\traw_text\tspeaker_id"]
    for number in range(2 * PER_CLASS):
        emotion = "anger" if number % 2 else "happiness"
        rows.append(f"{number}.wav\t{emotion}\tTak.\tS{number % 5}")
        record(folder / "nemo" / "samples" / f"{number}.wav")
    (folder / "nemo" / "data.tsv").write_text("\n".join(rows) + "\n")
    lines = []
    for number in range(2 * PER_CLASS):
        school = ("Ohm", "Mont")[number // PER_CLASS]
        name = f"{school}_{number % 5:02d}_{number:03d}_00"
        lines.append(f"{name} {'NEG' if number % 2 else 'IDL'} 0.9")
        record(folder / "aibo" / "wav" / f"{name}.wav")
    (folder / "aibo" / TWO_CLASSES.name).write_text("\n".join(lines) + "\n")
    table = {"file": [], "speaker": [], "emotion": []}
    for number in range(40):
        table["file"].append(f"mine/{number}.wav")
        table["speaker"].append(f"s{number // 2 % 4}")
        table["emotion"].append("sadness" if number % 2 else "joy")
        record(folder / "mine" / f"{number}.wav")
    pd.DataFrame(table).to_csv(folder / "my_corpus.csv", index=False)
    few = pd.DataFrame(table)[:12]
    few.to_csv(folder / "my_few.csv", index=False)
    (folder / "recordings").symlink_to(folder / "mine")
    return folder


@pytest.fixture
def here(place, monkeypatch):
    monkeypatch.chdir(place)
    return place


def with_corpora(argument):
    """A word of a command, with made corpora in the places of DIR."""
    return re.sub(r"(aibo|emodb|nemo)([a-z-]*):DIR", r"\1\2:\1", argument)


def test_commands_are_ones_that_are_run_here():
    assert len(PROGRAMS) >= 18
    others = [command for command in COMMANDS if command[0] not in ("python", *APPS)]
    assert others == [
        ["make", "demo"],
        ["make", "test"],
        ["source", ".venv/bin/activate"],
        ["pip", "install", "."],
        ["make", "study-report"],  # test_study_report makes its pages
        ["tensorboard", "--logdir=runs/mine/tensorboard"],
        ["dask", "scheduler"],
        ["dask", "worker", "tcp://HOST:8786", "--nworkers=auto", "--nthreads=1"],
    ]


@pytest.mark.slow
@pytest.mark.parametrize("command", PROGRAMS, ids=" ".join)
def test_program(here, pool, command):
    program, *arguments = map(with_corpora, command)
    arguments += MORE.get(program, [])
    if program == "experiments.run":  # in this process, which keeps the networks it has made
        main(*arguments, *(["--tensorboard"] if "runs/mine" in str(arguments) else []))
        folder = flags.FLAGS.output_dir
        assert len(read_results(here / folder / "results.csv"))
        return
    if program in OWN_PROCESS:
        command = [sys.executable, "-m", program, *arguments]
        done = subprocess.run(command, cwd=here, text=True, capture_output=True)
        status, out, err = done.returncode, done.stdout, done.stderr
    else:
        call = pool.apply_async(called, ([program, *arguments], here))
        status, out, err, _ = call.get(timeout=200)
    assert not status, err
    named = re.findall(r"^(?:figure|files|report|page|table|model|card): (\S+)$", out, re.MULTILINE)
    assert all((here / name).exists() for name in named)
    shown = "|", "µs a step", "features of", "tabular", "points of UA", "mine/", "recordings/"
    assert named or any(word in out for word in shown), out


@pytest.mark.slow
@pytest.mark.usefixtures("here")
def test_tensorboard():
    board = [Path(sys.executable).with_name("tensorboard"), "--logdir=runs/mine/tensorboard"]
    process = subprocess.Popen(
        [*board, "--host=127.0.0.1", f"--port={free_port()}"], stderr=subprocess.PIPE, text=True
    )
    line = next(line for line in process.stderr if "TensorBoard 2" in line)
    process.kill()
    process.communicate()
    assert "http://127.0.0.1:" in line


@pytest.mark.slow
def test_dask(here):
    """The three commands, with a free port on this machine in place of HOST:8786."""
    address = f"127.0.0.1:{free_port()}"
    (scheduler,), (worker,) = ([c for c in COMMANDS if c[:2] == ["dask", w]] for w in WORDS)
    (run,) = ([*c[3:]] for c in COMMANDS if "--scheduler" in str(c))
    with contextlib.ExitStack() as stack:
        for command in ([*scheduler, f"--port={address.split(':')[1]}"], worker):
            words = [word.replace("HOST:8786", address) for word in command[1:]]
            dask = [Path(sys.executable).with_name("dask"), *words, "--no-dashboard"]
            process = subprocess.Popen(
                dask, cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
        eventually(lambda: answers(address))
        run = [with_corpora(word).replace("HOST:8786", address) for word in run]
        run = [word.replace("runs/nemo-emodb", "runs/dask") for word in run]
        main(*run, *SHORT, "--notensorboard", "--methods=all-source")
    assert len(read_results(here / "runs" / "dask" / "results.csv")) == 4


WORDS = "scheduler", "worker"


def answers(address):
    host, port = address.split(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
        return True
    return False


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|    )make\s+([a-z-]+)", SHOWN))))
def test_make(target):
    done = subprocess.run(
        ["make", "-n", target], cwd=ROOT, text=True, capture_output=True, env=os.environ
    )
    assert done.returncode == 0, done.stderr
    if target == "demo":  # which tests/test_programs.py runs with fewer trials
        assert "python -m experiments.run --flagfile=experiments/demo.flags" in done.stdout
