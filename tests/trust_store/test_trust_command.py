"""`sigcheck trust` as a user meets it: what is admitted, fetched, listed, taken out and carried."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from jsonschema import Draft202012Validator

from sigcheck.cli import main
from sigcheck.config.pins import Pin, Role
from sigcheck.config.store import UserStore
from sigcheck.config.trust import TrustStore
from sigcheck.evidence.trust.cache import StatusCache
from sigcheck.evidence.trust.crl import parse_crl
from sigcheck.fetch import FetchSettings
from sigcheck.fetch.http import HttpFetch
from sigcheck.model.evidence import Purpose, Tier
from sigcheck.model.record import replace
from tests.fetch.server import Server, body, serving
from tests.trust import pki
from tests.trust.pki import Listed, Made, Spec, leaf, make
from tests.trust_store.online import points

SCHEMA = Path(__file__).resolve().parents[2] / "src/sigcheck/data/schema/sigcheck.trust-1.json"
ROOT = make(Spec("Gốc ghim"))
CA = make(Spec("CA dưới gốc ghim", extra=[points("http://ca.example/root.crl")]), ROOT)
TSA = make(leaf("Máy chủ dấu thời gian"), ROOT)
UNSEEN = make(Spec("CA chưa ai thấy"), ROOT)
STRANGER = make(Spec("Gốc lạ"))
BELOW = make(Spec("CA dưới gốc lạ"), STRANGER)
PERSON = make(leaf("Người ký"), CA)


def pin(made: Made, role: Role, url: str = "", crl: str = "") -> Pin:
    """Return a pin of our own list."""
    ours = made.ours
    sha256 = "" if role is Role.MISSING else ours.sha256
    tier, purposes = Tier.GOVERNMENT, tuple(Purpose)
    found = Pin(sha256, role, tier, purposes, subject=ours.subject, ski=ours.ski.hex(), url=url)
    return replace(found, crl=crl, listed_in="sigcheck")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UserStore:
    """Return an empty store, with our list replaced by one whose keys these tests hold."""
    monkeypatch.setenv("SIGCHECK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SIGCHECK_LANG", "en")
    pins = [
        pin(ROOT, Role.ANCHOR, "http://ca.example/root.crt", "http://ca.example/root.crl"),
        pin(TSA, Role.INTERMEDIATE),
        pin(UNSEEN, Role.MISSING, "http://ca.example/unseen.crt"),
    ]
    for module in ("trust", "pins"):
        monkeypatch.setattr(f"sigcheck.config.{module}.own_pins", lambda: tuple(pins))
    monkeypatch.setattr("sigcheck.cli.trust_remove.own_pins", lambda: tuple(pins))
    return UserStore(tmp_path / "home")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Return a server that answers for ca.example, as a proxy would."""
    with serving() as running:
        settings = FetchSettings(timeout=2, proxy=running.url, allow=("ca.example",))
        monkeypatch.setattr("sigcheck.cli.trust_fetch.fetcher", lambda _: HttpFetch(settings))
        yield running


def saved(folder: Path, *made: Made) -> list[str]:
    """Write certificates as DER; return their paths."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number}.crt" for number in range(len(made))]
    for path, one in zip(paths, made, strict=True):
        path.write_bytes(one.der)
    return [str(path) for path in paths]


def held(store: UserStore) -> set[str]:
    """Return the common names of what the store holds."""
    found = TrustStore.load(store=store).certificates.values()
    names = (x509.load_der_x509_certificate(der).subject.rfc4514_string() for der in found)
    return {name.partition("CN=")[2].partition(",")[0] for name in names}


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


def test_fetch_admits_the_pinned_certificate_and_nothing_else(
    home: UserStore, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """The right bytes are admitted; the next day's different bytes are refused and named."""
    server.answers["http://ca.example/root.crt"] = body(STRANGER.der)
    assert main(["trust", "fetch", "Gốc ghim"]) == 1
    assert STRANGER.ours.sha256 in capsys.readouterr().out
    assert held(home) == set()

    server.answers["http://ca.example/root.crt"] = body(ROOT.der)
    assert main(["trust", "fetch", ROOT.ours.sha256[:12]]) == 0
    assert held(home) == {"Gốc ghim"}


