"""Effects of a few lines each: gain, noise gate, limiter, ring modulation, frequency shift, telephone, chorus."""

from math import cos, exp, floor, log, pi, sin

from algorithms.voice.kernels.core import RATE, biquad, flush, gain_of, glide, high_pass, low_pass, read

LOOKAHEAD = 48  # samples by which the limiter sees a peak coming: 1 ms
MU_LAW = 255.0  # ITU-T G.711, the companding of telephone networks in North America and Japan


def gain(x, n, target, now, s):
    """Make louder or softer: y = 10^(level / 20) x."""
    for i in range(n):
        x[i] *= gain_of(glide(now, target, 0))


def gate(x, n, target, now, s):
    """Let nothing through while nobody speaks: the level decides, and closing waits a little.

    Opens when the envelope (peaks, falling with 30 ms) exceeds the threshold, closes 6 dB below it, so that a level
    near the threshold does not flutter. The gain opens within 2 ms and closes with the release time.
    Memory: s[0] envelope, s[1] gain, s[2] 1 while open. Zölzer, DAFX, 2nd ed., section 4.2.
    """
    fall = exp(-1.0 / (0.030 * RATE))
    rise = 1.0 - exp(-1.0 / (0.002 * RATE))
    for i in range(n):
        threshold = gain_of(glide(now, target, 0))
        release = glide(now, target, 1)
        s[0] = flush(max(abs(x[i]), s[0] * fall))
        if s[0] > threshold:
            s[2] = 1.0
        elif s[0] < 0.5 * threshold:
            s[2] = 0.0
        if s[2] > 0.0:
            s[1] += rise * (1.0 - s[1])
        else:
            s[1] = flush(s[1] - s[1] / (0.001 * release * RATE))
        x[i] *= s[1]


def limiter(x, n, target, now, s, line, need, held):
    """Never let a peak exceed the ceiling, without distortion: turn down before the peak arrives.

    need[t] = min(1, ceiling / |x[t]|) is the gain that sample t asks for; its minimum over the 49 samples up to t,
    averaged over 48 samples, is smooth and never above what x[t - 48] asks for, which is the sample that now leaves.
    After a peak the gain comes back with 80 ms. Memory: s[0] time, s[1] the held gain less 1.
    Zölzer, DAFX, 2nd ed., section 4.2.1; the averaging is D. Giannoulis' smoothing with a box.
    """
    back = 1.0 - exp(-1.0 / (0.080 * RATE))
    t = int(s[0])
    for i in range(n):
        ceiling = gain_of(glide(now, target, 0))
        line[t & 63] = x[i]
        need[t & 63] = min(1.0, ceiling / max(abs(x[i]), 1e-9)) - 1.0  # less 1: the rows start at zero
        lowest = 0.0
        for k in range(LOOKAHEAD + 1):
            lowest = min(lowest, need[(t - k) & 63])
        s[1] = flush(min(lowest, s[1] * (1.0 - back)))
        held[t & 63] = s[1]
        total = 0.0
        for k in range(LOOKAHEAD):
            total += held[(t - k) & 63]
        x[i] = line[(t - LOOKAHEAD) & 63] * (1.0 + total / LOOKAHEAD)
        t += 1
    s[0] = t


def ring(x, n, target, now, s):
    """Multiply by a sine, as the robots of 1963 television were made.

    y = x cos(2 pi f t): each harmonic h becomes two, at h - f and h + f. For a low f the ear hears a rattle.
    Memory: s[0] the phase in turns. Zölzer, DAFX, 2nd ed., section 3.3.
    """
    for i in range(n):
        carrier_hz = glide(now, target, 0)
        mix = 0.01 * glide(now, target, 1)
        s[0] += carrier_hz / RATE
        s[0] -= floor(s[0])
        x[i] *= 1.0 - mix + mix * cos(2.0 * pi * s[0])


def all_pass(value, z, k, a):
    """Pass a sample through y[t] = a^2 (x[t] + y[t-2]) - x[t-2]; z[4k ..] holds x[t-1], x[t-2], y[t-1], y[t-2]."""
    out = flush(a * a * (value + z[4 * k + 3]) - z[4 * k + 1])
    z[4 * k + 1] = z[4 * k]
    z[4 * k] = value
    z[4 * k + 3] = z[4 * k + 2]
    z[4 * k + 2] = out
    return out


