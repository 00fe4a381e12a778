"""How Whisper's decoder chooses its tokens: rules, greedy and sampled decoding with every decision kept.

The rules are those of `openai/whisper`, decoding.py (`SuppressBlank`, `SuppressTokens`, `ApplyTimestampRules`); Radford
et al. 2022, sections 2.3 and 4.5. Beam search stands in `algorithms/whisper/beam.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from algorithms.whisper.net import KeysValues, WhisperNet

TOP = 10  # candidates kept of each step
STEP_S = 0.02  # between two timestamp tokens
MAX_INITIAL_S = 1.0  # the first timestamp lies at most here
MAX_TOKENS = 224  # chosen in one window: half of the decoder's positions


@dataclass(frozen=True, kw_only=True)
class SpecialTokens:
    """Numbers of the tokens that are not text."""

    end: int  # <|endoftext|>; all text tokens have smaller numbers
    start: int  # <|startoftranscript|>
    transcribe: int
    translate: int
    previous: int  # <|startofprev|>
    no_speech: int  # <|nospeech|>
    no_timestamps: int
    first_time: int  # <|0.00|>; <|0.02|> and so on follow, the last is <|30.00|>
    languages: Mapping[str, int] = field(default_factory=dict)  # code to <|code|>; empty in English-only models
    suppressed: tuple[int, ...] = ()  # never written: signs that transcripts use for what is not speech, and the above
    blank: tuple[int, ...] = ()  # not written first: a space, and the end

    def time_s(self, token: int) -> float | None:
        """The moment that a timestamp token stands for, in seconds from the window's start; None for other tokens."""
        return round((token - self.first_time) * STEP_S, 2) if token >= self.first_time else None


@dataclass(frozen=True, eq=False)
class Removed:
    """Tokens that one rule does not allow at a step."""

    rule: str  # "suppress", "blank", "timestamp pairs", "timestamp order", "first timestamp", "timestamp mass"
    why: str  # one sentence
    mask: np.ndarray  # bool [vocab], True where removed


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Which tokens may come next; switch a rule off to see what it is for."""

    special: SpecialTokens
    timestamps: bool = True  # segments are to be written between timestamps
    suppress: bool = True
    blank: bool = True

    def removed(self, text: Sequence[int], logits: np.ndarray) -> list[Removed]:
        """What may not come after `text` (the tokens chosen so far), rule by rule; `logits`: float [vocab]."""
        s, n = self.special, len(logits)
        found = []

        def rule(name: str, why: str, *places: int | slice | Sequence[int]) -> None:
            mask = np.zeros(n, bool)
            for place in places:
                mask[list(place) if isinstance(place, tuple) else place] = True
            found.append(Removed(name, why, mask))

        if self.blank and not text:
            rule("blank", "A transcript does not begin with a lone space, and is not empty.", s.blank)
        if self.suppress:
            rule(
                "suppress",
                "Signs for what is not speech (♪, [, @ ...) and task tokens are never written.",
                s.suppressed,
            )
        if not self.timestamps:
            return found
        rule("timestamp pairs", "Timestamps are asked for, so <|notimestamps|> can't come.", s.no_timestamps)
        last = bool(text) and text[-1] >= s.first_time
        before_last = len(text) < 2 or text[-2] >= s.first_time
        if last and before_last:
            rule("timestamp pairs", "A segment has just begun: text must follow.", slice(s.first_time, None))
        elif last:
            rule("timestamp pairs", "A segment has just ended: the next begins, or the text ends.", slice(0, s.end))
        times = [token for token in text if token >= s.first_time]
        if times:
            # A segment may start where the one before ended, but must not end where it began.
            low = times[-1] + (0 if last and not before_last else 1)
            rule(
                "timestamp order", "Time does not run backwards, and a segment is not empty.", slice(s.first_time, low)
            )
        if not text:
            latest = s.first_time + round(MAX_INITIAL_S / STEP_S)
            why = f"The first token is a timestamp of at most {MAX_INITIAL_S:.0f} s."
            rule("first timestamp", why, slice(0, s.first_time), slice(latest + 1, None))
        gone = any_of(found, n)
        words = np.where(gone, -np.inf, logits)[: s.first_time]
        times = logits[s.first_time :][~gone[s.first_time :]].astype(np.float64)
        # Logits do as well as log probabilities here: both sides lack the same constant.
        if np.isfinite(words.max()) and len(times) and _log_sum(times) > words.max():
            why = "All timestamps together are likelier than any one text token: a timestamp must come."
            rule("timestamp mass", why, slice(0, s.first_time))
        return found


def any_of(removed: Sequence[Removed], n: int) -> np.ndarray:
    """Which of `n` tokens at least one rule has removed: bool [n]."""
    gone = np.zeros(n, bool)
    for rule in removed:
        gone |= rule.mask
    return gone


def _log_sum(x: np.ndarray) -> float:
    return float(x.max() + np.log(np.exp(x - x.max()).sum()))


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Natural-log probabilities over the last axis; -inf stays -inf."""
    logits = np.asarray(logits, np.float64)
    top = logits.max(-1, keepdims=True)
    shifted = logits - np.where(np.isfinite(top), top, 0.0)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


