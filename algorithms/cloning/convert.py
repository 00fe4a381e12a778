"""Voice conversion with nearest neighbours: one's words, another's sounds.

For every 10 ms of the source the path through the reference's frames (`knn`) says whose sound stands there; pitch and
level follow the source's course, in the reference speaker's range.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from algorithms.cloning import knn, prosody
from algorithms.cloning.prosody import Pitch
from algorithms.cloning.world import Frames

PER_ROW = 2  # WORLD frames of 5 ms for each row of content of 10 ms


@dataclass(frozen=True, kw_only=True)
class Options:
    """How it is done; the values are those that the tuning speakers liked best (see the model card)."""

    candidates: int = 8  # neighbours that the path may choose from
    continuity: float = 0.1  # what a join costs against a wrong sound; 0: every frame for itself
    voicing: float = 0.3  # what a voiced frame costs where the source is unvoiced, and the other way round
    blend: int = 2  # spectra that are averaged: the path's own and the most similar ones
    level: float = 0.7  # how far the loudness follows the source (1) and not the reference's frames (0)
    consonants: float = 0.5  # share of the source's own spectrum in unvoiced frames, with the reference's mean


@dataclass(frozen=True, eq=False)
class Voice:
    """A reference, analysed once.

    Attributes
    ----------
    frames : Frames
        Of WORLD, every 5 ms.
    content : np.ndarray
        float32 [R, D], unit rows, every 10 ms.
    spectra : np.ndarray
        float32 [R, 24], the first cepstral coefficients at the same times, each scaled to a spread of one.
    pitch : Pitch or None
    rate : float
        Syllables a second.
    """

    frames: Frames
    content: np.ndarray
    spectra: np.ndarray
    pitch: Pitch | None
    rate: float

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.content) / 100


@dataclass(frozen=True, eq=False)
class Converted:
    """The result and where it came from.

    Attributes
    ----------
    frames : Frames
        To synthesise.
    source_rows : np.ndarray
        int [N], for every 10 ms of the result the row of the source.
    reference_rows : np.ndarray
        int [N], the reference's row that stands there.
    similarity : np.ndarray
        float32 [N], of that row to the source's.
    candidates : Candidates
        All neighbours that the path could choose from.
    """

    frames: Frames
    source_rows: np.ndarray
    reference_rows: np.ndarray
    similarity: np.ndarray
    candidates: knn.Candidates


def voice(frames: Frames, content: np.ndarray) -> Voice:
    """Prepare a recording for being matched.

    Parameters
    ----------
    frames : Frames
    content : float32 [R, D], 10 ms a row
    """
    rows = min(len(content), len(frames) // PER_ROW)
    cepstrum = frames.cepstrum[::PER_ROW][:rows, :24]
    spectra = (cepstrum - cepstrum.mean(0)) / np.maximum(cepstrum.std(0), 1e-3)
    return Voice(
        frames,
        knn.normalised(content[:rows]),
        spectra.astype(np.float32),
        prosody.pitch_of(frames.f0),
        prosody.syllable_rate(level_db(frames), frames.f0 > 0),
    )


def beginning(whole: Voice, seconds: float) -> Voice:
    """Return a voice of which only the first seconds are known."""
    rows = round(100 * seconds)
    return voice(whole.frames[: PER_ROW * rows], whole.content[:rows])


def level_db(frames: Frames) -> np.ndarray:
    """Return the level of every frame in dB, float32 [T], up to a constant."""
    return frames.cepstrum[:, 0] * np.float32(20 / np.log(10) / 2 / np.sqrt(2))


def match(source: Voice, reference: Voice, options: Options) -> tuple[knn.Candidates, np.ndarray]:
    """Find candidates, and the path through them: `Candidates` and int [T]."""
    found = knn.nearest(source.content, reference.content, options.candidates)
    voiced = [v.frames.f0[::PER_ROW][: len(v.content)] > 0 for v in (source, reference)]
    other = voiced[0][:, None] != voiced[1][found.frames]
    found = knn.Candidates(found.frames, found.similarity - np.float32(options.voicing) * other)
    return found, knn.smoothest_path(found, reference.spectra, options.continuity)


def convert(source: Voice, reference: Voice, options: Options, *, tempo: float = 1.0) -> Converted:
    """Say what the source says with the reference's sounds.

    Parameters
    ----------
    tempo : float
        How many times as fast as the source; 1 keeps its timing.
    """
    found, path = match(source, reference, options)
    rows = np.arange(len(path))
    chosen = found.frames[rows, path]
    cepstrum, aperiodicity = _spectra(found, chosen, reference, options)
    frames = source.frames[: len(cepstrum)]
    unvoiced = frames.f0 == 0
    cepstrum[unvoiced] += options.consonants * (_consonants(frames, reference.frames)[unvoiced] - cepstrum[unvoiced])
    cepstrum[:, 0] += options.level * (_level_like(frames, reference.frames) - cepstrum[:, 0])
    f0 = prosody.move_pitch(frames.f0, source.pitch, reference.pitch)
    # Where a voiced moment is given a noisy frame, how noisy it is stays as in the source.
    noisy = (aperiodicity > -0.5) & (f0 > 0)[:, None]
    aperiodicity = np.where(noisy, frames.aperiodicity, aperiodicity)
    result = Frames(f0, cepstrum, aperiodicity)
    if tempo != 1.0:
        result, rows = _at(result, tempo), _row_times(len(rows), tempo)
    return Converted(result, rows, chosen[rows], found.similarity[rows, path[rows]], found)


def _spectra(
    found: knn.Candidates, chosen: np.ndarray, reference: Voice, options: Options
) -> tuple[np.ndarray, np.ndarray]:
    """Envelope and aperiodicity every 5 ms: the chosen stretches of the reference, faded into each other."""
    own, last = reference.frames, len(reference.frames) - 1
    tracks = []
    neighbours = [chosen, *found.frames[:, : options.blend - 1].T]
    for values in (own.cepstrum, own.aperiodicity):
        out = np.zeros((PER_ROW * len(chosen), values.shape[1]), np.float32)
        for rows in neighbours:
            start = PER_ROW * rows
            behind = np.minimum(np.append(start[1:], start[-1:] + PER_ROW), last)
            out[::2] += values[np.minimum(start, last)]
            out[1::2] += (values[np.minimum(start + 1, last)] + values[np.maximum(behind - 1, 0)]) / 2
        tracks.append(out / len(neighbours))
    return tracks[0], tracks[1]


def _consonants(source: Frames, reference: Frames) -> np.ndarray:
    """The source's spectra, moved so that the mean of the unvoiced ones is the reference's: float32 [T, 60].

    An s or an f says little of who speaks and much of what is said, and Whisper's rows tell them apart badly.
    """
    means = []
    for frames in (source, reference):
        spoken = frames.cepstrum[:, 0] > np.percentile(frames.cepstrum[:, 0], 40)
        chosen = frames.cepstrum[spoken & (frames.f0 == 0)]
        if not len(chosen):
            return source.cepstrum
        means.append(chosen.mean(0))
    return source.cepstrum - means[0] + means[1]


def _level_like(source: Frames, reference: Frames) -> np.ndarray:
    """The source's coefficient 0, as loud as the reference where both speak."""
    loud = [np.percentile(frames.cepstrum[:, 0], 80) for frames in (source, reference)]
    return source.cepstrum[:, 0] + np.float32(loud[1] - loud[0])


def _row_times(rows: int, tempo: float) -> np.ndarray:
    return np.minimum((np.arange(int(rows / tempo)) * tempo).astype(int), rows - 1)


def _at(frames: Frames, tempo: float) -> Frames:
    """Frames read `tempo` times as fast; between two of them, in proportion."""
    times = np.arange(int(len(frames) / tempo)) * tempo
    low = np.minimum(times.astype(int), len(frames) - 1)
    high = np.minimum(low + 1, len(frames) - 1)
    share = (times - low).astype(np.float32)[:, None]
    mixed = [a[low] * (1 - share) + a[high] * share for a in (frames.cepstrum, frames.aperiodicity)]
    nearest = np.where(share[:, 0] < 0.5, low, high)
    return Frames(frames.f0[nearest], *mixed)
