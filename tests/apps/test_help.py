"""``--help`` of every program, and the messages about wrong flags."""

import contextlib
import io
import logging
import re
import signal
import sys

import pytest
from helpers import PROGRAMS, called

from cada_tf.apps import help, program
from cada_tf.methods import METHODS, makes_network


@pytest.fixture(scope="module")
def helps(pool):
    calls = [(name, "--help") for name in PROGRAMS]
    return dict(zip(PROGRAMS, pool.map(called, calls, chunksize=1), strict=True))


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_is_whole(helps, name):
    status, out, err, kinds = helps[name]
    assert (status, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 100
    is_command = name.startswith("cada_tf.")
    first = "experiments.run --" if name == "experiments.profile" else "--"
    command = f"cada-{name.split('.')[-1]} " if is_command else f"python -m {name} {first}"
    assert f"\n    {command}" in out
    assert "\nGeneral:\n  --flagfile=FILE " in out
    assert "pdb" not in out
    texts = dict(re.findall(r"^  --(?:\[no\])?(\w+)(.*(?:\n {6}.*)*)", out, re.MULTILINE))
    assert set(texts) == {"flagfile", *(flag for flag, *_ in kinds)}
    for flag, is_number, has_default in kinds:
        text = " ".join(texts[flag].split())
        assert not is_number or re.search(r"\((at (least|most) |[-\d.]+ to )", text), flag
        assert not has_default or re.search(r"[(;] ?default [^)]+\)$", text), flag


def test_adapt_lists_the_methods_that_a_recogniser_can_be_made_of(helps):
    _, out, *_ = helps["cada_tf.apps.adapt"]
    named, text = re.search(r"--method=((?:\S+\|\s+)*\S+)\s(.*?)\n  --", out, re.DOTALL).groups()
    named, text = re.sub(r"\s", "", named).split("|"), " ".join(text.split())
    networks = [name for name in METHODS if makes_network(name)]
    assert named == ["auto", *(name for name in networks if name != "all-target")]
    unlabelled = [name for name in networks if METHODS[name].unlabelled]
    assert f"{', '.join(unlabelled)} need --unlabelled" in text


def test_there_are_programs():
    assert {"experiments.run", "experiments.benchmark", "figures.tables"} <= set(PROGRAMS)
    assert {"cada_tf.apps.adapt", "cada_tf.apps.predict"} <= set(PROGRAMS)


def test_runs_groups_are_in_a_newcomers_order(helps):
    _, out, *_ = helps["experiments.run"]
    titles = re.findall(r"^(\S.*):\n  -", out, re.MULTILINE)
    assert titles[:3] == ["Input and output", "Methods of your own", "Grid"]
    assert titles[-1] == "General"
    assert "Options of fada" in titles
    for line in ("--source=NAME:PATH ", "--scaling=source|training|", "--methods=A,B "):
        assert f"\n  {line}" in out
    patience = re.search("--patience=N +(.*\n.*)", out)[1]
    assert " ".join(patience.split()).endswith("(1 to 1000000; default 5)")
    assert "--source=NAME:PATH        The source corpus: emodb:DIR" in out
    assert "target corpus, likewise. (required)" in out


def test_wrong_flags_are_reported_with_the_nearest(pool):
    calls = [
        ("figures.tables", "--results=x", "--format=markdwon"),
        ("figures.curves", "--reslts=x"),
        ("experiments.run", "--epochs=3"),
        ("experiments.extract", "--corpus=emodb:x"),
        ("experiments.run",),
    ]
    messages = [
        "--format=markdwon: value should be one of <text|markdown|latex|csv>. Did you mean "
        "markdown? --help lists the flags.",
        "no flag --reslts. Did you mean results? --help lists the flags.",
        "no flag --epochs. Did you mean max_epochs? --help lists the flags.",
        "expected --output, found none. Example: python -m experiments.extract --corpus=emodb:DIR "
        "--output=features.csv . --help lists the flags.",
        "expected --source, --target, --output_dir, found none. Example: python -m "
        "experiments.run --source=aibo-ohm:DIR --target=emodb:DIR --output_dir=runs/NAME . "
        "--help lists the flags.",
    ]
    for (status, out, err, _), message in zip(
        pool.map(called, calls, chunksize=1), messages, strict=True
    ):
        assert (status, out, err) == (2, "", f"error: {message}\n")


@pytest.mark.parametrize("columns", [20, 70, 400])
def test_help_is_as_wide_as_the_terminal_within_reason(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = help.describe("A program.").splitlines()
    width = max(60, min(columns, 100))
    assert width - 20 < max(map(len, lines)) <= width


@pytest.mark.parametrize("word", sorted(program.HELP))
def test_help_however_it_is_asked_for(monkeypatch, capsys, word):
    monkeypatch.setattr(sys, "argv", ["run", "--seed=1", word])
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the tests' own Ctrl-C
    with pytest.raises(SystemExit) as end:
        program.start(pytest.fail)
    assert end.value.code == 0
    out, err = capsys.readouterr()
    assert "-h, --help" in out
    assert err == ""


def logged(verbosity):
    """What of each level reaches the user."""

    def main():
        program.set_up_logging(verbosity)
        log = logging.getLogger("cada_tf")
        log.debug("detail")
        log.info("cell")
        log.warning("warning")
        logging.getLogger("absl").warning("noise")

    with contextlib.redirect_stderr(io.StringIO()) as err:
        program.guarded(main)
    return err.getvalue().split()


def test_verbosity(pool):
    cell = ["cell", "warning"]
    few, more = ["warning"], ["detail", *cell]
    expected = {-9: few, -1: few, 0: cell, 1: more, 9: more}
    assert pool.map(logged, expected, chunksize=1) == list(expected.values())


def test_a_command_in_a_docstring_is_an_example_in_one_line():
    text = "Does.\n\n    python -m a.b --c \\\n        --d=1\n\nMore."
    assert help.example(text) == "python -m a.b --c --d=1"
    assert help.example("Does.\n\n    cada-do x\n\n    y\n") == "cada-do x"
    assert help.example("Nothing.") == ""
