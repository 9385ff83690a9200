"""The file, the environment, the options: the later one wins, and mistakes are found by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sigcheck.cli import main
from sigcheck.cli.parser import COMMANDS, Parser
from sigcheck.cli.settings import configured, file_in_use
from sigcheck.cli.verify import VERIFY

KINDS = {
    "trust": "append",
    "format": "store",
    "online": "store_true",
    "jobs": "store",
    "lang": "store",
}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the place of the configuration file."""
    path = tmp_path / "sigcheck.toml"
    monkeypatch.setenv("SIGCHECK_CONFIG", str(path))
    return path


def test_the_file_is_read(config: Path) -> None:
    """Settings above all tables are for every command, a table is for one."""
    config.write_text('lang = "en"\n[verify]\nformat = "csv"\nonline = true\njobs = 2\n')

    assert configured("verify", KINDS, COMMANDS) == {
        "lang": "en",
        "format": "csv",
        "online": True,
        "jobs": "2",
    }
    assert configured("explain", KINDS, COMMANDS) == {"lang": "en"}


def test_paths_in_the_file_are_relative_to_it(config: Path) -> None:
    """The office's configuration works from whatever folder the clerk is in."""
    config.write_text('trust = ["roots", "/srv/roots"]\n')

    assert configured("verify", KINDS, COMMANDS)["trust"] == [
        str(config.parent / "roots"),
        "/srv/roots",
    ]


def test_the_environment_wins_over_the_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable named after an option replaces what the file says."""
    config.write_text('format = 3\n[verify]\nformat = "csv"\n'.replace("format = 3\n", ""))
    monkeypatch.setenv("SIGCHECK_FORMAT", "json")
    monkeypatch.setenv("SIGCHECK_TRUST", "a:b")
    monkeypatch.setenv("SIGCHECK_ONLINE", "no")

    assert configured("verify", KINDS, COMMANDS) == {
        "format": "json",
        "trust": ["a", "b"],
        "online": False,
    }


def test_options_win_over_both(
    config: Path,
    fixtures: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What is typed holds; what is not typed comes from the configuration."""
    config.write_text(f'[verify]\nformat = "csv"\ntrust = "{fixtures}/pki"\n')
    monkeypatch.setenv("SIGCHECK_FORMAT", "xml")
    case = fixtures / "vectors" / "long-an" / "2691-ct-ubnd-production" / "document.pdf"

    assert main(["verify", str(case), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["documents"][0]["indication"] == "TOTAL-PASSED"


def test_the_language_of_the_file_is_spoken(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the locale, after the variable and the option."""
    monkeypatch.setenv("LANG", "vi_VN.UTF-8")
    config.write_text('lang = "en"\n')

    assert main(["explain", "TRY_LATER"]) == 0
    assert "Meaning" in capsys.readouterr().out


def test_former_names_are_understood(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ledger` of the file or the environment is `audit-log`, not silently nothing."""
    config.write_text('[verify]\nledger = "checks.db"\n')

    assert Parser("verify", VERIFY).read(["x"]).audit_log == "checks.db"
    monkeypatch.setenv("SIGCHECK_LEDGER", "others.db")
    assert Parser("verify", VERIFY).read(["x"]).audit_log == "others.db"


def test_a_configured_value_is_checked_like_a_typed_one(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence names option, value and what is accepted."""
    config.write_text('[verify]\nformat = "cvs"\n')

    assert main(["verify", "x.pdf", "--lang", "en"]) == 2
    assert "--format does not take “cvs” (did you mean “csv”?)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[verify]\nformat = "csv"\nformatt = 3\n', ":3: formatt"),
        ("[verify]\n\nonline = 3\n", ":3: online"),
        ("\nfromat = 1\n", ":2: fromat"),
        ("[verrify]\n", ":1: verrify"),
        ("verify = 3\n", ":1: verify"),
        ("a = = 1\n", "line 1"),
        ("[verify]\ntrust = [1]\n", ":2: trust"),
    ],
)
def test_a_mistake_is_found_by_its_line(
    config: Path, text: str, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong usage, with the file, the line and the word."""
    config.write_text(text)

    assert main(["verify", "x.pdf", "--lang", "en"]) == 2
    assert place in capsys.readouterr().err


def test_a_variable_that_makes_no_sense_is_named(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A switch is on or off."""
    config.write_text("")
    monkeypatch.setenv("SIGCHECK_ONLINE", "perhaps")

    assert main(["verify", "x.pdf", "--lang", "en"]) == 2
    assert "SIGCHECK_ONLINE=perhaps" in capsys.readouterr().err


def test_a_file_in_the_current_folder_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of downloaded documents must not bring its own trust along."""
    (tmp_path / "sigcheck.toml").write_text('trust = "."\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)

    assert file_in_use() != tmp_path / "sigcheck.toml"
    assert configured("verify", KINDS, COMMANDS).get("trust") is None


def test_events_are_told_only_when_asked_for(
    config: Path, fixtures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Silent by default; `--log-level info` names the file and its verdict on standard error."""
    import logging

    config.write_text("")
    path = str(fixtures / "vectors" / "file" / "not-a-pdf" / "document.pdf")
    logger = logging.getLogger("sigcheck")
    before = list(logger.handlers)

    try:
        main(["verify", path])
        assert capsys.readouterr().err == ""
        main(["--log-level", "info", "verify", path])
        assert "INFO sigcheck: " in capsys.readouterr().err
    finally:
        logger.handlers[:] = before
        logger.setLevel(logging.NOTSET)
    assert main(["verify", path, "--log-level", "loud", "--lang", "en"]) == 2
