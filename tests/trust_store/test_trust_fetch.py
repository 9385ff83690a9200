"""`sigcheck trust fetch`: the pinned certificate and nothing else, the CA's list and no other."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from sigcheck.cli import main
from sigcheck.config.pins import Role
from sigcheck.config.store import UserStore
from tests.fetch.server import Server, body
from tests.trust import pki
from tests.trust.pki import Spec, make
from tests.trust_store.office import (
    CA,
    ROOT,
    STRANGER,
    TSA,
    UNSEEN,
    held,
    pin,
)


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


def test_a_bundle_brings_what_is_pinned_and_leaves_the_rest(
    home: UserStore, server: Server
) -> None:
    """NEAC publishes .p7b files: each certificate in one is held against the list by itself."""
    bundle = [STRANGER.x509, TSA.x509, CA.x509, ROOT.x509]
    data = pkcs7.serialize_certificates(bundle, serialization.Encoding.DER)
    server.answers["http://ca.example/root.crt"] = body(data)

    assert main(["trust", "fetch", "Gốc ghim"]) == 0
    assert held(home) == {"Gốc ghim", "Máy chủ dấu thời gian"}


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


@pytest.mark.usefixtures("server")
def test_without_a_network_each_address_is_named_and_nothing_else(
    home: UserStore, capsys: pytest.CaptureFixture[str]
) -> None:
    """That no CA is at hand only follows from it; the last line says what else can be done."""
    assert main(["trust", "fetch", "--all"]) == 1
    lines = capsys.readouterr().out.splitlines()

    assert all(
        line.startswith("Not fetched, ") and "http://ca.example/" in line for line in lines[:-1]
    )
    assert lines[-1].startswith(f"{len(lines) - 1} addresses failed.")
    assert "trust export FOLDER" in lines[-1]
    assert held(home) == set()


def test_fetch_all_gets_certificates_and_lists(
    home: UserStore, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """One command fills the store; an address that fails is named, with the next step."""
    fresh = pki.crl(ROOT)
    server.answers |= {
        "http://ca.example/root.crt": body(ROOT.der),
        "http://ca.example/root.crl": body(fresh),
    }
    assert main(["trust", "fetch", "--all"]) == 1
    out = capsys.readouterr().out
    assert held(home) == {"Gốc ghim"}
    assert len([*home.cache.rglob("*.crl")]) == 1
    assert "Not fetched, CA chưa ai thấy, http://ca.example/unseen.crt: " in out
    assert out.splitlines()[-1].startswith("1 addresses failed. Check the connection")

    server.answers["http://ca.example/unseen.crt"] = body(UNSEEN.der)
    assert main(["trust", "fetch", "--all"]) == 0
    assert held(home) == {"Gốc ghim", "CA chưa ai thấy"}


def test_an_https_place_that_fails_is_asked_plainly(
    home: UserStore, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes back is compared with the fingerprint, so the plain way is as good."""
    secure = pin(ROOT, Role.ANCHOR, "https://ca.example/root.crt")
    monkeypatch.setattr("sigcheck.config.trust.own_pins", lambda: (secure,))
    server.answers["http://ca.example/root.crt"] = body(ROOT.der)

    assert main(["trust", "fetch"]) == 0
    assert held(home) == {"Gốc ghim"}


def test_the_cache_can_be_emptied(home: UserStore, server: Server) -> None:
    """Stored lists can be deleted (TT 15/2025, Article 6.2); the certificates stay."""
    home.add([ROOT.der])
    server.answers["http://ca.example/root.crl"] = body(pki.crl(ROOT))
    main(["trust", "fetch", "--crls"])

    assert main(["trust", "remove", "--cache"]) == 0
    assert [*home.cache.rglob("*.crl")] == []
    assert held(home) == {"Gốc ghim"}


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
