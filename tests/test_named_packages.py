"""The packages this project is named to use import together, on a CPU-only machine, and do real work."""

import subprocess
import sys

import pytest

from tests.helpers.app import ROOT

NAMED = ("gradio", "numpy", "librosa", "torch", "transformers", "TTS", "asteroid", "onnxruntime", "plotly", "pytest")

PREAMBLE = """
import warnings
warnings.simplefilter("error")  # none of the imports below may warn
from models import torchaudio_guard
import torch
assert torchaudio_guard.install() == torchaudio_guard.install()
"""

ALL_TOGETHER = (
    PREAMBLE
    + "".join(f"import {name}\n" for name in NAMED)
    + f"""
import sys
print(*(n for n in {NAMED!r} if getattr(sys.modules[n], "__version__", None) or n in ("TTS", "asteroid")))
"""
)

ASTEROID = (
    PREAMBLE
    + """
from asteroid.losses import pairwise_neg_sisdr, PITLossWrapper
from asteroid.models import ConvTasNet
torch.manual_seed(0)
model = ConvTasNet(n_src=2, n_filters=32, kernel_size=16, bn_chan=16, hid_chan=32, skip_chan=16, n_blocks=2,
                   n_repeats=1, sample_rate=8000).eval()
noise = torch.randn(1, 8000)
with torch.inference_mode():
    parts = model(noise)
assert parts.shape == (1, 2, 8000) and torch.isfinite(parts).all() and not torch.allclose(parts[:, 0], parts[:, 1])
# Permutation-invariant loss: the right sources in the wrong order cost as little as in the right one (in dB, negated).
loss = PITLossWrapper(pairwise_neg_sisdr, pit_from="pw_mtx")
sources = torch.randn(1, 2, 8000)
swapped = loss(sources.flip(1) + 0.01 * torch.randn(1, 2, 8000), sources).item()
assert -42 < swapped < -38, swapped
print("ok")
"""
)

TTS = (
    PREAMBLE
    + """
from TTS.tts.configs.vits_config import VitsConfig
from TTS.tts.models.vits import Vits, VitsArgs
torch.manual_seed(0)
small = VitsArgs(num_chars=40, hidden_channels=32, hidden_channels_ffn_text_encoder=32, num_layers_text_encoder=1,
                 num_layers_flow=1, num_layers_posterior_encoder=1, upsample_initial_channel_decoder=64,
                 use_sdp=False)
model = Vits(VitsConfig(model_args=small)).eval()
with torch.inference_mode():
    out = model.inference(torch.tensor([[1, 5, 9, 12]]), aux_input={"x_lengths": torch.tensor([4])})
wave = out["model_outputs"]
hop = model.config.audio.hop_length
assert wave.ndim == 3 and wave.shape[-1] % hop == 0 and wave.shape[-1] >= 4 * hop, wave.shape
assert torch.isfinite(wave).all() and wave.abs().max() <= 1
print("ok")
"""
)

TORCHAUDIO = (
    PREAMBLE
    + """
import torchaudio
one = torch.sin(2 * torch.pi * 440 * torch.arange(48000) / 48000)
half = torchaudio.functional.resample(one, 48000, 16000)
peak = torch.fft.rfft(half).abs().argmax().item()
assert (half.numel(), peak) == (16000, 440)
if torch.version.cuda is None and torchaudio_guard.install():
    try:
        torchaudio.functional.forced_align(torch.zeros(1, 5, 3), torch.ones(1, 2, dtype=torch.int32))
    except RuntimeError as error:
        assert "algorithms/ctc/core.py" in str(error)
    else:
        raise AssertionError("forced_align can't have worked")
print("ok")
"""
)


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.slow
def test_all_named_packages_import_in_one_process():
    assert run(ALL_TOGETHER).split() == list(NAMED)


@pytest.mark.slow
@pytest.mark.parametrize("code", [ASTEROID, TTS, TORCHAUDIO], ids=["asteroid", "TTS", "torchaudio"])
def test_does_real_work(code):
    assert run(code) == "ok"
