"""Speech Lab: `python app.py` opens the lab on http://127.0.0.1:7860 (HOST and PORT change that)."""

from __future__ import annotations

import os
from functools import partial

# Before Gradio is imported: nothing about visitors leaves the machine.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")  # nor is what they did counted up again after each event
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", "1000000000")

from starlette.middleware import Middleware

from components import audio_input, find, glossary, guard, home, programs, serving, static_files, theme, uploads
from components.navigation import navigation
from components.on_demand import Lab, OnDemand
from components.warm_up import WarmUpMiddleware
from spaces import MAP_ROWS, Space, discover, lesson_of

MAX_UPLOAD = "512mb"  # the same limit as algorithms.sound.io.MAX_BYTES, where the visitor meets it first


def create_app(rooms: dict[str, Space] | None = None) -> Lab:
    """Build the app: the home page, and an address for each room (by default all of ``spaces/``), drawn on demand."""
    rooms = discover() if rooms is None else rooms

    def draw(slug: str) -> None:
        navigation(rooms, slug)
        rooms[slug].build()
        programs.register(rooms[slug].programs)

    options = {"analytics_enabled": False, "delete_cache": (600, audio_input.KEEP_S)}
    with Lab(title="Speech Lab", page_css=theme.room_css, **options) as lab:
        navigation(rooms, "")
        home.home(rooms, MAP_ROWS)
    # One queue for all: a visitor beyond its end is told so instead of waiting for ever.
    lab.queue(max_size=64, default_concurrency_limit=4)
    for slug, room in rooms.items():
        lab.room(slug, room.title, partial(draw, slug), programs=bool(room.programs))
    return lab


def launch_options(rooms: dict[str, Space] | None = None) -> dict:
    """Return what ``demo.launch`` needs for looks, limits, privacy, and what rooms (by default all) bring."""
    rooms = discover() if rooms is None else rooms
    routes = [find.route(rooms, lesson_of), glossary.route(rooms), *static_files.routes()]
    routes += [route for room in rooms.values() for route in room.routes]
    warm_ups = {slug: room.warm_up for slug, room in rooms.items() if room.warm_up is not None}
    middleware = [Middleware(guard.Guard), Middleware(uploads.DiskFull), Middleware(OnDemand)]
    middleware.append(Middleware(WarmUpMiddleware, rooms=warm_ups))
    return {
        "theme": theme.theme(),
        "css": theme.css(),
        "head": theme.head(),
        "favicon_path": str(static_files.STATIC / "favicon.png"),
        "app_kwargs": {"routes": routes, "middleware": middleware},
        "max_file_size": MAX_UPLOAD,
        "footer_links": [],
        "run_history": False,
        "ssr_mode": False,
        "show_error": False,
    }


def main() -> None:
    """Start the server and print its address."""
    serving.serve(create_app, launch_options)


if __name__ == "__main__":
    main()
