"""A coroutine's answer, for tests that aren't coroutines themselves."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def awaited(work: Coroutine) -> Any:
    """Run a coroutine in a thread of its own and return what it returns.

    `asyncio.run` in the tests' own thread fails after any test in a browser: Playwright leaves a running loop there,
    and which tests share a thread is up to chance.
    """
    with ThreadPoolExecutor(1) as other:
        return other.submit(asyncio.run, work).result()
