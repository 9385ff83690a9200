"""Each check at its border: the last value that passes, the first that fails, nothing to ask."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from sigcheck.checks import checks
from sigcheck.checks.changes import is_seal
from sigcheck.config import load_policy
from sigcheck.model.evidence import (
    Anomaly,
    ChangeClass,
    ChangeItem,
    DictionaryFacts,
    PathFacts,
    PathProblem,
    PathStep,
    ProofOfExistence,
    Purpose,
    Rect,
    RevocationStatus,
    SignatureKind,
    TimeBasis,
    TimestampFacts,
)
from sigcheck.model.finding import Outcome
from sigcheck.model.indication import SubIndication
from tests import facts

CHECKS = {check.code: check for check in checks()}
POLICY = load_policy("intake")
SECOND = timedelta(seconds=1)
SUNSET = datetime.fromisoformat("2025-08-16T00:00:00+07:00")
"""The first moment after Circular 15/2025's last day for SHA-1."""
GOOD, REVOKED, HOLD = RevocationStatus.GOOD, RevocationStatus.REVOKED, RevocationStatus.ON_HOLD
FAILED, PASSED, MOOT = "failed", "passed", "not-applicable"


def outcome(code: str, subject: Any) -> Outcome:
    """Ask one check."""
    return CHECKS[code].ask(subject, POLICY)


def proven(moment: datetime = facts.SIGNED, **odd: Any) -> Any:
    """Return the usual evidence, its time proven."""
    return facts.evidence(
        **{
            "best_signature_time": moment,
            "best_time_basis": TimeBasis.PROVEN,
            "validation_time": facts.NOW,
            **odd,
        }
    )


def unproven(moment: datetime = facts.NOW, **odd: Any) -> Any:
    """Return the usual evidence, its time unproven."""
    return proven(moment, **{"best_time_basis": TimeBasis.UNPROVEN, **odd})


def claimed(when: datetime | None) -> DictionaryFacts:
    """Return a dictionary with this claimed time."""
    return DictionaryFacts(sub_filter="adbe.pkcs7.detached", claimed_time=when, type="Sig")


# --- cryptography -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("odd", "status"),
    [
        ({"cms": facts.cms(digest_matches=None), "certificate": None}, MOOT),
        ({"cms": facts.cms(digest_matches=None, signature_ok=False)}, MOOT),
        ({"cms": facts.cms(digest_matches=None, signature_ok=True)}, FAILED),
        ({"cms": facts.cms(digest_matches=None, signature_ok=None)}, FAILED),
        ({"byte_range": None}, MOOT),
        ({"byte_range": facts.byte_range(inside_file=False)}, MOOT),
        ({"cms": facts.cms(parsed=False)}, MOOT),
    ],
)
def test_digest_that_could_not_be_compared(odd: dict[str, Any], status: str) -> None:
    """A digest not computed is no pass; what another check reports is not reported twice."""
    assert outcome("CR-DIGEST-MATCHES", proven(**odd)).status == status


def test_digest_nobody_computed_is_no_wrong_digest() -> None:
    """An algorithm nobody knows makes the signature undecided, not broken."""
    found = outcome("CR-DIGEST-MATCHES", proven(cms=facts.cms(digest_matches=None)))

    assert found.fails_as is SubIndication.CRYPTO_CONSTRAINTS_FAILURE


# --- byte layer -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "FC-BYTERANGE-INSIDE",
        "FC-BYTERANGE-START",
        "FC-BYTERANGE-WELLFORMED",
        "FC-CONTENTS-HEX",
        "FC-CONTENTS-OWN",
        "FC-COVERAGE-REVISION",
        "FC-BYTES-EXPLAINED",
    ],
)
def test_without_byte_range_nothing_crashes(code: str) -> None:
    """FC-BYTERANGE-PRESENT reports such a signature; the others neither pass nor crash."""
    assert outcome(code, proven(byte_range=None)).status in {MOOT, FAILED}


@pytest.mark.parametrize(
    "code", ["FC-CONTENTS-HEX", "FC-CONTENTS-OWN", "FC-COVERAGE-REVISION", "FC-BYTES-EXPLAINED"]
)
def test_range_outside_the_file_is_asked_once(code: str) -> None:
    """FC-BYTERANGE-INSIDE reports such a signature."""
    assert outcome(code, proven(byte_range=facts.byte_range(inside_file=False))).status == MOOT


def test_start_is_told() -> None:
    """The number shown is where the range starts."""
    odd = facts.byte_range(starts_at_zero=False, values=(7, 100, 200, 300))

    assert outcome("FC-BYTERANGE-START", proven(byte_range=odd)).facts == {"start": 7}


@pytest.mark.parametrize(("bytes_", "status"), [(9, PASSED), (10, PASSED), (11, FAILED)])
def test_bytes_after_the_last_revision(bytes_: int, status: str) -> None:
    """Trailing bytes are told by CH-TRAILING; one more belongs to nothing."""
    odd = facts.byte_range(covers_file=False, trailing_bytes=10, unexplained_bytes=bytes_)

    assert outcome("FC-BYTES-EXPLAINED", proven(byte_range=odd)).status == status


@pytest.mark.parametrize(
    ("code", "detail", "status"),
    [
        ("header-garbage", "", FAILED),
        ("anomalies-too-many", "header-garbage", FAILED),
        ("startxref-inexact", "header-garbage", PASSED),
        ("startxref-inexact", "", PASSED),
    ],
)
def test_dangerous_structure(code: str, detail: str, status: str) -> None:
    """An oddity counts by its code; one that was not listed, by the code that was counted."""
    odd = (Anomaly(code, detail=detail),)

    assert outcome("FC-STRUCTURE-SOUND", proven(anomalies=odd)).status == status


# --- algorithms -------------------------------------------------------------------------------

SHA1 = facts.cms(digest_algorithm="sha1")


@pytest.mark.parametrize(
    ("subject", "sub"),
    [
        (proven(SUNSET - SECOND, cms=SHA1), None),
        (proven(SUNSET, cms=SHA1, dictionary=claimed(SUNSET - SECOND)), "CRYPTO"),
        (unproven(SUNSET, cms=SHA1, dictionary=claimed(SUNSET - SECOND)), "NO_POE"),
        (unproven(SUNSET, cms=SHA1, dictionary=claimed(SUNSET)), "CRYPTO"),
        (unproven(SUNSET, cms=SHA1, dictionary=claimed(None)), "CRYPTO"),
        (unproven(SUNSET, cms=facts.cms(digest_algorithm="md5")), "CRYPTO"),
        (unproven(SUNSET, cms=facts.cms(digest_algorithm="sha256")), None),
    ],
)
def test_digest_at_its_sunset(subject: Any, sub: str | None) -> None:
    """Up to the last day SHA-1 is accepted; later a claim of an earlier time leaves it open."""
    found = outcome("AL-DIGEST-ACCEPTED", subject)
    codes = {
        None: None,
        "CRYPTO": SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
        "NO_POE": SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    }

    assert found.status == (FAILED if sub else PASSED)
    assert found.fails_as is codes[sub]


