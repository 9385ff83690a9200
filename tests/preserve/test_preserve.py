"""Preserving: real time-stamps, judged by us, by pdfsig and by pyHanko; and every refusal."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

import sigcheck
from fixtures.make.cases.common import RECENT, signed, signing, spec
from sigcheck.errors import FetchError, PreserveError
from sigcheck.fetch import NoFetch
from sigcheck.fetch.http import HttpFetch
from sigcheck.model.indication import DocumentIndication, Indication
from sigcheck.preserve import preserve, renewal
from tests.archive.tsa import PKI, authority
from tests.fetch.server import body, serving

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "fixtures" / "vectors" / "long-an" / "2691-ct-ubnd-production" / "document.pdf"
NOW = datetime.now(UTC)
LATER = datetime(2040, 6, 1, tzinfo=UTC)
PASSED = DocumentIndication.TOTAL_PASSED


@pytest.fixture(scope="module")
def verifier() -> sigcheck.Verifier:
    """Return a verifier that trusts the test PKI."""
    return sigcheck.Verifier(trust=sigcheck.TrustStore.load([PKI]))


def loopback() -> HttpFetch:
    """Return a fetcher that may ask this machine, which only a test may."""
    return HttpFetch(allow_loopback=True)


@pytest.fixture(scope="module")
def preserved(
    verifier: sigcheck.Verifier, tmp_path_factory: pytest.TempPathFactory
) -> sigcheck.Report:
    """Preserve the model document once and return the report on the result."""
    with authority(tmp_path_factory.mktemp("tsa")) as server:
        url = f"{server.url}/tsa"
        done = preserve(MODEL.read_bytes(), verifier, tsa=url, fetch=loopback(), at=NOW)
    _RESULT[:] = [done.data]
    return done.after


_RESULT: list[bytes] = []


def test_former_verdicts_hold_and_the_stamp_passes(preserved: sigcheck.Report) -> None:
    """All five signatures pass as before, and the sixth is a document time-stamp that passes."""
    signatures = preserved.document.signatures

    assert [s.indication for s in signatures] == [Indication.TOTAL_PASSED] * 6
    assert signatures[-1].evidence.kind == "document-timestamp"
    assert signatures[-1].coverage == "FILE"


def test_not_a_signed_byte_is_touched(preserved: sigcheck.Report) -> None:
    """The preserved file begins with the original, byte for byte."""
    assert preserved.indication is PASSED
    assert _RESULT[0].startswith(MODEL.read_bytes())


def test_the_level_rises(preserved: sigcheck.Report, verifier: sigcheck.Verifier) -> None:
    """Signatures reach the archive level, or where their profile has none, carry its material."""
    before = verifier.verify(MODEL, at=NOW).document

    assert all(not s.evidence.has_validation_data for s in before.signatures)
    assert all(s.evidence.has_validation_data for s in preserved.document.signatures[:5])


def test_pdfsig_finds_six_sound_signatures(preserved: sigcheck.Report, tmp_path: Path) -> None:
    """Another reader sees the five signatures and the time-stamp, all over sound bytes."""
    if shutil.which("pdfsig") is None:
        pytest.skip("pdfsig is not installed")
    target = tmp_path / "preserved.pdf"
    target.write_bytes(_RESULT[0])

    said = subprocess.run(
        ["pdfsig", "-nocert", str(target)], capture_output=True, text=True, check=False
    )

    assert said.stdout.count("Signature Validation: Signature is Valid.") >= 5
    assert said.stdout.count("Signature #") == 6  # it lists a document time-stamp unverified
    assert "Signature is Invalid" not in said.stdout
    assert preserved.indication is PASSED


def test_pyhanko_finds_every_range_intact(preserved: sigcheck.Report) -> None:
    """PyHanko's own reader finds six signatures whose digests and values hold."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    reader = PdfFileReader(io.BytesIO(_RESULT[0]), strict=False)
    embedded = reader.embedded_signatures
    for one in embedded:
        one.compute_integrity_info()

    assert len(embedded) == len(preserved.document.signatures)
    assert reader.root["/DSS"]["/CRLs"]


def unstamped() -> bytes:
    """Return a document whose only signature has no time-stamp, by a certificate in force today."""
    cms = spec("official", RECENT, stamped=False)
    return signed(what=signing("official", RECENT, cms)).data


def test_preserved_in_time_passes_after_the_certificate_expired(
    verifier: sigcheck.Verifier, tmp_path: Path
) -> None:
    """With the clock moved to 2040 the preserved file still passes, and the other does not."""
    data = unstamped()
    with authority(tmp_path) as server:
        done = preserve(data, verifier, tsa=f"{server.url}/tsa", fetch=loopback(), at=NOW)

    original, kept = (verifier.verify(d, at=LATER).document for d in (data, done.data))

    assert original.indication is not PASSED
    assert kept.indication is PASSED


