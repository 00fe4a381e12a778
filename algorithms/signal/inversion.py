"""Back from features to sound: what STFT magnitude, mel spectrogram and MFCCs have thrown away, made audible."""

from functools import lru_cache

import numpy as np

from algorithms.signal.feature_config import FeatureConfig, check_audio
from algorithms.signal.mel import lifter_weights, mel_filterbank, mel_from_stft, mfcc_from_mel
from algorithms.signal.stft import db_to_power, frame, magnitude, stft, window

REPRESENTATIONS = ("stft", "mel", "mfcc")
_BLOCK_FRAMES = 128


def istft(spectrum: np.ndarray, config: FeatureConfig, length: int) -> np.ndarray:
    """Signal whose STFT is closest to `spectrum` in the least-squares sense (Griffin and Lim 1984, eq. 6).

    y[n] = sum_t w[n - tH] x_t[n - tH] / sum_t w[n - tH]^2, x_t the inverse FFT of column t. Undoes `stft` (but not its
    pre-emphasis: see `de_emphasis`) wherever a window covers the sample; samples no window covers are 0.

    Parameters
    ----------
    spectrum : np.ndarray [n_fft // 2 + 1, T], complex
    config : FeatureConfig
    length : int, samples wanted

    Returns
    -------
    np.ndarray [length], float32
    """
    spectrum = _check_matrix(spectrum, config.n_bins, "STFT", config)
    plan = _Plan(config, spectrum.shape[1], length)
    return plan.crop(plan.synthesise(np.ascontiguousarray(spectrum.T, dtype=np.complex64)))


def griffin_lim(
    target: np.ndarray,
    config: FeatureConfig,
    *,
    length: int,
    n_iter: int = 32,
    momentum: float = 0.99,
    seed: int | None = 0,
    errors: list[float] | None = None,
) -> np.ndarray:
    """Find a signal with a given STFT magnitude: guess the phases by going back and forth.

    Start from random phases; again and again turn the spectrogram into a signal, take its STFT, keep the phases and put
    the wanted magnitudes back. Momentum mixes in the step just made and converges faster and further.

    Parameters
    ----------
    target : np.ndarray [n_fft // 2 + 1, T], magnitude, >= 0
    config : FeatureConfig
    length : int, samples wanted
    n_iter : int, at least 1
    momentum : float, 0 (Griffin and Lim, IEEE Trans. ASSP 32(2), 1984) up to below 1 (fast version: Perraudin, Balazs
        and Sondergaard, WASPAA 2013; 0.99 is their and librosa's value)
    seed : int or None
        Of the random first phases: the same seed gives the same signal. None starts with every phase at 0.
    errors : list, optional
        Receives a number an iteration, before its magnitudes are put back: how far those of the signal's STFT are from
        the wanted ones, as a share of these (spectral convergence).

    Returns
    -------
    np.ndarray [length], float32. Its sign and the phase of each partial are free: only the magnitudes are matched.

    Notes
    -----
    The same iteration as `librosa.griffinlim`, whose `init=None` is `seed=None` here.
    """
    target = _check_matrix(target, config.n_bins, "STFT magnitude", config)
    if np.iscomplexobj(target) or target.min() < 0:
        raise ValueError(
            "Griffin-Lim needs magnitudes, real and at least 0: take the absolute value of the STFT first."
        )
    if n_iter < 1 or not 0 <= momentum < 1:
        raise ValueError("Griffin-Lim needs at least 1 iteration and a momentum of 0 to below 1.")
    plan = _Plan(config, target.shape[1], length)
    goal = np.ascontiguousarray(target.T, dtype=np.float32)  # [T, n_bins]
    alpha = np.float32(momentum / (1 + momentum))
    # Far below any magnitude that matters, far above what float32 cannot divide by.
    tiny = np.float32(max(1e-10 * float(goal.max()), 1e-30))
    rng = np.random.default_rng(seed)
    estimate = np.empty(goal.shape, dtype=np.complex64)
    for rows in plan.blocks():
        turns = np.zeros(goal[rows].shape, np.float32) if seed is None else rng.random(goal[rows].shape, np.float32)
        phase = turns * np.float32(2 * np.pi)
        np.cos(phase, out=estimate.real[rows])
        np.sin(phase, out=estimate.imag[rows])
        estimate[rows] *= goal[rows]
    previous = np.zeros_like(estimate)
    for _ in range(n_iter):
        signal = plan.synthesise(estimate)
        frames = plan.frames_of(signal)
        missed = 0.0
        for rows in plan.blocks():
            rebuilt = plan.analyse(frames[rows])
            if errors is not None:
                missed += float(np.square(np.abs(rebuilt) - goal[rows], dtype=np.float64).sum())
            step = rebuilt - alpha * previous[rows]
            previous[rows] = rebuilt
            scale = np.abs(step)
            scale += tiny
            np.divide(goal[rows], scale, out=scale)
            np.multiply(step, scale, out=estimate[rows])
        if errors is not None:
            errors.append((missed / max(float(np.square(goal, dtype=np.float64).sum()), 1e-30)) ** 0.5)
    return plan.crop(plan.synthesise(estimate))