def test_short_key_is_not_a_matter_of_time() -> None:
    """A rule without a last day is broken whenever the signature was made."""
    odd = facts.certificate(key_bits=2047)
    found = outcome("AL-KEY-ACCEPTED", unproven(certificate=odd, dictionary=claimed(facts.SIGNED)))

    assert found.fails_as is SubIndication.CRYPTO_CONSTRAINTS_FAILURE
    assert (found.facts["bits"], found.facts["min_bits"], found.facts["until"]) == (2047, 2048, "")
    assert outcome("AL-KEY-ACCEPTED", unproven()).status == PASSED


def chain(index: int, *, pinned: bool = False, **odd: Any) -> PathFacts:
    """Return the usual path with one odd certificate."""
    return facts.with_step(facts.with_certificate(facts.path(), index, **odd), index, pinned=pinned)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (chain(1, key_bits=1024), FAILED),
        (chain(1, key_bits=1024, pinned=True), PASSED),
        (chain(0, key_bits=1024), PASSED),  # AL-KEY-ACCEPTED has the signer's key
        (chain(0, signature_hash="sha1"), FAILED),
        (chain(1, signature_hash="sha1"), FAILED),
        (chain(1, signature_hash="sha1", pinned=True), PASSED),
        (chain(2, signature_hash="sha1", pinned=True), PASSED),
        (facts.path(anchor=None), MOOT),
    ],
)
def test_algorithms_of_the_path(path: PathFacts, status: str) -> None:
    """What is pinned is trusted as it is; the rest has to be strong enough at that time."""
    assert outcome("AL-CHAIN-ACCEPTED", proven(SUNSET, path=path)).status == status


@pytest.mark.parametrize(
    ("code", "odd", "status"),
    [
        ("AL-DIGEST-AGED", {}, PASSED),
        ("AL-DIGEST-AGED", {"cms": SHA1}, FAILED),
        ("AL-STAMP-ACCEPTED", {}, PASSED),
        ("AL-STAMP-ACCEPTED", {"timestamps": (facts.token(imprint_algorithm="sha1"),)}, FAILED),
        ("AL-STAMP-ACCEPTED", {"timestamps": (facts.token(imprint_algorithm=""),)}, MOOT),
        (
            "AL-STAMP-ACCEPTED",
            {"timestamps": (facts.token(imprint_algorithm="sha1", time=None),)},
            MOOT,
        ),
    ],
)
def test_advice_about_algorithms(code: str, odd: dict[str, Any], status: str) -> None:
    """Advice is given where it applies and nowhere else."""
    assert outcome(code, proven(**odd)).status == status


# --- later changes ----------------------------------------------------------------------------


def later(rect: tuple[float, float, float, float] | None, **odd: Any) -> ChangeItem:
    """Return a further signature whose appearance lies over text."""
    plain = ChangeItem(
        ChangeClass.SIGNATURE,
        2,
        "signature-field",
        "/Root/AcroForm/Fields[1]",
        page=3,
        rect=rect,
        field="Signature2",
        covers=("text",),
    )
    return replace(plain, **odd)


def test_what_a_finding_names() -> None:
    """Page, field and rule are named; five changes at most, the others are counted."""
    items = tuple(
        replace(later(None), change=ChangeClass.UNDEFINED, page=page, field=field, path="/Root/X")
        for page, field in ((3, "A"), (None, "B"), (1, ""), (None, ""), (1, "A"), (2, "C"))
    )
    found = outcome("CH-UNDEFINED", proven(changes=items)).facts

    assert found["count"] == 6
    assert found["pages"] == ("1", "2", "3")
    assert found["fields"] == ("A", "B", "C")
    assert found["items"] == (
        "r2: p3 A (signature-field)",
        "r2: B (signature-field)",
        "r2: p1 /Root/X (signature-field)",
        "r2: /Root/X (signature-field)",
        "r2: p1 A (signature-field)",
    )


def box(width: float, height: float) -> tuple[float, float, float, float]:
    """Return a rectangle of this size, away from the corner of the page."""
    return (100.0, 200.0, 100.0 + width, 200.0 + height)


@pytest.mark.parametrize(
    ("code", "item", "status"),
    [
        # a stamp in its place may lie over other things; its size excuses nothing (annex I, II.8)
        ("CH-SIGNATURE-COVERS", later(box(110, 110), in_place=True), PASSED),
        ("CH-SIGNATURE-COVERS", later(box(110, 110)), FAILED),
        ("CH-SIGNATURE-COVERS", later(None), FAILED),
        ("CH-SIGNATURE-COVERS", later(box(10, 10), covers=()), PASSED),
        ("CH-SIGNATURE-COVERS", later(None, change=ChangeClass.NEW_FIELD), PASSED),
        # a stamp of the same unit: up to 230 by 130 points, and a tenth of the page
        ("CH-SIGNATURE-HIDES", later(box(230, 130), paints=True), PASSED),
        ("CH-SIGNATURE-HIDES", later(box(230.5, 130), paints=True), FAILED),
        ("CH-SIGNATURE-HIDES", later(box(230, 130.5), paints=True), FAILED),
        ("CH-SIGNATURE-HIDES", later(box(10, 10), paints=True, stranger=True), FAILED),
        ("CH-SIGNATURE-HIDES", later(box(9, 9), paints=True, covers=(), touches=("text",)), PASSED),
        (
            "CH-SIGNATURE-HIDES",
            later(box(9, 9), paints=True, covers=(), touches=("line",), stranger=True),
            FAILED,
        ),
        ("CH-SIGNATURE-HIDES", later(None, paints=True), FAILED),
        ("CH-SIGNATURE-HIDES", later(None, paints=False), PASSED),
        ("CH-SIGNATURE-HIDES", later(None, paints=True, covers=()), PASSED),
        ("CH-SIGNATURE-HIDES", later(box(9, 9), paints=True, page_share=0.1), PASSED),
        ("CH-SIGNATURE-HIDES", later(box(9, 9), paints=True, page_share=0.11), FAILED),
        ("CH-SIGNATURE-HIDES", later(box(9, 9), paints=True, covers=(), page_share=0.11), FAILED),
        ("CH-SIGNATURE-HIDES", later(box(9, 9), paints=False, page_share=0.11), PASSED),
        (
            "CH-SIGNATURE-HIDES",
            later(None, paints=True, page_share=1.0, change=ChangeClass.NEW_FIELD),
            PASSED,
        ),
        # a stranger's words are told
        ("CH-SIGNATURE-WORDS", later(None, stranger=True, words="Đã nhận"), FAILED),
        ("CH-SIGNATURE-WORDS", later(None, stranger=True), PASSED),
        ("CH-SIGNATURE-WORDS", later(None, words="Đã nhận"), PASSED),
        (
            "CH-SIGNATURE-WORDS",
            later(None, stranger=True, words="x", change=ChangeClass.NEW_FIELD),
            PASSED,
        ),
    ],
)
def test_appearance_of_a_further_signature(code: str, item: ChangeItem, status: str) -> None:
    """The table of the design: what a further signature may lie over, and who may write."""
    assert outcome(code, proven(changes=(item,))).status == status


