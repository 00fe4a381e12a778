"""Whisper base's words as labels for real recordings that come without text (used by `training/ctc/corpus.py`).

The encoder runs in bfloat16 on clips of their own length and 4 s of silence, not Whisper's 30 s, which leaves the words
of short clips as they are and is many times faster; where it makes Whisper say a phrase twice, the second is dropped. A
label is kept only where Whisper is sure of it.
"""

import json
from pathlib import Path

import numpy as np

SURE = -0.6  # mean log probability of a label's tokens, at least
PAD_S = 4.0  # silence after the longest clip of a batch
LONGEST_S = 15.0  # longer clips are left out


def cut_repeat(tokens: list[int]) -> bool:
    """Whether a list ends in the same 4 or more tokens twice; if so the second copy is removed."""
    for n in range(4, len(tokens) // 2 + 1):
        if tokens[-n:] == tokens[-2 * n : -n]:
            del tokens[-n:]
            return True
    return False


class Labeller:
    """Whisper base in PyTorch: batches of clips in, (text, mean log probability) out."""

    def __init__(self, folder: Path):
        import tokenizers
        import torch

        from algorithms.ctc.net import CtcNet
        from models.whisper.weights import encoder_state_dict, load_whisper, read_ctranslate2

        arrays = read_ctranslate2(folder / "model.bin")
        layers = len({key.split("/")[1] for key in arrays if key.startswith("encoder/layer_") and "/ffn/" in key})
        width = arrays["encoder/conv1/bias"].shape[0]
        self.encoder = CtcNet(width, width // 64, layers, extra_layers=0).eval()
        self.encoder.load_state_dict(encoder_state_dict(arrays), strict=False)
        self.whisper = load_whisper(folder / "model.bin").to(torch.bfloat16)
        self.tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        names = ("<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>")
        self.prompt = [self.tokenizer.token_to_id(name) for name in names]
        self.end = self.tokenizer.token_to_id("<|endoftext|>")

    def __call__(self, clips: list[np.ndarray]) -> list[tuple[str, float]]:
        """Transcribe clips at 16 kHz, greedily; -99 where Whisper did not come to an end."""
        import torch

        from algorithms.ctc.net import log_mel

        sound = torch.zeros(len(clips), max(len(y) for y in clips) + int(PAD_S * 16000))
        for row, y in zip(sound, clips, strict=True):
            row[: len(y)] = torch.from_numpy(y)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            hidden = self.encoder.encode(log_mel(sound)).to(torch.bfloat16)
            tokens = torch.tensor([self.prompt] * len(clips))
            texts: list[list[int]] = [[] for _ in clips]
            scores, done, cache = [0.0] * len(clips), [False] * len(clips), None
            for _ in range(64):
                out = self.whisper.model.decoder(
                    input_ids=tokens, encoder_hidden_states=hidden, past_key_values=cache, use_cache=True
                )
                cache = out.past_key_values
                logits = self.whisper.proj_out(out.last_hidden_state[:, -1]).float()
                logits[:, self.end + 1 :] = -torch.inf  # no task, language or time tokens
                best = logits.log_softmax(-1).max(-1)
                for i, (score, token) in enumerate(zip(best.values.tolist(), best.indices.tolist(), strict=True)):
                    if not done[i]:
                        scores[i] += score
                        done[i] = token == self.end
                        if not done[i]:
                            texts[i].append(token)
                            done[i] = cut_repeat(texts[i])
                if all(done):
                    break
                tokens = best.indices[:, None]
        words = [self.tokenizer.decode(text).strip() for text in texts]
        return [
            (word, score / (len(text) + 1) if finished else -99.0)
            for word, score, text, finished in zip(words, scores, texts, done, strict=True)
        ]


def nearest_line(heard: str, lines: list[str]) -> str | None:
    """The written line that `heard` is a mishearing of, or None if none is near enough.

    Parameters
    ----------
    heard, lines
        Letters as `ctc_corpus.letters` writes them.

    Near enough is a Levenshtein similarity (1 less edits over the longer length) of 0.7, or 0.6 from 20 letters on:
    among thousands of lines, two others are seldom that alike.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    least = 0.7 if len(heard) < 20 else 0.6
    found = process.extractOne(heard, lines, scorer=Levenshtein.normalized_similarity, score_cutoff=least)
    return found[0] if found else None


def label(files: list[Path], labeller: Labeller, read, out: Path, batch: int = 32) -> None:
    """Append one JSON line (file, text, score) for each file to `out`; files that are there already are skipped."""
    done = {json.loads(line)["file"] for line in out.read_text().splitlines()} if out.exists() else set()
    files = [file for file in files if str(file) not in done]
    files.sort(key=lambda file: file.stat().st_size)  # clips of like length finish together
    for start in range(0, len(files), batch):
        group = [(file, read(file)) for file in files[start : start + batch]]
        short = [(file, y) for file, y in group if 0.3 * 16000 < len(y) <= LONGEST_S * 16000]
        rows = [{"file": str(file), "text": "", "score": -99.0} for file, y in group if len(y) > LONGEST_S * 16000]
        if short:
            answers = labeller([y for _, y in short])
            rows += [
                {"file": str(f), "text": t, "score": round(s, 3)} for (f, _), (t, s) in zip(short, answers, strict=True)
            ]
        with open(out, "a") as f:
            f.writelines(json.dumps(row) + "\n" for row in rows)
        if start // batch % 10 == 0:
            print(f"labelled {start + len(group)} of {len(files)}; the last: {rows[-1]}", flush=True)
