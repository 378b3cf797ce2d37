"""How an utterance is spoken."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Expression:
    """Prosody of one utterance, as differences from the speaker's neutral voice.

    Per cents are of the natural logarithm, so that +x and -x cancel.

    Args:
        pitch: F0 level, semitones.
        pitch_range: size of pitch accents, %.
        slope: declination of F0, semitones a second.
        rate: syllables a second, %.
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
