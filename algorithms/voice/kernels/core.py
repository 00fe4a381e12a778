"""Small building blocks that every voice effect shares: gliding parameters, delay lines, filters, noise.

Every file of this folder is written in a small part of Python (see `algorithms.voice.kernel_js`): numbers, flat
float64 arrays, loops, a few functions of `math`. So one text is the definition of an effect twice over: numba
compiles it for the server and `kernel_js` rewrites it in JavaScript for the browser. An effect is a function

    kernel(x, n, target, now, s, *buffers)

    x : float64 [1024]      the sound at 48 kHz, changed in place; only x[0 .. n-1] counts
    n : int                 how many samples, 1 to 1024; the result must not depend on how a sound is cut into blocks
    target, now : float64   the parameters as they were set, and as they are on their way there (see `glide`)
    s : float64             what the effect remembers as single numbers; all zero at the start
    buffers : float64 each  what it remembers as rows: delay lines, spectra; all zero at the start
"""

from math import cos, exp, floor, pi, sin, sqrt

RATE = 48000  # samples a second, everywhere in the engine
GLIDE = 0.00208  # 1 - exp(-1 / (0.010 * RATE)): a parameter covers 63 % of its way in 10 ms
OCTAVE = 0.6931471805599453  # ln 2


def glide(now, target, k):
    """Move parameter k one sample nearer to where it was set and return it: a jump would be heard as a click.

    One pole: p[t] = p[t-1] + g (target - p[t-1]) with a time constant of 10 ms.
    """
    way = target[k] - now[k]
    if abs(way) < 1e-9:
        now[k] = target[k]
    else:
        now[k] += GLIDE * way
    return now[k]


def flush(value):
    """Return 0 for what is far below hearing: a decaying filter would end in denormal numbers, which are slow."""
    if abs(value) < 1e-20:
        return 0.0
    return value


def ratio_of(semitones):
    """Return the frequency ratio of an interval: 12 semitones double the frequency."""
    return exp(semitones * OCTAVE / 12.0)


def gain_of(level_db):
    """Return the factor of a level in decibels: 20 log10(factor) = level_db."""
    return exp(level_db * 0.1151292546497023)  # ln(10) / 20


def read(line, position):
    """Read a delay line between its samples.

    `line` holds sample t at index t & (len - 1), so its length is a power of two. Four neighbours and a cubic through
    the middle two (Catmull and Rom's spline; Zölzer, DAFX, 2nd ed., section 11.3 compares interpolators).
    """
    base = floor(position)
    f = position - base
    mask = len(line) - 1
    a = line[(base - 1) & mask]
    b = line[base & mask]
    c = line[(base + 1) & mask]
    d = line[(base + 2) & mask]
    return b + 0.5 * f * (c - a + f * (2.0 * a - 5.0 * b + 4.0 * c - d + f * (3.0 * (b - c) + d - a)))


def hann(u):
    """Return the Hann window at u, from 1 at u = 0 to 0 at u = -1 and 1; two of them one apart add up to 1."""
    if abs(u) >= 1.0:
        return 0.0
    return 0.5 + 0.5 * cos(pi * u)


def biquad(value, c, z, k):
    """Pass one sample through the second-order filter number k: transposed direct form II.

    c[5k ..] holds b0, b1, b2, a1, a2 (with a0 = 1), z[2k ..] its two memories.
    """
    out = c[5 * k] * value + z[2 * k]
    z[2 * k] = flush(c[5 * k + 1] * value - c[5 * k + 3] * out + z[2 * k + 1])
    z[2 * k + 1] = flush(c[5 * k + 2] * value - c[5 * k + 4] * out)
    return out


def low_pass(c, k, cutoff_hz, q):
    """Write the coefficients of a low-pass into filter k (R. Bristow-Johnson, Audio EQ Cookbook)."""
    w = 2.0 * pi * cutoff_hz / RATE
    alpha = sin(w) / (2.0 * q)
    c[5 * k] = 0.5 * (1.0 - cos(w)) / (1.0 + alpha)
    c[5 * k + 1] = (1.0 - cos(w)) / (1.0 + alpha)
    c[5 * k + 2] = c[5 * k]
    c[5 * k + 3] = -2.0 * cos(w) / (1.0 + alpha)
    c[5 * k + 4] = (1.0 - alpha) / (1.0 + alpha)


def high_pass(c, k, cutoff_hz, q):
    """Write the coefficients of a high-pass into filter k (R. Bristow-Johnson, Audio EQ Cookbook)."""
    w = 2.0 * pi * cutoff_hz / RATE
    alpha = sin(w) / (2.0 * q)
    c[5 * k] = 0.5 * (1.0 + cos(w)) / (1.0 + alpha)
    c[5 * k + 1] = -(1.0 + cos(w)) / (1.0 + alpha)
    c[5 * k + 2] = c[5 * k]
    c[5 * k + 3] = -2.0 * cos(w) / (1.0 + alpha)
    c[5 * k + 4] = (1.0 - alpha) / (1.0 + alpha)


def next_seed(seed):
    """Return the next state of Lehmer's generator (Park and Miller 1988), exact in float64; 0 starts the row.

    x' = 16807 x mod (2^31 - 1): the product stays below 2^53, so Python and JavaScript draw the same numbers.
    """
    if seed == 0.0:
        seed = 20261123.0
    return (seed * 16807.0) % 2147483647.0


def white(seed):
    """Return white noise of variance 1 for a state of `next_seed`: uniform between -sqrt(3) and sqrt(3)."""
    return (2.0 * seed / 2147483647.0 - 1.0) * sqrt(3.0)
