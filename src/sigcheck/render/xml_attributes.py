"""SignatureAttributes: what the signature says of itself (TS 119 102-2, annex A)."""

from __future__ import annotations

from collections.abc import Iterator

from sigcheck.model.evidence import DictionaryFacts, Evidence, SignatureKind
from sigcheck.render.sanitize import plain
from sigcheck.render.times import iso
from sigcheck.render.xml_build import attribute, base64, element, reference, texted
from sigcheck.render.xml_objects import ObjectType, identity

_TEXTS = (
    ("Reason", "ReasonElement", "reason"),
    ("Name", "NameElement", "name"),
    ("ContactInfo", "ContactInfoElement", "contact_info"),
    ("SubFilter", "SubFilterElement", "sub_filter"),
    ("SignatureProductionPlace", "AddressString", "location"),
)
"""Attribute, the element inside it, and the entry of the signature dictionary."""


def attributes(evidence: Evidence) -> str:
    """Return the attributes; entries of the dictionary are signed, and said by the signer alone."""
    found = [*_times(evidence), *_digest(evidence), *_texts(evidence.dictionary)]
    if evidence.byte_range and evidence.byte_range.values:
        found.append(element("ByteRange", " ".join(map(str, evidence.byte_range.values))))
    if evidence.dictionary.filter:
        found.append(element("Filter", texted("Filter", evidence.dictionary.filter)))
    return element("SignatureAttributes", *found) if found else ""


def _times(evidence: Evidence) -> Iterator[str]:
    if claimed := iso(evidence.dictionary.claimed_time):
        yield attribute("SigningTime", element("Time", claimed), signed=True)
    own = evidence.kind is SignatureKind.DOCUMENT_TIMESTAMP
    for token in evidence.timestamps:
        if (time := iso(token.time)) and token.sha256:
            yield attribute(
                "DocTimeStamp" if own else "SignatureTimeStamp",
                reference("AttributeObject", identity(ObjectType.TIMESTAMP, token.sha256)),
                element("TimeStampValue", time),
                signed=False,
            )


def _digest(evidence: Evidence) -> Iterator[str]:
    if value := evidence.cms.message_digest:
        yield attribute("MessageDigest", element("Digest", base64(value)), signed=True)


def _texts(dictionary: DictionaryFacts) -> Iterator[str]:
    for name, inner, entry in _TEXTS:
        text = getattr(dictionary, entry)
        if plain(text):
            yield attribute(name, texted(inner, text), signed=True)
