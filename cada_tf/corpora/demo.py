"""Two corpora that the package makes itself: ``demo-children`` and ``demo-actors``.

They imitate the situation of the paper's Table 1, so that everything runs without a
download: a large source of children's weak, spontaneous emotions in a room, and a small
target of actors' strong ones in a studio. They are synthetic; results on them show that
methods work as they should, never how well they do on people.

How an emotion sounds follows the acoustic correlates that the literature agrees on
(directions, and sizes as far as reported), as differences from neutral speech:

    Murray & Arnott, "Toward the simulation of emotion in synthetic speech", JASA 93(2), 1993.
    Banse & Scherer, "Acoustic profiles in vocal emotion expression", JPSP 70(3), 1996.
    Burkhardt & Sendlmeier, "Verification of acoustical correlates of emotional speech
    using formant-synthesis", ISCA Workshop on Speech and Emotion, 2000.
    Juslin & Laukka, "Communication of emotions in vocal expression and music
    performance", Psychological Bulletin 129(5), 2003 (their Table 7 for emotions in general).
    Scherer, "Vocal communication of emotion", Speech Communication 40, 2003.
    Fernald, "Intonation and communicative intent in mothers' speech to infants",
    Child Development 60(6), 1989 (motherese).
    Batliner, Steidl, Hacker & Nöth, "Private emotions versus social interaction", UMUAI 18,
    2008 (the emotions of Aibo's children).
"""

import dataclasses
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import audiofile
import numpy as np
import pandas as pd
import soundfile
from tqdm import tqdm

from cada_tf.cache import cache_directory
from cada_tf.corpora.corpus import NEGATIVE, POSITIVE, Options, make_corpus
from cada_tf.corpora.synthesis import SAMPLING_RATE, Expression, Room, Voice, synthesise
from cada_tf.errors import InputError

VERSION = 1  # of the recordings; raise it with any change that changes a sample
SEED = 20_180_000
SPEAKERS, UTTERANCES = range(2)  # streams of random numbers

# pitch st, pitch range %, slope st/s, rate %, loudness dB, brightness dB, jitter %, breath dB,
# articulation %, pauses %, accent dB, smile %
EXPRESSIONS = {
    "neutral": Expression(),
    # EMODB's
    "anger": Expression(6, 30, -0.5, 5, 7, 8, 25, -4, 22, 0, 4, -2),
    "boredom": Expression(-1.5, -35, -0.5, -22, -3, -3, 15, 2, -20, 10, -1, -2),
    "disgust": Expression(0.5, 10, -1, -18, 1, 1, 25, 2, 8, 12, 2, -4),
    "fear": Expression(5, -20, 1, 12, 1, 2, 40, 4, -8, 10, -1, -1),
    "sadness": Expression(-0.5, -45, -0.5, -28, -5, -7, 30, 4, -25, 15, -2, -3),
    "happiness": Expression(5, 45, 0.5, 5, 3.5, 2, -15, -1, 10, -2, 1, 6),
    # Aibo's: two shades of anger, two of insistence, and two of kindness
    "angry": Expression(4, 25, -0.5, 0, 7, 8, 25, -4, 20, 2, 4, -2),
    "touchy": Expression(0.5, -10, -1, -12, -1.5, 2, 30, 0, -5, 10, 1, -3),
    "reprimanding": Expression(-0.5, 10, -2, -22, 2, 3, 20, -2, 12, 12, 2.5, -3),
    "emphatic": Expression(0.5, 10, -1, -25, 3, 3, 12, -2, 22, 14, 3.5, -1.5),
    "joyful": Expression(5, 45, 0.5, 6, 4, 2, -10, 0, 10, -2, 1, 6),
    "motherese": Expression(3, 40, 0.5, -5, -3, -4, -15, 3, 0, 0, -1, 5),
}
# What varies from one utterance to the next for reasons other than emotion, and from one
# speaker to the next in the way an emotion is shown (as a share of this), same units.
CHANCE = Expression(1.3, 18, 0.8, 9, 2, 2, 15, 2, 10, 3, 1.2, 1.5)

