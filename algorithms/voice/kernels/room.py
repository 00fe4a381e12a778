"""A small room: echoes that grow denser and darker."""

from math import exp

from algorithms.voice.kernels.core import RATE, flush, glide

LINES = 8
LINE = 4096  # samples kept of each line


def line_length(m):
    """Return the length of line m in samples: primes from 11 to 37 ms, so that few echoes coincide."""
    if m < 4:
        return 541 if m == 0 else 709 if m == 1 else 887 if m == 2 else 1061
    return 1249 if m == 4 else 1429 if m == 5 else 1613 if m == 6 else 1777


def room(x, n, target, now, s, lines, factors, dark):
    """Add the sound of a room: eight delay lines that feed each other (a feedback delay network).

    Each line's output is multiplied by g = 10^(-3 d / (RATE T60)), so that the whole falls by 60 dB in T60 seconds,
    and low-passed, since air and curtains take high frequencies first. Then each gets the input and all others:
    the mixing matrix I - 2/8 (all ones) keeps the energy (Householder; Jot and Chaigne, AES Convention 90, 1991).
    The direct sound is not delayed. Memory: s[0] time, s[1] the T60 that `factors` is for.
    """
    t = int(s[0])
    for i in range(n):
        seconds = glide(now, target, 0)
        damping = 0.009 * glide(now, target, 1)
        mix = 0.01 * glide(now, target, 2)
        if seconds != s[1]:
            s[1] = seconds
            for m in range(LINES):
                factors[m] = exp(-6.907755 * line_length(m) / (RATE * seconds))
        total = 0.0
        wet = 0.0
        for m in range(LINES):
            echo = factors[m] * lines[m * LINE + ((t - line_length(m)) & (LINE - 1))]
            dark[m] = flush(echo + damping * (dark[m] - echo))
            total += dark[m]
            wet += dark[m] if m % 2 == 0 else -dark[m]
        for m in range(LINES):
            lines[m * LINE + (t & (LINE - 1))] = x[i] + dark[m] - 0.25 * total
        x[i] += 0.35 * mix * wet
        t += 1
    s[0] = t
