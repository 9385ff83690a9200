"""What one signature says before anything is trusted: dictionary, bytes, CMS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.cms import SignedData, needed_digests, parse_signed_data
from sigcheck.evidence.dictionary import dictionary_facts, kind_of
from sigcheck.evidence.pdf import (
    PdfDocument,
    SignatureLocation,
    byte_range_facts,
)
from sigcheck.model.evidence import ByteRangeFacts, DictionaryFacts, SignatureKind
from sigcheck.model.limits import Limits


class Draft(Struct):
    """One signature while its evidence is gathered."""

    location: SignatureLocation
    dictionary: DictionaryFacts
    kind: SignatureKind
    byte_range: ByteRangeFacts | None
    signed_data: SignedData
    digests: dict[str, bytes] = field(default_factory=dict)

    def digest_of(self, algorithm: str) -> bytes:
        """Return the digest of the byte range; raises KeyError where there is none."""
        return self.digests[algorithm]

    @property
    def range(self) -> tuple[int, int, int] | None:
        """Return (end of first range, start of second, its length) if it can be hashed."""
        facts = self.byte_range
        if facts is None or not facts.inside_file or not facts.starts_at_zero:
            return None
        return facts.values[1], facts.values[2], facts.values[3]


def drafts(
    document: PdfDocument, locations: Iterable[SignatureLocation], limits: Limits
) -> list[Draft]:
    """Read every signature by itself; the digests of its bytes come with `hash_once`."""
    return [_draft(document, location, limits) for location in locations]


def _draft(document: PdfDocument, location: SignatureLocation, limits: Limits) -> Draft:
    view = document.view(location.revision)
    dictionary = dictionary_facts(view, location)
    data = _signed_data(bytes(location.contents or b""), limits)
    facts = _byte_range(document, location)
    return Draft(location, dictionary, kind_of(dictionary), facts, data)


def _signed_data(contents: bytes, limits: Limits) -> SignedData:
    if len(contents) > limits.max_contents:
        return SignedData(problem="LIMIT-CMS-SIZE")
    try:
        return parse_signed_data(contents, limits)
    except LimitExceededError:
        raise
    except Exception as problem:  # noqa: BLE001 - rule 3: one malformed CMS hides no neighbour
        return SignedData(problem=f"damaged: {type(problem).__name__}")


def _byte_range(document: PdfDocument, location: SignatureLocation) -> ByteRangeFacts | None:
    try:
        return byte_range_facts(document, location)
    except LimitExceededError:
        raise
    except (ValueError, IndexError, TypeError):
        return None  # FC-BYTERANGE-PRESENT fails: it could not be read


def hash_once(document: PdfDocument, found: Sequence[Draft]) -> None:
    """Give every signature the digests of its bytes, the file being hashed once for all."""
    wanted = [
        (draft, span, algorithm)
        for draft in found
        if (span := draft.range) is not None
        for algorithm in sorted(needed_digests(draft.signed_data))
    ]
    spans = [span for _, span, _ in wanted]
    values = document.digests(spans, [algorithm for *_, algorithm in wanted])
    for (draft, _, algorithm), value in zip(wanted, values, strict=True):
        if value is not None:
            draft.digests[algorithm] = value
