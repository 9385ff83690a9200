"""What `--trust` makes of files and folders."""

from __future__ import annotations

import pickle
import subprocess
from datetime import date
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from hypothesis import given
from hypothesis import strategies as st

from sigcheck.config.materials import _tidy
from sigcheck.config.pins import Role, own_pins, read_pins
from sigcheck.config.trust import TrustStore
from sigcheck.errors import TrustError
from sigcheck.model.evidence import Tier
from tests.trust import pki
from tests.trust.pki import Spec, leaf, make

G2_ROOT = "f04ba4b459a7c9a1b971ad9b1cb833e695a80c79aea63b174b66a70edfe2fdb8"
ROOT = make(Spec("Gốc"))
CA = make(Spec("CA"), ROOT)
END = make(leaf(), CA)
OWN = len({p.sha256 for p in own_pins() if p.role is Role.ANCHOR})


def _foreign(store: TrustStore) -> dict[str, Tier]:
    ours = {pin.sha256 for pin in own_pins()}
    return {s: a.tier for s, a in store.anchors.items() if s not in ours}


def _list(sha256: str, tier: str, role: str = "anchor") -> str:
    return f'[[anchor]]\nrole = "{role}"\nsha256 = "{sha256}"\ntier = "{tier}"\nsource = "thử"\n'


def test_nothing_given_means_our_pins() -> None:
    """Without any path the pinned fingerprints hold, and no certificate is at hand."""
    store = TrustStore.load()

    assert len(store.anchors) == OWN
    assert store.anchors[G2_ROOT].tier is Tier.GOVERNMENT
    assert (len(store.certificates), store.crls, store.ocsps) == (0, (), ())


def test_self_signed_file_is_a_public_anchor(tmp_path: Path) -> None:
    """Without an anchors.toml a self-signed certificate is an anchor, others are intermediates."""
    ROOT.save(tmp_path, "root")
    CA.save(tmp_path, "ca")
    store = TrustStore.load([tmp_path])

    assert _foreign(store) == {ROOT.ours.sha256: Tier.PUBLIC}
    assert {*store.intermediates} == {CA.ours.sha256}
    assert store.anchors[ROOT.ours.sha256].source == str(tmp_path / "root.pem")


def test_ca_of_its_own_name_is_no_anchor(tmp_path: Path) -> None:
    """A CA that certified its next key under its own name is not self-signed."""
    make(Spec("Gốc", key="khoá mới"), ROOT).save(tmp_path, "rollover")

    assert _foreign(TrustStore.load([tmp_path])) == {}


def test_own_list_decides(tmp_path: Path) -> None:
    """With an anchors.toml of its own, only what a folder lists is an anchor, with its tier."""
    other = make(Spec("Gốc khác"))
    (tmp_path / "roots").mkdir()
    for made, name in ((ROOT, "root"), (other, "other")):
        made.save(tmp_path / "roots", name)
    (tmp_path / "anchors.toml").write_text(_list(ROOT.ours.sha256, "test"), "utf-8")
    store = TrustStore.load([tmp_path])

    assert _foreign(store) == {ROOT.ours.sha256: Tier.TEST}
    assert other.ours.sha256 in store.intermediates


def test_own_list_may_name_a_government_tier_and_says_where(tmp_path: Path) -> None:
    """The user's list may call a look-alike root government; the source names the list."""
    (tmp_path / "anchors.toml").write_text(_list(ROOT.ours.sha256, "government"), "utf-8")
    anchor = TrustStore.load([tmp_path]).anchors[ROOT.ours.sha256]

    assert anchor.tier is Tier.GOVERNMENT
    assert anchor.source == f"{tmp_path / 'anchors.toml'}: thử"


@pytest.mark.parametrize("role", ["anchor", "intermediate"])
def test_our_pin_wins_over_a_folders_list(tmp_path: Path, role: str) -> None:
    """No folder can change the tier of a certificate that we pinned."""
    (tmp_path / "anchors.toml").write_text(_list(G2_ROOT, "test", role), "utf-8")

    assert TrustStore.load([tmp_path]).anchors[G2_ROOT].tier is Tier.GOVERNMENT


