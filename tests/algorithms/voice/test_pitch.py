"""The pitch effects on voices: the pitch asked for, formants where they should be, as clean as before.

On synthetic voices everything is known; on recorded ones librosa's pYIN, which shares nothing with our tracker,
says what the pitch was and is.
"""

import numpy as np
import pytest
from scipy.signal import butter, lfilter, resample_poly, sosfilt

from algorithms.sound import io as audio_io
from algorithms.sound.clips import clip
from algorithms.voice.effects import RATE, Chain
from algorithms.voice.measures import formant_shift, harmonics_to_noise_db, local_pitch
from algorithms.voice.table import KEYS

FORMANTS = {"a": (730, 1090, 2440), "i": (270, 2290, 3010), "u": (300, 870, 2240)}  # Peterson and Barney 1952, men


def vowel(hertz: np.ndarray, formants: tuple[int, ...]) -> np.ndarray:
    """Return pulses at a pitch (one value a sample) through resonances of 80 Hz width."""
    phase = np.cumsum(hertz) / RATE
    y = np.zeros(len(phase))
    y[np.flatnonzero(np.diff(np.floor(phase))) + 1] = 1.0
    y = lfilter([1.0], [1, -0.96], y)  # the fall of 12 dB an octave that vocal folds have
    for formant in formants:
        pole = np.exp(-np.pi * 80 / RATE + 2j * np.pi * formant / RATE)
        y = lfilter([1.0], [1, -2 * pole.real, abs(pole) ** 2], y)
    return (0.5 * y / np.abs(y).max()).astype(np.float32)


def through(steps, x: np.ndarray) -> np.ndarray:
    """Return the changed sound, aligned with x."""
    chain = Chain(steps)
    return chain.process(np.pad(x, (0, chain.latency)))[chain.latency :]


def track_of(hertz: np.ndarray) -> np.ndarray:
    """Return one value each 10 ms; nothing for the first 100 ms, in which the tracker finds its feet."""
    track = hertz[::480].astype(float)
    track[:10] = np.nan
    return track


@pytest.mark.parametrize("letter", FORMANTS)
@pytest.mark.parametrize("base_hz", [75, 120, 230, 330])
def test_a_vowel_comes_out_at_the_pitch_asked_for_and_as_clean(base_hz, letter):
    hertz = base_hz * (1 + 0.04 * np.sin(2 * np.pi * 3 * np.arange(RATE) / RATE))
    x = vowel(hertz, FORMANTS[letter])
    track = track_of(hertz)
    _, before = local_pitch(x, track)
    for semitones in (-6, 3, 8):
        ratio = 2 ** (semitones / 12)
        pitch, after = local_pitch(through([("pitch", {"semitones": semitones})], x), track * ratio)
        right = np.abs(pitch / (track * ratio) - 1) < 0.03
        assert right.sum() > 0.9 * np.isfinite(track).sum() - 5
        assert np.nanmedian(pitch / (track * ratio)) == pytest.approx(1, abs=0.01)
        assert harmonics_to_noise_db(after) > min(harmonics_to_noise_db(before) - 6, 12)


