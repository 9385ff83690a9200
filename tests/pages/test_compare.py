"""Pages as signed and as they are: what differs is found in its place, and nothing else is.

Every document is drawn by the real PDFium; where something is painted, and so where a difference
must lie, is written down here by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import sigcheck
from fixtures.make.pdf import Name, Ref, Stream
from fixtures.make.revision import Document, append, create
from sigcheck.model.evidence import (
    ChangeClass,
    ChangeItem,
    DocumentEvidence,
    PageComparison,
    PageView,
    Rect,
    SignatureKind,
    UndrawnPage,
    WidgetFacts,
)
from sigcheck.pages import ComparisonLimits, compare, process, states
from tests import facts

pytest.importorskip("pypdfium2_raw")

SIDE = 200
"""Points of the page's sides."""
EVERYWHERE = (PageView.CONTENT, PageView.SCREEN, PageView.PRINT)
DRAWN_WITH = (PageView.SCREEN, PageView.PRINT)


def square(left: int, bottom: int, side: int = 30) -> bytes:
    """Return the operators of a black square."""
    return b"0 g %d %d %d %d re f\n" % (left, bottom, side, side)


def page(contents: int, **more: Any) -> dict[str, Any]:
    """Return a page."""
    box = [0, 0, SIDE, SIDE]
    return {
        "Type": Name("Page"),
        "Parent": Ref(2),
        "MediaBox": box,
        "Contents": Ref(contents),
        **more,
    }


def document(pages: int = 1, **more: Any) -> Document:
    """Return pages 3, 4, … of one square each; object 20 holds it."""
    kids = [Ref(3 + index) for index in range(pages)]
    objects = {
        1: {"Type": Name("Catalog"), "Pages": Ref(2)},
        2: {"Type": Name("Pages"), "Kids": kids, "Count": pages},
        **{kid.number: page(20, **more) for kid in kids},
        20: Stream(square(20, 20)),
    }
    return create(objects, {"Root": Ref(1)})


def annotation(flags: int, rect: list[int], subtype: str = "Stamp") -> dict[str, Any]:
    """Return an annotation whose appearance is object 31."""
    return {
        "Type": Name("Annot"),
        "Subtype": Name(subtype),
        "Rect": rect,
        "F": flags,
        "AP": {"N": Ref(31)},
    }


FILLED = Stream(
    b"1 0 0 rg 0 0 40 40 re f",
    {"Type": Name("XObject"), "Subtype": Name("Form"), "BBox": [0, 0, 40, 40]},
)


@dataclass
class Case:
    """A file in two or more states, each of which was signed."""

    data: bytes
    evidence: DocumentEvidence

    def compared(self, **limits: Any) -> PageComparison:
        """Return the comparison."""
        found = compare(self.data, self.evidence, limits=ComparisonLimits(**limits))
        assert found is not None
        return found


def case(*documents: Document, pages: int = 1, widget: Rect | None = None) -> Case:
    """Return the last document with evidence that the others' ends were signed.

    `widget` is where the last of the signatures shows itself.
    """
    data = documents[-1].data
    signatures = []
    for index, state in enumerate(documents):
        covered = replace(facts.byte_range(), end=len(state.data), inside_file=True)
        last = widget is not None and index == len(documents) - 1
        where = WidgetFacts(page=1, rect=widget, visible=True) if last else None
        name = f"Signature{index + 1}"
        signatures.append(facts.evidence(field=name, index=index, byte_range=covered, widget=where))
    return Case(data, facts.document(*signatures, size=len(data), page_count=pages))


def test_the_directive_differs_where_it_was_signed_again_alone(fixtures: Path) -> None:
    """Five signatures: number and date on page 1, three signatures on page 6, no content at all."""
    data = (fixtures / "vectors/long-an/2691-ct-ubnd/document.pdf").read_bytes()
    evidence = sigcheck.verify(data).document.evidence
    assert evidence is not None

    found = compare(data, evidence)

    assert found is not None
    assert (found.pages, found.undrawn, len(found.ends)) == (6, (), 5)
    assert {d.page for d in found.differences} == {1, 6}
    assert all(d.inside and PageView.CONTENT not in d.views for d in found.differences)


def test_an_update_that_paints_nothing_is_no_difference() -> None:
    """The same page written again."""
    first = document()

    found = case(first, append(first, {3: page(20)})).compared()

    assert (found.pages, found.differences, found.undrawn) == (1, (), ())


