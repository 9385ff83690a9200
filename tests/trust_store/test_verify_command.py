"""`sigcheck verify` with the user's store, with `--trust`, with both, and online."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.make import pki, world
from sigcheck.cli import main
from sigcheck.config.store import UserStore
from tests.fetch.server import Server, body

ORDINARY = ("cms", "ordinary")
MISSING = ("revocation", "missing")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fixtures: Path) -> UserStore:
    """Return a store that a user filled with the test PKI, roots stated as the generator lists."""
    monkeypatch.setenv("SIGCHECK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SIGCHECK_LANG", "en")
    store = UserStore(tmp_path / "home")
    root = str(fixtures / "pki" / "roots" / "g2-root.der")
    assert main(["trust", "import", root, "--as", "government", "--yes"]) == 0
    main(["trust", "import", str(fixtures / "pki" / "intermediates")])
    main(["trust", "import", str(fixtures / "pki" / "crl")])
    return store


def verify(fixtures: Path, case: tuple[str, str], *options: str) -> int:
    """Return the exit code for a vector at a fixed time."""
    document = fixtures / "vectors" / case[0] / case[1] / "document.pdf"
    return main(["verify", str(document), "--at", "2026-11-01T08:00:00+07:00", *options])


def test_without_trust_the_store_counts(home: UserStore, fixtures: Path) -> None:
    """Root, CA and cached lists of the store are enough for TOTAL-PASSED."""
    assert len([*home.cache.rglob("*.crl")]) >= 2
    assert verify(fixtures, ORDINARY) == 0


def test_trust_alone_leaves_the_store_out(
    home: UserStore, fixtures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same command gives the same answer on every machine, even beside a broken store."""
    (tmp_path / "bare").mkdir()
    assert verify(fixtures, ORDINARY, "--trust", str(tmp_path / "bare")) == 10

    home.anchors_file.write_text("broken [")
    assert verify(fixtures, ORDINARY, "--trust", str(fixtures / "pki")) == 0
    assert verify(fixtures, ORDINARY) == 2
    assert "anchors.toml" in capsys.readouterr().err


def test_store_and_trust_together(home: UserStore, fixtures: Path, tmp_path: Path) -> None:
    """With --store both count."""
    (tmp_path / "bare").mkdir()

    found = verify(
        fixtures, ORDINARY, "--trust", str(tmp_path / "bare"), "--store", str(home.folder)
    )

    assert found == 0


def test_a_store_elsewhere(home: UserStore, fixtures: Path, tmp_path: Path) -> None:
    """--store names another folder than the environment."""
    assert verify(fixtures, ORDINARY, "--store", str(tmp_path / "empty")) == 10
    assert verify(fixtures, ORDINARY, "--store", str(home.folder)) == 0


def test_online_by_the_stores_settings(home: UserStore, fixtures: Path, server: Server) -> None:
    """The proxy and hosts of network.toml are used; the next run needs no network."""
    settings = f'proxy = "{server.url}"\nallow = [".sigcheck.test"]\ntimeout = 2\n'
    (home.folder / "network.toml").write_text(settings)
    server.answers[world.crl_url("g2-software")] = body(pki.crl_of("g2-software", pki.FIRST))

    assert verify(fixtures, MISSING) == 10
    assert server.asked == []
    assert verify(fixtures, MISSING, "--online") == 0
    asked = len(server.asked)
    assert verify(fixtures, MISSING) == 0
    assert len(server.asked) == asked


def test_online_without_an_answer_is_no_error(
    home: UserStore, fixtures: Path, server: Server
) -> None:
    """A dead network leaves the verdict open, and the command says so with 10."""
    settings = f'proxy = "{server.url}"\nallow = ["nowhere.example"]\n'
    (home.folder / "network.toml").write_text(settings)

    assert verify(fixtures, MISSING, "--online") == 10
    assert server.asked == []


def test_wrong_network_settings_matter_online_only(home: UserStore, fixtures: Path) -> None:
    """A mistake in network.toml stops --online, and nothing else."""
    (home.folder / "network.toml").write_text('proxy = "socks5://10.0.0.1"\n')

    assert verify(fixtures, ORDINARY) == 0
    assert verify(fixtures, MISSING, "--online") == 2
