"""A BagIt bag in a zip: the container of an evidence package (RFC 8493)."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

from msgspec import Struct, field
from msgspec.structs import replace

from sigcheck.errors import LimitExceededError, PackageError, UnreadableError
from sigcheck.model.policy import Limits
from sigcheck.sources import read_file

EVIDENCE, POLICY, INFO = "evidence.json", "policy.json", "package.json"
"""What was seen, how it was weighed, and the circumstances."""
REPORT, XML, PREMIS = "report.json", "report.xml", "premis.xml"
"""What follows from those three."""
DOCUMENT = "document.pdf"
ALWAYS = frozenset({EVIDENCE, POLICY, INFO, REPORT, XML, PREMIS})


# --- the container

MAX_FILES = 20_000
"""Files in one bag; the evidence of a document has some dozens."""
MAX_SIZE = 1024 * 1024 * 1024
_LIMITS = Limits(max_file_size=MAX_SIZE)
"""Bytes of all files of a bag together."""
MANIFEST, TAGS, DECLARATION = "manifest-sha256.txt", "tagmanifest-sha256.txt", "bagit.txt"
STAMP = "manifest.tst"
"""RFC 3161 token over the manifest, where there is one."""

_BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip can tell: the files have no time of their own."""
_PLAIN_FILE = 0o100644 << 16
_UNIX = 3
_LINE = re.compile(r"([0-9a-f]{64})[ \t]+\*?([^ \t].*)")
_NAME = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")


class Bag(Struct, frozen=True):
    """Payload and tag files by their path inside the bag."""

    payload: Mapping[str, bytes]
    """Below `data/`, that prefix left out."""
    tags: Mapping[str, bytes] = field(default_factory=dict)
    """Tag files of our own, such as `bag-info.txt` and `manifest.tst`."""
    repacked: bool = False
    """Read from a zip that isn't, byte for byte, the one we would write: somebody else's zip of
    the same files, or a later Python's."""

    @property
    def oxum(self) -> str:
        """Return the payload's size in bytes and files, as `Payload-Oxum` has it."""
        return f"{sum(map(len, self.payload.values()))}.{len(self.payload)}"

    def manifest(self) -> bytes:
        """Return `manifest-sha256.txt`: what a time-stamp of the package stamps."""
        return _listing({f"data/{name}": data for name, data in self.payload.items()})


def zipped(bag: Bag, name: str) -> bytes:
    """Return the bag as a zip with one folder of that name; nothing in it is compressed."""
    files = _files(bag)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"{name}/{path}", _EPOCH)
            entry.create_system = _UNIX
            entry.external_attr = _PLAIN_FILE
            archive.writestr(entry, files[path])
    return target.getvalue()


def read_bag(source: Path | bytes) -> Bag:
    """Return the bag of a zip, its bytes, or a folder, every file held against the manifests.

    Raises:
        PackageError: for a bag that is damaged, altered, or none (PACKAGE-ALTERED), and for a file
            that isn't there (PACKAGE-NOT-FOUND).
    """
    if isinstance(source, Path) and source.is_dir():
        return _checked(_of_folder(source))
    try:
        data = source if isinstance(source, bytes) else read_file(source, _LIMITS)[1]
    except LimitExceededError as problem:
        raise PackageError("larger than a package may be") from problem
    except UnreadableError as problem:
        raise PackageError(str(source), code="PACKAGE-NOT-FOUND") from problem
    bag = _checked(_of_zip(data))
    return replace(bag, repacked=zipped(bag, _top(data)) != data)


def _top(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.namelist()[0].partition("/")[0]


# --- writing --------------------------------------------------------------------------------------


def _files(bag: Bag) -> dict[str, bytes]:
    tags = {**bag.tags, DECLARATION: _BAGIT, MANIFEST: bag.manifest()}
    payload = {f"data/{name}": data for name, data in bag.payload.items()}
    return {**payload, **tags, TAGS: _listing(tags)}


def _listing(files: Mapping[str, bytes]) -> bytes:
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "".join(lines).encode("utf-8")


# --- reading --------------------------------------------------------------------------------------


_ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
"""What `zipfile` raises for a damaged or unusual archive; NotImplementedError is a RuntimeError."""


def _of_zip(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _members(archive)
    except _ZIP_FAULTS as problem:
        raise PackageError(f"zip: {problem}") from problem


def _members(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_SIZE:
        _refuse("more in it than a package may hold")
    tops = {entry.filename.partition("/")[0] for entry in entries}
    if len(tops) != 1:
        _refuse("not exactly one folder")
    found: dict[str, bytes] = {}
    for entry in entries:
        name = entry.filename.partition("/")[2]
        if not _is_name(name) or name in found:
            _refuse(f"name {entry.filename[:120]}")
        # What the directory says of the size is not believed: reading stops there all the same.
        with archive.open(entry) as file:
            found[name] = file.read(entry.file_size + 1)
    return found


def _of_folder(folder: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    room = MAX_SIZE
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not _is_name(name) or len(found) >= MAX_FILES:
            _refuse(f"name {name[:120]}")
        room -= path.stat().st_size
        if room < 0:
            _refuse("more in it than a package may hold")
        found[name] = path.read_bytes()
    return found


def _walk(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_symlink() or path.is_file())


def _is_name(name: str) -> bool:
    """Say whether a path is one that we write: no folder above, no disguise."""
    return _NAME.fullmatch(name) is not None and ".." not in name.split("/")


def _checked(files: dict[str, bytes]) -> Bag:
    """Hold every file against its manifest, and the manifests against the files there are."""
    if files.get(DECLARATION) != _BAGIT:
        _refuse(f"{DECLARATION} is missing or another")
    payload = {name for name in files if name.startswith("data/")}
    tags = files.keys() - payload - {TAGS}
    _hold(files, MANIFEST, payload)
    _hold(files, TAGS, tags)
    return Bag(
        payload={name.removeprefix("data/"): files[name] for name in sorted(payload)},
        tags={name: files[name] for name in sorted(tags)},
    )


def _hold(files: Mapping[str, bytes], manifest: str, wanted: set[str]) -> None:
    listed = _listed(files.get(manifest, b""), manifest)
    if odd := sorted(listed.keys() ^ wanted):
        where = "is not there" if odd[0] in listed else "is not in the manifest"
        _refuse(f"{odd[0]} {where}")
    for name, sha256 in listed.items():
        if hashlib.sha256(files[name]).hexdigest() != sha256:
            _refuse(f"{name} has another SHA-256")


def _listed(data: bytes, manifest: str) -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        lines = data.decode("utf-8").splitlines()
    except ValueError as problem:
        raise PackageError(f"{manifest}: {problem}") from problem
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None or match[2] in found:
            _refuse(f"{manifest}: line {line[:120]}")
        found[match[2]] = match[1]
    return found


def _refuse(detail: str) -> NoReturn:
    raise PackageError(detail)
