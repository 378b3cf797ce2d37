"""Prosody: syllables, their rhythm, formants and melody, as controls of the synthesiser.

An utterance is a random sequence of syllables, each of three segments: a consonant, a vowel and
sometimes a pause. Arrays over segments have 3 · syllables + 1 entries; the last is the silence
before and after the utterance.

Reference:
    Peterson & Barney, "Control methods used in a study of the vowels", JASA 24(2), 1952.
"""

import dataclasses

import numpy as np
from scipy.ndimage import gaussian_filter1d

from cada_tf.corpora.demo.units import FRAME, SAMPLING_RATE, decibels, frame_times, ratio
from cada_tf.corpora.demo.voice import Expression, Voice

STOP, FRICATIVE, NASAL, NONE = range(4)
"""Kinds of consonants; ``NONE`` in segments other than a consonant."""
SHARES = (0.4, 0.25, 0.35)
"""Of stops, fricatives and nasals."""
MIN_FRAMES = 120
"""The functionals are unreliable below about a second of signal."""
VOWELS = np.array(
    [
        (270, 2290, 3010),
        (390, 1990, 2550),
        (530, 1840, 2480),
        (660, 1720, 2410),
        (730, 1090, 2440),
        (570, 840, 2410),
        (440, 1020, 2240),
        (300, 870, 2240),
        (490, 1350, 1690),
    ]
)
"""First three formants, Hz: Peterson & Barney's means of men for /i I E ae a o U u 3/."""
SCHWA = np.array((500, 1500, 2500))
"""Those of the neutral tube, 17.5 cm, Hz."""
HIGHER_FORMANTS = (3500, 4500)
"""The fourth and fifth, of all sounds, Hz."""
LOCI = np.array([(250, 1000, 2300), (250, 1750, 2650), (300, 2000, 2400)])
"""Where formants are during consonants at the lips, the teeth and the palate, Hz."""
SILENT = -80.0  # dB
MURMUR = -9.0  # dB, of nasals
DECLINATION = -1.5  # st/s; people decline by 1-2


@dataclasses.dataclass(frozen=True)
class Syllables:
    """The syllables of an utterance.

    Args:
        accented: bool [syllables].
        consonants: int [syllables], ``STOP``, ``FRICATIVE`` or ``NASAL``.
    """

    accented: np.ndarray
    consonants: np.ndarray

    def __len__(self) -> int:
        return len(self.accented)

    def per_segment(self, values: np.ndarray, silence: float) -> np.ndarray:
        """[3 · syllables + 1] of ``values`` [syllables], and the value of ``silence``."""
        return np.append(np.repeat(values, 3), silence)

    def consonant_in_segment(self) -> np.ndarray:
        """Kind of consonant in each segment, int [3 · syllables + 1]."""
        kinds = np.full(3 * len(self) + 1, NONE)
        kinds[:-1:3] = self.consonants
        return kinds


def draw_syllables(rng: np.random.Generator) -> Syllables:
    """Five to eight syllables, at least one of them accented."""
    count = rng.integers(5, 9)
    accented = rng.random(count) < 0.35
    accented[rng.integers(count)] = True
    return Syllables(accented, rng.choice(3, count, p=SHARES))


@dataclasses.dataclass(frozen=True)
class Rhythm:
    """The segment that each frame belongs to.

    Args:
        segment: int [frames], index into arrays over segments (see the module).
        elapsed: [frames], how much of that segment is over, from 0 to 1.
    """

    segment: np.ndarray
    elapsed: np.ndarray


def lay_out(
    syllables: Syllables, voice: Voice, expression: Expression, rng: np.random.Generator
) -> Rhythm:
    """Lays segments out in time, between two short silences."""
    lengths = segment_lengths(syllables, voice, expression, rng)
    start = rng.uniform(0.08, 0.15)
    ends = start + np.cumsum(lengths)
    duration = ends[-1] + rng.uniform(0.1, 0.2)
    time = frame_times(max(MIN_FRAMES, round(duration * SAMPLING_RATE / FRAME)))
    segment = np.searchsorted(ends, time, side="right")
    ends = np.append(ends, time[-1] + 1)
    lengths = np.append(lengths, 1)
    elapsed = 1 - (ends[segment] - time) / np.maximum(lengths[segment], 1e-3)
    segment[time < ends[0] - lengths[0]] = 3 * len(syllables)  # the silence before
    return Rhythm(segment, np.clip(elapsed, 0, 1))


def segment_lengths(
    syllables: Syllables, voice: Voice, expression: Expression, rng: np.random.Generator
) -> np.ndarray:
    """Seconds of consonants, vowels and pauses, [syllables, 3]; most pauses have 0."""
    count = len(syllables)
    syllable = 1 / (voice.rate * ratio(expression.rate)) * np.exp(rng.normal(0, 0.2, count))
    vowel = 0.62 * syllable * (1 + 0.25 * syllables.accented)
    paused = rng.random(count) < 0.06 + expression.pauses / 100
    pause = paused * rng.uniform(0.12, 0.4, count)
    return np.stack([0.38 * syllable, vowel, pause], axis=1)


