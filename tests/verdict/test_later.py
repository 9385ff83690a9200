"""What later signatures and time-stamps mean for earlier ones (table of the design), from facts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from sigcheck.model.evidence import (
    ChangeClass,
    ChangeItem,
    PathFacts,
    PathProblem,
    ProofOfExistence,
    SignatureKind,
    SignerIdentity,
    SignerKind,
    Tier,
    TimeBasis,
    TimestampFacts,
)
from sigcheck.model.finding import Block, Finding, Level, failed
from sigcheck.model.indication import Indication, SubIndication
from sigcheck.model.workflow import Succession
from sigcheck.verdict.later import (
    Answerability,
    LaterVerdict,
    Proof,
    best_signature_time,
    existed_by,
    is_proof,
    is_sound,
    judged_changes,
    later_verdict,
    pades_level,
    remembered,
    same_unit,
)
from tests import facts

SECOND = timedelta(seconds=1)
NOW = facts.NOW
S = SubIndication


def found(code: str, sub: SubIndication | None) -> Finding:
    """Return a finding that failed."""
    return Finding(code, Block.REVOCATION, Level.FAIL, failed(), sub)


def unanchored(**odd: Any) -> PathFacts:
    """Return a path that reaches no anchor."""
    return facts.path(anchor=None, **odd)


@pytest.mark.parametrize(
    ("placed", "code", "in_place"),
    [
        (True, "", True),
        (False, "", False),
        (True, "RV-STATUS-KNOWN", True),
        (True, "AL-DIGEST-ACCEPTED", True),
        (True, "PA-TIER-PRODUCTION", False),
    ],
)
def test_a_stamp_in_its_place_passed(code: str, *, placed: bool, in_place: bool) -> None:
    """Nothing is wrong with it but a missing status or an old digest, and it is no stranger's."""
    findings = (found(code, S.TRY_LATER),) if code else ()
    verdict = replace(
        later_verdict(facts.evidence(), findings, placed=placed),
        signer=SignerIdentity(organization="UBND tỉnh"),
    )
    stranger = replace(verdict, signer=SignerIdentity(organization="Công ty A"))
    item = change(C.SIGNATURE, paints=True)

    (judged,) = judged_changes(evidence(changes=(item,)), {"Signature2": verdict})
    (other,) = judged_changes(evidence(changes=(item,)), {"Signature2": stranger})

    assert (judged.in_place, other.in_place) == (in_place, False)


def problem(code: str, detail: str) -> PathProblem:
    """Return why a path is not longer."""
    return PathProblem(code=code, subject="CN=CA", detail=detail)


# --- who answers for an appearance ------------------------------------------------------------


@pytest.mark.parametrize("tier", list(Tier))
def test_intact_and_anchored_answers(tier: Tier) -> None:
    """An anchor of any tier will do."""
    verdict = later_verdict(facts.evidence(path=facts.path(tier=tier)), ())

    assert (verdict.standing, verdict.tier, verdict.broken) == (Answerability.ANSWERS, tier, False)


@pytest.mark.parametrize(
    ("code", "sub", "standing"),
    [
        ("RV-SIGNER-GOOD", S.REVOKED, Answerability.NOBODY),
        ("RV-SIGNER-GOOD", S.REVOKED_NO_POE, Answerability.UNCLEAR),
        ("RV-STATUS-KNOWN", S.TRY_LATER, Answerability.ANSWERS),
        ("AL-DIGEST-ACCEPTED", S.CRYPTO_CONSTRAINTS_FAILURE, Answerability.ANSWERS),
        ("PA-VALIDITY-LASTS", S.OUT_OF_BOUNDS_NO_POE, Answerability.ANSWERS),
        ("CH-UNDEFINED", S.FORMAT_FAILURE, Answerability.ANSWERS),
    ],
)
def test_only_a_revocation_before_it_was_made_counts(
    code: str, sub: SubIndication, standing: Answerability
) -> None:
    """Whatever else keeps a later signature from passing decides nothing for earlier ones."""
    assert later_verdict(facts.evidence(), (found(code, sub),)).standing is standing


