"""Settings of the feature chain (STFT, mel spectrogram, MFCC) and the check every signal passes before it.

`algorithms.signal.features` re-exports both names; import them from there.
"""

import math
from dataclasses import dataclass

import numpy as np

WINDOWS = ("hann", "hamming", "blackman", "rectangular")
MEL_SCALES = ("slaney", "htk")
MAX_N_FFT = 16384
MAX_N_MELS = 256
# Audio lives in [-1, 1]. Far beyond it float32 powers overflow, and the samples are not audio anyway.
MAX_AMPLITUDE = 1e6


@dataclass(frozen=True, kw_only=True)
class FeatureConfig:
    """Every setting between the samples and the MFCCs. Hashable, so results can be cached by it.

    Attributes
    ----------
    sample_rate : int
        Samples a second (Hz), 1 to 768000.
    window : {"hann", "hamming", "blackman", "rectangular"}
        Taper each frame is multiplied by (periodic form, as `scipy.signal.get_window(..., fftbins=True)`).
    window_ms, hop_ms : float
        Length of the window and step between two frames, in milliseconds; rounded to whole samples.
    n_fft : int
        FFT size, even, 32 to 16384, at least the window's samples. A shorter window is padded with zeros on both
        sides: more points on the same curve, no finer detail.
    n_mels : int
        Mel filters, 1 to 256.
    f_min_hz, f_max_hz : float
        Band covered by the filters. `f_max_hz=None` becomes sample_rate / 2.
    mel_scale : {"slaney", "htk"}
        Slaney's Auditory Toolbox (linear below 1 kHz, logarithmic above) or HTK's formula.
    mel_norm : {"slaney", None}
        "slaney" gives every triangle the same area (2 / width in Hz); None the same height 1.
    power : {1, 2}
        Exponent of the magnitude that the filters add up: 1 amplitude, 2 energy.
    pre_emphasis : float
        Coefficient of y[n] - coef * y[n-1] in [0, 1); 0 switches it off.
    n_mfcc : int
        DCT coefficients kept of every frame, 1 to n_mels.
    lifter : float
        Cepstral lifter length L (0 is off): coefficient k = 1, 2, ... times 1 + L/2 sin(pi k / L).
    center : bool
        True pads n_fft/2 zeros on both ends, so that frame t is centred on sample t * hop; False starts it there.

    Raises
    ------
    ValueError
        One sentence naming the setting that is wrong and what to do.

    Examples
    --------
    >>> config = FeatureConfig(sample_rate=16000, window_ms=25, hop_ms=10, n_fft=512)
    >>> config.window_length, config.hop_length
    (400, 160)
    """

    sample_rate: int = 16000
    window: str = "hann"
    window_ms: float = 25.0
    hop_ms: float = 10.0
    n_fft: int = 512
    n_mels: int = 80
    f_min_hz: float = 0.0
    f_max_hz: float | None = None
    mel_scale: str = "slaney"
    mel_norm: str | None = "slaney"
    power: int = 2
    pre_emphasis: float = 0.0
    n_mfcc: int = 13
    lifter: float = 0.0
    center: bool = True

    def __post_init__(self):
        for name in ("sample_rate", "n_fft", "n_mels", "power", "n_mfcc"):
            value = _number(self, name)
            if value != int(value):
                raise ValueError(f"{name} is {value}, but it counts things: give a whole number.")
            object.__setattr__(self, name, int(value))  # sliders and URLs give 80.0
        if self.f_max_hz is None:
            object.__setattr__(self, "f_max_hz", self.sample_rate / 2)
        for name in ("window_ms", "hop_ms", "f_min_hz", "f_max_hz", "pre_emphasis", "lifter"):
            object.__setattr__(self, name, float(_number(self, name)))
        self._check_frames()
        self._check_mel_and_cepstrum()

    def _check_frames(self):
        if not 1 <= self.sample_rate <= 768_000:
            raise ValueError(f"A sample rate of {self.sample_rate} Hz is not usable: choose 1 to 768000 Hz.")
        if self.window not in WINDOWS:
            raise ValueError(f"There is no window called {self.window!r}: choose {', '.join(WINDOWS)}.")
        if self.n_fft % 2 or not 32 <= self.n_fft <= MAX_N_FFT:
            raise ValueError(f"The FFT size is {self.n_fft}, but it must be an even number from 32 to {MAX_N_FFT}.")
        if self.window_ms <= 0 or self.hop_ms <= 0:
            raise ValueError("The window and the hop must be longer than 0 ms.")
        if self.window_length > self.n_fft:
            longest_ms = 1000 * self.n_fft / self.sample_rate
            raise ValueError(
                f"A {self.window_ms:g} ms window is {self.window_length} samples at {self.sample_rate} Hz, longer than "
                f"the FFT of {self.n_fft}: choose a larger FFT or a window of at most {longest_ms:.4g} ms."
            )
        if self.window_length < 2:
            raise ValueError(
                f"A {self.window_ms:g} ms window holds fewer than 2 samples at {self.sample_rate} Hz: make it longer."
            )
        if self.hop_length < 1:
            raise ValueError(
                f"A {self.hop_ms:g} ms hop is less than one sample at {self.sample_rate} Hz: make it longer."
            )

    def _check_mel_and_cepstrum(self):
        nyquist_hz = self.sample_rate / 2
        if not 1 <= self.n_mels <= MAX_N_MELS:
            raise ValueError(f"The number of mel filters is {self.n_mels}, but it must lie from 1 to {MAX_N_MELS}.")
        if self.f_min_hz < 0 or self.f_max_hz > nyquist_hz:
            raise ValueError(
                f"The mel filters must stay between 0 Hz and half the sample rate ({nyquist_hz:g} Hz), "
                f"not {self.f_min_hz:g} to {self.f_max_hz:g} Hz."
            )
        if self.f_min_hz >= self.f_max_hz:
            raise ValueError(
                f"The lowest mel frequency ({self.f_min_hz:g} Hz) must be below the highest ({self.f_max_hz:g} Hz)."
            )
        if self.mel_scale not in MEL_SCALES:
            raise ValueError(f"There is no mel scale called {self.mel_scale!r}: choose {' or '.join(MEL_SCALES)}.")
        if self.mel_norm not in ("slaney", None):
            raise ValueError(f"There is no mel norm called {self.mel_norm!r}: choose 'slaney' or None.")
        if self.power not in (1, 2):
            raise ValueError(f"The spectrum's exponent is {self.power}, but it must be 1 (amplitude) or 2 (energy).")
        if not 0 <= self.pre_emphasis < 1:
            raise ValueError(f"The pre-emphasis is {self.pre_emphasis:g}, but it must be 0 (off) or below 1, as 0.97.")
        if not 1 <= self.n_mfcc <= self.n_mels:
            raise ValueError(
                f"{self.n_mfcc} MFCCs cannot come out of {self.n_mels} mel filters: keep 1 to {self.n_mels} of them."
            )
        if self.lifter < 0:
            raise ValueError(f"The lifter is {self.lifter:g}, but it must be 0 (off) or positive, as 22.")

    @property
    def window_length(self) -> int:
        """Samples under the window."""
        return round(self.window_ms * self.sample_rate / 1000)

    @property
    def hop_length(self) -> int:
        """Samples between the starts of two frames."""
        return round(self.hop_ms * self.sample_rate / 1000)

    @property
    def n_bins(self) -> int:
        """Frequencies from 0 Hz to Nyquist inclusive: n_fft / 2 + 1."""
        return self.n_fft // 2 + 1


