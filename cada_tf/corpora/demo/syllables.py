"""What is said: random syllables of a consonant, a vowel and sometimes a pause.

These three are the segments of a syllable. Arrays over segments have 3 · syllables + 1
entries; the last is the silence before and after the utterance.
"""

import dataclasses

import numpy as np

STOP, FRICATIVE, NASAL, NONE = range(4)
"""Kinds of consonants; ``NONE`` in segments other than a consonant."""
SHARES = (0.4, 0.25, 0.35)
"""Of stops, fricatives and nasals."""


@dataclasses.dataclass(frozen=True)
class Syllables:
    """What is said.

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
