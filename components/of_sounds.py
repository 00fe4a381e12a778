"""What rooms keep of sounds for a while: a few results, which go with the sound that they were made of."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from .audio_input import on_forget

T = TypeVar("T")


class OfSounds(Generic[T]):
    """At most `most` results of all visitors together; the one that was asked for longest ago goes first.

    A visitor's own sound has a path that only that visitor knows, so nobody meets another's results; when it is
    forgotten, they are dropped. Safe for threads.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, Hashable], T] = OrderedDict()
        on_forget(self.drop)

    def get(self, path: str, key: Hashable) -> T | None:
        """Return what is kept of the sound at `path` under `key`, or None."""
        with self._lock:
            found = self._kept.get((path, key))
            if found is not None:
                self._kept.move_to_end((path, key))
            return found

    def put(self, path: str, key: Hashable, value: T) -> T:
        """Keep a result and return it."""
        with self._lock:
            self._kept[path, key] = value
            self._kept.move_to_end((path, key))
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return value

    def drop(self, path: str) -> None:
        """Forget everything that was made of the sound at `path`."""
        with self._lock:
            for kept in [kept for kept in self._kept if kept[0] == path]:
                del self._kept[kept]

    def count(self, path: str) -> int:
        """Return how many results are kept of the sound at `path`."""
        with self._lock:
            return sum(kept[0] == path for kept in self._kept)

    def keys(self) -> list[tuple[str, Hashable]]:
        """Return path and key of everything that is kept, the one asked for longest ago first."""
        with self._lock:
            return list(self._kept)
