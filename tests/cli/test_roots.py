"""A pinned root that a document carries stays in the store when the user agrees, and only then."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from sigcheck.cli import main
from sigcheck.config.pins import read_pins
from sigcheck.config.store import UserStore


class Terminal(io.StringIO):
    """What somebody types."""

    def isatty(self) -> bool:
        """Return True."""
        return True


@pytest.mark.parametrize(("typed", "kept"), [("yes\n", 1), ("\n", 0)])
def test_a_root_is_kept_when_the_user_agrees(
    fixtures: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
    kept: int,
) -> None:
    """Its fingerprint is ours; once kept, nobody is asked again."""
    pins = read_pins(fixtures / "pki" / "anchors.toml")
    for module in ("config.trust", "config.pins", "cli.verify"):
        monkeypatch.setattr(f"sigcheck.{module}.own_pins", lambda: tuple(pins))
    monkeypatch.setenv("SIGCHECK_HOME", str(tmp_path))
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    document = fixtures / "vectors" / "attack-revocation" / "list-in-the-document" / "document.pdf"

    main(["verify", str(document), "--lang", "en", "--color", "never"])
    asked = capsys.readouterr().out
    main(["verify", str(document), "--lang", "en", "--color", "never"])

    assert "The document carries a pinned root that the store lacks: RootCA" in asked
    assert len(UserStore(tmp_path).found()) == kept
    assert ("carries a pinned root" in capsys.readouterr().out) is not bool(kept)
