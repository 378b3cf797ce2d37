"""Random numbers that depend on the seed and a key alone, whatever was drawn before."""

import zlib

import numpy as np


def keyed_rng(seed: int, *key: int | str) -> np.random.Generator:
    """A generator that depends on the seed and the key alone."""
    return np.random.default_rng(keyed_seeds(seed, *key))


def keyed_seeds(seed: int, *key: int | str) -> np.random.SeedSequence:
    """The seed sequence of a key; words count by their CRC-32."""
    numbers = [zlib.crc32(part.encode()) if isinstance(part, str) else part for part in key]
    return np.random.SeedSequence([seed, *numbers])
