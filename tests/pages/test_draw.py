"""Pages are drawn in a process of its own: what it finds, and what a hostile file costs."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from msgspec.structs import replace

import sigcheck
from sigcheck.model.pictures import Pictures
from sigcheck.model.report import DocumentReport
from sigcheck.pages import PictureLimits, draw, process
from sigcheck.pages.process import pictures as answered

Image = pytest.importorskip("PIL.Image")
pytest.importorskip("pypdfium2")


def judged(path: Path) -> tuple[bytes, DocumentReport]:
    """Return a file and the report on it, without any trust: pictures need none."""
    data = path.read_bytes()
    return data, sigcheck.verify(data).document


@pytest.fixture(scope="module")
def directive(fixtures: Path) -> tuple[bytes, DocumentReport]:
    """Return the model document."""
    return judged(fixtures / "vectors" / "long-an" / "2691-ct-ubnd" / "document.pdf")


@pytest.fixture(scope="module")
def drawn(directive: tuple[bytes, DocumentReport]) -> Pictures:
    """Return its pictures."""
    return draw(*directive)


def test_every_page_is_drawn_with_its_signatures(drawn: Pictures) -> None:
    """Six pages; number and date on the first, the others on the last (fixtures/README.md)."""
    marks = {picture.page: {m.signature for m in picture.marks} for picture in drawn.pages}

    assert drawn.problem == ""
    assert drawn.left_out == 0
    assert marks == {1: {2, 3}, 2: set(), 3: set(), 4: set(), 5: set(), 6: {0, 1, 4}}


def test_a_frame_lies_where_the_rectangle_is(
    directive: tuple[bytes, DocumentReport], drawn: Pictures
) -> None:
    """The fractions are the rectangle's, counted from the top of an A4 page."""
    widget = directive[1].signatures[4].evidence.widget
    assert widget is not None
    assert widget.rect is not None
    region = next(m.region for p in drawn.pages for m in p.marks if m.signature == 4)

    assert region.left == pytest.approx(widget.rect[0] / 595.32, abs=0.005)
    assert region.top == pytest.approx(1 - widget.rect[3] / 841.92, abs=0.005)


def test_each_later_change_is_found_on_its_page(drawn: Pictures) -> None:
    """Signature 2 and 5 show on page 6, the number and the date on page 1; no other page moved."""
    assert [(c.revision, c.page) for c in drawn.changes] == [(3, 6), (4, 1), (5, 1), (6, 6)]
    assert drawn.compared
    assert all(len(c.regions) == 1 for c in drawn.changes)


def test_the_pictures_keep_the_report_small(drawn: Pictures) -> None:
    """All of them together leave room for a page under 2 MB."""
    total = sum(len(p.png) for p in drawn.pages)
    total += sum(len(s.png) for c in drawn.changes for s in (c.before, c.after) if s)

    assert total * 4 / 3 < 1_500_000


def test_the_seal_stays_red(drawn: Pictures) -> None:
    """A few colours are enough, but red ink is not among those that may be lost."""
    last = drawn.changes[-1].after
    assert last is not None
    colours = Image.open(BytesIO(last.png)).convert("RGB").getcolors(1 << 20)

    assert any(r > 150 and g < 110 and b < 110 for _, (r, g, b) in colours)


def test_pictures_of_another_file_are_refused(directive: tuple[bytes, DocumentReport]) -> None:
    """A file that changed since it was judged is not shown."""
    data, document = directive

    assert draw(data + b"\n", document).problem == "other-file"


def test_without_the_extra_there_are_none(
    directive: tuple[bytes, DocumentReport], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said, not raised."""
    monkeypatch.setattr(process, "find_spec", lambda _: None)

    assert draw(*directive).problem == "not-installed"


def test_a_process_that_stops_costs_the_pictures_only(
    directive: tuple[bytes, DocumentReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was told before a crash is kept, and the report says that some are missing."""
    crashing = tmp_path / "worker.py"
    crashing.write_text("import os, sys; sys.stdin.buffer.read(); os.abort()")
    monkeypatch.setattr(process, "_WORKER", crashing)

    assert draw(*directive).problem == "stopped"


def test_a_process_that_hangs_is_ended(
    directive: tuple[bytes, DocumentReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait is bounded from outside."""
    hanging = tmp_path / "worker.py"
    hanging.write_text("import sys, time; sys.stdin.buffer.read(); time.sleep(600)")
    monkeypatch.setattr(process, "_WORKER", hanging)

    assert draw(*directive, limits=PictureLimits(seconds=0.5)).problem == "stopped"


def test_a_process_that_wants_too_much_memory_is_refused(
    directive: tuple[bytes, DocumentReport],
) -> None:
    """The limit on memory is the system's, so PDFium cannot pass it."""
    assert draw(*directive, limits=PictureLimits(memory=64 * 1024 * 1024)).problem == "stopped"


def test_pages_are_left_out_when_there_are_many(directive: tuple[bytes, DocumentReport]) -> None:
    """Those with signatures come first, and the rest is counted."""
    found = draw(*directive, limits=PictureLimits(pages=2))

    assert [p.page for p in found.pages] == [1, 6]
    assert found.left_out == 4
    assert not found.compared


@pytest.mark.parametrize(
    "case", ["file/not-a-pdf", "bytes/range-beyond-file", "attack-usf", "attack-swa", "attack-isa"]
)
def test_hostile_files_never_raise(fixtures: Path, case: str) -> None:
    """Whatever the file is, there is an answer."""
    for path in sorted((fixtures / "vectors" / case).rglob("document.pdf"))[:3]:
        assert isinstance(draw(*judged(path)), Pictures)


def test_an_answer_that_makes_no_sense_is_passed_over() -> None:
    """The process may have been taken over: lines are checked one by one."""
    good = {"kind": "page", "page": 1, "width": 1, "height": 1, "png": "iVBORw0KGgo="}
    region = {"signature": 0, "region": [-5, 2, 0.5, 0.5]}
    lines = [
        "no json",
        "[1]",
        json.dumps({**good, "png": "PHN2Zz4="}),
        json.dumps({**good, "page": "x"}),
        json.dumps({"kind": "change", "revision": 1}),
        json.dumps({**good, "marks": [region]}),
    ]

    found = answered("\n".join(lines).encode())

    assert len(found.pages) == 1
    assert found.pages[0].marks[0].region.left == 0
    assert found.pages[0].marks[0].region.top == 1
    assert found.problem == "stopped"


def test_nothing_is_drawn_of_a_document_that_was_not_read(fixtures: Path) -> None:
    """A file that is no PDF has no pages."""
    data, document = judged(fixtures / "vectors" / "file" / "not-a-pdf" / "document.pdf")

    assert draw(data, replace(document, evidence=None)) == Pictures()
