"""Pitch shift with a delay line and two read heads: the oldest real-time method, and the cheapest."""

from math import cos, floor, pi

from algorithms.voice.kernels.core import glide, ratio_of, read

WINDOW = 960.0  # samples a read head travels before it starts again: 20 ms, two periods of a 100 Hz voice


def pitch_delay(x, n, target, now, s, line):
    """Play the last 20 ms faster or slower; two heads half a window apart hide each other's jumps.

    A head that reads with speed r = 2^(semitones / 12) changes its delay by 1 - r a sample. Its place p in the window
    runs round from 0 to 1 with (1 - r) / WINDOW a sample and its weight is sin^2(pi p), zero where it jumps; the other
    head is at p + 1/2, so the weights add up to 1 and the delay is half a window on average (Zölzer, DAFX, 2nd ed.,
    section 6.4.3; A. Agnello's Eventide H910 of 1975). Formants move with the pitch, and where the heads' sounds
    cancel the voice flutters: `pitch` (PSOLA) does better. At r = 1 one head stays alone in the middle of the window.
    Memory: s[0] time, s[1] place of the first head less 1/2.
    """
    t = int(s[0])
    for i in range(n):
        ratio = ratio_of(glide(now, target, 0))
        line[t & 4095] = x[i]
        if abs(ratio - 1.0) < 0.0005:  # less than a cent: go to rest, so that no comb filter remains
            s[1] -= 0.001 * s[1]
            if abs(s[1]) < 1e-9:
                s[1] = 0.0
        else:
            s[1] += (1.0 - ratio) / WINDOW
            s[1] -= floor(s[1] + 0.5)
        first = s[1] + 0.5
        second = s[1] + 1.0 - floor(s[1] + 1.0)
        weight = 0.5 - 0.5 * cos(2.0 * pi * first)
        y = weight * read(line, t - WINDOW * first - 2.0)
        x[i] = y + (1.0 - weight) * read(line, t - WINDOW * second - 2.0)
        t += 1
    s[0] = t
