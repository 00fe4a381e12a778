"""Sizes, downloads and code: how large every representation is, its numbers as a file, and librosa's lines for it."""

from __future__ import annotations

import base64
import html
import uuid
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
from gradio.utils import get_upload_folder

from algorithms.signal import features as chain
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.words import table

from . import analysis
from .settings import AFFECTS

if TYPE_CHECKING:
    from .page import Scene

KINDS = ("npy", "csv")
# The file is ready a moment after its button has been pressed; its own, hidden button then hands it over.
HAND_OVER = "() => { setTimeout(() => document.querySelector('#features-file-%s')?.click(), 120); return []; }"
CODE = "The same with librosa"
COPY = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
  const said = () => { button.textContent = 'Copied'; setTimeout(() => (button.textContent = 'Copy'), 2500); };
  navigator.clipboard?.writeText(element.querySelector('code').textContent).then(said, () => {});
});
"""
MAX_CSV_NUMBERS = 2_000_000
REPRESENTATIONS = (
    ("Mel spectrogram (dB)", "mel"),
    ("MFCC", "mfcc"),
    ("STFT magnitude (dB)", "stft"),
    ("STFT, complex", "complex"),
    ("Waveform", "waveform"),
)

TEXT = """
The last column tells how many numbers each step leaves: overlapping frames make the STFT hold *more* numbers than the
samples it came from, the mel filters and the DCT then shrink it. The files hold the whole representation at full
precision (NPY opens with `numpy.load`); the PNG and CSV of a picture come from the buttons on that picture.
"""


def bytes_words(n: int) -> str:
    """Return 1234567 as "1.23 MB"."""
    return f"{n} B" if n < 1000 else f"{n / 1e3:.3g} kB" if n < 1e6 else f"{n / 1e6:.3g} MB"


def plot_lines(scene: Scene) -> str:
    """Return the lines that draw the three pictures with matplotlib and librosa.display."""
    c, axis, db = scene.config, scene.fields["y"], scene.fields["db"]
    htk = c.mel_scale == "htk"
    return f"""
import matplotlib.pyplot as plt

figure, (top, middle, bottom) = plt.subplots(3, sharex=True)
show = dict(sr=sr, hop_length={c.hop_length}, x_axis="time")
librosa.display.specshow(spectrum_db, y_axis="{axis}", vmin={-db:g}, vmax=0, ax=top, n_fft={c.n_fft}, **show)
band = dict(y_axis="mel", fmin={c.f_min_hz!r}, fmax={c.f_max_hz!r}, htk={htk})
librosa.display.specshow(mel_db, vmin={-db:g}, vmax=0, ax=middle, **band, **show)
librosa.display.specshow(mfcc, ax=bottom, **show)
plt.show()
"""


def code(scene: Scene) -> str:
    """Return librosa's lines for the current settings and sound."""
    return chain.librosa_code(scene.config, Path(scene.sound.path).name) + plot_lines(scene)


def show(scene: Scene, _fields: Fields) -> dict[str, Any]:
    """Return the table and the code."""
    rows = [
        (
            r.name,
            " × ".join(str(n) for n in r.shape),
            r.dtype,
            bytes_words(r.n_bytes),
            f"{r.frames_per_s:.5g}",
            f"{r.values_per_s:.6g}",
        )
        for r in chain.representations(scene.config, len(scene.sound.y))
    ]
    head = ("Representation", "Shape", "Type", "Size", "Frames a second", "Numbers a second")
    return {"sizes": table(head, rows), "code": code_block(code(scene), f"{Path(scene.sound.path).stem}-librosa.py")}


def code_block(text_: str, file_name: str) -> str:
    """Return code to read, copy and save, as HTML."""
    data = base64.b64encode(text_.encode()).decode()
    name = html.escape(file_name, quote=True)
    return (
        f'<h3>{CODE}</h3><pre class="lab-code" tabindex="0" role="region" aria-label="{CODE}">'
        f"<code>{html.escape(text_)}</code></pre>"
        '<div class="lab-files"><button type="button" class="lab-file" data-copy>Copy</button>'
        f'<a class="lab-file" download="{name}" href="data:text/x-python;base64,{data}">Save as {name}</a></div>'
    )


