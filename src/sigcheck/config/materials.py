"""Certificates, CRLs and OCSP responses out of files and folders: PEM, DER, PKCS #7."""

from __future__ import annotations

import binascii
import os
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct, field

from sigcheck.config.pins import Pin, read_pins
from sigcheck.errors import TrustError
from sigcheck.model.policy import MIB

MAX_DEPTH = 32
"""Nested indefinite lengths in a PKCS #7 bundle; real ones stay below 8."""

SEQUENCE = 0x30
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OID = 0x06
ENUMERATED = 0x0A
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18

_MULTI_BYTE_TAG = 0x1F
_LONG_FORM = 0x80
_MAX_LENGTH_OCTETS = 4
_END_OF_CONTENTS = b"\x00\x00"


class DerError(ValueError):
    """The bytes are not the element that was looked for."""


class DerHeader(NamedTuple):
    """Where an element lies: its tag octet, its first octet, its content and what follows."""

    tag: int
    start: int
    body: int
    end: int
    """End of the content; `stop` lies behind the end-of-contents octets, if there are any."""
    stop: int


def element(data: bytes, pos: int, limit: int, depth: int = 0) -> DerHeader:
    """Return the element at `pos`; raises DerError when it is not whole before `limit`."""
    if pos + 2 > limit or data[pos] & _MULTI_BYTE_TAG == _MULTI_BYTE_TAG:
        raise DerError(f"no element at offset {pos}")
    first = data[pos + 1]
    if first == _LONG_FORM:
        return _indefinite(data, pos, limit, depth)
    body, size = pos + 2, first
    if first > _LONG_FORM:
        octets = first & 0x7F
        if octets > _MAX_LENGTH_OCTETS or body + octets > limit:
            raise DerError(f"length at offset {pos} is out of bounds")
        size = int.from_bytes(data[body : body + octets], "big")
        body += octets
    if body + size > limit:
        raise DerError(f"element at offset {pos} is cut off")
    return DerHeader(data[pos], pos, body, body + size, body + size)


def _indefinite(data: bytes, pos: int, limit: int, depth: int) -> DerHeader:
    """Find the end-of-contents octets (X.690, 8.1.3.6)."""
    if depth >= MAX_DEPTH:
        raise DerError(f"elements nest too deep at offset {pos}")
    at = pos + 2
    while data[at : at + 2] != _END_OF_CONTENTS:
        at = element(data, at, limit, depth + 1).stop
    if at + 2 > limit:
        raise DerError(f"element at offset {pos} is cut off")
    return DerHeader(data[pos], pos, pos + 2, at, at + 2)


def children(data: bytes, parent: DerHeader) -> Iterator[DerHeader]:
    """Yield the elements inside a constructed one; raises DerError at the first that is broken."""
    at = parent.body
    while at < parent.end:
        child = element(data, at, parent.end)
        yield child
        at = child.stop


def whole(data: bytes, part: DerHeader) -> bytes:
    """Return the octets of an element, header included."""
    return data[part.start : part.stop]


# --- Certificates, CRLs and OCSP responses out of files: PEM, DER, PKCS #7, several per file

MAX_ITEMS = 50_000
"""Certificates, CRLs and responses in one file."""

_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_AUTHORITY_KEY = bytes.fromhex("0603551d23")
_SUBJECT_KEY = bytes.fromhex("0603551d0e")
_PEM = re.compile(
    rb"-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*)-----END \1-----",
)
_PEM_START = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----")
_PEM_LABELS = frozenset(
    {
        b"CERTIFICATE",
        b"X509 CERTIFICATE",
        b"TRUSTED CERTIFICATE",
        b"X509 CRL",
        b"CRL",
        b"PKCS7",
        b"CMS",
        b"OCSP RESPONSE",
    }
)
_VERSION, _EXTENSIONS, _KEY_ID = 0xA0, 0xA3, 0x80
_TIMES = (UTC_TIME, GENERALIZED_TIME)


class MaterialKind(StrEnum):
    """What a piece of DER is."""

    CERTIFICATE = "certificate"
    CRL = "crl"
    OCSP = "ocsp"


_BUNDLED = {0xA0: MaterialKind.CERTIFICATE, 0xA1: MaterialKind.CRL}
"""Fields of SignedData (RFC 5652, 5.1)."""


class Item(NamedTuple):
    """One certificate, CRL or OCSP response, DER."""

    kind: MaterialKind
    data: bytes