@pytest.mark.parametrize(
    "odd",
    [
        {"cms": facts.cms(digest_matches=False)},
        {"cms": facts.cms(signature_ok=False)},
        {"cms": facts.cms(parsed=False)},
        {"byte_range": None},
        {"byte_range": facts.byte_range(gap_is_own_contents=False)},
        {"byte_range": facts.byte_range(covers_revision=False)},
    ],
)
def test_broken_signature_is_nobody(odd: dict[str, Any]) -> None:
    """A signature that does not hold answers for nothing, whoever is named in it."""
    verdict = later_verdict(facts.evidence(**odd), ())

    assert (verdict.standing, verdict.broken) == (Answerability.NOBODY, True)


@pytest.mark.parametrize(
    ("odd", "standing"),
    [
        ({"cms": facts.cms(digest_matches=None)}, Answerability.UNCLEAR),
        ({"cms": facts.cms(signature_ok=None)}, Answerability.UNCLEAR),
        ({"certificate": None, "path": None}, Answerability.UNCLEAR),
        ({"path": unanchored(missing_issuer="CN=CA")}, Answerability.UNCLEAR),
        ({"path": unanchored()}, Answerability.NOBODY),
        ({"path": unanchored(steps=())}, Answerability.UNCLEAR),
        (
            {
                "path": unanchored(
                    missing_issuer="CN=CA",
                    problems=(problem("forged-issuer-name", "same-key-id"),),
                )
            },
            Answerability.NOBODY,
        ),
        (
            {
                "path": unanchored(
                    missing_issuer="CN=CA", problems=(problem("other", "same-key-id"),)
                )
            },
            Answerability.UNCLEAR,
        ),
        (
            {
                "path": unanchored(
                    missing_issuer="CN=CA", problems=(problem("forged-issuer-name", "other"),)
                )
            },
            Answerability.UNCLEAR,
        ),
    ],
)
def test_missing_material_accuses_nobody(odd: dict[str, Any], standing: Answerability) -> None:
    """Rule 9: a missing CA certificate leaves it UNCLEAR; a whole path to no anchor is NOBODY."""
    verdict = later_verdict(facts.evidence(**odd), ())

    assert (verdict.standing, verdict.broken) == (standing, False)


def of(standing: Answerability, **odd: Any) -> LaterVerdict:
    """Return what a later signature came to."""
    signer = SignerIdentity(common_name="Ủy ban Nhân dân tỉnh", organization="UBND tỉnh")
    return replace(LaterVerdict(standing, signer, Tier.GOVERNMENT), **odd)


@pytest.mark.parametrize("worse", [Answerability.NOBODY, Answerability.UNCLEAR])
def test_two_signatures_under_one_name(worse: Answerability) -> None:
    """The worse of two speaks for a name, in whatever order they come."""
    good, bad = of(Answerability.ANSWERS), of(worse)

    assert remembered(None, good) == good
    assert remembered(good, bad).standing is worse
    assert remembered(bad, good).standing is worse
    assert (
        remembered(of(Answerability.UNCLEAR), of(Answerability.NOBODY)).standing
        is Answerability.NOBODY
    )


def change(kind: ChangeClass, **odd: Any) -> ChangeItem:
    """Return a change in the field of a later signature."""
    return replace(ChangeItem(kind, 2, "rule", "/Root", field="Signature2"), **odd)


C = ChangeClass


