"""The reader of BER and DER values, against the examples of X.690 and against hostile lengths."""

from __future__ import annotations

import pytest

from sigcheck import asn1


@pytest.mark.parametrize(
    ("encoded", "dotted"),
    [
        ("06032a0304", "1.2.3.4"),
        ("0603883703", "2.999.3"),
        ("06092a864886f70d010702", "1.2.840.113549.1.7.2"),
    ],
)
def test_identifiers_read_as_x690_writes_them(encoded: str, dotted: str) -> None:
    """X.690, 8.19.5 gives 2.999.3 as its example."""
    assert asn1.oid(asn1.read(bytes.fromhex(encoded))) == dotted


@pytest.mark.parametrize(
    ("encoded", "value"), [("020100", 0), ("02017f", 127), ("02020080", 128), ("020180", -128)]
)
def test_integers_are_signed(encoded: str, value: int) -> None:
    """Two's complement, as X.690, 8.3 says."""
    assert asn1.integer(asn1.read(bytes.fromhex(encoded))) == value


def test_indefinite_length_reads_like_definite() -> None:
    """A constructed octet string of indefinite length inside a sequence of indefinite length."""
    value = asn1.read(bytes.fromhex("3080 2480 0401aa 0402bbcc 0000 020105 0000"))

    pieces = asn1.sequence(value)

    assert value.ber
    assert asn1.octets(pieces[0]) == bytes.fromhex("aabbcc")
    assert asn1.integer(pieces[1]) == 5


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "30",
        "3005",
        "300502",
        "30800201",
        "3084ffffffff",
        "3089ffffffffffffffffff",
        "0480",
        "1f808080808080",
        "30040206",
        "3080ff",
    ],
)
def test_damaged_values_are_told_not_raised_bare(encoded: str) -> None:
    """Whatever is cut off or too long is an Asn1Error."""
    with pytest.raises(asn1.Asn1Error):
        asn1.children(asn1.read(bytes.fromhex(encoded)))


def test_nesting_is_bounded() -> None:
    """Ten thousand nested values neither recurse nor hang."""
    deep = b"\x30\x80" * 10_000 + b"\x00\x00" * 10_000

    with pytest.raises(asn1.Asn1Error):
        asn1.read(deep)


def test_definite_nesting_is_bounded() -> None:
    """The same with definite lengths, opened level by level."""
    value = b""
    for _ in range(100):
        value = asn1.encode(b"\x30", value)

    with pytest.raises(asn1.Asn1Error):
        _innermost(asn1.read(value))


def _innermost(element: asn1.Element) -> asn1.Element:
    while inner := asn1.children(element):
        element = inner[0]
    return element


def test_members_come_until_the_damage() -> None:
    """What stands before a broken value is still read."""
    members = asn1.members(asn1.read(bytes.fromhex("3006 020101 0209 ff")))

    assert asn1.integer(next(members)) == 1
    with pytest.raises(asn1.Asn1Error):
        next(members)


def test_canonical_form_sorts_sets_and_shortens_lengths() -> None:
    """X.690, 10.1 and 11.6: shortest lengths, members of a SET OF ascending."""
    value = asn1.read(bytes.fromhex("31 81 06 020105 020101"))

    assert asn1.distinguished(value) == bytes.fromhex("3106020101020105")
