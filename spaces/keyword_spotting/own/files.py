"""A visitor's network as files: ONNX in 32 and 8 bits, and C. They travel inside the page: the server keeps none."""

from __future__ import annotations

import base64
import html
import io
import zipfile

from models.keyword.own_net import PersonalSpotter, ascii_label


def c_archive(spotter: PersonalSpotter) -> bytes:
    """The C files as a ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in spotter.c_files().items():
            archive.writestr(name, text)
    return out.getvalue()


def links(spotter: PersonalSpotter) -> str:
    """Return the row of download links as HTML."""
    stem = "-".join(ascii_label(word, i).replace(" ", "-") for i, word in enumerate(spotter.keywords, 1))
    files = (
        (f"{stem}-fp32.onnx", "ONNX, 32 bits", "application/octet-stream", spotter.onnx_fp32),
        (f"{stem}-int8.onnx", "ONNX, 8 bits", "application/octet-stream", spotter.onnx_int8()),
        (f"{stem}-c.zip", "C99 for a microcontroller", "application/zip", c_archive(spotter)),
    )
    made = "".join(
        f'<a class="lab-file" download="{name}" href="data:{mime};base64,{base64.b64encode(data).decode()}">'
        f"{what} ({len(data) / 1000:.0f} kB)</a>"
        for name, what, mime, data in files
    )
    words = html.escape(", ".join(spotter.keywords))
    return (
        f'<div class="lab-files kwo-files"><span>Your network:</span>{made}</div><p class="kwo-made">Input: 49 × 10 '
        f"MFCCs of one second (<code>algorithms/keyword/features.py</code>); outputs: silence, unknown, {words}. The "
        "8-bit file was calibrated with your takes; the C code is that file, integer for integer. Close the page: "
        "nothing of it stays here.</p>"
    )
