"""Whisper's packaged CTranslate2 weights, read into PyTorch.

A CTranslate2 `model.bin` is a plain list of named arrays. Each one maps to a tensor of transformers'
`WhisperForConditionalGeneration`; only the fused query/key/value matrices have to be split. So the same packaged file
serves faster-whisper (speed) and PyTorch (attention maps, encoder features, fine-tuning). Nothing is unpickled.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch
    from transformers import WhisperForConditionalGeneration

# CTranslate2's DataType. NumPy has no bfloat16: two bytes of no meaning.
_DTYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16, 5: np.dtype("V2")}
_VERSION = 6  # of the binary format: model_spec.py's CURRENT_BINARY_VERSION
_HEAD_WIDTH = 64  # every Whisper has 64 values a head


class CTranslate2FormatError(ValueError):
    """The file is not a CTranslate2 Whisper model as this module knows them."""


def read_ctranslate2(path: str | Path | Sequence[Path]) -> dict[str, np.ndarray]:
    """Read the arrays of a CTranslate2 `model.bin`, or of one that comes in several files to be joined.

    Layout (`ctranslate2/specs/model_spec.py`, `_serialize`), little-endian: version u32, spec name, revision u32, count
    u32; then for each variable its name, rank u8, dimensions u32 each, data type u8, byte count u32 and bytes; then the
    aliases: count u32 and (alias, name) pairs. A string is a u16 length and as many bytes, the last of them NUL.

    Returns
    -------
    dict of str to ndarray
        Views of one read-only buffer, in the stored type (float16 in the packaged files); aliases included.

    Raises
    ------
    CTranslate2FormatError
        The file is cut off, of another version, or no Whisper.
    """
    paths = [Path(path)] if isinstance(path, str | Path) else list(path)
    return _arrays(memoryview(b"".join(part.read_bytes() for part in paths)), paths[0])


def check_ctranslate2(path: Path) -> None:
    """Compare what a `model.bin` says of its arrays with what lies in it, without reading it into memory.

    CTranslate2 itself believes the header.

    Raises
    ------
    CTranslate2FormatError
        As for `read_ctranslate2`.
    """
    if not path.stat().st_size:
        raise CTranslate2FormatError(f"{path} is empty; get it again.")
    _arrays(memoryview(np.memmap(path, np.uint8, "r")), path)


def _arrays(data: memoryview, path: Path) -> dict[str, np.ndarray]:
    """Read the arrays as views of the data; messages name the path."""
    position = 0

    def take(code: str) -> int:
        nonlocal position
        (value,) = struct.unpack_from("<" + code, data, position)
        position += struct.calcsize("<" + code)
        return value

    def string() -> str:
        nonlocal position
        length = take("H")
        text = bytes(data[position : position + length]).rstrip(b"\0").decode()
        position += length
        return text

    arrays: dict[str, np.ndarray] = {}
    try:
        version, name, _ = take("I"), string(), take("I")
        if version != _VERSION or name != "WhisperSpec":
            raise CTranslate2FormatError(
                f"{path} holds {name!r} in format version {version}; a WhisperSpec in version {_VERSION} is needed, as "
                "faster-whisper's converter writes it."
            )
        for _ in range(take("I")):
            key, rank = string(), take("B")
            shape = [take("I") for _ in range(rank)]
            dtype, size = _DTYPES[take("B")], take("I")
            arrays[key] = np.frombuffer(data[position : position + size], dtype).reshape(shape)
            position += size
        for _ in range(take("I")):
            alias, key = string(), string()
            arrays[alias] = arrays[key]
    except (struct.error, KeyError, UnicodeDecodeError) as error:
        raise CTranslate2FormatError(f"{path} is not a complete CTranslate2 model.bin; get it again.") from error
    except ValueError as error:
        if isinstance(error, CTranslate2FormatError):
            raise
        raise CTranslate2FormatError(f"{path} is cut off; get it again.") from error
    return arrays


def sizes(arrays: dict[str, np.ndarray]) -> tuple[int, int, int]:
    """Width of the model, encoder layers and decoder layers, counted from the arrays of `read_ctranslate2`."""
    layers = [
        len({key.split("/")[1] for key in arrays if re.match(rf"{side}/layer_\d", key)})
        for side in ("encoder", "decoder")
    ]
    return arrays["encoder/conv1/bias"].shape[0], layers[0], layers[1]


def _tensor(array: np.ndarray) -> torch.Tensor:
    import torch

    # A copy, so the file's buffer can go; PyTorch widens float16 several times as fast as NumPy.
    return torch.from_numpy(array.copy()).float()


def transformers_state_dict(arrays: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """Rename and split the arrays of `read_ctranslate2` for transformers' `WhisperForConditionalGeneration`.

    CTranslate2 stacks query, key and value (self-attention) or key and value (cross-attention) into one matrix; the
    key's bias, which Whisper does not have, is zeros there.
    """
    state: dict[str, torch.Tensor] = {}

    def copy(target: str, source: str, weight: str = "weight", bias: str = "bias") -> None:
        state[f"{target}.weight"] = _tensor(arrays[f"{source}/{weight}"])
        state[f"{target}.bias"] = _tensor(arrays[f"{source}/{bias}"])

    def norm(target: str, source: str) -> None:
        copy(target, source, "gamma", "beta")

    def split(target: str, source: str, names: str) -> None:
        weights = np.split(arrays[f"{source}/weight"], len(names))
        biases = np.split(arrays[f"{source}/bias"], len(names))
        for name, weight, bias in zip(names, weights, biases, strict=True):
            state[f"{target}.{name}_proj.weight"] = _tensor(weight)
            if name != "k":
                state[f"{target}.{name}_proj.bias"] = _tensor(bias)

    for side, layers in zip(("encoder", "decoder"), sizes(arrays)[1:], strict=True):
        state[f"model.{side}.embed_positions.weight"] = _tensor(arrays[f"{side}/position_encodings/encodings"])
        norm(f"model.{side}.layer_norm", f"{side}/layer_norm")
        for i in range(layers):
            source, target = f"{side}/layer_{i}", f"model.{side}.layers.{i}"
            norm(f"{target}.self_attn_layer_norm", f"{source}/self_attention/layer_norm")
            split(f"{target}.self_attn", f"{source}/self_attention/linear_0", "qkv")
            copy(f"{target}.self_attn.out_proj", f"{source}/self_attention/linear_1")
            if side == "decoder":
                norm(f"{target}.encoder_attn_layer_norm", f"{source}/attention/layer_norm")
                split(f"{target}.encoder_attn", f"{source}/attention/linear_0", "q")
                split(f"{target}.encoder_attn", f"{source}/attention/linear_1", "kv")
                copy(f"{target}.encoder_attn.out_proj", f"{source}/attention/linear_2")
            norm(f"{target}.final_layer_norm", f"{source}/ffn/layer_norm")
            copy(f"{target}.fc1", f"{source}/ffn/linear_0")
            copy(f"{target}.fc2", f"{source}/ffn/linear_1")
    copy("model.encoder.conv1", "encoder/conv1")
    copy("model.encoder.conv2", "encoder/conv2")
    state["model.decoder.embed_tokens.weight"] = _tensor(arrays["decoder/embeddings/weight"])
    state["proj_out.weight"] = state["model.decoder.embed_tokens.weight"]  # tied
    return state


def load_whisper(path: str | Path) -> WhisperForConditionalGeneration:
    """The whole Whisper model in transformers, float32, in eval mode; every key matched (`strict=True`).

    Parameters
    ----------
    path : a CTranslate2 `model.bin` of a multilingual or English-only Whisper of any size

    Raises
    ------
    CTranslate2FormatError
        See `read_ctranslate2`.
    """
    from models import torchaudio_guard

    torchaudio_guard.install()  # transformers imports torchaudio
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    arrays = read_ctranslate2(path)
    width, encoder_layers, decoder_layers = sizes(arrays)
    config = WhisperConfig(
        vocab_size=arrays["decoder/embeddings/weight"].shape[0],
        num_mel_bins=arrays["encoder/conv1/weight"].shape[1],
        d_model=width,
        encoder_layers=encoder_layers,
        decoder_layers=decoder_layers,
        encoder_attention_heads=width // _HEAD_WIDTH,
        decoder_attention_heads=width // _HEAD_WIDTH,
        encoder_ffn_dim=4 * width,
        decoder_ffn_dim=4 * width,
    )
    model = WhisperForConditionalGeneration(config)
    model.load_state_dict(transformers_state_dict(arrays), strict=True)
    return model.eval()


def encoder_state_dict(arrays: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """Rename the encoder's arrays for `algorithms.ctc.net.CtcNet` (its layers above the encoder are not in it)."""
    state = {"positions": _tensor(arrays["encoder/position_encodings/encodings"])}
    parts = {
        "attention_norm": "self_attention/layer_norm",
        "qkv": "self_attention/linear_0",
        "out": "self_attention/linear_1",
        "mlp_norm": "ffn/layer_norm",
        "up": "ffn/linear_0",
        "down": "ffn/linear_1",
    }
    sources = {"conv1": "encoder/conv1", "conv2": "encoder/conv2", "norm": "encoder/layer_norm"}
    for i in range(sizes(arrays)[1]):
        sources |= {f"layers.{i}.{part}": f"encoder/layer_{i}/{source}" for part, source in parts.items()}
    for target, source in sources.items():
        weight, bias = ("gamma", "beta") if source.endswith("layer_norm") else ("weight", "bias")
        state[f"{target}.weight"] = _tensor(arrays[f"{source}/{weight}"])
        state[f"{target}.bias"] = _tensor(arrays[f"{source}/{bias}"])
    return state