@pytest.mark.parametrize(
    ("rect", "answer"),
    [
        (box(80, 80), True),
        (box(130, 130), True),
        (box(79.5, 80), False),
        (box(80, 79.5), False),
        (box(130.5, 130), False),
        (box(130, 130.5), False),
        (None, False),
    ],
)
def test_size_of_a_seal(rect: Rect | None, *, answer: bool) -> None:
    """80 to 130 points each way (annex I, II.8.a)."""
    assert is_seal(later(rect)) is answer


def test_what_an_appearance_covers_is_told() -> None:
    """Pages, fields, what lies below and the sides of the rectangle, five at most."""
    items = [
        later(box(10, 20.5), page=page, field=field, covers=covers)
        for page, field, covers in (
            (3, "B", ("text",)),
            (1, "A", ("text", "image")),
            (None, "", ("text",)),
            (3, "B", ("text",)),
            (3, "B", ("text",)),
            (3, "B", ("text",)),
        )
    ]
    told = outcome("CH-SIGNATURE-COVERS", proven(changes=tuple(items))).facts

    assert told["pages"] == ("1", "3")
    assert told["fields"] == ("B", "A")
    assert told["covers"] == ("text", "image")
    assert told["places"] == (
        "3 [100 200 110 220.5]",
        "1 [100 200 110 220.5]",
        "None [100 200 110 220.5]",
        "3 [100 200 110 220.5]",
        "3 [100 200 110 220.5]",
    )


def test_words_of_strangers_are_told() -> None:
    """Whose field, on which page, which words."""
    items = [
        later(None, stranger=True, words=word, page=page, field=field)
        for word, page, field in (("một", 2, "B"), ("hai", None, ""), ("ba", 1, "A"))
    ]
    told = outcome("CH-SIGNATURE-WORDS", proven(changes=tuple(items))).facts

    assert told == {"fields": ("B", "A"), "pages": ("1", "2"), "words": ("một", "hai", "ba")}


@pytest.mark.parametrize(
    ("locked", "status"),
    [
        (None, MOOT),
        ((), PASSED),
        (("*",), FAILED),
        (("a.b",), FAILED),
        (("a",), FAILED),
        (("a.b.c",), FAILED),
        (("b",), PASSED),
        (("*", "!a.b"), PASSED),
        (("*", "!a"), PASSED),
        (("*", "!a.b.c"), FAILED),
        (("",), PASSED),
    ],
)
def test_locked_field(locked: tuple[str, ...] | None, status: str) -> None:
    """A name stands for the field and all below it (ISO 32000-2, table 256).

    What is filled in above a locked field is its value as well (12.7.4.1).
    """
    filled = replace(later(None), change=ChangeClass.FORM_FILLING, field="a.b")
    dictionary = replace(claimed(facts.SIGNED), locked_fields=locked)
    subject = proven(dictionary=dictionary, changes=(filled,))

    assert outcome("CH-LOCKED-FIELD", subject).status == status


# --- path -------------------------------------------------------------------------------------

BEGIN, END = facts.day(2021), facts.day(2026)
"""Of the leaf's validity."""
CA_BEGIN, CA_END = facts.day(2018), facts.day(2048)


@pytest.mark.parametrize(
    ("code", "moment", "status"),
    [
        ("PA-VALIDITY-BEGUN", BEGIN - SECOND, FAILED),
        ("PA-VALIDITY-BEGUN", BEGIN, PASSED),
        ("PA-VALIDITY-LASTS", END, PASSED),
        ("PA-VALIDITY-LASTS", END + SECOND, FAILED),
        ("PA-CA-VALIDITY", CA_BEGIN - SECOND, FAILED),
        ("PA-CA-VALIDITY", CA_BEGIN, PASSED),
        ("PA-CA-VALIDITY", CA_END, PASSED),
        ("PA-CA-VALIDITY", CA_END + SECOND, FAILED),
    ],
)
def test_both_ends_of_a_validity_belong_to_it(code: str, moment: datetime, status: str) -> None:
    """RFC 5280, 4.1.2.5: the period includes both dates."""
    assert outcome(code, proven(moment)).status == status


@pytest.mark.parametrize(("now", "status"), [(END, PASSED), (END + SECOND, FAILED)])
def test_expired_since(now: datetime, status: str) -> None:
    """The same of today; where nothing is proven, PA-VALIDITY-LASTS asks about the same moment."""
    assert outcome("PA-EXPIRED-SINCE", proven(validation_time=now)).status == status
    assert outcome("PA-EXPIRED-SINCE", unproven(now, validation_time=now)).status == MOOT


@pytest.mark.parametrize(
    ("code", "odd", "status"),
    [
        ("PA-CA-VALIDITY", {"path": None}, MOOT),
        ("PA-CA-VALIDITY", {"path": replace(facts.path(), steps=facts.path().steps[:1])}, MOOT),
        ("PA-ANCHOR-FOUND", {"path": None}, FAILED),
        ("PA-ANCHOR-FOUND", {"path": None, "certificate": None}, MOOT),
        ("PA-TIER-PRODUCTION", {"path": None}, MOOT),
        ("PA-TIER-PRODUCTION", {"path": facts.path(anchor=None)}, MOOT),
        ("PA-CONSTRAINTS-HELD", {"path": None}, MOOT),
        ("PA-CONSTRAINTS-HELD", {"path": facts.path(anchor=None)}, MOOT),
        ("PA-ANCHOR-PURPOSE", {"path": None}, MOOT),
        ("PA-ANCHOR-PURPOSE", {"path": facts.path(anchor=None)}, MOOT),
        ("PA-PURPOSE-SIGNING", {"certificate": None}, MOOT),
        ("PA-VALIDITY-BEGUN", {"certificate": None}, MOOT),
        ("PA-VALIDITY-LASTS", {"certificate": None}, MOOT),
        ("PA-EXPIRED-SINCE", {"certificate": None}, MOOT),
    ],
)
def test_no_path_is_asked_about_once(code: str, odd: dict[str, Any], status: str) -> None:
    """What another check reports is not reported twice."""
    assert outcome(code, proven(**odd)).status == status


