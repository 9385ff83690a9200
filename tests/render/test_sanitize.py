"""Untrusted text does no harm in a terminal, a spreadsheet or a page (rule 7)."""

from __future__ import annotations

import json

import pytest

from sigcheck.render.sanitize import ascii_escapes, cell, mask, plain


@pytest.mark.parametrize(
    "odd", ["\x1b", "\x07", "\x9b", "\u202e", "\u2066", "\u200b", "\ufeff", "\U000e0041"]
)
def test_unseen_characters_vanish(odd: str) -> None:
    """C0, C1, bidi, zero-width and tag characters never reach a terminal."""
    assert plain(f"a{odd}b") == "ab"


def test_line_ends_become_blanks() -> None:
    """One fact stays on one line."""
    assert plain("a\r\n\tb\u2028c") == "a b c"


def test_letters_are_composed() -> None:
    """Decomposed Vietnamese counts as many columns as it shows."""
    assert plain("Nguye\u0302\u0303n") == "Nguyễn"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("CCCD:001199000123", "CCCD:…0123"),
        ("UID=CCCD:001199000123,CN=A", "UID=CCCD:…0123,CN=A"),
        ("cccd: 001199 000123 x", "cccd: …0123 x"),
        ("CCCD:12", "CCCD:…"),
        ("MST:3400327735", "MST:3400327735"),
        ("CMND=123456789", "CMND=…6789"),
    ],
)
def test_citizen_numbers_are_masked(text: str, shown: str) -> None:
    """Of an identity number the last four characters stay; tax codes are public."""
    assert mask(text) == shown


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\t=1", "\u200b=1", "\uff1d1", "\r\n=cmd"]
)
def test_no_cell_is_a_formula(text: str) -> None:
    """What a spreadsheet would calculate starts with an apostrophe."""
    assert cell(text).startswith("'")


def test_ordinary_cells_stay_as_they_are() -> None:
    """A name is not changed."""
    assert cell("Ủy ban = tỉnh") == "Ủy ban = tỉnh"


def test_json_keeps_unseen_characters_as_escapes() -> None:
    """JSON loses nothing, yet nothing in it moves a cursor; a lone surrogate is replaced."""
    odd = "a\u202eb\x9bc\U000e0041\udc80"

    text = ascii_escapes(json.dumps(odd, ensure_ascii=False))

    assert text.isascii()
    assert json.loads(text) == "a\u202eb\x9bc\U000e0041\ufffd"
