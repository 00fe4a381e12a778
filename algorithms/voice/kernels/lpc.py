"""Whisper and vocoder: take away what the vocal folds did, keep what throat and mouth did, put something else below.

Linear prediction writes a sample as a weighted sum of the ORDER samples before it; the weights are an all-pole filter
with the resonances of throat and mouth, and what is left over (the residual) is the source below them (J. Makhoul,
Linear prediction: a tutorial review, Proc. IEEE 63(4), 1975). Nothing here waits for sound to come, so the declared
latency is 0; but averages over the past follow the voice, the loudness with 4 ms and the formants with some 8 ms.
"""

from math import sqrt

from algorithms.voice.kernels.core import RATE, flush, glide, next_seed, white

ORDER = 40  # poles: two for each formant up to 20 kHz, and some for the fall of the spectrum
LAGS_LPC = 41  # ORDER + 1
EVERY = 32.0  # samples from one set of coefficients to the next; between them they go straight
WINDOW_POLE = 0.995842  # exp(-1 / (0.005 * RATE)): the window (a + 1) WINDOW_POLE^a over age a peaks 5 ms ago
WINDOW_SUM = 2.9e-7  # (1 - WINDOW_POLE^2)^3 / 2: about one over the sum of its squares
EMPHASIS = 0.95  # x[t] - 0.95 x[t-1] flattens speech before it is predicted

TIME = 0  # places in s: samples so far,
LAST = 1  # the sample before,
POWER_LEFT = 2  # power of the residual over the last 4 ms,
SEED = 3  # of the noise,
TURN = 4  # the carriers' phases in turns: 4, 5 and 6,
OUT = 7  # the output before,
HOLD = 8  # the part of a pulse that belongs to the next sample,
NOISY = 9  # 1 where the sound is more like an s than like a vowel


def residual(v, s, past, sums, r, k, slope, back, a):
    """Take in one sample; return what prediction leaves of it, and keep the reflection coefficients k up to date.

    past : the last 64 samples, twice over as in the tracker; sums : for each lag m three leaky sums of x[t] x[t-m], one
    of the other (`autocorrelation`); back : b[m] of the sample before. The lattice is
        f[m] = f[m-1] + k[m] b[m-1][t-1],   b[m] = k[m] f[m-1] + b[m-1][t-1],   f[0] = b[0] = x.
    """
    t = int(s[TIME])
    s[TIME] += 1.0
    x = v - EMPHASIS * s[LAST]
    s[LAST] = v
    j = t & 63
    past[j] = x
    past[j + 64] = x
    q = WINDOW_POLE * WINDOW_POLE
    for m in range(LAGS_LPC):
        one = q * sums[m] + x * past[j + 64 - m]
        two = q * sums[m + LAGS_LPC] + one
        sums[m] = one
        sums[m + LAGS_LPC] = two
        sums[m + 2 * LAGS_LPC] = q * sums[m + 2 * LAGS_LPC] + two
    if t % 32 == 0:
        autocorrelation(sums, r)
        reflections(r, slope, a)
        for m in range(ORDER):
            slope[m] = (slope[m] - k[m]) / EVERY
    forward = x
    below = x
    for m in range(ORDER):
        k[m] += slope[m]
        before = back[m]
        back[m] = below
        below = k[m] * forward + before
        forward += k[m] * before
    s[POWER_LEFT] += 0.0052 * (forward * forward - s[POWER_LEFT])  # 4 ms
    s[POWER_LEFT] = flush(s[POWER_LEFT])
    return forward


def autocorrelation(sums, r):
    """Write the autocorrelation of the windowed past into r (T. Barnwell's recursive windows, IEEE TASSP 29(5), 1981).

    Under the window w(a) = (a + 1) p^a over age a, the product of ages n and n + m has the weight
        w(n) w(n + m) = p^m [(n + 1)^2 + m (n + 1)] q^n,   q = p^2;
    one leaky sum weighs q^n, the next (n + 1) q^n, the third (n + 1)(n + 2) / 2 q^n, so it is 2 third + (m - 1) second.
    Being the autocorrelation of a real piece of sound, it can't make `reflections` unstable.
    """
    factor = WINDOW_SUM
    for m in range(LAGS_LPC):
        for row in range(3):  # a silence must not end in denormal numbers
            sums[m + row * LAGS_LPC] = flush(sums[m + row * LAGS_LPC])
        r[m] = factor * (2.0 * sums[m + 2 * LAGS_LPC] + (m - 1.0) * sums[m + LAGS_LPC])
        factor *= WINDOW_POLE