@pytest.mark.parametrize("base_hz", [90, 140])
@pytest.mark.parametrize("semitones", [-4, 0, 5])
def test_formants_stay_or_move_as_asked(base_hz, semitones):
    rng = np.random.default_rng(0)
    hertz = base_hz * (1 + 0.1 * np.cumsum(rng.standard_normal(RATE)) / np.sqrt(RATE))
    x = np.concatenate([vowel(hertz[: RATE // 3], formants) for formants in FORMANTS.values()])
    voiced = np.ones(len(x) // 480, bool)
    for formant in (0, 4, -3):
        y = through([("pitch", {"semitones": semitones, "formant": formant})], x)
        assert formant_shift(x, y, voiced) == pytest.approx(formant, abs=0.75)
    if semitones:
        moved = formant_shift(x, through([("pitch_delay", {"semitones": semitones})], x), voiced)
        assert moved == pytest.approx(semitones, abs=0.75), "the delay line takes the formants along"


def test_one_note_and_autotune_hit_their_notes():
    hertz = np.linspace(140, 200, 2 * RATE)
    x = vowel(hertz, FORMANTS["a"])
    track = track_of(hertz)
    pitch, _ = local_pitch(through([("monotone", {"pitch_hz": 150})], x), np.where(np.isnan(track), np.nan, 150.0))
    assert np.nanmedian(np.abs(pitch / 150 - 1)) < 0.01
    tuned = through([("autotune", {"key": KEYS.index("A"), "scale": 3, "retune_ms": 0})], x)
    notes = 220 * 2 ** (np.array([-10, -8, -5, -3, 0]) / 12)  # A major pentatonic below 220 Hz: B C# E F# A
    nearest = notes[np.abs(np.log(track[:, None] / notes)).argmin(1)]
    pitch, _ = local_pitch(tuned, np.where(np.isnan(track), np.nan, nearest))
    good = np.abs(pitch / nearest - 1) < 0.02
    assert good.sum() > 0.8 * np.isfinite(track).sum(), "the glide sits on notes (the held one wins near a border)"
    assert np.nanstd(np.log(pitch)) > 0.05, "on more than one of them"


def test_at_rest_the_voice_passes_unchanged():
    """Ratio 1: every grain has the same delay and the windows add up to one."""
    hertz = np.linspace(100, 160, RATE)
    x = vowel(hertz, FORMANTS["a"])
    np.testing.assert_allclose(through([("pitch", {})], x)[4800:], x[4800:], atol=0.01)
    noise = (0.1 * np.random.default_rng(0).standard_normal(RATE)).astype(np.float32)
    np.testing.assert_allclose(through([("pitch", {})], noise)[4800:], noise[4800:], atol=0.02)
    np.testing.assert_array_equal(through([("pitch_delay", {})], x), x)


def test_hiss_is_not_given_a_pitch():
    """An s through the deepest shift stays noise: no lag from 2 to 17 ms looks like a period."""
    hiss = lfilter([1, -0.9], [1], np.random.default_rng(0).standard_normal(RATE))
    y = through([("pitch", {"semitones": -7})], (0.1 * hiss).astype(np.float32))[4800:].astype(float)
    spectrum = np.abs(np.fft.rfft(y, 2 * len(y))) ** 2
    correlation = np.fft.irfft(spectrum)[96:816] / np.fft.irfft(spectrum)[0]
    assert np.abs(correlation).max() < 0.1


def test_whisper_keeps_the_vowel_and_loses_the_pitch():
    hertz = np.full(RATE, 130.0)
    x = vowel(hertz, FORMANTS["a"])
    y = through([("whisper", {})], x)
    _, before = local_pitch(x, track_of(hertz))
    _, after = local_pitch(y, track_of(hertz))
    assert np.nanmedian(before) > 0.95
    assert np.nanmedian(after) < 0.5
    assert formant_shift(x, y, np.ones(100, bool)) == pytest.approx(0, abs=0.5)


def test_the_vocoder_speaks_on_its_note():
    x = vowel(np.linspace(90, 180, RATE), FORMANTS["a"])
    y = through([("vocoder", {"carrier_hz": 110})], x)
    pitch, likeness = local_pitch(y, np.r_[np.full(10, np.nan), np.full(85, 110.0)])
    assert np.nanmedian(pitch) == pytest.approx(110, rel=0.002)
    assert np.nanmedian(likeness) > 0.9
    assert formant_shift(x, y, np.ones(95, bool)) == pytest.approx(0, abs=0.5)


def test_the_alien_moves_every_partial_by_the_same_hertz():
    t = np.arange(RATE) / RATE
    x = sum(0.2 * np.sin(2 * np.pi * f * t) for f in (300, 600, 900)).astype(np.float32)
    y = Chain([("shift", {"shift_hz": 120})]).process(x)[RATE // 2 :]
    spectrum = np.abs(np.fft.rfft(y * np.hanning(len(y)))) / len(y)
    peaks = {2 * k for k in np.flatnonzero(spectrum > 0.5 * spectrum.max())}  # bins of 2 Hz
    assert {420, 720, 1020} <= peaks
    assert all(min(abs(peak - f) for f in (420, 720, 1020)) <= 2 for peak in peaks), "and no mirror image below"


def test_the_telephone_s_band_and_the_room_s_decay_are_as_declared():
    impulse = np.eye(1, RATE, dtype=np.float32)[0]
    response = np.abs(np.fft.rfft(Chain([("telephone", {"grit": 0})]).process(impulse)))
    for hertz, decibel, tolerance in ((300, -3, 0.2), (1000, 0, 0.2), (3400, -3, 0.2), (75, -48, 1), (6800, -24, 3)):
        assert 20 * np.log10(response[hertz]) == pytest.approx(decibel, abs=tolerance)
    echo = Chain([("room", {"decay_s": 1.0, "damping": 0, "mix": 100})]).process(
        np.eye(1, RATE, 0, dtype=np.float32)[0]
    )
    energy = 10 * np.log10(np.cumsum(echo[:100:-1].astype(float) ** 2)[::-1])  # Schroeder's backward integral
    slope = np.polyfit(np.arange(4800, 28800) / RATE, energy[4800:28800], 1)[0]
    assert -60 / slope == pytest.approx(1.0, rel=0.1)


@pytest.mark.parametrize("semitones", [-12, -5, 5, 12])
def test_speech_is_shifted_without_clicks(semitones):
    """The clip has nothing above 8 kHz, and grains at their own speed bring nothing there; a click would."""
    x = audio_io.load(clip("sentence").path, sample_rate=RATE).y
    high = butter(8, 9000, "high", fs=RATE, output="sos")
    before, after = (
        np.abs(sosfilt(high, y)).max() / np.abs(y).max() for y in (x, through([("pitch", {"semitones": semitones})], x))
    )
    assert after < 1.6 * before
    assert after < 0.01


@pytest.fixture(scope="module")
def recorded(data):
    """A man's and a woman's sentence with the pitch that pYIN finds, each 10 ms."""
    import librosa

    voices = {}
    for who, path in (("man", clip("sentence").path), ("woman", data / "ljspeech_sample" / "LJ001-0002.flac")):
        low = audio_io.load(path, sample_rate=16000).y
        track, _, _ = librosa.pyin(low, fmin=60, fmax=450, sr=16000, frame_length=1024, hop_length=160)
        voices[who] = audio_io.load(path, sample_rate=RATE).y, track
    return voices


@pytest.mark.slow
@pytest.mark.parametrize("who", ["man", "woman"])
def test_a_recorded_voice_stays_clean(recorded, who):
    x, track = recorded[who]
    before, likeness = local_pitch(x, track)
    clear = np.isfinite(before) & (likeness > 0.7)
    for semitones in (5, -4):
        ratio = 2 ** (semitones / 12)
        noise = {}
        for name in ("pitch", "pitch_delay"):
            y = through([(name, {"semitones": semitones})], x)
            pitch, alike = local_pitch(y, before * ratio)
            both = clear & np.isfinite(pitch)
            error = pitch[both] / before[both] / ratio
            noise[name] = harmonics_to_noise_db(alike[both]) - harmonics_to_noise_db(likeness[both])
            if name == "pitch":
                assert np.median(error) == pytest.approx(1, abs=0.005)
                assert np.mean(np.abs(error - 1) < 0.03) > 0.85
                assert abs(formant_shift(x, y, clear)) <= 0.5
        assert noise["pitch"] > (-1.0 if semitones > 0 else -4.0), "dB against the voice itself"
        assert noise["pitch"] > noise["pitch_delay"] + 0.5, "grains cut at pulses beat a delay line that jumps anywhere"


@pytest.mark.slow
def test_an_independent_tracker_hears_the_pitch_asked_for(recorded):
    import librosa

    for who, semitones, formant in (("man", 8, 2.5), ("woman", -8, -2.5)):
        x, track = recorded[who]
        y = resample_poly(through([("pitch", {"semitones": semitones, "formant": formant})], x), 1, 3)
        shifted, _, _ = librosa.pyin(y, fmin=60, fmax=600, sr=16000, frame_length=1024, hop_length=160)
        m = min(len(track), len(shifted))
        ratio = shifted[:m] / track[:m] / 2 ** (semitones / 12)
        assert np.nanmedian(ratio) == pytest.approx(1, abs=0.01)
        assert np.mean(np.abs(ratio[np.isfinite(ratio)] - 1) < 0.06) > 0.85