@dataclass(frozen=True, eq=False)
class Candidate:
    """One token that might come next."""

    token: int
    raw: float  # probability before the rules
    prob: float  # after them, at temperature 1; 0 where a rule removed it
    rule: str = ""  # which rule removed it first
    logit: float = 0.0  # what the network gives: its logarithm but for a constant
    hot: float = 0.0  # probability after the rules at the temperature of the drawing


@dataclass(frozen=True, eq=False)
class Step:
    """One decision of the decoder."""

    candidates: tuple[Candidate, ...]  # the ten likeliest before the rules and the ten likeliest after them
    # (rule, why, tokens, probability taken away) of each rule; what several rules forbid counts for the first of them
    removed: tuple[tuple[str, str, int, float], ...]
    entropy_bits: float  # of the distribution after the rules: 0 is sure
    time_mass: float  # probability of all timestamps together, after the rules
    token: int  # chosen
    logprob: float  # natural log of its probability, after the rules
    forced: bool = False  # chosen by the visitor
    log_norm: float = 0.0  # ln of the sum of exp(logit / temperature) over the tokens that the rules leave


@dataclass(frozen=True, eq=False)
class Decoded:
    """Tokens chosen for one window."""

    prompt: tuple[int, ...]
    tokens: tuple[int, ...]  # chosen; the last is the end of text unless `cut`
    steps: tuple[Step, ...]  # one for each token
    no_speech_prob: float
    cut: bool  # stopped at the limit of tokens

    @property
    def avg_logprob(self) -> float:
        """Mean log probability of the tokens, the end among them: what Whisper judges a window by."""
        return self.total_logprob / len(self.steps)

    @property
    def total_logprob(self) -> float:
        """Log probability of the whole text, the end included: the sum over the tokens."""
        return sum(step.logprob for step in self.steps)


def step_of(
    logits: np.ndarray,
    rules: Rules,
    text: Sequence[int],
    token: int | None = None,
    forced: bool = False,
    draw: Callable[[np.ndarray], int] | None = None,
    temperature: float = 0.0,
) -> Step:
    """Describe one decision.

    Parameters
    ----------
    logits : float [vocab]
    text : tokens chosen so far
    token : the one that was or is to be chosen; None takes the likeliest, or what `draw` (log probabilities after the
        rules to token) takes
    temperature : of the drawing, for the candidates' `hot` and the step's `log_norm`; 0 describes temperature 1
    """
    raw = log_softmax(logits)
    probs_raw = np.exp(raw)
    removed = rules.removed(text, logits)
    gone = np.zeros(len(logits), bool)
    report = []
    for r in removed:
        newly = r.mask & ~gone
        gone |= newly
        report.append((r.rule, r.why, int(newly.sum()), float(probs_raw[newly].sum())))
    if gone.all():
        raise ValueError("The rules leave no token that could come here: undo the last choice.")
    left = np.flatnonzero(~gone)
    log_left = log_softmax(raw[left])
    after = np.full(len(logits), -np.inf)
    after[left] = log_left
    heat = temperature or 1.0
    warm = np.asarray(logits, np.float64)[left] / heat
    log_norm = _log_sum(warm)
    chosen = token if token is not None else int(draw(after)) if draw else int(after.argmax())
    best = {int(i) for scores in (raw, after) for i in np.argpartition(scores, -TOP)[-TOP:] if np.isfinite(scores[i])}
    best |= {chosen}
    ranked = sorted(best, key=lambda i: (-after[i], -raw[i]))
    probs = np.exp(log_left)
    candidates = tuple(
        Candidate(
            i,
            float(probs_raw[i]),
            float(np.exp(after[i])),
            _rule_of(i, removed),
            float(logits[i]),
            0.0 if gone[i] else float(np.exp(float(logits[i]) / heat - log_norm)),
        )
        for i in ranked
    )
    return Step(
        candidates,
        tuple(report),
        float(-(probs @ np.where(probs > 0, log_left, 0.0)) / np.log(2)),
        float(probs[left >= rules.special.first_time].sum()),
        chosen,
        float(after[chosen]),
        forced,
        log_norm,
    )