@pytest.mark.parametrize(
    ("item", "verdict", "row"),
    [
        (change(C.EXTENSION), None, C.EXTENSION),
        (change(C.EXTENSION, paints=True), None, C.NEW_FIELD),
        (change(C.NEW_FIELD), None, C.EMPTY_FIELD),
        (change(C.NEW_FIELD, paints=True), None, C.NEW_FIELD),
        (change(C.UNDEFINED, paints=True), None, C.UNDEFINED),
        (change(C.FORM_FILLING, paints=True), None, C.FORM_FILLING),
        (change(C.SIGNATURE), None, C.NEW_FIELD),
        (change(C.SIGNATURE, paints=True), of(Answerability.ANSWERS), C.SIGNATURE),
        (change(C.SIGNATURE, paints=True), of(Answerability.UNCLEAR), C.SIGNATURE_UNCLEAR),
        (change(C.SIGNATURE), of(Answerability.UNCLEAR), C.SIGNATURE_UNCLEAR),
        (change(C.SIGNATURE, paints=True), of(Answerability.NOBODY), C.NEW_FIELD),
        (change(C.SIGNATURE), of(Answerability.NOBODY), C.EMPTY_FIELD),
        (change(C.SIGNATURE), of(Answerability.NOBODY, broken=True), C.NEW_FIELD),
    ],
)
def test_row_of_the_table(item: ChangeItem, verdict: LaterVerdict | None, row: ChangeClass) -> None:
    """An appearance without an anchored signer is content; time-stamps paint nothing."""
    known = {} if verdict is None else {"Signature2": verdict}
    (judged,) = judged_changes(evidence(changes=(item,)), known)

    assert judged.change is row


def evidence(**odd: Any) -> Any:
    """Return a signature of an official of the province."""
    signer = SignerIdentity(
        common_name="Nguyễn Văn Út",
        organization="UBND tỉnh",
        organizational_unit="Lãnh đạo",
        kind=SignerKind.INDIVIDUAL,
    )
    return facts.evidence(**{"signer": signer, **odd})


@pytest.mark.parametrize(
    ("verdict", "stranger"),
    [
        (of(Answerability.ANSWERS), False),
        (of(Answerability.ANSWERS, tier=Tier.PUBLIC), True),
        (of(Answerability.ANSWERS, signer=SignerIdentity(organization="Công ty A")), True),
    ],
)
def test_stranger_is_told_with_the_words(verdict: LaterVerdict, *, stranger: bool) -> None:
    """Another unit, or another tier, draws words of its own: they are told."""
    shown = replace(verdict, words="Đã nhận")
    item = change(C.SIGNATURE, paints=True)
    (judged,) = judged_changes(evidence(changes=(item,)), {"Signature2": shown})

    assert (judged.change, judged.stranger) == (C.SIGNATURE, stranger)
    assert judged.words == ("Đã nhận" if stranger else "")


ORGANISATION = SignerKind.ORGANIZATION


@pytest.mark.parametrize(
    ("own", "signer", "same"),
    [
        (Tier.GOVERNMENT, {"organization": "UBND tỉnh"}, True),
        (Tier.GOVERNMENT, {"organization": "ubnd  TỈNH"}, True),
        (Tier.GOVERNMENT, {"organization": "Ủy ban nhân dân huyện"}, False),
        (Tier.GOVERNMENT, {"organizational_unit": "Lãnh đạo"}, False),
        (Tier.GOVERNMENT, {"organization": "Sở A", "organizational_unit": "Lãnh đạo"}, False),
        (Tier.GOVERNMENT, {"common_name": "UBND tỉnh", "kind": ORGANISATION}, True),
        (Tier.GOVERNMENT, {"common_name": "UBND tỉnh"}, False),
        (Tier.GOVERNMENT, {"organization": "Sở Nội vụ"}, False),
        (Tier.GOVERNMENT, {}, False),
        (Tier.PUBLIC, {"organization": "UBND tỉnh"}, False),
        (Tier.TEST, {"organization": "UBND tỉnh"}, True),
    ],
)
def test_same_unit(own: Tier, signer: dict[str, Any], *, same: bool) -> None:
    """One authority and a shared organisation; a test anchor's colleagues are so by name."""
    other = of(Answerability.ANSWERS, signer=SignerIdentity(**signer))

    assert same_unit(evidence(path=facts.path(tier=own)), other) is same


LONG_AN = "ỦY BAN NHÂN DÂN TỈNH LONG AN"
TAKEN_OVER = (Succession("Tây Ninh", ("Long An",), date(2025, 7, 1), "province", "", "S"),)


