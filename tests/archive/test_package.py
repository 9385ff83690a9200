"""The container: BagIt by its own validator, deterministic, and refused when altered."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import bagit
import pytest
from msgspec.structs import replace

import sigcheck
from sigcheck.archive import bag as bag_module
from sigcheck.archive.bag import DOCUMENT, EVIDENCE, INFO, POLICY, Bag, read_bag, zipped
from sigcheck.archive.package import Wish, build
from sigcheck.archive.replay import read_package, replay
from sigcheck.archive.report import Keeping, KeptKind
from sigcheck.errors import PackageError
from tests.archive.samples import MADE_AT, MODEL, VECTORS, forged, judged, package, written


def unpacked(folder: Path, data: bytes) -> Path:
    """Return the one folder in a package, unpacked."""
    with zipfile.ZipFile(written(folder, data)) as archive:
        archive.extractall(folder / "bag")
    (found,) = (folder / "bag").iterdir()
    return found


@pytest.mark.parametrize("document", [None, b"%PDF-1.7 pretended"], ids=["without", "with"])
def test_bagit_calls_it_a_bag(tmp_path: Path, document: bytes | None) -> None:
    """The reference implementation of RFC 8493 validates the unpacked package."""
    folder = unpacked(tmp_path, package(wish=Wish(made_at=MADE_AT, document=document)))

    assert bagit.Bag(str(folder)).validate() is True


def test_same_check_same_bytes() -> None:
    """Two packages of one check at one moment are the same file."""
    assert package() == package()


def test_an_unpacked_package_replays(tmp_path: Path) -> None:
    """An archive may keep the folder instead of the zip."""
    folder = unpacked(tmp_path, package())

    assert replay(read_package(folder)).report.indication.value == "INDETERMINATE"


def test_a_zip_packed_anew_is_told_apart(tmp_path: Path) -> None:
    """The same files compressed by somebody else still count, and it is said."""
    folder = unpacked(tmp_path, package())
    anew = tmp_path / "anew.zip"
    with zipfile.ZipFile(anew, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder.parent))

    assert read_package(anew).repacked is True
    assert read_package(written(tmp_path, package())).repacked is False


def test_materials_are_what_they_are_called(tmp_path: Path) -> None:
    """Each material has the SHA-256 it is named by, and openssl's header of its kind."""
    found = read_package(written(tmp_path, package()))
    kinds = {material.kind for material in found.info.materials}

    assert kinds >= {
        KeptKind.CERTIFICATE,
        KeptKind.CRL,
        KeptKind.OCSP,
        KeptKind.TIMESTAMP,
        KeptKind.SIGNATURE,
    }
    assert all(m.keeping is Keeping.KEPT for m in found.info.materials)
    for material in found.info.materials:
        assert hashlib.sha256(found.files[material.path]).hexdigest() == material.sha256


def test_the_common_path_keeps_nothing() -> None:
    """A plain verification carries no materials in its evidence."""
    report = sigcheck.verify(MODEL / "document.pdf", at=MADE_AT)
    assert report.document.evidence is not None

    assert report.document.evidence.materials == {}


def test_the_document_travels_when_asked(tmp_path: Path) -> None:
    """With the document inside, its bytes are the ones that were judged."""
    data = (MODEL / "document.pdf").read_bytes()
    path = written(tmp_path, package(wish=Wish(made_at=MADE_AT, document=data)))

    assert read_package(path).files[DOCUMENT] == data


ALTERED: dict[str, Callable[[dict[str, bytes]], object]] = {
    "a signature's digest now matches": lambda p: p.update(
        {EVIDENCE: p[EVIDENCE].replace(b'"digest_matches":true', b'"digest_matches":false')}
    ),
    "another policy": lambda p: p.update(
        {POLICY: p[POLICY].replace(b'"id":"intake"', b'"id":"lenient"')}
    ),
    "another document": lambda p: p.update(
        {INFO: re.sub(rb'"document_sha256":"....', b'"document_sha256":"0000', p[INFO])}
    ),
    "a material gone": lambda p: p.pop(next(n for n in p if n.startswith("materials/"))),
    "a material replaced": lambda p: p.update(
        {next(n for n in p if n.startswith("materials/")): b"other"}
    ),
    "a file nobody announced": lambda p: p.update({"note.txt": b"hello"}),
    "a document nobody announced": lambda p: p.update({DOCUMENT: b"%PDF-"}),
    "no evidence": lambda p: p.pop(EVIDENCE),
    "package.json is a list": lambda p: p.update({INFO: b"[]"}),
    "materials struck from the list": lambda p: p.update(
        {INFO: json.dumps(_without_materials(json.loads(p[INFO]))).encode()}
    ),
}


def _without_materials(tree: dict[str, dict[str, object]]) -> object:
    tree["value"]["materials"] = []
    return tree