CHILDREN_COUNTS = {
    "angry": 40,
    "touchy": 100,
    "reprimanding": 85,
    "emphatic": 275,
    "joyful": 30,
    "motherese": 90,
    "neutral": 880,
}
ACTORS_COUNTS = {  # EMODB's
    "anger": 127,
    "boredom": 81,
    "disgust": 46,
    "fear": 69,
    "sadness": 62,
    "happiness": 71,
    "neutral": 79,
}
VALENCE = {
    emotion: POSITIVE if emotion in ("joyful", "motherese", "happiness", "neutral") else NEGATIVE
    for emotion in EXPRESSIONS
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a corpus is made.

    Args:
        name: of the corpus.
        number: of the corpus, for its random numbers.
        prefix: of its speakers' names.
        counts: utterances of each emotion.
        speakers: how many.
        voice: draws the voice of the speaker of a number, counted from 0.
        room: draws the room of an utterance.
        strength: mean and standard deviation of how strongly an emotion is shown.
        habit: how much speakers differ in showing an emotion, in units of ``CHANCE``.
        chance: how much their utterances differ, in units of ``CHANCE``.
    """

    name: str
    number: int
    prefix: str
    counts: dict[str, int]
    speakers: int
    voice: Callable[[int, np.random.Generator], Voice]
    room: Callable[[np.random.Generator], Room]
    strength: tuple[float, float]
    habit: float
    chance: float


@dataclasses.dataclass(frozen=True)
class Speaker:
    """A voice, and its own way of showing each emotion (emotion → difference from the table's)."""

    name: str
    voice: Voice
    habits: dict[str, np.ndarray]


def child_voice(number: int, rng: np.random.Generator) -> Voice:
    """A child of about 10 to 13; the smaller, the higher the voice and the formants."""
    size = rng.uniform(0, 1)
    return Voice(
        f0=235 + 85 * np.clip(size + rng.normal(0, 0.15), 0, 1),
        f0_range=rng.uniform(1.8, 3.5),
        tract=1.2 + 0.15 * size,
        rate=rng.normal(4.1, 0.35),
        tilt=rng.normal(15, 2),
        breath=rng.normal(-25, 2.5),
        open_quotient=rng.uniform(0.58, 0.72),
        jitter=rng.uniform(0.009, 0.018),
        shimmer=rng.uniform(0.4, 0.9),
        level=rng.normal(-29, 2),
    )


def actor_voice(number: int, rng: np.random.Generator) -> Voice:
    """A trained voice; actors of even number are men, of odd number women."""
    woman = number % 2
    return Voice(
        f0=rng.normal(195, 14) if woman else rng.normal(116, 9),
        f0_range=rng.uniform(2.5, 4),
        tract=rng.normal(1.15, 0.03) if woman else rng.normal(1.0, 0.03),
        rate=rng.normal(5.2, 0.35),
        tilt=rng.normal(15 if woman else 13, 1.5),
        breath=rng.normal(-28 if woman else -31, 2),
        open_quotient=rng.uniform(0.55, 0.65) if woman else rng.uniform(0.45, 0.58),
        jitter=rng.uniform(0.005, 0.01),
        shimmer=rng.uniform(0.2, 0.5),
        level=rng.normal(-26, 1),
    )


def classroom(rng: np.random.Generator) -> Room:
    """The child moves, and so does the distance to the microphone."""
    return Room(
        reverberation=rng.uniform(0.35, 0.6),
        reverberant=rng.uniform(-12, -4),
        noise=rng.uniform(-58, -48),
        gain=rng.normal(0, 3),
    )


def studio(rng: np.random.Generator) -> Room:
    """Dry and quiet."""
    return Room(reverberation=0.12, reverberant=rng.uniform(-24, -20), noise=rng.uniform(-75, -70))


CHILDREN = Recipe(
    name="demo-children",
    number=0,
    prefix="child",
    counts=CHILDREN_COUNTS,
    speakers=26,
    voice=child_voice,
    room=classroom,
    strength=(0.6, 0.3),
    habit=0.5,
    chance=1.3,
)
ACTORS = Recipe(
    name="demo-actors",
    number=1,
    prefix="actor",
    counts=ACTORS_COUNTS,
    speakers=10,
    voice=actor_voice,
    room=studio,
    strength=(1.0, 0.15),
    habit=0.3,
    chance=0.45,
)


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
    """Makes what is missing of a corpus, and returns its table."""
    folder = Path(path).expanduser() if path else cache_directory(options.cache_dir) / recipe.name
    cast = speakers(recipe)
    emotions = [emotion for emotion, count in recipe.counts.items() for _ in range(count)]
    who = [cast[generator(recipe, UTTERANCES, n).integers(len(cast))] for n in range(len(emotions))]
    files = [
        folder / f"{speaker.name}_{emotion}_{number:04d}.wav"
        for number, (speaker, emotion) in enumerate(zip(who, emotions, strict=True))
    ]
    make_files(recipe, folder, files, lambda n: utterance(recipe, n, who[n], emotions[n]))
    names = [speaker.name for speaker in who]
    return make_corpus(recipe.name, map(str, files), names, emotions, valence=VALENCE)


def generator(recipe: Recipe, stream: int, number: int) -> np.random.Generator:
    """Random numbers of one speaker or utterance, whatever else was made before."""
    return np.random.default_rng([SEED, recipe.number, stream, number])


def speakers(recipe: Recipe) -> list[Speaker]:
    """Draws the corpus's speakers."""
    cast = []
    for number in range(recipe.speakers):
        rng = generator(recipe, SPEAKERS, number)
        voice = recipe.voice(number, rng)
        habits = {emotion: recipe.habit * by_chance(rng) for emotion in recipe.counts}
        cast.append(Speaker(f"{recipe.prefix}{number + 1:02d}", voice, habits))
    return cast


def by_chance(rng: np.random.Generator) -> np.ndarray:
    """[fields of an Expression], normal with the standard deviations ``CHANCE``."""
    spread = np.array(dataclasses.astuple(CHANCE))
    return spread * rng.standard_normal(len(spread))


def utterance(recipe: Recipe, number: int, speaker: Speaker, emotion: str) -> np.ndarray:
    """Speaks one utterance of the corpus; float32 [samples]."""
    rng = generator(recipe, UTTERANCES, number)
    rng.integers(recipe.speakers)  # the one that chose the speaker
    strength = max(0.0, rng.normal(*recipe.strength))
    shown = np.array(dataclasses.astuple(EXPRESSIONS[emotion])) + speaker.habits[emotion]
    expression = Expression(*(strength * shown + recipe.chance * by_chance(rng)))
    return synthesise(speaker.voice, expression, recipe.room(rng), rng)


def make_files(recipe: Recipe, folder: Path, files: list[Path], signal: Callable) -> None:
    """Writes the recordings that are missing, and checks those that are there.

    A list of digests stands beside the recordings. A recording's line is written before
    the recording gets its name, so that one without its line, or unlike it, is not ours:
    cut short, edited, or made by another version. Writing to another name first
    makes this safe against interruption, and against others that make the same corpus.

    Args:
        recipe: for messages.
        folder: where.
        files: what is to be there.
        signal: number of a file → its samples.
    """
    digests = folder / f"synthesis-{VERSION}.sha256"
    try:
        missing = [n for n, file in enumerate(files) if not file.exists()]
        # The list is read after the look at the files: others may be adding to both.
        known = read_digests(digests)
        for n in sorted(set(range(len(files))) - set(missing)):
            check_file(recipe, files[n], known)
        if not missing:
            return
        folder.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory(prefix=".part-", dir=folder) as part,
            digests.open("a", encoding="utf-8") as lines,
        ):
            for n in tqdm(missing, desc=f"making {recipe.name}", unit="file", disable=None):
                new = Path(part, files[n].name)
                audiofile.write(str(new), signal(n), SAMPLING_RATE, bit_depth=16)
                # The line break comes first: a line cut short must not spoil the next one.
                lines.write(f"\n{digest(new)}  {files[n].name}")
                lines.flush()
                os.replace(new, files[n])
    except (OSError, soundfile.LibsndfileError) as error:
        found = getattr(error, "strerror", None) or error
        raise InputError(
            f"{recipe.name}: expected a folder to write recordings to at {folder}, "
            f"found: {found}. Name another, or one with more space, with {recipe.name}:DIR."
        ) from error


def read_digests(path: Path) -> dict[str, str]:
    """Digest of each recording made so far."""
    if not path.exists():
        return {}
    lines = (line.split("  ") for line in path.read_text(encoding="utf-8").splitlines())
    return {line[1]: line[0] for line in lines if len(line) == 2}


def check_file(recipe: Recipe, file: Path, known: dict[str, str]) -> None:
    """Compares a recording with the list of digests.

    Raises:
        InputError: it is not what was made.
    """
    if known.get(file.name) != digest(file):
        raise InputError(
            f"{recipe.name}: expected {file} as version {VERSION} of the synthesiser made it, "
            "found other content. Delete it, or all of its folder, to have it made again."
        )


def digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