@pytest.mark.parametrize(
    ("kind", "purposes", "status"),
    [
        (SignatureKind.APPROVAL, (Purpose.SIGNING,), PASSED),
        (SignatureKind.APPROVAL, (Purpose.TIMESTAMPING,), FAILED),
        (SignatureKind.CERTIFICATION, (Purpose.TIMESTAMPING,), FAILED),
        (SignatureKind.DOCUMENT_TIMESTAMP, (Purpose.TIMESTAMPING,), PASSED),
        (SignatureKind.DOCUMENT_TIMESTAMP, (Purpose.SIGNING,), FAILED),
    ],
)
def test_anchor_serves_what_it_is_pinned_for(
    kind: SignatureKind, purposes: tuple[Purpose, ...], status: str
) -> None:
    """An anchor for time-stamps answers for no signature, and the other way round."""
    plain = facts.path()
    assert plain.anchor is not None
    path = replace(plain, anchor=replace(plain.anchor, purposes=purposes))

    assert outcome("PA-ANCHOR-PURPOSE", proven(kind=kind, path=path)).status == status


STAMPING, SERVER, DOCUMENTS = "1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.36"


@pytest.mark.parametrize(
    ("kind", "odd", "status"),
    [
        ("approval", {"key_usage": None}, PASSED),
        ("approval", {"key_usage": ("digital_signature",)}, PASSED),
        ("approval", {"key_usage": ("content_commitment",)}, PASSED),
        ("approval", {"key_usage": ("key_encipherment",)}, FAILED),
        ("approval", {"key_usage": ()}, FAILED),
        ("approval", {"extended_key_usage": ()}, PASSED),
        ("approval", {"extended_key_usage": (SERVER,)}, FAILED),
        ("approval", {"extended_key_usage": (SERVER, DOCUMENTS)}, PASSED),
        ("approval", {"extended_key_usage": (STAMPING,), "eku_critical": True}, FAILED),
        ("document-timestamp", {"extended_key_usage": (STAMPING,), "eku_critical": True}, PASSED),
        ("document-timestamp", {"extended_key_usage": (STAMPING,), "eku_critical": False}, FAILED),
        (
            "document-timestamp",
            {"extended_key_usage": (STAMPING, DOCUMENTS), "eku_critical": True},
            FAILED,
        ),
        ("document-timestamp", {"extended_key_usage": None, "eku_critical": True}, FAILED),
    ],
)
def test_what_a_certificate_is_for(kind: str, odd: dict[str, Any], status: str) -> None:
    """RFC 5280, 4.2.1.3 and 4.2.1.12; RFC 3161, 2.3."""
    subject = proven(kind=SignatureKind(kind), certificate=facts.certificate(**odd))

    assert outcome("PA-PURPOSE-SIGNING", subject).status == status


# --- revocation -------------------------------------------------------------------------------


def stood(*answers: Any, on: int = 0) -> PathFacts:
    """Return the usual path with other answers about one certificate."""
    return facts.with_step(facts.path(), on, revocation=answers)


def revoked(when: datetime | None, **odd: Any) -> Any:
    """Return the statement that a certificate was revoked at a moment."""
    return facts.answer(**{"status": REVOKED, "revoked_at": when, **odd})


SIGNED = facts.SIGNED


@pytest.mark.parametrize(
    ("code", "path", "status"),
    [
        ("RV-SIGNER-GOOD", stood(revoked(SIGNED)), FAILED),
        ("RV-SIGNER-GOOD", stood(revoked(SIGNED + SECOND)), PASSED),
        ("RV-SIGNER-GOOD", stood(revoked(None)), FAILED),
        ("RV-SIGNER-GOOD", stood(revoked(SIGNED, problem="signature")), PASSED),
        ("RV-SIGNER-GOOD", stood(revoked(facts.day(2023), invalid_since=SIGNED)), FAILED),
        ("RV-SIGNER-GOOD", stood(revoked(facts.day(2023), invalid_since=SIGNED + SECOND)), PASSED),
        ("RV-SIGNER-GOOD", stood(revoked(SIGNED, status=HOLD)), PASSED),
        ("RV-ON-HOLD", stood(revoked(SIGNED, status=HOLD)), FAILED),
        ("RV-ON-HOLD", stood(revoked(SIGNED + SECOND, status=HOLD)), PASSED),
        ("RV-ON-HOLD", stood(revoked(SIGNED)), PASSED),
        ("RV-CA-GOOD", stood(revoked(SIGNED), on=1), FAILED),
        ("RV-CA-GOOD", stood(revoked(SIGNED + SECOND), on=1), PASSED),
        ("RV-CA-GOOD", stood(revoked(SIGNED), on=0), PASSED),
        ("RV-REVOKED-LATER", stood(revoked(SIGNED + SECOND)), FAILED),
        ("RV-REVOKED-LATER", stood(revoked(SIGNED)), PASSED),
        ("RV-STATUS-KNOWN", stood(revoked(SIGNED)), PASSED),
        ("RV-STATUS-KNOWN", stood(), FAILED),
        ("RV-STATUS-KNOWN", stood(on=1), FAILED),
        ("RV-STATUS-KNOWN", facts.path(anchor=None), MOOT),
        ("RV-STATUS-KNOWN", None, MOOT),
        ("RV-SIGNER-GOOD", None, MOOT),
        ("RV-ON-HOLD", None, MOOT),
        ("RV-CA-GOOD", None, MOOT),
        ("RV-REVOKED-LATER", None, MOOT),
        ("RV-REVOKED-LATER", replace(facts.path(), steps=()), MOOT),
    ],
)
def test_revoked_at_the_very_second(code: str, path: PathFacts | None, status: str) -> None:
    """A certificate revoked at the moment of signing was revoked; one a second later was not."""
    assert outcome(code, proven(path=path)).status == status


