"""What later signatures and proofs mean for earlier ones: best signature time, PAdES level."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.checks.changes import is_seal
from sigcheck.model.evidence import (
    ChangeClass,
    ChangeItem,
    Evidence,
    PageComparison,
    PageDifference,
    PageView,
    PathFacts,
    ProofOfExistence,
    SignatureKind,
    SignerIdentity,
    SignerKind,
    Tier,
    TimeBasis,
    TimestampFacts,
    UndrawnPage,
)
from sigcheck.model.finding import Finding
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


class Answerability(StrEnum):
    """Whether a later signature answers for the appearance it brought."""

    ANSWERS = "answers"
    """Intact, not revoked when made, under an anchor of any tier."""
    UNCLEAR = "unclear"
    """A CA certificate is missing, or something could not be checked."""
    NOBODY = "nobody"
    """Broken, revoked when made, or its whole path ends at no anchor."""


class LaterVerdict(Struct, frozen=True):
    """What a later signature came to, and who made it."""

    standing: Answerability
    signer: SignerIdentity
    tier: Tier | None
    words: str = ""
    """What its appearance says; untrusted."""
    broken: bool = False
    """It does not hold, whoever made it."""
    in_place: bool = False
    """Nothing is held against it but what `_HARMLESS` names, and it lies where the decree has a
    place for it."""


_HARMLESS = frozenset(
    {"RV-STATUS-KNOWN", "TM-PROVISIONAL", "AL-DIGEST-ACCEPTED", "AL-CHAIN-ACCEPTED"}
)
"""What keeps a signature from passing and decides nothing for others: a status that is not at hand,
and the age of a digest (design, the table of later changes)."""


def later_verdict(
    evidence: Evidence, findings: Iterable[Finding], *, placed: bool = False
) -> LaterVerdict:
    """Return what a signature answers for in the eyes of the signatures before it.

    Only its own integrity, its path and a revocation before it was made count; whatever else keeps
    it from passing decides nothing for others. `placed`: its appearance lies where the decree has
    a place for it.
    """
    path, cms = evidence.path, evidence.cms
    anchor = path.anchor if path is not None else None
    words = evidence.widget.text if evidence.widget is not None else ""
    tier = anchor.tier if anchor is not None else None
    answers = {f.code: f.sub_indication for f in findings if f.unanswered}
    broken = _is_broken(evidence)
    if broken or answers.get("RV-SIGNER-GOOD") is SubIndication.REVOKED:
        standing = Answerability.NOBODY
    elif cms.digest_matches is None or cms.signature_ok is None:
        standing = Answerability.UNCLEAR
    elif anchor is not None:
        standing = Answerability.UNCLEAR if "RV-SIGNER-GOOD" in answers else Answerability.ANSWERS
    else:
        standing = (
            Answerability.NOBODY if path is not None and _has_ended(path) else Answerability.UNCLEAR
        )
    in_place = placed and {f.code for f in findings if f.decides} <= _HARMLESS
    return LaterVerdict(standing, evidence.signer, tier, words, broken, in_place)


def _is_broken(evidence: Evidence) -> bool:
    placed, cms = evidence.byte_range, evidence.cms
    whole = placed is not None and placed.gap_is_own_contents and placed.covers_revision
    holds = cms.parsed and cms.digest_matches is not False and cms.signature_ok is not False
    return not (whole and holds)


def _has_ended(path: PathFacts) -> bool:
    """Say whether a path without an anchor cannot become longer by any certificate at hand.

    It ends at a root nobody pinned, or names a CA by name and key identifier that is known and
    never signed it.
    """
    forged = any(
        problem.code == "forged-issuer-name" and problem.detail == "same-key-id"
        for problem in path.problems
    )
    return bool(path.steps) and (forged or not path.missing_issuer)


_WORST_FIRST = (Answerability.NOBODY, Answerability.UNCLEAR, Answerability.ANSWERS)


def remembered(known: LaterVerdict | None, new: LaterVerdict) -> LaterVerdict:
    """Return what counts for a field name: where two signatures share it, the worse standing."""
    if known is None:
        return new
    return min(known, new, key=lambda verdict: _WORST_FIRST.index(verdict.standing))


def judged_changes(evidence: Evidence, later: Mapping[str, LaterVerdict]) -> tuple[ChangeItem, ...]:
    """Return the changes with each signature field in the row its signer earned it."""
    return tuple(_judged(item, evidence, later) for item in evidence.changes)


def _judged(item: ChangeItem, evidence: Evidence, later: Mapping[str, LaterVerdict]) -> ChangeItem:
    if item.change is ChangeClass.EXTENSION:
        # A document time-stamp says when, and nothing more: what it paints is content.
        return replace(item, change=ChangeClass.NEW_FIELD) if item.paints else item
    if item.change is ChangeClass.NEW_FIELD:
        return item if item.paints else replace(item, change=ChangeClass.EMPTY_FIELD)
    if item.change is not ChangeClass.SIGNATURE:
        return item
    verdict = later.get(item.field)
    # A signature that was not found to be judged answers for nothing.
    standing = verdict.standing if verdict is not None else Answerability.NOBODY
    if verdict is not None and standing is Answerability.ANSWERS:
        stranger = not same_unit(evidence, verdict)
        words = verdict.words if stranger else ""
        in_place = verdict.in_place and not stranger
        return replace(item, stranger=stranger, words=words, in_place=in_place)
    if standing is Answerability.UNCLEAR:
        return replace(item, change=ChangeClass.SIGNATURE_UNCLEAR)
    broken = verdict is None or verdict.broken
    row = ChangeClass.NEW_FIELD if item.paints or broken else ChangeClass.EMPTY_FIELD
    return replace(item, change=row)


def same_unit(evidence: Evidence, other: LaterVerdict) -> bool:
    """Say whether two signers stand under one authority and share an organisation."""
    anchor = evidence.path.anchor if evidence.path is not None else None
    # A signature under a test anchor never passes; others are its colleagues by name alone.
    if anchor is None or anchor.tier not in (other.tier, Tier.TEST):
        return False
    return not _units(evidence.signer).isdisjoint(_units(other.signer))


def _units(signer: SignerIdentity) -> set[str]:
    """Return the organisations a certificate names, case and white space folded."""
    names = [signer.organization, *signer.organizational_unit.split(",")]
    if signer.kind is SignerKind.ORGANIZATION:
        names.append(signer.common_name)
    folded = (" ".join(unicodedata.normalize("NFC", name).casefold().split()) for name in names)
    return {name for name in folded if name}


# --- What the pages show since a signature (design, one reading, 5)


class PagesSince(Struct, frozen=True):
    """How the pages look, compared with how they were when something was signed."""

    differences: tuple[PageDifference, ...] | None = None
    """Those that nothing accounts for; None where the pages were not compared from here."""
    undrawn: tuple[UndrawnPage, ...] = ()


def pages_since(evidence: Evidence, comparison: PageComparison | None) -> PagesSince:
    """Return what differs since a signature; `evidence` holds its judged changes."""
    end = evidence.byte_range.end if evidence.byte_range else None
    if comparison is None or end is None or end not in comparison.ends[:-1]:
        return PagesSince()
    revision = dict(zip(comparison.ends, comparison.revisions, strict=True))
    differences = tuple(
        difference
        for difference in comparison.differences
        if difference.start >= end
        and not _accounted_for(
            difference, evidence.changes, revision[difference.start], revision[difference.end]
        )
    )
    return PagesSince(differences, tuple(u for u in comparison.undrawn if u.end >= end))


def _accounted_for(
    difference: PageDifference, changes: tuple[ChangeItem, ...], after: int, until: int
) -> bool:
    """Say whether the rectangle of a later signature or a filled field holds all that differs.

    Only what was written between the two states counts, and only what is drawn over the page:
    the page's own content is no signature's and no field's.
    """
    if PageView.CONTENT in difference.views:
        return False
    written = [
        c
        for c in changes
        if after < c.revision <= until
        and c.field in difference.inside
        and c.change is not ChangeClass.EXTENSION  # shows nothing, such as a lock on the field
    ]
    over_words = difference.covered > 0
    excused = {c.field for c in written if _may_show(c, over_words=over_words)}
    return bool(excused - {c.field for c in written if not _may_show(c, over_words=over_words)})


def _may_show(change: ChangeItem, *, over_words: bool) -> bool:
    """Say whether a change may show itself in its own rectangle, and over the page's words.

    A seal lies over the words beside it (decree 30/2020, annex I, II.8.a).
    """
    if change.change is ChangeClass.SIGNATURE:
        return not over_words or (is_seal(change) and not change.stranger)
    filled = change.change in (ChangeClass.FORM_FILLING, ChangeClass.VALUE_REPLACED)
    return filled and not over_words
