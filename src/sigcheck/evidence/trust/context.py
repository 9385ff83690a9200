"""What a process remembers of a trust store: parsed certificates by name, parsed lists."""

from __future__ import annotations

from collections.abc import Hashable
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any

from msgspec.structs import replace

from sigcheck.asn1 import Asn1Error
from sigcheck.config.pins import Pin
from sigcheck.config.trust import TrustStore
from sigcheck.evidence.cms.certificates import Certificate, subject_of
from sigcheck.evidence.cms.names import Attributes, attributes, folded
from sigcheck.model.evidence import Anchor

MAX_CONTEXTS = 8
MAX_REMEMBERED = 4_096
"""Certificates of recent paths, so that revocation can be attached to them later."""
MAX_ANSWERS = 1_024
"""Paths, and what lists say of them: each some kilobytes of facts."""

_CONTEXTS: dict[str, TrustContext] = {}
_REMEMBERED: dict[str, Certificate] = {}


def _folded(name: bytes) -> Attributes:
    try:
        return folded(attributes(name))
    except Asn1Error:
        return ()


class TrustContext:
    """A trust store prepared for path building; everything is parsed when first needed."""

    def __init__(self, trust: TrustStore) -> None:
        self.trust = trust
        self._by_name: dict[bytes, tuple[Certificate, ...]] = {}
        self._by_subjects: dict[frozenset[bytes], tuple[Certificate, ...]] = {}
        self.answers: dict[Hashable, Any] = {}
        """What `known_path` and `known_status` found before, by all they were found from."""

    @classmethod
    def of(cls, trust: TrustStore) -> TrustContext:
        """Return the context of a store, the same one for the same content."""
        context = _CONTEXTS.get(trust.digest)
        if context is None or not context.serves(trust):
            if len(_CONTEXTS) >= MAX_CONTEXTS:
                _CONTEXTS.clear()
            context = _CONTEXTS[trust.digest] = cls(trust)
        return context

    def serves(self, trust: TrustStore) -> bool:
        """Say whether this is the store's context: the digest leaves out where anchors stand."""
        return self.trust is trust or self.trust.anchors == trust.anchors

    @cached_property
    def pinned(self) -> frozenset[str]:
        """Fingerprints somebody vouched for one by one: listed pins, and the anchors."""
        return frozenset(p.sha256 for p in self.trust.pins if p.sha256) | {*self.trust.anchors}

    def anchor(self, certificate: Certificate) -> Anchor | None:
        """Return the anchor a certificate is by its fingerprint (rule 4 of the design)."""
        found = self.trust.anchors.get(certificate.sha256)
        if found is None or found.subject:
            return found
        # A self-signed file has no list that describes it: its own words must do.
        return replace(found, subject=certificate.subject)

    def named(self, child: Certificate) -> tuple[Certificate, ...]:
        """Return the store's certificates whose subject is the child's issuer name."""
        found = self._by_name.get(child.issuer_der)
        if found is None:
            found = self._search(child)
            _make_room(self._by_name)
            self._by_name[child.issuer_der] = found
        return found

    def _search(self, child: Certificate) -> tuple[Certificate, ...]:
        return self._of_subjects({child.issuer_der})

    def _of_subjects(self, names: AbstractSet[bytes]) -> tuple[Certificate, ...]:
        # Looking for the name in the bytes is a cheap filter; what that CA issued passes it too.
        ders = self.trust.certificates.values()
        likely = [der for der in ders if any(name in der for name in names)]
        found = tuple(Certificate.readable(der for der in likely if subject_of(der) in names))
        return found or self._of_folded({_folded(name) for name in names})

    def _of_folded(self, names: AbstractSet[Attributes]) -> tuple[Certificate, ...]:
        """Compare names as text where no encoding is the same (RFC 5280, 7.1)."""
        wanted = names - {()}
        if not wanted:
            return ()
        readable = Certificate.readable(self.trust.certificates.values())
        return tuple(c for c in readable if folded(c.subject_attributes) in wanted)

    def with_subjects(self, names: frozenset[bytes]) -> tuple[Certificate, ...]:
        """Return the store's certificates whose subject is one of these encoded names."""
        found = self._by_subjects.get(names)
        if found is None:
            found = self._of_subjects(names)
            _make_room(self._by_subjects)
            self._by_subjects[names] = found
        return found

    def keep(self, question: Hashable, answer: object) -> None:
        """Remember what was found; questions come out of documents, so there is an end to it."""
        if len(self.answers) >= MAX_ANSWERS:
            self.answers.clear()
        self.answers[question] = answer

    def pin_by_key(self, key_id: str) -> Pin | None:
        """Return what is known of a CA by its key identifier, at hand or missing."""
        wanted = key_id.lower()
        found = (p for p in self.trust.pins if wanted and p.ski.lower() == wanted)
        return next(found, None)


def _make_room(cache: dict[Any, Any]) -> None:
    """Names come out of documents: what they can fill is bounded."""
    if len(cache) >= MAX_REMEMBERED:
        cache.clear()


def remember(certificates: list[Certificate]) -> None:
    """Keep the certificates of a path until its revocation is asked for."""
    if len(_REMEMBERED) > MAX_REMEMBERED:
        _REMEMBERED.clear()
    _REMEMBERED.update((c.sha256, c) for c in certificates)


def recall(sha256: str, trust: TrustStore) -> Certificate | None:
    """Return a certificate of a path built before, or of the store."""
    found = _REMEMBERED.get(sha256)
    if found is None and (der := trust.certificates.get(sha256)) is not None:
        found = Certificate.parse(der)
    return found
