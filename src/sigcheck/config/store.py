"""The user's trust store: certificates by fingerprint, the anchors they stated, cached lists."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.config.materials import ANCHORS_FILE, MAX_FILES, FoundMaterial, Item, MaterialKind
from sigcheck.config.pins import Pin, read_pins
from sigcheck.errors import TrustError, UsageError
from sigcheck.fetch import FetchSettings
from sigcheck.model.evidence import Tier

VARIABLE = "SIGCHECK_HOME"


def store_folder(
    environment: Mapping[str, str], asked: str | None = None, platform: str = sys.platform
) -> Path:
    r"""Return the folder: `--store`, then `SIGCHECK_HOME`, then the platform's own.

    Windows: `%LOCALAPPDATA%\sigcheck`; macOS: `~/Library/Application Support/sigcheck`; elsewhere
    `$XDG_DATA_HOME/sigcheck` or `~/.local/share/sigcheck` (XDG Base Directory Specification).
    """
    if chosen := asked or environment.get(VARIABLE):
        return Path(chosen).expanduser()
    home = Path.home()
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / "sigcheck"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "sigcheck"
    data = Path(environment.get("XDG_DATA_HOME") or "")
    # The specification has relative paths ignored.
    return (data if data.is_absolute() else home / ".local" / "share") / "sigcheck"


# --- Files that appear whole or not at all, and a lock between processes

LOCK_SECONDS = 20.0
"""How long one writer waits for another."""
_PAUSE = 0.02

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that readers see the old one or the new one; raises TrustError."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _sync_folder(path.parent)
    except OSError as problem:
        raise TrustError(f"{path}: {problem.strerror}", code="STORE-NOT-WRITABLE") from problem
    finally:
        with suppress(OSError):
            partial.unlink()


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where the system can."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; raises TrustError when somebody else holds it too long.

    The system lets go of it when a process dies, so no stale lock is ever left.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".lock").open("ab")
    except OSError as problem:
        raise TrustError(f"{folder}: {problem.strerror}", code="STORE-NOT-WRITABLE") from problem
    with file:  # closing lets go
        _wait(file.fileno(), folder)
        yield


def _wait(descriptor: int, folder: Path) -> None:
    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            _try_lock(descriptor)
        except OSError as problem:
            if time.monotonic() > end:
                raise TrustError(str(folder), code="STORE-LOCKED") from problem
            time.sleep(_PAUSE)
        else:
            return


# --- `network.toml` of the user's store: proxy, hosts that may be asked, limits for `--online`

NETWORK_FILE = "network.toml"
_KINDS: Mapping[str, tuple[type, ...]] = {
    "proxy": (str,),
    "allow": (list,),
    "timeout": (int, float),
    "max_size": (int,),
    "max_redirects": (int,),
}


def network_settings(folder: Path) -> FetchSettings:
    """Return the settings of a store; the defaults where it has none.

    Raises UsageError naming what is wrong with the file.
    """
    path = folder / NETWORK_FILE
    if not path.exists():
        return FetchSettings()
    import tomllib

    try:
        table = tomllib.loads(path.read_text("utf-8"))
        return _settings(table)
    except (OSError, ValueError, TypeError, RecursionError) as problem:
        raise UsageError(f"{path}: {problem}", code="NETWORK-INVALID") from problem


def _settings(table: Mapping[str, Any]) -> FetchSettings:
    for key, value in table.items():
        if key not in _KINDS:
            raise ValueError(f"{key}: unknown; there are {', '.join(_KINDS)}")
        is_right = isinstance(value, _KINDS[key]) and not isinstance(value, bool)
        if not is_right or (isinstance(value, int | float) and value <= 0):
            raise TypeError(f"{key}: not a fit value")
    if table.get("proxy") and not table["proxy"].startswith("http://"):
        raise ValueError("proxy: an address that begins with http://")
    hosts = table.get("allow", [])
    if not all(isinstance(host, str) and host for host in hosts):
        raise TypeError("allow: a list of host names")
    return replace(FetchSettings(), **{**table, "allow": tuple(hosts)})


# --- The user's trust store: certificates by fingerprint, the anchors they stated, cached lists

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

    def found(self, damaged: list[TrustError] | None = None) -> list[FoundMaterial]:
        """Return the certificates, those met online included.

        None is an anchor for being self-signed: a list speaks for every file here. A broken file
        of the cache is passed over, and noted in `damaged`: it can be fetched again.

        Raises:
            TrustError: for a broken file that the user put in.
        """
        pins = self.pins()
        files = [(path, _read(path)) for path in self._files(CERTIFICATES)]
        for path in self._files(f"{CACHE}/{ISSUERS}"):
            try:
                files.append((path, _read(path)))
            except TrustError as problem:
                if damaged is not None:
                    damaged.append(problem)
        return [
            FoundMaterial(Item(MaterialKind.CERTIFICATE, data), str(path), pins)
            for path, data in files
        ]

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
        with locked(self.cache):
            files = [p for p in self.cache.rglob("*") if p.suffix in {".crl", ".ors", ".der"}]
            for path in files:
                _unlink(path)
        return len(files)

    def _write_list(self, rows: Iterable[Stated]) -> None:
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
