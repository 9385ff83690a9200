"""CMS, certificates and time-stamp tokens: bytes in, facts out (RFC 5652, 5280, 3161)."""

from sigcheck.evidence.cms.attributes import (
    Countersigned,
    content_tokens,
    counter_signatures,
    statements,
)
from sigcheck.evidence.cms.certificates import Certificate, certificate_facts, fingerprint
from sigcheck.evidence.cms.scheme import needed_digests
from sigcheck.evidence.cms.signature_check import verify_signature
from sigcheck.evidence.cms.signed_data import (
    SignedData,
    embedded_certificates,
    parse_signed_data,
    revocation_values,
)
from sigcheck.evidence.cms.timestamps import (
    Stamped,
    Token,
    examine_token,
    signature_tokens,
)
from sigcheck.evidence.cms.verify import Examined, examine, examine_raw, raw_digest

__all__ = [
    "Certificate",
    "Countersigned",
    "Examined",
    "SignedData",
    "Stamped",
    "Token",
    "certificate_facts",
    "content_tokens",
    "counter_signatures",
    "embedded_certificates",
    "examine",
    "examine_raw",
    "examine_token",
    "fingerprint",
    "needed_digests",
    "parse_signed_data",
    "raw_digest",
    "revocation_values",
    "signature_tokens",
    "statements",
    "verify_signature",
]