def test_fetch_without_names_gets_all_that_have_an_address(home: UserStore, server: Server) -> None:
    """The unpublished CA is admitted because the pinned root signed it, root fetched first."""
    server.answers |= {
        "http://ca.example/root.crt": body(ROOT.der),
        "http://ca.example/unseen.crt": body(UNSEEN.der),
    }

    assert main(["trust", "fetch"]) == 0
    assert held(home) == {"Gốc ghim", "CA chưa ai thấy"}
    assert main(["trust", "fetch"]) == 0
    assert len(server.asked) == 2


def test_a_missing_ca_needs_the_pinned_roots_signature(home: UserStore, server: Server) -> None:
    """A CA with the right name and key identifier, but another issuer, is refused."""
    forged = make(Spec("CA chưa ai thấy"), STRANGER)
    home.add([ROOT.der])
    server.answers["http://ca.example/unseen.crt"] = body(forged.der)

    assert main(["trust", "fetch", UNSEEN.ours.ski.hex()]) == 1
    assert held(home) == {"Gốc ghim"}


def test_fetch_says_what_is_not_known(home: UserStore, server: Server) -> None:
    """A name nobody pinned is wrong usage; a pin without an address can't be fetched."""
    assert main(["trust", "fetch", "Không có CA này"]) == 2
    assert main(["trust", "fetch", "dấu thời gian"]) == 1
    assert server.asked == []
    assert held(home) == set()


def test_fetch_fills_the_cache_with_lists(home: UserStore, server: Server) -> None:
    """Each CA at hand whose address is known, once; a list by another key is refused."""
    home.add([ROOT.der, CA.der])
    server.answers["http://ca.example/root.crl"] = body(pki.crl(ROOT, signer="kẻ lạ"))
    assert main(["trust", "fetch", "--crls"]) == 1
    assert [*home.cache.rglob("*.crl")] == []

    server.answers["http://ca.example/root.crl"] = body(pki.crl(ROOT))
    assert main(["trust", "fetch", "--crls"]) == 0
    assert len([*home.cache.rglob("*.crl")]) == 1
    assert server.asked == ["GET http://ca.example/root.crl"] * 2


def test_an_https_place_that_fails_is_asked_plainly(
    home: UserStore, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes back is compared with the fingerprint, so the plain way is as good."""
    secure = pin(ROOT, Role.ANCHOR, "https://ca.example/root.crt")
    monkeypatch.setattr("sigcheck.config.trust.own_pins", lambda: (secure,))
    server.answers["http://ca.example/root.crt"] = body(ROOT.der)

    assert main(["trust", "fetch"]) == 0
    assert held(home) == {"Gốc ghim"}


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
    assert main(["trust", "list"]) == 0
    text = capsys.readouterr().out
    assert "ENDED 2025-07-01" in text
    assert ROOT.ours.sha256 in text
    assert "1 trusted roots, 1 at hand" in text


def test_remove_takes_a_fingerprints_beginning(home: UserStore) -> None:
    """Eight digits will do, three won't, and what isn't there is wrong usage."""
    home.add([ROOT.der, CA.der])

    assert main(["trust", "remove", CA.ours.sha256[:3]]) == 2
    assert main(["trust", "remove", "0" * 64]) == 2
    assert main(["trust", "remove", CA.ours.sha256[:8].upper()]) == 0
    assert held(home) == {"Gốc ghim"}


def test_the_cache_can_be_emptied(home: UserStore, server: Server) -> None:
    """Stored lists can be deleted (TT 15/2025, Article 6.2); the certificates stay."""
    home.add([ROOT.der])
    server.answers["http://ca.example/root.crl"] = body(pki.crl(ROOT))
    main(["trust", "fetch", "--crls"])

    assert main(["trust", "remove", "--cache"]) == 0
    assert [*home.cache.rglob("*.crl")] == []
    assert held(home) == {"Gốc ghim"}


def test_verify_finds_what_is_broken(home: UserStore, capsys: pytest.CaptureFixture[str]) -> None:
    """A sound store is 0, a changed file is 1 and named."""
    home.add([ROOT.der, CA.der])
    assert main(["trust", "verify"]) == 0

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
        [],
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


@pytest.mark.parametrize(
    "text",
    [
        "proxy = 3",
        "hosts = []",
        "allow = [1]",
        "timeout = -1",
        "max_size = true",
        "[[x",
        "allow=''",
    ],
)
def test_wrong_network_settings_are_said(
    home: UserStore, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A setting that isn't understood is never silently the default."""
    home.folder.mkdir()
    (home.folder / "network.toml").write_text(text)

    assert main(["trust", "fetch"]) == 2
    assert "network.toml" in capsys.readouterr().err
