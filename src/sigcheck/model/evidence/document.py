"""One document's facts, and the evidence one signature is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field

from sigcheck.model.evidence.certificates import CertificateFacts, PathFacts, SignerIdentity, Tier
from sigcheck.model.evidence.cms import (
    CmsFacts,
    CounterSignature,
    ProofOfExistence,
    Statements,
    TimestampFacts,
)
from sigcheck.model.evidence.revisions import (
    Ambiguity,
    Anomaly,
    ByteRangeFacts,
    ChangeItem,
    PageComparison,
    PageDifference,
    Permission,
    Rect,
    UndrawnPage,
)


class SignatureKind(StrEnum):
    """ISO 32000-2, 12.8.1: the kinds of signature a document may carry."""

    APPROVAL = "approval"
    CERTIFICATION = "certification"
    DOCUMENT_TIMESTAMP = "document-timestamp"


class Act(StrEnum):
    """Which step of clerical work a signature performs (decree 30/2020); a heuristic."""

    INITIAL = "initial"
    APPROVE = "approve"
    NUMBER = "number"
    DATE = "date"
    MONTH = "month"
    SEAL = "seal"
    PUBLICATION = "publication"
    """A gazette's or portal's service confirms that it released the document."""
    INCOMING = "incoming"
    ATTACHMENT = "attachment"
    COPY = "copy"
    UNKNOWN = "unknown"


class TimeBasis(StrEnum):
    """What the best signature time rests on."""

    PROVEN = "proven"
    """A time-stamp that passed."""
    PROVISIONAL = "provisional"
    """A sound time-stamp whose TSA could not be checked for revocation."""
    UNPROVEN = "unproven"
    """Nothing: the validation time itself (EN 319 102-1, 5.3)."""


class RevisionFacts(Struct, frozen=True):
    """One incremental update: its bytes and how many objects it touched."""

    number: int
    start: int
    end: int
    objects: int
    xref: str
    """table, stream, hybrid or rebuilt."""


class DictionaryFacts(Struct, frozen=True):
    """The signature dictionary's own words: unauthenticated text, even when the signature holds."""

    name: str = ""
    reason: str = ""
    location: str = ""
    contact_info: str = ""
    filter: str = ""
    sub_filter: str = ""
    producer: str = ""
    """/Prop_Build /App /Name."""
    claimed_time: datetime | None = None
    """/M, with its own offset; None when missing or unreadable."""
    claimed_time_raw: str = ""
    permission: Permission = Permission.APPROVAL
    type: str = ""
    """/Type as written."""
    locked_fields: tuple[str, ...] | None = None
    """Fields a FieldMDP freezes; `*` for all, `!NAME` for one left free, None for no lock."""


class WidgetFacts(Struct, frozen=True):
    """Where a signature shows itself."""

    page: int | None
    """Counted from 1; None when no page refers to it."""
    rect: Rect | None
    visible: bool
    text: str = ""
    """Text drawn by the appearance, when it draws any; untrusted."""
    has_image: bool = False
    colours: tuple[str, ...] = ()
    """Dominant colours of its image or strokes: `red`, `blue`, `black`, `other`."""
    font: str = ""
    """Base font of the drawn text, without its subset's prefix; untrusted."""
    font_size: float | None = None
    """Size of the drawn text in points."""
    page_box: Rect | None = None
    """The page's visible box; None for a rotated page."""
    before: str = ""
    """What the page itself prints on the same line, left of the drawn text; untrusted. Looked up
    only where the drawn text could be a number or a day."""
    covers: str = ""
    """The page's own letters under the drawn text."""
    after: str = ""
    """As `before`, to the right."""


