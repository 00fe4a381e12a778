"""The Feature Explorer's redraws: server time and bytes sent, for every control, on a 10 s clip.

    python -m benchmarks.features_room [--seconds 10] [--rate 16000] [--repeats 7] [--open steps]

"First" is a redraw with nothing remembered but the decoded sound (what a moved slider costs), "again" one with every
intermediate in memory; both the median of the repeats. "Sent" is the JSON of the figures as it travels. The sound is
speech-like: a harmonic tone with vibrato and noise. The targets: 150 ms, 300 kB.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy loads its BLAS

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import soundfile

from benchmarks.features import clip
from components.audio_input import OWN, OwnSound
from components.figure import Figure
from spaces.features import SPACE, analysis
from spaces.features.page import LESSON
from spaces.features.settings import AFFECTS

# A value for each control that differs from the page's, so that nothing is redrawn from memory by accident.
MOVED = {"win": 32, "hop": 8, "window": "blackman", "fft": "2048", "pre": 0.97, "mels": 64, "fmin": 100, "fmax": 6000}
MOVED |= {"scale": "htk", "norm": False, "power": 1, "mfcc": 20, "lift": 22, "cmn": True, "y": "log", "db": 60}


def forget_all_but_sounds() -> None:
    """Drop the analyses that the page remembers."""
    for key in [k for k in analysis.MEMORY._kept if k[0] != "sound"]:
        del analysis.MEMORY._kept[key]


def measure(draw, repeats: int) -> tuple[float, float, int]:
    """Median ms of a first and of a repeated redraw, encoding included, and the bytes of the figures."""
    encode = Figure("any").postprocess
    times: dict[str, list[float]] = {"first": [], "again": []}
    for _ in range(repeats):
        forget_all_but_sounds()
        for name in ("first", "again"):
            start = time.perf_counter()
            shown = {name: value for values in draw() for name, value in values.items()}
            sent = [encode(value) for value in shown.values() if isinstance(value, dict) and "layout" in value]
            times[name].append(1000 * (time.perf_counter() - start))
    return statistics.median(times["first"]), statistics.median(times["again"]), sum(map(len, sent))


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=int, default=16_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument(
        "--open", default="steps", choices=list(LESSON.by_slug), help="the part open below the pictures"
    )
    options = parser.parse_args()
    with gr.Blocks():
        wiring = LESSON.build(SPACE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.wav"
        soundfile.write(path, clip(options.seconds, options.rate), options.rate)
        own = OwnSound(str(path), "clip", options.seconds)
        fields = {"own": own, "clip": OWN, "see": options.open}
        list(LESSON.moved(wiring.default_visit(**fields)))  # imports SciPy
        draws = {"everything (page opens)": lambda: LESSON.moved(wiring.default_visit(**fields))}
        for name in AFFECTS:
            draws[name] = lambda how={**fields, "moved": name, name: MOVED[name]}: LESSON.moved(
                wiring.default_visit(**how)
            )
        events = {on.component: on for on in LESSON.on}

        def happened(component: str, **event):
            visit = wiring.default_visit(event=SimpleNamespace(**event), **fields)
            return wiring.happened(events[component], visit)

        draws["zoom to a fifth"] = lambda: happened("stft", x=[4.0, 6.0], y=None)
        draws["cursor"] = lambda: happened("player", t=5.0)
        print(f"{options.seconds:g} s at {options.rate} Hz, section {options.open!r} open")
        print(f"{'control':26}{'first ms':>10}{'again ms':>10}{'sent kB':>10}")
        for name, draw in draws.items():
            first, again, sent = measure(draw, options.repeats)
            print(f"{name:26}{first:10.1f}{again:10.1f}{sent / 1000:10.1f}")


if __name__ == "__main__":
    main()
