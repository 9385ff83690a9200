"""Real files: the provinces' own, and those of other projects with their verdicts."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

import pytest

from sigcheck.evidence.cms import examine, examine_token, parse_signed_data, signature_tokens
from sigcheck.evidence.cms.signed_data import ID_TST_INFO, SignerInfo
from sigcheck.model.evidence import CmsFacts
from tests.cms import maker, openssl, peers

pytestmark = pytest.mark.corpus

_OPENSSL_CANNOT = {
    "08a33cdbf5b27867.pdf": "openssl refuses the padded serial number",
    "581963a19b03adcd.pdf": "openssl doesn't know plain ECDSA (BSI TR-03111)",
    "0f288e895aed1ce8.pdf": "md5WithRSA beside sha256: algorithms_agree is False",
    "43d65c358a4c72d9.pdf": "the same",
    "585c1f04a4bf3e0f.pdf": "the same",
    "904cfb56c112b2db.pdf": "the same",
    "fc7148c9c3dac621.pdf": "the same",
}
"""Files where openssl says no and we say that the value verifies, with the reason."""

_OPENSSL_ACCEPTS = {
    "a7119285a1fee498.pdf": "openssl digests the enclosed content, which isn't that of the range",
    "a716ffd71a844f5e.pdf": "the same under adbe.pkcs7.sha1",
    "b32b8e6938af4cfa.pdf": "encloses empty content beside the range; EU DSS refuses it",
    "c09660348f67a273.pdf": "the same; pyHanko refuses it",
}


@pytest.mark.parametrize(
    ("name", "signatures", "digest"),
    [
        ("binh-thuan-3367.pdf", 2, "sha256"),
        ("lam-dong-156.pdf", 4, "sha1"),
        ("gia-lai-2061-annex.pdf", 1, "sha256"),
    ],
)
def test_the_provinces_signatures_are_sound(
    corpus: Path, name: str, signatures: int, digest: str
) -> None:
    """Value, digest and time-stamp of each."""
    found = list(peers.signatures(corpus / "vietnam" / name))

    assert len(found) == signatures
    for one in found:
        data = parse_signed_data(one.contents)
        facts = examine(data, maker.digest_of(one.covered)).facts
        assert (facts.digest_matches, facts.signature_ok) == (True, True)
        assert (facts.digest_algorithm, facts.anomalies) == (digest, ())
        (token,) = signature_tokens(data)
        stamp = examine_token(token, data.signers[0].signature, "signature").facts
        assert (stamp.imprint_matches, stamp.cms.signature_ok, stamp.eku_ok) == (True,) * 3


@pytest.mark.parametrize("name", ["binh-thuan-108-kydauden.pdf", "binh-thuan-788-kydauden.pdf"])
def test_signatures_broken_by_a_stamp_still_verify_over_their_attributes(
    corpus: Path, name: str
) -> None:
    """The values are good, the digests are those of other bytes."""
    path = corpus / "vietnam" / name
    rewritten = path.read_bytes()

    facts = [
        examine(parse_signed_data(contents), maker.digest_of(rewritten)).facts
        for contents in peers.contents(path)
    ]

    assert facts
    assert {(one.signature_ok, one.digest_matches) for one in facts} == {(True, False)}


def _manifest(corpus: Path) -> dict[str, dict[str, str]]:
    with (corpus / "manifest.tsv").open(encoding="utf-8") as rows:
        return {Path(row["file"]).name: row for row in csv.DictReader(rows, delimiter="\t")}


def test_every_cms_of_other_projects_is_parsed_or_told(corpus: Path) -> None:
    """No traceback; a problem has words; what upstream calls intact is never called broken."""
    rows = _manifest(corpus)
    wrong = []
    for path in sorted((corpus / "peers").glob("*.pdf")):
        for one in peers.signatures(path):
            facts = _judge(one)
            assert facts.parsed or facts.parse_problem
            if rows[path.name]["exp_integrity"] == "intact" and facts.signature_ok is False:
                wrong.append(path.name)

    assert wrong == []


def _judge(one: peers.Found) -> CmsFacts:
    data = parse_signed_data(one.contents)
    if data.content_type == ID_TST_INFO:
        return examine_token(one.contents, one.covered, "document").facts.cms
    enclosed = data.econtent is not None and len(data.econtent) == 20
    sub_filter = "adbe.pkcs7.sha1" if enclosed else ""
    return examine(data, maker.digest_of(one.covered), sub_filter, whole=lambda: one.covered).facts


@pytest.mark.slow
def test_openssl_agrees_on_a_sample(corpus: Path, tmp_path: Path) -> None:
    """Every fourth file: where openssl verifies we do, where it doesn't a reason is listed."""
    unexplained = []
    for path in sorted((corpus / "peers").glob("*.pdf"))[::4]:
        for one in peers.signatures(path):
            data = parse_signed_data(one.contents)
            if data.problem or data.content_type == ID_TST_INFO or _is_eddsa(data.signers):
                continue
            facts = _judge(one)
            ours = facts.digest_matches is True and facts.signature_ok is True
            theirs = _openssl_verifies(one, data.econtent, tmp_path)
            if ours != theirs and path.name not in _OPENSSL_CANNOT | _OPENSSL_ACCEPTS:
                unexplained.append((path.name, ours, theirs))

    assert unexplained == []


def _is_eddsa(signers: tuple[SignerInfo, ...]) -> bool:
    """Openssl 3.0 has no EdDSA in CMS."""
    return any(signer.signature_oid.startswith("1.3.101.") for signer in signers)


def _openssl_verifies(one: peers.Found, econtent: bytes | None, folder: Path) -> bool:
    if openssl.OPENSSL is None:
        pytest.skip("no openssl here")
    (folder / "cms").write_bytes(one.contents)
    (folder / "covered").write_bytes(one.covered)
    content = [] if econtent else ["-content", str(folder / "covered")]
    command = [openssl.OPENSSL, "cms", "-verify", "-binary", "-noverify", "-inform", "DER",
               "-in", str(folder / "cms"), "-out", "/dev/null", *content]  # fmt: skip
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
