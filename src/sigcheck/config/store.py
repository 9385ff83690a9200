"""The user's trust store: certificates by fingerprint, the anchors they stated, cached lists.

    <folder>/certificates/<sha256>.der    what `trust import` and `trust fetch` admitted
    <folder>/anchors.toml                 what the user states with `--as`, beside our own pins
    <folder>/network.toml                 proxy, allowed hosts and limits for `--online`
    <folder>/cache/                       CRLs, OCSP responses and CAs met online (`evidence.trust`)

Nothing here is trusted for being here: an anchor is a fingerprint in our list or in anchors.toml,
and a file whose bytes don't have the fingerprint of its name is reported, never passed over.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from sigcheck.config.folder import ANCHORS_FILE, MAX_FILES, Found
from sigcheck.config.materials import Item, Kind
from sigcheck.config.pins import Pin, read_pins
from sigcheck.errors import TrustError
from sigcheck.model.evidence import Tier

CERTIFICATES = "certificates"
CACHE = "cache"
ISSUERS = "issuers"
MAX_CERTIFICATE = 64 * 1024
_NAME = re.compile(r"[0-9a-f]{64}\Z")
_HEADER = """\
# Anchors stated by the user of this trust store with `sigcheck trust import --as TIER`.
# Written by sigcheck; sigcheck's own list always holds, whatever stands here.

format = 1
"""


class Stated(Struct, frozen=True):
    """An anchor the user vouches for."""

    sha256: str
    subject: str
    tier: Tier
    source: str

    def row(self) -> str:
        """Return the entry as it stands in anchors.toml."""
        fields = {
            "role": "anchor",
            "sha256": self.sha256,
            "subject": self.subject,
            "tier": self.tier.value,
            "source": self.source,
        }
        lines = (f"{key} = {_quoted(value)}" for key, value in fields.items())
        return "\n".join(("\n[[anchor]]", *lines, ""))


class UserStore(Struct, frozen=True):
    """A folder of certificates; reading takes no lock, each change takes it."""

    folder: Path

    @property
    def cache(self) -> Path:
        """Where CRLs, OCSP responses and CAs met online are kept."""
        return self.folder / CACHE

    @property
    def anchors_file(self) -> Path:
        """The list of anchors the user stated."""
        return self.folder / ANCHORS_FILE

    def pins(self) -> tuple[Pin, ...]:
        """Return the stated anchors; raises TrustError when the list can't be read."""
        return read_pins(self.anchors_file) if self.anchors_file.exists() else ()

    def found(self) -> list[Found]:
        """Return the certificates, those met online included; raises TrustError for a broken file.

        None is an anchor for being self-signed: a list speaks for every file here.
        """
        pins = self.pins()
        files = [*self._files(CERTIFICATES), *self._files(f"{CACHE}/{ISSUERS}")]
        return [Found(Item(Kind.CERTIFICATE, _read(p)), str(p), pins) for p in files]

    def damaged(self) -> list[TrustError]:
        """Return what can't be used, file by file, for `trust verify`."""
        problems: list[TrustError] = []
        for path in (*self._files(CERTIFICATES), *self._files(f"{CACHE}/{ISSUERS}")):
            try:
                _read(path)
            except TrustError as problem:
                problems.append(problem)
        try:
            self.pins()
        except TrustError as problem:
            problems.append(problem)
        return problems

    def path_of(self, sha256: str) -> Path:
        """Return where a certificate of the store is, or would be."""
        return self.folder / CERTIFICATES / f"{sha256}.der"

    def add(self, ders: Iterable[bytes], stated: Iterable[Stated] = ()) -> None:
        """Put certificates and stated anchors in; raises TrustError."""
        from sigcheck.config.store_files import locked, write_whole

        stated = tuple(stated)
        with locked(self.folder):
            kept = {pin.sha256: pin for pin in self.pins()}  # a broken list is never written over
            for der in ders:
                write_whole(self.path_of(hashlib.sha256(der).hexdigest()), der)
            rows = {sha256: _stated(pin) for sha256, pin in kept.items()}
            rows |= {one.sha256: one for one in stated}
            if rows.keys() != kept.keys() or stated:
                self._write_list(rows.values())

    def remove(self, sha256: str) -> bool:
        """Take a certificate out, and its entry among the stated anchors; raises TrustError.

        Returns whether there was one.
        """
        from sigcheck.config.store_files import locked

        with locked(self.folder):
            kept = self.pins()
            paths = [self.path_of(sha256), self.cache / ISSUERS / f"{sha256}.der"]
            there = [path for path in paths if path.exists()]
            for path in there:
                _unlink(path)
            rest = [_stated(pin) for pin in kept if pin.sha256 != sha256]
            if len(rest) < len(kept):
                self._write_list(rest)
            return bool(there) or len(rest) < len(kept)

    def empty_cache(self) -> int:
        """Delete lists, responses and CAs met online; return how many. Raises TrustError."""
        from sigcheck.config.store_files import locked

        with locked(self.cache):
            files = [p for p in self.cache.rglob("*") if p.suffix in {".crl", ".ors", ".der"}]
            for path in files:
                _unlink(path)
        return len(files)

    def _write_list(self, rows: Iterable[Stated]) -> None:
        from sigcheck.config.store_files import write_whole

        text = _HEADER + "".join(row.row() for row in rows)
        write_whole(self.anchors_file, text.encode("utf-8"))

    def _files(self, below: str) -> Iterator[Path]:
        folder = self.folder / below
        try:
            names = sorted(folder.iterdir()) if folder.is_dir() else []
        except OSError as problem:
            raise TrustError(f"{folder}: {problem.strerror}", code="STORE-BROKEN") from problem
        if len(names) > MAX_FILES:
            raise TrustError(f"{folder}: more than {MAX_FILES} files", code="STORE-BROKEN")
        # Other names are unfinished writes of a process that died, or somebody's notes.
        return (path for path in names if path.suffix == ".der" and not path.name.startswith("."))


def _read(path: Path) -> bytes:
    """Return a certificate whose bytes have the fingerprint of its name."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_CERTIFICATE + 1)
    except OSError as problem:
        raise TrustError(f"{path}: {problem.strerror}", code="STORE-BROKEN") from problem
    if not _NAME.match(path.stem) or hashlib.sha256(data).hexdigest() != path.stem:
        raise TrustError(str(path), code="STORE-BROKEN")
    return data


def _unlink(path: Path) -> None:
    try:
        path.unlink()
    except OSError as problem:
        raise TrustError(f"{path}: {problem.strerror}", code="STORE-NOT-WRITABLE") from problem


def _stated(pin: Pin) -> Stated:
    return Stated(pin.sha256, pin.subject, pin.tier, pin.source)


def _quoted(value: str) -> str:
    """Return a TOML basic string (TOML 1.0): names come out of certificates."""
    import json

    clean = value.encode("utf-8", "replace").decode("utf-8")
    # JSON's escapes are TOML's, which wants DEL escaped as well.
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")
