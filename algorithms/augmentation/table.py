"""Every transform with its amounts: what pages draw sliders from, and what chains and measurements choose by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from algorithms.augmentation import band, codec, level, masks, mix, noise, rate, room
from algorithms.augmentation.checks import SAMPLE_RATE, sound
from algorithms.augmentation.transform import Amount, Amounts, Choice, Material, Transform
from algorithms.signal import mu_law

NOISES = {"white": "white", "pink": "pink", "babble": "other voices", "cafe": "café", "wind": "wind"}
ROOMS = {
    "simulated": "simulated (image sources)",
    "studio": "Surrey’s room A, 0.3 s",
    "kitchen": "kitchen, 0.45 s",
    "warehouse": "warehouse, 2.5 s",
}
FRAME_S = 0.010  # of the spectrogram that SpecAugment's holes are counted in
BANDS = 80


def _noise(y, a, rng, material):
    kind = a["noise"]
    if kind in ("white", "pink"):
        other = noise.coloured(len(y), rng, slope_db=-3.0 if kind == "pink" else 0.0)
    elif kind == "babble":
        other = noise.babble(len(y), rng, list(material.voices))
    else:
        recorded = material.noises[kind]
        other = np.resize(np.roll(recorded, -int(rng.integers(len(recorded)))), len(y))
    return noise.add_noise(y, other, float(a["snr_db"]))


def _room(y, a, rng, material):
    response = (
        room.random_shoebox(rng, float(a["decay_s"])) if a["room"] == "simulated" else material.rooms[str(a["room"])]
    )
    return room.reverberate(y, response)


def _mixup(y, a, rng, material):
    voice = material.voices[int(rng.integers(len(material.voices)))]
    return mix.mixup(y, voice, float(a["share"]))[0]


def masks_of(n: int, a: Amounts, rng: np.random.Generator) -> tuple[masks.Mask, ...]:
    """SpecAugment's holes for a sound of n samples, in frames of 10 ms and 80 mel bands."""
    frames = max(1, round(n / SAMPLE_RATE / FRAME_S))
    return masks.draw_masks(
        frames,
        BANDS,
        rng,
        time_masks=int(a["time_masks"]),
        longest=round(float(a["longest_frames"])),
        frequency_masks=int(a["frequency_masks"]),
        widest=int(a["widest_bands"]),
        most=0.5,
    )