class Evidence(Struct, frozen=True):
    """Everything the checks may know about one signature. No verdict in here."""

    field: str
    """Fully qualified field name; empty for an orphan dictionary."""
    index: int
    """Position in the report, from 0, in revision order."""
    orphan: bool
    """No signature field of the document leads to this dictionary."""
    kind: SignatureKind
    revision: int
    revision_count: int
    dictionary: DictionaryFacts
    byte_range: ByteRangeFacts | None
    cms: CmsFacts
    certificate: CertificateFacts | None
    signer: SignerIdentity
    path: PathFacts | None
    timestamps: tuple[TimestampFacts, ...]
    widget: WidgetFacts | None
    changes: tuple[ChangeItem, ...]
    """Changes by all later revisions; shared tuples, judged once per revision."""
    anomalies: tuple[Anomaly, ...] = ()
    """Structural oddities that concern this signature."""
    ambiguities: tuple[Ambiguity, ...] = ()
    """What later revisions wrote, or reach in the signed bytes, that has more than one reading."""
    drawn_ambiguities: tuple[str, ...] = ()
    """Codes of what has more than one reading in the signed bytes and is drawn on a page."""
    object_number: int | None = None
    later_revisions_unread: bool = False
    """A later revision could not be compared: never silently unchanged."""
    shares_dictionary_with: tuple[str, ...] = ()
    """Other fields whose /V is the very same dictionary."""
    colliding_fields: tuple[str, ...] = ()
    """Other fields of the same fully qualified name, or whose bytes overlap."""
    validation_time: datetime | None = None
    """The time the question is asked for (an argument, never the clock)."""
    best_signature_time: datetime | None = None
    """Earliest proven existence, or the validation time (EN 319 102-1, 5.5.4)."""
    best_time_basis: TimeBasis = TimeBasis.UNPROVEN
    rejected_tokens: tuple[str, ...] = ()
    """Code of the finding that decided against each time-stamp that proves nothing, with the
    sub-indication behind it where that is not the check's own."""
    has_validation_data: bool = False
    """The file itself holds a certificate and a status for every link of the signer's path and
    of its time-stamps' paths (level B-LT)."""
    material_since: int | None = None
    """The revision by which all of that stood in the file."""
    covered_by_document_timestamp: bool = False
    """A later document time-stamp holds cryptographically."""
    proofs: tuple[ProofOfExistence, ...] = ()
    """The document time-stamps that passed and stand later in the file."""
    page_differences: tuple[PageDifference, ...] | None = None
    """What looks otherwise than when this was signed, where no later signature or filled field
    accounts for it; None where the pages were not compared from here."""
    undrawn_pages: tuple[UndrawnPage, ...] = ()
    """Pages that could not be compared with how they were signed."""
    statements: Statements = Statements()
    content_timestamps: tuple[TimestampFacts, ...] = ()
    """Time-stamps of the content, taken before it was signed (EN 319 122-1, 5.2.8)."""
    counter_signatures: tuple[CounterSignature, ...] = ()
    not_signed_before: datetime | None = None
    """The latest content time-stamp that passed: the signature was made after it."""
    rejected_content_tokens: tuple[str, ...] = ()
    """As `rejected_tokens`, of the content time-stamps."""
    read_by: str = ""
    """Version of the program that read the document elsewhere; empty where it was read here."""

    @property
    def tier(self) -> Tier:
        """Tier of the anchor that the signer's path ends in; UNTRUSTED where it ends in none."""
        anchor = self.path.anchor if self.path else None
        return anchor.tier if anchor else Tier.UNTRUSTED

    @property
    def paths(self) -> tuple[PathFacts, ...]:
        """The signer's path and those of all others who vouch here, as far as there are any."""
        counters = (counter.path for counter in self.counter_signatures)
        found = (self.path, *(token.path for token in self.tokens), *counters)
        return tuple(path for path in found if path is not None)

    @property
    def tokens(self) -> tuple[TimestampFacts, ...]:
        """All time-stamps of this signature: of its value, then of its content."""
        return (*self.timestamps, *self.content_timestamps)


class DocumentEvidence(Struct, frozen=True):
    """Everything known about the document itself."""

    size: int
    sha256: str
    pdf_version: str
    encrypted: bool
    revisions: tuple[RevisionFacts, ...]
    signatures: tuple[Evidence, ...]
    unsigned_fields: tuple[str, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    page_count: int = 0
    trailing_bytes: int = 0
    active_content: tuple[str, ...] = ()
    """`javascript`, `xfa`, `launch`, `external-reference`, … found in the last revision."""
    producer: str = ""
    """/Info /Producer; untrusted text."""
    pdfa: str = ""
    """The PDF/A part and conformance the XMP claims, such as `2B`; empty when it claims none."""
    pdfa_verdict: str = ""
    """`yes PDF/A-2B` or `no PDF/A-2B` by an outside program; empty where none was asked."""
    fonts_not_embedded: tuple[str, ...] = ()
    """Names of fonts the pages use and the file does not carry; untrusted text."""
    stamps: tuple[str, ...] = ()
    """Marks of a receiving office such as `CÔNG VĂN ĐẾN`, found in text or names."""
    page_seals: tuple[int, ...] = ()
    """Pages that draw a red, seal-like image themselves, without a signature behind it."""
    page_comparison: PageComparison | None = None
    """How pages look in each signed state and now; None where nobody asked."""
    materials: Mapping[str, bytes] = field(default_factory=dict)
    """SHA-256 to bytes of every certificate, CRL, OCSP response and token used."""
    validation_time: datetime | None = None
    """The time the question is asked for, while the document is judged."""
    before_header: int = 0
    """Bytes before the header that no offset and no byte range of the file counts."""

    @property
    def end(self) -> int:
        """Return where the file ends, counted as its byte ranges are: from its header."""
        return self.size - self.before_header

    @property
    def rewritten(self) -> bool:
        """Say whether some software wrote the file anew after signing, so that nothing matches.

        A file that was cut off, or changed in place, still has each /Contents where its byte range
        says.
        """
        single = len(self.revisions) <= 1
        return bool(self.signatures) and single and all(_displaced(s) for s in self.signatures)


def _displaced(evidence: Evidence) -> bool:
    facts = evidence.byte_range
    moved = facts is not None and facts.well_formed and not facts.gap_is_own_contents
    return moved and evidence.cms.digest_matches is not True
