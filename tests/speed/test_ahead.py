"""Hashing in a thread changes nothing but the time, and leaves no thread behind."""

from __future__ import annotations

import _thread
import hashlib
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import sigcheck
from sigcheck import ahead
from sigcheck.evidence.pdf import digests
from sigcheck.model.limits import Limits
from sigcheck.render import renderer
from sigcheck.render.options import RenderOptions
from sigcheck.render.words import Words

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
DATA = bytes(range(256)) * 40


def _refused(*_: object) -> int:
    raise RuntimeError("can't start new thread")


def _forbidden(*_: object) -> int:
    raise AssertionError("a thread")


def _left(threads: int) -> bool:
    """Say whether no more threads than these are left; the last one may be on its way out."""
    end = time.monotonic() + 5
    while _thread._count() > threads and time.monotonic() < end:
        time.sleep(0.001)
    return _thread._count() <= threads


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a thread for every document, and leave little of it to the caller."""
    monkeypatch.setattr(ahead, "_LARGE", 1)
    monkeypatch.setattr(ahead, "_REST", 20_000)
    monkeypatch.setattr(ahead, "_SLICE", 4_096)
    monkeypatch.setattr(ahead, "_several_processors", lambda: True)


def _reports(fixtures: Path) -> list[bytes]:
    verifier = sigcheck.Verifier(trust=sigcheck.TrustStore.load([fixtures / "pki"]))
    documents = sorted((fixtures / "vectors").rglob("*.pdf"))
    render, words, options = renderer("json"), Words.load("en"), RenderOptions()
    return [render(verifier.verify(d, at=AT), words, options).encode() for d in documents]


@pytest.mark.usefixtures("eager")
def test_a_thread_changes_no_report(fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a thread for each document, without any, and where none can be had."""
    threads = _thread._count()
    hashed = _reports(fixtures)
    assert _left(threads)
    monkeypatch.setattr(_thread, "start_new_thread", _refused)
    refused = _reports(fixtures)
    monkeypatch.setattr(ahead, "_LARGE", 1 << 40)
    monkeypatch.setattr(_thread, "start_new_thread", _forbidden)

    assert hashed == refused == _reports(fixtures)


def test_small_documents_take_no_thread(fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below two megabytes a thread costs more than it brings."""
    monkeypatch.setattr(_thread, "start_new_thread", _forbidden)
    assert _reports(fixtures)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("rest", [0, 1, 5_000, 20_000])
def test_digests_with_and_without_a_head_start(rest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the ranges end: before the part hashed already, at its end, after it."""
    monkeypatch.setattr(ahead, "_REST", rest)
    end = len(DATA)
    cuts = (0, 1, end - 5_001, end - 5_000, end - 4_999, end - 1, end)
    ranges = [(a, b, end - b) for a in cuts for b in cuts if a <= b]
    names = ["sha1" if i % 5 == 0 else "sha256" for i in range(len(ranges))]

    with ahead.hashing(DATA) as hashed:
        found = digests(DATA, ranges, names, hashed)

    assert found == digests(DATA, ranges, names) == [
        hashlib.new(name, DATA[:a] + DATA[b : b + c]).digest()
        for name, (a, b, c) in zip(names, ranges, strict=True)
    ]  # fmt: skip


@pytest.mark.usefixtures("eager")
def test_no_thread_outlives_a_document_that_breaks_a_limit(fixtures: Path) -> None:
    """Whatever ends the verification."""
    document = next((fixtures / "vectors").rglob("*.pdf"))
    threads = _thread._count()
    verifier = sigcheck.Verifier(limits=Limits(max_revisions=0))

    report = verifier.verify(document, at=AT)

    assert report.documents[0].reason is not None
    assert _left(threads)


@pytest.mark.usefixtures("eager")
def test_what_was_read_ahead_is_the_file(tmp_path: Path) -> None:
    """The bytes are taken over, with the hash of their beginning."""
    path = tmp_path / "a.pdf"
    path.write_bytes(DATA * 3)

    ahead.begin(["verify", "--trust", str(tmp_path / "none"), str(path)])
    data = ahead.read(path.stat())

    assert data == DATA * 3
    with ahead.hashing(data) as hashed:
        size, running = hashed.prefix()
    assert size == len(DATA) * 3 - 20_000
    assert running.digest() == hashlib.sha256((DATA * 3)[:size]).digest()


def _grown(path: Path) -> None:
    path.write_bytes(DATA * 4)


def _gone(path: Path) -> None:
    path.unlink()
    path.write_bytes(DATA * 3)
    os.utime(path, ns=(1, 1))


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("change", [_grown, _gone])
def test_a_file_changed_meanwhile_is_read_anew(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    """What was read ahead counts only for the file as it was."""
    path = tmp_path / "a.pdf"
    path.write_bytes(DATA * 3)
    ahead.begin(["verify", str(path)])
    change(path)

    assert ahead.read(path.stat()) is None
    with ahead.hashing(b"%PDF"):
        pass


@pytest.mark.parametrize("arguments", [[], ["explain"], ["verify"], ["verify", "no\0where", "-"]])
def test_nothing_is_begun_without_a_large_file(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another command, no document, a path that is none."""
    monkeypatch.setattr(_thread, "start_new_thread", _forbidden)
    ahead.begin(arguments)
