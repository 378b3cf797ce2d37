"""Fuzzes a reader of ``targets.py`` with atheris (libFuzzer for Python).

    python -m fuzz TARGET CORPUS_DIR [-max_total_time=600] [LIBFUZZER_FLAG ...]

``CORPUS_DIR`` keeps the inputs that reached new code, from run to run; it is made if need be, and
gets the target's seeds. A finding ends the run with a traceback, and its bytes are written to
``crash-*``, ``timeout-*`` or ``oom-*`` in the current folder; ``python -m fuzz TARGET FILE`` reads
such a file again.
"""

import logging
import random
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import atheris

INSTRUMENTED = ["cada_tf", "soundfile", "zipfile", "json"]
with atheris.instrument_imports(include=INSTRUMENTED):
    from fuzz.targets import TARGETS, Target

DEFAULTS = ["-timeout=5", "-rss_limit_mb=2048", "-max_len=65536", "-reduce_inputs=0"]
"""Seconds, megabytes and bytes; and a seed is not given up for a few bytes that reach as far."""


def main() -> None:
    """Fuzzes the target that the command line names."""
    target, (corpus, *flags) = TARGETS[sys.argv[1]], sys.argv[2:]
    if not Path(corpus).is_file():
        write_seeds(target, Path(corpus))
    logging.disable()
    warnings.simplefilter("error")  # as in the tests: a user is not to see any
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with atheris.instrument_imports(include=INSTRUMENTED):  # of what is imported when needed
            for seed in target.seeds():
                target.check(seed, folder)
        words = write_words(target, folder / "words.txt")
        command = [sys.argv[0], f"-dict={words}", *DEFAULTS, *flags, corpus]
        options = {"custom_mutator": mutator(target.change)} if target.change else {}
        atheris.Setup(command, lambda data: target.check(data, folder), **options)
        atheris.Fuzz()


def mutator(change: Callable[[bytes, random.Random], bytes]) -> Callable[[bytes, int, int], bytes]:
    """What libFuzzer calls for a new input: some changes, or every other time its own."""

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        rng = random.Random(seed)
        if rng.random() < 0.5:
            return atheris.Mutate(data, max_size)
        for _ in range(rng.randint(1, 3)):
            data = change(data, rng)
        return data[:max_size]

    return mutate


def write_seeds(target: Target, corpus: Path) -> None:
    """Writes the seeds into a folder, which is made if need be."""
    corpus.mkdir(parents=True, exist_ok=True)
    for i, seed in enumerate(target.seeds()):
        (corpus / f"seed-{i}").write_bytes(seed)


def write_words(target: Target, path: Path) -> Path:
    """Writes the words as a dictionary of libFuzzer, in which each byte may be in hexadecimal."""
    escaped = ["".join(f"\\x{byte:02x}" for byte in word.encode()) for word in target.words]
    path.write_text("".join(f'"{word}"\n' for word in escaped))
    return path


if __name__ == "__main__":
    main()
