"""The byte layer, question by question (rule 2 of the design)."""

from __future__ import annotations

import pytest

from sigcheck.evidence.pdf import byte_range_facts, signature_dictionaries
from sigcheck.model.evidence import ByteRangeFacts, Coverage
from tests.pdf.builder import Pdf, open_pdf, signed


def _facts(data: bytes, index: int = 0) -> ByteRangeFacts:
    document = open_pdf(data)
    return byte_range_facts(document, signature_dictionaries(document)[index])


def _with_range(values: bytes) -> ByteRangeFacts:
    """Return the facts of a signature whose range was replaced; {a}, {b}, {c} are the true ones."""
    pdf, spans = signed(1)
    start, end = spans[0]
    true = {"a": start, "b": end, "c": len(pdf.data) - end, "over": len(pdf.data)}
    at = pdf.data.index(b"/ByteRange [") + 12
    pdf.data[at : at + 40] = b" " * 40
    pdf.fill(spans[0], values.decode().format(**true).encode())
    return _facts(bytes(pdf))


def test_an_honest_range_answers_yes_to_everything() -> None:
    """From 0, around its own /Contents, to the end of the file."""
    facts = _with_range(b"0 {a} {b} {c}")

    assert facts.well_formed
    assert facts.starts_at_zero
    assert facts.inside_file
    assert facts.gap_is_hex_string
    assert facts.gap_is_own_contents
    assert facts.covers_revision
    assert facts.covers_file
    assert (facts.coverage, facts.problem) == (Coverage.FILE, None)
    assert (facts.trailing_bytes, facts.unexplained_bytes) == (0, 0)


def test_an_earlier_signature_covers_its_revision() -> None:
    """Later revisions that were parsed are explained bytes."""
    pdf, _ = signed(2)

    first, second = _facts(bytes(pdf), 0), _facts(bytes(pdf), 1)

    assert (first.coverage, first.covers_file) == (Coverage.REVISION, False)
    assert first.end == first.revision_end == pdf.ends[1]
    assert second.coverage is Coverage.FILE
    assert first.unexplained_bytes == 0


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (b"", "not-four-values"),
        (b"0 {a}", "not-four-values"),
        (b"0 {a} {b} {c} 0 0", "not-four-values"),
        (b"0 {a} {b} -{c}", "negative"),
        (b"0 {a}.0 {b} {c}", "not-integers"),
        (b"0 (x) {b} {c}", "not-integers"),
        (b"0 true {b} {c}", "not-integers"),
        (b"null", "not-integers"),
    ],
)
def test_a_malformed_range_is_refused(values: bytes, problem: str) -> None:
    """Exactly four non-negative integers, written as integers."""
    facts = _with_range(values)

    assert not facts.well_formed
    assert (facts.problem, facts.coverage) == (problem, Coverage.UNCLEAR)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (b"1 {a} {b} {c}", "starts-after-zero"),
        (b"0 {a} {b} {over}", "outside-file"),
        (b"0 {b} {a} {c}", "outside-file"),
        (b"0 99999999999 {b} {c}", "outside-file"),
        (b"0 10 {b} {c}", "gap-not-hex"),
        (b"0 {a} {over} 0", "gap-not-hex"),
    ],
)
def test_a_range_elsewhere_is_refused(values: bytes, problem: str) -> None:
    """Not from the start, outside the file, reordered, or with a gap too wide."""
    facts = _with_range(values)

    assert facts.problem == problem
    assert facts.coverage is Coverage.UNCLEAR


def test_the_gap_must_be_this_dictionarys_own() -> None:
    """Wrapping: a hexadecimal string elsewhere is not the /Contents that is verified."""
    pdf, spans = signed(1)
    decoy = pdf.add(30, b"<3030>") + len(b"30 0 obj\n")
    pdf.table()
    at = pdf.data.index(b"/ByteRange [") + 12
    pdf.data[at : at + 40] = b" " * 40
    pdf.fill(spans[0], b"0 %d %d %d" % (decoy, decoy + 6, len(pdf.data) - decoy - 6))

    facts = _facts(bytes(pdf))

    assert (facts.gap_is_hex_string, facts.gap_is_own_contents) == (True, False)
    assert facts.problem == "gap-not-own-contents"