def masked_sound(y: np.ndarray, holes: Sequence[masks.Mask]) -> np.ndarray:
    """A sound with silence where SpecAugment puts its holes, float32 [n]: to hear what the network does not get.

    In training nothing is turned back into sound.
    """
    hz = mel_edges_hz()

    def gains(frames: int) -> np.ndarray:
        keep = np.ones((frames, band.FFT // 2 + 1))
        at_s = np.arange(frames) * band.HOP / SAMPLE_RATE
        at_hz = np.fft.rfftfreq(band.FFT, 1 / SAMPLE_RATE)
        for hole in holes:
            if hole.axis == "time":
                keep[(at_s >= hole.start * FRAME_S) & (at_s < hole.end * FRAME_S)] = 0.0
            elif hole.end > hole.start:
                keep[:, (at_hz >= hz[hole.start]) & (at_hz < hz[hole.end])] = 0.0
        return keep

    return band.filtered(y, gains)


def mel_edges_hz() -> np.ndarray:
    """Where each of the 80 mel bands begins, in Hz, and where the last one ends, float [81]."""
    mel = np.linspace(0, 2595 * np.log10(1 + SAMPLE_RATE / 2 / 700), BANDS + 1)
    return 700 * (10 ** (mel / 2595) - 1)


def _spec(y, a, rng, material):
    return masked_sound(y, masks_of(len(y), a, rng))


def _even(low: float, high: float) -> Callable:
    """Draw evenly, from `low` to what `strength` leaves of the way to `high`."""
    return lambda rng, strength: float(low + (high - low) * strength * rng.random())


def _both(most: float) -> Callable:
    """Draw evenly with either sign, up to `most` times the strength."""
    return lambda rng, strength: float(rng.uniform(-most, most) * strength)


def _one(name: str, how: Callable, **rest) -> Callable:
    return lambda rng, strength: {name: how(rng, strength), **rest}


def _factor(name: str) -> Callable:
    return lambda rng, strength: {name: float(1.35 ** (rng.uniform(-1, 1) * strength))}


TRANSFORMS = (
    Transform(
        "gain",
        "Gain",
        "Every sample times 10^(gain/20): only the level changes.",
        "Features that subtract their mean never notice it; a recogniser that clips its input does.",
        "amplitude = 10^(dB / 20)",
        lambda y, a, rng, m: level.gain(y, float(a["gain_db"])),
        (level.gain,),
        (Amount("gain_db", "Gain", "dB", -40, 20, -12, 1),),
        _one("gain_db", _both(18)),
    ),
    Transform(
        "noise",
        "Noise",
        "Noise is added, so that speech power over noise power has the chosen ratio.",
        "The ratio counts the pauses too: a clip of half silence gets noise that is softer against its words.",
        "y + g n, g = sqrt(P_y / P_n) 10^(-SNR / 20); Ko et al. 2017, Warden 2018",
        _noise,
        (noise.add_noise, noise.coloured),
        (
            Choice("noise", "Which noise", NOISES, "cafe"),
            Amount("snr_db", "Signal-to-noise ratio", "dB", -15, 40, 5, 1),
        ),
        lambda rng, strength: {
            "noise": str(rng.choice(list(NOISES))),
            "snr_db": float(30 - 30 * strength * rng.random()),
        },
    ),
    Transform(
        "room",
        "Room",
        "Convolution with a room's impulse response: each sound drags its own echoes behind it.",
        "Cut the response at the direct sound, or every label moves; a long room smears words into each other.",
        "convolution; Allen and Berkley 1979 (simulated), Ko et al. 2017 (in training)",
        _room,
        (room.reverberate, room.shoebox),
        (
            Choice("room", "Which room", ROOMS, "kitchen"),
            Amount("decay_s", "Reverberation time of the simulated room", "s", 0.1, 2.5, 0.6, 0.1),
        ),
        lambda rng, strength: {"room": "simulated", "decay_s": float(0.1 + 1.2 * strength * rng.random())},
    ),
    Transform(
        "speed",
        "Speed",
        "Played faster: shorter, and pitch and formants higher by the same factor.",
        "It makes other speakers out of one, and is the wrong thing for a task that asks for pitch or duration.",
        "x(f t) by resampling; Ko et al. 2015 (0.9, 1.0, 1.1)",
        lambda y, a, rng, m: rate.speed(y, float(a["speed"])),
        (rate.speed,),
        (Amount("speed", "Times as fast", "×", 0.5, 2, 1.3, 0.05),),
        _factor("speed"),
    ),
    Transform(
        "tempo",
        "Tempo",
        "Spoken faster at the same pitch: windows of 40 ms are moved together or apart.",
        "Bursts and clicks may double or vanish where windows overlap.",
        "WSOLA; Verhelst and Roelands 1993",
        lambda y, a, rng, m: rate.tempo(y, float(a["tempo"])),
        (rate.tempo, rate.faster),
        (Amount("tempo", "Times as fast", "×", 0.5, 2, 1.3, 0.05),),
        _factor("tempo"),
    ),
    Transform(
        "pitch",
        "Pitch",
        "Higher or lower in the same time: stretched first, then played faster. Formants move along.",
        "It breaks the label of every pitch task: intonation, tone languages, emotion, who is speaking.",
        "tempo 1/r, then speed r, r = 2^(semitones / 12)",
        lambda y, a, rng, m: rate.pitch(y, float(a["semitones"])),
        (rate.pitch, rate.tempo, rate.speed),
        (Amount("semitones", "Higher by", "semitones", -12, 12, 4, 0.5),),
        _one("semitones", _both(5)),
    ),
    Transform(
        "telephone",
        "Telephone",
        "300 to 3400 Hz, 8,000 samples a second, eight bits that are finer near zero.",
        "Above 4 kHz, where s and f differ, nothing is left, whatever you do afterwards.",
        "ITU-T G.711: F(x) = sgn(x) ln(1 + 255 |x|) / ln 256",
        lambda y, a, rng, m: codec.telephone(y),
        (codec.telephone, mu_law.encode, mu_law.decode, mu_law.compress, mu_law.expand),
        (),
        lambda rng, strength: {},
    ),
    Transform(
        "mp3",
        "MP3",
        "What a listener would miss least is left out; below 16 kb/s the treble goes first.",
        "Training data may be MP3 already: encoding it twice is not the same as once.",
        "LAME through FFmpeg (PyAV)",
        lambda y, a, rng, m: codec.mp3(y, float(a["mp3_kbps"])),
        (codec.mp3, codec._through),
        (Amount("mp3_kbps", "Bit rate", "kb/s", 8, 64, 8, 8),),
        lambda rng, strength: {"mp3_kbps": float(rng.choice([64, 32, 24, 16, 8][: 1 + round(4 * strength)]))},
    ),
    Transform(
        "opus",
        "Opus",
        "The codec of internet calls: at low rates it becomes a model of a voice.",
        "Below about 10 kb/s it switches bandwidth: the sound gets duller in one step.",
        "RFC 6716, libopus through FFmpeg (PyAV)",
        lambda y, a, rng, m: codec.opus(y, float(a["opus_kbps"])),
        (codec.opus, codec._through),
        (Amount("opus_kbps", "Bit rate", "kb/s", 6, 64, 6, 1),),
        lambda rng, strength: {"opus_kbps": float(32 - 26 * strength * rng.random())},
    ),
    Transform(
        "low_pass",
        "Low-pass",
        "What lies above the cutoff is gone: a dull microphone, a hand over it, a low sample rate.",
        "A network trained on 16 kHz alone may fail on a telephone for this reason only.",
        "Butterworth, order 8",
        lambda y, a, rng, m: band.low_pass(y, float(a["low_pass_hz"])),
        (band.low_pass, band._butterworth),
        (Amount("low_pass_hz", "Cutoff", "Hz", 300, 7800, 2000, 100),),
        _one("low_pass_hz", _even(7500, 1200)),
    ),
    Transform(
        "high_pass",
        "High-pass",
        "What lies below the cutoff is gone: a tiny loudspeaker.",
        "Even above 300 Hz you still hear the pitch, though its lowest harmonics are gone.",
        "Butterworth, order 8",
        lambda y, a, rng, m: band.high_pass(y, float(a["high_pass_hz"])),
        (band.high_pass, band._butterworth),
        (Amount("high_pass_hz", "Cutoff", "Hz", 20, 4000, 1000, 20),),
        _one("high_pass_hz", _even(40, 1200)),
    ),
    Transform(
        "clip",
        "Clipping",
        "Waves are cut off at a ceiling below their peak, then made as loud as before.",
        "Cut-off waves have new harmonics, which no later filter can take out.",
        "max(-c, min(c, y)) / c",
        lambda y, a, rng, m: level.clip(y, float(a["clip_db"])),
        (level.clip,),
        (Amount("clip_db", "Ceiling below the peak", "dB", 0, 40, 20, 1),),
        _one("clip_db", _even(0, 28)),
    ),
    Transform(
        "invert",
        "Polarity",
        "Every sample with the other sign. You hear no difference, and a spectrogram has none.",
        "For a magnitude spectrogram it does nothing at all; it only matters to networks on the waveform.",
        "|FFT(-y)| = |FFT(y)|",
        lambda y, a, rng, m: level.invert(y),
        (level.invert,),
        (),
        lambda rng, strength: {},
    ),
    Transform(
        "drop_time",
        "Gaps in time",
        "Stretches become silent, as lost packets of a call do.",
        "A gap as long as a word takes the word away, and the label still claims it.",
        "zeros in random spans",
        lambda y, a, rng, m: band.drop_time(y, int(a["gaps"]), float(a["gap_ms"]), rng),
        (band.drop_time,),
        (
            Amount("gaps", "How many", "gaps", 0, 30, 6, 1),
            Amount("gap_ms", "Longest", "ms", 0, 600, 150, 10),
        ),
        lambda rng, strength: {"gaps": float(1 + round(5 * strength)), "gap_ms": float(30 + 150 * strength)},
    ),
    Transform(
        "drop_bands",
        "Gaps in frequency",
        "Bands of frequency become silent from beginning to end.",
        "One wide gap below 1 kHz takes more of the vowels than five above 4 kHz.",
        "rows of the short-time spectrum set to zero",
        lambda y, a, rng, m: band.drop_bands(y, int(a["holes"]), float(a["hole_hz"]), rng),
        (band.drop_bands, band.filtered),
        (
            Amount("holes", "How many", "bands", 0, 12, 4, 1),
            Amount("hole_hz", "Widest", "Hz", 0, 4000, 900, 50),
        ),
        lambda rng, strength: {"holes": float(1 + round(3 * strength)), "hole_hz": float(150 + 900 * strength)},
    ),
    Transform(
        "spec",
        "SpecAugment",
        "Rows and columns of the log-mel spectrogram are set to its mean; no sound is computed.",
        "It makes a network robust to missing pieces, not to noise or rooms, which change every cell.",
        "Park et al. 2019, section 2 (without time warp)",
        _spec,
        (masks.draw_masks, masks.apply_masks),
        (
            Amount("time_masks", "Holes in time", "holes", 0, 10, 2, 1),
            Amount("longest_frames", "Longest hole in time", "frames", 0, 100, 40, 1),
            Amount("frequency_masks", "Holes in frequency", "holes", 0, 10, 2, 1),
            Amount("widest_bands", "Widest hole in frequency", "bands", 0, 40, 27, 1),
        ),
        lambda rng, strength: {
            "time_masks": 2.0,
            "longest_frames": float(round(60 * strength)),
            "frequency_masks": 2.0,
            "widest_bands": float(round(30 * strength)),
        },
    ),
    Transform(
        "mixup",
        "Mixup",
        "Another voice is blended in, and in training the labels are blended in the same proportion.",
        "Without the blended label it is only a second talker as noise.",
        "Zhang et al. 2018: x = l x1 + (1 - l) x2, and the labels likewise",
        _mixup,
        (mix.mixup,),
        (Amount("share", "Share of the first", "", 0, 1, 0.7, 0.05),),
        _one("share", lambda rng, strength: float(1 - strength * 0.5 * rng.random())),
    ),
)
BY_SLUG = {transform.slug: transform for transform in TRANSFORMS}


def find(slug: str) -> Transform:
    """The transform of that name; a ValueError names them all."""
    if slug not in BY_SLUG:
        raise ValueError(f"There is no change {slug!r}: choose one of {', '.join(BY_SLUG)}.")
    return BY_SLUG[slug]


def apply(slug: str, y: np.ndarray, amounts: Amounts, seed: int | tuple[int, ...], material: Material) -> np.ndarray:
    """Change a sound, float32 [m]; the same for the same seed. Amounts that are not named are the usual ones."""
    transform = find(slug)
    rng = np.random.default_rng(seed)
    return transform.run(sound(y), {**transform.usual(), **amounts}, rng, material)
