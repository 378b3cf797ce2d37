"""The demo corpora as tables, made where they are missing."""

from pathlib import Path

import pandas as pd

from cada_tf.corpora.corpus import Options, make_corpus
from cada_tf.corpora.demo.actors import ACTORS
from cada_tf.corpora.demo.children import CHILDREN
from cada_tf.corpora.demo.emotions import VALENCE
from cada_tf.corpora.demo.recipe import Recipe
from cada_tf.corpora.demo.speakers import draw_speakers
from cada_tf.corpora.demo.utterances import choose_speaker, speak
from cada_tf.corpora.demo.writing import make_files
from cada_tf.storage import cache_directory


def read_children(path: str, options: Options) -> pd.DataFrame:
    """The source corpus: 26 children, 500 negative and 1,000 positive utterances.

    Args:
        path: folder in which the recordings are, or are to be made; empty for the cache.
        options: ``cache_dir`` says where the cache is.

    Returns:
        A corpus (see ``cada_tf.corpora.corpus``).

    Raises:
        InputError: the folder cannot be written, or a recording in it is not as it was made.
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
    folder = Path(path).expanduser() if path else cache_directory(options.cache_dir) / recipe.name
    emotions = [emotion for emotion, count in recipe.counts.items() for _ in range(count)]
    cast = draw_speakers(recipe)
    speakers = [choose_speaker(recipe, number, cast) for number in range(len(emotions))]
    names = [speaker.name for speaker in speakers]
    files = [
        folder / f"{name}_{emotion}_{number:04d}.wav"
        for number, (name, emotion) in enumerate(zip(names, emotions, strict=True))
    ]
    make_files(recipe.name, folder, files, lambda n: speak(recipe, n, speakers[n], emotions[n]))
    return make_corpus(recipe.name, map(str, files), names, emotions, valence=VALENCE)
