"""From mel to sound: the mel itself against librosa, its inversion, phases, consistency, mu-law."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from algorithms.signal import mu_law
from algorithms.signal.inversion import griffin_lim
from algorithms.signal.mel import mel_filterbank
from algorithms.signal.stft import stft
from algorithms.signal.synthesis_mel import FLOOR, SYNTHESIS_MEL, synthesis_mel
from algorithms.sound import load
from algorithms.sound.clips import clip
from algorithms.synthesis import phase as ph


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return load(clip("sentence").path, SYNTHESIS_MEL.sample_rate).y[: 22_050 * 2]


@pytest.fixture(scope="module")
def spectrum(speech) -> np.ndarray:
    return stft(speech, SYNTHESIS_MEL)


def test_the_mel_of_synthesis_is_librosas(speech):
    assert (SYNTHESIS_MEL.window_length, SYNTHESIS_MEL.hop_length) == (1024, 256)
    theirs = librosa.feature.melspectrogram(
        y=speech, sr=22_050, n_fft=1024, hop_length=256, n_mels=80, fmax=8000, power=1, pad_mode="constant"
    )
    np.testing.assert_allclose(synthesis_mel(speech), np.log(np.maximum(theirs, FLOOR)), atol=2e-3)
    assert synthesis_mel(np.zeros(5000, np.float32)).max() == pytest.approx(np.log(FLOOR))


@pytest.mark.parametrize("momentum", [0.0, 0.99])
def test_griffin_lims_errors_are_those_of_librosas_signals(spectrum, speech, momentum):
    target = np.abs(spectrum)
    errors: list[float] = []
    griffin_lim(target, SYNTHESIS_MEL, length=len(speech), n_iter=21, momentum=momentum, seed=None, errors=errors)
    for n in (4, 20):
        theirs = librosa.griffinlim(
            target, n_iter=n, hop_length=256, n_fft=1024, momentum=momentum, init=None, length=len(speech),
            pad_mode="constant",
        )  # fmt: skip
        error = ph.spectral_convergence(target, np.abs(stft(theirs.astype(np.float32), SYNTHESIS_MEL)))
        assert errors[n] == pytest.approx(error, rel=0.02)  # before iteration n + 1: the signal after n
    assert errors[-1] < errors[0]


def test_both_inversions_come_close_to_the_mel_and_never_below_zero(speech):
    mel = np.exp(synthesis_mel(speech))
    filters = mel_filterbank(SYNTHESIS_MEL)
    missed = {}
    for how in ph.INVERSIONS:
        found = ph.magnitude_from_mel(mel, SYNTHESIS_MEL, how)
        assert found.min() >= 0
        missed[how] = np.linalg.norm(filters @ found - mel) / np.linalg.norm(mel)
    assert missed["nnls"] < missed["pseudo-inverse"]
    assert missed["nnls"] < 0.02
    with pytest.raises(ValueError, match="turned back by"):
        ph.magnitude_from_mel(mel, SYNTHESIS_MEL, "magic")


def test_a_true_stft_is_consistent_and_one_with_other_phases_is_not(speech, spectrum):
    length = len(speech)
    assert ph.inconsistency(spectrum, SYNTHESIS_MEL, length) < 1e-5
    magnitude = np.abs(spectrum)
    again = ph.with_phase(magnitude, "true", spectrum)
    np.testing.assert_allclose(again, spectrum, atol=1e-4 * magnitude.max())
    for how in ("zero", "random"):
        other = ph.with_phase(magnitude, how)
        np.testing.assert_allclose(np.abs(other), magnitude, rtol=1e-4, atol=1e-6)
        assert ph.inconsistency(other, SYNTHESIS_MEL, length) > 0.2
    assert ph.inconsistency(np.zeros_like(spectrum), SYNTHESIS_MEL, length) == 0
    with pytest.raises(ValueError, match="no phase"):
        ph.with_phase(magnitude, "wrong")


def test_distances_of_known_answers():
    true = np.full((5, 3), 2.0)
    assert ph.spectral_convergence(true, true) == 0
    assert ph.spectral_convergence(true, 0 * true) == pytest.approx(1)
    assert ph.log_spectral_distance(true, true / 10) == pytest.approx(20)
    assert ph.log_spectral_distance(true, 0 * true) == pytest.approx(80)  # the floor
    assert ph.spectral_convergence(0 * true, 0 * true) == ph.log_spectral_distance(0 * true, 0 * true) == 0


@pytest.mark.parametrize("levels", [4, 16, 256])
def test_mu_law_goes_there_and_back(levels):
    index = np.arange(levels)
    for curve in (True, False):
        np.testing.assert_array_equal(
            mu_law.encode(mu_law.decode(index, levels, mu_law=curve), levels, mu_law=curve), index
        )
    x = np.linspace(-1, 1, 2001)
    mu = levels - 1
    theirs = librosa.mu_compress(x, mu=mu, quantize=False)
    np.testing.assert_allclose(mu_law.compress(x, mu), theirs, atol=1e-12)
    np.testing.assert_allclose(mu_law.expand(theirs, mu), x, atol=1e-12)
    assert mu_law.encode(np.array([-9.0, 9.0]), levels).tolist() == [0, levels - 1]