class _Plan:
    """Buffers and window sums of one STFT geometry: FFTs [T, n_bins] <-> the signal on its padded axis.

    The axis starts with the first sample under a window, and only `window_length` of the n_fft samples are touched.
    """

    def __init__(self, config: FeatureConfig, count: int, length: int):
        self.n_fft, self.hop, self.size = config.n_fft, config.hop_length, config.window_length
        self.count, self.length = count, length
        self.left = (self.n_fft - self.size) // 2
        self.w = window(config.window, self.size)
        # Where sample 0 of the clip lies on the axis (may be negative without centring).
        self.offset = (self.n_fft // 2 if config.center else 0) - self.left
        # Whole hops, so that overlap-add is a handful of additions of [T, hop] blocks.
        self.pieces = -(-self.size // self.hop)
        self.axis_length = (count + self.pieces) * self.hop
        squares = np.broadcast_to(np.square(self.w), (count, self.size))
        total = self._empty_axis()
        self._overlap_add(squares, 0, total)
        total = total.reshape(-1)
        # Samples that (almost) no window covers cannot be recovered: divide them by 1 instead of by nothing.
        self.inverse_weight = 1 / np.where(total > np.finfo(np.float32).tiny, total, 1)
        # What lies outside the clip is known to be zero padding: Griffin-Lim must not put sound there.
        inside = np.zeros(self.axis_length, dtype=np.float32)
        inside[max(self.offset, 0) : max(self.offset + length, 0)] = 1
        self.inverse_weight *= inside
        self._padded = np.zeros((min(_BLOCK_FRAMES, count), self.n_fft), dtype=np.float32)

    def blocks(self):
        return [slice(i, min(i + _BLOCK_FRAMES, self.count)) for i in range(0, self.count, _BLOCK_FRAMES)]

    def _empty_axis(self) -> np.ndarray:
        return np.zeros((self.count + self.pieces, self.hop), dtype=np.float32)

    def _overlap_add(self, windowed: np.ndarray, first: int, axis: np.ndarray):
        for k in range(self.pieces):
            piece = windowed[:, k * self.hop : (k + 1) * self.hop]
            axis[first + k : first + k + len(piece), : piece.shape[1]] += piece

    def synthesise(self, spectra: np.ndarray) -> np.ndarray:
        """[T, n_bins] to the signal on the padded axis."""
        from scipy.fft import irfft

        axis = self._empty_axis()
        for rows in self.blocks():
            samples = irfft(spectra[rows], n=self.n_fft, axis=-1)[:, self.left : self.left + self.size]
            self._overlap_add(samples * self.w, rows.start, axis)
        return axis.reshape(-1) * self.inverse_weight

    def frames_of(self, signal: np.ndarray) -> np.ndarray:
        return frame(signal, self.size, self.hop).T[: self.count]

    def analyse(self, frames: np.ndarray) -> np.ndarray:
        """Frames [t, window_length] to spectra [t, n_bins]."""
        from scipy.fft import rfft

        block = self._padded[: len(frames)]
        np.multiply(frames, self.w, out=block[:, self.left : self.left + self.size])
        return rfft(block, axis=-1)

    def crop(self, signal: np.ndarray) -> np.ndarray:
        out = np.zeros(self.length, dtype=np.float32)
        part = signal[max(self.offset, 0) : max(self.offset + self.length, 0)]
        start = max(-self.offset, 0)
        out[start : start + len(part)] = part
        return out


def _check_matrix(values: np.ndarray, n_rows: int, what: str, config: FeatureConfig) -> np.ndarray:
    values = np.asarray(values)
    if values.ndim != 2 or values.shape[0] != n_rows or values.shape[1] < 1:
        raise ValueError(f"The {what} has shape {values.shape}, but {n_rows} rows and at least one frame are needed.")
    if not np.isfinite(values).all():
        raise ValueError(f"The {what} holds NaN or infinite values: compute it from a repaired clip.")
    if config.hop_length > config.window_length:
        raise ValueError(
            f"A hop of {config.hop_ms:g} ms skips samples between windows of {config.window_ms:g} ms, which "
            "nothing can bring back: make the hop at most as long as the window."
        )
    return values


def stft_from_mel(mel: np.ndarray, config: FeatureConfig, *, n_iter: int = 30) -> np.ndarray:
    """STFT magnitude whose mel spectrogram is `mel`: non-negative least squares.

    Minimises ||A X - mel||^2 over X >= 0, with A the filterbank and each filter first scaled to length 1. There are
    fewer filters than frequencies, so many X fit: what the mel spectrogram threw away stays lost. Started from the
    pseudo-inverse with negatives set to 0, then accelerated projected gradient steps (Beck and Teboulle, SIAM J.
    Imaging Sciences 2(1), 2009).

    Parameters
    ----------
    mel : np.ndarray [n_mels, T], >= 0
    config : FeatureConfig
    n_iter : int, gradient steps

    Returns
    -------
    np.ndarray [n_fft // 2 + 1, T], float32, >= 0. The counterpart of `librosa.feature.inverse.mel_to_stft`.
    """
    mel = np.asarray(mel, dtype=np.float32)
    if mel.ndim != 2 or mel.shape[0] != config.n_mels or mel.shape[1] < 1:
        raise ValueError(f"The mel spectrogram has shape {mel.shape}, but {config.n_mels} rows are needed.")
    if not np.isfinite(mel).all() or mel.min() < 0:
        raise ValueError("A mel spectrogram holds energies, finite and at least 0: decibels must be undone first.")
    filters, inverse, row_scale, step = _mel_solver(mel_filterbank(config).tobytes(), config.n_mels, config.n_bins)
    goal = mel.T * row_scale  # [T, n_mels]
    x = np.maximum(goal @ inverse.T, 0)  # [T, n_bins]
    ahead, momentum = x, 1.0
    for _ in range(n_iter):
        gradient = (ahead @ filters.T - goal) @ filters
        gradient *= -step
        gradient += ahead
        following = np.maximum(gradient, 0, out=gradient)
        next_momentum = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = following + np.float32((momentum - 1) / next_momentum) * (following - x)
        x, momentum = following, next_momentum
    return (x if config.power == 1 else np.sqrt(x)).T


@lru_cache(maxsize=4)
def _mel_solver(filter_bytes: bytes, n_mels: int, n_bins: int):
    filters = np.frombuffer(filter_bytes, dtype=np.float32).reshape(n_mels, n_bins).astype(np.float64)
    lengths = np.linalg.norm(filters, axis=1)
    row_scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    filters = filters * row_scale[:, None]
    inverse = np.linalg.pinv(filters)
    step = 1 / max(np.linalg.norm(filters, 2) ** 2, 1e-12)
    return filters.astype(np.float32), inverse.astype(np.float32), row_scale.astype(np.float32), np.float32(step)


def mel_from_mfcc(mfcc: np.ndarray, config: FeatureConfig) -> np.ndarray:
    """Mel spectrogram from MFCCs: undo the lifter, the DCT (missing coefficients are 0) and the decibels.

    With n_mfcc below n_mels the fast ripples over frequency are gone: pitch harmonics first, the broad shape
    (formants) stays.

    Parameters
    ----------
    mfcc : np.ndarray [n_mfcc, T], one vector for every frame

    Returns
    -------
    np.ndarray [n_mels, T], float32, > 0. As `librosa.feature.inverse.mfcc_to_mel`.

    Notes
    -----
    A lifter weight of 0 (L = 2 makes one) has erased its coefficient, which comes back as 0.
    """
    from scipy.fft import idct

    mfcc = np.asarray(mfcc, dtype=np.float32)
    if mfcc.ndim != 2 or mfcc.shape[0] != config.n_mfcc or mfcc.shape[1] < 1:
        raise ValueError(f"The MFCC matrix has shape {mfcc.shape}, but {config.n_mfcc} rows are needed.")
    if not np.isfinite(mfcc).all():
        raise ValueError("The MFCC matrix holds NaN or infinite values: compute it from a repaired clip.")
    weights = lifter_weights(config.n_mfcc, config.lifter)[:, None]
    kept = np.abs(weights) > 1e-5
    coefficients = np.divide(mfcc, weights, out=np.zeros_like(mfcc), where=np.broadcast_to(kept, mfcc.shape))
    return db_to_power(idct(coefficients, axis=0, type=2, norm="ortho", n=config.n_mels))


def de_emphasis(y: np.ndarray, coef: float) -> np.ndarray:
    """Undo `pre_emphasis(x, coef)`: x[n] = y[n] + coef * x[n-1], float32 [n].

    The first sample follows from pre_emphasis' start, y[0] = 3 x[0] - x[1] and y[1] = x[1] - coef x[0].
    """
    y = check_audio(y)
    if not 0 <= coef < 1:
        raise ValueError(f"The pre-emphasis is {coef:g}, but it must be 0 (off) or below 1, as 0.97.")
    if coef == 0:
        return y
    from scipy.signal import lfilter  # 0.8 s to import

    first = (y[0] + y[1]) / (3 - coef) if len(y) > 1 else y[0] / 2
    driven = y.astype(np.float64)
    driven[0] = first
    return lfilter([1.0], [1.0, -coef], driven).astype(np.float32)


def reconstruct(y: np.ndarray, config: FeatureConfig, *, from_: str = "stft", n_iter: int = 32) -> np.ndarray:
    """Reduce a clip to a representation and rebuild the sound from it, to hear what was thrown away.

    "stft" keeps the magnitudes and loses the phases. "mel" also merges frequencies inside each filter, and everything
    outside f_min_hz to f_max_hz. "mfcc" also smooths over frequency (n_mfcc of n_mels numbers a frame) and lifts
    everything quieter than 80 dB below the loudest cell.

    Parameters
    ----------
    y : np.ndarray [n], float, mono
    config : FeatureConfig
    from_ : {"stft", "mel", "mfcc"}
    n_iter : int, Griffin-Lim iterations

    Returns
    -------
    np.ndarray [n], float32, as loud as the input (peaks may pass +-1); pre-emphasis is undone

    Raises
    ------
    ValueError
        As `stft`; an unknown representation; a hop longer than the window.
    """
    if from_ not in REPRESENTATIONS:
        raise ValueError(f"Nothing can be rebuilt from {from_!r}: choose {', '.join(REPRESENTATIONS)}.")
    y = check_audio(y)
    spectrum = stft(y, config)
    if from_ == "stft":
        target = magnitude(spectrum)
    else:
        mel = mel_from_stft(spectrum, config)
        if from_ == "mfcc":
            mel = mel_from_mfcc(mfcc_from_mel(mel, config), config)
        target = stft_from_mel(mel, config)
    rebuilt = griffin_lim(target, config, length=len(y), n_iter=n_iter)
    return de_emphasis(rebuilt, config.pre_emphasis)