@pytest.mark.parametrize(
    ("own", "other", "same"),
    [
        ((LONG_AN, "Long An"), ("Tỉnh Long An", "Long An"), True),  # first generation
        ((LONG_AN, "Long An"), ("Ủy ban nhân dân tỉnh Tây Ninh", "Tây Ninh"), True),  # 1/7/2025
        ((LONG_AN, "Long An"), ("Ủy ban nhân dân tỉnh Bến Tre", "Bến Tre"), False),
        ((LONG_AN, "Long An"), (LONG_AN, "Sóc Trăng"), True),  # as in a real certificate
        (("Sở Y tế", "Long An"), ("SỞ Y TẾ", "Long An"), True),
        (("Sở Y tế", "Long An"), ("Sở Y tế", "Hà Nội"), False),
        (("Sở Y tế", "Long An"), ("Sở Y tế", ""), True),
    ],
)
def test_one_name_in_two_places(
    own: tuple[str, str], other: tuple[str, str], *, same: bool
) -> None:
    """A name counts with its place, unless it says that itself; successors are the same unit."""
    mine, theirs = (SignerIdentity(organization=name, locality=at) for name, at in (own, other))

    found = same_unit(evidence(signer=mine), of(Answerability.ANSWERS, signer=theirs), TAKEN_OVER)

    assert found is same


@pytest.mark.parametrize(
    ("places", "shares"),
    [
        # points of a page of 1000 by 1000: apart, one in another, half over each other
        ([(0, 0, 100, 600), (500, 0, 600, 600)], [0.12, 0.12]),
        ([(0, 0, 100, 600), (0, 0, 50, 600)], [0.06, 0.06]),
        ([(0, 0, 100, 600), (50, 0, 150, 600)], [0.09, 0.09]),
        ([(i, 0, i + 1, 600) for i in range(80)], [0.048] * 80),
    ],
)
def test_rectangles_of_one_signer_count_together(
    places: list[tuple[float, float, float, float]], shares: list[float]
) -> None:
    """A page covered tile by tile is covered."""
    items = tuple(
        replace(
            change(C.SIGNATURE, paints=True),
            page=1,
            rect=rect,
            page_share=(rect[2] - rect[0]) * (rect[3] - rect[1]) / 1e6,
        )
        for rect in places
    )

    judged = judged_changes(evidence(changes=items), {"Signature2": of(Answerability.ANSWERS)})

    assert [round(item.page_share, 9) for item in judged] == shares


def test_rectangles_over_words_count_together_whoever_signed() -> None:
    """Of other signers, what lies in a blank space counts by itself."""
    items = tuple(
        replace(
            change(C.SIGNATURE, paints=True),
            field=field,
            page=1,
            rect=(left, 0.0, left + 60, 1000.0),
            page_share=0.06,
            covers=covers,
        )
        for field, left, covers in (("A", 0, ("text",)), ("B", 100, ("text",)), ("C", 200, ()))
    )
    signers = {
        name: of(
            Answerability.ANSWERS, signer=SignerIdentity(common_name=name, organization="UBND tỉnh")
        )
        for name in "ABC"
    }

    judged = judged_changes(evidence(changes=items), signers)

    assert [round(item.page_share, 9) for item in judged] == [0.12, 0.12, 0.06]


@pytest.mark.parametrize("odd", [{"path": None}, {"path": facts.path(anchor=None)}])
def test_without_anchor_there_is_no_unit(odd: dict[str, Any]) -> None:
    """Nobody vouches for the names."""
    assert not same_unit(evidence(**odd), of(Answerability.ANSWERS))


# --- proofs of time ---------------------------------------------------------------------------


def proof(time: datetime | None, sub: SubIndication | None = None) -> Proof:
    """Return a time-stamp's word: passed, or undecided for a reason."""
    return Proof(time, Indication.INDETERMINATE if sub else Indication.TOTAL_PASSED, sub)


