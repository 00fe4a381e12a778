"""A pitch tracker for streams: a new estimate every millisecond, from what was heard until now and nothing later.

The sound is low-passed and every fourth sample kept (12 kHz), which is plenty for pitches of 58 to 500 Hz. Times are in
samples at 48 kHz since the start; a mark is the middle of a glottal pulse, one for each period.
"""

from math import atan2, cos, floor, pi, sin, sqrt

from algorithms.voice.kernels.core import biquad, low_pass

LAGS = 210  # lags at 12 kHz that are compared: periods up to 17.4 ms, a voice of 58 Hz
SHORTEST = 24  # the shortest period in that scale: 500 Hz
LOW = 1024  # length of the row of 12 kHz samples, written twice so that any stretch of it lies in one piece
LEAK = 0.98648  # exp(-1 / (0.006125 * 12000)): differences are averaged over the last 6 ms
GOOD = 0.12  # a dip of YIN's d' below this is the period; the deepest one is not looked for any further
BEGIN = 0.5  # a pitch begins at a dip below this
KEEP = 0.75  # and lasts while there is one below this
HISS = 0.05  # less of the power below 1 kHz than this: an s, not a voice
QUIET = 1e-7  # -70 dB: below it no pitch is looked for
PULL = 0.1  # how much of the way to the middle of the energy a later mark goes
REST = 240.0  # distance of marks where there is no pitch: 5 ms

T = 0  # places in s: time,
PERIOD = 1  # the period in samples (the last one found while there is none),
VOICED = 2  # 1 while there is a pitch,
MARK = 3  # the last mark,
STEP = 4  # from one mark to the next: PERIOD, or REST without a pitch,
COUNT = 5  # the number of the last mark,
POWER = 6  # power of the sound,
BELOW = 7  # and of its part below 1 kHz, both over the last 6 ms,
FRESH = 8  # part of the way to the middle of the energy that a mark goes: 1 at a voice's first, then 1/2, ...


def track(v, s, c, z, low, diff):
    """Take in one sample; keep s[PERIOD], s[VOICED], s[MARK], s[STEP] and s[COUNT] up to date."""
    if c[0] == 0.0:
        low_pass(c, 0, 1000.0, 0.7071)
        low_pass(c, 1, 1500.0, 0.7071)
        s[PERIOD] = REST
        s[STEP] = REST
    s[POWER] += 0.25 * (1.0 - LEAK) * (v * v + 1e-14 - s[POWER])
    v = biquad(biquad(v, c, z, 0), c, z, 1)
    t = int(s[T])
    s[T] += 1.0
    if t % 4 != 0:
        return
    j = (t // 4) & (LOW - 1)
    s[BELOW] += (1.0 - LEAK) * (v * v + 1e-14 - s[BELOW])
    low[j] = v
    low[j + LOW] = v
    # The difference function of YIN with a leaky sum: d[k] = LEAK d[k] + (v[j] - v[j-k])^2. The tiny constant keeps
    # silence from ending in denormal numbers and makes it look like noise, which has no pitch.
    for k in range(LAGS):
        step = v - low[j + LOW - k]
        diff[k] = LEAK * diff[k] + step * step + 1e-14
    if t % 48 == 0:
        find_period(s, diff)
    while s[MARK] + 1.625 * s[STEP] + 4.0 <= t:
        next_mark(s, low)


def find_period(s, diff):
    """Find the period from the differences: YIN's steps 3 to 5 (de Cheveigne and Kawahara 2002).

    d'[k] = k d[k] / (d[1] + ... + d[k]) is 1 on average for noise and falls towards 0 where k is a period. The first
    dip under the threshold counts, not the deepest: twice a period is a period too. Once a pitch is there, the lag
    near the last one is believed at a higher d' (hysteresis).
    """
    total = 0.0
    for k in range(1, SHORTEST):
        total += diff[k]
    best = 0
    lowest = 1.0
    good = False
    old = s[PERIOD] / 4.0
    near = 0
    nearest = 1.0
    for k in range(SHORTEST, LAGS - 1):
        total += diff[k]
        value = k * diff[k] / total
        is_dip = diff[k] <= diff[k - 1] and diff[k] < diff[k + 1]
        if is_dip and value < lowest and not good:
            best = k
            lowest = value
            good = value < GOOD  # then later dips no longer count
        if is_dip and value < nearest and abs(k - old) < 0.2 * old:
            near = k
            nearest = value
    if s[VOICED] > 0.0 and near > 0 and nearest < lowest + 0.1:
        best = near
        lowest = nearest
    if best > 0 and s[BELOW] > max(HISS * s[POWER], QUIET) and lowest < (KEEP if s[VOICED] > 0.0 else BEGIN):
        a = diff[best - 1]
        b = diff[best]
        e = diff[best + 1]
        s[PERIOD] = 4.0 * (best + 0.5 * (a - e) / (a - 2.0 * b + e))  # the lowest point of a parabola through three
        s[VOICED] = 1.0
        s[STEP] = s[PERIOD]
    else:
        s[VOICED] = 0.0
        s[STEP] = REST


def next_mark(s, low):
    """Place the mark that follows s[MARK], one step later.

    With a pitch it is moved, by up to an eighth of a period, to where the sound looks most like the period before (the
    largest correlation), and a little towards the middle of the energy, so that it stays on the pulse. Without one the
    marks only count time.
    """
    s[COUNT] += 1.0
    step = s[STEP]
    if s[VOICED] == 0.0:
        s[MARK] += step
        s[FRESH] = 1.0
        return
    width = int(step / 8.0)  # half a period at 12 kHz
    reach = int(step / 32.0) + 1
    here = floor(s[MARK] / 4.0 + 0.5)
    there = floor((s[MARK] + step) / 4.0 + 0.5)
    best = 0
    most = -1.0
    left = 0.0
    right = 0.0
    last = 0.0
    for move in range(-reach, reach + 1):
        value = likeness(low, here, there + move, width)
        if value > most:
            most = value
            best = move
            left = last
            right = value
        elif move == best + 1:
            right = value
        last = value
    fine = 0.0
    bend = left - 2.0 * most + right
    if abs(best) < reach and bend < 0.0:
        fine = 0.5 * (left - right) / bend
    moved = 4.0 * (there - here + best + fine)
    s[MARK] += moved
    s[MARK] += max(PULL, s[FRESH]) * centre_of_energy(low, s[MARK], step)
    s[FRESH] *= 0.5


def likeness(low, a, b, width):
    """Return the correlation coefficient of the stretches of 2 width + 1 samples around a and b."""
    ab = 0.0
    aa = 1e-20
    bb = 1e-20
    start_a = (a - width) & (LOW - 1)
    start_b = (b - width) & (LOW - 1)
    for k in range(2 * width + 1):
        p = low[start_a + k]
        q = low[start_b + k]
        ab += p * q
        aa += p * p
        bb += q * q
    return ab / sqrt(aa * bb)


def centre_of_energy(low, mark, period):
    """Return how far the energy's middle lies after a mark, in samples: the phase of its turn once a period."""
    re = 0.0
    im = 0.0
    width = int(period / 8.0)
    middle = mark / 4.0
    first = floor(middle) - width
    start = first & (LOW - 1)
    for k in range(2 * width + 1):
        angle = 2.0 * pi * 4.0 * (first + k - middle) / period
        power = low[start + k] * low[start + k]
        re += power * cos(angle)
        im += power * sin(angle)
    return atan2(im, re + 1e-20) * period / (2.0 * pi)
