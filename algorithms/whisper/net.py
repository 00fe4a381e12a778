"""Whisper's network in plain PyTorch, written to be looked into: every intermediate value can be had.

Radford et al., *Robust Speech Recognition via Large-Scale Weak Supervision* (2022), section 2.2; Vaswani et al.,
*Attention Is All You Need* (2017), section 3. Layers are named as in transformers' `WhisperModel`, so its weights load.

    log-mel [80, 3000] -> conv1 [3000, width] -> conv2, stride 2 [1500, width] -> + positions -> transformer layers
    tokens [n] -> + positions -> layers with masked self-attention, and attention to the sound -> logits [n, vocab]
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from algorithms.ctc.net import log_mel

SAMPLE_RATE = 16_000  # Hz
WINDOW_S = 30.0
N_SAMPLES = 480_000  # samples in a window
HOP = 160  # samples a column
N_COLUMNS = 3000  # columns of the log-mel window, 10 ms each
N_POSITIONS = 1500  # of the encoder, 20 ms each
POSITION_S = 0.02
TEXT_POSITIONS = 448  # tokens that the decoder can hold, prompt included
HEAD_WIDTH = 64


def log_mel_window(y: torch.Tensor, pad_sound: bool = False) -> torch.Tensor:
    """The window that Whisper sees: 30 s of sound as a log-mel spectrogram, what is missing filled up.

    Parameters
    ----------
    y : float32 [n], 16 kHz
        What lies after 30 s is left out.
    pad_sound : bool
        True: the sound is followed by silence, whose columns get the floor's value (`openai/whisper`, audio.py).
        False: the spectrogram is followed by columns of 0.0, a medium level after the scaling (faster-whisper,
        `pad_or_trim`). Whisper was trained with the first; the words can differ.

    Returns
    -------
    float32 [80, 3000]
        ``(max(log10(mel power), loudest - 8) + 4) / 4``: spans 2, mostly within -1 to 1.5.
    """
    y = y[:N_SAMPLES]
    if pad_sound:
        return log_mel(F.pad(y, (0, N_SAMPLES - len(y))))
    mel = log_mel(F.pad(y, (0, 480)))[:, : -(-len(y) // HOP)]  # silence behind, as far as the last columns reach
    return F.pad(mel, (0, N_COLUMNS - mel.shape[1]))


@contextmanager
def computing() -> Iterator[None]:
    """Without gradients, and on one core.

    A token is many tiny products. Shared among threads, each waits for the slowest, and where another process holds a
    core that is a time slice each: 35 tokens of tiny.en took 10 to 13 s on two threads beside a busy process, on one 1
    to 3 s.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(before)


class Table(nn.Module):
    """Rows of numbers looked up by index.

    As `nn.Embedding`, whose normally distributed first values make PyTorch import its compiler where a network is only
    laid out before its weights come (on the device "meta"): 1.4 s for nothing. Here they are uniform, of variance 1.
    """

    def __init__(self, rows: int, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(rows, width))
        nn.init.uniform_(self.weight, -(3**0.5), 3**0.5)

    def forward(self, index: torch.Tensor) -> torch.Tensor:
        """Int [...] to [..., width]."""
        return self.weight[index]


