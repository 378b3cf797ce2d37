"""A small source-filter voice, so that the package can make corpora of its own.

Glottal pulses and noise (the source) pass five moving resonances (the vocal
tract) and a room. The design is Klatt's cascade synthesiser, reduced to what
the GeMAPS functionals see: F0, jitter, shimmer, harmonics-to-noise ratio,
formants, spectral slopes, loudness and the rhythm of syllables and pauses.
What it says is random syllables; it is speech-like, not intelligible.

Controls move in frames of 10 ms; all that runs at the sampling rate is NumPy or SciPy.

References:
    Klatt & Klatt, "Analysis, synthesis, and perception of voice quality variations
    among female and male talkers", JASA 87(2), 1990.
    Peterson & Barney, "Control methods used in a study of the vowels", JASA 24(2), 1952.
"""

import dataclasses

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.fft import irfft, rfft
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter, oaconvolve

SAMPLING_RATE = 16_000
FRAME = SAMPLING_RATE // 100  # samples of one control frame, 10 ms
SPAN = 6 * FRAME  # the tract's impulse response is below -60 dB after 40 ms
MIN_FRAMES = 120  # the functionals are unreliable below about a second of signal

# Hz, of an adult male. Vowels: Peterson & Barney's means for /i I E ae a o U u 3/.
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
SCHWA = np.array((500, 1500, 2500))  # the neutral tube, 17.5 cm
HIGHER_FORMANTS = (3500, 4500)
BANDWIDTHS = np.array((70, 90, 130, 200, 300))
LOCI = np.array([(250, 1000, 2300), (250, 1750, 2650), (300, 2000, 2400)])  # lips, teeth, palate
STOP, FRICATIVE, NASAL = range(3)
CONSONANTS = (0.4, 0.25, 0.35)  # their shares
SILENT = -80.0  # dB


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
        pauses: probability of a pause after a syllable, %.
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


@dataclasses.dataclass(frozen=True, kw_only=True)
class Room:
    """Where it is recorded.

    Args:
        reverberation: time in which sound decays by 60 dB, seconds.
        reverberant: level of the reverberation relative to the direct sound, dB.
        noise: root mean square of the background noise, dB relative to full scale.
        gain: what distance from the microphone does to the speaker's level, dB.
    """

    reverberation: float = 0.15
    reverberant: float = -20.0
    noise: float = -70.0
    gain: float = 0.0


