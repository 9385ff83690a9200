"""What later signatures and proofs mean for earlier ones: best signature time, PAdES level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.model.evidence import (
    ChangeClass,
    ChangeItem,
    Evidence,
    ProofOfExistence,
    SignatureKind,
    TimeBasis,
    TimestampFacts,
)
from sigcheck.model.indication import Indication, SubIndication


class BestTime(Struct, frozen=True):
    """A moment and what it rests on."""

    moment: datetime
    basis: TimeBasis


class Proof(Struct, frozen=True):
    """A time-stamp's statement with its verdict."""

    time: datetime | None
    indication: Indication
    sub_indication: SubIndication | None

    @property
    def basis(self) -> TimeBasis:
        """Return what this proof is worth."""
        if self.time is None or not is_proof(self.indication, self.sub_indication):
            return TimeBasis.UNPROVEN
        passed = self.indication is Indication.TOTAL_PASSED
        return TimeBasis.PROVEN if passed else TimeBasis.PROVISIONAL


def is_proof(indication: Indication, sub_indication: SubIndication | None) -> bool:
    """Say whether a time-stamp with this verdict tells a time, proven or provisional.

    Provisional: sound in every respect but that the TSA's status could not be asked. The
    signature is judged at that time, yet cannot pass on it (TM-PROVISIONAL).
    """
    passed = indication is Indication.TOTAL_PASSED
    return passed or sub_indication is SubIndication.TRY_LATER


def best_signature_time(proofs: Iterable[Proof], validation_time: datetime) -> BestTime:
    """Return the earliest proven time, else the earliest provisional one, else now.

    EN 319 102-1, 5.5.4 (1) and (4): best-signature-time starts as the current time and is
    lowered by each valid time-stamp; a stamp from the future proves nothing.
    """
    usable = [p for p in proofs if p.time is not None and p.time <= validation_time]
    for basis in (TimeBasis.PROVEN, TimeBasis.PROVISIONAL):
        times = [p.time for p in usable if p.basis is basis and p.time]
        if times:
            return BestTime(min(times), basis)
    return BestTime(validation_time, TimeBasis.UNPROVEN)


def existed_by(proofs: Iterable[ProofOfExistence], validation_time: datetime) -> datetime:
    """Return the earliest moment by which something before all these proofs existed.

    EN 319 102-1, 5.6.2.3: without any proof, an object is known to exist at the validation time.
    """
    return min((proof.time for proof in proofs), default=validation_time)


# --- Which PAdES baseline level a signature has reached


def pades_level(evidence: Evidence, stamped_revisions: Iterable[int]) -> str | None:
    """Return B-B, B-T, B-LT or B-LTA; None for what is no PAdES signature or doesn't hold.

    `stamped_revisions` are those of the document time-stamps that hold cryptographically. The level
    says what is there, not what it is worth: trust and policy have their own words. A signature by
    `adbe.pkcs7.detached` has no level, whatever follows it: PAdES asks for `ETSI.CAdES.detached`
    with a signing-certificate attribute (EN 319 142-1, 6.3).
    """
    if not _is_pades(evidence):
        return None
    later = [revision for revision in stamped_revisions if revision > evidence.revision]
    if not later and not any(map(is_sound, evidence.timestamps)):
        return "B-B"
    since = evidence.material_since
    if since is None:
        return "B-T"
    return "B-LTA" if any(revision >= since for revision in later) else "B-LT"


def _is_pades(evidence: Evidence) -> bool:
    cms = evidence.cms
    asked = (
        evidence.kind is not SignatureKind.DOCUMENT_TIMESTAMP,
        evidence.dictionary.sub_filter == "ETSI.CAdES.detached",
        cms.parsed and cms.has_signed_attributes,
        cms.signing_certificate_version > 0 and cms.signing_certificate_matches is not False,
        cms.digest_matches is True and cms.signature_ok is True,
    )
    return all(asked)


def is_sound(token: TimestampFacts) -> bool:
    """Say whether a token is about what it stamps and its own value verifies."""
    value = token.cms.signature_ok is True and token.cms.digest_matches is not False
    return token.parsed and token.time is not None and token.imprint_matches is True and value


# --- Which later signatures excuse their own appearance


class LaterVerdict(Struct, frozen=True):
    """What a later signature came to."""

    indication: Indication
    anchored: bool

    @property
    def excused(self) -> bool:
        """Say whether the signature answers for the widget it brought."""
        return self.indication is not Indication.TOTAL_FAILED and self.anchored


def remembered(known: LaterVerdict | None, new: LaterVerdict) -> LaterVerdict:
    """Return what counts for a field name: where two signatures share it, the one not excused."""
    return known if known is not None and not known.excused else new


def judged_changes(
    items: tuple[ChangeItem, ...], later: Mapping[str, LaterVerdict]
) -> tuple[ChangeItem, ...]:
    """Return the changes with each new signature field in the row its own verdict earned it."""
    own, new = ChangeClass.SIGNATURE, ChangeClass.NEW_FIELD
    return tuple(
        [
            _judged(item, later) if item.change is own or item.change is new else item
            for item in items
        ]
    )


def _judged(item: ChangeItem, later: Mapping[str, LaterVerdict]) -> ChangeItem:
    if item.change is ChangeClass.NEW_FIELD and not item.covers:
        return replace(item, change=ChangeClass.SIGNATURE)
    if item.change is ChangeClass.NEW_FIELD:
        return item
    verdict = later.get(item.field)
    if verdict is not None and verdict.excused:
        return item
    # A signature that was not found to be judged answers for nothing, like one that failed.
    failed = verdict is None or verdict.indication is Indication.TOTAL_FAILED
    return replace(item, change=ChangeClass.NEW_FIELD) if failed or item.covers else item