def test_other_content_is_found_in_its_place() -> None:
    """The square moves from (20, 20) to (120, 120): two regions, 2 × 30 × 30 of 200 × 200."""
    first = document()

    found = case(first, append(first, {20: Stream(square(120, 120))})).compared()

    assert [d.views for d in found.differences] == [EVERYWHERE, EVERYWHERE]
    for difference, corner in zip(
        sorted(found.differences, key=lambda d: d.rect or ()), (20, 120), strict=True
    ):
        # Rectangles are of whole cells, six pixels of a hundredth of an inch.
        assert difference.rect == pytest.approx((corner, corner, corner + 30, corner + 30), abs=5)
        assert difference.share == pytest.approx(2 * 30 * 30 / SIDE**2, rel=0.05)
        assert difference.inside == ()


@pytest.mark.parametrize(
    ("flags", "views"),
    [
        pytest.param(4, DRAWN_WITH, id="print"),
        pytest.param(0, (PageView.SCREEN,), id="screen only"),
        pytest.param(4 + 32, (PageView.PRINT,), id="print only"),
        pytest.param(2, (), id="hidden"),
    ],
)
def test_an_annotation_is_seen_where_its_flags_say(flags: int, views: tuple[PageView, ...]) -> None:
    """Flags Hidden (2), Print (4) and NoView (32) of ISO 32000-2, table 167."""
    first = document()
    added = {3: page(20, Annots=[Ref(30)]), 30: annotation(flags, [100, 100, 140, 140])}

    found = case(first, append(first, {**added, 31: FILLED})).compared()

    assert [d.views for d in found.differences] == ([views] if views else [])


def test_optional_content_that_only_prints_is_seen_as_print() -> None:
    """A group whose /Usage shows it in print and not on screen (ISO 32000-2, 8.11.4.4)."""
    usage = {"Print": {"PrintState": Name("ON")}, "View": {"ViewState": Name("OFF")}}
    group = {"Type": Name("OCG"), "Name": b"p", "Usage": usage}
    first = document(Resources={"Properties": {"P": Ref(30)}})
    first = append(first, {30: group})
    marked = square(20, 20) + b"/OC /P BDC\n" + square(100, 100) + b"EMC\n"

    found = case(first, append(first, {20: Stream(marked)})).compared()

    assert [d.views for d in found.differences] == [(PageView.PRINT,)]


def signed_at(rect: list[int], before: Document) -> Document:
    """Return the document with a signature field whose appearance fills its rectangle."""
    widget = {**annotation(4, rect, "Widget"), "FT": Name("Sig"), "T": b"Signature2"}
    form = {"Fields": [Ref(30)], "SigFlags": 3}
    changes = {
        1: {"Type": Name("Catalog"), "Pages": Ref(2), "AcroForm": form},
        3: page(20, Annots=[Ref(30)]),
        30: widget,
        31: FILLED,
    }
    return append(before, changes)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_signature_lies_inside_its_own_rectangle(rotate: int) -> None:
    """Also on a page that is shown turned."""
    first = document(Rotate=rotate)
    second = signed_at([100, 140, 140, 180], first)
    second = append(second, {3: page(20, Annots=[Ref(30)], Rotate=rotate)})

    found = case(first, second, widget=(100, 140, 140, 180)).compared()

    assert {d.inside for d in found.differences} == {("Signature2",)}
    assert {d.views for d in found.differences} == {DRAWN_WITH}
    (rect,) = [d.rect for d in found.differences]
    assert rect == pytest.approx((100, 140, 140, 180), abs=5)


def test_what_lies_beside_the_rectangle_is_told_apart() -> None:
    """A square of content that touches the signature is not inside of it."""
    first = document()
    second = signed_at([100, 140, 140, 180], first)
    second = append(second, {20: Stream(square(20, 20) + square(140, 140))})

    found = case(first, second, widget=(100, 140, 140, 180)).compared()

    outside = [d for d in found.differences if not d.inside]
    assert [d.views for d in outside] == [EVERYWHERE]
    assert outside[0].rect == pytest.approx((140, 140, 170, 170), abs=5)


