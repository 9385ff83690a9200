"""RFC 3161 time-stamps over what the archive writes: a package's manifest, a ledger's head."""

from __future__ import annotations

import hashlib
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.archive.tsp import CONTENT_TYPE, stamp_request, token_of
from sigcheck.checks import Scope, run
from sigcheck.config import TrustStore
from sigcheck.evidence.authority import Authority
from sigcheck.evidence.cms import examine_token
from sigcheck.evidence.dss import ValidationData
from sigcheck.fetch import Fetcher
from sigcheck.model.evidence import Purpose
from sigcheck.model.indication import Indication, SubIndication
from sigcheck.model.limits import Limits
from sigcheck.model.policy import Policy
from sigcheck.verdict import conclude, weigh


class Stamp(Struct, frozen=True):
    """What came of a token, under the trust and the policy given."""

    indication: Indication
    sub_indication: SubIndication | None
    time: datetime | None
    """genTime; proof of existence only where the indication is TOTAL-PASSED."""
    tsa: str
    """Common name of the authority; untrusted text."""


def request_token(data: bytes, url: str, fetch: Fetcher, nonce: int) -> bytes:
    """Return a token over bytes from a time-stamping authority.

    Raises:
        FetchError: without network, for a refusal, and for a token over anything else (TSA-ANSWER).
    """
    imprint = hashlib.sha256(data).digest()
    answer = fetch.post(url, stamp_request(imprint, nonce), CONTENT_TYPE)
    return token_of(answer, imprint, nonce)


def judge_stamp(token: bytes, data: bytes, trust: TrustStore, policy: Policy) -> Stamp:
    """Judge a token over bytes as any other time-stamp (EN 319 102-1, 5.4)."""
    limits = Limits()
    found = examine_token(
        token, data, "signature", extra=trust.certificates.values(), limits=limits
    )
    facts = found.facts
    if found.certificate is not None:
        authority = Authority(trust, ValidationData(), limits)
        path = authority.path(found.certificate, found.data, Purpose.TIMESTAMPING)
        facts = replace(facts, path=path)
    findings = weigh(run(facts, Scope.TIMESTAMP, policy), policy)
    indication, sub = conclude(findings, policy.timestamp_required)
    return Stamp(indication, sub, facts.time, facts.tsa.common_name)