def articulate(
    voice: Voice, expression: Expression, rng: np.random.Generator, count: int
) -> np.ndarray:
    """Draws vowels and places of consonants.

    Args:
        voice: who speaks.
        expression: how.
        rng: what is said.
        count: number of syllables.

    Returns:
        Formants of each segment, [3 · count + 1, 5] Hz.
    """
    vowels = VOWELS[rng.integers(len(VOWELS), size=count)]
    vowels = SCHWA * (vowels / SCHWA) ** ratio(expression.articulation)
    loci = LOCI[rng.integers(len(LOCI), size=count)]
    rest = np.broadcast_to(SCHWA, vowels.shape)
    low = np.append(np.stack([loci, vowels, rest], axis=1).reshape(-1, 3), SCHWA[None], axis=0)
    high = np.broadcast_to(HIGHER_FORMANTS, (len(low), 2))
    return np.concatenate([low, high], axis=1) * voice.tract * ratio(expression.smile)


@dataclasses.dataclass(frozen=True)
class Controls:
    """What moves while an utterance is spoken, one entry per frame of 10 ms.

    Args:
        f0: [frames] Hz.
        voicing, hiss, hush: [frames] linear amplitudes of the glottal source, and of
            frication at the teeth and further back.
        effort: [frames] 0 (lax) to 1 (pressed), what accents do to the voice's spectrum.
        formants: [frames, 5] Hz.
    """

    f0: np.ndarray
    voicing: np.ndarray
    hiss: np.ndarray
    hush: np.ndarray
    effort: np.ndarray
    formants: np.ndarray


def plan(voice: Voice, expression: Expression, rng: np.random.Generator) -> Controls:
    """Draws syllables, their rhythm and their melody.

    Targets of segments become movements by Gaussian filters, whose widths are in frames.

    Args:
        voice: who speaks.
        expression: how.
        rng: what is said; the order of the calls below is part of the corpora.
    """
    syllables = draw_syllables(rng)
    rhythm = lay_out(syllables, voice, expression, rng)
    formants = articulate(voice, expression, rng, len(syllables))[rhythm.segment]
    levels = voice_levels(expression, syllables, rng)[rhythm.segment]
    semitones = expression.pitch + melody(voice, expression, syllables, rhythm, rng)
    hiss, hush = frication_times(syllables, rhythm, rng)
    return Controls(
        f0=voice.f0 * 2 ** (semitones / 12),
        voicing=gaussian_filter1d(decibels(levels), 1.2),
        hiss=gaussian_filter1d(hiss.astype(float), 0.7),
        hush=gaussian_filter1d(hush.astype(float), 0.7),
        effort=np.clip(0.5 + gaussian_filter1d(np.maximum(levels, MURMUR), 3) / 12, 0, 1),
        formants=gaussian_filter1d(formants, 2.5, axis=0),
    )


def voice_levels(
    expression: Expression, syllables: Syllables, rng: np.random.Generator
) -> np.ndarray:
    """Level of the glottal source in each segment, [3 · syllables + 1] dB."""
    count = len(syllables)
    consonants = np.array((SILENT, SILENT, MURMUR))[syllables.consonants]
    vowels = (3.0 + expression.accent) * syllables.accented + rng.normal(0, 1.5, count)
    pauses = np.full(count, SILENT)
    return np.append(np.stack([consonants, vowels, pauses], axis=1), SILENT)


def melody(
    voice: Voice,
    expression: Expression,
    syllables: Syllables,
    rhythm: Rhythm,
    rng: np.random.Generator,
) -> np.ndarray:
    """Pitch accents on a declining line, [frames] semitones around 0."""
    excursion = voice.f0_range * ratio(expression.pitch_range)
    accents = excursion * (syllables.accented + rng.normal(0, 0.35, len(syllables)))
    accents[-1] -= 0.5 * excursion  # statements end low
    accents = syllables.per_segment(accents, accents[-1])[rhythm.segment]
    time = frame_times(len(accents))
    line = (expression.slope + DECLINATION) * (time - time.mean())
    return gaussian_filter1d(accents - accents.mean(), 5) + line


def frication_times(
    syllables: Syllables, rhythm: Rhythm, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """When fricatives, and stops at their release, make noise.

    Returns:
        Two bool arrays [frames]: at the teeth, and further back.
    """
    front = syllables.per_segment(rng.random(len(syllables)) < 0.5, False)[rhythm.segment]
    consonant = syllables.consonant_in_segment()[rhythm.segment]
    noisy = (consonant == FRICATIVE) | ((consonant == STOP) & (rhythm.elapsed > 0.75))
    return noisy & front, noisy & ~front
