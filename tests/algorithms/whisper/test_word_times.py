"""Word times from cross-attention: planted times come back, openai's formula, and faster-whisper on every clip."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.whisper.word_times import (
    POSITION_S,
    alignment_matrix,
    smoothed,
    sound_only,
    standardised,
    times_on,
    token_times,
)

PROMPT = 2  # tokens before the text in the planted examples


def planted(starts, positions, heads=3, seed=0):
    """Attention of heads that look exactly at their token: [heads, prompt, text and end; 1500]."""
    bounds = [*starts, positions]
    rng = np.random.default_rng(seed)
    w = rng.uniform(0.5, 1.0, (heads, PROMPT + len(starts), 1500)) * 1e-4
    for row, (a, b) in enumerate(itertools.pairwise(bounds)):
        w[:, PROMPT - 1 + row, a:b] += 1.0 / (b - a)
    w[:, -1, positions - 1] += 1.0
    return (w / w.sum(-1, keepdims=True)).astype(np.float32)


@given(st.lists(st.integers(8, 60), min_size=2, max_size=12), st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_planted_times_come_back(lengths, seed):
    starts = np.concatenate([[0], np.cumsum(lengths)])  # the last row is the end of the text
    positions = int(starts[-1]) + 10
    found = token_times(planted(starts.tolist(), positions, seed=seed), positions, PROMPT)
    assert found.matrix.shape == (len(starts), positions)
    # The filter may move an edge by half its width at most.
    np.testing.assert_allclose(found.starts_s, starts * POSITION_S, atol=3 * POSITION_S + 1e-9)
    np.testing.assert_allclose(found.ends_s[:-1], found.starts_s[1:])
    assert found.ends_s[-1] == pytest.approx(positions * POSITION_S)
    unfiltered = token_times(planted(starts.tolist(), positions, seed=seed), positions, PROMPT, median_width=1)
    np.testing.assert_allclose(unfiltered.starts_s, starts * POSITION_S, atol=1e-9)


def openai_matrix(weights, positions, width=7):
    """`find_alignment` of openai/whisper, timing.py, in the order of its lines; `weights` after the softmax."""
    import torch
    from torch.nn import functional as F

    w = torch.from_numpy(weights).log()[:, :, :positions].softmax(-1)
    std, mean = torch.std_mean(w, dim=-2, keepdim=True, unbiased=False)
    w = (w - mean) / std
    padded = F.pad(w, (width // 2, width // 2), mode="reflect")
    return padded.unfold(-1, width, 1).sort()[0][..., width // 2].mean(0).numpy()


@pytest.mark.parametrize("positions", [5, 333, 1500])
@pytest.mark.parametrize("width", [3, 7])
def test_openais_formula(positions, width):
    logits = np.random.default_rng(positions).normal(0, 2, (6, 19, 1500))
    weights = (np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)).astype(np.float32)
    np.testing.assert_allclose(
        alignment_matrix(weights, positions, width), openai_matrix(weights, positions, width), atol=2e-4
    )


def test_the_steps_are_what_they_say():
    w = np.random.default_rng(1).uniform(size=(2, 5, 40)).astype(np.float32)
    cut = sound_only(w, 25)
    assert cut.shape == (2, 5, 25)
    np.testing.assert_allclose(cut.sum(-1), 1, rtol=1e-5)
    z = standardised(cut)
    np.testing.assert_allclose(z.mean(-2), 0, atol=1e-4)
    np.testing.assert_allclose(z.std(-2), 1, rtol=1e-3)
    np.testing.assert_array_equal(smoothed(z, 1), z)
    np.testing.assert_array_equal(smoothed(z, 5)[0, 0, 2:-2], [np.median(z[0, 0, i - 2 : i + 3]) for i in range(2, 23)])
    for width in (0, 4, -3):
        with pytest.raises(ValueError, match="odd width"):
            smoothed(z, width)


@pytest.mark.parametrize("positions", [1, 2, 3])
@pytest.mark.parametrize("tokens", [1, 4])
def test_less_sound_than_tokens(positions, tokens):
    weights = np.full((2, PROMPT + tokens + 1, 1500), 1 / 1500, np.float32)
    found = token_times(weights, positions, PROMPT)
    assert len(found.starts_s) == tokens + 1  # and the end
    assert (np.diff(found.starts_s) >= 0).all()
    assert found.ends_s[-1] == pytest.approx(positions * POSITION_S)
    assert np.isfinite(found.matrix).all()


def test_a_head_that_sees_only_padding_gives_numbers():
    weights = np.zeros((1, 6, 1500), np.float32)
    weights[:, :, 1400:] = 0.01
    assert np.isfinite(token_times(weights, 200, PROMPT).matrix).all()
    with pytest.raises(ValueError, match="NaN"):
        times_on(np.full((3, 4), np.nan))


def _words(model, heard, tokens, language):
    """Words with their start and end."""
    prompt = model.prompt(language, timestamps=False)
    cross = model.cross_attention(heard, prompt, [*tokens, model.special.end])
    layers, heads = zip(*model.alignment_heads, strict=True)
    starts = token_times(cross[list(layers), list(heads)], heard.positions, len(prompt)).starts_s
    return [(w.text.strip(), starts[w.spoken[0]], starts[w.spoken[1] + 1]) for w in model.words(tokens, language)]


@pytest.mark.slow
def test_faster_whispers_word_times():
    """Against `transcribe(word_timestamps=True)` of faster-whisper on every clip with speech, where words agree."""
    from difflib import SequenceMatcher

    import models
    from algorithms.sound import io as audio_io
    from algorithms.sound.clips import clips
    from algorithms.whisper.decode import decode

    starts, ends = [], []
    for clip in clips():
        if not clip.text:
            continue
        name = "tiny.en" if clip.language == "en" else "base"
        model, theirs = models.get(f"inside/whisper-{name}"), models.get(f"asr/whisper-{name}")
        y = audio_io.load(clip.path, sample_rate=16000).y
        heard = model.listen(y)
        decoded = decode(model.net, heard.sound, model.rules(), model.prompt(clip.language))
        ours = _words(model, heard, [t for t in decoded.tokens if t < model.special.end], clip.language)
        others = [(w.text.strip(), w.start_s, w.end_s) for w in theirs.transcribe(y, language=clip.language).words()]
        same = SequenceMatcher(None, [w[0] for w in ours], [w[0] for w in others], autojunk=False)
        pairs = [(ours[m.a + k], others[m.b + k]) for m in same.get_matching_blocks() if m.size for k in range(m.size)]
        assert len(pairs) >= len(others) / 2, (clip.id, ours, others)
        starts += [abs(a[1] - b[1]) * 1000 for a, b in pairs]
        ends += [abs(a[2] - b[2]) * 1000 for a, b in pairs]
    print(f"{len(starts)} words: starts {np.median(starts):.0f} ms, ends {np.median(ends):.0f} ms at the median")
    assert len(starts) > 80
    assert np.median(starts) <= 40
    assert np.median(ends) <= 40