@pytest.mark.parametrize("change", ALTERED.values(), ids=list(ALTERED))
def test_an_altered_package_with_new_manifests_is_refused(
    tmp_path: Path, change: Callable[[dict[str, bytes]], object]
) -> None:
    """A careless forger, who makes the manifests fit again, contradicts the rest."""
    with pytest.raises(PackageError):
        replay(read_package(forged(tmp_path, change)))


def test_every_altered_byte_of_a_file_is_found(tmp_path: Path) -> None:
    """One byte flipped in any file of the bag is refused by name or by form."""
    data = package()
    path = written(tmp_path, data)
    with zipfile.ZipFile(path) as archive:
        entries = [(e.filename, e.header_offset + 30 + len(e.filename)) for e in archive.infolist()]

    for name, start in entries:
        with pytest.raises(PackageError):
            read_package(written(tmp_path, _flipped(data, start + 20)))
        assert name


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("kept", [0, 1, 100, 10_000, -1, -30])
def test_a_cut_off_package_is_refused(tmp_path: Path, kept: int) -> None:
    """Half a download is no package."""
    with pytest.raises(PackageError):
        read_package(written(tmp_path, package()[:kept]))


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "x/../../y", "x/data/a\\b", "x//y", "/abs", "x/data/\u202efdp.json"],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    """No entry of a zip may climb out of its folder or pretend to be another."""
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, b"x")

    with pytest.raises(PackageError):
        read_package(path)


def test_a_bomb_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More bytes behind a zip than a package may hold are never unpacked."""
    monkeypatch.setattr(bag_module, "MAX_SIZE", 1_000_000)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/data/zeros", bytes(1_000_001))

    assert path.stat().st_size < 10_000
    with pytest.raises(PackageError, match="more in it"):
        read_package(path)


def test_doubled_names_are_refused(tmp_path: Path) -> None:
    """Two files of one name, of which a reader might take either, are no package."""
    bag = read_bag(written(tmp_path, package()))
    path = written(tmp_path, zipped(Bag(bag.payload, {}), "x"))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("x/data/report.json", b"{}")

    with pytest.raises(PackageError):
        read_package(path)


def _with_identity() -> tuple[bytes, bytes]:
    """Return a masked and a full package of evidence that names a citizen."""
    report, policy = judged(VECTORS / "long-an" / "2691-ct-ubnd-production")
    document = report.document
    assert document.evidence is not None
    first, *rest = document.evidence.signatures
    signer = replace(first.signer, serial_number="CCCD:012345678912")
    certificate = b"0\x82 serialNumber=CCCD:012345678912"
    evidence = replace(
        document.evidence,
        signatures=(replace(first, signer=signer), *rest),
        materials={**document.evidence.materials, "00" * 32: certificate},
    )
    named = replace(report, documents=(replace(document, evidence=evidence),))
    masked = build(named, policy, Wish(made_at=MADE_AT))
    return masked, build(named, policy, Wish(made_at=MADE_AT, full=True))


def test_identity_numbers_are_masked_everywhere(tmp_path: Path) -> None:
    """Without --full no file holds the number, and what can't be masked is named as withheld."""
    masked, full = _with_identity()
    found = read_package(written(tmp_path, masked))

    assert b"012345678912" not in masked
    assert b"012345678912" in full
    assert [m.sha256 for m in found.info.materials if m.keeping is Keeping.WITHHELD] == ["00" * 32]
    assert replay(found).report.indication.value == "TOTAL-PASSED"


def test_a_persons_certificate_is_withheld_and_named(tmp_path: Path) -> None:
    """A public CA's personal certificate has the number inside: masked packages only name it."""
    (case,) = VECTORS.glob("*/public-person")
    number = re.compile(rb"CCCD[:=] ?[0-9]{5}")
    masked = package(case)
    full = package(case, Wish(made_at=MADE_AT, full=True))
    left_out = [
        m for m in read_package(written(tmp_path, masked)).info.materials if m.keeping != "kept"
    ]

    assert number.search(full) is not None
    assert number.search(masked) is None
    assert {m.kind for m in left_out} == {KeptKind.CERTIFICATE, KeptKind.SIGNATURE}
    assert all(m.keeping is Keeping.WITHHELD for m in left_out)


@pytest.mark.corpus
def test_real_documents_are_packed_and_replayed(corpus: Path, tmp_path: Path) -> None:
    """Packages of real files are bags, replay the same verdict and leak no identity number."""
    verifier = sigcheck.Verifier(keep_materials=True)
    at = datetime.fromisoformat("2026-11-23T08:00:00+07:00")
    for path in sorted(corpus.rglob("*.pdf"))[:40]:
        report = verifier.verify(path, at=at)
        if report.document.evidence is None:
            continue
        data = build(report, verifier.policy, Wish(made_at=MADE_AT))

        again = replay(read_package(written(tmp_path, data)))

        assert again.report.indication is report.indication
        assert re.search(rb"(CCCD|CMND)[:=] ?[0-9]{5}", data) is None
