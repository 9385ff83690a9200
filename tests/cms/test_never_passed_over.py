"""What the CMS layer could not answer is never taken for a good answer further up."""

from __future__ import annotations

from sigcheck.checks.crypto import signature_verifies
from sigcheck.evidence.cms import examine, parse_signed_data
from sigcheck.model.finding import Status
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
