"""Completion scripts and the manual page, read by the real programs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from sigcheck.cli import main
from sigcheck.cli.parser import COMMANDS

FUNCTION = "_shtab_sigcheck"
"""What shtab calls the function of its script."""


def completed(line: str, script: Path) -> list[str]:
    """Return what bash offers for the last word of a command line."""
    words = line.split(" ")
    quoted = " ".join(f'"{word}"' for word in words)
    asked = (
        f"source {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
        f'{FUNCTION} sigcheck "{words[-1]}" "{words[-2]}"; '
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.fixture
def script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return the script for bash."""
    assert main(["completion", "bash"]) == 0
    path = tmp_path / "completion"
    path.write_text(capsys.readouterr().out)
    return path


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("sigcheck ver", ["verify"]),
        ("sigcheck verify --form", ["--format"]),
        ("sigcheck verify --format xl", ["xlsx"]),
        ("sigcheck verify --lang ", ["vi", "en"]),
        ("sigcheck explain --li", ["--list"]),
        ("sigcheck revision ", ["list", "extract"]),
        ("sigcheck completion f", ["fish"]),
        ("sigcheck trust imp", ["import"]),
    ],
)
def test_bash_completes(script: Path, line: str, offered: list[str]) -> None:
    """Commands, options and their values, as a real bash takes the script."""
    assert completed(line, script) == offered


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_have_their_scripts(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command is named."""
    assert main(["completion", shell]) == 0

    told = capsys.readouterr().out
    assert [name for name in COMMANDS if name not in told] == []


def test_an_unknown_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage, naming the shells there are."""
    assert main(["completion", "csh", "--lang", "en"]) == 2
    assert "bash, zsh, fish" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff here")
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_groff_reads_the_manual(lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No warning, every command, and no line lost to a stray request."""
    assert main(["man", "--lang", lang]) == 0
    page = capsys.readouterr().out

    done = subprocess.run(
        ["groff", "-man", "-Kutf8", "-Tutf8", "-ww"],
        input=page.encode(),
        capture_output=True,
        check=True,
    )
    assert b"warning" not in done.stderr
    assert [c for c in COMMANDS if f"sigcheck {c}" not in done.stdout.decode()] == []
