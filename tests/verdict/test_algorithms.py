"""Algorithms with their dates and sizes: what each policy accepts, and until which second."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from sigcheck.api import judge_document
from sigcheck.config import load_policy
from sigcheck.model.evidence import Evidence, PathFacts, Scheme
from sigcheck.model.finding import Status
from tests import facts

POLICIES = ("intake", "etsi", "archive")


def refused(evidence: Evidence, policy: str = "intake", at: datetime = facts.NOW) -> set[str]:
    """Return the codes of the algorithm checks that decide against a signature."""
    document = facts.document(evidence)
    (report,) = judge_document(document, load_policy(policy), at, "x.pdf").signatures
    return {f.code for f in report.findings if f.decides and f.code.startswith("AL-")}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("key_type", "bits", "fine"),
    [
        ("rsa", 2047, False),
        ("rsa", 2048, True),
        ("rsa", 1024, False),
        ("ec", 255, False),
        ("ec", 256, True),
        ("ec", 521, True),
        ("dsa", 3072, False),
        ("unknown", 0, False),
        ("ed25519", 253, True),
    ],
)
def test_signers_key(key_type: str, bits: int, fine: bool, policy: str) -> None:
    """RSA from 2048 bits and EC from 256; a key nobody named is refused.

    TS 119 312, which `etsi` follows, lets RSA from 1900 bits pass.
    """
    fine = fine or (policy, key_type, bits) == ("etsi", "rsa", 2047)
    odd = facts.evidence(certificate=facts.certificate(key_type=key_type, key_bits=bits))

    assert ("AL-KEY-ACCEPTED" in refused(odd, policy)) is not fine


def _path(**odd: Any) -> PathFacts:
    """Return a path whose CA is odd and not pinned."""
    return facts.with_step(facts.with_certificate(facts.path(), 1, **odd), 1, pinned=False)


@pytest.mark.parametrize(
    ("odd", "fine"),
    [
        ({}, True),
        ({"key_bits": 1024}, False),
        ({"key_type": "ec", "key_bits": 224}, False),
        ({"signature_hash": "md5"}, False),
        ({"signature_hash": "sha512"}, True),
    ],
)
def test_keys_and_digests_of_the_path(odd: dict[str, Any], fine: bool) -> None:
    """A CA's key and the digest under its certificate are asked about too."""
    assert ("AL-CHAIN-ACCEPTED" in refused(facts.evidence(path=_path(**odd)))) is not fine


def test_pinned_ca_is_trusted_with_its_digest() -> None:
    """The SHA-1 CAs of VGCA's first generation are pinned by hash: no signature has to hold."""
    path = facts.with_certificate(facts.path(), 1, signature_hash="sha1", key_bits=1024)

    assert refused(facts.evidence(path=path), at=facts.day(2040)) == set()


@pytest.mark.parametrize(
    ("policy", "moment", "fine"),
    [
        ("intake", "2025-08-15T23:59:59+07:00", True),
        ("intake", "2025-08-16T00:00:00+07:00", False),
        ("intake", "2025-08-15T16:59:59+00:00", True),
        ("intake", "2025-08-15T17:00:00+00:00", False),
        ("archive", "2025-08-15T23:59:59+07:00", True),
        ("etsi", "2017-02-22T23:59:59+07:00", True),
        ("etsi", "2017-02-23T00:00:00+07:00", False),
    ],
)
def test_last_second_of_sha1(policy: str, moment: str, fine: bool) -> None:
    """SHA-1 is accepted through the policy's last day, in Vietnam's time, and no longer."""
    when = datetime.fromisoformat(moment)
    certificate = facts.certificate(not_before=facts.day(2010))
    weak = facts.evidence(
        cms=facts.cms(digest_algorithm="sha1"), certificate=certificate, timestamps=()
    )

    assert ("AL-DIGEST-ACCEPTED" in refused(weak, policy, when)) is not fine


@pytest.mark.parametrize(
    ("scheme", "advised"),
    [(Scheme.RSA_PKCS1, True), (Scheme.RSA_PSS, False), (Scheme.ECDSA, False)],
)
def test_pss_is_advice(scheme: Scheme, advised: bool) -> None:
    """PKCS #1 v1.5, which every tool writes, is a note: the circular names RSASSA-PSS."""
    document = facts.document(facts.evidence(cms=facts.cms(scheme=scheme)))
    (report,) = judge_document(document, load_policy("intake"), facts.NOW, "x.pdf").signatures
    (found,) = [f for f in report.findings if f.code == "AL-SCHEME-ADVISED"]

    assert (found.outcome.status is Status.FAILED) is advised
    assert not found.decides


@pytest.mark.parametrize("policy", POLICIES)
def test_each_rule_names_its_article_and_how_sure_it_is(policy: str) -> None:
    """No rule without its source, and how well that source is known."""
    rules = load_policy(policy).algorithms

    assert [r.name for r in rules if not r.article or r.mark not in {"C", "S", "I", "U"}] == []
