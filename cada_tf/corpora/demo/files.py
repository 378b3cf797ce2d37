"""The demo corpora on disk: recordings written once and checked afterwards, and their tables.

A list of digests stands beside the recordings. A recording's line is written before
the recording gets its name, so that one without its line, or that differs from it, was
truncated, edited, or made by another version. Writing to another name first makes
this safe against interruption, and against processes that make the same corpus.
"""

import functools
import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import audiofile
import joblib
import numpy as np
import pandas as pd
import soundfile
from tqdm import tqdm

from cada_tf.corpora.classes import label_corpus
from cada_tf.corpora.corpus import Options
from cada_tf.corpora.demo.recipes import ACTORS, CHILDREN, Recipe
from cada_tf.corpora.demo.units import SAMPLING_RATE
from cada_tf.corpora.demo.utterances import choose_speaker, draw_speakers, speak
from cada_tf.corpora.demo.voice import VALENCE
from cada_tf.errors import InputError
from cada_tf.folders import cache_folder
from cada_tf.storage import temporary_folder
from cada_tf.threads import in_order

VERSION = 1
"""Of the recordings; to be raised with any change that changes a sample."""

Signal = Callable[[int], np.ndarray]
"""Number of a file → its samples, float32 ``[samples]`` at ``SAMPLING_RATE``."""


def read_children(path: str, options: Options) -> pd.DataFrame:
    """The source corpus: 26 children, 500 negative and 1,000 positive utterances.

    Args:
        path: folder of the recordings, which is filled if need be; empty for the cache.
        options: ``cache_dir`` says where the cache is; ``classes``, ``drop``.

    Returns:
        A corpus (see ``cada_tf.corpora.corpus``).

    Raises:
        InputError: the folder cannot be written, or a recording in it is not as it was written.
    """
    return read(CHILDREN, path, options)


def read_actors(path: str, options: Options) -> pd.DataFrame:
    """The target corpus: 10 actors, 385 negative and 150 positive utterances, EMODB's counts.

    Args and errors are those of ``read_children``.
    """
    return read(ACTORS, path, options)


def read(recipe: Recipe, path: str, options: Options) -> pd.DataFrame:
    """Makes what is missing of a corpus, and returns its table.

    Args:
        recipe: of the corpus.
        path, options: as in ``read_children``.

    Raises:
        InputError: as in ``read_children``.
    """
    folder = Path(path).expanduser() if path else cache_folder(options.cache_dir, recipe.name)
    emotions = [emotion for emotion, count in recipe.counts.items() for _ in range(count)]
    cast = draw_speakers(recipe)
    speakers = [choose_speaker(recipe, number, cast) for number in range(len(emotions))]
    names = [speaker.name for speaker in speakers]
    files = [
        folder / f"{name}_{emotion}_{number:04d}.wav"
        for number, (name, emotion) in enumerate(zip(names, emotions, strict=True))
    ]
    make_files(recipe.name, folder, files, lambda n: speak(recipe, n, speakers[n], emotions[n]))
    return label_corpus(recipe.name, map(str, files), names, emotions, options, valence=VALENCE)


def make_files(name: str, folder: Path, files: list[Path], signal: Signal) -> None:
    """Writes the recordings that are missing, and checks those that are there.

    Args:
        name: of the corpus, for messages.
        folder: of the recordings.
        files: their paths, directly in ``folder``.
        signal: called with the index of each missing file, in several threads.

    Raises:
        InputError: the folder cannot be written, or a recording is not what was made.
    """
    digests = folder / f"synthesis-{VERSION}.sha256"
    try:
        missing = [n for n, file in enumerate(files) if not file.exists()]
        # The list is read after the look at the files: others may be adding to both.
        known = read_digests(digests)
        for n in sorted(set(range(len(files))) - set(missing)):
            check_file(name, files[n], known)
        if missing:
            folder.mkdir(parents=True, exist_ok=True)
            # NumPy and SciPy release Python's lock, so threads scale, and they start at once.
            calls = (functools.partial(signal, n) for n in missing)
            samples = in_order(calls, joblib.cpu_count())
            made = zip((files[n] for n in missing), samples, strict=True)
            progress = tqdm(made, f"making {name}", len(missing), unit="file", disable=None)
            write_files(digests, progress)
    except (OSError, soundfile.LibsndfileError) as error:
        found = getattr(error, "strerror", None) or error
        raise InputError(
            f"{name}: expected a folder to write recordings to at {folder}, "
            f"found: {found}. Name another, or one with more space, with {name}:DIR."
        ) from error


def write_files(digests: Path, recordings: Iterable[tuple[Path, np.ndarray]]) -> None:
    """Writes recordings of 16 bits, and adds each to the list ``digests`` beside them.

    Args:
        digests: the list, in the folder of the recordings.
        recordings: path and samples of each.
    """
    with (
        temporary_folder(digests) as part,
        digests.open("a", encoding="utf-8") as lines,
    ):
        for file, samples in recordings:
            new = part / file.name
            audiofile.write(str(new), samples, SAMPLING_RATE, bit_depth=16)
            # The line break comes first: a truncated line must not spoil the next one.
            lines.write(f"\n{digest(new)}  {file.name}")
            lines.flush()
            os.replace(new, file)


def read_digests(path: Path) -> dict[str, str]:
    """Name of each recording made so far → its digest; empty if there is no list."""
    if not path.exists():
        return {}
    lines = (line.split("  ") for line in path.read_text(encoding="utf-8").splitlines())
    return {line[1]: line[0] for line in lines if len(line) == 2}


def check_file(name: str, file: Path, known: dict[str, str]) -> None:
    """Compares a recording with the list of digests.

    Args:
        name: of the corpus, for messages.
        file: the recording.
        known: the list.

    Raises:
        InputError: it is not what was made.
    """
    if known.get(file.name) != digest(file):
        raise InputError(
            f"{name}: expected {file} as version {VERSION} of the synthesiser made it, "
            "found other content. Delete it, or all of its folder, to have it made again."
        )


def digest(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
