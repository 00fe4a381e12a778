"""The one figure component: every picture of the app is one of these.

A `Figure` shows plotly.js figures (the file that the plotly package carries) inside a ``gr.HTML``, because ``gr.Plot``
loses the zoom on every update and has no clicks. What it adds to plotly: a play cursor and one zoom for all figures on
the same clock, light and dark, a text summary, PNG and CSV download. See ``static/figure.js``.
"""

from __future__ import annotations

import base64
import html
import json
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from . import static_files

if TYPE_CHECKING:
    import numpy as np

TEMPLATE = """
<figure class="lab-figure" {attributes}>
  <figcaption><span>{title}</span><span class="lab-hint">{hint}</span></figcaption>
  <div class="lab-canvas" style="height:{height}px">
    <div class="lab-plot"></div>
    <div class="lab-cursor" hidden></div>
  </div>
  <div class="lab-words" role="group" aria-label="Words: click one to hear it" hidden></div>
  <p class="lab-alt"></p>
</figure>
"""
EVENTS = "/* events: 'pick' 'zoom' 'hover' */"

# Perceptually uniform (matplotlib's magma, by S. van der Walt and N. Smith): equal steps in dB look equally large.
_STOPS = ("000004", "180f3d", "440f76", "721f81", "9e2f7f", "cd4071", "f1605d", "fd9668", "feca8d", "fcfdbf")
MAGMA = [[i / 9, f"#{stop}"] for i, stop in enumerate(_STOPS)]


def _array(value: np.ndarray) -> dict[str, Any]:
    """Encode a NumPy array as plotly.js's typed-array form; float64 becomes float32, which no screen can tell apart."""
    import numpy as np

    value = np.ascontiguousarray(value)
    if value.dtype == np.float64:
        value = value.astype(np.float32)
    if value.dtype == np.int64:
        value = value.astype(np.int32)
    if value.dtype == np.bool_:
        value = value.astype(np.uint8)
    codes = {"float32": "f4", "int32": "i4", "int16": "i2", "int8": "i1", "uint8": "u1", "uint16": "u2", "uint32": "u4"}
    encoded = {"dtype": codes[value.dtype.name], "bdata": base64.b64encode(value.tobytes()).decode()}
    if value.ndim > 1:
        encoded["shape"] = ", ".join(str(n) for n in value.shape)
    return encoded


def _plain(value: Any) -> Any:
    """Make a figure JSON-ready: arrays are encoded, NumPy scalars become Python's, infinities become null."""
    if hasattr(value, "tobytes") and hasattr(value, "ndim"):
        return value.item() if value.ndim == 0 else _array(value)
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value


def pixels(z: np.ndarray, low: float, high: float) -> dict[str, Any]:
    """Encode an image for the wire: ``z`` is uint8 [rows, columns], 0 stands for ``low`` and 255 for ``high``.

    Deflated uint8 is a tenth of the same image in float32; the browser turns it back into the unit of low and high.
    """
    packed = base64.b64encode(zlib.compress(z.tobytes(), level=3)).decode()
    return {"u8": packed, "shape": list(z.shape), "lo": float(low), "hi": float(high)}


def heatmap(z: np.ndarray, low: float, high: float, *, unit: str = "dB", **trace: Any) -> dict[str, Any]:
    """Return an image trace.

    Parameters
    ----------
    z
        uint8 [rows, columns], lowest row first.
    low, high
        What 0 and 255 stand for, in ``unit``.
    unit
        Named in the colour bar and in the label under the pointer.
    **trace
        Anything of plotly.js's heatmap, most often ``x0, dx`` and ``y0, dy`` or ``y``, and ``hovertemplate``.
    """
    return {
        "type": "heatmap",
        "z": pixels(z, low, high),
        "zmin": low,
        "zmax": high,
        "colorscale": MAGMA,
        "zsmooth": False,
        "colorbar": {"title": {"text": unit, "side": "top", "font": {"size": 11}}},
        "hovertemplate": f"%{{x:.3f}} s<br>%{{y:.0f}} Hz<br>%{{z:.1f}} {unit}<extra></extra>",
        **trace,
    }


