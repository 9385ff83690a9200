"""Facts in, verdict out: no PDF, no key, no network."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from sigcheck.api import judge_document
from sigcheck.config import load_policy
from sigcheck.model.evidence import (
    ChangeClass,
    ChangeItem,
    DictionaryFacts,
    Evidence,
    Permission,
    RevocationStatus,
    Tier,
)
from sigcheck.model.indication import Indication, SubIndication
from sigcheck.model.report import SignatureReport
from tests import facts

S = SubIndication
PASSED = Indication.TOTAL_PASSED


def judge(*signatures: Evidence, at: datetime = facts.NOW) -> list[SignatureReport]:
    """Judge a document of these signatures under the intake policy."""
    policy = load_policy("intake")
    return list(judge_document(facts.document(*signatures), policy, at, "x.pdf").signatures)


def verdict(**odd: Any) -> Indication | SubIndication:
    """Return the sub-indication of one odd signature, or its indication where it has none."""
    (report,) = judge(facts.evidence(**odd))
    return report.sub_indication or report.indication


def revoked(when: datetime, **odd: Any) -> Any:
    """Return a path whose leaf was revoked at a moment."""
    return facts.path(facts.answer(status=RevocationStatus.REVOKED, revoked_at=when), **odd)


CASES: list[tuple[str, dict[str, Any], Indication | SubIndication | None]] = [
    ("nothing odd", {}, PASSED),
    ("digest", {"cms": facts.cms(digest_matches=False)}, S.HASH_FAILURE),
    ("value", {"cms": facts.cms(signature_ok=False)}, S.SIG_CRYPTO_FAILURE),
    ("mixed algorithms", {"cms": facts.cms(algorithms_agree=False)}, S.SIG_CRYPTO_FAILURE),
    ("no byte range", {"byte_range": None}, S.FORMAT_FAILURE),
    ("foreign gap", {"byte_range": facts.byte_range(gap_is_own_contents=False)}, S.FORMAT_FAILURE),
    ("two signers", {"cms": facts.cms(signer_count=2)}, S.FORMAT_FAILURE),
    ("no CMS", {"cms": facts.cms(parsed=False)}, S.FORMAT_FAILURE),
    ("orphan", {"orphan": True}, S.FORMAT_FAILURE),
    ("no certificate", {"certificate": None, "path": None}, S.NO_SIGNING_CERTIFICATE_FOUND),
    (
        "other certificate",
        {"cms": facts.cms(signing_certificate_matches=False)},
        S.NO_SIGNING_CERTIFICATE_FOUND,
    ),
    ("no anchor", {"path": facts.path(anchor=None)}, S.NO_CERTIFICATE_CHAIN_FOUND),
    ("test anchor", {"path": facts.path(tier=Tier.TEST)}, S.CHAIN_CONSTRAINTS_FAILURE),
    ("CA as signer", {"certificate": facts.certificate(is_ca=True)}, S.CHAIN_CONSTRAINTS_FAILURE),
    (
        "server key",
        {"certificate": facts.certificate(extended_key_usage=("1.3.6.1.5.5.7.3.1",))},
        S.CHAIN_CONSTRAINTS_FAILURE,
    ),
    ("no status", {"path": facts.path(facts.answer(problem="signature"))}, S.TRY_LATER),
    (
        "status unknown",
        {"path": facts.path(facts.answer(status=RevocationStatus.UNKNOWN))},
        S.TRY_LATER,
    ),
    (
        "stale list",
        {
            "path": facts.path(
                facts.answer(this_update=facts.day(2022, 1), next_update=facts.day(2022, 2))
            )
        },
        S.TRY_LATER,
    ),
    (
        "list after expiry",
        {"path": facts.path(facts.answer(this_update=facts.day(2026, 6)))},
        S.TRY_LATER,
    ),
    ("revoked before", {"path": revoked(facts.day(2022, 8, 1))}, S.REVOKED),
    ("revoked after", {"path": revoked(facts.day(2023))}, PASSED),
    ("expired, unproven", {"timestamps": ()}, S.OUT_OF_BOUNDS_NO_POE),
    (
        "not yet in force",
        {"certificate": facts.certificate(not_before=facts.day(2023))},
        S.NOT_YET_VALID,
    ),
    ("wrong imprint", {"timestamps": (facts.token(imprint_matches=False),)}, None),
    ("TSA usage", {"timestamps": (facts.token(eku_ok=False),)}, None),
    ("SHA-1 of 2022", {"cms": facts.cms(digest_algorithm="sha1")}, PASSED),
    ("unknown digest", {"cms": facts.cms(digest_algorithm="1.2.3")}, S.CRYPTO_CONSTRAINTS_FAILURE),
    ("short key", {"certificate": facts.certificate(key_bits=1024)}, S.CRYPTO_CONSTRAINTS_FAILURE),
    ("unread revision", {"later_revisions_unread": True}, S.FORMAT_FAILURE),
]


@pytest.mark.parametrize(("odd", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_one_odd_fact(odd: dict[str, Any], expected: Indication | SubIndication | None) -> None:
    """One odd fact leads to the sub-indication the standard gives it."""
    found = verdict(**odd)

    # A rejected token leaves an expired certificate without proof: either reason is right,
    # passing is not.
    wanted = {S.SIG_CONSTRAINTS_FAILURE, S.OUT_OF_BOUNDS_NO_POE} if expected is None else {expected}
    assert found in wanted


def test_revoked_between_claim_and_proof_is_undecided() -> None:
    """A certificate revoked after the claimed time and before the stamp leaves it open."""
    late = facts.token(time=facts.day(2022, 10))
    path = revoked(facts.day(2022, 9, 10))

    assert verdict(timestamps=(late,), path=path) is S.REVOKED_NO_POE


def test_on_hold_is_undecided() -> None:
    """A certificate on hold at signing time can be neither passed nor refused."""
    held = facts.answer(status=RevocationStatus.ON_HOLD, revoked_at=facts.day(2022, 8, 1))

    assert verdict(path=facts.path(held)) is S.TRY_LATER


def test_tsa_without_status_keeps_the_time_but_not_the_pass() -> None:
    """The signature is judged at the stamped time, and waits for the TSA's status."""
    unknown = facts.path(facts.answer(problem="missing"))

    assert verdict(timestamps=(facts.token(path=unknown),)) is S.TRY_LATER


