"""Where a program's time goes: every part is looked for where it is, and gets its seconds."""

import ast
import subprocess
import sys
import threading
import time

import pytest
from helpers import ROOT

from experiments.profile import OTHER, PARTS, Watch, part_of, report

OURS = [(part, place) for part, places in PARTS.items() for place in places if ".py" in place]


@pytest.mark.parametrize(("part", "place"), OURS)
def test_a_part_stands_for_functions_that_there_are(part, place):
    path, name = place.split(":")
    (file,) = [
        f for folder in ("cada_tf", "figures") for f in ROOT.glob(f"{folder}/**/{path}")
    ] or [ROOT / path]
    functions = (node.name for node in ast.walk(ast.parse(file.read_text())) if is_function(node))
    assert name in functions, part


def is_function(node):
    return isinstance(node, ast.FunctionDef)


def called_in(file, name, inner):
    """A function of that name, as if it were in that file, which calls ``inner``."""
    source = f"def {name}(inner):\n    return inner()\n"
    namespace = {}
    exec(compile(source, file, "exec"), namespace)
    return lambda: namespace[name](inner)


def test_the_innermost_part_counts():
    frame = called_in("/x/training/stack.py", "run", lambda: part_of(sys._getframe()))
    assert frame() == "training steps"
    traced = called_in("/x/training/stack.py", "epoch", lambda: part_of(sys._getframe()))
    assert called_in("/x/training/stack.py", "run", traced)() == "tracing"
    assert part_of(sys._getframe()) == part_of(None) == OTHER


def test_seconds_are_those_that_a_part_took():
    work = called_in("/x/training/stack.py", "run", lambda: time.sleep(0.5))
    with Watch(threading.get_ident()) as watch:
        work()
        time.sleep(0.25)
    assert watch.seconds["training steps"] == pytest.approx(0.5, abs=0.2)
    assert watch.seconds[OTHER] == pytest.approx(0.25, abs=0.2)
    assert sum(watch.seconds.values()) == pytest.approx(0.75, abs=0.3)
    lines = report({"training steps": 3.0, OTHER: 1.0})
    assert lines[0].split() == ["training", "steps", "3.0", "s", "75.0%"]
    assert lines[-1].split() == ["in", "all", "4.0", "s"]


def test_a_program_runs_as_ever_and_is_told_apart(tmp_path):
    (tmp_path / "sleeper.py").write_text(
        "import sys, time\nprint(sys.argv[1:], __name__)\ntime.sleep(0.2)\nsys.exit(3)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-m", "experiments.profile", "sleeper", "--flag=1", "word"],
        cwd=ROOT,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 3, ended.stderr
    assert ended.stdout.splitlines()[0] == "['--flag=1', 'word'] __main__"
    assert "other" in ended.stdout
