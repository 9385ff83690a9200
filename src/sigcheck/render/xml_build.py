"""Elements of the XML report as text: escaped, without a library."""

from __future__ import annotations

from base64 import b64encode
from html import escape

from sigcheck.render.sanitize import plain

_DIGESTS = {
    "sha1": "http://www.w3.org/2000/09/xmldsig#sha1",
    "sha224": "http://www.w3.org/2001/04/xmldsig-more#sha224",
    "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "sha384": "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
}
"""Digest algorithms by hashlib's name (RFC 6931, 2.1)."""


def element(name: str, *inner: str) -> str:
    """Return an element; what is inside is markup already."""
    return f"<{name}>{''.join(inner)}</{name}>"


def texted(name: str, text: str) -> str:
    """Return an element that holds untrusted text."""
    return element(name, escape(plain(text), quote=True))


def reference(name: str, *identities: str) -> str:
    """Return an element that refers to validation objects or signatures (VOReferenceType)."""
    return f'<{name} VOReference="{" ".join(identities)}"/>'


def attribute(name: str, *inner: str, signed: bool) -> str:
    """Return an element of SignatureAttributes (AttributeBaseType)."""
    return f'<{name} Signed="{str(signed).lower()}">{"".join(inner)}</{name}>'


def digest(value: str, algorithm: str = "sha256") -> str:
    """Return DigestAlgAndValue of a hexadecimal digest, empty for one that has no URI."""
    if algorithm not in _DIGESTS or not value:
        return ""
    return element(
        "DigestAlgAndValue",
        f'<ds:DigestMethod Algorithm="{_DIGESTS[algorithm]}"/>',
        element("ds:DigestValue", base64(value)),
    )


def base64(value: str) -> str:
    """Return hexadecimal digits as base64."""
    return b64encode(bytes.fromhex(value)).decode("ascii")