@pytest.mark.parametrize(
    ("proofs", "moment", "basis"),
    [
        ([], NOW, TimeBasis.UNPROVEN),
        ([proof(None)], NOW, TimeBasis.UNPROVEN),
        ([proof(NOW)], NOW, TimeBasis.PROVEN),
        ([proof(NOW + SECOND)], NOW, TimeBasis.UNPROVEN),
        ([proof(NOW - SECOND), proof(NOW - 2 * SECOND)], NOW - 2 * SECOND, TimeBasis.PROVEN),
        ([proof(NOW - 9 * SECOND, S.TRY_LATER)], NOW - 9 * SECOND, TimeBasis.PROVISIONAL),
        (
            [proof(NOW - 9 * SECOND, S.TRY_LATER), proof(NOW - SECOND)],
            NOW - SECOND,
            TimeBasis.PROVEN,
        ),
        ([proof(NOW - SECOND, S.REVOKED_NO_POE)], NOW, TimeBasis.UNPROVEN),
        ([proof(NOW - SECOND, S.HASH_FAILURE)], NOW, TimeBasis.UNPROVEN),
    ],
)
def test_best_signature_time(proofs: list[Proof], moment: datetime, basis: TimeBasis) -> None:
    """EN 319 102-1, 5.5.4: the earliest valid token; one from the future proves nothing."""
    best = best_signature_time(proofs, NOW)

    assert (best.moment, best.basis) == (moment, basis)


def test_what_is_a_proof() -> None:
    """A token that passed, or whose TSA's status alone is unknown."""
    assert is_proof(Indication.TOTAL_PASSED, None)
    assert is_proof(Indication.INDETERMINATE, S.TRY_LATER)
    assert not is_proof(Indication.INDETERMINATE, None)
    assert not is_proof(Indication.TOTAL_FAILED, S.HASH_FAILURE)


def test_existed_by_the_earliest_proof() -> None:
    """EN 319 102-1, 5.6.2.3."""
    proofs = (ProofOfExistence(2, NOW - SECOND), ProofOfExistence(3, NOW - 2 * SECOND))

    assert existed_by((), NOW) == NOW
    assert existed_by(proofs, NOW) == NOW - 2 * SECOND


@pytest.mark.parametrize(
    ("token", "sound"),
    [
        (facts.token(), True),
        (facts.token(parsed=False), False),
        (facts.token(time=None), False),
        (facts.token(imprint_matches=False), False),
        (facts.token(imprint_matches=None), False),
        (facts.token(cms=facts.cms(signature_ok=None)), False),
        (facts.token(cms=facts.cms(digest_matches=False)), False),
        (facts.token(cms=facts.cms(digest_matches=None)), True),
    ],
)
def test_sound_token(token: TimestampFacts, *, sound: bool) -> None:
    """It is about what it stamps, and its own value verifies."""
    assert is_sound(token) is sound


PADES = facts.evidence(
    dictionary=replace(facts.evidence().dictionary, sub_filter="ETSI.CAdES.detached"),
    cms=facts.cms(signing_certificate_version=2, signing_certificate_matches=True),
)


@pytest.mark.parametrize(
    ("odd", "stamps", "level"),
    [
        ({"timestamps": ()}, (), "B-B"),
        ({"timestamps": ()}, (1,), "B-B"),
        ({"timestamps": ()}, (2,), "B-T"),
        ({}, (), "B-T"),
        ({"material_since": 2}, (), "B-LT"),
        ({"material_since": 2}, (2,), "B-LTA"),
        ({"material_since": 3}, (2,), "B-LT"),
        ({"kind": SignatureKind.DOCUMENT_TIMESTAMP}, (), None),
        ({"dictionary": facts.evidence().dictionary}, (), None),
        ({"cms": replace(PADES.cms, has_signed_attributes=False)}, (), None),
        ({"cms": replace(PADES.cms, parsed=False)}, (), None),
        ({"cms": replace(PADES.cms, signing_certificate_version=0)}, (), None),
        ({"cms": replace(PADES.cms, signing_certificate_version=1)}, (), "B-T"),
        ({"cms": replace(PADES.cms, signing_certificate_matches=False)}, (), None),
        ({"cms": replace(PADES.cms, digest_matches=None)}, (), None),
        ({"cms": replace(PADES.cms, signature_ok=None)}, (), None),
    ],
)
def test_pades_level(odd: dict[str, Any], stamps: tuple[int, ...], level: str | None) -> None:
    """EN 319 142-1, 6.3: each level asks for one thing more."""
    assert pades_level(replace(PADES, **odd), stamps) == level
