"""FC-READ-HERE: a document that stayed at home is judged by its package, and never passes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

import sigcheck
from sigcheck.archive import files
from sigcheck.archive.bag import EVIDENCE, Bag, read_bag, zipped
from sigcheck.archive.package import Wish, build
from sigcheck.errors import PackageError, UsageError
from tests.service.conftest import serving

AT = datetime(2026, 11, 23, tzinfo=UTC)
CODE = "FC-READ-HERE"


@pytest.fixture(scope="module")
def trust(fixtures: Path) -> sigcheck.TrustStore:
    """Return the trust of office and centre: the test PKI."""
    return sigcheck.TrustStore.load([fixtures / "pki"])


def packed(fixtures: Path, trust: sigcheck.TrustStore, case: str) -> bytes:
    """Return the package that the office sends."""
    verifier = sigcheck.Verifier(trust, keep_materials=True)
    report = verifier.verify(fixtures / "vectors" / case / "document.pdf", at=AT)
    return build(report, verifier.policy, Wish(made_at=AT))


@pytest.mark.parametrize(
    ("case", "there", "here"),
    [
        ("long-an/2691-ct-ubnd-production", "TOTAL-PASSED", "INDETERMINATE"),
        ("long-an/2691-ct-ubnd", "INDETERMINATE", "INDETERMINATE"),
        ("bytes/changed-in-first-range", "TOTAL-FAILED", "TOTAL-FAILED"),
    ],
)
def test_what_the_office_read_never_passes_here(
    fixtures: Path, trust: sigcheck.TrustStore, case: str, there: str, here: str
) -> None:
    """Every signature has the finding, with the version that read it; a forgery stays one."""
    verified = sigcheck.Verifier(trust).verify(fixtures / "vectors" / case / "document.pdf", at=AT)
    report = sigcheck.judge(packed(fixtures, trust, case), trust=trust, at=AT)

    assert (verified.indication, report.indication) == (there, here)
    for signature in report.document.signatures:
        (found,) = [f for f in signature.findings if f.code == CODE]
        assert found.decides
        assert found.outcome.facts == {"version": sigcheck.__version__}
        assert signature.indication != "TOTAL-PASSED"
    assert report.document.sha256 == verified.document.sha256


def test_the_reason_is_that_the_document_was_not_here(
    fixtures: Path, trust: sigcheck.TrustStore
) -> None:
    """In the words of the standard, and for people."""
    package = packed(fixtures, trust, "long-an/2691-ct-ubnd-production")
    report = sigcheck.judge(package, trust=trust, at=AT)

    assert report.document.sub_indication == "SIGNED_DATA_NOT_FOUND"
    text = " ".join(report.render("text", "en").split())
    assert "read by the sender of this package, with sigcheck" in text


def test_the_anchors_are_those_of_the_judge(fixtures: Path, trust: sigcheck.TrustStore) -> None:
    """What the sender calls a government root is none here unless it is pinned here."""
    package = packed(fixtures, trust, "long-an/2691-ct-ubnd-production")
    own = sigcheck.judge(package, trust=trust, at=AT).document.signatures
    foreign = sigcheck.judge(package, trust=_without_anchors(trust), at=AT).document.signatures

    assert {s.evidence.tier.value for s in own} == {"government"}
    assert {s.evidence.tier.value for s in foreign} == {"untrusted"}


def _without_anchors(trust: sigcheck.TrustStore) -> sigcheck.TrustStore:
    return sigcheck.TrustStore(certificates=trust.certificates)


def test_policy_and_time_are_the_judges(fixtures: Path, trust: sigcheck.TrustStore) -> None:
    """Not those that the package was made under."""
    package = packed(fixtures, trust, "long-an/2691-ct-ubnd-production")
    policy = sigcheck.load_policy("archive")
    report = sigcheck.judge(package, policy=policy, trust=trust, at=AT)

    assert report.policy_id == "archive"
    with pytest.raises(UsageError):
        sigcheck.judge(package, trust=trust, at=datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake


def test_no_policy_can_let_it_pass(tmp_path: Path) -> None:
    """A file that softens the check is refused, as for every code of the byte layer."""
    path = tmp_path / "soft.toml"
    path.write_text(f'id = "soft"\nversion = "1"\nextends = "intake"\n[levels]\n{CODE} = "note"\n')

    with pytest.raises(sigcheck.errors.PolicyError):
        sigcheck.load_policy(str(path))


def test_a_package_that_says_it_was_read_here(fixtures: Path, trust: sigcheck.TrustStore) -> None:
    """Whatever the sender wrote into the evidence: who judges knows where the document was."""
    data = packed(fixtures, trust, "long-an/2691-ct-ubnd-production")
    bag = read_bag(data)
    evidence = files.read_evidence(bag.payload[EVIDENCE])
    claims = replace(
        evidence, signatures=tuple(replace(s, read_by="") for s in evidence.signatures)
    )
    forged = zipped(Bag({**bag.payload, EVIDENCE: files.evidence_bytes(claims)}, bag.tags), "x")

    report = sigcheck.judge(forged, trust=trust, at=AT)

    assert report.indication == "INDETERMINATE"


@pytest.mark.parametrize("data", [b"", b"PK", b"%PDF-1.7"])
def test_what_is_no_package_is_refused(data: bytes) -> None:
    """An exception, for there is nothing to report on."""
    with pytest.raises(PackageError):
        sigcheck.judge(data)


def test_over_http(root: Path, fixtures: Path, trust: sigcheck.TrustStore) -> None:
    """The office sends the package, the centre answers as the library does; the PDF stays away."""
    package = packed(fixtures, trust, "long-an/2691-ct-ubnd-production")

    def ask(address: str, data: bytes, accept: str = "application/json") -> httpx.Response:
        headers = {"Content-Type": "application/zip", "Accept": accept}
        url = f"{address}/v1/judge?at=23/11/2026&lang=en"
        return httpx.post(url, content=data, headers=headers, trust_env=False, timeout=60)

    with serving(root) as (address, _):
        found: dict[str, Any] = ask(address, package).json()
        page = ask(address, package, "text/html")
        broken = ask(address, package[:-100])
        pdf = (fixtures / "vectors/bytes/changed-in-first-range/document.pdf").read_bytes()
        document = ask(address, pdf)
        metrics = httpx.get(f"{address}/metrics", trust_env=False).text

    (only,) = found["documents"]
    assert (only["indication"], only["sub_indication"]) == (
        "INDETERMINATE",
        "SIGNED_DATA_NOT_FOUND",
    )
    assert all(any(f["code"] == CODE for f in s["findings"]) for s in only["signatures"])
    assert page.headers["content-type"].startswith("text/html")
    for refused in (broken, document):
        assert (refused.status_code, refused.json()["code"]) == (422, "PACKAGE")
    assert "sigcheck_workers_lost_total{" not in metrics
