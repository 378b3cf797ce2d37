"""How a speaker sounds: the neutral voice, an expression of it, and the one of each emotion.

The table of emotions follows the acoustic correlates that the literature agrees on (directions,
and sizes as far as reported), as differences from neutral speech:

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

import numpy as np

from cada_tf.corpora.corpus import NEGATIVE, POSITIVE


@dataclasses.dataclass(frozen=True, kw_only=True)
class Voice:
    """The neutral voice of a speaker.

    Args:
        f0: mean fundamental frequency, Hz.
        f0_range: size of a pitch accent, semitones.
        tract: formants relative to an adult male's; a shorter vocal tract has a larger one.
        rate: syllables per second.
        tilt: attenuation of the glottal source at 3 kHz, dB.
        breath: aspiration noise relative to the pulses, dB.
        open_quotient: share of a glottal cycle during which the glottis is open.
        jitter: standard deviation of a cycle's length, relative.
        shimmer: standard deviation of a cycle's amplitude, dB.
        level: root mean square of an utterance, dB relative to full scale.
    """

    f0: float
    f0_range: float = 3.0
    tract: float = 1.0
    rate: float = 5.0
    tilt: float = 13.0
    breath: float = -30.0
    open_quotient: float = 0.6
    jitter: float = 0.008
    shimmer: float = 0.4
    level: float = -27.0


@dataclasses.dataclass(frozen=True)
class Expression:
    """Prosody of one utterance, as differences from the speaker's neutral voice.

    Per cents are of the natural logarithm, so that +x and -x cancel.

    Args:
        pitch: F0 level, semitones.
        pitch_range: size of pitch accents, %.
        slope: declination of F0, semitones per second.
        rate: syllables per second, %.
        loudness: level, dB.
        brightness: energy at 3 kHz beyond what loudness alone brings, dB (vocal effort).
        jitter: irregularity of cycles, in length and amplitude, %.
        breath: aspiration noise, dB.
        articulation: distance of vowels from schwa, %.
        pauses: probability of a pause after a syllable, % (of 1, not of a logarithm).
        accent: loudness of accented syllables over the others, dB.
        smile: formant frequencies, %; spread lips shorten the tract.
    """

    pitch: float = 0.0
    pitch_range: float = 0.0
    slope: float = 0.0
    rate: float = 0.0
    loudness: float = 0.0
    brightness: float = 0.0
    jitter: float = 0.0
    breath: float = 0.0
    articulation: float = 0.0
    pauses: float = 0.0
    accent: float = 0.0
    smile: float = 0.0

    def values(self) -> np.ndarray:
        """[fields] in their order, to add and scale expressions with."""
        return np.array(dataclasses.astuple(self))


# fmt: off
EXPRESSIONS = {
    # In the order of Expression's fields: pitch st, pitch range %, slope st/s, rate %;
    # loudness dB, brightness dB, jitter %, breath dB; articulation %, pauses %, accent dB, smile %.
    "neutral":      Expression(),
    # EMODB's
    "anger":        Expression( 6.0,  30, -0.5,   5,   7.0,  8,  25, -4,   22,  0,  4.0, -2.0),
    "boredom":      Expression(-1.5, -35, -0.5, -22,  -3.0, -3,  15,  2,  -20, 10, -1.0, -2.0),
    "disgust":      Expression( 0.5,  10, -1.0, -18,   1.0,  1,  25,  2,    8, 12,  2.0, -4.0),
    "fear":         Expression( 5.0, -20,  1.0,  12,   1.0,  2,  40,  4,   -8, 10, -1.0, -1.0),
    "sadness":      Expression(-0.5, -45, -0.5, -28,  -5.0, -7,  30,  4,  -25, 15, -2.0, -3.0),
    "happiness":    Expression( 5.0,  45,  0.5,   5,   3.5,  2, -15, -1,   10, -2,  1.0,  6.0),
    # Aibo's: two shades of anger, two of insistence, and two of kindness
    "angry":        Expression( 4.0,  25, -0.5,   0,   7.0,  8,  25, -4,   20,  2,  4.0, -2.0),
    "touchy":       Expression( 0.5, -10, -1.0, -12,  -1.5,  2,  30,  0,   -5, 10,  1.0, -3.0),
    "reprimanding": Expression(-0.5,  10, -2.0, -22,   2.0,  3,  20, -2,   12, 12,  2.5, -3.0),
    "emphatic":     Expression( 0.5,  10, -1.0, -25,   3.0,  3,  12, -2,   22, 14,  3.5, -1.5),
    "joyful":       Expression( 5.0,  45,  0.5,   6,   4.0,  2, -10,  0,   10, -2,  1.0,  6.0),
    "motherese":    Expression( 3.0,  40,  0.5,  -5,  -3.0, -4, -15,  3,    0,  0, -1.0,  5.0),
}
CHANCE = Expression(            1.3,  18,  0.8,   9,   2.0,  2,  15,  2,   10,  3,  1.2,  1.5)
# fmt: on
"""Standard deviations of what varies from one utterance to the next for reasons other than
emotion, and (a share of it) from one speaker to the next in the way an emotion is shown."""

VALENCE = {
    emotion: POSITIVE if emotion in ("joyful", "motherese", "happiness", "neutral") else NEGATIVE
    for emotion in EXPRESSIONS
}
"""Emotion → class, as in the paper's Table 1."""


def by_chance(rng: np.random.Generator) -> np.ndarray:
    """[fields of an Expression], normal with the standard deviations ``CHANCE``."""
    spread = CHANCE.values()
    return spread * rng.standard_normal(len(spread))
