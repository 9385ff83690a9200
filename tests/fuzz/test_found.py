"""What the coverage-guided fuzzers found, kept so that it stays mended (fuzz/README.md)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import sigcheck
from fixtures.make.cases import attacks_base, file_shapes
from fixtures.make.cases.common import signed
from fixtures.make.looks import Look
from sigcheck.checks.times import shown
from sigcheck.evidence.cms import parse_signed_data
from sigcheck.evidence.cms.certificates import load
from sigcheck.model.clock import in_vietnam

RSA = "300d06092a864886f70d0101010500"

ROOT = Path(__file__).resolve().parents[2]
AT = datetime(2026, 11, 23, tzinfo=UTC)


def spki(modulus: str, exponent: str) -> bytes:
    """Return an RSA key from two encoded integers."""
    body = bytes.fromhex("02%02x" % (len(modulus) // 2) + modulus)
    body += bytes.fromhex("02%02x" % (len(exponent) // 2) + exponent)
    numbers = b"\x30" + bytes([len(body)]) + body
    bits = b"\x03" + bytes([len(numbers) + 1]) + b"\x00" + numbers
    whole = bytes.fromhex(RSA) + bits
    return b"\x30" + bytes([len(whole)]) + whole


def test_negative_exponent_is_a_problem_told() -> None:
    """An RSA exponent below zero gives no key and says why, instead of overflowing."""
    found = load(spki("00" + "c5" * 64, "ff"))

    assert found.key is None
    assert found.problem


@pytest.mark.parametrize(
    "edge", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)]
)
def test_edge_of_the_calendar_can_be_shown(edge: datetime) -> None:
    """A validity to the last hour of year 9999, or from the first of year 1, is shown."""
    assert shown(edge).endswith("+07:00")
    assert in_vietnam(edge).year in {1, 9999}


EMPTY_WRAPPER = bytes.fromhex("300d06092a864886f70d010702a000")
"""A ContentInfo that says SignedData and wraps nothing."""


def test_wrapper_of_nothing_is_damaged() -> None:
    """An explicit tag without a value is a problem told, not an IndexError."""
    assert parse_signed_data(EMPTY_WRAPPER).problem.startswith("damaged")


def test_document_with_it_gets_its_verdict() -> None:
    """The same bytes as a signature's /Contents cost that signature alone."""
    data = bytearray(signed().data)
    found = re.search(rb"/Contents ?<(?=30)", data)
    assert found is not None
    start = found.end()
    data[start : start + 2 * len(EMPTY_WRAPPER)] = EMPTY_WRAPPER.hex().encode()

    report = sigcheck.verify(bytes(data)).document

    assert report.indication.value == "TOTAL-FAILED"
    assert report.reason is not None
    assert report.reason.code == "FC-CMS-PARSED"


def test_a_parser_that_breaks_costs_one_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the CMS reader raises, the document still gets a report (rule 3)."""

    def broken(*_: object) -> None:
        raise IndexError

    monkeypatch.setattr("sigcheck.evidence.signature.parse_signed_data", broken)
    report = sigcheck.verify(signed().data).document

    assert [s.indication.value for s in report.signatures] == ["TOTAL-FAILED"]


def test_fault_of_our_own_is_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should this software itself break on a document, the caller gets a report that says so."""

    def broken(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr("sigcheck.api.collect", broken)
    document = sigcheck.verify(b"%PDF-1.7").document

    assert document.indication.value == "UNREADABLE"
    assert document.reason is not None
    assert document.reason.code == "DOC-INTERNAL"


@pytest.mark.parametrize("number", [2**31 - 1, 2**31, 9_999_999_999])
def test_object_number_without_a_key_is_no_fault(number: int) -> None:
    """An update of an encrypted file that writes an object of any number gets a verdict."""
    data = file_shapes.encrypted()
    previous, start = int(data.split()[-2]), len(data)
    written = b"%d 0 obj\n(text)\nendobj\n" % number
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, start)
    trailer = data[data.rindex(b"trailer") : data.rindex(b"startxref")]
    trailer = re.sub(rb"/Prev \d+", b"/Prev %d" % previous, trailer)
    end = b"startxref\n%d\n%%%%EOF\n" % (start + len(written))
    whole = data + written + table + trailer + end

    document = sigcheck.verify(whole, password=file_shapes.PASSWORD).document

    assert document.indication.value == "TOTAL-FAILED"


@pytest.mark.parametrize(("width", "indication"), [(1.3, "INDETERMINATE"), (30, "TOTAL-PASSED")])
def test_a_look_in_a_line_may_lie_anywhere(width: float, indication: str) -> None:
    """PDFium scales a later look out of a rectangle that is a line, so it hides who knows what."""
    look = Look(width, 300, b"0 0 1 rg 0 0 1 1 re f")
    whole = attacks_base.signed(attacks_base.base(), field="Second", look=look, corner=(400, 100))
    trust = sigcheck.TrustStore.load([ROOT / "fixtures" / "pki"])

    report = sigcheck.verify(whole.data, trust=trust, at=AT).document

    assert report.signatures[0].indication.value == indication
