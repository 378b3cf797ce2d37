"""Who speaks."""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class Voice:
    """A speaker, speaking neutrally.

    Args:
        f0: mean fundamental frequency, Hz.
        f0_range: size of a pitch accent, semitones.
        tract: formants relative to an adult male's; a shorter vocal tract has a larger one.
        rate: syllables a second.
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