@dataclasses.dataclass(frozen=True)
class Controls:
    """What moves while an utterance is spoken, one entry a frame of 10 ms.

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


def synthesise(
    voice: Voice, expression: Expression, room: Room, rng: np.random.Generator
) -> np.ndarray:
    """Speaks one utterance of random syllables.

    Args:
        voice: who speaks.
        expression: how.
        room: where.
        rng: what is said, and all that varies by chance.

    Returns:
        float32 [samples] in [-1, 1] at ``SAMPLING_RATE``; at least 1.2 s.
    """
    controls = plan(voice, expression, rng)
    source = glottal_source(voice, expression, controls, rng)
    speech = vocal_tract(source, controls.formants) + frication(voice, controls, rng)
    speech *= decibels(voice.level + expression.loudness + room.gain) / np.sqrt(np.mean(speech**2))
    return record(speech, room, rng)


def plan(voice: Voice, expression: Expression, rng: np.random.Generator) -> Controls:
    """Draws syllables of consonant, vowel and sometimes a pause, and their melody."""
    count = rng.integers(5, 9)
    accented = rng.random(count) < 0.35
    accented[rng.integers(count)] = True
    consonants = rng.choice(3, count, p=CONSONANTS)
    segment, place = timing(voice, expression, accented, rng)

    formants = articulate(voice, expression, rng, count)[segment]
    vowel_level = (3.0 + expression.accent) * accented + rng.normal(0, 1.5, count)
    levels = np.stack(
        [np.array((SILENT, SILENT, -9.0))[consonants], vowel_level, np.full(count, SILENT)], axis=1
    )
    levels = np.append(levels, SILENT)[segment]
    excursion = voice.f0_range * ratio(expression.pitch_range)
    melody = excursion * (accented + rng.normal(0, 0.35, count))
    melody[-1] -= 0.5 * excursion  # statements end low
    melody = np.append(np.repeat(melody, 3), melody[-1])[segment]
    time = np.arange(len(segment)) * FRAME / SAMPLING_RATE
    slope = (expression.slope - 1.5) * (time - time.mean())  # people decline by 1-2 st/s
    melody = gaussian_filter1d(melody - melody.mean(), 5) + slope

    kind = np.append(np.repeat(consonants, 3), -1)[segment]
    consonant = (segment % 3 == 0) & (kind >= 0)
    noisy = consonant & ((kind == FRICATIVE) | ((kind == STOP) & (place > 0.75)))
    front = np.append(np.repeat(rng.random(count) < 0.5, 3), False)[segment]
    return Controls(
        f0=voice.f0 * 2 ** ((expression.pitch + melody) / 12),
        voicing=gaussian_filter1d(decibels(levels), 1.2),
        hiss=gaussian_filter1d((noisy & front).astype(float), 0.7),
        hush=gaussian_filter1d((noisy & ~front).astype(float), 0.7),
        effort=np.clip(0.5 + gaussian_filter1d(np.maximum(levels, -9), 3) / 12, 0, 1),
        formants=gaussian_filter1d(formants, 2.5, axis=0),
    )


def timing(voice: Voice, expression: Expression, accented, rng: np.random.Generator):
    """Lays consonants, vowels and pauses out in time.

    Returns:
        Two arrays [frames]: the segment (3 a syllable; a last one for the silence after
        them) and how much of that segment is over, from 0 to 1.
    """
    count = len(accented)
    syllable = 1 / (voice.rate * ratio(expression.rate)) * np.exp(rng.normal(0, 0.2, count))
    pause = (rng.random(count) < 0.06 + expression.pauses / 100) * rng.uniform(0.12, 0.4, count)
    lengths = np.stack([0.38 * syllable, 0.62 * syllable * (1 + 0.25 * accented), pause], axis=1)
    ends = rng.uniform(0.08, 0.15) + np.cumsum(lengths)
    frames = max(MIN_FRAMES, round((ends[-1] + rng.uniform(0.1, 0.2)) * SAMPLING_RATE / FRAME))
    time = np.arange(frames) * FRAME / SAMPLING_RATE
    segment = np.searchsorted(ends, time, side="right")
    edges = np.append(ends, time[-1] + 1)
    place = 1 - (edges[segment] - time) / np.maximum(np.append(lengths, 1)[segment], 1e-3)
    segment[time < ends[0] - lengths[0, 0]] = 3 * count  # the silence before is like that after
    return segment, np.clip(place, 0, 1)


def articulate(voice: Voice, expression: Expression, rng: np.random.Generator, count: int):
    """Formants of each segment, [3 · count + 1, 5] Hz."""
    vowels = VOWELS[rng.integers(len(VOWELS), size=count)]
    vowels = SCHWA * (vowels / SCHWA) ** ratio(expression.articulation)
    loci = LOCI[rng.integers(len(LOCI), size=count)]
    rest = np.broadcast_to(SCHWA, vowels.shape)
    low = np.append(np.stack([loci, vowels, rest], axis=1).reshape(-1, 3), SCHWA[None], axis=0)
    high = np.broadcast_to(HIGHER_FORMANTS, (len(low), 2))
    return np.concatenate([low, high], axis=1) * voice.tract * ratio(expression.smile)


def glottal_source(
    voice: Voice, expression: Expression, controls: Controls, rng: np.random.Generator
) -> np.ndarray:
    """Flow derivative of the glottis with aspiration, [samples].

    The pulse is KLGLOTT88's, 2x - 3x² over the open part x of a cycle, behind a
    one-pole low-pass that is weaker where the effort is greater.
    """
    irregular = ratio(expression.jitter)
    cycle, fraction = glottal_cycles(upsample(controls.f0), voice.jitter * irregular, rng)
    shimmer = decibels(rng.normal(0, voice.shimmer * irregular, cycle[-1] + 1))
    x = fraction / voice.open_quotient
    opened = x < 1
    pulses = np.where(opened, 2 * x - 3 * x**2, 0) * shimmer[cycle]
    tilt = voice.tilt - expression.brightness
    lax, pressed = (low_pass(pulses, max(tilt + change, 0.5)) for change in (3, -3))
    pulses = lax + upsample(controls.effort) * (pressed - lax)
    breath = decibels(voice.breath + expression.breath) * (0.4 + 0.6 * opened)
    noise = breath * rng.standard_normal(len(pulses))
    return upsample(controls.voicing) * (pulses + noise)


def glottal_cycles(f0: np.ndarray, jitter: float, rng: np.random.Generator):
    """Number of each sample's glottal cycle, and how much of the cycle is over.

    Jitter moves the instants of closure, found where the phase passes an integer.
    """
    phase = np.cumsum(f0) / SAMPLING_RATE
    closures = np.interp(np.arange(int(phase[-1]) + 2), phase, np.arange(len(phase)))
    periods = np.diff(closures) * (1 + np.clip(rng.normal(0, jitter, len(closures) - 1), -0.4, 0.4))
    closures = np.append(0, np.cumsum(periods))
    closures[-1] = max(closures[-1], len(phase))
    phase = np.interp(np.arange(len(phase)), closures, np.arange(len(closures)))
    cycle = phase.astype(int)
    return cycle, phase - cycle


def vocal_tract(source: np.ndarray, formants: np.ndarray) -> np.ndarray:
    """Five resonances in cascade, of unit gain at 0 Hz, that move without a click.

    Overlapping triangles cut the source into pieces around the frames; each piece is
    filtered by its frame's resonances, so that filters fade into each other. Done on
    spectra, all frames at once.

    Args:
        source: [frames · FRAME].
        formants: [frames, 5] Hz.
    """
    width = np.maximum(BANDWIDTHS * np.sqrt(formants / formants.mean(axis=0)), 60)
    poles, gain = np.ones((len(formants), 1)), np.ones((len(formants), 1))
    for resonance in np.moveaxis(resonators(formants, width), 1, 0):
        poles = sum(
            np.pad(resonance[:, [k]] * poles, ((0, 0), (k, 2 - k))) for k in range(3)
        )  # the product of both polynomials
        gain *= resonance.sum(axis=1, keepdims=True)
    triangle = 1 - np.abs((np.arange(2 * FRAME) + 0.5) / FRAME - 1)
    pieces = sliding_window_view(np.pad(source, FRAME // 2), 2 * FRAME)[::FRAME] * triangle
    pieces = irfft(rfft(pieces, SPAN) * gain / rfft(poles, SPAN), SPAN)
    pieces = pieces.reshape(len(formants), -1, FRAME)
    speech = np.zeros((len(formants) + pieces.shape[1], FRAME))
    for k in range(pieces.shape[1]):
        speech[k : k + len(pieces)] += pieces[:, k]
    return speech.reshape(-1)[FRAME // 2 :][: len(source)]


def frication(voice: Voice, controls: Controls, rng: np.random.Generator) -> np.ndarray:
    """Noise of fricatives and bursts, [samples]: near 5 kHz at the teeth, 2.8 kHz further back."""
    noise = rng.standard_normal(len(controls.f0) * FRAME)
    speech = np.zeros_like(noise)
    for gain, centre in ((controls.hiss, 5000.0), (controls.hush, 2800.0)):
        centre = min(centre * voice.tract, 6500.0)
        poles = resonators(centre, 1200.0)
        speech += upsample(gain) * lfilter([poles.sum(), -poles.sum()], poles, noise)
    return 0.06 * speech


def resonators(centres, bandwidths) -> np.ndarray:
    """Denominators [..., 3] of second-order resonances; ``centres`` and widths [...] in Hz."""
    radius = np.exp(-np.pi * bandwidths / SAMPLING_RATE)
    linear = -2 * radius * np.cos(2 * np.pi * centres / SAMPLING_RATE)
    return np.stack([np.ones_like(radius), linear, radius**2], axis=-1)


def low_pass(signal: np.ndarray, attenuation: float) -> np.ndarray:
    """One pole, unit gain at 0 Hz and ``attenuation`` dB less at 3 kHz."""
    power = 10 ** (attenuation / 10)
    k = 1 + (1 - np.cos(2 * np.pi * 3000 / SAMPLING_RATE)) / (power - 1)
    pole = k - np.sqrt(k**2 - 1)
    return lfilter([1 - pole], [1, -pole], signal)


def record(speech: np.ndarray, room: Room, rng: np.random.Generator) -> np.ndarray:
    """Adds reverberation (exponentially decaying noise) and background noise."""
    time = np.arange(1, int(0.7 * room.reverberation * SAMPLING_RATE) + 2) / SAMPLING_RATE
    echo = rng.standard_normal(len(time)) * 10 ** (-3 * time / room.reverberation)
    echo *= decibels(room.reverberant) / np.sqrt(np.sum(echo**2))
    echo[0] += 1
    speech = oaconvolve(speech, echo)[: len(speech)]
    noise = lfilter([1], [1, -0.9], rng.standard_normal(len(speech)))  # rooms hum more than hiss
    speech += decibels(room.noise) / np.std(noise) * noise
    return (speech * min(1, 0.95 / np.abs(speech).max())).astype(np.float32)


def upsample(track: np.ndarray) -> np.ndarray:
    """Frames to samples, linearly between the middles of frames."""
    samples = np.arange(len(track) * FRAME)
    return np.interp(samples, (np.arange(len(track)) + 0.5) * FRAME, track)


def decibels(level):
    """Amplitude of a level in dB."""
    return 10 ** (np.asarray(level) / 20)


def ratio(per_cent: float) -> float:
    """Factor of a logarithmic per cent."""
    return float(np.exp(per_cent / 100))