@pytest.mark.parametrize(
    ("claim", "sub"),
    [
        (facts.day(2022, 8, 1), SubIndication.REVOKED),
        (facts.day(2022, 8, 1) - SECOND, None),
    ],
)
def test_claim_against_revocation(claim: datetime, sub: SubIndication | None) -> None:
    """Under intake a claim at or after the revocation admits it; an earlier one does not."""
    path = stood(revoked(facts.day(2022, 8, 1)))
    found = outcome("RV-SIGNER-GOOD", proven(path=path, dictionary=claimed(claim)))

    assert (found.status, found.fails_as) == (FAILED, sub)


def spoken(**odd: Any) -> PathFacts:
    """Return the usual path with one answer about the signer."""
    return stood(facts.answer(**odd))


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        # a list of before, still in force at the moment
        (spoken(this_update=SIGNED - DAY, next_update=SIGNED), PASSED),
        (spoken(this_update=SIGNED - DAY, next_update=SIGNED - SECOND), FAILED),
        (spoken(this_update=SIGNED, next_update=SIGNED + DAY), PASSED),
        # a list of later, made while the certificate would still have been listed
        (spoken(this_update=END, next_update=facts.day(2030)), PASSED),
        (spoken(this_update=END + SECOND, next_update=facts.day(2030)), MOOT),
        (spoken(this_update=END + SECOND, covers_expired_since=END), PASSED),
        (spoken(this_update=END + SECOND, covers_expired_since=END + SECOND), MOOT),
        # no end stated: a list never counts, a response for a day
        (spoken(this_update=SIGNED - DAY, next_update=None), FAILED),
        (spoken(this_update=SIGNED - DAY, next_update=None, source="ocsp:x"), PASSED),
        (spoken(this_update=SIGNED - DAY - SECOND, next_update=None, source="ocsp:x"), FAILED),
        (spoken(status=RevocationStatus.UNKNOWN), FAILED),
        (spoken(problem="signature"), FAILED),
    ],
)
def test_when_a_statement_speaks_of_the_moment(path: PathFacts, status: str) -> None:
    """EN 319 102-1, 5.2.5; RFC 5280, 5; RFC 6960, 2.4."""
    assert outcome("RV-STATUS-KNOWN", proven(path=path)).status == status
    late = FAILED if status == MOOT else PASSED  # what came too late has a reason of its own
    assert outcome("RV-LIST-IN-TIME", proven(path=path)).status == late


HELD = facts.answer(status=HOLD, this_update=SIGNED - 9 * DAY, revoked_at=SIGNED - 10 * DAY)


@pytest.mark.parametrize(
    ("good_since", "status"),
    [
        (SIGNED - 9 * DAY, FAILED),
        (SIGNED - 9 * DAY + SECOND, PASSED),
        (SIGNED, PASSED),
        (SIGNED + SECOND, FAILED),
    ],
)
def test_when_a_hold_had_ended(good_since: datetime, status: str) -> None:
    """A later list without the certificate ends a hold, if it is no later than the moment."""
    path = stood(HELD, facts.answer(this_update=good_since))

    assert outcome("RV-ON-HOLD", proven(path=path)).status == status


def test_revocation_never_ends() -> None:
    """What ends a hold does not undo a revocation."""
    bad = replace(HELD, status=REVOKED)
    path = stood(bad, facts.answer(this_update=SIGNED))

    assert outcome("RV-SIGNER-GOOD", proven(path=path)).status == FAILED


# --- time-stamps ------------------------------------------------------------------------------


def stamp(**odd: Any) -> TimestampFacts:
    """Return the usual token, known to exist now."""
    return facts.token(**{"existed_by": facts.NOW, "validation_time": facts.NOW, **odd})


NO_ANCHOR = facts.path(anchor=None)


@pytest.mark.parametrize(
    ("code", "token", "status"),
    [
        ("TS-PARSED", stamp(time=None), FAILED),
        ("TS-PARSED", stamp(parsed=False), FAILED),
        ("TS-PARSED", stamp(), PASSED),
        ("TS-IMPRINT-MATCHES", stamp(imprint_matches=None), FAILED),
        ("TS-IMPRINT-MATCHES", stamp(parsed=False), MOOT),
        ("TS-SIGNATURE-VERIFIES", stamp(parsed=False), MOOT),
        ("TS-SIGNATURE-VERIFIES", stamp(cms=facts.cms(signature_ok=None)), FAILED),
        ("TS-SIGNATURE-VERIFIES", stamp(cms=facts.cms(digest_matches=False)), FAILED),
        ("TS-SIGNATURE-VERIFIES", stamp(cms=facts.cms(digest_matches=None)), PASSED),
        ("TS-SIGNATURE-VERIFIES", stamp(cms=facts.cms(algorithms_agree=False)), FAILED),
        ("TS-ATTRIBUTE-MATCHES", stamp(parsed=False), MOOT),
        ("TS-ATTRIBUTE-MATCHES", stamp(cms=facts.cms(signing_certificate_matches=False)), FAILED),
        ("TS-EKU-CRITICAL", stamp(certificate=None), MOOT),
        ("TS-PATH-ANCHORED", stamp(path=None), FAILED),
        ("TS-PATH-ANCHORED", stamp(path=NO_ANCHOR), FAILED),
        ("TS-PATH-ANCHORED", stamp(path=None, parsed=False), MOOT),
        ("TS-CERTIFICATE-VALID", stamp(path=None), MOOT),
        ("TS-CERTIFICATE-VALID", stamp(time=None), MOOT),
        ("TS-CERTIFICATE-VALID", stamp(time=BEGIN), PASSED),
        ("TS-CERTIFICATE-VALID", stamp(time=BEGIN - SECOND), FAILED),
        ("TS-CERTIFICATE-VALID", stamp(time=END), PASSED),
        ("TS-CERTIFICATE-VALID", stamp(time=END + SECOND), FAILED),
        ("TS-STATUS-KNOWN", stamp(path=None), MOOT),
        ("TS-STATUS-KNOWN", stamp(path=NO_ANCHOR), MOOT),
        ("TS-STATUS-KNOWN", stamp(path=stood()), FAILED),
        ("TS-STATUS-KNOWN", stamp(path=stood(revoked(SIGNED))), PASSED),
        ("TS-NOT-REVOKED", stamp(path=None), MOOT),
        ("TS-NOT-REVOKED", stamp(path=NO_ANCHOR), MOOT),
        ("TS-NOT-REVOKED", stamp(path=stood(revoked(SIGNED))), FAILED),
        ("TS-NOT-REVOKED", stamp(path=stood(revoked(SIGNED), on=1)), FAILED),
        ("TS-NOT-REVOKED", stamp(path=stood(revoked(SIGNED + SECOND))), PASSED),
    ],
)
def test_token_at_its_own_time(code: str, token: TimestampFacts, status: str) -> None:
    """EN 319 102-1, 5.4; RFC 3161, 2.3 and 2.4."""
    assert outcome(code, token).status == status


