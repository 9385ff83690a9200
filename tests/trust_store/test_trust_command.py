"""`sigcheck trust` as a user meets it: what is admitted, fetched, listed, taken out and carried."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from jsonschema import Draft202012Validator

from sigcheck.cli import main
from sigcheck.config.store import UserStore
from sigcheck.config.trust import TrustStore
from sigcheck.evidence.trust.cache import StatusCache
from sigcheck.evidence.trust.crl import parse_crl
from sigcheck.model.evidence import Tier
from tests.trust import pki
from tests.trust.pki import Listed, Made
from tests.trust_store.office import BELOW, CA, PERSON, ROOT, STRANGER, TSA, held, saved

SCHEMA = Path(__file__).resolve().parents[2] / "src/sigcheck/data/schema/sigcheck.trust-1.json"


def test_a_pinned_root_and_what_hangs_below_it_are_admitted(
    home: UserStore, tmp_path: Path
) -> None:
    """The root by its fingerprint, the CA by its signature, the TSA by its own pin."""
    code = main(["trust", "import", *saved(tmp_path / "in", CA, ROOT, TSA)])

    assert code == 0
    assert held(home) == {"Gốc ghim", "CA dưới gốc ghim", "Máy chủ dấu thời gian"}
    assert {*TrustStore.load(store=home).anchors} == {ROOT.ours.sha256}


@pytest.mark.parametrize("made", [STRANGER, BELOW, PERSON], ids=["root", "CA", "person"])
def test_strangers_are_not_admitted(
    home: UserStore, tmp_path: Path, made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unpinned root, a CA that leads nowhere and a person's certificate stay outside."""
    code = main(["trust", "import", *saved(tmp_path / "in", made)])

    assert code == 1
    assert held(home) == set()
    assert "NOT admitted" in capsys.readouterr().out


def test_a_stated_root_is_shown_and_needs_a_yes(
    home: UserStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a terminal nothing happens until --yes; the fingerprint is shown each time."""
    paths = saved(tmp_path / "in", BELOW, STRANGER)

    assert main(["trust", "import", *paths, "--as", "public"]) == 2
    assert held(home) == set()
    assert main(["trust", "import", *paths, "--as", "public", "--yes"]) == 0
    trust = TrustStore.load(store=home)
    assert trust.anchors[STRANGER.ours.sha256].tier is Tier.PUBLIC
    assert BELOW.ours.sha256 in trust.certificates
    assert BELOW.ours.sha256 not in trust.anchors
    assert capsys.readouterr().out.count(STRANGER.ours.sha256) == 3


def test_no_setting_says_yes(
    home: UserStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What admits a root is typed each time: no variable and no file answers for its reader."""
    monkeypatch.setenv("SIGCHECK_YES", "1")
    monkeypatch.setenv("SIGCHECK_AS", "government")
    path = saved(tmp_path / "in", STRANGER)

    assert main(["trust", "import", *path]) == 1
    assert main(["trust", "import", *path, "--as", "public"]) == 2
    assert held(home) == set()


@pytest.mark.parametrize(("typed", "code"), [("yes\n", 0), ("có\n", 0), ("no\n", 1), ("", 1)])
def test_the_question_is_asked_on_a_terminal(
    home: UserStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, code: int
) -> None:
    """Only a yes admits; an end of input does not."""
    terminal = StringIO(typed)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)

    found = main(["trust", "import", *saved(tmp_path / "in", STRANGER), "--as", "test"])

    assert found == code
    assert (STRANGER.ours.sha256 in TrustStore.load(store=home).anchors) == (code == 0)


def test_stating_does_not_change_a_pinned_tier(home: UserStore, tmp_path: Path) -> None:
    """--as test makes no test root of a pinned government root."""
    main(["trust", "import", *saved(tmp_path / "in", ROOT), "--as", "test", "--yes"])

    assert TrustStore.load(store=home).anchors[ROOT.ours.sha256].tier is Tier.GOVERNMENT
    assert home.pins() == ()


def _p12(*made: Made, password: bytes = b"mat khau") -> bytes:
    cas = [one.x509 for one in made]
    return pkcs12.serialize_key_and_certificates(
        None, None, None, cas, serialization.BestAvailableEncryption(password)
    )


