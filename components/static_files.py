"""Serves the app's own browser files and plotly.js: compressed once, cached by the browser, from this machine only."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import mimetypes
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

STATIC = Path(__file__).parent / "static"
CLIPS = Path(__file__).parent.parent / "assets" / "clips"
ROOMS = Path(__file__).parent.parent / "spaces"  # each room's own browser files lie in spaces/<slug>/static/
# Begins the paths of the lab's own files. No name under which a lab is mounted, such as /lab: Starlette takes that from
# the beginning of every path, also where a proxy has taken it off already.
PREFIX = "lab-files"
COMPRESSIBLE = {".js", ".css", ".svg", ".json"}
# Begins a ``js_on_load`` that triggers events. Of several events, Gradio's always_last answers the first and then sends
# the *first* one's data again (as of 6.31): so all events of one name share an object, which holds the newest data.
NEWEST = """
const told = {}, tell = trigger;
trigger = (name, data) => {
    const newest = told[name] ??= {};
    for (const key of Object.keys(newest)) delete newest[key];
    tell(name, Object.assign(newest, data));
};
"""


def _plotly_js() -> Path:
    """Return the plotly.min.js inside the installed plotly package, found without importing plotly (0.3 s)."""
    return Path(importlib.util.find_spec("plotly").origin).parent / "package_data" / "plotly.min.js"


@lru_cache(maxsize=64)
def _read(path: Path, mtime_ns: int, compress: bool) -> bytes:
    body = path.read_bytes()
    return gzip.compress(body, compresslevel=9) if compress else body


def _file(name: str) -> Path | None:
    """Resolve a public name to a file; None for anything outside the folders that are meant to be read."""
    if name == "plotly.min.js":
        return _plotly_js()
    slug = name.removeprefix("rooms/").partition("/")[0]
    for prefix, folder in ((f"rooms/{slug}/", ROOMS / slug / "static"), ("clips/", CLIPS), ("", STATIC)):
        if name.startswith(prefix):
            try:
                path = (folder / name.removeprefix(prefix)).resolve()
                if path.is_file() and folder.resolve() in path.parents:
                    return path
            except (OSError, ValueError):  # no name that a file can have: too long, with NUL
                continue
    return None


@lru_cache(maxsize=1)
def version() -> str:
    """Return a short hash of the browser files: it is part of their address, so a new release is never stale."""
    digest = hashlib.sha256(str(_plotly_js().stat().st_size).encode())
    folders = (STATIC.rglob("*"), CLIPS.glob("*"), ROOMS.glob("*/static/**/*"))
    for path in sorted(path for folder in folders for path in folder if path.is_file()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def url(name: str, room: str = "") -> str:
    """Return the address of a browser file, the house's or a room's own, relative to any page of the app."""
    return f"{PREFIX}/{version()}/{f'rooms/{room}/' if room else ''}{name}"


async def _serve(request: Request) -> Response:
    path = _file(request.path_params["name"])
    if path is None:
        return Response("There is no such file.", status_code=404, media_type="text/plain")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    if path.suffix not in COMPRESSIBLE:
        return FileResponse(path, headers=headers)  # with range requests: without them no browser seeks in a sound
    compress = "gzip" in request.headers.get("accept-encoding", "")
    body = _read(path, path.stat().st_mtime_ns, compress)
    headers |= {"Vary": "Accept-Encoding", **({"Content-Encoding": "gzip"} if compress else {})}
    return Response(body, media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream", headers=headers)


def routes() -> list[Route]:
    """Return the routes to put in front of Gradio's own (``launch(app_kwargs={"routes": routes()})``)."""
    return [Route(f"/{PREFIX}/{{version}}/{{name:path}}", _serve, methods=["GET", "HEAD"])]


def module_loader(script: str, body: str, room: str = "") -> str:
    """Return a ``js_on_load`` that imports one of our ES modules, or a room's own, as ``lab`` and runs ``body``.

    Modules are singletons in a page, so all figures and players share one clock and one plotly.js.
    """
    return f"""{NEWEST}
const root = (window.gradio_config?.root || new URL('.', location.href).href).replace(/\\/?$/, '/');
import(new URL('{url(script, room)}', root)).then((lab) => {{ {body} }});
"""
