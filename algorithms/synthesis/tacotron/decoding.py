"""The decoder a step at a time, with every number on the way, and with single parts switched off.

It runs the modules of `net` and nothing else; `tests/algorithms/synthesis/test_tacotron.py` compares it with the
training pass.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from .net import MEL_MEAN, MEL_SPREAD, Tacotron2, Terms
from .steps import AHEAD, BACK, STOP_AT, Decoded, How


def keep_masks(shape: tuple[int, ...], p: float, seed: int) -> Tensor:
    """Draw which units of the prenet are kept, 0 or 1, the same on every machine."""
    return torch.from_numpy((np.random.default_rng(seed).random(shape) >= p).astype(np.float32))


def energies_without(net: Tacotron2, terms: Terms) -> Tensor:
    """Energies with all terms and with each one left out, [4, N]."""
    found = [net.attention.energies(terms)]
    found += [net.attention.energies(terms._replace(**{name: terms[i] * 0})) for i, name in enumerate(Terms._fields)]
    return torch.cat(found)


def decode(
    net: Tacotron2,
    ids: tuple[int, ...],
    how: How | None = None,
    *,
    teacher: np.ndarray | None = None,
    told: Callable[[int], None] | None = None,
) -> Decoded:
    """Decode one sentence.

    Parameters
    ----------
    ids : tuple of int
        Tokens, at least one.
    how : How
        What is switched on.
    teacher : np.ndarray or None
        float [80, T], natural-log mel of a recording of the sentence: each step is told its true last frame instead of
        the one that the network wrote (teacher forcing), for as many steps as the recording has.
    told : function or None
        Called with the number of each step; what it raises ends the decoding.

    Raises
    ------
    ValueError
        There is no token.
    """
    how = how or How()
    if not ids:
        raise ValueError("There is nothing to say here: type at least one word.")
    shape, r = net.shape, net.shape.reduction
    true, most = None, how.most_steps
    if teacher is not None:
        scaled = (torch.from_numpy(np.asarray(teacher, np.float32)).T - MEL_MEAN) / MEL_SPREAD
        true, most = scaled[r - 1 :: r], -(-len(scaled) // r)
    masks = keep_masks((most, 2, 1, shape.prenet), net.prenet.p, how.seed) if how.dropout else None
    with torch.inference_mode():
        memory = net.encoder(torch.tensor([ids]), torch.tensor([len(ids)]))  # [1, N, encoder]
        keys = net.attention.memory(memory)
        h = c = memory.new_zeros(1, shape.decoder)
        context, past, state = memory[:, 0] * 0, memory.new_zeros(1, 2, len(ids)), None
        frame = memory.new_zeros(1, shape.mels)
        written, weights, energies, stops, ended = [], [], [], [], False
        for step in range(most):
            if told is not None:
                told(step)
            keep = masks[step] if masks is not None else torch.full((2, 1, 1), 1 - net.prenet.p)
            h, c = net.attention_lstm(torch.cat((net.prenet(frame, keep), context), 1), (h, c))
            terms = net.attention.terms(h, keys, past)
            if not how.location:
                terms = terms._replace(location=terms.location * 0)
            four = energies_without(net, terms)
            energy = four[:1]
            if how.forward_only:
                at = int(weights[-1].argmax()) if weights else 0
                away = torch.arange(len(ids)) - at
                energy = energy.masked_fill((away < -BACK) | (away > AHEAD), -1e9)
            now = torch.softmax(energy, 1)
            context = torch.bmm(now[:, None], memory)[:, 0]
            past = torch.stack((now, past[:, 1] + now), 1)
            out, state = net.decoder_lstm(torch.cat((h, context), 1)[:, None], state)
            both = torch.cat((out[:, 0], context), 1)
            frames = net.frames(both).reshape(1, r, shape.mels)
            written.append(frames)
            weights.append(now[0])
            energies.append(four)
            stops.append(torch.sigmoid(net.stop(both))[0, 0])
            frame = frames[:, -1]
            if true is not None and step < len(true):
                frame = true[step][None]
            if true is None and stops[-1] > STOP_AT:
                ended = True
                break
        before = torch.cat(written, 1)
        after = before + net.postnet(before)

    def mel(x: Tensor) -> np.ndarray:
        return (x[0].T * MEL_SPREAD + MEL_MEAN).numpy()

    return Decoded(
        mel(before),
        mel(after),
        torch.stack(weights).numpy(),
        torch.stack(energies, 1).numpy(),
        torch.stack(stops).numpy(),
        ended,
        how,
    )