LATE = {"reason": "cessation_of_operation"}
STOLEN = {"reason": "key_compromise"}
SINCE = facts.day(2024)


@pytest.mark.parametrize(
    ("code", "token", "status"),
    [
        ("TS-CERTIFICATE-LASTS", stamp(existed_by=END), PASSED),
        ("TS-CERTIFICATE-LASTS", stamp(existed_by=END + SECOND), FAILED),
        ("TS-CERTIFICATE-LASTS", stamp(existed_by=None), MOOT),
        ("TS-CERTIFICATE-LASTS", stamp(path=None), MOOT),
        ("TS-CERTIFICATE-LASTS", stamp(path=NO_ANCHOR), MOOT),
        ("TS-STATUS-LASTS", stamp(), PASSED),
        ("TS-STATUS-LASTS", stamp(existed_by=None), MOOT),
        ("TS-STATUS-LASTS", stamp(path=None), MOOT),
        ("TS-STATUS-LASTS", stamp(path=NO_ANCHOR), MOOT),
        ("TS-STATUS-LASTS", stamp(path=spoken(next_update=END)), PASSED),
        ("TS-STATUS-LASTS", stamp(path=spoken(next_update=END - SECOND)), FAILED),
        ("TS-STATUS-LASTS", stamp(path=spoken(next_update=END - DAY), existed_by=SINCE), PASSED),
        ("TS-KEY-SAFE", stamp(path=stood(revoked(SINCE, **STOLEN))), FAILED),
        ("TS-KEY-SAFE", stamp(path=stood(revoked(SINCE, reason=None))), FAILED),
        ("TS-KEY-SAFE", stamp(path=stood(revoked(SINCE, **LATE))), PASSED),
        ("TS-KEY-SAFE", stamp(path=stood(revoked(SINCE, **STOLEN)), existed_by=SINCE), FAILED),
        (
            "TS-KEY-SAFE",
            stamp(path=stood(revoked(SINCE, **STOLEN)), existed_by=SINCE - SECOND),
            PASSED,
        ),
        ("TS-KEY-SAFE", stamp(path=stood(revoked(SINCE, **STOLEN), on=1)), FAILED),
        ("TS-KEY-SAFE", stamp(path=None), MOOT),
        ("TS-KEY-SAFE", stamp(time=None), MOOT),
        ("TS-KEY-SAFE", stamp(existed_by=None), MOOT),
        ("TS-REVOKED-LATER", stamp(path=stood(revoked(SINCE, **LATE))), FAILED),
        ("TS-REVOKED-LATER", stamp(path=stood(revoked(SINCE, **STOLEN))), PASSED),
        (
            "TS-REVOKED-LATER",
            stamp(path=stood(revoked(SINCE, **LATE)), existed_by=SINCE - SECOND),
            PASSED,
        ),
    ],
)
def test_token_on_the_way_to_today(code: str, token: TimestampFacts, status: str) -> None:
    """EN 319 102-1, 5.6.2; RFC 3161, 4: what has to hold until the token provably existed."""
    assert outcome(code, token).status == status


@pytest.mark.parametrize(
    ("code", "token", "status"),
    [
        ("TS-ALGORITHMS-ACCEPTED", stamp(), PASSED),
        ("TS-ALGORITHMS-ACCEPTED", stamp(parsed=False), MOOT),
        ("TS-ALGORITHMS-ACCEPTED", stamp(time=None), MOOT),
        ("TS-ALGORITHMS-ACCEPTED", stamp(cms=SHA1, time=SUNSET - SECOND), PASSED),
        ("TS-ALGORITHMS-ACCEPTED", stamp(cms=SHA1, time=SUNSET), FAILED),
        ("TS-ALGORITHMS-ACCEPTED", stamp(path=chain(0, key_bits=1024)), FAILED),
        ("TS-ALGORITHMS-ACCEPTED", stamp(path=chain(1, key_bits=1024)), FAILED),
        ("TS-ALGORITHMS-ACCEPTED", stamp(path=chain(2, key_bits=1024, pinned=True)), PASSED),
        ("TS-ALGORITHMS-LAST", stamp(path=chain(1, signature_hash="sha1")), FAILED),
        ("TS-ALGORITHMS-LAST", stamp(path=chain(1, signature_hash="sha1", pinned=True)), PASSED),
        ("TS-ALGORITHMS-LAST", stamp(existed_by=None), MOOT),
        ("TS-ALGORITHMS-LAST", stamp(parsed=False), MOOT),
        ("TS-ALGORITHMS-LAST", stamp(imprint_algorithm="sha1"), FAILED),
        (
            "TS-ALGORITHMS-LAST",
            stamp(imprint_algorithm="sha1", existed_by=SUNSET - SECOND),
            PASSED,
        ),
    ],
)
def test_algorithms_of_a_token(code: str, token: TimestampFacts, status: str) -> None:
    """EN 319 102-1, 5.2.8 and 5.6.2.2; the anchor is trusted as it is."""
    assert outcome(code, token).status == status


def test_tsa_that_is_the_anchor_has_its_key_weighed() -> None:
    """A pinned TSA has no certificate below the anchor: its own key is asked about."""
    tsa = facts.certificate(key_bits=1024, sha256="cc" * 32)
    path = replace(facts.path(), steps=(PathStep(tsa, (), pinned=True),))

    assert outcome("TS-ALGORITHMS-ACCEPTED", stamp(certificate=tsa, path=path)).status == FAILED


# --- evidence that lasts ----------------------------------------------------------------------

ENDED = facts.day(2024)
"""When the CA of these cases, or a delegate of it, comes to its end."""


def resting(answer_: Any, **odd: Any) -> PathFacts:
    """Return a path with one answer about the signer, its CA otherwise than usual."""
    return facts.with_certificate(stood(answer_), 1, **odd)