def test_a_literal_string_is_no_gap() -> None:
    """The incremental saving attack with a literal /Contents."""
    pdf, spans = signed(1)
    start, end = spans[0]
    pdf.data[start], pdf.data[end - 1] = ord("("), ord(")")

    assert _facts(bytes(pdf)).problem == "gap-not-hex"


@pytest.mark.parametrize(("byte", "problem"), [(" ", None), ("\n", None), ("\0", "gap-not-hex")])
def test_white_space_among_the_digits_says_nothing(byte: str, problem: str | None) -> None:
    """Anything else in the gap could be used by somebody, a zero byte by programs that stop there.

    ISO 32000-2, 7.3.4.3: white space in a hexadecimal string is ignored.
    """
    pdf, spans = signed(1)
    pdf.data[spans[0][0] + 5] = ord(byte)

    assert _facts(bytes(pdf)).problem == problem


def test_a_range_of_references_is_resolved_and_said() -> None:
    """Numbers that are references are read, and never well-formed."""
    pdf, spans = signed(1)
    num = b"%d" % spans[0][0]
    at = pdf.data.index(b"/ByteRange [") + 12
    rest = b"%d %d" % (spans[0][1], len(pdf.data) - spans[0][1])
    pdf.data[at : at + 40] = (b"0 30 0 R " + rest).ljust(40)
    pdf.add(30, num)
    pdf.table()

    facts = _facts(bytes(pdf))

    assert facts.values[:2] == (0, spans[0][0])
    assert (facts.well_formed, facts.problem) == (False, "indirect")


@pytest.mark.parametrize(
    ("tail", "trailing", "covers"),
    [(b"", 0, True), (b"\r\n\n", 0, True), (b"%x", 2, False), (b" ", 1, False), (b"\0", 1, False)],
)
def test_only_line_ends_may_follow(tail: bytes, trailing: int, covers: bool) -> None:
    """Whatever else stands after the last revision is counted."""
    pdf, _ = signed(1)

    facts = _facts(bytes(pdf) + tail)

    assert (facts.trailing_bytes, facts.unexplained_bytes) == (trailing, trailing)
    assert facts.covers_file is covers
    assert facts.covers_revision


@pytest.mark.parametrize("cut", [1, 2, 30])
def test_a_range_that_stops_early_does_not_cover(cut: int) -> None:
    """The marker itself must be covered; only the line end after it may be left out."""
    pdf, spans = signed(1)
    pdf.fill(spans[0], b"0 %d %d %d " % (*spans[0], len(pdf.data) - spans[0][1] - cut))

    facts = _facts(bytes(pdf))

    assert facts.covers_revision is (cut == 1)
    assert facts.coverage is (Coverage.FILE if cut == 1 else Coverage.FROM_START)


def test_bytes_between_revisions_are_unexplained() -> None:
    """What stands between two revisions belongs to neither."""
    pdf, _ = signed(1)
    pdf.raw(b"hidden\n")
    pdf.add(30, b"1")
    pdf.table()

    assert _facts(bytes(pdf)).unexplained_bytes == len(b"hidden")


def test_a_truncated_file_is_outside() -> None:
    """Never a short read."""
    pdf = Pdf().basics()
    data, spans = signed(1)
    del pdf
    text = bytes(data)
    at = text.index(b"/ByteRange [") + 12
    wider = b"0 %d %d %d" % (*spans[0], len(text) - spans[0][1] + 1)

    assert _facts(text[:at] + wider.ljust(40) + text[at + 40 :]).problem == "outside-file"
