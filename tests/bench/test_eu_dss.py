"""The harness of EU DSS judges what it is given under the trust and time it is given."""

from __future__ import annotations

from pathlib import Path

import pytest

import sigcheck
from bench import eu_dss

ROOT = Path(__file__).parents[2]
AT = "2026-11-23T00:00:00+07:00"


def test_a_trust_store_is_written_by_roles(tmp_path: Path) -> None:
    """Anchors, other certificates, lists and responses each have a folder of their own."""
    store = sigcheck.TrustStore.load([ROOT / "fixtures/pki"])

    folder = eu_dss.trust_folder(store, tmp_path / "trust")

    held = {kind.name: len(list(kind.iterdir())) for kind in folder.iterdir()}
    assert held == {
        "anchors": len(store.anchors.keys() & store.certificates.keys()),
        "certificates": len(store.certificates.keys() - store.anchors.keys()),
        "crl": len(store.crls),
        "ocsp": len(store.ocsps),
    }


@pytest.mark.skipif(
    not (eu_dss.BUILT / "verdicts-1.jar").exists(), reason="bench/dss isn't built (Maven does it)"
)
def test_each_document_has_its_answer(tmp_path: Path) -> None:
    """A sound signature passes, a changed one is HASH_FAILURE, what is no PDF is an error."""
    vectors = ROOT / "fixtures/vectors"
    trust = eu_dss.trust_folder(
        sigcheck.TrustStore.load([ROOT / "fixtures/pki"]), tmp_path / "trust"
    )
    names = ("cms/ordinary", "bytes/changed-in-first-range", "file/not-a-pdf")
    jobs = [eu_dss.Job(vectors / name / "document.pdf", trust, AT) for name in names]

    sound, changed, unreadable = eu_dss.judge(jobs)

    assert [s["indication"] for s in sound["signatures"]] == ["TOTAL_PASSED"]
    assert changed["signatures"][0]["sub_indication"] == "HASH_FAILURE"
    assert "signatures" not in unreadable
