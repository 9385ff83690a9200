"""Content streams, CMaps and glyph names, against outside sources and hostile input."""

from __future__ import annotations

import time

import pytest

from sigcheck.evidence.appearance.content import shown, statements
from sigcheck.evidence.appearance.fonts import glyph_text, parse_cmap
from tests.appearance.builder import Sheet
from tests.budget import BUDGET

HOSTILE = {
    "brackets": b"(" * 200_000,
    "arrays": b"[" * 200_000,
    "open array": b"[" + b"(a)" * 100_000,
    "dictionaries": b"<<" * 100_000,
    "numbers": b"1 " * 200_000,
    "strings": b"(\\" * 100_000,
    "hex": b"<00" * 100_000,
    "operators": b"q " * 200_000,
    "inline images": b"BI ID " * 60_000,
    "noise": bytes(range(256)) * 1000,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_content_costs_bounded_time(content: bytes) -> None:
    """No content makes the reader scan the same bytes over and over."""
    started = time.perf_counter()

    Sheet(draws=content, prints=content).facts()

    assert time.perf_counter() - started < BUDGET


def test_inline_images_are_skipped() -> None:
    """The bytes of an inline image are operands of its EI, not operators (8.9.7)."""
    found = list(statements(b"BI /W 1 /H 1 ID (((( q 1 EI\n5 w"))

    assert [operator for operator, _ in found] == [b"BI", b"ID", b"EI", b"w"]


def test_parts_of_shown_text() -> None:
    """Strings and adjustments come in order."""
    assert list(shown(b"[(a) -20.5 <62>3(c)]")) == [b"a", -20.5, b"b", 3.0, b"c"]


def test_cmap_forms() -> None:
    """Characters, ranges and ranges by list, as tools write them (9.10.3)."""
    table = parse_cmap(
        b"2 beginbfchar <01> <0041> <0002> <00540069> endbfchar\n"
        b"2 beginbfrange <10> <12> <0061> <20> <21> [<1EA1> <1EA3>] endbfrange"
    )

    assert [table.get(code) for code in (1, 2, 0x10, 0x12, 0x13, 0x20, 0x21)] == [
        "A", "Ti", "a", "c", None, "ạ", "ả",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        b"beginbfchar" * 20_000,
        b"beginbfrange <00> <ffffffff> <0041> endbfrange",
        b"beginbfrange <00> <ff> <ffff> endbfrange",
        b"beginbfchar <00> <d8> endbfchar",
    ],
)
def test_hostile_cmaps(data: bytes) -> None:
    """A CMap cannot make tables of any size, nor break the text."""
    table = parse_cmap(data)

    assert all(isinstance(table.get(code) or "", str) for code in range(300))


def test_vietnamese_glyph_names_agree_with_the_adobe_glyph_list() -> None:
    """Every Vietnamese letter the list names is read as that letter."""
    agl = pytest.importorskip("fontTools.agl")
    known = {**agl.LEGACY_AGL2UV, **agl.AGL2UV}
    plain = {name: code[0] if isinstance(code, list) else code for name, code in known.items()}
    letters = {name: chr(code) for name, code in plain.items() if 0x1EA0 <= code <= 0x1EF9}
    letters |= {name: chr(plain[name]) for name in ("ohorn", "Uhorn", "dcroat", "seven")}

    wrong = {
        name: glyph_text(name) for name, letter in letters.items() if glyph_text(name) != letter
    }

    assert len(letters) > 80
    assert wrong == {}


@pytest.mark.parametrize("name", ["", ".notdef", "g12", "uni", "uniD8000000", "acuteacute"])
def test_names_that_say_nothing(name: str) -> None:
    """A glyph nobody can name is the replacement character, never an error."""
    assert glyph_text(name) == "\ufffd"


def test_lone_surrogates_do_not_reach_the_report() -> None:
    """Text from a CMap can always be written as UTF-8."""
    sheet = Sheet(
        draws=b"BT /F1 10 Tf <0001> Tj ET",
        fonts=b"/F1 10 0 R",
        more={
            10: (b"<< /Subtype /Type0 /ToUnicode 11 0 R >>", None),
            11: (b"", b"beginbfrange <0000> <0001> <D7FF> endbfrange"),
        },
    )

    assert sheet.facts().text.encode() is not None
