"""The real provincial documents: sound, anchored, and undecided only for what is truly missing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

import sigcheck
from sigcheck.model.evidence import ChangeClass, Tier
from sigcheck.model.report import DocumentReport

AT = datetime.fromisoformat("2026-11-23T00:00:00+07:00")
SOUND = {"gia-lai-2061-annex": 1, "binh-thuan-3367": 2, "lam-dong-156": 4}
BROKEN = {"binh-thuan-108-kydauden": 4, "binh-thuan-788-kydauden": 2}
HARMLESS = {ChangeClass.EXTENSION, ChangeClass.SIGNATURE}


def judged(corpus: Path, name: str) -> DocumentReport:
    """Judge a real document with the real certificates, and no revocation data."""
    trust = sigcheck.TrustStore.load([corpus / "certs"])
    return sigcheck.Verifier(trust).verify(corpus / "vietnam" / f"{name}.pdf", at=AT).document


@pytest.mark.parametrize(("name", "count"), SOUND.items())
def test_sound_documents_wait_for_revocation_data_only(corpus: Path, name: str, count: int) -> None:
    """Every signature holds and ends at a government root; only its status is unknown."""
    signatures = judged(corpus, name).signatures
    old_digest = {"AL-DIGEST-ACCEPTED"} if name == "lam-dong-156" else set()  # and SHA-1 imprints

    assert len(signatures) == count
    for signature in signatures:
        path = signature.evidence.path
        assert path is not None
        assert path.anchor is not None
        assert path.anchor.tier is Tier.GOVERNMENT
        assert signature.evidence.cms.digest_matches
        assert signature.evidence.cms.signature_ok
        assert str(signature.sub_indication) == "TRY_LATER"
        deciding = {f.code for f in signature.findings if f.decides}
        assert deciding == {"RV-STATUS-KNOWN", "TM-PROVISIONAL"} | old_digest
        assert {c.change for c in signature.evidence.changes} <= HARMLESS


@pytest.mark.parametrize(("name", "count"), BROKEN.items())
def test_stamped_documents_are_broken(corpus: Path, name: str, count: int) -> None:
    """The receiving office's stamp broke every signature, and the report says what happened."""
    document = judged(corpus, name)
    advice = {f.code for f in document.workflow.findings if f.unanswered}

    assert [str(s.sub_indication) for s in document.signatures] == ["HASH_FAILURE"] * count
    assert "WF-REWRITTEN" in advice