def test_pinned_intermediate_never_becomes_an_anchor(tmp_path: Path) -> None:
    """A CA that we pinned as an intermediate stays one, whatever a folder's list says."""
    pinned = next(pin for pin in own_pins() if pin.role is Role.INTERMEDIATE)
    (tmp_path / "anchors.toml").write_text(_list(pinned.sha256, "government"), "utf-8")

    assert pinned.sha256 not in TrustStore.load([tmp_path]).anchors


def test_quarrelling_lists_end_with_the_lesser_tier(tmp_path: Path) -> None:
    """Of two lists that name different tiers for a root, the more cautious one holds."""
    for name, tier in (("a", "government"), ("b", "test")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "anchors.toml").write_text(_list(ROOT.ours.sha256, tier), "utf-8")
    both = [
        TrustStore.load([tmp_path / first, tmp_path / second])
        for first, second in (("a", "b"), ("b", "a"))
    ]

    assert [_foreign(store) for store in both] == [{ROOT.ours.sha256: Tier.TEST}] * 2


def test_all_file_formats_are_read(tmp_path: Path) -> None:
    """PEM, DER, several per file and PKCS #7 all yield their certificates."""
    pem = serialization.Encoding.PEM
    der = serialization.Encoding.DER
    several = ROOT.x509.public_bytes(pem) + CA.x509.public_bytes(pem)
    (tmp_path / "a.pem").write_bytes(b"# two of them\n" + several)
    (tmp_path / "b.der").write_bytes(END.der + make(Spec("Khác")).der)
    extra = make(Spec("Trong P7B")).x509
    (tmp_path / "c.p7b").write_bytes(pkcs7.serialize_certificates([extra], der))
    (tmp_path / "d.p7c").write_bytes(pkcs7.serialize_certificates([make(Spec("P7 PEM")).x509], pem))

    assert len(TrustStore.load([tmp_path]).certificates) == 6


def test_bundle_by_openssl_is_read(tmp_path: Path) -> None:
    """A PKCS #7 bundle made by openssl, with a CRL inside, yields both."""
    pem = ROOT.save(tmp_path, "root")
    crl = tmp_path / "list.pem"
    crl.write_bytes(x509.load_der_x509_crl(pki.crl(ROOT)).public_bytes(serialization.Encoding.PEM))
    bundle = tmp_path / "bundle.p7b"
    command = ["openssl", "crl2pkcs7", "-in", crl, "-certfile", pem, "-outform", "DER"]
    subprocess.run([*map(str, command), "-out", str(bundle)], check=True)
    store = TrustStore.load([bundle])

    assert ROOT.ours.sha256 in store.certificates
    assert [crl.data for crl in store.crls] == [pki_der(crl_path=crl)]


def pki_der(crl_path: Path) -> bytes:
    """Return the DER of a CRL that openssl wrote as PEM."""
    return x509.load_pem_x509_crl(crl_path.read_bytes()).public_bytes(serialization.Encoding.DER)


def test_lists_and_responses_beside_certificates_count(tmp_path: Path) -> None:
    """CRLs and OCSP responses in a trust folder are kept with the names of their files."""
    (tmp_path / "cp.crl").write_bytes(pki.crl(CA))
    (tmp_path / "cp.ors").write_bytes(pki.ocsp_response(END, CA, CA))
    store = TrustStore.load([tmp_path])

    assert [material.name for material in (*store.crls, *store.ocsps)] == ["cp.crl", "cp.ors"]


def test_certificates_of_crl_folders_are_not_trusted(tmp_path: Path) -> None:
    """`--crl` brings lists only: a self-signed certificate there is nothing."""
    (tmp_path / "x.crl").write_bytes(pki.crl(CA))
    ROOT.save(tmp_path, "root")
    store = TrustStore.load([], [tmp_path])

    assert len(store.crls) == 1
    assert len(store.anchors) == OWN
    assert not store.certificates


def test_private_keys_and_strangers_are_passed_over(tmp_path: Path) -> None:
    """Keys, documents and unknown files in a folder neither fail nor count."""
    key = pki.key("Gốc").private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "root.key.pem").write_bytes(key)
    (tmp_path / "read.me").write_text("không phải chứng thư", "utf-8")
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "no-suffix").write_bytes(ROOT.der)

    assert {*TrustStore.load([tmp_path]).certificates} == {ROOT.ours.sha256}