@pytest.mark.parametrize("day", [facts.day(2025, 8, 14), facts.day(2025, 8, 25)])
def test_sha1_ends_with_circular_15(day: datetime) -> None:
    """SHA-1 passes with a note until the day TT 15/2025 was signed, and not ten days later.

    Under a government root and a time-stamp the clerk is warned instead; an archive refuses.
    """
    stamped = facts.token(time=day, path=facts.path())
    signed: dict[str, Any] = {"timestamps": (stamped,), "cms": facts.cms(digest_algorithm="sha1")}
    refused = PASSED if day.day == 14 else S.CRYPTO_CONSTRAINTS_FAILURE

    assert verdict(**signed, path=facts.path(tier=Tier.PUBLIC)) is refused
    assert verdict(**signed) is PASSED


@pytest.mark.parametrize(
    "odd",
    [
        {"timestamps": (facts.token(time=facts.day(2025, 8, 25), imprint_algorithm="sha1"),)},
        {"dictionary": DictionaryFacts(sub_filter="adbe.pkcs7.sha1")},
        {"path": facts.path(tier=Tier.PUBLIC)},
    ],
)
def test_sha1_after_the_circular_needs_government_and_a_strong_token(odd: dict[str, Any]) -> None:
    """An imprint by SHA-1, the old SubFilter, another tier: undecided as before."""
    token = facts.token(time=facts.day(2025, 8, 25))
    usual: dict[str, Any] = {"timestamps": (token,), "cms": facts.cms(digest_algorithm="sha1")}

    assert verdict(**usual) is PASSED
    assert verdict(**{**usual, **odd}) is S.CRYPTO_CONSTRAINTS_FAILURE


TABLE = {
    ChangeClass.EXTENSION: "nnnn",
    ChangeClass.SIGNATURE: "nfnn",
    ChangeClass.SIGNATURE_UNCLEAR: "ifii",
    ChangeClass.FORM_FILLING: "nfnn",
    ChangeClass.FILLING_UNCLEAR: "ifii",
    ChangeClass.VALUE_REPLACED: "ifnn",
    ChangeClass.EMPTY_FIELD: "nfin",
    ChangeClass.NEW_FIELD: "ifff",
    ChangeClass.ANNOTATION: "iffi",
    ChangeClass.ANNOTATION_HIDING: "ifff",
    ChangeClass.UNDEFINED: "ffff",
    ChangeClass.TRAILING_LINE_ENDS: "nnnn",
    ChangeClass.TRAILING_TEXT: "nnnn",
    ChangeClass.TRAILING: "ffff",
}
"""The design's table: approval, P=1, P=2, P=3; note, INDETERMINATE or fails."""
MEANING = {"n": PASSED, "i": S.SIG_CONSTRAINTS_FAILURE, "f": S.FORMAT_FAILURE}


