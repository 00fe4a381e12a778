"""What the pictures of Whisper's encoder are made of: its sizes and costs, attention of some rows, PCA, likeness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from algorithms.whisper.net import EncoderStates, WhisperNet


@dataclass(frozen=True)
class Stage:
    """One stage of the encoder."""

    name: str
    shape: tuple[int, int]  # (time steps, values a step) of what leaves it
    parameters: int  # learned numbers
    macs: int  # multiplications, each with an addition, for one 30 s window


def _count(module: object) -> int:
    return sum(p.numel() for p in module.parameters())


def encoder_stages(net: WhisperNet) -> list[Stage]:
    """Count every stage of the encoder: parameters from the weights, multiply-accumulates from the shapes.

    Matrix products only; norms, GELU, softmax and additions cost little beside them.
    """
    e = net.encoder
    n, half, w = 3000, 1500, net.width
    stages = [
        Stage("conv1", (n, w), _count(e.conv1), n * e.conv1.weight.numel()),
        Stage("conv2", (half, w), _count(e.conv2), half * e.conv2.weight.numel()),
        Stage("positions", (half, w), 0, 0),
    ]
    for i, layer in enumerate(e.layers, 1):
        matrices = sum(p.numel() for p in layer.parameters() if p.ndim == 2)
        stages.append(Stage(f"layer {i}", (half, w), _count(layer), half * matrices + 2 * half * half * w))
    return [*stages, Stage("norm", (half, w), _count(e.layer_norm), 0)]


def decoder_token_macs(net: WhisperNet, tokens_before: int = 0) -> int:
    """Multiply-accumulates of one more token, with the keys and values of before kept."""
    macs = net.decoder.embed_tokens.weight.numel()
    for layer in net.decoder.layers:
        matrices = sum(p.numel() for p in layer.parameters() if p.ndim == 2)
        matrices -= layer.encoder_attn.k_proj.weight.numel() + layer.encoder_attn.v_proj.weight.numel()  # once a window
        macs += matrices + 2 * net.width * (tokens_before + 1 + 1500)
    return macs


def attention_rows(net: WhisperNet, states: EncoderStates, layer: int, rows: Sequence[int]) -> np.ndarray:
    """Self-attention of some encoder positions in every head of a layer.

    Parameters
    ----------
    layer : int, from 0
    rows : positions (20 ms each) that look

    Returns
    -------
    float32 [heads, len(rows), 1500], each row sums to one; the same as `WhisperNet.encoder_attention`'s rows
    """
    import torch

    with torch.inference_mode():
        part = net.encoder.layers[layer]
        normed = part.self_attn_layer_norm(states.layers[layer][None])
        keys = part.self_attn.split(part.self_attn.k_proj(normed))
        return part.self_attn.weights(normed[:, list(rows)], keys)[0].numpy()


def pca(x: np.ndarray, dims: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Principal components by singular value decomposition.

    Parameters
    ----------
    x : float [n, width]

    Returns
    -------
    scores : float [n, dims], coordinates along the directions of largest variance
    share : float [dims], of the whole variance
    """
    x = np.asarray(x, np.float64)
    x = x - x.mean(0)
    # Of the smaller square matrix: its eigenvectors are the singular vectors, ten times faster than the full SVD.
    if len(x) > x.shape[1]:
        _, _, directions = np.linalg.svd(x.T @ x, hermitian=True)
        scores = x @ directions[:dims].T
    else:
        left, power, _ = np.linalg.svd(x @ x.T, hermitian=True)
        scores = left[:, :dims] * np.sqrt(np.maximum(power[:dims], 0))
    scores = np.pad(scores, ((0, 0), (0, dims - scores.shape[1])))
    whole = float((x**2).sum())
    share = (scores**2).sum(0) / whole if whole else np.zeros(dims)
    return scores * np.where(scores.sum(0) < 0, -1, 1), share


def cosine_matrix(x: np.ndarray, centre: bool = True) -> np.ndarray:
    """Cosine of the angle between every two rows: float32 [n, n], -1 to 1.

    With `centre` the mean row is taken away first: all rows of one layer share a large common part, which would make
    every two of them look alike. A row without length is like no other (0).
    """
    x = np.asarray(x, np.float32)
    if centre:
        x = x - x.mean(0)
    length = np.linalg.norm(x, axis=1, keepdims=True)
    x = np.where(length > 1e-6, x / np.maximum(length, 1e-6), 0)
    return np.clip(x @ x.T, -1, 1)