def line(x: np.ndarray, y: np.ndarray, *, color: str = "var(--lab-c1)", name: str = "", **trace: Any) -> dict[str, Any]:
    """Return a line trace: ``x`` and ``y`` [n]; a colour may be the theme's (``var(--lab-c1)`` to ``-c6``)."""
    style = {"color": color, "width": 1.5, **trace.pop("line", {})}
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "name": name, "line": style, **trace}


def figure(
    data: list[dict[str, Any]],
    *,
    alt: str,
    x_title: str = "",
    y_title: str = "",
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    home: str = "",
    words: Sequence[tuple[str, float, float]] = (),
    **layout: Any,
) -> dict[str, Any]:
    """Put traces together to what a `Figure` shows.

    Parameters
    ----------
    data
        plotly.js traces; NumPy arrays are sent as typed arrays.
    alt
        The figure in one or two sentences with its numbers, for people who don't see it.
    x_title, y_title
        With the unit: ``"Time (s)"``.
    x_range, y_range
        What *show everything* shows.
    home
        Changes when the zoom should be forgotten, for example the name of the sound.
    words
        What is said: word, start and end in seconds of the figure's clock. Each stands under its place; a click plays
        it.
    **layout
        Anything of plotly.js's layout; merged over the axes above.
    """
    x_axis = {"title": x_title, **({"range": list(x_range)} if x_range else {}), **layout.pop("xaxis", {})}
    y_axis = {"title": y_title, **({"range": list(y_range)} if y_range else {}), **layout.pop("yaxis", {})}
    return {"data": data, "layout": {"xaxis": x_axis, "yaxis": y_axis, **layout}, "alt": alt, "home": home} | (
        {"words": [list(word) for word in words]} if words else {}
    )


class Figure(gr.HTML):
    """A figure. Give it what `figure` returns, or a ``plotly.graph_objects.Figure``.

    It triggers ``pick`` with ``{x, y, z, row, col, curve}`` on a click, ``zoom`` with ``{x, y}``, each a range or
    None, and, where ``tells_hover=True``, ``hover`` like ``pick``; read them with a ``gr.EventData`` parameter.

    Parameters
    ----------
    title
        Shown above the picture.
    clock
        Name of a time axis in seconds: figures on the same clock zoom together and show its play cursor, and a click
        moves its player there.
    height
        In pixels.
    hint
        A few words beside the title: what can be done here.
    """

    def __init__(
        self,
        title: str,
        *,
        clock: str = "",
        height: int = 220,
        hint: str = "",
        tells_hover: bool = False,
        **kwargs: Any,
    ) -> None:
        name = "".join(c if c.isalnum() else "-" for c in title.lower()).strip("-")
        attributes = f'data-name="{html.escape(name, quote=True)}"'
        attributes += f' data-clock="{html.escape(clock, quote=True)}"' if clock else ""
        attributes += ' data-hover="1"' if tells_hover else ""
        self.title = title
        super().__init__(
            value=kwargs.pop("value", None),
            html_template=TEMPLATE.format(
                attributes=attributes, title=html.escape(title), hint=html.escape(hint), height=height
            ),
            js_on_load=EVENTS + static_files.module_loader("figure.js", "lab.mount({element, props, trigger, watch})"),
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: Any) -> str | None:
        """Encode a figure as JSON text: as text it reaches the browser once and is never sent back."""
        if value is None:
            return None
        if hasattr(value, "to_plotly_json"):
            spec = value.to_plotly_json()
            spec["layout"].pop("template", None)
            value = {"data": spec["data"], "layout": spec["layout"], "alt": self.title, "home": ""}
        return json.dumps(_plain(value), separators=(",", ":"), allow_nan=False)

    def preprocess(self, payload: str | None) -> None:
        """A figure is never an input."""
        return None
