"""Pitch and formants moved apart: pitch-synchronous overlap-add (PSOLA) on a stream, 7 ms late.

A voiced sound is a row of pulses, one a period, each followed by the ringing of the throat. PSOLA cuts the sound into
grains of two periods around the pulses and lays them down again closer together (higher pitch) or further apart
(lower). A grain keeps its spectrum's envelope, so the formants stay; played faster or slower by itself it moves them.

    E. Moulines, F. Charpentier: Pitch-synchronous waveform processing techniques for text-to-speech synthesis using
    diphones. Speech Communication 9, 1990. For a stream K. Lent, Computer Music Journal 13(4), 1989: a grain begins
    before its pulse has been heard, at a mark predicted from the marks before.
"""

from math import floor, log, sqrt

from algorithms.voice.kernels.core import OCTAVE, RATE, flush, glide, hann, ratio_of, read
from algorithms.voice.kernels.tracker import COUNT, MARK, PERIOD, STEP, VOICED, T, track

DELAY = 336.0  # samples from the middle of a pulse to its grain's: 7 ms, half a period of a 71 Hz voice
GRAINS = 12  # grains that may sound at once
PHASE = 9  # place in s: where on the axis of the marks' numbers the next grain stands,
GAPS = 10  # how small the windows' sum may get before it is divided by,
NOTE = 11  # for autotune: the note it holds,
BEND = 12  # and the correction in semitones


def psola(v, ratio, formant, s, c, z, low, diff, line, grains):
    """Take in one sample, give back one: pitch times `ratio`, formants times `formant`.

    Let a(p) be the time at which the input is in its p-th period: a(k) is mark k, and between and after marks a goes
    straight. Grain number i stands at phase p[i] = p[i-1] + 1 / ratio; it is the sound around mark m = a(round(p)),
    laid down around a(p) + DELAY. For ratio 1 all p are whole, so the output is the input, DELAY samples later; for
    others a grain comes between half a period earlier and half a period later than that. Only where the sound around m
    has not been heard by then (a voice below 71 Hz, or one near it with its formants moved) it comes a period later.
    """
    t = int(s[T])
    track(v, s, c, z, low, diff)
    line[t & 4095] = v
    middle = s[MARK] + (s[PHASE] - s[COUNT]) * s[STEP] + DELAY
    half = s[STEP] / formant
    if t >= middle - half:
        begin_grain(t, middle, ratio, formant, s, grains)
    # Moulines and Charpentier divide by the sum of the windows; where pulses move apart it stays undivided, since the
    # gaps between them are what makes a voice low.
    gaps = min(1.0, max(0.02, 5.0 * (1.0 - ratio)))
    s[GAPS] += 0.005 * (gaps - s[GAPS])
    total = 0.0
    weights = 0.0
    for g in range(0, 6 * GRAINS, 6):
        after = t - grains[g]
        if after < grains[g + 3]:  # an empty place has length 0
            weight = hann(after / (grains[g + 2] if after < 0.0 else grains[g + 3]))
            total += weight * grains[g + 5] * read(line, grains[g + 1] + after * grains[g + 4])
            weights += weight
    return total / max(weights, s[GAPS], 0.02)


def begin_grain(t, middle, ratio, formant, s, grains):
    """Write the next grain into a free place, and say where the one after it stands."""
    step = s[STEP]
    number = floor(s[PHASE] + 0.5)
    mark = s[MARK] + (number - s[COUNT]) * step
    half = step / formant
    # A grain read slower starts, one read faster ends, ahead of the input: then take it from the pulse before.
    while middle - mark < abs(half - step) + 3.0:
        mark -= step
    left = min(half, middle - t)
    if left > 16.0:
        for g in range(0, 6 * GRAINS, 6):
            if t - grains[g] >= grains[g + 3]:
                grains[g] = middle
                grains[g + 1] = mark
                grains[g + 2] = left
                grains[g + 3] = half
                grains[g + 4] = formant
                grains[g + 5] = 1.0 if s[VOICED] == 0.0 else sqrt(max(ratio, 1.0 / ratio))
                break
    if s[VOICED] > 0.0:
        s[PHASE] += 1.0 / ratio
    else:
        s[PHASE] = number + 1.0


def pitch(x, n, target, now, s, c, z, low, diff, line, grains):
    """Move pitch and formants by intervals of their own (in semitones)."""
    for i in range(n):
        ratio = ratio_of(glide(now, target, 0))
        formant = ratio_of(glide(now, target, 1))
        x[i] = psola(x[i], ratio, formant, s, c, z, low, diff, line, grains)


def monotone(x, n, target, now, s, c, z, low, diff, line, grains):
    """Speak on one note: the ratio is whatever brings the voice's own pitch there."""
    for i in range(n):
        hertz = glide(now, target, 0)
        formant = ratio_of(glide(now, target, 1))
        ratio = min(2.0, max(0.5, hertz * s[PERIOD] / RATE)) if s[VOICED] > 0.0 else 1.0
        x[i] = psola(x[i], ratio, formant, s, c, z, low, diff, line, grains)


def scale_notes(scale):
    """Return the notes of a scale as a row of bits, the key's own note in bit 0."""
    if scale < 1.0:
        return 4095  # chromatic: all twelve
    if scale < 2.0:
        return 2741  # major: 0 2 4 5 7 9 11
    return 1453 if scale < 3.0 else 661  # natural minor: 0 2 3 5 7 8 10; pentatonic: 0 2 4 7 9


def nearest_note(heard, key, notes, held):
    """Return the scale's note nearest to what is heard (MIDI numbers: 69 is 440 Hz); the held one wins by 0.3."""
    best = held
    distance = 100.0
    first = floor(heard) - 3
    for step in range(8):
        note = first + step
        bit = int((note - key) % 12)
        away = abs(note - heard)
        if note == held:
            away -= 0.3
        if (notes >> bit) & 1 == 1 and away < distance:
            distance = away
            best = note
    return best


def autotune(x, n, target, now, s, c, z, low, diff, line, grains):
    """Pull the pitch to the nearest note of a scale (H. Hildebrand's Auto-Tune of 1997 made it famous).

    The correction in semitones follows with `retune` milliseconds: near 0 the voice jumps from note to note.
    Memory beyond PSOLA's: the note, and the correction as it is now.
    """
    for i in range(n):
        strength = 0.01 * glide(now, target, 2)
        speed = 1.0 / (1.0 + 0.001 * RATE * glide(now, target, 3))
        wanted = 0.0
        if s[VOICED] > 0.0:
            pitch_now = 69.0 + 12.0 / OCTAVE * log(RATE / (440.0 * s[PERIOD]))
            s[NOTE] = nearest_note(pitch_now, target[0], scale_notes(target[1]), s[NOTE])
            wanted = strength * (s[NOTE] - pitch_now)
        s[BEND] = flush(s[BEND] + speed * (wanted - s[BEND]))
        x[i] = psola(x[i], ratio_of(s[BEND]), 1.0, s, c, z, low, diff, line, grains)
