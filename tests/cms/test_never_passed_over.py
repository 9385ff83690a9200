"""What the CMS layer could not answer is never taken for a good answer further up."""

from __future__ import annotations

from sigcheck.checks.crypto import signature_verifies
from sigcheck.checks.timestamps import imprint_matches, token_signature_verifies
from sigcheck.evidence.cms import examine, parse_signed_data
from sigcheck.model.evidence.cms import CmsFacts
from sigcheck.model.finding import Status
from sigcheck.model.indication import SubIndication
from tests import facts
from tests.cms import maker

CONTENT = b"the byte range"


def test_an_unknown_signature_algorithm_fails_its_check() -> None:
    """A forger names a scheme nobody knows, beside a right digest and a real certificate."""
    key = maker.rsa_key()
    forged = maker.Cms(key, [maker.certificate(key)], CONTENT, signature_oid="1.2.3.4.5")
    judged = examine(parse_signed_data(forged.encode()), maker.digest_of(CONTENT)).facts

    outcome = signature_verifies(facts.evidence(cms=judged))

    assert (judged.signature_ok, judged.digest_matches) == (None, True)
    assert outcome.status is Status.FAILED


def test_a_token_that_could_not_be_checked_is_not_called_wrong() -> None:
    """Neither its digest nor its value was computed: INDETERMINATE, not a failure."""
    unknown = facts.token(imprint_matches=None, cms=CmsFacts(parsed=True, signature_ok=None))
    asked = (imprint_matches, token_signature_verifies)

    outcomes = [ask(unknown) for ask in asked]

    assert [o.status for o in outcomes] == [Status.FAILED] * 2
    assert [o.fails_as for o in outcomes] == [SubIndication.CRYPTO_CONSTRAINTS_FAILURE] * 2


def test_a_token_about_something_else_says_both_digests() -> None:
    """What differs is named: what was stamped, and what should have been."""
    other = facts.token(imprint_matches=False, imprint="ab" * 32, computed_imprint="cd" * 32)

    assert imprint_matches(other).facts == {
        "algorithm": other.imprint_algorithm,
        "stamped": "ab" * 8,
        "computed": "cd" * 8,
    }
