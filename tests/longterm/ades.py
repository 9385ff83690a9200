"""pyHanko's implementation of EN 319 102-1, 5.6.3, put to one of our vectors."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from unittest import mock

from asn1crypto import crl, pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import ades
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv import ades_past, poe, types
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import (
    REQUIRE_REVINFO,
    CertRevTrustPolicy,
    DisallowWeakAlgorithmsPolicy,
)
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

ROOT = Path(__file__).resolve().parents[2] / "fixtures"
_PKI = ROOT / "pki"


def judged(case: str) -> tuple[str, str]:
    """Return pyHanko's indication and sub-indication of a vector's first signature."""
    folder = ROOT / "vectors" / "longterm" / case
    options = json.loads((folder / "expected.json").read_text("utf-8"))["options"]
    at = datetime.fromisoformat(options["at"]).astimezone(UTC)
    reader = PdfFileReader(io.BytesIO((folder / "document.pdf").read_bytes()))
    timing = ValidationTimingInfo(at, at, point_in_time_validation=True)
    with _clock(at):
        signature = reader.embedded_regular_signatures[0]
        done = asyncio.run(ades_lta_validation(signature, _specification(folder), timing))
    found = done.ades_subindic
    return found.status.name, str(found)


class _AsDatetime(type(datetime)):  # type: ignore[misc]
    """Takes any datetime for one of its own."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime)


@contextlib.contextmanager
def _clock(at: datetime) -> Iterator[None]:
    """Set the clock of pyHanko, which takes the start of its slide from the machine."""

    class Stopped(datetime, metaclass=_AsDatetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return at.astimezone(tz)

    with contextlib.ExitStack() as stack:
        for module in (ades, ades_past, poe, types):
            stack.enter_context(mock.patch.object(module, "datetime", Stopped))
        yield


def _specification(folder: Path) -> PdfSignatureValidationSpec:
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=_certificates("roots")),
        revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
        # Algorithms are not asked about here: the two policies' dates differ.
        algorithm_usage_policy=_any_digest(),
    )
    known = LocalKnowledge(
        known_crls=[CRLContainer(crl.CertificateList.load(der)) for der in _lists(folder)],
        known_certs=[*_certificates("intermediates"), *_certificates("tsa")],
    )
    return PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=policy,
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                RevinfoOnlineFetchingRule.LOCAL_ONLY
            ),
            local_knowledge=known,
        ),
        diff_policy=None,
    )


def _any_digest() -> DisallowWeakAlgorithmsPolicy:
    return DisallowWeakAlgorithmsPolicy(weak_hash_algos=frozenset())  # type: ignore[no-untyped-call]


@cache
def _certificates(name: str) -> tuple[x509.Certificate, ...]:
    files = sorted((_PKI / name).glob("*.der"))
    return tuple(x509.Certificate.load(path.read_bytes()) for path in files)


def _lists(folder: Path) -> list[bytes]:
    files = [*sorted((_PKI / "crl").glob("*2022*")), *sorted(folder.glob("revocation/*"))]
    return [_der(path.read_bytes()) for path in files]


def _der(data: bytes) -> bytes:
    return pem.unarmor(data)[2] if pem.detect(data) else data
