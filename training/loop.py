"""A training loop that resumes, averages weights and keeps its curves: for networks that one processor core trains."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

Step = Callable[[float, np.random.Generator], tuple[torch.Tensor, dict[str, float]]]
Judge = Callable[[], dict[str, float]]


def line(done: float) -> float:
    """Fall in a line, to a fiftieth at the end; `done` is the share of the time that is over."""
    return max(1 - done, 0.02)


def cosine(done: float) -> float:
    """Fall along half a cosine, to a hundredth at the end."""
    return max(0.5 + 0.5 * math.cos(math.pi * min(done, 1.0)), 0.01)


def train(
    net: torch.nn.Module,
    optimiser: torch.optim.Optimizer,
    step: Step,
    judge: Judge,
    last: Path,
    minutes: float,
    *,
    falls: Callable[[float], float] = line,
    warm_up: int = 100,
    averaged: float = 0.995,
    every: float = 0.25,
    notes: dict[str, Any] | None = None,
) -> torch.nn.Module:
    """Train `net` for `minutes` of computing in all; resumes from `last`. Returns the net with its averaged weights.

    Parameters
    ----------
    optimiser : made with the highest learning rate
    step : gets the share of the time that is spent and a generator, returns the loss and numbers for the curve
    judge : measures the averaged weights on what is kept for development; called with them in place
    last : checkpoint, written after every `every` minutes of computing; the curves lie beside it as JSON
    minutes : of this process's computing, over all runs
    falls : the learning rate's share of its highest; it rises over the first `warm_up` steps
    averaged : what the running average of weights keeps, a step
    notes : stored in the checkpoint as they are
    """
    highest = optimiser.defaults["lr"]
    average = {key: value.clone() for key, value in net.state_dict().items()}
    spent, steps, curve = 0.0, 0, []
    if last.exists():
        saved = torch.load(last, weights_only=True)
        net.load_state_dict(saved["net"])
        optimiser.load_state_dict(saved["optimiser"])
        average, spent, steps, curve = (saved[key] for key in ("average", "spent", "steps", "curve"))
        print(f"resumed at {spent:.1f} min, {steps} steps", flush=True)
    rng = np.random.default_rng(steps)
    net.train()
    while spent < minutes:
        cpu, before, seen = time.process_time(), spent, []
        while spent < min(before + every, minutes):
            done = spent / minutes
            for group in optimiser.param_groups:
                group["lr"] = highest * min((steps + 1) / warm_up, falls(done))
            loss, numbers = step(done, rng)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            steps += 1
            keep = min(averaged, steps / (steps + 10))
            with torch.no_grad():
                for key, value in net.state_dict().items():
                    if value.is_floating_point():  # the others count batches
                        average[key].lerp_(value, 1 - keep)
            seen.append(numbers)
            spent = before + (time.process_time() - cpu) / 60
        now = {key: value.clone() for key, value in net.state_dict().items()}
        net.load_state_dict(average)
        net.eval()
        with torch.inference_mode():
            judged = judge()
        net.train()
        net.load_state_dict(now)
        row = {"minutes": spent, "steps": steps} | {key: float(np.mean([one[key] for one in seen])) for key in seen[0]}
        curve.append(row | judged)
        print({key: round(value, 4) for key, value in curve[-1].items()}, flush=True)
        last.with_suffix(".json").write_text(json.dumps(curve), encoding="utf-8")
        saved = {"net": now, "optimiser": optimiser.state_dict(), "average": average} | (notes or {})
        saved |= {"spent": spent, "steps": steps, "curve": curve}
        torch.save(saved, last.with_suffix(".part"))
        os.replace(last.with_suffix(".part"), last)
    net.load_state_dict(average)
    return net.eval()
