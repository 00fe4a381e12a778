"""The one mel spectrogram of synthesis: what acoustic models predict, what vocoders make sound of.

Tacotron 2's and HiFi-GAN's settings: 22,050 Hz, 1024-point Hann window, hop 256, 80 filters up to 8 kHz over
amplitudes, then the natural logarithm. Frame t is centred on sample 256 t, with silence beyond both ends; HiFi-GAN's
own code places its frames half a hop (5.8 ms) later, so a network trained on the one would shift the other.
"""

import numpy as np

from algorithms.signal.feature_config import FeatureConfig
from algorithms.signal.mel import mel_from_stft
from algorithms.signal.stft import stft

_RATE, _WINDOW, _HOP = 22_050, 1024, 256
SYNTHESIS_MEL = FeatureConfig(
    sample_rate=_RATE,
    window_ms=1000 * _WINDOW / _RATE,
    hop_ms=1000 * _HOP / _RATE,
    n_fft=_WINDOW,
    n_mels=80,
    f_max_hz=8000.0,
    power=1,
)
FLOOR = 1e-5  # amplitudes are clipped here before the logarithm, so silence is -11.5


def synthesis_mel(y: np.ndarray) -> np.ndarray:
    """Log-mel spectrogram of a sound.

    Parameters
    ----------
    y : np.ndarray [n], mono, 22,050 Hz, n >= 1

    Returns
    -------
    np.ndarray [80, n // 256 + 1], float32, natural log of the amplitude, at least ln(1e-5) = -11.5
    """
    mel = mel_from_stft(stft(y, SYNTHESIS_MEL), SYNTHESIS_MEL)
    return np.log(np.maximum(mel, FLOOR)).astype(np.float32)
