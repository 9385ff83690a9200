"""The long view from facts alone: what a proof is worth when its TSA, CA or digest is gone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from sigcheck.api import judge_document
from sigcheck.config import load_policy
from sigcheck.model.evidence import (
    DictionaryFacts,
    Evidence,
    PathFacts,
    RevocationStatus,
    SignatureKind,
    TimestampFacts,
)
from sigcheck.model.indication import Indication, SubIndication
from sigcheck.model.report import SignatureReport
from tests import facts

S = SubIndication
PASSED = Indication.TOTAL_PASSED
LASTING = {"not_after": facts.day(2048)}
SECOND = timedelta(seconds=1)


def judge(
    *signatures: Evidence, policy: str = "etsi", at: datetime = facts.NOW
) -> list[SignatureReport]:
    """Judge a document under a policy."""
    document = facts.document(*signatures)
    return list(judge_document(document, load_policy(policy), at, "x.pdf").signatures)


def verdict(*signatures: Evidence, **how: Any) -> Indication | SubIndication:
    """Return what the first signature comes to."""
    first = judge(*signatures, **how)[0]
    return first.sub_indication or first.indication


def path(tsa: dict[str, Any] | None = None, *answers: Any) -> PathFacts:
    """Return a TSA's path with what is odd about its certificate and what is said of it."""
    return facts.with_step(facts.path(*answers), 0, certificate=facts.certificate(**(tsa or {})))


def token(tsa: dict[str, Any] | None = None, *answers: Any, **odd: Any) -> TimestampFacts:
    """Return a token by a TSA; its certificate ends with the signer's unless said otherwise."""
    own = facts.certificate(**(tsa or {}))
    return facts.token(**{"certificate": own, "path": path(tsa, *answers), **odd})


def stamp(when: datetime, *, revision: int = 2, **odd: Any) -> Evidence:
    """Return a document time-stamp of a TSA in force until 2048."""
    usage = ("1.3.6.1.5.5.7.3.8",)
    tsa = {**LASTING, "extended_key_usage": usage, "eku_critical": True}
    plain = facts.evidence(
        field=f"Timestamp{revision}",
        index=revision - 1,
        kind=SignatureKind.DOCUMENT_TIMESTAMP,
        revision=revision,
        dictionary=DictionaryFacts(sub_filter="ETSI.RFC3161", type="DocTimeStamp"),
        certificate=facts.certificate(**tsa),
        path=path(tsa),
        timestamps=(token(tsa, source="document", time=when),),
    )
    return replace(plain, **odd)


def signed(*tokens: TimestampFacts, **odd: Any) -> Evidence:
    """Return a signature with these tokens, or an ordinary one of a TSA that has ended."""
    return facts.evidence(**{"timestamps": tokens or (token(),), "revision_count": 2, **odd})


REVOKED_2024 = {"status": RevocationStatus.REVOKED, "revoked_at": facts.day(2024)}


def test_clerk_takes_a_token_that_was_good_when_made() -> None:
    """That the TSA's certificate has ended since does not concern the clerk."""
    assert verdict(signed(), policy="intake") is PASSED


@pytest.mark.parametrize("policy", ["etsi", "archive"])
def test_proof_ends_with_the_tsa(policy: str) -> None:
    """Without a renewal the proof ends with the TSA's certificate, to the second."""
    leaf = facts.certificate(**LASTING)
    bare = signed(certificate=leaf, path=facts.path())
    ends = facts.day(2026)

    assert verdict(bare, policy=policy, at=ends) is PASSED
    late = judge(bare, policy=policy, at=ends + SECOND)[0].timestamps[0]
    assert late.sub_indication is S.OUT_OF_BOUNDS_NO_POE


@pytest.mark.parametrize("policy", ["intake", "etsi", "archive"])
def test_renewal_in_time_carries_the_proof_on(policy: str) -> None:
    """A document time-stamp made before the TSA's end keeps the signature's own time."""
    first = judge(signed(), stamp(facts.day(2024)), policy=policy)[0]

    assert first.indication is PASSED
    assert first.evidence.best_signature_time == facts.SIGNED