@pytest.mark.parametrize("permission", list(Permission))
@pytest.mark.parametrize("change", list(ChangeClass))
def test_table_of_changes(change: ChangeClass, permission: Permission) -> None:
    """Every cell of the table of later changes gives the verdict the design promises."""
    item = ChangeItem(
        change,
        2,
        "rule",
        "/Root",
        page=1,
        field="Signature2",
        paints=change is ChangeClass.NEW_FIELD,
    )
    dictionary = replace(facts.evidence().dictionary, permission=permission)
    later = facts.evidence(field="Signature2", index=1, revision=2, revision_count=2)

    report = judge(facts.evidence(changes=(item,), dictionary=dictionary, revision_count=2), later)[
        0
    ]
    found = report.sub_indication or report.indication

    cell = TABLE[change][list(Permission).index(permission)]
    assert found is MEANING[cell]


@pytest.mark.parametrize(
    ("odd", "expected"),
    [
        ({}, PASSED),
        ({"path": facts.path(tier=Tier.TEST)}, PASSED),
        ({"path": facts.path(anchor=None)}, S.SIG_CONSTRAINTS_FAILURE),
        ({"path": facts.path(anchor=None, missing_issuer="CN=CA")}, S.SIG_CONSTRAINTS_FAILURE),
        ({"cms": facts.cms(digest_matches=False)}, S.SIG_CONSTRAINTS_FAILURE),
        ({"cms": facts.cms(signature_ok=None)}, S.SIG_CONSTRAINTS_FAILURE),
        ({"cms": facts.cms(parsed=False)}, S.SIG_CONSTRAINTS_FAILURE),
    ],
    ids=["passes", "test anchor", "unknown signer", "missing CA", "broken", "unchecked", "unread"],
)
def test_later_signature_answers_for_its_widget(
    odd: dict[str, Any], expected: Indication | SubIndication
) -> None:
    """A later signature excuses its appearance only if it holds and its anchor is known."""
    item = ChangeItem(
        ChangeClass.SIGNATURE, 2, "signature-field", "/Root", field="Signature2", paints=True
    )
    first = facts.evidence(changes=(item,), revision_count=2)
    second = facts.evidence(field="Signature2", index=1, revision=2, revision_count=2, **odd)

    report = judge(first, second)[0]

    assert (report.sub_indication or report.indication) is expected


def test_signature_that_was_not_found_excuses_nothing() -> None:
    """A change that claims to be a signature nobody judged is held as an unsigned new field."""
    item = ChangeItem(ChangeClass.SIGNATURE, 2, "signature-field", "/Root", field="Elsewhere")

    assert verdict(changes=(item,), revision_count=2) is S.SIG_CONSTRAINTS_FAILURE


def test_neighbours_do_not_hide_each_other() -> None:
    """A signature that cannot be read at all leaves the next one its own verdict."""
    broken = facts.evidence(
        cms=facts.cms(parsed=False),
        certificate=None,
        path=None,
        byte_range=None,
        timestamps=(),
        dictionary=DictionaryFacts(),
    )
    reports = judge(broken, facts.evidence(field="Signature2", index=1))

    assert [r.indication for r in reports] == [Indication.TOTAL_FAILED, PASSED]


def test_crashing_check_is_never_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that raises is named as crashed and keeps the signature from passing."""
    monkeypatch.setattr("sigcheck.checks.path.shown", None)
    odd = facts.evidence(certificate=facts.certificate(not_after=facts.day(2022)))
    (report,) = judge(odd)

    assert report.indication is not PASSED
    assert any(f.outcome.status == "crashed" for f in report.findings)


def test_same_answer_in_2040() -> None:
    """A stamped signature rests on its proof: the verdict of 2026 holds in 2040."""
    (report,) = judge(facts.evidence(), at=facts.day(2040))

    assert report.indication is PASSED


@pytest.mark.parametrize("name", ["intake", "archive", "etsi"])
def test_unsigned_document_says_that_it_is_unsigned(name: str) -> None:
    """Whatever else a policy warns of, a document without signatures has that as its reason."""
    report = judge_document(facts.document(), load_policy(name), facts.NOW, "x.pdf")

    assert report.indication.value == "NO-SIGNATURE"
    assert report.reason is not None
    assert report.reason.code == "DC-SIGNATURES-PRESENT"