def items(data: bytes) -> Iterator[Item]:
    """Yield what a file holds; private keys and other PEM blocks are passed over.

    Raises DerError for a file that holds something else, is cut off or is no such file.
    """
    if b"-----BEGIN " in data:
        blocks = list(_pem_blocks(data))
    elif data[:1] == b"\x30":
        blocks = [data]
    else:
        raise DerError("neither PEM nor DER")
    count = 0
    for block in blocks:
        for item in _items_of_der(block):
            count += 1
            if count > MAX_ITEMS:
                raise DerError(f"more than {MAX_ITEMS} certificates and lists")
            yield item


def _pem_blocks(data: bytes) -> Iterator[bytes]:
    """Yield the content of every block of a known label (RFC 7468)."""
    wanted = sum(1 for start in _PEM_START.finditer(data) if start[1] in _PEM_LABELS)
    found = [match for match in _PEM.finditer(data) if match[1] in _PEM_LABELS]
    if len(found) < wanted:
        raise DerError("a PEM block is cut off or holds other characters")
    for match in found:
        try:
            written = match[2].translate(None, b" \t\r\n\f\v")
            content = binascii.a2b_base64(written, strict_mode=True)
        except binascii.Error as problem:
            raise DerError(f"a PEM block is not base64: {problem}") from problem
        # NOTE: openssl's TRUSTED CERTIFICATE has its own trust settings behind the certificate;
        # nobody's trust settings but the user's count here.
        if match[1] == b"TRUSTED CERTIFICATE":
            content = content[: element(content, 0, len(content)).stop]
        yield content


def _items_of_der(data: bytes) -> Iterator[Item]:
    at = 0
    while at < len(data):
        if data[at] != SEQUENCE and not data[at:].strip(b"\x00\r\n"):
            return  # padding and line ends behind the last element
        top = element(data, at, len(data))
        yield from _classify(data, top)
        at = top.stop


def _classify(data: bytes, top: DerHeader) -> Iterator[Item]:
    """Tell by shape what an element is (RFC 5280, 4.1 and 5.1; RFC 6960, 4.2.1; RFC 5652, 5.1)."""
    if top.tag != SEQUENCE:
        raise DerError("not a sequence")
    first = element(data, top.body, top.end)
    if first.tag == ENUMERATED:
        yield Item(MaterialKind.OCSP, whole(data, top))
    elif whole(data, first) == _SIGNED_DATA:
        yield from _bundle(data, top)
    elif first.tag == SEQUENCE:
        yield Item(_signed_kind(data, first), whole(data, top))
    else:
        raise DerError("neither certificate, CRL, OCSP response nor PKCS #7")


def _signed_kind(data: bytes, tbs: DerHeader) -> MaterialKind:
    tags = [part.tag for part, _ in zip(children(data, tbs), range(7), strict=False)]
    if tags[:1] in ([_VERSION], [INTEGER]) and tags[-6:].count(SEQUENCE) >= 4:  # noqa: PLR2004
        return MaterialKind.CERTIFICATE
    if any(tag in _TIMES for tag in tags[2:4]):
        return MaterialKind.CRL
    raise DerError("neither a certificate nor a CRL")


def _bundle(data: bytes, top: DerHeader) -> Iterator[Item]:
    """Yield certificates and CRLs of a signed-data object without looking at its signatures."""
    parts = list(children(data, top))
    inner = element(data, parts[-1].body, parts[-1].end)
    for part in children(data, inner):
        kind = _BUNDLED.get(part.tag)
        for child in children(data, part) if kind else ():
            if kind and child.tag == SEQUENCE:  # attribute certificates and others have tags
                yield Item(kind, whole(data, child))


def looks_self_signed(certificate: bytes) -> bool:
    """Say whether issuer and subject are the same and no key identifier speaks against it.

    NOTE: The signature isn't verified: an anchor's own proves nothing (RFC 5280, 6.1).
    """
    try:
        parts = _tbs_parts(certificate)
        issuer, subject = (whole(certificate, parts[i]) for i in (2, 4))
        if issuer != subject:
            return False
        own, authority = _key_ids(certificate, parts)
    except (DerError, IndexError):
        return False
    return not authority or not own or own == authority


def _tbs_parts(certificate: bytes) -> list[DerHeader]:
    """Return serial number, algorithm, issuer, validity, subject, key and the rest."""
    top = element(certificate, 0, len(certificate))
    parts = list(children(certificate, element(certificate, top.body, top.end)))
    return parts[1:] if parts[0].tag == _VERSION else parts