@pytest.mark.parametrize(
    ("late", "why"),
    [
        (stamp(facts.day(2026, 2)), "made after the TSA's end"),
        (stamp(facts.day(2030)), "from the future"),
        (stamp(facts.day(2024), cms=facts.cms(digest_matches=False)), "broken"),
        (stamp(facts.day(2024), path=facts.path(anchor=None)), "of a stranger"),
        (stamp(facts.day(2024), revision=1), "not later in the file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_renewal_that_proves_nothing(late: Evidence, why: str) -> None:
    """A document time-stamp renews nothing if it came too late, does not hold, or isn't later."""
    assert verdict(signed(), late) is not PASSED, why


def test_provisional_renewal_is_no_proof() -> None:
    """A document time-stamp whose TSA could not be checked renews no token."""
    unknown = path(LASTING, facts.answer(problem="missing"))
    stamped = stamp(facts.day(2024))
    late = replace(stamped, timestamps=(replace(stamped.timestamps[0], path=unknown),))

    assert verdict(signed(), late) is S.TRY_LATER


@pytest.mark.parametrize(
    ("reason", "intake", "etsi"),
    [
        (None, S.OUT_OF_BOUNDS_NO_POE, S.OUT_OF_BOUNDS_NOT_REVOKED),
        ("key_compromise", S.OUT_OF_BOUNDS_NO_POE, S.OUT_OF_BOUNDS_NOT_REVOKED),
        ("privilege_withdrawn", S.OUT_OF_BOUNDS_NO_POE, S.OUT_OF_BOUNDS_NOT_REVOKED),
        ("superseded", PASSED, S.OUT_OF_BOUNDS_NOT_REVOKED),
        ("cessation_of_operation", PASSED, S.OUT_OF_BOUNDS_NOT_REVOKED),
        ("affiliation_changed", PASSED, S.OUT_OF_BOUNDS_NOT_REVOKED),
        ("unspecified", PASSED, S.OUT_OF_BOUNDS_NOT_REVOKED),
    ],
)
def test_tsa_revoked_later(reason: str | None, intake: Any, etsi: Any) -> None:
    """RFC 3161, 4: without a reason or for a stolen key no token is good; else earlier ones are."""
    bad = facts.answer(**REVOKED_2024, reason=reason)
    late = signed(token(LASTING, bad))

    assert verdict(late, policy="intake") is intake
    assert verdict(late, policy="etsi") is etsi


@pytest.mark.parametrize(
    ("when", "expected"),
    [(facts.day(2023), PASSED), (facts.day(2024), S.OUT_OF_BOUNDS_NO_POE)],
    ids=["before", "at the moment of revocation"],
)
def test_token_proven_before_the_theft_stays_good(when: datetime, expected: Any) -> None:
    """A document time-stamp by another TSA tells tokens made before the theft from forged ones."""
    bad = facts.answer(**REVOKED_2024, reason="key_compromise")
    late = stamp(when)
    first = judge(signed(token(LASTING, bad)), late, policy="intake")[0]
    rejected = bool(first.evidence.rejected_tokens)

    assert rejected is (expected is not PASSED)


@pytest.mark.parametrize(
    ("at", "refused"), [("2025-08-15T23:59:59+07:00", False), ("2025-08-16T00:00:00+07:00", True)]
)
def test_sha1_imprint_ends_with_the_day_in_vietnam(at: str, refused: bool) -> None:
    """The archive takes a SHA-1 imprint through the last second of 15 August 2025 in Vietnam."""
    weak = signed(token(LASTING, imprint_algorithm="sha1"))
    (only,) = judge(weak, policy="archive", at=datetime.fromisoformat(at))
    codes = {f.code for f in only.timestamps[0].findings if f.decides}

    assert codes == ({"TS-ALGORITHMS-LAST"} if refused else set())


@pytest.mark.parametrize("policy", ["intake", "etsi", "archive"])
@pytest.mark.parametrize(
    ("odd", "refused"),
    [
        ({"key_bits": 1024}, True),
        ({"key_bits": 2048}, False),
        ({"key_type": "ec", "key_bits": 224}, True),
        ({"key_type": "ec", "key_bits": 256}, False),
        ({"key_type": "dsa", "key_bits": 4096}, True),
    ],
)
def test_keys_of_the_tsa(odd: dict[str, Any], refused: bool, policy: str) -> None:
    """A TSA's key of under 2048 bits RSA or 256 bits EC proves nothing under any policy."""
    weak = signed(token({**LASTING, **odd}))
    (only,) = judge(weak, policy=policy)
    codes = {f.code for f in only.timestamps[0].findings if f.decides}

    assert ("TS-ALGORITHMS-ACCEPTED" in codes) is refused


def _old_ca(since: int | None) -> PathFacts:
    """Return a path whose CA ended in 2025, with a list that came in a revision."""
    found = facts.path(facts.answer(since_revision=since))
    return facts.with_certificate(found, 1, not_after=facts.day(2025))


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (None, S.REVOCATION_OUT_OF_BOUNDS_NO_POE),
        (2, PASSED),
        (3, S.REVOCATION_OUT_OF_BOUNDS_NO_POE),
    ],
    ids=["not in the file", "covered", "added after the document time-stamp"],
)
def test_list_of_an_ended_ca_needs_proof_of_its_age(since: int | None, expected: Any) -> None:
    """A list whose CA has ended counts when a document time-stamp covers it, and only then."""
    old = signed(token(LASTING), path=_old_ca(since), revision_count=3)
    late = stamp(facts.day(2024), revision=2)

    assert verdict(old, late) is expected
    assert verdict(old, late, policy="intake") is PASSED


def test_list_of_a_ca_revoked_since_needs_proof_of_its_age() -> None:
    """A list signed by a CA that was revoked later may be the thief's."""
    bad = facts.answer(**REVOKED_2024)
    stolen = facts.with_step(facts.path(), 1, revocation=(bad,))

    assert verdict(signed(token(LASTING), path=stolen)) is S.REVOCATION_OUT_OF_BOUNDS_NO_POE


def test_status_of_the_tsa_is_asked_for_as_long_as_the_proof_has_to_last() -> None:
    """A list of 2022 that ended in 2022 does not say whether the TSA was revoked by now."""
    stale = facts.answer(next_update=facts.day(2022, 12))
    aged = signed(token(LASTING, stale))

    assert verdict(aged, policy="intake") is PASSED
    assert verdict(aged, policy="etsi") is S.TRY_LATER
    assert verdict(aged, stamp(facts.day(2022, 11)), policy="etsi") is PASSED


@pytest.mark.parametrize(
    ("hours", "expected"), [(0, PASSED), (-1, S.TIMESTAMP_ORDER_FAILURE)], ids=["same", "earlier"]
)
def test_order_of_stamps(hours: int, expected: Any) -> None:
    """By the plain standard a later document time-stamp may not state an earlier time."""
    late = stamp(facts.SIGNED + timedelta(hours=hours))

    assert verdict(signed(token(LASTING)), late, policy="etsi") is expected
    assert verdict(signed(token(LASTING)), late, policy="intake") is PASSED


def pades(**odd: Any) -> Evidence:
    """Return a signature as PAdES asks for it."""
    plain = facts.evidence(
        dictionary=DictionaryFacts(sub_filter="ETSI.CAdES.detached", type="Sig"),
        cms=facts.cms(signing_certificate_version=2, signing_certificate_matches=True),
        revision_count=3,
    )
    return replace(plain, **odd)


NAMELESS = facts.cms(signing_certificate_version=0)
BROKEN = facts.cms(signing_certificate_version=2, digest_matches=False)


@pytest.mark.parametrize(
    ("odd", "stamps", "level"),
    [
        ({"timestamps": ()}, (), "B-B"),
        ({"timestamps": (facts.token(imprint_matches=False),)}, (), "B-B"),
        ({}, (), "B-T"),
        ({"timestamps": ()}, (2,), "B-T"),
        ({"material_since": 2}, (), "B-LT"),
        ({"material_since": 2, "timestamps": ()}, (), "B-B"),
        ({"material_since": 2}, (3,), "B-LTA"),
        ({"material_since": 2}, (2,), "B-LTA"),
        ({"material_since": 3}, (2,), "B-LT"),
        ({"cms": NAMELESS}, (), None),
        ({"cms": BROKEN}, (), None),
        ({"dictionary": DictionaryFacts(sub_filter="adbe.pkcs7.detached")}, (2,), None),
    ],
)
def test_pades_level(odd: dict[str, Any], stamps: tuple[int, ...], level: str | None) -> None:
    """The level is what the file holds: time-stamp, material, and a stamp over the material."""
    later = [stamp(facts.day(2024), revision=revision) for revision in stamps]

    assert judge(pades(**odd), *later)[0].pades_level == level