def test_each_state_is_compared_with_the_next_alone() -> None:
    """What the second update did is not told of the first, and what came back still happened."""
    first = document()
    second = append(first, {20: Stream(square(120, 120))})
    third = append(second, {20: Stream(square(20, 20))})

    found = case(first, second, third).compared()

    ends = tuple(len(state.data) for state in (first, second, third))
    assert found.ends == ends
    assert {(d.start, d.end) for d in found.differences} == {(ends[0], ends[1]), (ends[1], ends[2])}


def test_a_page_more_or_less_is_a_difference() -> None:
    """The number of pages counts, even of empty ones."""
    first = document(2)
    tree = {"Type": Name("Pages"), "Kids": [Ref(3)], "Count": 1}

    found = case(first, append(first, {2: tree}), pages=1).compared()

    assert [(d.page, d.rect, d.share) for d in found.differences] == [(2, None, 1.0)]


def test_a_page_of_another_size_is_a_difference() -> None:
    """The whole of it."""
    first = document()

    found = case(first, append(first, {3: {**page(20), "MediaBox": [0, 0, 200, 220]}})).compared()

    assert [(d.rect, d.views) for d in found.differences] == [(None, EVERYWHERE)]


def test_a_page_box_that_is_rounded_is_none() -> None:
    """Writers print 595.32001 as 595.32: less than 0.01 pt (design, one reading, 2)."""
    first = document(MediaBox=[0, 0, 199.9951, 200.0049])

    found = case(first, append(first, {3: page(20)})).compared()

    assert found.differences == ()


def test_a_page_box_that_moves_by_more_is_one() -> None:
    """Half a point moves what is drawn."""
    first = document()

    found = case(first, append(first, {3: {**page(20), "MediaBox": [0.5, 0, 200.5, 200]}}))

    assert found.compared().differences


def test_a_page_that_cannot_be_drawn_is_said() -> None:
    """A page that is no dictionary any more."""
    first = document(2)
    second = append(first, {4: 7})

    found = case(first, second, pages=2).compared()

    assert [(u.page, u.problem) for u in found.undrawn] == [(2, "not-loaded")]


def test_a_state_that_cannot_be_opened_is_said() -> None:
    """No viewer opens the first bytes of a file without its catalogue."""
    whole = document()
    first = whole.with_data(whole.data[:20])

    found = case(first, whole).compared()

    assert (found.undrawn, found.differences) == ((UndrawnPage(0, 20, "not-opened"),), ())


def test_a_page_that_only_our_own_reader_finds_is_said() -> None:
    """PDFium knows of one page, the evidence of two: the second was not looked at."""
    first = document()

    found = case(first, append(first, {3: page(20)}), pages=2).compared()

    assert (found.pages, found.undrawn[0].page) == (1, 2)


def test_a_page_too_large_is_said() -> None:
    """A side of 30 000 points is beyond annex C.2."""
    first = document(MediaBox=[0, 0, 30_000, 30])

    found = case(first, append(first, {20: Stream(b"")})).compared()

    assert {u.problem for u in found.undrawn} == {"too-large"}


def test_a_large_page_is_drawn_smaller() -> None:
    """A0 has fewer pixels than a hundred to the inch, and its differences are found."""
    first = document(MediaBox=[0, 0, 2384, 3370])

    found = case(first, append(first, {20: Stream(b"")})).compared()

    assert found.differences[0].rect == pytest.approx((20, 20, 50, 50), abs=9)


@pytest.mark.parametrize(
    ("limits", "pages"), [({"pages": 2}, [3]), ({"states": 1}, [0]), ({"seconds": 0.0}, [0])]
)
def test_what_lies_beyond_a_bound_is_said(limits: dict[str, Any], pages: list[int]) -> None:
    """Pages, states and time are bounded; what was left is named."""
    first = document(3)

    found = case(first, append(first, {20: Stream(b"")}), pages=3).compared(**limits)

    assert [u.page for u in found.undrawn] == pages
    assert {u.problem for u in found.undrawn} == {"time" if "seconds" in limits else "bounds"}


def test_without_the_library_nothing_is_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said, not raised and not passed over."""
    monkeypatch.setattr(process, "find_spec", lambda _: None)
    first = document()

    found = case(first, append(first, {3: page(20)})).compared()

    assert [u.problem for u in found.undrawn] == ["not-installed"]


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a program that takes the drawing process's place, to be written."""
    program = tmp_path / "worker.py"
    monkeypatch.setattr(process, "_WORKER", program)
    return program


