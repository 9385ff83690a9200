"""CRLs and OCSP responses met before, by the CA they speak for: on disk, and in this process."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from sigcheck.errors import TrustError
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust.crl import Crl, parse_crl
from sigcheck.evidence.trust.ocsp import Ocsp, parse_ocsp
from sigcheck.evidence.trust.revocation import RevocationSources

STATUS = "status"
MAX_LISTS_OF_ONE_CA = 64
MAX_FILE = 64 * 1024 * 1024
MAX_IN_MEMORY = 512
"""Lists and responses a cache without a folder, or one process, keeps parsed."""
_HEX = 32


class _Kept(NamedTuple):
    """A statement as it was parsed, and the state of the file it came from."""

    state: tuple[int, int]
    statement: Crl | Ocsp


class StatusCache:
    """What the CAs of a path are known to have said; without a folder it lives in memory alone."""

    def __init__(self, folder: Path | None = None) -> None:
        """Take the folder of the user's cache, if there is one."""
        self.folder = folder
        self._kept: dict[str, _Kept] = {}
        self._loose: dict[str, Crl | Ocsp] = {}
        """Statements that no file holds, because there is no folder or it can't be written."""

    def sources(self, chain: Sequence[Certificate]) -> RevocationSources:
        """Return what is kept on the certificates of a path, each followed by its issuer."""
        crls: dict[str, Crl] = {}
        ocsps: dict[str, Ocsp] = {}
        for certificate, issuer in pairwise(chain):
            for found in self._about(certificate, issuer):
                if isinstance(found, Crl):
                    crls[found.sha256] = found
                else:
                    ocsps[found.sha256] = found
        return RevocationSources(tuple(crls.values()), tuple(ocsps.values()))

    def newest_lists(self, issuer: Certificate) -> list[Crl]:
        """Return the newest list of each address of a CA."""
        names = _by_address(self._lists(_key(issuer.spki))).values()
        found = (self._read(newest) for newest, *_ in names)
        return [crl for crl in found if isinstance(crl, Crl)]

    def unreadable(self) -> list[str]:
        """Return the files that hold no list or response; they are as if they weren't there."""
        if self.folder is None:
            return []
        root = self.folder / STATUS
        files = sorted(p for p in root.rglob("*") if p.suffix in {".crl", ".ors"})
        names = (path.relative_to(root).as_posix() for path in files)
        return [name for name in names if self._read(name) is None]

    def keep_crl(self, issuer: Certificate, url: str, crl: Crl) -> bool:
        """Keep an authentic list from an address; return whether it is the newest from there."""
        stem = f"{_key(issuer.spki)}/{_key(url.encode())}"
        newest = max((n for n in self._lists(_key(issuer.spki)) if n.startswith(stem)), default="")
        name = f"{stem}-{crl.this_update:%Y%m}00.crl"
        return name >= newest and self._keep(name, crl, crl.this_update)

    def import_crl(self, issuer: Certificate, source: str, crl: Crl) -> bool:
        """Keep an authentic list somebody chose to keep, however old; return whether it is new."""
        day = f"{crl.this_update:%Y%m%d}"
        name = f"{_key(issuer.spki)}/{_key(source.encode())}-{day}.crl"
        return self._keep(name, crl, crl.this_update)

    def keep_ocsp(self, certificate: Certificate, issuer: Certificate, response: Ocsp) -> bool:
        """Keep an authentic response; return whether it was newer than what there was."""
        late = "-after" if response.produced_at > certificate.not_after else ""
        name = f"{_key(issuer.spki)}/{_serial(certificate)}{late}.ors"
        return self._keep(name, response, response.produced_at)

    def _about(self, certificate: Certificate, issuer: Certificate) -> Iterator[Crl | Ocsp]:
        folder = _key(issuer.spki)
        names = _speaking(self._lists(folder), certificate.not_after)[:MAX_LISTS_OF_ONE_CA]
        responses = (f"{folder}/{_serial(certificate)}{late}.ors" for late in ("", "-after"))
        for name in (*names, *responses):
            if (found := self._read(name)) is not None:
                yield found

    def _lists(self, folder: str) -> Iterable[str]:
        loose = {n for n in [*self._loose] if n.startswith(f"{folder}/") and n.endswith(".crl")}
        if self.folder is None:
            return loose
        try:
            found = os.listdir(self.folder / STATUS / folder)
        except OSError:
            return loose
        return loose | {f"{folder}/{name}" for name in found if name.endswith(".crl")}

    def _read(self, name: str) -> Crl | Ocsp | None:
        """Return a statement; one that is gone or can't be read is as if it weren't there."""
        if name in self._loose or self.folder is None:
            return self._loose.get(name)
        kept = self._kept.get(name)
        path = self.folder / STATUS / name
        try:
            state = _state(path)
            if kept and kept.state == state:
                return kept.statement
            data = path.read_bytes() if state[1] <= MAX_FILE else b""
        except OSError:
            return None
        parse = parse_crl if name.endswith(".crl") else parse_ocsp
        found = parse(data, "cache")
        if found is not None:
            self._remember(name, _Kept(state, found))
        return found

    def _keep(self, name: str, new: Crl | Ocsp, moment: datetime) -> bool:
        if self.folder is not None:
            try:
                return self._write(self.folder, name, new, moment)
            except TrustError:
                pass  # a full disk or a folder of somebody else's costs the next download, no more
        if not self._is_newer(name, moment):
            return False
        if len(self._loose) >= MAX_IN_MEMORY:
            self._loose = {}
        self._loose[name] = new
        return True

    def _write(self, folder: Path, name: str, new: Crl | Ocsp, moment: datetime) -> bool:
        from sigcheck.config.store import locked, write_whole

        path = folder / STATUS / name
        with locked(folder):
            if not self._is_newer(name, moment):
                return False
            write_whole(path, new.data)
            self._remember(name, _Kept(_state(path), new))
            return True

    def _is_newer(self, name: str, moment: datetime) -> bool:
        old = self._read(name)
        return old is None or _moment(old) < moment

    def _remember(self, name: str, kept: _Kept) -> None:
        if len(self._kept) >= MAX_IN_MEMORY:
            self._kept = {}  # a new one: other threads may be looking into the old
        self._kept[name] = kept


_CACHES: dict[str, StatusCache] = {}


def cache_of(folder: str) -> StatusCache | None:
    """Return the cache in a folder, the same one each time in a process; None for no folder."""
    if not folder:
        return None
    return _CACHES.setdefault(folder, StatusCache(Path(folder)))


def _speaking(names: Iterable[str], expiry: datetime) -> list[str]:
    """Return of each address the newest list, and the two newest from before an expiry.

    Two, because the list kept for the month of the expiry may be from after it.
    """
    end = f"{expiry:%Y%m%d}.crl"
    chosen: list[str] = []
    for newest, *older in _by_address(names).values():
        before = [n for n in (newest, *older) if n.rpartition("-")[2] <= end]
        chosen += dict.fromkeys((newest, *before[:2]))
    return chosen


def _by_address(names: Iterable[str]) -> dict[str, list[str]]:
    """Return the lists of each address, the newest first."""
    found: dict[str, list[str]] = {}
    for name in sorted(names, reverse=True):
        found.setdefault(name.rpartition("-")[0], []).append(name)
    return found


def _moment(statement: Crl | Ocsp) -> datetime:
    return statement.this_update if isinstance(statement, Crl) else statement.produced_at


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def _key(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_HEX]


def _serial(certificate: Certificate) -> str:
    return _key(f"{certificate.serial:x}".encode())