def reflections(r, k, a):
    """Write the reflection coefficients for the autocorrelation r[0 .. ORDER] into k: Levinson and Durbin's recursion.

    1/100 000 of noise (-50 dB) is added to r[0]: without it a frequency band without sound makes the numbers explode.
    |k| < 1 always holds, so the synthesis filter is stable, and so is any filter between two such.
    """
    error = r[0] * 1.00001 + 1e-11
    for m in range(ORDER):
        total = r[m + 1]
        for i in range(m):
            total += a[i] * r[m - i]
        k[m] = -total / error
        for i in range((m + 1) // 2):
            swap = a[m - 1 - i]
            kept = a[i]
            a[i] = kept + k[m] * swap
            if i != m - 1 - i:
                a[m - 1 - i] = swap + k[m] * kept
        a[m] = k[m]
        error *= 1.0 - k[m] * k[m]


def synthesis(source, k, state):
    """Let a source through throat and mouth: the lattice of `residual` turned round."""
    forward = source
    for i in range(ORDER):
        m = ORDER - 1 - i
        forward -= k[m] * state[m]
        state[m + 1] = flush(k[m] * forward + state[m])
    state[0] = forward
    return forward


def whisper(x, n, target, now, s, past, sums, r, k, slope, back, a, state):
    """Put noise where the vocal folds were: the residual is replaced by white noise of the same power.

    `breath` mixes the two (50 % is a breathy voice), `bright` takes away low frequencies, as whispering does: the part
    of the emphasis that is not undone again.
    """
    for i in range(n):
        breath = 0.01 * glide(now, target, 0)
        bright = 0.01 * glide(now, target, 1)
        left = residual(x[i], s, past, sums, r, k, slope, back, a)
        s[SEED] = next_seed(s[SEED])
        noise = white(s[SEED]) * sqrt(s[POWER_LEFT])
        source = left + breath * (noise - left)
        y = synthesis(source, k, state) + EMPHASIS * (1.0 - 0.15 * bright) * s[OUT]
        s[OUT] = flush(y)
        x[i] = y * (1.0 + breath)  # the noise lacks the voice's peaks


def carrier(s, voice, hertz):
    """Return one sample of a pulse train of power 1; a pulse between two samples is shared out between them."""
    s[TURN + voice] += hertz / RATE
    if s[TURN + voice] < 1.0:
        return 0.0
    s[TURN + voice] -= 1.0
    share = s[TURN + voice] * RATE / hertz  # how long ago the pulse was, 0 to 1 samples
    height = sqrt(RATE / hertz)
    s[HOLD] += height * share
    return height * (1.0 - share)


def vocoder(x, n, target, now, s, past, sums, r, k, slope, back, a, state):
    """Put a buzz where the vocal folds were: a voice on one note or a chord, as Homer Dudley's vocoder of 1939.

    The source is one pulse train, or three a chord apart, with the residual's power; where the sound is an s or an f
    (its neighbouring samples differ in sign) it is noise. `natural` mixes the voice's own residual back in.
    """
    for i in range(n):
        hertz = glide(now, target, 0)
        natural = 0.01 * glide(now, target, 2)
        left = residual(x[i], s, past, sums, r, k, slope, back, a)
        pulses = s[HOLD]
        s[HOLD] = 0.0
        pulses += carrier(s, 0, hertz)
        if target[1] > 0.0:
            third = 1.259921 if target[1] < 2.0 else 1.189207  # 4 semitones (major), 3 (minor)
            pulses += carrier(s, 1, hertz * third) + carrier(s, 2, hertz * 1.498307)
            pulses *= 0.577
        s[SEED] = next_seed(s[SEED])
        hiss = 1.0 if r[1] < 0.3 * r[0] else 0.0
        s[NOISY] = flush(s[NOISY] + 0.005 * (hiss - s[NOISY]))
        source = sqrt(s[POWER_LEFT]) * (pulses + s[NOISY] * (white(s[SEED]) - pulses))
        y = synthesis(source + natural * (left - source), k, state) + EMPHASIS * s[OUT]
        s[OUT] = flush(y)
        x[i] = y