OPENED = json.dumps({"kind": "opened", "counts": [1, 1]})
COMPARED = json.dumps({"kind": "compared", "page": 1})
DONE = json.dumps({"kind": "done"})


@pytest.mark.parametrize(
    ("lines", "last", "problem"),
    [
        pytest.param([], "os.abort()", "stopped", id="crash"),
        pytest.param([OPENED], "os.abort()", "stopped", id="crash on the page"),
        pytest.param([OPENED, COMPARED], "os.abort()", "stopped", id="crash at the end"),
        pytest.param([OPENED, COMPARED, DONE], "os.abort()", "stopped", id="crash after the end"),
        pytest.param([OPENED], "time.sleep(600)", "time", id="hang"),
        pytest.param([], "sys.exit(0)", "stopped", id="silence"),
        pytest.param([OPENED, COMPARED], "sys.exit(0)", "time", id="no end"),
        pytest.param(["[]", OPENED, COMPARED, DONE], "sys.exit(0)", "stopped", id="no sense"),
        pytest.param(["[" * 100_000, OPENED], "sys.exit(0)", "stopped", id="deep"),
        pytest.param([OPENED.replace("[1, 1]", "[1]"), DONE], "0", "stopped", id="other counts"),
    ],
)
def test_a_process_that_fails_is_no_pass(
    worker: Path, lines: list[str], last: str, problem: str
) -> None:
    """Whatever becomes of the process, pages that it did not compare to the end are named."""
    said = "".join(line + "\n" for line in lines)
    worker.write_text(
        f"import os, sys, time\nsys.stdin.buffer.read()\nsys.stdout.write({said!r})\n"
        f"sys.stdout.flush()\n{last}\n"
    )
    first = document()

    found = case(first, append(first, {3: page(20)})).compared(seconds=1.0)

    assert [u.problem for u in found.undrawn] == [problem]


def test_a_process_that_reads_nothing_is_ended(worker: Path) -> None:
    """The file is larger than a pipe; writing it would wait forever."""
    worker.write_text("import time\ntime.sleep(600)\n")
    first = document()
    large = append(first, {21: Stream(bytes(1 << 20), plain=True)})

    found = case(first, large).compared(seconds=0.5)

    assert [u.problem for u in found.undrawn] == ["time"]


def test_a_process_that_says_too_much_is_ended(worker: Path) -> None:
    """Its output is bounded."""
    worker.write_text("import sys\nwhile True: sys.stdout.write('x' * 65536)\n")
    first = document()

    found = case(first, append(first, {3: page(20)})).compared(output=1 << 20)

    assert found.undrawn


def test_memory_is_bounded() -> None:
    """The limit is the system's, so PDFium cannot pass it."""
    first = document()

    found = case(first, append(first, {3: page(20)})).compared(memory=8 << 20)

    assert [u.problem for u in found.undrawn] == ["stopped"]


def test_nothing_follows_the_only_signature() -> None:
    """There is nothing to compare, and no process is started."""
    first = document()

    assert states(case(first).evidence) == ()
    assert compare(first.data, case(first).evidence) is None


def test_a_document_time_stamp_is_no_state() -> None:
    """It shows nobody's will; what follows it is compared from the signature before."""
    first = document()
    second, third = append(first, {21: 1}), append(first, {21: 1, 22: 2})
    found = case(first, second, third).evidence
    stamp = replace(found.signatures[1], kind=SignatureKind.DOCUMENT_TIMESTAMP)
    stamped = replace(found, signatures=(found.signatures[0], stamp, found.signatures[2]))

    assert states(stamped) == (len(first.data), len(third.data))


def test_a_filled_field_is_named() -> None:
    """A change that fills a field gives its rectangle a name."""
    first = document()
    second = append(first, {20: Stream(square(20, 20) + square(100, 100))})
    made = case(first, second)
    rect = (95.0, 95.0, 135.0, 135.0)
    item = ChangeItem(ChangeClass.FORM_FILLING, 2, "value", "/V", page=1, rect=rect, field="name")
    first_signed = replace(made.evidence.signatures[0], changes=(item,))
    evidence = replace(made.evidence, signatures=(first_signed, made.evidence.signatures[1]))

    found = Case(made.data, evidence).compared()

    assert [d.inside for d in found.differences] == [("name",)]