@pytest.mark.parametrize(
    ("path", "proofs", "status"),
    [
        (resting(facts.answer(), not_after=ENDED), (), FAILED),
        (resting(facts.answer(), not_after=facts.NOW), (), PASSED),
        (resting(facts.answer(), not_after=facts.NOW - SECOND), (), FAILED),
        (resting(facts.answer(responder_not_after=ENDED)), (), FAILED),
        (resting(facts.answer(responder_not_after=facts.NOW)), (), PASSED),
        # carried in the file and covered by a document time-stamp of before the end
        (
            resting(facts.answer(since_revision=2), not_after=ENDED),
            (ProofOfExistence(2, ENDED),),
            PASSED,
        ),
        (
            resting(facts.answer(since_revision=2), not_after=ENDED),
            (ProofOfExistence(2, ENDED + SECOND),),
            FAILED,
        ),
        (
            resting(facts.answer(since_revision=3), not_after=ENDED),
            (ProofOfExistence(2, ENDED),),
            FAILED,
        ),
        (
            resting(facts.answer(since_revision=None), not_after=ENDED),
            (ProofOfExistence(2, ENDED),),
            FAILED,
        ),
        (facts.path(anchor=None), (), MOOT),
        (None, (), MOOT),
    ],
)
def test_evidence_outlasts_its_keys(
    path: PathFacts | None, proofs: tuple[ProofOfExistence, ...], status: str
) -> None:
    """EN 319 102-1, 5.6.2.2: a statement counts as long as the keys it rests on are good."""
    subject = proven(path=path, proofs=proofs)
    token = stamp(path=path, proofs=proofs)

    assert outcome("RV-EVIDENCE-LASTS", subject).status == status
    assert outcome("TS-EVIDENCE-LASTS", token).status == status


# --- time -------------------------------------------------------------------------------------

STAMP_KIND = {"kind": SignatureKind.DOCUMENT_TIMESTAMP}
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def written(shift: timedelta) -> dict[str, Any]:
    """Return a signingTime this much later than the claimed time."""
    return {"cms": facts.cms(signing_time=SIGNED + shift), "dictionary": claimed(SIGNED)}


def stamped(shift: timedelta) -> dict[str, Any]:
    """Return a token this much later than the claimed time."""
    return {"timestamps": (facts.token(time=SIGNED + shift),), "dictionary": claimed(SIGNED)}


def followed(shift: timedelta) -> dict[str, Any]:
    """Return a document time-stamp this much later than the token."""
    return {"proofs": (ProofOfExistence(2, SIGNED + shift),)}


@pytest.mark.parametrize(
    ("code", "odd", "status"),
    [
        ("TS-PRESENT", {}, PASSED),
        ("TS-PRESENT", {"timestamps": ()}, FAILED),
        ("TS-PRESENT", {"timestamps": (), "covered_by_document_timestamp": True}, PASSED),
        ("TS-TOKENS-HOLD", {}, PASSED),
        ("TS-TOKENS-HOLD", {"rejected_tokens": ("TS-PARSED",)}, FAILED),
        ("TS-TOKENS-HOLD", {"timestamps": ()}, MOOT),
        ("TS-TOKENS-HOLD", {"rejected_tokens": ("TS-PARSED",), **STAMP_KIND}, MOOT),
        ("TM-PROVISIONAL", {}, PASSED),
        ("TM-PROVISIONAL", {"best_time_basis": TimeBasis.PROVISIONAL}, FAILED),
        ("TM-PROVISIONAL", {"best_time_basis": TimeBasis.UNPROVEN}, MOOT),
        ("TM-PROVEN", {}, PASSED),
        ("TM-PROVEN", {"best_time_basis": TimeBasis.PROVISIONAL}, PASSED),
        ("TM-PROVEN", {"best_time_basis": TimeBasis.UNPROVEN}, FAILED),
        ("TM-CLAIMED-PRESENT", {"dictionary": claimed(None)}, FAILED),
        ("TM-CLAIMED-PRESENT", {"dictionary": claimed(SIGNED)}, PASSED),
        (
            "TM-CLAIMED-PRESENT",
            {"dictionary": claimed(None), "cms": facts.cms(signing_time=SIGNED)},
            PASSED,
        ),
        ("TM-CLAIMED-PRESENT", {"dictionary": claimed(None), **STAMP_KIND}, MOOT),
        ("TM-SIGNINGTIME-LABEL", written(7 * HOUR), FAILED),
        ("TM-SIGNINGTIME-LABEL", written(7 * HOUR + 45 * MINUTE), FAILED),
        ("TM-SIGNINGTIME-LABEL", written(7 * HOUR + 46 * MINUTE), PASSED),
        ("TM-SIGNINGTIME-LABEL", written(6 * HOUR + 15 * MINUTE), FAILED),
        ("TM-SIGNINGTIME-LABEL", written(6 * HOUR + 14 * MINUTE), PASSED),
        ("TM-SIGNINGTIME-LABEL", written(-7 * HOUR), PASSED),
        ("TM-SIGNINGTIME-LABEL", {"cms": facts.cms(signing_time=None)}, MOOT),
        (
            "TM-SIGNINGTIME-LABEL",
            {"cms": facts.cms(signing_time=SIGNED), "dictionary": claimed(None)},
            MOOT,
        ),
        ("TM-TOKEN-LABEL", stamped(7 * HOUR), FAILED),
        ("TM-TOKEN-LABEL", stamped(MINUTE), PASSED),
        ("TM-TOKEN-LABEL", {"timestamps": ()}, MOOT),
        ("TM-TOKEN-LABEL", {"dictionary": claimed(None)}, MOOT),
        ("TM-CLOCK-SPREAD", stamped(300 * SECOND), PASSED),
        ("TM-CLOCK-SPREAD", stamped(301 * SECOND), FAILED),
        ("TM-CLOCK-SPREAD", stamped(-301 * SECOND), FAILED),
        ("TM-CLOCK-SPREAD", {"timestamps": ()}, MOOT),
        ("TM-CLOCK-SPREAD", {"dictionary": claimed(None)}, MOOT),
        ("TM-CLOCK-FAR", stamped(DAY), PASSED),
        ("TM-CLOCK-FAR", stamped(DAY + SECOND), FAILED),
        ("TM-NOT-FUTURE", {"validation_time": SIGNED}, PASSED),
        ("TM-NOT-FUTURE", {"validation_time": SIGNED - SECOND}, FAILED),
        ("TM-NOT-FUTURE", {"timestamps": ()}, MOOT),
        ("TM-NOT-FUTURE", {"validation_time": None}, MOOT),
        ("TM-CLAIM-NOT-FUTURE", {"validation_time": SIGNED}, PASSED),
        ("TM-CLAIM-NOT-FUTURE", {"validation_time": SIGNED - SECOND}, FAILED),
        ("TM-CLAIM-NOT-FUTURE", {"validation_time": None}, MOOT),
        ("TM-CLAIM-NOT-FUTURE", {"dictionary": claimed(None)}, MOOT),
        ("TM-CHECK-AFTER-SIGNING", {"validation_time": SIGNED}, PASSED),
        ("TM-CHECK-AFTER-SIGNING", {"validation_time": SIGNED - SECOND}, FAILED),
        ("TM-CHECK-AFTER-SIGNING", {"validation_time": None}, MOOT),
        ("TM-CHECK-AFTER-SIGNING", {"dictionary": claimed(None)}, PASSED),
        ("TM-CHECK-AFTER-SIGNING", {"dictionary": claimed(None), "timestamps": ()}, MOOT),
        ("TM-CHECK-AFTER-SIGNING", {"validation_time": SIGNED - DAY, **STAMP_KIND}, MOOT),
        ("TM-ORDER", followed(timedelta(0)), PASSED),
        ("TM-ORDER", followed(-HOUR), PASSED),
        ("TM-ORDER", followed(-HOUR - SECOND), FAILED),
        ("TM-ORDER", {"proofs": ()}, MOOT),
        ("TM-ORDER", {**followed(-DAY), "timestamps": ()}, MOOT),
        ("TM-CLAIM-IN-VALIDITY", {"dictionary": claimed(BEGIN)}, PASSED),
        ("TM-CLAIM-IN-VALIDITY", {"dictionary": claimed(BEGIN - SECOND)}, FAILED),
        ("TM-CLAIM-IN-VALIDITY", {"dictionary": claimed(END)}, PASSED),
        ("TM-CLAIM-IN-VALIDITY", {"dictionary": claimed(END + SECOND)}, FAILED),
        ("TM-CLAIM-IN-VALIDITY", {"dictionary": claimed(None)}, MOOT),
        ("TM-CLAIM-IN-VALIDITY", {"certificate": None}, MOOT),
    ],
)
def test_clocks_and_claims(code: str, odd: dict[str, Any], status: str) -> None:
    """The thresholds are the policy's; what is not there is not asked about."""
    assert outcome(code, proven(**odd)).status == status