BROKEN = {
    "cut.der": ROOT.der[:-20],
    "cut.pem": ROOT.x509.public_bytes(serialization.Encoding.PEM)[:200],
    "odd.pem": b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
    "text.crt": b"xin chao",
    "deep.p7b": b"\x30\x80" * 1000,
    "long.cer": b"\x30\x84\xff\xff\xff\xff",
    "empty.crl": b"",
    "sequence.der": b"\x30\x03\x02\x01\x05",
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_file_is_named(tmp_path: Path, name: str) -> None:
    """A file that promises certificates and holds none is an error that names it."""
    (tmp_path / name).write_bytes(BROKEN[name])
    with pytest.raises(TrustError) as caught:
        TrustStore.load([tmp_path])

    assert str(tmp_path / name) in caught.value.detail


def test_missing_path_is_named(tmp_path: Path) -> None:
    """A path that isn't there is an error that names it."""
    with pytest.raises(TrustError, match=r"nowhere$"):
        TrustStore.load([tmp_path / "nowhere"])


@pytest.mark.parametrize("typed", ["{}", "./{}/", "{}//", ".//x/../{}/.", "{}/sub/.."])
def test_files_are_named_however_the_folder_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    """A report names the source of an anchor as `pathlib` would, whatever was typed."""
    (tmp_path / "x").mkdir()
    (tmp_path / "roots" / "sub").mkdir(parents=True)
    ROOT.save(tmp_path / "roots" / "sub", "root")
    monkeypatch.chdir(tmp_path)
    store = TrustStore.load([typed.format("roots")])

    named = Path(typed.format("roots")) / "sub" / "root.pem"
    assert store.anchors[ROOT.ours.sha256].source == str(named)


@given(st.text("/.ab", max_size=12))
def test_a_path_is_written_as_pathlib_writes_it(path: str) -> None:
    """Names of files were told so before, and `pathlib` is dear to import."""
    assert _tidy(path) == str(Path(path))


def test_file_without_anything_is_an_error(tmp_path: Path) -> None:
    """A key given as the trust itself is refused: nothing could be trusted by it."""
    path = tmp_path / "key.pem"
    path.write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(TrustError, match="holds no certificate"):
        TrustStore.load([path])


def test_oversized_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file over the limit is refused before it is looked at."""
    monkeypatch.setattr("sigcheck.config.materials.MAX_FILE_SIZE", 100)
    ROOT.save(tmp_path, "root")
    with pytest.raises(TrustError, match=r"root\.pem"):
        TrustStore.load([tmp_path])


def test_too_much_in_a_folder_is_refused_by_the_bound_it_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many small files, or folders in folders: the complaint names the limit that was reached."""
    monkeypatch.setattr("sigcheck.config.materials.MAX_TOTAL_SIZE", 1024 * 1024)
    for name in ("a.crl", "b.crl"):
        (tmp_path / name).write_bytes(b"-----BEGIN NOTHING-----\n" + bytes(600_000))
    with pytest.raises(TrustError, match=r"b\.crl: .* larger than 1 MiB"):
        TrustStore.load([tmp_path])

    (tmp_path / "deep").joinpath(*["x"] * 17).mkdir(parents=True)
    with pytest.raises(TrustError, match="nest deeper than 16"):
        TrustStore.load([tmp_path / "deep"])


LISTS = {
    "not TOML": "[[anchor]",
    "no fingerprint": '[[anchor]]\ntier = "public"\n',
    "short fingerprint": '[[anchor]]\nsha256 = "ab"\ntier = "public"\n',
    "no tier": f'[[anchor]]\nsha256 = "{"a" * 64}"\n',
    "untrusted tier": f'[[anchor]]\nsha256 = "{"a" * 64}"\ntier = "untrusted"\n',
    "unknown role": f'[[anchor]]\nsha256 = "{"a" * 64}"\ntier = "test"\nrole = "boss"\n',
    "unknown purpose": f'[[anchor]]\nsha256 = "{"a" * 64}"\ntier = "test"\npurposes = ["tea"]\n',
    "date as text": f'[[anchor]]\nsha256 = "{"a" * 64}"\ntier = "test"\nnot_after = "2030"\n',
    "one table only": '[anchor]\ntier = "test"\n',
}


@pytest.mark.parametrize("name", LISTS)
def test_bad_anchor_list_is_refused(tmp_path: Path, name: str) -> None:
    """An anchors.toml that doesn't hold is an error that names the file."""
    path = tmp_path / "anchors.toml"
    path.write_text(LISTS[name], "utf-8")
    with pytest.raises(TrustError) as caught:
        read_pins(path)

    assert str(path) in caught.value.detail


def test_pin_keeps_everything_written(tmp_path: Path) -> None:
    """Dates, provenance and note of an entry survive reading."""
    path = tmp_path / "anchors.toml"
    lines = 'not_after = 2030-03-05\nchecked_by = "ai đó"\nnote = "ghi chú"\n'
    path.write_text(_list("A" * 64, "public") + lines, "utf-8")
    (pin,) = read_pins(path)

    assert (pin.sha256, pin.not_after) == ("a" * 64, date(2030, 3, 5))
    assert (pin.source, pin.checked_by, pin.note) == ("thử", "ai đó", "ghi chú")
    assert pin.listed_in == str(path)


def test_digest_follows_the_content(tmp_path: Path) -> None:
    """The digest changes with a tier, a certificate or a list, and with nothing else."""
    folders = [tmp_path / name for name in "abcd"]
    for folder in folders:
        folder.mkdir()
        ROOT.save(folder, "root")
    (folders[1] / "anchors.toml").write_text(_list(ROOT.ours.sha256, "test"), "utf-8")
    (folders[2] / "x.crl").write_bytes(pki.crl(CA))
    (folders[3] / "x.txt").write_text("x")
    a, b, c, d = (TrustStore.load([folder]).digest for folder in folders)

    assert a == d
    assert len({a, b, c}) == 3


def test_store_travels_and_stays_as_it_is(fixtures: Path) -> None:
    """A store survives pickling with its digest, and its mappings can't be written to."""
    store = TrustStore.load([fixtures / "pki"])
    again = pickle.loads(pickle.dumps(store))

    assert again == store
    assert again.digest == store.digest
    with pytest.raises(TypeError):
        store.anchors["x"] = None  # type: ignore[index]


def test_fixtures_give_their_tiers(fixtures: Path) -> None:
    """The test PKI alone is enough: its look-alike roots have the tiers its list gives them."""
    store = TrustStore.load([fixtures / "pki"])

    assert sorted(_foreign(store).values()) == [
        "government",
        "government",
        "public",
        "public",
        "test",
    ]
    assert store.crls
    assert store.ocsps


def test_summary_counts_anchors() -> None:
    """The report's summary has the digest and the number of anchors."""
    store = TrustStore.load()

    assert (store.summary().digest, store.summary().anchors) == (store.digest, OWN)


def test_corpus_keeps_its_tiers(corpus: Path) -> None:
    """The folder of real certificates has no anchors.toml, and its roots keep our tiers."""
    store = TrustStore.load([corpus / "certs"])

    assert _foreign(store) == {}
    assert len(store.certificates) == 80


def test_nothing_beside_a_broken_list_is_an_anchor(tmp_path: Path) -> None:
    """What its owner listed nobody can read: to trust every root there would be more than asked."""
    (tmp_path / "ours").mkdir()
    ROOT.save(tmp_path / "ours", "root")
    (tmp_path / "ours" / "anchors.toml").write_text("[[anchor]", "utf-8")
    make(Spec("Gốc khác")).save(tmp_path, "other")

    store = TrustStore.load([tmp_path])

    assert ROOT.ours.sha256 in store.certificates
    assert ROOT.ours.sha256 not in store.anchors
    assert len(_foreign(store)) == 1
    assert [str(tmp_path / "ours" / "anchors.toml") in told for told in store.damaged] == [True]
    assert pickle.loads(pickle.dumps(store)).damaged == store.damaged
