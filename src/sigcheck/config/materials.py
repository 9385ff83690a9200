"""Certificates, CRLs and OCSP responses out of files: PEM, DER, PKCS #7, several per file."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from sigcheck.config import der
from sigcheck.config.der import DerError, Element

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
_TIMES = (der.UTC_TIME, der.GENERALIZED_TIME)


class Kind(StrEnum):
    """What a piece of DER is."""

    CERTIFICATE = "certificate"
    CRL = "crl"
    OCSP = "ocsp"


_BUNDLED = {0xA0: Kind.CERTIFICATE, 0xA1: Kind.CRL}
"""Fields of SignedData (RFC 5652, 5.1)."""


class Item(NamedTuple):
    """One certificate, CRL or OCSP response, DER."""

    kind: Kind
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
            content = content[: der.element(content, 0, len(content)).stop]
        yield content


def _items_of_der(data: bytes) -> Iterator[Item]:
    at = 0
    while at < len(data):
        if data[at] != der.SEQUENCE and not data[at:].strip(b"\x00\r\n"):
            return  # padding and line ends behind the last element
        top = der.element(data, at, len(data))
        yield from _classify(data, top)
        at = top.stop


def _classify(data: bytes, top: Element) -> Iterator[Item]:
    """Tell by shape what an element is (RFC 5280, 4.1 and 5.1; RFC 6960, 4.2.1; RFC 5652, 5.1)."""
    if top.tag != der.SEQUENCE:
        raise DerError("not a sequence")
    first = der.element(data, top.body, top.end)
    if first.tag == der.ENUMERATED:
        yield Item(Kind.OCSP, der.whole(data, top))
    elif der.whole(data, first) == _SIGNED_DATA:
        yield from _bundle(data, top)
    elif first.tag == der.SEQUENCE:
        yield Item(_signed_kind(data, first), der.whole(data, top))
    else:
        raise DerError("neither certificate, CRL, OCSP response nor PKCS #7")


def _signed_kind(data: bytes, tbs: Element) -> Kind:
    tags = [part.tag for part, _ in zip(der.children(data, tbs), range(7), strict=False)]
    if tags[:1] in ([_VERSION], [der.INTEGER]) and tags[-6:].count(der.SEQUENCE) >= 4:  # noqa: PLR2004
        return Kind.CERTIFICATE
    if any(tag in _TIMES for tag in tags[2:4]):
        return Kind.CRL
    raise DerError("neither a certificate nor a CRL")


def _bundle(data: bytes, top: Element) -> Iterator[Item]:
    """Yield certificates and CRLs of a signed-data object without looking at its signatures."""
    parts = list(der.children(data, top))
    inner = der.element(data, parts[-1].body, parts[-1].end)
    for part in der.children(data, inner):
        kind = _BUNDLED.get(part.tag)
        for child in der.children(data, part) if kind else ():
            if kind and child.tag == der.SEQUENCE:  # attribute certificates and others have tags
                yield Item(kind, der.whole(data, child))


def looks_self_signed(certificate: bytes) -> bool:
    """Say whether issuer and subject are the same and no key identifier speaks against it.

    NOTE: The signature isn't verified: an anchor's own proves nothing (RFC 5280, 6.1).
    """
    try:
        parts = _tbs_parts(certificate)
        issuer, subject = (der.whole(certificate, parts[i]) for i in (2, 4))
        if issuer != subject:
            return False
        own, authority = _key_ids(certificate, parts)
    except (DerError, IndexError):
        return False
    return not authority or not own or own == authority


def _tbs_parts(certificate: bytes) -> list[Element]:
    """Return serial number, algorithm, issuer, validity, subject, key and the rest."""
    top = der.element(certificate, 0, len(certificate))
    parts = list(der.children(certificate, der.element(certificate, top.body, top.end)))
    return parts[1:] if parts[0].tag == _VERSION else parts


def _key_ids(certificate: bytes, parts: list[Element]) -> tuple[bytes, bytes]:
    """Return subject and authority key identifier, empty where absent (RFC 5280, 4.2.1.1-2)."""
    own = authority = b""
    for extension in _extensions(certificate, parts):
        fields = list(der.children(certificate, extension))
        inner = der.element(certificate, fields[-1].body, fields[-1].end)
        if der.whole(certificate, fields[0]) == _SUBJECT_KEY:
            own = certificate[inner.body : inner.end]
        elif der.whole(certificate, fields[0]) == _AUTHORITY_KEY:
            authority = _key_id_of(certificate, inner)
    return own, authority


def _extensions(certificate: bytes, parts: list[Element]) -> Iterator[Element]:
    for wrapper in (part for part in parts[6:] if part.tag == _EXTENSIONS):
        listed = der.element(certificate, wrapper.body, wrapper.end)
        yield from der.children(certificate, listed)


def _key_id_of(certificate: bytes, value: Element) -> bytes:
    for part in der.children(certificate, value):
        if part.tag == _KEY_ID:
            return certificate[part.body : part.end]
    return b""