SPELLINGS = {
    "pem": ROOT.x509.public_bytes(serialization.Encoding.PEM),
    "der": ROOT.der,
    "p7b": pkcs7.serialize_certificates([CA.x509, ROOT.x509], serialization.Encoding.DER),
    "p7b pem": pkcs7.serialize_certificates([CA.x509, ROOT.x509], serialization.Encoding.PEM),
    "p12": _p12(ROOT, CA),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_container_is_read(home: UserStore, tmp_path: Path, name: str) -> None:
    """PEM, DER, P7B and P12 bring the same root."""
    (tmp_path / "file.bin").write_bytes(SPELLINGS[name])
    (tmp_path / "password").write_text("mat khau\n")
    options = ["--password-file", str(tmp_path / "password")]

    assert main(["trust", "import", str(tmp_path / "file.bin"), *options]) == 0
    assert "Gốc ghim" in held(home)


def test_a_wrong_password_is_said(
    home: UserStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A P12 that can't be opened is wrong usage, in a sentence that names the remedy."""
    (tmp_path / "x.p12").write_bytes(_p12(ROOT))

    assert main(["trust", "import", str(tmp_path / "x.p12")]) == 2
    assert "--password-file" in capsys.readouterr().err
    assert held(home) == set()


def test_lists_are_taken_in_when_a_ca_at_hand_signed_them(home: UserStore, tmp_path: Path) -> None:
    """A CRL beside its CA goes into the cache; a stranger's is refused."""
    folder = tmp_path / "in"
    saved(folder, ROOT, CA)
    (folder / "ca.crl").write_bytes(pki.crl(CA, [Listed(1)]))
    assert main(["trust", "import", str(folder)]) == 0
    assert len([*home.cache.rglob("*.crl")]) == 1

    (folder / "odd.crl").write_bytes(pki.crl(STRANGER))
    assert main(["trust", "import", str(folder)]) == 1
    assert len([*home.cache.rglob("*.crl")]) == 1


def test_list_tells_what_is_pinned_and_what_is_here(
    home: UserStore, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every pin is a line, with its fingerprint and whether its certificate is at hand."""
    home.add([ROOT.der, CA.der])
    parsed = parse_crl(pki.crl(ROOT), "")
    assert parsed is not None
    StatusCache(home.cache).keep_crl(ROOT.ours, "http://ca.example/root.crl", parsed)
    assert main(["trust", "list", "--format", "json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(tree)
    here = {row["subject"].partition(",")[0]: row["at_hand"] for row in tree["certificates"]}

    assert tree["schema"] == "sigcheck.trust/1"
    assert here == {
        "CN=Gốc ghim": True,
        "CN=Máy chủ dấu thời gian": False,
        "CN=CA chưa ai thấy": False,
        "CN=CA dưới gốc ghim": True,
    }
    assert [row["sha256"] for row in tree["lists"]] == [parsed.sha256]
    assert main(["trust", "list", "-v"]) == 0
    text = capsys.readouterr().out
    assert "ENDED 2025-07-01" in text
    assert ROOT.ours.sha256 in text
    assert "1 trusted roots, 1 at hand" in text


def test_list_fits_a_screen(home: UserStore, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each root; other certificates are counted, fingerprints left to `-v`."""
    home.add([ROOT.der, CA.der])
    assert main(["trust", "list"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24
    assert [line for line in lines if "Gốc ghim" in line and "(here)" in line]
    assert "  CAs and time-stamping servers: 0 of 2 here" in lines
    assert ROOT.ours.sha256 not in "\n".join(lines)


def test_an_empty_store_is_examined(home: UserStore, capsys: pytest.CaptureFixture[str]) -> None:
    """`trust` alone says what is missing and the one command that mends it; exit code 1."""
    assert main(["trust"]) == 1

    out = capsys.readouterr().out
    assert out.splitlines()[0] == f"Trust store: {home.folder}"
    assert "[!] Government Cipher Committee – public service: 0 of 1 roots" in out
    assert out.splitlines()[-1].startswith("Run: sigcheck trust fetch --all")


def test_a_list_that_has_ended_is_named(
    home: UserStore, capsys: pytest.CaptureFixture[str]
) -> None:
    """The age of each list stands there, and one past its nextUpdate is no longer good."""
    home.add([ROOT.der])
    parsed = parse_crl(pki.crl(ROOT), "")
    assert parsed is not None
    assert main(["trust"]) == 1
    assert "No revocation list of 1 CAs: Gốc ghim" in capsys.readouterr().out

    StatusCache(home.cache).keep_crl(ROOT.ours, "http://ca.example/root.crl", parsed)
    assert main(["trust"]) == 1
    out = capsys.readouterr().out
    assert "[+] Government Cipher Committee – public service: 1 of 1 roots" in out
    assert "[!] Revocation list of Gốc ghim: issued" in out
    assert "days ago, ENDED 2025-07-01" in out


def test_a_damaged_store_is_named_first(
    home: UserStore, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be read comes before what is missing."""
    home.add([ROOT.der])
    home.path_of(ROOT.ours.sha256).write_bytes(b"x")

    assert main(["trust"]) == 1
    out = capsys.readouterr().out
    assert "DAMAGED: " in out
    assert out.splitlines()[-1].startswith("Run: sigcheck trust remove SHA256")


def test_remove_takes_a_fingerprints_beginning(home: UserStore) -> None:
    """Eight digits will do, three won't, and what isn't there is wrong usage."""
    home.add([ROOT.der, CA.der])

    assert main(["trust", "remove", CA.ours.sha256[:3]]) == 2
    assert main(["trust", "remove", "0" * 64]) == 2
    assert main(["trust", "remove", CA.ours.sha256[:8].upper()]) == 0
    assert held(home) == {"Gốc ghim"}


def test_verify_finds_what_is_broken(home: UserStore, capsys: pytest.CaptureFixture[str]) -> None:
    """A sound store is 0, a changed file is 1 and named."""
    home.add([ROOT.der, CA.der])
    assert main(["trust", "verify"]) == 0

    (home.cache / "status" / "x").mkdir(parents=True)
    (home.cache / "status" / "x" / "y-20250100.crl").write_bytes(b"half")
    assert main(["trust", "verify"]) == 1
    assert "y-20250100.crl" in capsys.readouterr().out

    home.path_of(CA.ours.sha256).write_bytes(CA.der[:-1])
    assert main(["trust", "verify"]) == 1
    assert CA.ours.sha256 in capsys.readouterr().out


def test_an_exported_store_serves_elsewhere(
    home: UserStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a folder of --trust, and imported into the store of an office without network."""
    home.add([ROOT.der, CA.der])
    (tmp_path / "ca.crl").write_bytes(pki.crl(CA))
    main(["trust", "import", str(tmp_path / "ca.crl")])
    target = tmp_path / "out"
    assert main(["trust", "export", str(target)]) == 0
    assert main(["trust", "export", str(target)]) == 2
    trust = TrustStore.load([target])
    assert {*trust.certificates} == {ROOT.ours.sha256, CA.ours.sha256}
    assert {*trust.anchors} == {ROOT.ours.sha256}
    assert len(trust.crls) == 1

    monkeypatch.setenv("SIGCHECK_HOME", str(tmp_path / "other"))
    assert main(["trust", "import", str(target)]) == 0
    assert held(UserStore(tmp_path / "other")) == {"Gốc ghim", "CA dưới gốc ghim"}
    assert len([*(tmp_path / "other" / "cache").rglob("*.crl")]) == 1


def test_a_stated_root_of_one_office_is_not_anothers(
    home: UserStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Importing a colleague's export doesn't import what they stated."""
    main(["trust", "import", *saved(tmp_path / "in", STRANGER), "--as", "public", "--yes"])
    main(["trust", "export", str(tmp_path / "out")])
    monkeypatch.setenv("SIGCHECK_HOME", str(tmp_path / "other"))

    assert main(["trust", "import", str(tmp_path / "out")]) == 1
    assert held(UserStore(tmp_path / "other")) == set()
    assert STRANGER.ours.sha256 in TrustStore.load(store=home).anchors


@pytest.mark.parametrize(
    "arguments",
    [
        ["steal"],
        ["import"],
        ["import", "x", "--as", "root"],
        ["remove"],
        ["export"],
        ["list", "--format", "xml"],
        ["list", "--unknown"],
    ],
)
def test_wrong_usage_is_two(home: UserStore, arguments: list[str]) -> None:
    """Every mistake on the command line ends with 2 and changes nothing."""
    assert main(["trust", *arguments]) == 2
    assert not home.folder.exists()
