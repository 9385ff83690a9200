"""Every way to a report gives the same report, byte for byte, over all vectors."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

import sigcheck
from sigcheck.evidence.native import native
from sigcheck.render import renderer
from sigcheck.render.options import RenderOptions
from sigcheck.render.words import Words

AT = "2026-11-23T12:00:00+00:00"
PLAIN = "import sys; from sigcheck.cli.program import run; sys.exit(run(sys.argv[1:]))"
PACKED = (
    "import sys; from sigcheck.cli.pack import Pack; p = Pack(sys.argv.pop(1)); p.patterns.use();"
    "sys.meta_path.insert(0, p); from sigcheck.cli.program import run; code = run(sys.argv[1:]);"
    "from sigcheck.cli.pack import write; p.complete or write(p.path, p.patterns); sys.exit(code)"
)


def _output(script: str, *arguments: str, **environment: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        check=False,
        env={**os.environ, "SIGCHECK_LANG": "vi", **environment},
    )
    assert done.returncode == 11, done.stderr.decode()
    return done.stdout


@cache
def _plain(fixtures: Path) -> bytes:
    return _output(PLAIN, *_command(fixtures))


def _command(fixtures: Path) -> tuple[str, ...]:
    trust = str(fixtures / "pki")
    return ("verify", str(fixtures / "vectors"), "--trust", trust, "--at", AT, "--format", "jsonl")


def test_the_pack_changes_nothing(fixtures: Path, tmp_path: Path) -> None:
    """Modules and patterns out of the pack judge as those out of their files."""
    path = tmp_path / "pack.bin"
    writing = _output(PACKED, str(path), *_command(fixtures))
    assert path.exists()

    assert writing == _plain(fixtures)
    assert _output(PACKED, str(path), *_command(fixtures)) == _plain(fixtures)


@pytest.mark.skipif(native is None, reason="the native parts are not built here")
def test_the_native_parts_change_nothing(fixtures: Path) -> None:
    """The compiled reader and the Python it stands in for judge alike."""
    assert _output(PLAIN, *_command(fixtures), SIGCHECK_NATIVE="0") == _plain(fixtures)


@pytest.mark.skipif(native is None, reason="the native parts are not built here")
def test_the_native_parts_change_nothing_in_damaged_files(fixtures: Path, tmp_path: Path) -> None:
    """A few bytes overwritten, taken out or put in, anywhere in a vector."""
    chance = random.Random(11)
    vectors = [
        p for p in sorted((fixtures / "vectors").rglob("*.pdf")) if p.stat().st_size < 90_000
    ]
    for number in range(600):
        data = bytearray(chance.choice(vectors).read_bytes())
        for _ in range(chance.randrange(1, 6)):
            _damage(data, chance)
        (tmp_path / f"{number}.pdf").write_bytes(data)
    command = ("verify", str(tmp_path), *_command(fixtures)[2:])

    assert _output(PLAIN, *command) == _output(PLAIN, *command, SIGCHECK_NATIVE="0")


WORDS = (
    b"obj", b"endobj", b" 0 R", b"<<", b">>", b"(", b"xref", b"/Type/Sig", b"/ByteRange",
    b"1 0 obj", b"%", b"stream",
)  # fmt: skip


def _damage(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data) + 1)
    match chance.randrange(4):
        case 0:
            data[at : at + 1] = chance.randbytes(1)
        case 1:
            del data[at : at + chance.randrange(1, 40)]
        case 2:
            data[at:at] = chance.choice(WORDS)
        case _:
            other = chance.randrange(len(data) + 1)
            data[at:at] = data[other : other + chance.randrange(300)]


@pytest.mark.corpus
@pytest.mark.skipif(native is None, reason="the native parts are not built here")
def test_the_native_parts_change_nothing_in_the_corpus(corpus: Path) -> None:
    """The same over real files, many of them broken on purpose."""
    command = ("verify", str(corpus), "--at", AT, "--format", "jsonl")
    assert _output(PLAIN, *command, SIGCHECK_NATIVE="0") == _output(PLAIN, *command)


def test_processes_change_nothing(fixtures: Path) -> None:
    """Two workers give the documents of one, in the same order."""
    assert _output(PLAIN, *_command(fixtures), "--jobs", "2") == _plain(fixtures)


def test_what_came_before_changes_nothing(fixtures: Path) -> None:
    """Whatever a process remembers of other documents, the report on each is the same."""
    trust = sigcheck.TrustStore.load([fixtures / "pki"])
    paths = sorted((fixtures / "vectors").rglob("*.pdf"))

    forward = _reports(sigcheck.Verifier(trust=trust), paths)
    backward = _reports(sigcheck.Verifier(trust=trust), reversed(paths))

    differing = [path.parent.name for path in paths if forward[path] != backward[path]]
    assert differing == []


def _reports(verifier: sigcheck.Verifier, paths: Iterable[Path]) -> dict[Path, str]:
    render, words = renderer("jsonl"), Words.load("vi")
    at = datetime.fromisoformat(AT).astimezone(UTC)
    return {
        path: render(verifier.verify(path, at=at), words, RenderOptions(full=True))
        for path in paths
    }


@pytest.mark.corpus
def test_what_came_before_changes_nothing_in_the_corpus(corpus: Path) -> None:
    """The same over real files, as far as there are any."""
    paths = sorted(corpus.rglob("*.pdf"))[:200]
    verifier = sigcheck.Verifier(trust=sigcheck.TrustStore.load([]))

    forward, backward = _reports(verifier, paths), _reports(verifier, reversed(paths))

    assert [path for path in paths if forward[path] != backward[path]] == []