def values(scene: Scene, which: str) -> np.ndarray:
    """Return a representation of the whole sound at full precision."""
    sound, config = scene.sound, scene.config
    if which == "waveform":
        return sound.y
    if which == "complex":
        return chain.stft(sound.y, config)
    if which == "stft":
        return chain.amplitude_to_db(analysis.magnitude(sound, config), ref=np.max)
    if which == "mel":
        return chain.mel_db(analysis.mel(sound, config), config)
    return analysis.mfcc(sound, config)


def save(scene: Scene, which: str, kind: str) -> str:
    """Write a representation as ``kind`` ("npy" or "csv") into Gradio's cache, which deletes it again.

    A CSV has one row a frame: its time in seconds, then its values (of a complex number real, then imaginary part).

    Raises
    ------
    ValueError
        More than two million numbers in a CSV.
    """
    array = values(scene, which)
    if kind == "csv" and array.size * (2 if np.iscomplexobj(array) else 1) > MAX_CSV_NUMBERS:
        raise ValueError(f"{array.size} numbers make too long a CSV file: take the NPY file, or a shorter sound.")
    folder = Path(get_upload_folder()) / uuid.uuid4().hex
    folder.mkdir(parents=True)
    path = folder / f"{Path(scene.sound.path).stem}-{which}.{kind}"
    if kind == "npy":
        np.save(path, array)
        return str(path)
    if which == "waveform":
        rows, times = array[:, None], np.arange(len(array)) / scene.sound.sample_rate
    else:
        rows, times = array.T, chain.frame_times(scene.config, array.shape[1])
    if np.iscomplexobj(rows):
        rows = np.stack([rows.real, rows.imag], axis=-1).reshape(len(rows), -1)
    names = {"waveform": "amplitude", "complex": "bin", "stft": "bin", "mel": "filter", "mfcc": "c"}[which]
    if which == "complex":
        head = [f"{names}{i}_{part}" for i in range(rows.shape[1] // 2) for part in ("re", "im")]
    else:
        head = [names] if which == "waveform" else [f"{names}{i}" for i in range(rows.shape[1])]
    table_ = np.column_stack([times, rows])
    np.savetxt(path, table_, delimiter=",", header=",".join(["time_s", *head]), comments="", fmt="%.7g")
    return str(path)


def saved(kind: str, visit: Visit) -> dict[str, str]:
    """Write the file of a download button for its hidden one to hand over."""
    try:
        return {f"{kind}_file": save(visit.scene, visit.taken["which"], kind)}
    except ValueError as problem:
        raise gr.Error(html.escape(str(problem)), print_exception=False) from problem


def draw() -> dict[str, Any]:
    """Lay the part out and name its components: for each kind of file a button and the hidden one that gives it."""
    drawn: dict[str, Any] = {}
    with gr.Row(equal_height=False):
        with gr.Column(min_width=320):
            drawn["sizes"] = gr.HTML("", apply_default_css=False)
            text(TEXT)
        with gr.Column(min_width=320):
            drawn["code"] = gr.HTML("", apply_default_css=False, js_on_load=COPY)
    with gr.Row(equal_height=False):
        drawn["which"] = gr.Radio(
            list(REPRESENTATIONS), value="mel", label="Download", elem_classes="lab-chips", scale=4
        )
        with gr.Column(scale=1, min_width=220), gr.Row():
            for kind in KINDS:
                drawn[kind] = gr.Button(kind.upper(), min_width=90, elem_id=f"features-{kind}")
                drawn[f"{kind}_file"] = gr.DownloadButton(elem_id=f"features-file-{kind}", visible="hidden")
    return drawn


PART = Part(
    slug="out",
    title="Sizes, downloads, code",
    draw=draw,
    show=show,
    follows=frozenset(AFFECTS),
    on=tuple(
        On(
            component=kind,
            event="click",
            handler=partial(saved, kind),
            takes=("which",),
            then_js=HAND_OVER % kind,
        )
        for kind in KINDS
    ),
)
