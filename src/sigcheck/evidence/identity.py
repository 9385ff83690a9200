"""Who a certificate names, with the attribute each statement came from; the kind is a heuristic."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple, Protocol

from sigcheck.config.data import load_data
from sigcheck.model.evidence import NameOddity, SignerIdentity, SignerKind

_PATTERNS = (
    "common_name",
    "organization",
    "organizational_unit",
    "title",
    "identifier",
    "email",
    "issuer",
)
_MAX_TEXT = 256
"""Characters of a name that are looked at; X.520 allows 64 for most attributes."""


class Statements(NamedTuple):
    """What the rows may ask about: texts by statement, and the extended key usages."""

    texts: dict[str, str]
    usages: tuple[str, ...]
    is_ca: bool = False

    def text(self, statement: str) -> str:
        """Return a text in NFC with single spaces, empty when there is none."""
        text = unicodedata.normalize("NFC", self.texts.get(statement, "")[:_MAX_TEXT])
        return " ".join(text.split())


class Rule(NamedTuple):
    """One row; a condition it does not state holds."""

    id: str
    kind: SignerKind
    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    present: tuple[str, ...]
    absent: tuple[str, ...]
    same: tuple[str, ...]
    usage: str
    title_case: tuple[int, ...]
    """Least and most words of a common name that looks like a person's; empty: not asked."""
    ca: bool

    def holds(self, statements: Statements) -> bool:
        """Say whether all conditions of the row hold."""
        return (
            (not self.usage or self.usage in statements.usages)
            and (not self.ca or statements.is_ca)
            and all(statements.text(name) for name in self.present)
            and not any(statements.text(name) for name in self.absent)
            and self._same(statements)
            and self._title_case(statements)
            and all(found.search(statements.text(name)) for name, found in self.patterns)
        )

    def _same(self, statements: Statements) -> bool:
        folded = {statements.text(name).casefold() for name in self.same}
        return not self.same or (len(folded) == 1 and folded != {""})

    def _title_case(self, statements: Statements) -> bool:
        if not self.title_case:
            return True
        words = statements.text("common_name").split()
        least, most = self.title_case
        return least <= len(words) <= most and all(
            word.isalpha() and word[0].isupper() and (word[1:] == word[1:].lower())
            for word in words
        )


def decide(statements: Statements) -> tuple[SignerKind, str]:
    """Return the kind and the id of the row that decided; unknown and empty when none holds."""
    for rule in _rules():
        if rule.holds(statements):
            return rule.kind, rule.id
    return SignerKind.UNKNOWN, ""


@cache
def _rules() -> tuple[Rule, ...]:
    return tuple(_rule(row) for row in load_data("identity.toml")["rule"])


def _rule(row: dict[str, Any]) -> Rule:
    return Rule(
        id=row["id"],
        kind=SignerKind(row["kind"]),
        patterns=tuple((name, re.compile(row[name])) for name in _PATTERNS if name in row),
        present=tuple(row.get("present", ())),
        absent=tuple(row.get("absent", ())),
        same=tuple(row.get("same", ())),
        usage=row.get("eku", ""),
        title_case=tuple(row.get("title_case", ())),
        ca=row.get("ca", False),
    )


# --- Who a certificate names, with the attribute each statement came from; the kind is a heuristic

_EMAIL = "1.2.840.113549.1.9.1"
_NAME, _UNIT = "2.5.4.3", "2.5.4.11"
_MAX_UNITS = 8
"""Units of one certificate that are shown."""
_NAMED = (
    ("common_name", "CN", _NAME),
    ("organization", "O", "2.5.4.10"),
    ("organizational_unit", "OU", _UNIT),
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
    found |= _units(certificate)
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
        oddities=tuple(_oddities(certificate)),
    )


_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
"""Unicode's categories of characters without a shape of their own."""
_FILLERS = "\u034f\u115f\u1160\u2800\u3164\uffa0"
"""Characters of other categories that leave nothing but a blank, or nothing at all."""


def _oddities(certificate: Named) -> Iterator[tuple[NameOddity, str]]:
    names = _values(certificate, _NAME)
    if len(names) > 1:
        yield NameOddity.SEVERAL_NAMES, " / ".join(names)
    for _, text in certificate.subject_attributes:
        if any(unicodedata.category(c) in _UNSEEN or c in _FILLERS for c in text):
            yield NameOddity.INVISIBLE, text
        if _mixes_scripts(text):
            yield NameOddity.MIXED_SCRIPTS, text
    alternative = [address.strip().casefold() for address in certificate.san_emails]
    for address in _values(certificate, _EMAIL):
        if alternative and address.casefold() not in alternative:
            yield NameOddity.EMAILS_DIFFER, f"{address} / {certificate.san_emails[0].strip()}"


def _mixes_scripts(text: str) -> bool:
    """Say whether letters of another script stand among Latin ones (Unicode names tell it)."""
    if text.isascii():
        return False
    scripts = {unicodedata.name(c, "").partition(" ")[0] for c in text if c.isalpha()}
    return "LATIN" in scripts and len(scripts) > 1


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


def _units(certificate: Named) -> Found:
    """Return all units, the innermost first.

    It stands next to the common name: last in an encoding that begins with the country.
    """
    kinds = [kind for kind, _ in certificate.subject_attributes]
    units = _values(certificate, _UNIT)[:_MAX_UNITS]
    if _NAME in kinds and _UNIT in kinds and kinds.index(_NAME) > kinds.index(_UNIT):
        units.reverse()
    return {"organizational_unit": (", ".join(dict.fromkeys(units)), "OU")} if units else {}


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
    issuers = [text for kind, text in certificate.issuer_attributes if kind == _NAME]
    known = texts | {
        "identifier": texts.get("serial_number", ""),
        "issuer": issuers[-1] if issuers else "",
    }
    return Statements(known, certificate.eku or (), certificate.is_ca)
