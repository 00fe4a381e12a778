"""How good is a separated voice? Energy of what was wanted against energy of what is wrong, in decibels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FLOOR = 1e-12  # share of the estimate's energy below which an energy counts as this: keeps every score within 120 dB


@dataclass(frozen=True)
class Parts:
    """An estimate taken apart: ``estimate = target + error``.

    Attributes
    ----------
    scale : float
        How many times the true source the target is.
    target, error : np.ndarray
        [n]; they stand at a right angle, so their energies add up to the estimate's.
    target_energy, error_energy : float
        Sums of squares.
    """

    scale: float
    target: np.ndarray
    error: np.ndarray
    target_energy: float
    error_energy: float


def _pair(estimate: np.ndarray, source: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    estimate, source = np.asarray(estimate, np.float64), np.asarray(source, np.float64)
    if estimate.shape != source.shape or estimate.ndim != 1 or not len(source):
        raise ValueError(
            f"An estimate and its source must be two sounds of one length, [n] each, not {estimate.shape} and "
            f"{source.shape}: cut or pad one of them first."
        )
    if not (np.isfinite(estimate).all() and np.isfinite(source).all()):
        raise ValueError("The sounds hold values that are no numbers (NaN or infinity).")
    return estimate, source


def _db(wanted: float, wrong: float) -> float:
    """10 lg(wanted / wrong), within ±120 dB."""
    total = wanted + wrong
    if total <= 0:
        return float("nan")
    return float(10 * np.log10(max(wanted, FLOOR * total) / max(wrong, FLOOR * total)))


def parts_of(estimate: np.ndarray, source: np.ndarray) -> Parts:
    """Take `estimate` [n] apart into a multiple of `source` [n] and the rest, both without their mean.

    The multiple is the projection (Le Roux et al. 2019, *SDR: half-baked or well done?*, equations 2 and 3)::

        scale = <estimate, source> / <source, source>
    """
    estimate, source = _pair(estimate, source)
    estimate, source = estimate - estimate.mean(), source - source.mean()
    energy = source @ source
    scale = float(estimate @ source / energy) if energy > 0 else 0.0
    target = scale * source
    error = estimate - target
    return Parts(scale, target, error, float(target @ target), float(error @ error))


def si_sdr_db(estimate: np.ndarray, source: np.ndarray) -> float:
    """Scale-invariant signal-to-distortion ratio in dB: 10 lg(energy of the target / energy of the error).

    Both [n]; a gain on the estimate changes nothing. NaN where the estimate or the source is silent.

    >>> source = np.array([1.0, -1.0, 1.0, -1.0])
    >>> error = np.array([1.0, 1.0, -1.0, -1.0])  # at a right angle to the source
    >>> round(si_sdr_db(source + 0.1 * error, source), 6)
    20.0
    """
    found = parts_of(estimate, source)
    if not found.target_energy + found.error_energy or not np.ptp(source):
        return float("nan")
    return _db(found.target_energy, found.error_energy)


def sdr_db(estimate: np.ndarray, source: np.ndarray) -> float:
    """Signal-to-distortion ratio without any allowance: 10 lg(|source|² / |estimate - source|²), in dB.

    Here a wrong gain is an error like any other. (BSS Eval's SDR, Vincent et al. 2006, instead forgives every filter of
    512 taps: a third definition under the same name.) NaN where the source is silent.
    """
    estimate, source = _pair(estimate, source)
    error = estimate - source
    if not source @ source:
        return float("nan")
    return _db(float(source @ source), float(error @ error))


def improvement_db(estimate: np.ndarray, source: np.ndarray, mixture: np.ndarray) -> float:
    """SI-SDR of the estimate less that of the mixture taken as the estimate, in dB (SI-SDRi); all [n]."""
    return si_sdr_db(estimate, source) - si_sdr_db(mixture, source)
