"""The drawing process as its caller sees it: what it is asked for, and what it answers.

It reads a hostile file and may crash, stall or be taken over, so nothing it says is believed:
every line is decoded by its type, numbers are clamped, pictures must be PNG.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from sigcheck.log import WARNING, log
from sigcheck.model.evidence import (
    ChangeClass,
    DocumentEvidence,
    PageComparison,
    PageDifference,
    PageView,
    Rect,
    SignatureKind,
    UndrawnPage,
)
from sigcheck.model.pictures import Mark, PageChange, PagePicture, Pictures, Region
from sigcheck.model.policy import MIB
from sigcheck.model.report import DocumentReport

T = TypeVar("T")

_WORKER = Path(__file__).with_name("worker.py")
_ENVIRONMENT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "PYTHONPATH", "TMPDIR", "TEMP")
"""What a Python needs to start; the process gets nothing else."""
_FILLED = (ChangeClass.FORM_FILLING, ChangeClass.VALUE_REPLACED)
_LARGEST = 1e6
"""Beyond this a number is no place on a page, and PDFium counts in 32 bits."""
_MOST_DIFFERENCES = 2_000
_NAMED = 50
"""Pages that could not be drawn and are named one by one."""
_PNG = b"\x89PNG\r\n\x1a\n"


class PictureLimits(Struct, frozen=True):
    """What the pictures of one document may cost."""

    pages: int = 24
    revisions: int = 24
    """The newest are compared."""
    width: int = 600
    """Pixels of a page, as `height`."""
    height: int = 900
    thumbnail: int = 260
    """Pixels of a thumbnail's width."""
    seconds: float = 15.0
    picture_bytes: int = 1_300_000
    """All PNG data together, before base64 makes it a third longer."""
    memory: int = 1024 * MIB
    output: int = 8 * MIB


class ComparisonLimits(Struct, frozen=True):
    """What comparing the pages of one document may cost; what lies beyond is not compared."""

    pages: int = 2_000
    states: int = 32
    """Ends of signed bytes, the whole file included."""
    dpi: float = 100.0
    pixels: int = 4_000_000
    """Of one page; a larger one is drawn on a smaller scale. A0 gets 53 dpi."""
    seconds: float = 60.0
    memory: int = 1024 * MIB
    output: int = 8 * MIB


class _Output(NamedTuple):
    """What the process wrote, and why it ended early: `time`, `stopped` or nothing."""

    text: bytes
    problem: str


def is_installed(*modules: str) -> bool:
    """Say whether the libraries that draw are there, and these modules."""
    return all(find_spec(name) is not None for name in ("pypdfium2_raw", *modules))