def shift(x, n, target, now, s, z):
    """Move every frequency by the same number of hertz: harmonics stop being multiples, so no throat could do it.

    Two rows of all-pass filters make a pair of signals 90 degrees apart, c and d; then y = c cos(wt) + d sin(wt) holds
    only the sums f + shift (single-sideband modulation; Zölzer, DAFX, 2nd ed., section 3.3.1). The coefficients are
    O. Niemitalo's Hilbert pair: 90 degrees to within 0.7 from 20 Hz up.
    Memory: s[0] phase in turns, s[1] c's delay.
    """
    for i in range(n):
        hertz = glide(now, target, 0)
        mix = 0.01 * glide(now, target, 1)
        v = all_pass(x[i], z, 0, 0.6923878)
        v = all_pass(v, z, 1, 0.9360654322959)
        v = all_pass(v, z, 2, 0.9882295226860)
        v = all_pass(v, z, 3, 0.9987488452737)
        d = all_pass(x[i], z, 4, 0.4021921162426)
        d = all_pass(d, z, 5, 0.8561710882420)
        d = all_pass(d, z, 6, 0.9722909545651)
        d = all_pass(d, z, 7, 0.9952884791278)
        c = s[1]
        s[1] = v
        s[0] += hertz / RATE
        s[0] -= floor(s[0])
        shifted = c * cos(2.0 * pi * s[0]) + d * sin(2.0 * pi * s[0])
        x[i] += mix * (shifted - x[i])


def telephone(x, n, target, now, s, c, z):
    """Leave the band of a telephone and its 8-bit steps.

    Fourth-order Butterworth high-pass and low-pass (two second-order filters each, Q = 0.541 and 1.307), then mu-law:
    v = sign(x) ln(1 + 255 |x|) / ln 256, rounded to 1/127 (ITU-T G.711; there at 8 kHz, here at 48).
    """
    for i in range(n):
        moving = abs(target[0] - now[0]) + abs(target[1] - now[1])
        low_hz = glide(now, target, 0)
        high_hz = glide(now, target, 1)
        grit = 0.01 * glide(now, target, 2)
        if moving > 0.0 or c[0] == 0.0:
            high_pass(c, 0, low_hz, 0.5412)
            high_pass(c, 1, low_hz, 1.3066)
            low_pass(c, 2, high_hz, 0.5412)
            low_pass(c, 3, high_hz, 1.3066)
        v = x[i]
        for k in range(4):
            v = biquad(v, c, z, k)
        size = log(1.0 + MU_LAW * abs(v)) / log(1.0 + MU_LAW)
        size = floor(127.0 * size + 0.5) / 127.0
        rough = (exp(size * log(1.0 + MU_LAW)) - 1.0) / MU_LAW
        if v < 0.0:
            rough = -rough
        x[i] = v + grit * (rough - v)


def chorus(x, n, target, now, s, line):
    """Add copies that come a little later, each with its own slowly swinging delay: several people speak.

    y = x + g sum_k x[t - d_k(t)], d_k = delay (1 + k/3) + depth sin(2 pi rate t + 2 pi k/3), k = 0, 1, 2. A delay that
    shrinks plays faster, so a swinging one also swings the pitch.
    Memory: s[0] time, s[1] phase in turns, s[2] the delay in use. Zölzer, DAFX, 2nd ed., section 2.6.
    """
    t = int(s[0])
    for i in range(n):
        delay = glide(now, target, 0) * 0.001 * RATE
        if s[2] == 0.0:
            s[2] = delay
        s[2] += min(0.25, max(-0.25, delay - s[2]))  # a delay that moves faster would whistle
        depth = glide(now, target, 1) * 0.001 * RATE
        rate_hz = glide(now, target, 2)
        mix = 0.01 * glide(now, target, 3)
        line[t & 4095] = x[i]
        s[1] += rate_hz / RATE
        s[1] -= floor(s[1])
        copies = 0.0
        for k in range(3):
            copies += read(line, t - s[2] * (1.0 + k / 3.0) - depth * (1.0 + sin(2.0 * pi * (s[1] + k / 3.0))) - 2.0)
        x[i] = (x[i] + mix * copies) / (1.0 + mix)
        t += 1
    s[0] = t