def _rule_of(token: int, removed: Sequence[Removed]) -> str:
    return next((r.rule for r in removed if r.mask[token]), "")


def decode(
    net: WhisperNet,
    sound: KeysValues,
    rules: Rules,
    prompt: Sequence[int],
    *,
    choices: Mapping[int, int] | None = None,
    temperature: float = 0.0,
    seed: int = 0,
    max_tokens: int = MAX_TOKENS,
    known: Decoded | None = None,
) -> Decoded:
    """Write one window, token by token.

    Parameters
    ----------
    sound
        From `WhisperNet.cross_keys_values`.
    prompt
        Starts with text of before, if any; ends with the task's tokens.
    choices
        Position (from 0, after the prompt) to the token that is to be taken there whatever the model thinks.
    temperature
        0 takes the likeliest token; above, tokens are drawn from probabilities raised to ``1 / temperature``.
    seed
        Of the drawing. Each position draws with random numbers of its own, so a choice changes only what follows it.
    known
        The same decoding with fewer or other `choices`: what it wrote before the first difference is taken over, which
        saves that many steps.

    Raises
    ------
    ValueError
        The prompt is too long, the temperature negative, or the choices leave no token that could follow.
    """
    import torch

    if temperature < 0:
        raise ValueError("The temperature is 0 (the likeliest token) or above (drawn at random).")
    choices = choices or {}

    def draw(log_probs: np.ndarray) -> int:
        if temperature == 0:
            return int(log_probs.argmax())
        rng = np.random.default_rng((seed, len(steps)))
        return int((log_probs / temperature + rng.gumbel(size=log_probs.shape)).argmax())  # Gumbel-max sampling

    steps: list[Step] = list(known.steps[: _shared(known, choices)]) if known else []
    text = [step.token for step in steps]
    cache: KeysValues = []
    no_speech = known.no_speech_prob if known and steps else 0.0
    new = [*prompt, *text]
    while len(steps) < max_tokens and (not text or text[-1] != rules.special.end):
        logits = net.decode(torch.tensor([new]), sound, cache).logits[0].float().numpy()
        if not steps:
            # Of the step after <|startoftranscript|>, as Whisper takes it, whatever follows in the prompt.
            where = list(prompt).index(rules.special.start) - len(prompt)
            no_speech = float(np.exp(log_softmax(logits[where])[rules.special.no_speech]))
        at = len(steps)
        steps.append(step_of(logits[-1], rules, text, choices.get(at), at in choices, draw, temperature))
        text.append(steps[-1].token)
        new = [text[-1]]
    return Decoded(tuple(prompt), tuple(text), tuple(steps), no_speech, text[-1] != rules.special.end)


def _shared(known: Decoded, choices: Mapping[int, int]) -> int:
    """How many steps of a decoding stay the same with other choices."""
    for i, step in enumerate(known.steps):
        if step.forced != (i in choices) or (i in choices and choices[i] != step.token):
            return i
    return len(known.steps)
