"""The network and its training pass; `decoding` runs the same modules a step at a time.

    tokens -> embedding -> 3 convolutions -> BLSTM = memory
    last frame -> prenet -> attention LSTM = query -> location-sensitive attention -> context
    query, context -> decoder LSTM -> next frames and stop;   all frames -> postnet -> + = mel

Shen et al. 2018 (arXiv:1712.05884); the attention is Chorowski et al. 2015 (arXiv:1506.07503), equation 9. As in
NVIDIA's implementation, the first LSTM of the decoder asks the attention and the second one writes the frames. Inside,
mels are brought to about -2..2.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .shape import TacotronShape

MEL_MEAN, MEL_SPREAD = -5.0, 2.5


class ConvBlock(nn.Module):
    """Convolution along time, batch normalisation, an activation, dropout."""

    def __init__(self, into: int, out: int, kernel: int, dropout: float) -> None:
        super().__init__()
        self.conv = nn.Conv1d(into, out, kernel, padding="same", bias=False)
        self.norm = nn.BatchNorm1d(out)
        self.dropout = dropout

    def forward(self, x: Tensor, activation=torch.relu) -> Tensor:
        """Take [B, into, T], return [B, out, T]."""
        return F.dropout(activation(self.norm(self.conv(x))), self.dropout, self.training)


class Encoder(nn.Module):
    """Tokens to memory: each token's vector has looked at its neighbours and, by the BLSTM, at the whole sentence."""

    def __init__(self, shape: TacotronShape) -> None:
        super().__init__()
        n = shape.encoder
        self.symbol, self.stress = nn.Embedding(shape.symbols, n), nn.Embedding(3, n)
        self.convs = nn.ModuleList(ConvBlock(n, n, shape.encoder_kernel, shape.dropout) for _ in range(3))
        self.blstm = nn.LSTM(n, n // 2, batch_first=True, bidirectional=True)

    def embed(self, ids: Tensor) -> Tensor:
        """Take int64 [B, N], return [B, N, encoder]."""
        return self.symbol(ids // 3) + self.stress(ids % 3)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Take int64 [B, N] and [B]; return the memory [B, N, encoder]."""
        inside = (torch.arange(ids.shape[1]) < lengths[:, None])[:, None]  # [B, 1, N]
        x = self.embed(ids).transpose(1, 2) * inside
        for conv in self.convs:
            x = conv(x) * inside
        packed = nn.utils.rnn.pack_padded_sequence(x.transpose(1, 2), lengths, batch_first=True, enforce_sorted=False)
        return nn.utils.rnn.pad_packed_sequence(self.blstm(packed)[0], batch_first=True, total_length=ids.shape[1])[0]


class Terms(NamedTuple):
    """What is added inside the tanh of the energy, each float [B, 1 or N, attention]."""

    query: Tensor  # W s: what the decoder asks for
    memory: Tensor  # V h: what each token offers
    location: Tensor  # U f: where it has been


class Attention(nn.Module):
    """Location-sensitive: e_j = v . tanh(W s + V h_j + U f_j + b), f = F * [last weights, sum of all weights]."""

    def __init__(self, shape: TacotronShape) -> None:
        super().__init__()
        self.query = nn.Linear(shape.decoder, shape.attention, bias=False)
        self.memory = nn.Linear(shape.encoder, shape.attention)
        self.filters = nn.Conv1d(2, shape.location_filters, shape.location_kernel, padding="same", bias=False)
        self.location = nn.Linear(shape.location_filters, shape.attention, bias=False)
        self.v = nn.Linear(shape.attention, 1, bias=False)

    def terms(self, query: Tensor, keys: Tensor, past: Tensor) -> Terms:
        """Take query [B, decoder], keys [B, N, attention] (the memory term), past weights [B, 2, N]."""
        return Terms(self.query(query)[:, None], keys, self.location(self.filters(past).transpose(1, 2)))

    def energies(self, terms: Terms) -> Tensor:
        """Return [B, N]."""
        return self.v(torch.tanh(terms.query + terms.memory + terms.location))[..., 0]


class Prenet(nn.Module):
    """Two small layers with dropout between the last frame and the decoder, on even when it speaks."""

    def __init__(self, shape: TacotronShape) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            (nn.Linear(shape.mels, shape.prenet, bias=False), nn.Linear(shape.prenet, shape.prenet, bias=False))
        )
        self.p = shape.dropout

    def forward(self, frame: Tensor, keep: Tensor | None = None) -> Tensor:
        """Take [..., mels], return [..., prenet].

        Parameters
        ----------
        keep : [2, ..., prenet] of 0 and 1, drawn by the caller; None draws them here
        """
        x = frame
        for i, layer in enumerate(self.layers):
            x = torch.relu(layer(x))
            x = F.dropout(x, self.p, True) if keep is None else x * keep[i] / (1 - self.p)
        return x


class Postnet(nn.Module):
    """Five convolutions that see the frames on both sides, and correct what the decoder wrote without seeing ahead."""

    def __init__(self, shape: TacotronShape) -> None:
        super().__init__()
        widths = [shape.mels, *[shape.postnet] * 4, shape.mels]
        self.convs = nn.ModuleList(ConvBlock(a, b, shape.postnet_kernel, 0.1) for a, b in itertools.pairwise(widths))

    def forward(self, mel: Tensor) -> Tensor:
        """Take the frames [B, T, mels]; return what is to be added to them."""
        x = mel.transpose(1, 2)
        for i, conv in enumerate(self.convs):
            x = conv(x, torch.tanh if i < 4 else nn.Identity())
        return x.transpose(1, 2)


class Predicted(NamedTuple):
    """What a training pass gives; S steps of `reduction` frames, T = S x reduction."""

    before: Tensor  # [B, T, mels], scaled
    after: Tensor  # [B, T, mels], scaled
    stop: Tensor  # [B, S], scores (logits)
    weights: Tensor  # [B, S, N], rows sum to one


class Tacotron2(nn.Module):
    """The whole network; its parameters are random until weights are loaded."""

    def __init__(self, shape: TacotronShape | None = None) -> None:
        super().__init__()
        self.shape = shape = shape or TacotronShape()
        self.encoder, self.attention, self.prenet = Encoder(shape), Attention(shape), Prenet(shape)
        self.attention_lstm = nn.LSTMCell(shape.prenet + shape.encoder, shape.decoder)
        self.decoder_lstm = nn.LSTM(shape.decoder + shape.encoder, shape.decoder, batch_first=True)
        self.frames = nn.Linear(shape.decoder + shape.encoder, shape.reduction * shape.mels)
        self.stop = nn.Linear(shape.decoder + shape.encoder, 1)
        self.postnet = Postnet(shape)

    def forward(self, ids: Tensor, lengths: Tensor, mel: Tensor) -> Predicted:
        """Predict every frame from the true ones before it (teacher forcing).

        Parameters
        ----------
        ids : int64 [B, N];  lengths : int64 [B]
        mel : float [B, S x reduction, mels], scaled to about -2..2
        """
        r = self.shape.reduction
        memory = self.encoder(ids, lengths)
        keys, outside = self.attention.memory(memory), torch.arange(ids.shape[1]) >= lengths[:, None]
        last = F.pad(mel[:, r - 1 : -1 : r], (0, 0, 1, 0))  # the last frame of each step before; silence first: zeros
        if self.training:
            last = last * (torch.rand(last.shape[:2]) >= self.shape.blind)[..., None]
        told = self.prenet(last)  # [B, S, prenet]
        b = len(ids)
        h = c = memory.new_zeros(b, self.shape.decoder)
        context, past = memory[:, 0] * 0, memory.new_zeros(b, 2, ids.shape[1])
        queries, contexts, weights = [], [], []
        for step in told.unbind(1):
            h, c = self.attention_lstm(torch.cat((step, context), 1), (h, c))
            h = F.dropout(h, 0.1, self.training)
            energies = self.attention.energies(self.attention.terms(h, keys, past))
            now = torch.softmax(energies.masked_fill(outside, -1e9), 1)
            context = torch.bmm(now[:, None], memory)[:, 0]
            past = torch.stack((now, past[:, 1] + now), 1)
            queries.append(h)
            contexts.append(context)
            weights.append(now)
        context = torch.stack(contexts, 1)  # [B, S, encoder]
        written = self.decoder_lstm(torch.cat((torch.stack(queries, 1), context), 2))[0]
        both = torch.cat((F.dropout(written, 0.1, self.training), context), 2)
        before = self.frames(both).reshape(b, -1, self.shape.mels)
        after = before + self.postnet(before)
        return Predicted(before, after, self.stop(both)[..., 0], torch.stack(weights, 1))
