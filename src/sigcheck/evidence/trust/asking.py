"""Asking one address at a time, with a memory of what failed and a budget of time."""

from __future__ import annotations

import time
from collections.abc import Callable

from sigcheck.errors import FetchError
from sigcheck.fetch import Fetcher

RETRY_AFTER = 300.0
"""Seconds during which an address isn't asked the same again, whatever came of it."""
MAX_REMEMBERED = 10_000
BUDGET = 60.0
"""Seconds of network for one document."""
MAX_QUESTIONS = 40
"""Addresses asked for one document, whose certificates choose them."""


def body_at(url: str, fetch: Fetcher) -> bytes:
    """Return what is at an address, over http where https fails; raises FetchError.

    NOTE: rootca.gov.vn sends a wrong intermediate over https. What comes back is compared with a
    fingerprint or verified by signature, so the plain way is no weaker (RFC 5280, section 8).
    """
    try:
        return fetch.get(url)
    except FetchError:
        if not url.startswith("https://"):
            raise
        return fetch.get(f"http://{url.removeprefix('https://')}")


class Asking:
    """A fetcher that is asked each thing once in a while, and not for ever."""

    def __init__(self, fetch: Fetcher, asked: dict[tuple[str, str], float]) -> None:
        """Begin a document: its own time and number of questions, a common memory of addresses."""
        self._fetch = fetch
        self._asked = asked
        self._until = time.monotonic() + BUDGET
        self._questions = 0

    def get(self, url: str, about: str = "") -> bytes | None:
        """Return a body, None when it was refused, failed, or asked for a short while ago."""
        return self._once(url, about, lambda: body_at(url, self._fetch))

    def post(self, url: str, body: bytes, content_type: str, about: str) -> bytes | None:
        """Return the answer on `about`, None as in `get`."""
        return self._once(url, about, lambda: self._fetch.post(url, body, content_type))

    def _once(self, url: str, about: str, ask: Callable[[], bytes]) -> bytes | None:
        now = time.monotonic()
        asked = self._asked.get((url, about))
        is_recent = asked is not None and now - asked < RETRY_AFTER
        if is_recent or now > self._until or self._questions >= MAX_QUESTIONS:
            return None
        self._questions += 1
        if len(self._asked) >= MAX_REMEMBERED:
            self._asked.clear()
        self._asked[url, about] = now
        try:
            return ask()
        except FetchError:
            # What is missing stays missing: the finding says so, and names the address.
            return None
