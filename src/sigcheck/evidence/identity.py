"""Who a certificate names, with the attribute each statement came from; the kind is a heuristic."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Protocol

from sigcheck.evidence.identity_rules import Statements, decide
from sigcheck.model.evidence import SignerIdentity

_EMAIL = "1.2.840.113549.1.9.1"
_NAMED = (
    ("common_name", "CN", "2.5.4.3"),
    ("organization", "O", "2.5.4.10"),
    ("organizational_unit", "OU", "2.5.4.11"),
    ("title", "title", "2.5.4.12"),
    ("locality", "L", "2.5.4.7"),
)
_IDENTIFIERS = (
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("serialNumber", "2.5.4.5"),
    ("organizationIdentifier", "2.5.4.97"),
)

_FEW, _SHORT = 64, 4_096
"""Attributes, addresses and usages, and their characters: with more nothing is remembered."""

Found = dict[str, tuple[str, str]]
"""Statement to (text, the attribute it came from)."""


class Named(Protocol):
    """The part of a certificate that says who."""

    @property
    def subject_attributes(self) -> tuple[tuple[str, str], ...]:
        """(dotted identifier, text) in the order of the encoding."""

    @property
    def issuer_attributes(self) -> tuple[tuple[str, str], ...]:
        """The same of the issuer."""

    @property
    def san_emails(self) -> tuple[str, ...]:
        """The rfc822Names of the subject alternative name."""

    @property
    def eku(self) -> tuple[str, ...] | None:
        """Extended key usages, None when absent."""

    @property
    def is_ca(self) -> bool:
        """Whether it may sign certificates."""


class _Words(NamedTuple):
    """All that an identity is read from: the same words of a later document say the same."""

    subject_attributes: tuple[tuple[str, str], ...]
    issuer_attributes: tuple[tuple[str, str], ...]
    san_emails: tuple[str, ...]
    eku: tuple[str, ...] | None
    is_ca: bool


def signer_identity(certificate: Named) -> SignerIdentity:
    """Describe the holder of a certificate; every text is untrusted until the path is judged."""
    words = _Words(
        certificate.subject_attributes,
        certificate.issuer_attributes,
        certificate.san_emails,
        certificate.eku,
        certificate.is_ca,
    )
    named = (*words.subject_attributes, *words.issuer_attributes)
    texts = (*(text for _, text in named), *words.san_emails, *(words.eku or ()))
    is_short = sum(map(len, texts)) <= _SHORT and len(texts) <= _FEW
    return _known(words) if is_short else _identity(words)


@lru_cache(maxsize=512)
def _known(words: _Words) -> SignerIdentity:
    return _identity(words)


def _identity(certificate: Named) -> SignerIdentity:
    found = _named(certificate) | _email(certificate) | _identifiers(certificate)
    texts = {statement: text for statement, (text, _) in found.items()}
    kind, reason = decide(_statements(certificate, texts))
    return SignerIdentity(
        common_name=texts.get("common_name", ""),
        email=texts.get("email", ""),
        organization=texts.get("organization", ""),
        organizational_unit=texts.get("organizational_unit", ""),
        title=texts.get("title", ""),
        locality=texts.get("locality", ""),
        serial_number=texts.get("serial_number", ""),
        kind=kind,
        kind_reason=reason,
        sources=tuple((statement, source) for statement, (_, source) in found.items()),
    )


def _values(certificate: Named, identifier: str) -> list[str]:
    pairs = certificate.subject_attributes
    return [text.strip() for kind, text in pairs if kind == identifier and text.strip()]


def _named(certificate: Named) -> Found:
    """Take the most specific value of each attribute: the last one in the encoding."""
    return {
        statement: (values[-1], source)
        for statement, source, identifier in _NAMED
        if (values := _values(certificate, identifier))
    }


def _email(certificate: Named) -> Found:
    if certificate.san_emails:
        return {"email": (certificate.san_emails[0].strip(), "SAN rfc822Name")}
    values = _values(certificate, _EMAIL)
    return {"email": (values[-1], "E")} if values else {}


def _identifiers(certificate: Named) -> Found:
    """Join all identifiers of the holder, in the order of the encoding."""
    joined = {
        source: values
        for source, identifier in _IDENTIFIERS
        if (values := _values(certificate, identifier))
    }
    if not joined:
        return {}
    texts = [value for values in joined.values() for value in values]
    return {"serial_number": (", ".join(texts), "+".join(joined))}


def _statements(certificate: Named, texts: dict[str, str]) -> Statements:
    issuers = [text for kind, text in certificate.issuer_attributes if kind == _NAMED[0][2]]
    known = texts | {
        "identifier": texts.get("serial_number", ""),
        "issuer": issuers[-1] if issuers else "",
    }
    return Statements(known, certificate.eku or (), certificate.is_ca)