def _number(config: FeatureConfig, name: str) -> float:
    value = getattr(config, name)
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ValueError(f"{name} is {value!r}, but it must be a number.")
    if not math.isfinite(value):
        raise ValueError(f"{name} is {value}, but it must be a finite number.")
    return value


def check_audio(y: np.ndarray) -> np.ndarray:
    """Return a mono signal as float32, or say in one sentence why it cannot be analysed.

    Parameters
    ----------
    y : np.ndarray [n], floating point, at least one sample, nominally in [-1, 1]

    Returns
    -------
    np.ndarray [n], float32 (the input itself if it already is)

    Raises
    ------
    ValueError
        Empty, several channels, whole numbers, NaN or infinity, or samples beyond +-1e6.
    """
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError(f"The signal has shape {y.shape}, but one channel is needed: mix it down to mono first.")
    if y.size == 0:
        raise ValueError("The signal is empty: record or choose a clip with at least one sample.")
    if not np.issubdtype(y.dtype, np.floating):
        raise ValueError(f"The samples are {y.dtype}, not floating point: scale them to [-1, 1] as float32 first.")
    # min and max carry a NaN through, so two passes check NaN, infinity and range at once.
    if not (y.min() >= -MAX_AMPLITUDE and y.max() <= MAX_AMPLITUDE):
        if not np.isfinite(y).all():
            raise ValueError("The signal holds NaN or infinite samples: repair or re-export the file first.")
        raise ValueError("The samples are far outside [-1, 1]: scale the signal to that range first.")
    return y.astype(np.float32, copy=False)
