"""What "32 bits against 8" draws: stored counts on validation clips, latencies measured now, errors of each layer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from algorithms.keyword import lens as kws_lens
from components.audio_input import on_forget

from ..inside import numbers
from ..networks import MODELS
from ..sound import Heard

VALIDATION = Path(__file__).parents[3] / "assets" / "precomputed" / "kws_val.npz"
STORED = Path(__file__).parents[3] / "assets" / "precomputed" / "kws_bits.json"
VARIANTS = tuple(MODELS)  # "s-int8", "s-fp32", "m-int8", "m-fp32"
BATCH = 32  # clips at a time
LIGHT_RUNS, FULL_RUNS, WARM_UP_RUNS = 50, 200, 10


@lru_cache(maxsize=1)
def stored() -> dict[str, Any]:
    """Counts that `spaces/keyword_spotting/precompute/bits.py` measured on the validation clips."""
    return json.loads(STORED.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def validation() -> tuple[np.ndarray, np.ndarray]:
    """MFCCs float32 [746, 49, 10] and classes [746] of the validation clips.

    `spaces/keyword_spotting/precompute/validation.py` keeps the MFCCs in eight bits, as the small network takes them.
    """
    with np.load(VALIDATION) as file:
        about = json.loads(str(file["about"]))
        mfcc = about["mfcc_scale"] * (file["mfcc"].astype(np.float32) - about["mfcc_zero"])
        return mfcc.astype(np.float32), file["labels"]


def count_now(size: str, n_bits: int, way: str, progress: Callable[[float], None] = lambda share: None) -> int:
    """How many of the validation clips a network gets right with everything rounded to `n_bits` bits, counted now."""
    mfcc, labels = validation()
    net, ranges = numbers.float_net(size), kws_lens.output_ranges(numbers.integer_net(size))
    right = 0
    for i in range(0, len(labels), BATCH):
        how = {"bits": n_bits, "per_channel": WAYS[way]}
        found = kws_lens.simulate(net, ranges, mfcc[i : i + BATCH], **how)["linear"]
        right += int((found.argmax(1).ravel() == labels[i : i + BATCH]).sum())
        progress(min(1.0, (i + BATCH) / len(labels)))
    return right


def stored_right(size: str, n_bits: int, way: str) -> int:
    """The same count with the clips' own MFCCs, as it is stored."""
    return next(
        row["right"]
        for row in stored()["bits"][size]
        if row["bits"] == n_bits and row["per_channel"] == WAYS[way] and row["outputs"]
    )


def right_share(variant: str) -> tuple[float, tuple[float, float]]:
    """Share of the validation clips that a shipped network gets right, and its 95 % interval."""
    count, right = stored()["clips"], stored()["right"][variant]
    return right / count, kws_lens.wilson_interval(right, count)


@dataclass(frozen=True)
class Measured:
    """Latencies of single inferences, measured on this machine."""

    ms: dict[str, np.ndarray]  # variant to float [runs]
    cpu: str
    runtime: str
    at: str  # UTC, to the second

    def median(self, variant: str) -> float:
        """Milliseconds that half of the runs took at most."""
        return float(np.median(self.ms[variant]))

    def p95(self, variant: str) -> float:
        """Milliseconds that 95 % of the runs took at most."""
        return float(np.quantile(self.ms[variant], 0.95))


def measure(heard: Heard, runs: int) -> Measured:
    """Time single inferences of the four networks on one thread, taking turns so that other work meets all alike."""
    import onnxruntime

    import models

    spotters = {variant: models.get(MODELS[variant]) for variant in VARIANTS}
    features = heard.mfcc[None]
    ms = {variant: np.empty(runs) for variant in VARIANTS}
    for run in range(-WARM_UP_RUNS, runs):
        for variant, spotter in spotters.items():
            began = time.perf_counter()
            spotter.logits(features)
            if run >= 0:
                ms[variant][run] = 1000 * (time.perf_counter() - began)
    now = datetime.now(timezone.utc).strftime("%H:%M:%S UTC")
    return Measured(ms, cpu_name(), f"ONNX Runtime {onnxruntime.__version__}", now)


@lru_cache(maxsize=1)
def cpu_name() -> str:
    """The processor's own name where Linux tells it, else the kind of machine."""
    import platform

    info = Path("/proc/cpuinfo")
    if info.is_file():
        for row in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if row.startswith("model name"):
                return row.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def file_bytes(variant: str) -> int:
    """Size of the shipped ONNX file."""
    from models.keyword.ds_cnn import weights_file

    return weights_file(variant).stat().st_size


@dataclass(frozen=True, eq=False)
class Rounded:
    """A layer's weights before and after rounding to a grid."""

    exact: np.ndarray  # float32 [out, k]: one row a channel
    steps: np.ndarray  # int8 [out, k]
    scale: np.ndarray  # float [out]
    bits: int

    @property
    def coarse(self) -> np.ndarray:
        """The rounded weights as real numbers, float [out, k]."""
        return self.steps * self.scale[:, None]

    @property
    def levels(self) -> int:
        """Grid points that a channel may use."""
        return 2**self.bits - 1

    def used(self) -> np.ndarray:
        """Grid points between a channel's smallest and largest weight, int [out]: what its range leaves it."""
        return (self.steps.max(1).astype(int) - self.steps.min(1)) + 1

    def noise_db(self) -> np.ndarray:
        """Signal-to-quantisation-noise ratio of each channel, dB [out]."""
        return np.array([kws_lens.sqnr_db(a, b) for a, b in zip(self.exact, self.coarse, strict=True)])


def rounded(size: str, name: str, bits: int, per_channel: bool) -> Rounded:
    """Round one layer's float weights."""
    weight = numbers.float_net(size).weight[name]
    flat = weight.reshape(len(weight), -1)
    steps, scale = kws_lens.quantise_weights(flat, bits, per_channel)
    return Rounded(flat, steps, scale, bits)


WAYS = {"channel": True, "tensor": False}  # one scale for each channel, or one for the layer


@dataclass(frozen=True, eq=False)
class Compared:
    """All layers of one second in float32, in the shipped eight bits, and with simulated bits."""

    exact: dict[str, np.ndarray]
    shipped: dict[str, np.ndarray]
    simulated: dict[tuple[int, str], dict[str, np.ndarray]]  # (bits, "channel" or "tensor")

    def sqnr_db(self, coarse: dict[str, np.ndarray]) -> list[float]:
        """Signal-to-quantisation-noise ratio after each layer, the input first, in dB."""
        return [kws_lens.sqnr_db(self.exact[name], coarse[name]) for name in self.exact]


# Keyed by one visitor's own object, so nothing passes to another one.
@lru_cache(maxsize=4)
def compare(heard: Heard) -> Compared:
    """Run the network of the chosen size on the second in every way."""
    size = heard.model_id[0]
    net, integers = numbers.float_net(size), numbers.integer_net(size)
    ranges = kws_lens.output_ranges(integers)
    mfcc = heard.mfcc[None]
    simulated = {
        (bits, way): kws_lens.simulate(net, ranges, mfcc, bits=bits, per_channel=per_channel)
        for bits in range(kws_lens.MIN_BITS, kws_lens.MAX_BITS + 1)
        for way, per_channel in WAYS.items()
    }
    return Compared(kws_lens.activations(net, mfcc), kws_lens.integer_activations(integers, heard.mfcc), simulated)


@on_forget
def drop(_path: str) -> None:
    """Forget the layers: a visitor has gone."""
    compare.cache_clear()
