"""Signals and what is computed from them before any recognition.

- `features`: the one to import for the chain: STFT, mel spectrogram, MFCC, step by step; it re-exports
  `feature_config` (the settings), `stft` (samples to spectrum, decibels) and `mel` (spectrum to mel and MFCC)
- `inversion`: back from each of them to sound
- `sampling`: aliasing and quantisation
- `dtw`: dynamic time warping
- `display`: matrices and waveforms reduced to what a screen can show
"""
