"""A room: convolution with an impulse response, measured or simulated.

An impulse response is what a microphone records when a single click is played in the room. A room adds up delayed,
weaker copies of whatever sounds in it, and does so in the same way at any moment and at any level: it is a linear,
time-invariant system, so its answer to any sound is the convolution of that sound with its answer to the click.
"""

from __future__ import annotations

import numpy as np

from algorithms.augmentation.checks import SAMPLE_RATE, between, sound

SPEED_OF_SOUND = 343.0  # m/s, in air of 20 degrees


def reverberate(y: np.ndarray, response: np.ndarray) -> np.ndarray:
    """Put a sound into a room: (y * h)[t] = sum over k of h[k] y[t - k], computed as a product of spectra.

    The response is cut to begin at its strongest sample, the direct sound, so that nothing moves in time and labels
    stay where they are; and the result gets the level (RMS) of `y`, so that only the room differs.

    Parameters
    ----------
    y : float [n]
    response : float [m]

    Returns
    -------
    float32 [n]: the ringing after the last sample is cut off
    """
    y, h = sound(y), sound(response)
    h = h[int(np.abs(h).argmax()) :]
    size = 1 << (len(y) + len(h) - 2).bit_length()  # long enough that the end does not wrap around to the beginning
    wet = np.fft.irfft(np.fft.rfft(y, size) * np.fft.rfft(h, size), size)[: len(y)]
    level = np.sqrt(np.mean(wet**2))
    return (wet * (np.sqrt(np.mean(y**2)) / level if level > 0 else 1.0)).astype(np.float32)


def shoebox(
    room_m: tuple[float, float, float],
    source_m: tuple[float, float, float],
    microphone_m: tuple[float, float, float],
    decay_s: float,
    *,
    order: int = 12,
    sample_rate: int = SAMPLE_RATE,
) -> np.ndarray:
    """Simulate the impulse response of a rectangular room with the image-source method (Allen and Berkley 1979).

    A wall acts like a mirror: behind it stands an image of the source, which has images in the other walls, and so on.
    Each image sends one click, delayed by its distance over the speed of sound, weaker by 1 / distance and by the
    reflection factor of every wall it was mirrored in. The factor follows from the reverberation time by Eyring's
    formula: decay_s = 0.161 V / (-S ln(1 - a)), with volume V, surface S and a = 1 - factor^2 absorbed at each wall.

    Parameters
    ----------
    room_m : length, width, height, 1 to 30 m each
    source_m, microphone_m : places inside
    decay_s : reverberation time T60 (to -60 dB), 0.05 to 3 s
    order : images that were mirrored up to so often in each direction, 1 to 40

    Returns
    -------
    float64 [m]; the direct sound of a source 1 m away is 1
    """
    room, source, mic = (np.asarray(v, float) for v in (room_m, source_m, microphone_m))
    if room.shape != (3,) or (room < 1).any() or (room > 30).any():
        raise ValueError("A room has a length, a width and a height of 1 to 30 m each.")
    if any(v.shape != (3,) or (v <= 0).any() or (v >= room).any() for v in (source, mic)):
        raise ValueError("The source and the microphone must stand inside the room.")
    decay_s = between(decay_s, 0.05, 3, "The reverberation time", "s")
    order = int(between(order, 1, 40, "The number of mirrorings"))
    volume = room.prod()
    surface = 2 * (room[0] * room[1] + room[1] * room[2] + room[2] * room[0])
    reflection = np.exp(-0.161 * volume / (decay_s * surface) / 2)  # of the amplitude, hence the last half
    cells = np.arange(-order, order + 1)
    # Along one axis of length L the images of x lie at 2 k L + x, mirrored |2 k| times, and at 2 k L - x, |2 k - 1|.
    axes = []
    for length, x, m in zip(room, source, mic, strict=True):
        place = np.concatenate([2 * cells * length + x, 2 * cells * length - x]) - m
        axes.append((place, np.concatenate([np.abs(2 * cells), np.abs(2 * cells - 1)])))
    (x, nx), (y, ny), (z, nz) = axes
    distance = np.sqrt(x[:, None, None] ** 2 + y[None, :, None] ** 2 + z[None, None, :] ** 2).ravel()
    bounces = (nx[:, None, None] + ny[None, :, None] + nz[None, None, :]).ravel()
    samples = np.rint(distance / SPEED_OF_SOUND * sample_rate).astype(int)
    amount = reflection**bounces / np.maximum(distance, 0.1)
    keep = samples < int(decay_s * sample_rate) + samples.min()
    return np.bincount(samples[keep], amount[keep])


def random_shoebox(rng: np.random.Generator, decay_s: float, *, order: int = 12) -> np.ndarray:
    """A response as `shoebox` gives it, of a random room of 3 to 8 m, the talker 0.5 m or more from the microphone."""
    room = rng.uniform((3, 3, 2.4), (8, 6, 3.5))
    while True:
        source, mic = rng.uniform(0.4, room - 0.4), rng.uniform(0.4, room - 0.4)
        if np.linalg.norm(source - mic) >= 0.5:
            return shoebox(tuple(room), tuple(source), tuple(mic), decay_s, order=order)


def decay_curve(response: np.ndarray) -> np.ndarray:
    """What is left of a response's energy after each sample in dB (Schroeder 1965: integrated backwards), float [m]."""
    left = np.cumsum(sound(response)[::-1] ** 2)[::-1]
    return 10 * np.log10(np.maximum(left / left[0], 1e-12))


def measured_decay_s(response: np.ndarray, sample_rate: int = SAMPLE_RATE) -> float:
    """Reverberation time (to -60 dB) by a line through the decay curve from -5 to -25 dB (ISO 3382's T20), seconds."""
    level = decay_curve(response)
    part = np.flatnonzero((level <= -5) & (level >= -25))
    if len(part) < 2:
        return 0.0
    slope = np.polyfit(part / sample_rate, level[part], 1)[0]
    return float(-60 / slope) if slope < 0 else 0.0