def _key_ids(certificate: bytes, parts: list[DerHeader]) -> tuple[bytes, bytes]:
    """Return subject and authority key identifier, empty where absent (RFC 5280, 4.2.1.1-2)."""
    own = authority = b""
    for extension in _extensions(certificate, parts):
        fields = list(children(certificate, extension))
        inner = element(certificate, fields[-1].body, fields[-1].end)
        if whole(certificate, fields[0]) == _SUBJECT_KEY:
            own = certificate[inner.body : inner.end]
        elif whole(certificate, fields[0]) == _AUTHORITY_KEY:
            authority = _key_id_of(certificate, inner)
    return own, authority


def _extensions(certificate: bytes, parts: list[DerHeader]) -> Iterator[DerHeader]:
    for wrapper in (part for part in parts[6:] if part.tag == _EXTENSIONS):
        listed = element(certificate, wrapper.body, wrapper.end)
        yield from children(certificate, listed)


def _key_id_of(certificate: bytes, value: DerHeader) -> bytes:
    for part in children(certificate, value):
        if part.tag == _KEY_ID:
            return certificate[part.body : part.end]
    return b""


# --- A `--trust` or `--crl` path becomes certificates, CRLs, OCSP responses and anchor lists

MAX_FILE_SIZE = 64 * MIB
"""Bytes of one certificate file or CRL; the largest real CRL met has 2 MiB."""
MAX_TOTAL_SIZE = 512 * MIB
MAX_FILES = 20_000
FOLDER_MAX_DEPTH = 16
"""Folders in folders."""
_PEEK = 1024

ANCHORS_FILE = "anchors.toml"
_TYPED = frozenset(
    {".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".crl", ".ocsp", ".ors", ".ocspresponse"}
)
"""Names that promise certificates, CRLs or responses: breaking the promise is an error."""
_OTHER = frozenset({".key", ".p12", ".pfx", ".pdf", ".json", ".toml", ".tsv", ".md", ".txt", ".py"})
"""Passed over inside a folder without being opened."""


class FoundMaterial(Struct, frozen=True):
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
    damaged: list[TrustError] | None = None
    """Where broken anchor lists of folders are noted; None has them raised."""


def search(
    path: str | os.PathLike[str], damaged: list[TrustError] | None = None
) -> tuple[list[FoundMaterial], list[Pin]]:
    """Return every item under a file or folder, and the pins of the anchor lists met.

    A broken anchor list in a folder is noted in `damaged`, where that is given: then nothing in
    that folder is an anchor, as if the list were empty.

    Raises:
        TrustError: naming the file that is missing, too large or broken.
    """
    walk, name = _Walk(damaged=damaged), _tidy(os.fspath(path))
    if os.path.isdir(name):
        return list(_folder(name, walk, None, 0)), walk.lists
    if not os.path.isfile(name):
        raise TrustError(name, code="TRUST-NOT-FOUND")
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


def _folder(
    folder: str, walk: _Walk, pins: tuple[Pin, ...] | None, depth: int
) -> Iterator[FoundMaterial]:
    if depth > FOLDER_MAX_DEPTH:
        raise TrustError(f"{folder}: folders nest deeper than {FOLDER_MAX_DEPTH}")
    entries = _entries(folder)
    if any(entry.name == ANCHORS_FILE for entry in entries):
        pins = _pins_of(_tidy(os.path.join(folder, ANCHORS_FILE)), walk)
        walk.lists.extend(pins)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _folder(_tidy(entry.path), walk, pins, depth + 1)
        elif entry.is_file():
            yield from _folder_file(entry.path, walk, pins)


def _pins_of(path: str, walk: _Walk) -> tuple[Pin, ...]:
    try:
        return read_pins(path)
    except TrustError as problem:
        if walk.damaged is None:
            raise
        walk.damaged.append(problem)
        return ()


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError as problem:
        raise TrustError(f"{folder}: {problem.strerror}") from problem


def _folder_file(path: str, walk: _Walk, pins: tuple[Pin, ...] | None) -> Iterator[FoundMaterial]:
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


def _file(path: str, walk: _Walk, pins: tuple[Pin, ...] | None) -> Iterator[FoundMaterial]:
    try:
        data = _content(path)
    except OSError as problem:
        raise TrustError(f"{path}: {problem.strerror}") from problem
    walk.size += len(data)
    if len(data) > MAX_FILE_SIZE:
        raise TrustError(f"{path}: larger than {MAX_FILE_SIZE // MIB} MiB")
    if walk.size > MAX_TOTAL_SIZE:
        raise TrustError(f"{path}: the files up to it are larger than {MAX_TOTAL_SIZE // MIB} MiB")
    try:
        for item in items(data):
            yield FoundMaterial(item, path, pins)
    except DerError as problem:
        raise TrustError(f"{path}: {problem}", code="TRUST-NOT-CERTIFICATES") from problem
