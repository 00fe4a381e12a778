"""What programs may ask of the room: the numbers behind its pictures."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from algorithms.signal import features as chain
from algorithms.signal.feature_config import MAX_N_FFT, MAX_N_MELS, WINDOWS, FeatureConfig
from algorithms.sound.source import MAX_RATE_HZ, MIN_RATE_HZ
from components.programs import Audio, read

from .. import Endpoint
from .analysis import MAX_CELLS
from .settings import auto_fft

MAX_S = 60.0
MAX_VALUES = 500_000  # of an answer: 5 MB of JSON
UNITS = {
    "stft": "magnitude, for samples from -1 to 1",
    "mel": "energy: squared magnitudes summed up by each filter",
    "mfcc": "cepstral coefficient of the bands' energies in dB",
}


def _number(least: float, most: float, what: str) -> Any:
    return Field(ge=least, le=most, description=what)


def features(
    audio: Audio,
    kind: Annotated[
        Literal["stft", "mel", "mfcc"],
        Field(description="'stft' (magnitudes), 'mel' (energies of mel bands) or 'mfcc' (cepstral coefficients)."),
    ] = "mel",
    window_ms: Annotated[float, _number(2, 200, "Length of the window, ms.")] = 25.0,
    hop_ms: Annotated[float, _number(1, 50, "Step from one frame to the next, ms.")] = 10.0,
    window: Annotated[Literal[WINDOWS], Field(description=f"One of {', '.join(WINDOWS)}.")] = "hann",
    n_fft: Annotated[
        int | None,
        _number(32, MAX_N_FFT, "FFT size, even; by default the next power of two that holds the window, at least 512."),
    ] = None,
    pre_emphasis: Annotated[float, _number(0, 0.99, "c of y[n] - c y[n-1] before everything else; 0 is off.")] = 0.0,
    n_mels: Annotated[int, _number(4, MAX_N_MELS, "Mel bands.")] = 80,
    f_min_hz: Annotated[float, _number(0, MAX_RATE_HZ / 2, "Lower end of the mel bands, Hz.")] = 0.0,
    f_max_hz: Annotated[
        float | None,
        _number(1, MAX_RATE_HZ / 2, "Upper end of the mel bands, Hz; by default half the sample rate, the highest."),
    ] = None,
    mel_scale: Annotated[
        Literal[chain.MEL_SCALES], Field(description="Whose mel scale: 'slaney' or 'htk'.")
    ] = "slaney",
    n_mfcc: Annotated[int, _number(1, 40, "Cepstral coefficients kept, at most n_mels.")] = 13,
    sample_rate: Annotated[
        int | None,
        _number(MIN_RATE_HZ, MAX_RATE_HZ, "Resample to this rate first, Hz; by default the file's own rate is kept."),
    ] = None,
) -> dict[str, Any]:
    """Compute the STFT, the mel spectrogram or the MFCCs of up to 60 s of sound, as librosa would with these settings.

    "values" is a matrix as a list of rows, one row a frequency (of "mfcc": a coefficient), one column a frame; "unit"
    says what a value is. "times_s" is the middle of each frame in seconds, "frequencies_hz" the frequency of each row
    in Hz (of "mfcc": absent), "shape" [rows, columns], "settings" every setting that was used. At most 500000 values.
    """
    sound = read(audio, max_s=MAX_S, sample_rate=sample_rate)
    config = FeatureConfig(
        sample_rate=sound.sample_rate,
        window=window,
        window_ms=window_ms,
        hop_ms=hop_ms,
        n_fft=n_fft or auto_fft(window_ms, sound.sample_rate),
        n_mels=n_mels,
        f_min_hz=f_min_hz,
        f_max_hz=f_max_hz,
        mel_scale=mel_scale,
        pre_emphasis=pre_emphasis,
        n_mfcc=n_mfcc,
    )
    rows = {"stft": config.n_bins, "mel": config.n_mels, "mfcc": config.n_mfcc}[kind]
    columns = chain.n_frames(len(sound.y), config)
    if config.n_bins * columns > MAX_CELLS:
        raise ValueError(
            f"{columns} frames of {config.n_bins} frequencies are too many to hold: send less sound, or choose a "
            "longer hop or a smaller FFT."
        )
    if rows * columns > MAX_VALUES:
        raise ValueError(
            f"{rows} rows of {columns} frames are more than the {MAX_VALUES} values of an answer: send less sound, or "
            f"choose a longer hop or {'a smaller FFT' if kind == 'stft' else 'fewer rows'}."
        )
    magnitude = chain.magnitude(chain.stft(sound.y, config))
    values = magnitude if kind == "stft" else chain.mel_from_stft(magnitude, config)
    if kind == "mfcc":
        values = chain.mfcc_from_mel(values, config)
    about = {
        "kind": kind,
        "unit": UNITS[kind],
        "duration_s": round(sound.duration_s, 3),
        "shape": list(values.shape),
        "times_s": np.round(chain.frame_times(config, columns), 4).tolist(),
        "settings": {name: getattr(config, name) for name in FeatureConfig.__dataclass_fields__},
        "notes": list(sound.notes),
    }
    if kind != "mfcc":
        hz = chain.fft_frequencies(config) if kind == "stft" else chain.mel_frequencies(config)
        about["frequencies_hz"] = np.round(hz, 2).tolist()
    return {**about, "values": significant(values).tolist()}


def significant(values: np.ndarray) -> np.ndarray:
    """Round to six significant digits, about what float32 holds; written out, that takes half the space. Float64."""
    values = values.astype(np.float64)
    size = np.floor(np.log10(np.abs(values), out=np.zeros_like(values), where=values != 0))
    scale = 10.0 ** (5 - size)
    return np.round(values * scale) / scale


# The chain says itself, as a ValueError, which settings don't go together.
PROGRAMS = (Endpoint(function=features, refusals=(ValueError,), concurrency_id="features"),)
