"""The trust of the service: what it rests on, how fresh it is, and whether its files changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from sigcheck.config import TrustStore
from sigcheck.config.store import UserStore
from sigcheck.evidence.trust.crl import Crl, parse_crl
from sigcheck.evidence.trust.downloads import lists_at_hand
from sigcheck.log import WARNING, log
from sigcheck.service.settings import Settings

_MOST_FILES = 20_000
"""Files that are looked at for a change; a trust store has a few hundred."""


class LoadedTrust(Struct, frozen=True):
    """A trust store as it was read, and the revocation lists it can use."""

    store: TrustStore
    lists: tuple[Crl, ...]


def load(settings: Settings) -> LoadedTrust:
    """Read the trust store; raises TrustError naming the file that cannot be used."""
    folder = Path(settings.store) if settings.store else None
    store = UserStore(folder) if folder else None
    trust = TrustStore.load(settings.trust, crls=settings.crls, store=store)
    for problem in trust.damaged:
        log(WARNING, "passed over, for it is damaged: %s", problem)
    given = (parse_crl(crl.data, crl.name) for crl in trust.crls)
    fetched = [crl for _, crl in lists_at_hand(trust)] if store else []
    return LoadedTrust(trust, (*filter(None, given), *fetched))


State = tuple[tuple[str, int, int, int], ...]
"""Path, inode, size and time of every file the trust is made of."""


def state_of_files(settings: Settings) -> State:
    """Return what differs as soon as a file of the trust is added, written or removed."""
    roots = [*settings.trust, *settings.crls, *([settings.store] if settings.store else [])]
    found: list[tuple[str, int, int, int]] = []
    for path in _files(roots):
        try:
            state = os.stat(path)
        except OSError:
            continue
        found.append((path, state.st_ino, state.st_size, state.st_mtime_ns))
        if len(found) >= _MOST_FILES:
            break
    return tuple(sorted(found))


def _files(roots: list[str]) -> Iterator[str]:
    for root in roots:
        if not os.path.isdir(root):
            yield root
        for base, _, names in os.walk(root):
            # Locks and unfinished writes begin with a dot.
            yield from (os.path.join(base, name) for name in names if not name.startswith("."))
