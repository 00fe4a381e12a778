"""The two pictures whose horizontal axis is frequency: the spectrum under the cursor and the mel filterbank."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from algorithms.signal import features as chain
from algorithms.signal.feature_config import FeatureConfig
from components.figure import figure, line

from . import analysis
from .analysis import Loaded
from .pictures import LOG_LOW_HZ

SPECTRUM_POINTS = 1024


def spectrum_picture(
    sound: Loaded, config: FeatureConfig, t: float, *, y: str = "linear", db: float = 80.0
) -> dict[str, Any]:
    """Draw one frame of the STFT and of the mel spectrogram over frequency; a negative t means the loudest frame."""
    frame = analysis.frame_at(sound, config, t)
    time_s = frame * config.hop_length / config.sample_rate
    stft_db = analysis.magnitude_db(sound, config)[:, frame]
    mel_db = analysis.mel_db(sound, config)[:, frame]
    bin_hz = config.sample_rate / config.n_fft
    group = -(-config.n_bins // SPECTRUM_POINTS)
    if group > 1:
        stft_db = np.maximum.reduceat(stft_db, np.arange(0, config.n_bins, group))
    peak_hz = float(np.argmax(analysis.magnitude_db(sound, config)[:, frame])) * bin_hz
    nyquist_hz = config.sample_rate / 2
    log = y == "log"
    which = "the loudest" if t < 0 else f"at {time_s:.2f} s"
    return figure(
        [
            line(
                None,
                stft_db,
                name=f"STFT, frame {frame} ({which})",
                x0=bin_hz * (group - 1) / 2,
                dx=bin_hz * group,
                hovertemplate="%{x:.0f} Hz<br>%{y:.1f} dB<extra>STFT</extra>",
            ),
            line(
                chain.mel_frequencies(config),
                mel_db,
                color="var(--lab-c2)",
                name=f"{config.n_mels} mel bands",
                mode="lines+markers",
                marker={"size": 4, "color": "var(--lab-c2)"},
                hovertemplate="%{x:.0f} Hz<br>%{y:.1f} dB<extra>mel</extra>",
            ),
        ],
        alt=f"Spectrum at {time_s:.3f} s: the strongest frequency is {peak_hz:.0f} Hz.",
        x_title="Frequency (Hz)",
        y_title="dB below loudest",
        y_range=(-db, 3),
        home=f"{sound.key} {y}",
        xaxis={"type": "log" if log else "linear", "tickformat": "~s"}
        | {"range": [math.log10(LOG_LOW_HZ), math.log10(nyquist_hz)] if log else [0, nyquist_hz]},
        showlegend=True,
        margin={"t": 26},
    )


def filterbank_picture(config: FeatureConfig) -> dict[str, Any]:
    """Draw the triangles of the mel filterbank over frequency, before the FFT samples them."""
    edges_hz = chain.mel_edges(config)  # [n_mels + 2]
    left, centre, right = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    height = 2 / (right - left) if config.mel_norm == "slaney" else np.ones(config.n_mels)
    gap, zero = np.full(config.n_mels, np.nan), np.zeros(config.n_mels)
    x = np.stack([left, centre, right, gap], axis=1)  # [n_mels, 4]: up, down, pen up
    y = np.stack([zero, height, zero, gap], axis=1)
    traces = [
        line(
            x[k::3].ravel(), y[k::3].ravel(), color=f"var(--lab-c{k + 1})", line={"width": 1.2}, name=f"every 3rd, {k}"
        )
        for k in range(min(3, config.n_mels))
    ]
    empty = len(chain.empty_filters(config))
    return figure(
        traces,
        alt=(
            f"{config.n_mels} triangles from {config.f_min_hz:g} to {config.f_max_hz:g} Hz; the first is "
            f"{right[0] - left[0]:.0f} Hz wide, the last {right[-1] - left[-1]:.0f} Hz."
            + (f" {empty} of them hold no FFT frequency." if empty else "")
        ),
        x_title="Frequency (Hz)",
        y_title="Weight (1/Hz)" if config.mel_norm == "slaney" else "Weight",
        x_range=(0, config.sample_rate / 2),
        xaxis={"tickformat": "~s"},
        home=str(config),
        hovermode=False,
        margin={"t": 26},
    )