def _output(asked: dict[str, Any], data: bytes, seconds: float, most: int) -> _Output:
    """Return what the process wrote until it ended or was ended, at most so many bytes."""
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
        [sys.executable, "-P", "-X", "utf8", str(_WORKER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    # The process ends itself in time; where it is stuck beyond that, the clock of this one counts.
    watch = threading.Timer(seconds, process.kill)
    watch.daemon = True
    watch.start()
    with process, _piped(process.stdin) as questions, _piped(process.stdout) as answers:
        try:
            with suppress(BrokenPipeError):
                questions.write(json.dumps(asked).encode() + b"\n")
                questions.write(data)
                questions.close()
            text = answers.read(most)
            if len(text) == most:
                process.kill()
            process.wait()
        finally:
            watch.cancel()
            process.kill()
    return _Output(text, _problem(process.returncode))


def _piped(pipe: IO[bytes] | None) -> IO[bytes]:
    """Return one end of a pipe that was asked for."""
    if pipe is None:
        raise AssertionError
    return pipe


def _problem(status: int) -> str:
    """Return why a process ended early: `time`, `stopped` or nothing."""
    if status == 0:
        return ""
    # By its own alarm or processor time, or by our clock.
    late = {getattr(signal, name, 0) for name in ("SIGALRM", "SIGXCPU", "SIGKILL")}
    return "time" if -status in late else "stopped"


def _decoded(text: bytes, decoder: msgspec.json.Decoder[T]) -> tuple[list[T], bool]:
    """Return the lines of an answer, and whether any made no sense."""
    lines: list[T] = []
    senseless = False
    for line in text.splitlines():
        try:
            lines.append(decoder.decode(line))
        except (msgspec.DecodeError, RecursionError):
            senseless = True
    return lines, senseless


def _part(value: float) -> float:
    """Return a part of a whole, whatever the process says it is."""
    return min(max(value, 0.0), 1.0)


# ----------------------------------------------------------------- comparison


class _Opened(Struct, frozen=True, tag_field="kind", tag="opened"):
    counts: tuple[int, ...]
    """Pages in each state, -1 where it could not be opened."""


class _Different(Struct, frozen=True, tag_field="kind", tag="difference"):
    page: int
    start: int
    end: int
    rect: Rect | None
    share: float
    covered: float
    views: tuple[PageView, ...]
    inside: tuple[str, ...]


class _Undrawn(Struct, frozen=True, tag_field="kind", tag="undrawn"):
    page: int
    end: int
    problem: str


class _Compared(Struct, frozen=True, tag_field="kind", tag="compared"):
    page: int


class _Done(Struct, frozen=True, tag_field="kind", tag="done"):
    pass


_Line = _Opened | _Different | _Undrawn | _Compared | _Done
_LINES: msgspec.json.Decoder[_Line] = msgspec.json.Decoder(_Line)


def compare(
    data: bytes,
    document: DocumentEvidence,
    *,
    password: str | None = None,
    limits: ComparisonLimits | None = None,
) -> PageComparison | None:
    """Compare the pages at the end of what each signature covers, up to the file as it is.

    `data` are the bytes the evidence is about. Returns None where nothing follows any signature.
    Each state is compared with the next, and each page drawn once in each. Never raises for what
    the file does to the drawing process: what was not drawn is part of the answer.
    """
    limits = limits or ComparisonLimits()
    ends = states(document)
    if not ends:
        return None
    if not is_installed():
        return _nothing(document, ends, "not-installed")
    if len(ends) > limits.states:
        return _nothing(document, ends, "bounds")
    asked = {
        "task": "compare",
        "ends": ends,
        "rects": list(_fields(document)),
        "password": password,
        "pages": limits.pages,
        "dpi": limits.dpi,
        "pixels": limits.pixels,
        "seconds": limits.seconds,
        "memory": limits.memory,
        "output": limits.output,
    }
    output = _output(asked, data[document.before_header :], limits.seconds, limits.output)
    return _comparison(document, ends, output, limits)


def states(document: DocumentEvidence) -> tuple[int, ...]:
    """Return the end of what each signature covers, and of the file; empty where they are one.

    A document time-stamp shows nobody's will, so the state it was made in is not looked at.
    """
    covered = {
        signature.byte_range.end
        for signature in document.signatures
        if signature.kind is not SignatureKind.DOCUMENT_TIMESTAMP
        and signature.byte_range is not None
        and signature.byte_range.inside_file
        and signature.byte_range.end is not None
    }
    earlier = sorted(end for end in covered if 0 < end < document.end)
    return (*earlier, document.end) if earlier else ()


def _fields(document: DocumentEvidence) -> Iterator[dict[str, Any]]:
    """Yield the places where a later signature or a filled field may show itself."""
    found: dict[tuple[str, int, Rect], None] = {}
    for signature in document.signatures:
        widget = signature.widget
        if widget and widget.page and widget.rect:
            found[signature.field, widget.page, widget.rect] = None
        for item in signature.changes:
            if item.change in _FILLED and item.page and item.rect:
                found[item.field, item.page, item.rect] = None
    for name, page, rect in found:
        if _is_place(rect):
            yield {"name": name, "page": page, "rect": list(rect)}


def _is_place(rect: Rect) -> bool:
    return all(isfinite(value) and abs(value) < _LARGEST for value in rect)


def _nothing(document: DocumentEvidence, ends: tuple[int, ...], problem: str) -> PageComparison:
    undrawn = (UndrawnPage(0, ends[-1], problem),)
    return PageComparison(ends, _revisions_at(document, ends), 0, undrawn=undrawn)


def _revisions_at(document: DocumentEvidence, ends: tuple[int, ...]) -> tuple[int, ...]:
    """Return the newest revision of each state: the one in which its signature was written."""
    signed = {
        signature.byte_range.end: signature.revision
        for signature in document.signatures
        if signature.byte_range is not None
    }
    return (*(signed[end] for end in ends[:-1]), len(document.revisions))


def _comparison(
    document: DocumentEvidence, ends: tuple[int, ...], output: _Output, limits: ComparisonLimits
) -> PageComparison:
    """Return what the process found; whatever it did not say it compared was not compared."""
    lines, senseless = _decoded(output.text, _LINES)
    problem = output.problem or ("stopped" if senseless else "")
    counts = next((line.counts for line in lines if isinstance(line, _Opened)), ())
    if len(counts) != len(ends):
        return _nothing(document, ends, problem or "stopped")
    compared = {line.page for line in lines if isinstance(line, _Compared)}
    found = [d for d in lines if isinstance(d, _Different)]
    differences = [_difference(d) for d in found[:_MOST_DIFFERENCES]]
    undrawn = [UndrawnPage(u.page, u.end, u.problem) for u in lines if isinstance(u, _Undrawn)]
    for (start, before), (end, after) in pairwise(zip(ends, counts, strict=True)):
        if -1 not in (before, after) and before != after:
            first = min(before, after) + 1
            differences.append(PageDifference(first, start, end, None, 1.0, tuple(PageView)))
    for end, count in zip(ends, counts, strict=True):
        if count < 0:
            undrawn.append(UndrawnPage(0, end, "not-opened"))
    # A page that only our own reader finds was not drawn either.
    missing = [n for n in range(1, max(document.page_count, *counts) + 1) if n not in compared]
    done = any(isinstance(line, _Done) for line in lines)
    if not done and not problem:
        problem = "time"
    for page in missing[:_NAMED]:
        reason = "bounds" if page > limits.pages else problem or "not-loaded"
        undrawn.append(UndrawnPage(page, ends[-1], reason))
    if problem and not missing:
        undrawn.append(UndrawnPage(0, ends[-1], problem))
    if len(found) > _MOST_DIFFERENCES:
        undrawn.append(UndrawnPage(0, ends[-1], "bounds"))
    return PageComparison(
        ends, _revisions_at(document, ends), len(compared), tuple(differences), tuple(undrawn)
    )


def _difference(found: _Different) -> PageDifference:
    rect = found.rect if found.rect is not None and _is_place(found.rect) else None
    share, covered = _part(found.share), _part(found.covered)
    return PageDifference(
        found.page, found.start, found.end, rect, share, found.views, found.inside, covered
    )


# ------------------------------------------------------------------- pictures


class _Marked(Struct, frozen=True):
    signature: int
    region: tuple[float, float, float, float]


class _Drawn(Struct, frozen=True):
    page: int
    width: int
    height: int
    png: bytes
    """Decoded from base64."""

    def picture(self, marks: tuple[Mark, ...] = ()) -> PagePicture | None:
        """Return the picture, where it is one."""
        if not self.png.startswith(_PNG):
            return None
        return PagePicture(self.page, self.width, self.height, self.png, marks)


class _Page(_Drawn, frozen=True, tag_field="kind", tag="page"):
    marks: tuple[_Marked, ...] = ()


class _Change(Struct, frozen=True, tag_field="kind", tag="change"):
    revision: int
    page: int
    before: _Drawn | None
    after: _Drawn | None
    regions: tuple[tuple[float, float, float, float], ...]


class _Finished(Struct, frozen=True, tag_field="kind", tag="done"):
    compared: bool
    trouble: bool


_PictureLine = _Page | _Change | _Finished
_PICTURE_LINES: msgspec.json.Decoder[_PictureLine] = msgspec.json.Decoder(_PictureLine)


def draw(
    data: bytes,
    document: DocumentReport,
    *,
    password: str | None = None,
    limits: PictureLimits | None = None,
) -> Pictures:
    """Return pictures of a document that was judged; `problem` says why some are missing.

    `data` are the bytes the report is about: others are refused, for a picture of another file
    would be worse than none. Never raises for what the file does to the drawing process.
    """
    evidence = document.evidence
    if evidence is None:
        return Pictures()
    if hashlib.sha256(data).hexdigest() != document.sha256:
        return Pictures(problem="other-file")
    if not is_installed("PIL"):
        return Pictures(problem="not-installed")
    limits = limits or PictureLimits()
    asked = _pictures_asked(evidence, limits, password)
    data = data[evidence.before_header :]
    output = _output(asked, data, limits.seconds, limits.output)
    found = pictures(output.text)
    wanted, revisions = len(asked["pages"]), asked["revisions"]
    first = min((s.revision for s in evidence.signatures), default=revisions[0]["number"])
    whole = wanted == evidence.page_count and revisions[0]["number"] <= first
    if found.problem:
        log(WARNING, "drawing pages stopped after %d of %d", len(found.pages), wanted)
    return replace(
        found,
        compared=found.compared and whole,
        left_out=evidence.page_count - len(found.pages),
    )


def _pictures_asked(
    document: DocumentEvidence, limits: PictureLimits, password: str | None
) -> dict[str, Any]:
    """Return what to draw, as plain JSON."""
    return {
        "task": "pictures",
        "revisions": _revisions(document, limits),
        "pages": wanted_pages(document, limits),
        "rects": [
            {"name": str(s.index), "page": s.widget.page, "rect": list(s.widget.rect)}
            for s in document.signatures
            if s.widget and s.widget.page and s.widget.rect and s.widget.visible
            if _is_place(s.widget.rect)
        ],
        "password": password,
        "dpi": 300.0,
        "pixels": limits.width * limits.height,
        "width": limits.width,
        "height": limits.height,
        "thumbnail": limits.thumbnail,
        "seconds": limits.seconds,
        "bytes": limits.picture_bytes,
        "memory": limits.memory,
        "output": limits.output,
    }


def _revisions(document: DocumentEvidence, limits: PictureLimits) -> list[dict[str, int]]:
    """Return the revisions to compare: from the first signature's on, the file itself last."""
    newest = len(document.revisions)
    first = min((s.revision for s in document.signatures), default=newest + 1)
    found = [{"number": r.number, "end": r.end} for r in document.revisions if r.number >= first]
    if not found:
        return [{"number": newest, "end": document.size}]
    found[-1] = {"number": found[-1]["number"], "end": document.size}
    return found[-limits.revisions :]


def wanted_pages(document: DocumentEvidence, limits: PictureLimits) -> list[int]:
    """Return the pages to draw: those something happened on, then the others in order."""
    there = range(1, document.page_count + 1)
    eventful = {s.widget.page for s in document.signatures if s.widget}
    eventful |= {item.page for s in document.signatures for item in s.changes}
    ranked = sorted(there, key=lambda page: page not in eventful)
    return sorted(ranked[: limits.pages])


def pictures(text: bytes) -> Pictures:
    """Return the pictures of every line that makes sense; a cut or wrong line is passed over."""
    pages: list[PagePicture] = []
    changes: list[PageChange] = []
    done: _Finished | None = None
    lines, _ = _decoded(text, _PICTURE_LINES)
    for found in lines:
        if isinstance(found, _Page):
            marks = tuple(Mark(m.signature, _region(m.region)) for m in found.marks)
            if picture := found.picture(marks):
                pages.append(picture)
        elif isinstance(found, _Change):
            changes.append(_change(found))
        else:
            done = found
    return Pictures(
        pages=tuple(pages),
        changes=tuple(changes),
        compared=done is not None and done.compared,
        problem="" if done and not done.trouble else "stopped",
    )


def _change(found: _Change) -> PageChange:
    return PageChange(
        revision=found.revision,
        page=found.page,
        before=found.before.picture() if found.before else None,
        after=found.after.picture() if found.after else None,
        regions=tuple(_region(region) for region in found.regions),
    )


def _region(found: tuple[float, float, float, float]) -> Region:
    return Region(*map(_part, found))
