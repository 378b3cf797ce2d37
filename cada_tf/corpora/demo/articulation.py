"""Where the tongue and the lips go: formants of vowels and consonants.

Reference:
    Peterson & Barney, "Control methods used in a study of the vowels", JASA 24(2), 1952.
"""

import numpy as np

from cada_tf.corpora.demo.expression import Expression
from cada_tf.corpora.demo.units import ratio
from cada_tf.corpora.demo.voice import Voice

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
