"""The document security store: certificates, CRLs and OCSP responses (ISO 32000-2, 12.8.4.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from itertools import islice

from msgspec import Struct, field

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.pdf import Dict, FilterError, Obj, PdfDocument, Ref, Stream, View
from sigcheck.model.limits import Limits

MAX_REVISIONS = 64
"""Revisions looked into for the first appearance of an item; an older one counts as younger."""
_KINDS = {"Certs": "Cert", "CRLs": "CRL", "OCSPs": "OCSP"}
"""Arrays of the store, and their names in the entry of one signature (table 262)."""


class ValidationData(Struct, frozen=True):
    """Raw DER material as the DSS holds it; untrusted until something verifies with it."""

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    present: bool = False
    since: Mapping[str, int] = field(default_factory=dict)
    """SHA-256 of an item to the revision that brought it: what came later can prove that it
    existed then."""


def validation_data(document: PdfDocument, limits: Limits) -> ValidationData:
    """Return the material of the last revision's DSS; a stream that cannot be read is left out."""
    view = document.view()
    if not _store(view):
        return ValidationData()
    reading = _Reading(limits)
    for number in _revisions(document):
        reading.take(_Held(document.view(number), limits), number)
    held = _Held(view, limits)
    found = {key: tuple(reading.items(held, key)) for key in _KINDS}
    return ValidationData(
        certificates=found["Certs"],
        crls=found["CRLs"],
        ocsps=found["OCSPs"],
        present=True,
        since=reading.since,
    )


def _revisions(document: PdfDocument) -> range:
    last = len(document.revisions)
    return range(max(1, last - MAX_REVISIONS + 1), last + 1)


def _store(view: View) -> Dict:
    return view.dict(view.catalog.get("DSS"))


class _Reading(Struct):
    """Streams decoded once, however many revisions and entries name them."""

    limits: Limits
    since: dict[str, int] = field(default_factory=dict)
    decoded: dict[int, tuple[Stream, bytes]] = field(default_factory=dict)
    """By identity: revisions share their objects, which are held here."""
    known: set[Ref] = field(default_factory=set)
    """References to those: a revision repeats most of them, and changes few."""
    numbers: set[int] = field(default_factory=set)
    """The numbers in them."""

    def take(self, held: _Held, revision: int) -> None:
        """Note what a revision's store holds that none before it held."""
        view, known = held.view, self.known
        changed = view.revision.changed
        # A stream is always referred to (7.3.8).
        refs = [item for kind in _KINDS for item in held.named(kind) if type(item) is Ref]
        if self.numbers.isdisjoint(changed):
            new = [ref for ref in refs if ref not in known]
        else:
            new = [ref for ref in refs if ref not in known or ref.num in changed]
        for item in new:
            stream = view.get(item)
            if not isinstance(stream, Stream):
                continue
            if view.object(item.num) is stream:
                known.add(item)
                self.numbers.add(item.num)
            if id(stream) not in self.decoded:
                data = _decoded(stream, self.limits)
                self.decoded[id(stream)] = (stream, data)
                self.since.setdefault(hashlib.sha256(data).hexdigest(), revision)

    def items(self, held: _Held, key: str) -> dict[bytes, None]:
        """Return what a store holds of one kind, each item once."""
        streams = map(held.view.get, held.named(key))
        found = (self.decoded[id(s)][1] for s in streams if id(s) in self.decoded)
        return dict.fromkeys(data for data in found if data)


class _Held:
    """What the store of one revision and its entries for single signatures (VRI) name.

    NOTE: An entry of VRI is no statement about its signature: whatever it names lends material to
    all, and only what verifies counts.
    """

    __slots__ = ("_entries", "_most", "_store", "view")

    def __init__(self, view: View, limits: Limits) -> None:
        self.view = view
        self._most = limits.max_certificates
        self._store = _store(view)
        self._entries: list[Dict] = []
        entries = self._store.get("VRI")
        if entries is not None:
            named = islice(view.dict(entries).values(), self._most)
            self._entries = [view.dict(entry) for entry in named]

    def named(self, kind: str) -> list[Obj]:
        """Return what is named of one kind."""
        found = self._listed(self._store, kind)
        for entry in self._entries:
            if len(found) >= 4 * self._most:
                break
            found += self._listed(entry, _KINDS[kind])
        return found[: 4 * self._most]

    def _listed(self, dictionary: Dict, key: str) -> list[Obj]:
        value = dictionary.get(key)
        return [] if value is None else self.view.list(value)[: self._most]


def _decoded(value: Obj, limits: Limits) -> bytes:
    if not isinstance(value, Stream):
        return b""
    try:
        return value.decode(limits.max_stream_expansion)
    except (FilterError, LimitExceededError):
        return b""