@pytest.mark.parametrize(
    ("code", "shift", "status"),
    [
        ("TM-CLOCK-SPREAD", 300 * SECOND, PASSED),
        ("TM-CLOCK-SPREAD", 301 * SECOND, FAILED),
        ("TM-CLOCK-FAR", DAY, PASSED),
        ("TM-CLOCK-FAR", DAY + SECOND, FAILED),
    ],
)
def test_thresholds_a_policy_leaves_out(code: str, shift: timedelta, status: str) -> None:
    """A policy without these numbers has the clerk's."""
    bare = replace(POLICY, numbers={})

    assert CHECKS[code].ask(proven(**stamped(shift)), bare).status == status


@pytest.mark.parametrize(("shift", "status"), [(timedelta(0), PASSED), (-SECOND, FAILED)])
def test_without_tolerance_order_is_strict(shift: timedelta, status: str) -> None:
    """A policy that names no tolerance for the clocks of authorities has none."""
    bare = replace(POLICY, numbers={})

    assert CHECKS["TM-ORDER"].ask(proven(**followed(shift)), bare).status == status


def test_moments_are_told() -> None:
    """What a finding says of a moment is that moment, in Vietnam's time."""
    path = stood(revoked(facts.day(2024), reason="superseded"), revoked(facts.day(2025)))
    told = outcome("RV-REVOKED-LATER", proven(path=path)).facts
    far = outcome("PA-VALIDITY-LASTS", proven(datetime.max.replace(tzinfo=SIGNED.tzinfo)))

    assert told == {"revoked_at": "2024-01-01T07:00:00+07:00", "reason": "superseded"}
    assert str(far.facts["time"]).startswith("9999-12-31")


def test_stale_statement_is_told() -> None:
    """When no statement speaks of the moment, the end of the newest authentic one is named."""
    ended = [facts.answer(this_update=BEGIN, next_update=facts.day(2022, m)) for m in (2, 3)]
    forged = facts.answer(this_update=BEGIN, next_update=facts.day(2022, 4), problem="signature")
    endless = facts.answer(this_update=BEGIN, next_update=None)
    told = outcome("RV-STATUS-KNOWN", proven(path=stood(*ended, forged, endless))).facts

    assert told["stale"] == "2022-03-01T07:00:00+07:00"


# --- several reasons, and paths of two ---------------------------------------------------------

TWO = tuple(PathProblem(code=code, subject="CN=CA") for code in ("first", "second"))


def test_time_stamper_whose_path_breaks_a_constraint() -> None:
    """A path that reaches the anchor against its rules anchors no token; its reason is told."""
    found = outcome("TS-PATH-ANCHORED", stamp(path=facts.path(problems=TWO)))

    assert (found.status, found.facts) == (FAILED, {"problem": "first"})
    assert found.fails_as is SubIndication.CHAIN_CONSTRAINTS_FAILURE


def test_first_broken_constraint_is_told() -> None:
    """The same of the signer's path."""
    assert outcome("PA-CONSTRAINTS-HELD", proven(path=facts.path(problems=TWO))).facts[
        "problem"
    ] == ("first")


@pytest.mark.parametrize(("moment", "status"), [(CA_END, PASSED), (CA_END + SECOND, FAILED)])
def test_path_of_two_has_an_authority(moment: datetime, status: str) -> None:
    """A leaf under the root: the root's own validity is asked about."""
    leaf, _, root = facts.path().steps
    path = replace(facts.path(), steps=(leaf, root))

    assert outcome("PA-CA-VALIDITY", proven(moment, path=path)).status == status


BY_ENDED = facts.answer(responder_not_after=ENDED)


def resting_on(**odd: Any) -> PathFacts:
    """Return a path with an odd leaf, whose CA's status rests on a delegate that has ended."""
    return facts.with_step(stood(BY_ENDED, on=1), 0, **odd)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (stood(), PASSED),  # RV-STATUS-KNOWN speaks for it
        (resting_on(revocation=()), FAILED),
        (resting_on(revocation=(revoked(SIGNED),)), FAILED),
        (resting_on(revocation_exempt=True), FAILED),
        (
            facts.with_step(facts.path(), 0, revocation=(BY_ENDED,), revocation_exempt=True),
            PASSED,
        ),
    ],
)
def test_status_of_one_certificate_says_nothing_of_the_next(path: PathFacts, status: str) -> None:
    """Where another check reports a certificate, those above it are asked about all the same."""
    assert outcome("RV-EVIDENCE-LASTS", proven(path=path)).status == status
    assert outcome("TS-EVIDENCE-LASTS", stamp(path=path)).status == status