class Attention(nn.Module):
    """Scaled dot-product attention with several heads: ``softmax(Q K' / sqrt(64)) V`` in each, joined again."""

    def __init__(self, width: int):
        super().__init__()
        self.heads = width // HEAD_WIDTH
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def split(self, x: torch.Tensor) -> torch.Tensor:
        """[batch, n, width] to [batch, heads, n, 64]."""
        return x.unflatten(-1, (self.heads, HEAD_WIDTH)).transpose(1, 2)

    def keys_values(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values of what is attended to, each [batch, heads, n, 64]."""
        return self.split(self.k_proj(x)), self.split(self.v_proj(x))

    def weights(self, x: torch.Tensor, keys: torch.Tensor, causal_from: int | None = None) -> torch.Tensor:
        """How much each of `x` [batch, n, width] looks at each key: [batch, heads, n, keys], rows sum to one.

        With `causal_from`, row i may look at keys 0 to ``causal_from + i`` only.
        """
        scores = self.split(self.q_proj(x)) @ keys.transpose(-1, -2) / HEAD_WIDTH**0.5
        if causal_from is not None and x.shape[1] > 1:
            allowed = torch.ones(scores.shape[-2:], dtype=torch.bool, device=x.device).tril(causal_from)
            scores = scores.masked_fill(~allowed, -torch.inf)
        return scores.softmax(-1)

    def join(self, mixed: torch.Tensor) -> torch.Tensor:
        """[batch, heads, n, 64] to [batch, n, width], through the last matrix."""
        return self.out_proj(mixed.transpose(1, 2).flatten(-2))


class Layer(nn.Module):
    """One pre-norm transformer layer; the decoder's also attends to the encoder."""

    def __init__(self, width: int, decoder: bool):
        super().__init__()
        self.self_attn = Attention(width)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        if decoder:
            self.encoder_attn = Attention(width)
            self.encoder_attn_layer_norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)
        self.final_layer_norm = nn.LayerNorm(width)

    def mlp(self, x: torch.Tensor) -> torch.Tensor:
        """Add what the two-layer network in the middle makes of each state: [batch, n, width]."""
        return x + self.fc2(F.gelu(self.fc1(self.final_layer_norm(x))))


@dataclass(frozen=True, eq=False)
class EncoderStates:
    """What the encoder has computed for one window (batch removed)."""

    mel: torch.Tensor  # [80, 3000]
    conv1: torch.Tensor  # [3000, width], after GELU
    conv2: torch.Tensor  # [1500, width], after GELU, before the positions are added
    layers: tuple[torch.Tensor, ...]  # what enters layer 0, 1, ... and what leaves the last: each [1500, width]
    out: torch.Tensor  # [1500, width], after the last layer norm: what the decoder attends to


@dataclass(frozen=True, eq=False)
class DecoderStates:
    """What the decoder has computed for the tokens it was given in one call."""

    logits: torch.Tensor  # [batch, n, vocab]
    cross: tuple[torch.Tensor, ...]  # for each layer [batch, heads, n, 1500]: attention to the sound
    own: tuple[torch.Tensor, ...]  # for each layer [batch, heads, n, all tokens so far]: attention to the text


KeysValues = list[tuple[torch.Tensor, torch.Tensor]]


