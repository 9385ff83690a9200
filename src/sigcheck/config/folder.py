"""A `--trust` or `--crl` path becomes certificates, CRLs, OCSP responses and anchor lists."""

from __future__ import annotations

import os
from collections.abc import Iterator

from msgspec import Struct, field

from sigcheck.config.der import DerError
from sigcheck.config.materials import Item, items
from sigcheck.config.pins import Pin, read_pins
from sigcheck.errors import TrustError

MIB = 1024 * 1024
MAX_FILE_SIZE = 64 * MIB
"""Bytes of one certificate file or CRL; the largest real CRL met has 2 MiB."""
MAX_TOTAL_SIZE = 512 * MIB
MAX_FILES = 20_000
MAX_DEPTH = 16
"""Folders in folders."""
_PEEK = 1024

ANCHORS_FILE = "anchors.toml"
_TYPED = frozenset(
    {".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".crl", ".ocsp", ".ors", ".ocspresponse"}
)
"""Names that promise certificates, CRLs or responses: breaking the promise is an error."""
_OTHER = frozenset({".key", ".p12", ".pfx", ".pdf", ".json", ".toml", ".tsv", ".md", ".txt", ".py"})
"""Passed over inside a folder without being opened."""


class Found(Struct, frozen=True):
    """One item, the file it came from, and the anchor list that speaks for that file."""

    item: Item
    file: str
    pins: tuple[Pin, ...] | None
    """None where no anchors.toml stands beside or above the file."""


class _Walk(Struct):
    """What a search has cost so far."""

    files: int = 0
    size: int = 0
    lists: list[Pin] = field(default_factory=list)


def search(path: str | os.PathLike[str]) -> tuple[list[Found], list[Pin]]:
    """Return every item under a file or folder, and the pins of the anchor lists met.

    Raises TrustError naming the file that is missing, too large or broken.
    """
    walk, name = _Walk(), _tidy(os.fspath(path))
    if os.path.isdir(name):
        return list(_folder(name, walk, None, 0)), walk.lists
    if not os.path.isfile(name):
        raise TrustError(f"{name}: no such file or folder")
    if os.path.basename(name) == ANCHORS_FILE:
        return [], list(read_pins(name))
    found = list(_file(name, walk, None))
    if not found:
        raise TrustError(f"{name}: holds no certificate, CRL or OCSP response")
    return found, walk.lists


def _tidy(path: str) -> str:
    """Return a path as `pathlib` writes it, since its name is told: without `./` and `//`."""
    if os.sep != "/":
        from pathlib import Path

        return str(Path(path))
    root = path[: len(path) - len(path.lstrip("/"))]
    kept = "/".join(part for part in path.split("/") if part not in ("", "."))
    return (root if root == "//" else root[:1]) + kept or "."


def _folder(folder: str, walk: _Walk, pins: tuple[Pin, ...] | None, depth: int) -> Iterator[Found]:
    if depth > MAX_DEPTH:
        raise TrustError(f"{folder}: folders nest deeper than {MAX_DEPTH}")
    entries = _entries(folder)
    if any(entry.name == ANCHORS_FILE for entry in entries):
        pins = read_pins(_tidy(os.path.join(folder, ANCHORS_FILE)))
        walk.lists.extend(pins)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _folder(_tidy(entry.path), walk, pins, depth + 1)
        elif entry.is_file():
            yield from _folder_file(entry.path, walk, pins)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError as problem:
        raise TrustError(f"{folder}: {problem.strerror}") from problem


def _folder_file(path: str, walk: _Walk, pins: tuple[Pin, ...] | None) -> Iterator[Found]:
    """Read a file of a folder; what isn't a certificate file by name or content is passed over."""
    walk.files += 1
    if walk.files > MAX_FILES:
        raise TrustError(f"{path}: more than {MAX_FILES} files")
    suffix = os.path.splitext(path)[1].lower()
    if suffix in _OTHER:
        return
    if suffix in _TYPED or _promising(path):
        yield from _file(path, walk, pins)


def _promising(path: str) -> bool:
    """Look at the first bytes of a file whose name says nothing."""
    try:
        with open(path, "rb") as stream:
            head = stream.read(_PEEK)
    except OSError:
        return False
    return b"-----BEGIN " in head or head[:2] in (b"\x30\x80", b"\x30\x82", b"\x30\x83")


def _content(path: str) -> bytes:
    """Return a file's bytes, one more than allowed where there are more; raises OSError.

    A stream would make room for the largest file allowed each time it is asked for one.
    """
    opened = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        room = min(os.fstat(opened).st_size, MAX_FILE_SIZE) + 1
        data = part = os.read(opened, room)
        while part and len(data) <= MAX_FILE_SIZE:
            part = os.read(opened, room)
            data += part
        return data
    finally:
        os.close(opened)


def _file(path: str, walk: _Walk, pins: tuple[Pin, ...] | None) -> Iterator[Found]:
    try:
        data = _content(path)
    except OSError as problem:
        raise TrustError(f"{path}: {problem.strerror}") from problem
    walk.size += len(data)
    if len(data) > MAX_FILE_SIZE or walk.size > MAX_TOTAL_SIZE:
        raise TrustError(f"{path}: certificates and lists are larger than {len(data) // MIB} MiB")
    try:
        for item in items(data):
            yield Found(item, path, pins)
    except DerError as problem:
        raise TrustError(f"{path}: {problem}") from problem
