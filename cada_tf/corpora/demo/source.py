"""The sound sources: glottal pulses with breath, and the noise of consonants.

Reference:
    Klatt & Klatt, "Analysis, synthesis, and perception of voice quality variations
    among female and male talkers", JASA 87(2), 1990 (the pulse KLGLOTT88).
"""

import numpy as np
from scipy.signal import lfilter

from cada_tf.corpora.demo.filters import low_pass, resonators
from cada_tf.corpora.demo.prosody import Controls
from cada_tf.corpora.demo.units import FRAME, SAMPLING_RATE, decibels, ratio, upsample
from cada_tf.corpora.demo.voice import Expression, Voice

HISS, HUSH = 5000.0, 2800.0
"""Centres of the noise at the teeth and further back, of an adult male, Hz."""
HIGHEST = 6500.0  # Hz, well below half the sampling rate
BANDWIDTH = 1200.0  # Hz
FRICATION_GAIN = 0.06  # relative to the voice


def glottal_source(
    voice: Voice, expression: Expression, controls: Controls, rng: np.random.Generator
) -> np.ndarray:
    """Flow derivative of the glottis with aspiration, [samples].

    The pulse is KLGLOTT88's, 2x - 3x² over the open part x of a cycle, behind a
    one-pole low-pass that is weaker where the effort is greater.
    """
    irregular = ratio(expression.jitter)
    cycle, elapsed = glottal_cycles(upsample(controls.f0), voice.jitter * irregular, rng)
    shimmer = decibels(rng.normal(0, voice.shimmer * irregular, cycle[-1] + 1))
    x = elapsed / voice.open_quotient
    opened = x < 1
    pulses = np.where(opened, 2 * x - 3 * x**2, 0) * shimmer[cycle]
    pulses = tilt(pulses, voice.tilt - expression.brightness, upsample(controls.effort))
    breath = decibels(voice.breath + expression.breath) * (0.4 + 0.6 * opened)
    noise = breath * rng.standard_normal(len(pulses))
    return upsample(controls.voicing) * (pulses + noise)


def glottal_cycles(
    f0: np.ndarray, jitter: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Divides time into glottal cycles.

    Jitter moves the instants of closure, found where the phase passes an integer.

    Args:
        f0: [samples] Hz.
        jitter: standard deviation of a cycle's length, relative.
        rng: for the jitter.

    Returns:
        Two arrays [samples]: the number of the sample's cycle, int from 0, and how much
        of the cycle is over, from 0 to 1.
    """
    phase = np.cumsum(f0) / SAMPLING_RATE
    closures = np.interp(np.arange(int(phase[-1]) + 2), phase, np.arange(len(phase)))
    periods = np.diff(closures) * (1 + np.clip(rng.normal(0, jitter, len(closures) - 1), -0.4, 0.4))
    closures = np.append(0, np.cumsum(periods))
    closures[-1] = max(closures[-1], len(phase))
    phase = np.interp(np.arange(len(phase)), closures, np.arange(len(closures)))
    cycle = phase.astype(int)
    return cycle, phase - cycle


def tilt(pulses: np.ndarray, attenuation: float, effort: np.ndarray) -> np.ndarray:
    """Attenuates the treble of the pulses.

    Args:
        pulses: [samples].
        attenuation: at 3 kHz and an effort of 0.5, dB; 3 more when lax, 3 less when pressed.
        effort: [samples] from 0 (lax) to 1 (pressed).

    Returns:
        [samples].
    """
    lax, pressed = (low_pass(pulses, max(attenuation + change, 0.5)) for change in (3, -3))
    return lax + effort * (pressed - lax)


def frication(voice: Voice, controls: Controls, rng: np.random.Generator) -> np.ndarray:
    """Noise with one resonance at the place of each sound, [samples]."""
    noise = rng.standard_normal(len(controls.f0) * FRAME)
    speech = np.zeros_like(noise)
    for gain, centre in ((controls.hiss, HISS), (controls.hush, HUSH)):
        poles = resonators(min(centre * voice.tract, HIGHEST), BANDWIDTH)
        speech += upsample(gain) * lfilter([poles.sum(), -poles.sum()], poles, noise)
    return FRICATION_GAIN * speech