class Encoder(nn.Module):
    """Log-mel window to 1500 states."""

    def __init__(self, mels: int, width: int, layers: int):
        super().__init__()
        self.conv1 = nn.Conv1d(mels, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.embed_positions = Table(N_POSITIONS, width)  # sinusoids, not learned
        self.layers = nn.ModuleList(Layer(width, decoder=False) for _ in range(layers))
        self.layer_norm = nn.LayerNorm(width)


class Decoder(nn.Module):
    """Tokens so far and encoder states to scores of the next token."""

    def __init__(self, vocab: int, width: int, layers: int):
        super().__init__()
        self.embed_tokens = Table(vocab, width)
        self.embed_positions = Table(TEXT_POSITIONS, width)
        self.layers = nn.ModuleList(Layer(width, decoder=True) for _ in range(layers))
        self.layer_norm = nn.LayerNorm(width)


class WhisperNet(nn.Module):
    """Whisper of any size; tiny is ``WhisperNet(80, 384, 4, 4, 51864)``.

    Parameters
    ----------
    mels, width, encoder_layers, decoder_layers, vocab
        80 bands (128 in large-v3), 384 to 1280 values a state, layers of each half, tokens known.
    """

    def __init__(self, mels: int, width: int, encoder_layers: int, decoder_layers: int, vocab: int):
        super().__init__()
        self.width, self.heads, self.vocab = width, width // HEAD_WIDTH, vocab
        self.encoder = Encoder(mels, width, encoder_layers)
        self.decoder = Decoder(vocab, width, decoder_layers)

    @computing()
    def encode(self, mel: torch.Tensor) -> EncoderStates:
        """Run the encoder over one window, `mel` [80, 3000], and keep every step."""
        encoder = self.encoder
        conv1 = F.gelu(encoder.conv1(mel[None]))
        conv2 = F.gelu(encoder.conv2(conv1)).transpose(1, 2)  # [1, 1500, width]
        x = conv2 + encoder.embed_positions.weight
        states = [x[0]]
        for layer in encoder.layers:
            normed = layer.self_attn_layer_norm(x)
            attention = layer.self_attn
            queries = attention.split(attention.q_proj(normed))
            # The same as `weights(...) @ values`, without keeping 1500 x 1500 numbers a head.
            x = x + attention.join(F.scaled_dot_product_attention(queries, *attention.keys_values(normed)))
            x = layer.mlp(x)
            states.append(x[0])
        return EncoderStates(mel, conv1[0].T, conv2[0], tuple(states), encoder.layer_norm(x)[0])

    @computing()
    def encoder_attention(self, states: EncoderStates, layer: int, head: int) -> torch.Tensor:
        """Self-attention map of one head: [1500, 1500], row = who looks, column = where."""
        part = self.encoder.layers[layer]
        normed = part.self_attn_layer_norm(states.layers[layer][None])
        keys = part.self_attn.split(part.self_attn.k_proj(normed))[:, head]
        queries = part.self_attn.split(part.self_attn.q_proj(normed))[:, head]
        return (queries @ keys.transpose(-1, -2) / HEAD_WIDTH**0.5).softmax(-1)[0]

    @computing()
    def cross_keys_values(self, states: EncoderStates) -> KeysValues:
        """Keys and values of the sound for each decoder layer: made once a window, used at every token."""
        return [layer.encoder_attn.keys_values(states.out[None]) for layer in self.decoder.layers]

    @computing()
    def decode(self, tokens: torch.Tensor, sound: KeysValues, text: KeysValues | None = None) -> DecoderStates:
        """Run the decoder over `tokens`.

        Parameters
        ----------
        tokens : int [batch, n]
            The next tokens: all of them at first, later only those that are new.
        sound : from `cross_keys_values`
        text
            Keys and values of the tokens before, one pair a layer; an empty list at first. It is extended in place, so
            each call costs only its new tokens. None: nothing is kept, and `tokens` are all there are.

        Raises
        ------
        ValueError
            More tokens than the decoder has positions for.
        """
        decoder, batch = self.decoder, tokens.shape[0]
        before = text[0][0].shape[2] if text else 0
        if before + tokens.shape[1] > TEXT_POSITIONS:
            raise ValueError(
                f"Whisper's decoder holds {TEXT_POSITIONS} tokens a window, and {before + tokens.shape[1]} are asked "
                "for: shorten the prompt."
            )
        x = decoder.embed_tokens(tokens) + decoder.embed_positions.weight[before : before + tokens.shape[1]]
        cross, own = [], []
        for i, layer in enumerate(decoder.layers):
            normed = layer.self_attn_layer_norm(x)
            keys, values = layer.self_attn.keys_values(normed)
            if text is not None:
                if before:
                    keys = torch.cat([text[i][0], keys], 2)
                    values = torch.cat([text[i][1], values], 2)
                    text[i] = (keys, values)
                else:
                    text.append((keys, values))
            weights = layer.self_attn.weights(normed, keys, causal_from=before)
            own.append(weights)
            x = x + layer.self_attn.join(weights @ values)
            # One sound for all: the rows of the batch ask as one long text, so that its keys are not copied for each.
            normed = layer.encoder_attn_layer_norm(x).flatten(0, 1)[None]
            keys, values = sound[i]
            weights = layer.encoder_attn.weights(normed, keys)
            cross.append(weights[0].unflatten(1, (batch, -1)).transpose(0, 1))
            x = x + layer.encoder_attn.join(weights @ values)[0].unflatten(0, (batch, -1))
            x = layer.mlp(x)
        logits = decoder.layer_norm(x) @ decoder.embed_tokens.weight.T  # the output matrix is the input's, transposed
        return DecoderStates(logits, tuple(cross), tuple(own))
