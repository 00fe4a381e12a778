"""Front end of the keyword spotter: one second of sound to 49 x 10 mel-frequency cepstral coefficients (MFCCs).

Frames of 40 ms every 20 ms, 40 mel bands, 10 coefficients of an orthonormal DCT-II: the input of Zhang et al., *Hello
Edge: Keyword Spotting on Microcontrollers* (2017), section 5, and of MLPerf Tiny's keyword spotting. The logarithm is
the natural one with an offset instead of a floor that depends on the clip, and the normalisation is constant: so a
frame needs nothing but its own 640 samples, and a stream gives the same numbers as a file.

Training, `models/keyword/ds_cnn.py`, the streaming form and the exported C code (which starts behind it) all use this
module.
"""

from functools import lru_cache

import numpy as np

from algorithms.signal.feature_config import FeatureConfig, check_audio
from algorithms.signal.mel import mel_filterbank
from algorithms.signal.stft import frame, window

SAMPLE_RATE = 16000  # Hz
CLIP_SAMPLES = 16000  # the network sees one second
CONFIG = FeatureConfig(
    sample_rate=SAMPLE_RATE,
    window="hann",
    window_ms=40.0,
    hop_ms=20.0,
    n_fft=640,  # as long as the frame: 25 Hz a bin, and no frame is padded
    n_mels=40,
    f_min_hz=20.0,
    f_max_hz=7600.0,
    mel_scale="htk",
    mel_norm=None,
    power=2,
    n_mfcc=10,
    center=False,
)
FRAME, HOP = CONFIG.window_length, CONFIG.hop_length  # 640 and 320 samples
N_FRAMES = 1 + (CLIP_SAMPLES - FRAME) // HOP  # 49
N_COEFFICIENTS = CONFIG.n_mfcc  # 10
LOG_OFFSET = 1e-6  # added to a band's energy: white noise of about -84 dB below full scale, under any microphone's own

# About the mean and standard deviation of each coefficient over disturbed training clips. Part of the weights' meaning:
# whoever changes a number here trains again.
MEAN = np.array([-31.0, 6.3, 0.0, 1.0, -0.7, 0.0, 0.0, 0.0, 0.0, 0.0])
STD = np.array([26.0, 8.2, 5.4, 3.3, 3.1, 2.7, 2.1, 1.8, 1.6, 1.5])


@lru_cache(maxsize=1)
def dct_matrix() -> np.ndarray:
    """Orthonormal DCT-II, the first 10 of 40 rows, float64 [10, 40], read-only.

    d[k, m] = s_k cos(pi k (2 m + 1) / 80), s_0 = sqrt(1 / 40), s_k = sqrt(2 / 40).
    """
    k, m = np.arange(N_COEFFICIENTS)[:, None], np.arange(CONFIG.n_mels)
    matrix = np.sqrt(2 / CONFIG.n_mels) * np.cos(np.pi * k * (2 * m + 1) / (2 * CONFIG.n_mels))
    matrix[0] = np.sqrt(1 / CONFIG.n_mels)
    matrix.flags.writeable = False
    return matrix


def log_mel_frames(frames: np.ndarray) -> np.ndarray:
    """Natural logarithm of the mel bands' energies of frames of 640 samples.

    Parameters
    ----------
    frames : np.ndarray [T, 640], float

    Returns
    -------
    np.ndarray [T, 40], float64

    Notes
    -----
    In double precision, so that rounding to float32 at the end hides how many frames were computed at a time.
    """
    from scipy.fft import rfft  # 0.2 s to import: not before somebody computes

    spectrum = rfft(np.asarray(frames, np.float64) * window(CONFIG.window, FRAME), axis=-1)
    energy = spectrum.real**2 + spectrum.imag**2  # [T, 321]
    return np.log(energy @ mel_filterbank(CONFIG).T.astype(np.float64) + LOG_OFFSET)


def normalised(log_mel: np.ndarray) -> np.ndarray:
    """DCT and normalisation: log-mel energies [..., 40] to the network's input, float32 [..., 10]."""
    return ((log_mel @ dct_matrix().T - MEAN) / STD).astype(np.float32)


def log_mel(y: np.ndarray) -> np.ndarray:
    """Log-mel energies of a signal, float32 [1 + (n - 640) // 320, 40]; it needs at least 640 samples."""
    return log_mel_frames(frame(check_audio(y), FRAME, HOP).T).astype(np.float32)


def mfcc(y: np.ndarray) -> np.ndarray:
    """Normalised MFCCs of a signal at 16 kHz.

    Parameters
    ----------
    y : np.ndarray [n], float, mono, nominally in [-1, 1], at least 640 samples

    Returns
    -------
    np.ndarray [1 + (n - 640) // 320, 10], float32: 49 x 10 for one second. Frame t starts at sample 320 t.

    Raises
    ------
    ValueError
        As `check_audio`; or the clip is shorter than one frame of 40 ms.
    """
    y = check_audio(y)
    if len(y) < FRAME:
        raise ValueError(
            f"The clip has {len(y)} samples, fewer than one frame of {FRAME} (40 ms at 16 kHz): use a longer one."
        )
    return normalised(log_mel_frames(frame(y, FRAME, HOP).T))


class StreamingMfcc:
    """`mfcc` for a sound that arrives in blocks: the same numbers, each as soon as its last sample is there.

    Examples
    --------
    >>> stream = StreamingMfcc()
    >>> [len(stream.push(np.zeros(400, np.float32))) for _ in range(4)]
    [0, 1, 1, 1]
    """

    def __init__(self):
        self._rest = np.zeros(0, np.float32)  # samples that later frames still need, fewer than 640

    def push(self, block: np.ndarray) -> np.ndarray:
        """Take the next samples (any number, shape [n]) and return the frames they complete, float32 [k, 10]."""
        block = np.asarray(block)
        if not block.size:
            return np.zeros((0, N_COEFFICIENTS), np.float32)
        y = np.concatenate([self._rest, check_audio(block)])
        if len(y) < FRAME:
            self._rest = y
            return np.zeros((0, N_COEFFICIENTS), np.float32)
        out = mfcc(y)
        self._rest = y[len(out) * HOP :].copy()
        return out


def one_second(y: np.ndarray) -> np.ndarray:
    """`y` as exactly 16,000 float32 samples: a shorter clip is padded with zeros evenly, a longer one refused.

    Raises
    ------
    ValueError
        As `check_audio`; or more than one second.
    """
    y = check_audio(y)
    if len(y) > CLIP_SAMPLES:
        raise ValueError(
            f"The clip has {len(y)} samples, but the network sees one second ({CLIP_SAMPLES} samples at 16 kHz): "
            "give it one second at a time."
        )
    before = (CLIP_SAMPLES - len(y)) // 2
    return np.pad(y, (before, CLIP_SAMPLES - len(y) - before))
