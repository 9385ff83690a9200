"""What later signatures and proofs mean for earlier ones: best signature time, PAdES level."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.checks.changes import is_seal, lies_over
from sigcheck.model.evidence import (
    ChangeClass,
    ChangeItem,
    Evidence,
    PageComparison,
    PageDifference,
    PageView,
    PathFacts,
    ProofOfExistence,
    Rect,
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
from sigcheck.model.workflow import Succession


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


def dated(
    tokens: Iterable[TimestampFacts],
    proofs: tuple[ProofOfExistence, ...],
    validation_time: datetime,
) -> tuple[TimestampFacts, ...]:
    """Return time-stamps with what later ones prove of them."""
    by = existed_by(proofs, validation_time)
    return tuple(
        replace(token, existed_by=by, validation_time=validation_time, proofs=proofs)
        for token in tokens
    )


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


def judged_changes(
    evidence: Evidence,
    later: Mapping[str, LaterVerdict],
    successions: Sequence[Succession] = (),
) -> tuple[ChangeItem, ...]:
    """Return the changes with each signature field in the row its signer earned it.

    `successions` say which organisations took over others.
    """
    judged = (_judged(item, evidence, later, successions) for item in evidence.changes)
    return _shared(tuple(judged), later)


def _judged(
    item: ChangeItem,
    evidence: Evidence,
    later: Mapping[str, LaterVerdict],
    successions: Sequence[Succession],
) -> ChangeItem:
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
        stranger = not same_unit(evidence, verdict, successions)
        words = verdict.words if stranger else ""
        in_place = verdict.in_place and not stranger
        return replace(item, stranger=stranger, words=words, in_place=in_place)
    if standing is Answerability.UNCLEAR:
        return replace(item, change=ChangeClass.SIGNATURE_UNCLEAR)
    broken = verdict is None or verdict.broken
    row = ChangeClass.NEW_FIELD if item.paints or broken else ChangeClass.EMPTY_FIELD
    return replace(item, change=row)


def same_unit(
    evidence: Evidence, other: LaterVerdict, successions: Sequence[Succession] = ()
) -> bool:
    """Say whether two signers stand under one authority and belong to one organisation.

    Units within an organisation count as one; units of one name in two organisations do not. An
    organisation is the one that took it over.
    """
    anchor = evidence.path.anchor if evidence.path is not None else None
    # A signature under a test anchor never passes; others are its colleagues by name alone.
    if anchor is None or anchor.tier not in (other.tier, Tier.TEST):
        return False
    heirs = {_folded(name): _folded(row.into) for row in successions for name in row.names}
    names = {_organisation(s) for s in (evidence.signer, other.signer)}
    in_force = {_in_force(name, heirs) for name in names}
    places = {_folded(s.locality) for s in (evidence.signer, other.signer)} - {""}
    # A name such as that of a province says itself where it is.
    is_here = any(place in name for place in places for name in names | in_force)
    return len(in_force) == 1 and in_force != {""} and (len(places) <= 1 or is_here)


_COMMITTEE = re.compile("(?:uỷ|ủy) ban nhân dân |ubnd ")
"""Before a province's name: certificates of the first generation leave it out."""
_PROVINCE = re.compile(r"(?:^|(?<= ))(?:tỉnh|thành phố) (.+)")
_MOST_HEIRS = 8


def _organisation(signer: SignerIdentity) -> str:
    """Return the organisation a certificate names; its own name where it is one itself."""
    own = signer.common_name if signer.kind is SignerKind.ORGANIZATION else ""
    name = _folded(signer.organization or own)
    committee = _COMMITTEE.match(name)
    return name[committee.end() :] if committee else name


def _in_force(name: str, heirs: Mapping[str, str]) -> str:
    """Return what an organisation, or the province at its name's end, is called today."""
    for _ in range(_MOST_HEIRS):
        province = _PROVINCE.search(name)
        if province and province[1] in heirs:
            name = f"{name[: province.start()]}tỉnh {heirs[province[1]]}"
        else:
            name = heirs.get(name, name)
    return name.replace("thành phố ", "tỉnh ")


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


# --- How much of a page later signatures take together

_MANY = 64
"""Rectangles of which the union is worked out; of more, all areas are added up."""


def _shared(
    items: tuple[ChangeItem, ...], later: Mapping[str, LaterVerdict]
) -> tuple[ChangeItem, ...]:
    """Give each signature's rectangle the share of the page that those with it take together.

    With it are those of the same signer, and those that lie over something as it does.
    """
    groups: dict[Hashable, list[ChangeItem]] = {}
    for item in items:
        for key in _groups(item, later):
            groups.setdefault(key, []).append(item)
    shares = {key: _share(group) for key, group in groups.items()}
    return tuple(
        replace(item, page_share=max(shares[key] for key in keys)) if keys else item
        for item, keys in ((item, _groups(item, later)) for item in items)
    )


def _groups(item: ChangeItem, later: Mapping[str, LaterVerdict]) -> list[Hashable]:
    if item.change is not ChangeClass.SIGNATURE or not item.paints or item.page_share == 0:
        return []
    keys: list[Hashable] = [(item.page, later[item.field].signer)]
    return [*keys, (item.page, None)] if lies_over(item) else keys


def _share(group: list[ChangeItem]) -> float:
    largest = max(item.page_share for item in group)
    sized = [item for item in group if item.rect is not None]
    if largest >= 1 or not sized:
        return largest
    rects = [item.rect for item in sized if item.rect is not None]
    whole = _area(rects[0]) / sized[0].page_share
    together = sum(map(_area, rects)) if len(rects) > _MANY else _union(rects)
    return max(largest, together / whole)


def _area(rect: Rect) -> float:
    return (rect[2] - rect[0]) * (rect[3] - rect[1])


def _union(rects: list[Rect]) -> float:
    """Return the area that rectangles cover together: strip by strip, each row once."""
    total = 0.0
    edges = sorted({side for rect in rects for side in (rect[0], rect[2])})
    for left, right in pairwise(edges):
        top = float("-inf")
        rows = sorted((r[1], r[3]) for r in rects if r[0] <= left and right <= r[2])
        for low, high in rows:
            total += (right - left) * max(0.0, high - max(low, top))
            top = max(top, high)
    return total


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
