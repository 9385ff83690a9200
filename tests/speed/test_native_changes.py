"""What the library does for the comparison of revisions is what the Python code does."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigcheck.evidence.changes import content
from sigcheck.evidence.changes.content import IDENTITY, Drawing
from sigcheck.evidence.native import native
from sigcheck.evidence.pdf import Dict, PdfDocument, Stream, View
from sigcheck.model.limits import Limits
from tests.pdf.builder import Pdf, open_pdf

pytestmark = pytest.mark.skipif(
    not hasattr(native, "follow"), reason="the native parts are not built here"
)

FORM = b"/Type /XObject /Subtype /Form /Matrix [0.5 0 0 2 10 20]"
RESOURCES = (
    b"<< /Font << /F1 5 0 R /F2 6 0 R /#46#e9 6 0 R >> /XObject << /Im 7 0 R /Fm 8 0 R /Fn 9 0 R >>"
    b" >>"
)
INNER = b"BT /F2 9 Tf (inner) Tj ET q 3 0 0 3 1 1 cm /Im Do Q /Fm Do"
FRAGMENTS = (
    b"q", b"Q", b"cm", b"BT", b"ET", b"Tm", b"Td", b"TD", b"TL", b"T*", b"Tf", b"Tj", b"TJ", b"'",
    b'"', b"Do", b"1 0 0 1 72 700 cm", b"1 0 0 1 72.5 -7 Tm", b".5 0 0 -.5 1e3 2 cm", b"/F1 12 Tf",
    b"/F2 +8. Tf", b"/Fxx 1_0 Tf", b"/F\xe9 9 Tf", b"/F1/F2 3 Tf", b"/F1<</A/B>> 7 Tf", b"Tf",
    b"(words)Tj", b"(a(b)c) Tj", b"(a((b))c) Tj", b"(\\) Tj) Tj", b"(\\\\) Tj", b"(  ) Tj",
    b"[(a)-120(b)<00410042>]TJ", b"<0003 20>Tj", b"<41 \x0b4>Tj", b"<>Tj", b"<4x>Tj", b"( Tj",
    b") Tj", b"12 TL", b"-0 -14 TD", b"0 14 Td", b"inf nan Td", b"--3 5 Td", b"9e999 1 Td",
    b"99999999999 0 Td", b'1 2 3 (x) "', b"(next) '", b"/Im Do", b"/Fm Do", b"/Fn Do", b"/No Do",
    b"/Im", b"0 0 0 0 0 0 cm", b"1e200 0 0 1e200 0 0 cm", b"%c (\n", b"xTj", b"TjTj", b"qQ", b"\\",
    b"(", b")", b"/", b"\x0b", b"\0", b"BI /W 1 ID \x01Q\xff EI", b"1000000000 1 1 1 1 1 Tm",
    b"+-1 +.5 Td", b"A 5 Td", b"5 ] Td", b"'q", b"T", b"D", b"c",
)  # fmt: skip


@cache
def _view() -> View:
    pdf = Pdf()
    pdf.add(1, b"<< /Type /Catalog /Pages 2 0 R >>")
    pdf.add(2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
    pdf.add(3, b"<< /Type /Page /Parent 2 0 R /Resources %s >>" % RESOURCES)
    pdf.add(5, b"<< /Type /Font /Subtype /Type1 >>")
    pdf.add(6, b"<< /Type /Font /Subtype /Type0 >>")
    pdf.stream(7, b"x", b"/Subtype /Image")
    pdf.stream(8, INNER, FORM + b" /Resources %s" % RESOURCES)
    pdf.stream(9, b"BT (of its caller's) Tj /F2 3 Tf (wide ones) ' ET", FORM)
    return open_pdf(bytes(pdf.table().data)).view()


def _drawn(data: bytes, left: int, room: int, *, alone: bool) -> tuple[str, bool]:
    """Draw one way; the boxes are spelt, so that every bit counts."""
    view = _view()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content, "_MAX_BOXES", room)
        if alone:
            patch.setattr(content, "_native_follow", None)
        drawing = Drawing(view, left=left)
        resources = view.pages()[0][1]["Resources"]
        assert isinstance(resources, Dict)
        drawing.draw(data, resources, IDENTITY, 0)
    return repr(drawing.boxes), drawing.left < 0 or len(drawing.boxes) >= room


def _taken(data: bytes) -> bool:
    """Say whether the library follows a stream at all."""
    assert native is not None
    sort = content._TEXT
    made = native.follow(data, IDENTITY, 1 << 20, 1 << 15, lambda _: False, lambda _: 0, sort)
    return made is not None


def _compare(data: bytes, left: int = 100_000, room: int = 20_000) -> None:
    assert _drawn(data, left, room, alone=False) == _drawn(data, left, room, alone=True)


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=4), max_size=40),
    st.sampled_from((b" ", b"\n", b"")),
    st.sampled_from((100_000, 0, 1, 7, 25)),
    st.sampled_from((20_000, 0, 1, 3)),
)
def test_made_streams_are_drawn_alike(parts: list[bytes], gap: bytes, left: int, room: int) -> None:
    """Operators, operands and junk in any order, and where the limits are reached."""
    _compare(gap.join(parts), left, room)


def test_operands_out_of_reach_are_left_to_python() -> None:
    """So far before an operator, the Python code no longer looks, either."""
    data = b"BT /F1 12 Tf (" + b"x" * 70_000 + b") Tj ET"

    assert not _taken(data)
    _compare(data)


def _contents(paths: list[Path]) -> Iterator[bytes]:
    """Yield what all streams hold that may draw."""
    for path in paths:
        try:
            document = PdfDocument.open(path.read_bytes(), Limits())
        except Exception:  # noqa: BLE001 - files that no one can read are not asked about
            continue
        view = document.view()
        for _, page in view.pages()[:40]:
            data = b"\n".join(Drawing(view)._parts(page.get("Contents")))
            if data.strip():
                yield data
        for num in document.revisions[-1].entries:
            value = view.object(num)
            if isinstance(value, Stream) and value.dict.get("Subtype") == "Form":
                yield content._decoded(value) or b" "


def _mutated(data: bytes, chance: random.Random) -> bytes:
    made = bytearray(data[:20_000])
    for _ in range(chance.randrange(1, 8)):
        at = chance.randrange(len(made))
        made[at : at + chance.randrange(3)] = chance.choice(FRAGMENTS)
    return bytes(made)


def _both_ways(paths: list[Path], mutants: int) -> tuple[int, int]:
    chance = random.Random(5)
    found, taken = 0, 0
    for data in sorted(set(_contents(paths))):
        found += 1
        taken += _taken(data)
        _compare(data)
        for _ in range(mutants):
            _compare(_mutated(data, chance))
    return found, taken


def test_the_vectors_pages_are_drawn_alike(fixtures: Path) -> None:
    """And nearly all of them by the library: were they not, nothing would be won."""
    found, taken = _both_ways(sorted((fixtures / "vectors").rglob("*.pdf")), 2)

    assert found > 20
    assert taken >= 0.9 * found


@pytest.mark.corpus
def test_the_corpus_pages_are_drawn_alike(corpus: Path) -> None:
    """The same over real files, as far as there are any."""
    found, taken = _both_ways(sorted(corpus.rglob("*.pdf")), 1)

    assert taken >= 0.8 * found
