"""One object's bytes: values, leniency and the limits of the parser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.pdf import Dict, HexString, Name, Obj, PdfString, Ref
from sigcheck.evidence.pdf.lexer import ParseError, parse_value, value_spans


def _parse(data: bytes) -> Obj:
    return parse_value(data, 0, _ignore)[0]


def _noted(data: bytes) -> set[str]:
    notes: set[str] = set()
    parse_value(data, 0, lambda code, _at, _detail: notes.add(code))
    return notes


def _ignore(_code: str, _at: int, _detail: str) -> None:
    pass


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"true", True),
        (b"null", None),
        (b"-17", -17),
        (b"+.5", 0.5),
        (b"4.", 4.0),
        (b"/A#20B", "A B"),
        (b"/", ""),
        (b"/Ti\xe1\xba\xbf", "Tiế"),
        (b"(a(b)c)", b"a(b)c"),
        (b"(a\\)\\n\\101\\7\\\nb)", b"a)\nA\x07b"),
        (b"(a\r\nb\rc)", b"a\nb\nc"),
        (b"<48 6>", b"H\x60"),
        (b"12 0 R", Ref(12, 0)),
        (b"[12 0 % note\n R]", [Ref(12, 0)]),
        (b"[1 2 R 3 0 R]", [Ref(1, 2), Ref(3, 0)]),
        (b"%c\n<</A/B/C[<</D(x)>>]>>", {"A": "B", "C": [{"D": b"x"}]}),
    ],
)
def test_values_are_read_as_the_standard_has_them(data: bytes, value: object) -> None:
    """Each spelling of ISO 32000-2, 7.3 gives its value."""
    assert _parse(data) == value


def test_hexadecimal_strings_are_told_from_literal_ones() -> None:
    """A /Contents written as a literal string can never be a signature's gap."""
    assert isinstance(_parse(b"<3082>"), HexString)
    assert not cast("PdfString", _parse(b"(3082)")).is_hex


@pytest.mark.parametrize(
    ("data", "value", "code"),
    [
        (b"<</A 1/A 2>>", {"A": 2}, "dict-duplicate-key"),
        (b"<</A 1 2/B 3>>", {"A": 1, "B": 3}, "dict-malformed"),
        (b"<</A>>", {"A": None}, "dict-malformed"),
        (b"[--5 00.1.2 0000000000000000000000007]", [-5, 0.1, 7], "number-malformed"),
        (b"[<4z8>]", [b"H"], "hex-string-malformed"),
        (b"[nonsense]", [None], "keyword-unknown"),
    ],
)
def test_every_leniency_is_noted(data: bytes, value: object, code: str) -> None:
    """What viewers forgive is read as they read it, and said."""
    assert _parse(data) == value
    assert code in _noted(data)


@pytest.mark.parametrize(
    "data", [b"", b"<<", b"[", b"(", b">>", b"]", b"[>>", b"<<]", b")", b"[endobj]", b"<< /A "]
)
def test_what_is_no_value_is_refused(data: bytes) -> None:
    """Nothing but ParseError leaves the parser."""
    with pytest.raises(ParseError):
        _parse(data)


@pytest.mark.parametrize("opening", [b"[", b"<<", b"[<<", b"<</A["])
def test_a_million_brackets_end_at_the_limit(opening: bytes) -> None:
    """Depth is bounded without recursion."""
    with pytest.raises((LimitExceededError, ParseError)):
        _parse(opening * 1_000_000)


def test_spans_are_those_of_the_tokens() -> None:
    """The place of a value is found by parsing, so a look-alike in a string is never taken."""
    data = b"xx<</T(/Contents <00>)/Contents <3082>/R 1 0 R>>"

    spans = value_spans(data, 2, _ignore)

    assert data[slice(*spans["Contents"])] == b"<3082>"
    assert data[slice(*spans["R"])] == b"1 0 R"


def test_the_last_of_two_contents_counts() -> None:
    """Value and span agree on which of two equal keys is meant."""
    data = b"<</Contents<11>/Contents<22>>>"

    value = cast("Dict", _parse(data))

    assert value["Contents"] == b"\x22"
    assert data[slice(*value_spans(data, 0, _ignore)["Contents"])] == b"<22>"


_ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.binary(max_size=20).map(PdfString),
    st.binary(max_size=20).map(HexString),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8).map(Name),
    st.tuples(st.integers(0, 10**9), st.integers(0, 65535)).map(lambda pair: Ref(*pair)),
)
_VALUES = st.recursive(
    _ATOMS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=6).filter(lambda t: "\0" not in t), inner, max_size=4)
    ),
    max_leaves=12,
)


def _write(value: object) -> bytes:
    """Spell a value; written for this test, from the standard."""
    return next(
        (spell(value) for kind, spell in _SPELL.items() if isinstance(value, kind)), b"null"
    )


_SPELL: dict[type, Callable[[Any], bytes]] = {
    bool: lambda v: b"true" if v else b"false",
    int: lambda v: b"%d" % v,
    Ref: lambda v: b"%d %d R" % v,
    HexString: lambda v: b"<" + v.hex().encode() + b">",
    bytes: lambda v: b"(" + b"".join(b"\\%03o" % byte for byte in v) + b")",
    str: lambda v: b"/" + b"".join(b"#%02x" % byte for byte in v.encode()),
    list: lambda v: b"[" + b" ".join(map(_write, v)) + b"]",
    dict: lambda v: b"<<" + b" ".join(_write(x) for pair in v.items() for x in pair) + b">>",
}


@given(_VALUES)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_what_was_written_is_read(value: object) -> None:
    """Any value that is spelt out comes back, its end at the end of its spelling."""
    data = _write(value)

    read, end = parse_value(data + b" ", 0, _ignore)

    assert read == value
    assert end == len(data)


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_no_bytes_make_the_parser_stumble(data: bytes) -> None:
    """Arbitrary bytes give a value or a ParseError."""
    try:
        _parse(b"<<" + data)
    except ParseError:
        return


def test_names_of_other_bytes_are_other_names() -> None:
    """A name's bytes tell it apart, whatever text they may be taken for."""
    spelled = [b"/#C3#A9", b"/#E9", b"/\xe9", b"/#EF#9F#A9", b"/e"]

    names = [_parse(raw) for raw in spelled]

    assert names[1] == names[2]
    assert len(set(map(str, names))) == len(spelled) - 1
    assert all(str(name).encode() for name in names)
