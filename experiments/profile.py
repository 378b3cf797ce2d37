r"""Where the time of a program goes: imports, features, tracing, training steps, and so on.

    python -m experiments.profile experiments.run --flagfile=experiments/demo.flags --jobs=1

starts the program that is named first, with the flags that follow, and looks every few
milliseconds what it is at. Afterwards it prints the seconds of each part: a moment counts for
the innermost function that stands for a part. Worker processes are not seen, so --jobs=1 has the
program do all its work itself. The start of Python itself, some 0.1 s, is not seen either.
"""

import collections
import runpy
import sys
import threading
import time
from types import FrameType

from cada_tf.apps import program

INTERVAL = 0.005
"""Seconds between two looks."""

PARTS = {
    "imports": ["importlib._bootstrap:_find_and_load", "startup.py:start_tensorflow"],
    "corpora": ["protocol/loading.py:load_corpora"],
    "features": ["audio/features.py:add_features"],
    "data of splits": ["training/replica_data.py:make_replica_data", "training/stack_data.py:of"],
    "tracing": ["training/stack.py:traced", "training/stack.py:epoch"],
    "initial weights": ["models/mlp.py:reset", "models/mlp.py:set_classifiers"],
    "training steps": ["training/stack.py:run"],
    "held-out examples": ["training/stack.py:run_stopping", "training/early_stopping.py:update"],
    "narrowing of stacks": ["training/stack.py:narrowed", "training/stack_data.py:narrowed"],
    "test examples": ["training/stack.py:finish"],
    "archive": ["runs/archive.py:keep", "runs/archive.py:add"],
    "TensorBoard": [
        f"figures/tensorboard.py:{name}" for name in ("__enter__", "update", "finish", "__exit__")
    ],
    "results": ["runs/results.py:__init__", "runs/results.py:add", "runs/runner.py:make_row"],
    "tables and pictures": [
        "figures/tables.py:render",
        "figures/curves.py:draw",
        "adaptation/model_card.py:render",
        "recogniser/model_file.py:save",
    ],
    "estimate and temperature": [
        "adaptation/assessment.py:assess",
        "evaluation/calibration.py:fit_temperature",
    ],
}
"""Part → the functions that stand for it, each with the end of its file's path."""

OTHER = "other"

PLACES: dict[str, list[tuple[str, str]]] = collections.defaultdict(list)
"""Function → the file that it is in and the part that it stands for, of each one of its name."""
for _part, _functions in PARTS.items():
    for _file, _function in (place.split(":") for place in _functions):
        PLACES[_function].append((_file, _part))


class Watch(threading.Thread):
    """Looks again and again what part a thread is at.

    Args:
        watched: the thread's ``ident``.
        interval: in seconds.
    """

    def __init__(self, watched: int, interval: float = INTERVAL) -> None:
        super().__init__(daemon=True)
        self.watched, self.interval = watched, interval
        self.seconds: collections.Counter[str] = collections.Counter()
        self.over = threading.Event()

    def __enter__(self) -> "Watch":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        self.join()

    def run(self) -> None:
        then = time.perf_counter()
        while not self.over.wait(self.interval):
            part = part_of(sys._current_frames().get(self.watched))
            now = time.perf_counter()
            self.seconds[part] += now - then
            then = now


def part_of(frame: FrameType | None) -> str:
    """The part that a stack of frames, innermost first, is at."""
    while frame:
        for file, part in PLACES.get(frame.f_code.co_name, ()):
            if file in frame.f_code.co_filename:
                return part
        frame = frame.f_back
    return OTHER


def profiled(arguments: list[str]) -> tuple[dict[str, float], int | str | None]:
    """Runs a program in this process.

    Args:
        arguments: its module and its flags.

    Returns:
        The seconds of each part, the longest first, and the program's exit status.
    """
    sys.argv, status = list(arguments), None
    with Watch(threading.get_ident()) as watch:
        try:
            runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
        except SystemExit as end:
            status = end.code
    return dict(watch.seconds.most_common()), status


def report(seconds: dict[str, float]) -> list[str]:
    """What the program prints."""
    total = sum(seconds.values())
    lines = [f"{part:24}{s:>9.1f} s{s / total:>7.1%}" for part, s in seconds.items()]
    return [*lines, f"{'in all':24}{total:>9.1f} s"]


def main(words: list[str]) -> int:
    """Runs the program and prints where its time went."""
    seconds, status = profiled(words)
    print("\n" + "\n".join(report(seconds)))
    return status or 0


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        sys.exit(main(sys.argv[1:]))
    program.start(main, positional=("PROGRAM",))