def test_material_alone_needs_no_network(verifier: sigcheck.Verifier) -> None:
    """Without an authority the document gets its certificates and lists, and nothing else."""
    done = preserve(MODEL.read_bytes(), verifier, at=NOW)

    assert len(done.after.document.signatures) == 5
    assert done.after.document.signatures[0].evidence.has_validation_data


def test_checked_from_its_own_material(verifier: sigcheck.Verifier, tmp_path: Path) -> None:
    """Where only the root is left, the preserved file passes and the original cannot."""
    done = preserve(MODEL.read_bytes(), verifier, at=NOW)
    for name in ("roots", "anchors.toml"):
        source = PKI / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    bare = sigcheck.Verifier(trust=sigcheck.TrustStore.load([tmp_path]))

    assert bare.verify(MODEL, at=NOW).indication is DocumentIndication.INDETERMINATE
    assert bare.verify(done.data, at=NOW).indication is PASSED


def test_only_what_passes_is_preserved(verifier: sigcheck.Verifier) -> None:
    """A document with a test signature is refused, with its report."""
    model = MODEL.parent.parent / "2691-ct-ubnd" / "document.pdf"

    with pytest.raises(sigcheck.NotPassedError) as caught:
        preserve(model.read_bytes(), verifier, at=NOW)

    assert caught.value.report.indication is DocumentIndication.INDETERMINATE


@pytest.mark.parametrize("answer", [b"", b"<html>", b"\x30\x05\x30\x03\x02\x01\x02"])
def test_authority_that_answers_noise(answer: bytes, verifier: sigcheck.Verifier) -> None:
    """Noise and refusals from the authority are told, and nothing is handed out."""
    with (
        serving({"/tsa": body(answer)}) as server,
        pytest.raises((FetchError, PreserveError)),
    ):
        preserve(MODEL.read_bytes(), verifier, tsa=f"{server.url}/tsa", fetch=loopback(), at=NOW)


def test_authority_that_stamps_something_else(verifier: sigcheck.Verifier, tmp_path: Path) -> None:
    """An authority that repeats an old answer is found out before anything is handed out."""
    with authority(tmp_path, broken=True) as server:
        url = f"{server.url}/tsa"
        preserve(unstamped(), verifier, tsa=url, fetch=loopback(), at=NOW)
        with pytest.raises((FetchError, PreserveError)):
            preserve(MODEL.read_bytes(), verifier, tsa=url, fetch=loopback(), at=NOW)


def test_no_network_without_permission(verifier: sigcheck.Verifier) -> None:
    """An authority is not asked unless a fetcher is handed in that may."""
    attempt = partial(preserve, MODEL.read_bytes(), verifier, tsa="http://127.0.0.1:9/", at=NOW)

    with pytest.raises(PreserveError):
        attempt()
    with pytest.raises(FetchError):
        attempt(fetch=NoFetch())


def test_renewal_is_told_in_time(preserved: sigcheck.Report, verifier: sigcheck.Verifier) -> None:
    """A preserved file rests on its newest stamp; an unpreserved one on its weakest signature."""
    before = renewal(verifier.verify(MODEL, at=NOW).document)
    after = renewal(preserved.document)

    assert before is not None
    assert after is not None
    assert after.field == preserved.document.signatures[-1].evidence.field
    assert not after.due(NOW)
    assert after.due(after.until - timedelta(days=30))


def test_preserved_again_before_the_end(verifier: sigcheck.Verifier, tmp_path: Path) -> None:
    """A second stamp over the first keeps every verdict, as a renewal must."""
    with authority(tmp_path) as server:
        url = f"{server.url}/tsa"
        once = preserve(unstamped(), verifier, tsa=url, fetch=loopback(), at=NOW)
        twice = preserve(once.data, verifier, tsa=url, fetch=loopback(), at=NOW)

    kinds = [s.evidence.kind.value for s in twice.after.document.signatures]

    assert kinds == ["approval", "document-timestamp", "document-timestamp"]
    assert twice.after.indication is PASSED


def test_command_line_writes_whole_or_not_at_all(tmp_path: Path) -> None:
    """`sigcheck preserve` writes the new file for what passes, and nothing for what does not."""
    from sigcheck.cli import main

    good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
    refused = MODEL.parent.parent / "2691-ct-ubnd" / "document.pdf"
    trust = ["--trust", str(PKI)]

    codes = (
        main(["preserve", str(MODEL), "-o", str(good), *trust]),
        main(["preserve", str(refused), "-o", str(bad), *trust]),
        main(["preserve", "--due", str(good), *trust]),
        main(["preserve", str(MODEL), *trust]),
    )

    assert codes == (0, 10, 0, 2)
    assert good.read_bytes().startswith(MODEL.read_bytes())
    assert not bad.exists()
