"""Whatever the bytes: no traceback, no hang, and a changed signed byte never verifies."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigcheck.evidence.cms import (
    Certificate,
    certificate_facts,
    examine,
    examine_raw,
    examine_token,
    parse_signed_data,
    revocation_values,
)
from tests.budget import BUDGET
from tests.cms import maker

CONTENT = b"the byte range"
_KEY = maker.rsa_key()
_CERTIFICATE = maker.certificate(_KEY)
_CMS = maker.Cms(_KEY, [_CERTIFICATE], CONTENT, unsigned=[maker.attribute("1.2.3", b"\x05\x00")])
SOUND = _CMS.encode()


def _touch_everything(encoded: bytes) -> bool:
    data = parse_signed_data(encoded)
    facts = examine(data, maker.digest_of(CONTENT)).facts
    revocation_values(data)
    examine_token(encoded, CONTENT, "signature")
    examine_raw(encoded, [_CERTIFICATE], maker.digest_of(CONTENT))
    for der in data.certificates:
        certificate_facts(der)
    return bool(facts.signature_ok and facts.digest_matches)


@settings(max_examples=300, deadline=2000, derandomize=True)
@given(st.integers(0, len(SOUND) - 1), st.integers(0, 255))
def test_any_byte_changed_never_raises(position: int, value: int) -> None:
    """One byte of a sound object is replaced."""
    _touch_everything(SOUND[:position] + bytes([value]) + SOUND[position + 1 :])


@settings(max_examples=200, deadline=2000, derandomize=True)
@given(st.integers(0, len(SOUND)), st.integers(0, 40), st.binary(max_size=40))
def test_any_stretch_replaced_never_raises(position: int, gap: int, new: bytes) -> None:
    """Some bytes are cut out, others put in."""
    _touch_everything(SOUND[:position] + new + SOUND[position + gap :])


@settings(max_examples=200, deadline=2000, derandomize=True)
@given(st.binary(max_size=300))
def test_any_bytes_never_raise(encoded: bytes) -> None:
    """Bytes that were never a CMS object."""
    _touch_everything(encoded)
    Certificate.parse(encoded)


def test_no_signed_byte_can_be_changed() -> None:
    """Each byte of signed attributes and signature value, changed in turn, breaks the signature."""
    signer = parse_signed_data(SOUND).signers[0]
    assert signer.signed_element is not None
    attributes = signer.signed_element.content
    start = SOUND.index(attributes)
    value = SOUND.index(signer.signature)
    positions = [*range(start, start + len(attributes)), *range(value, value + 256)]

    survived = [
        position
        for position in positions
        if _touch_everything(
            SOUND[:position] + bytes([SOUND[position] ^ 1]) + SOUND[position + 1 :]
        )
    ]

    assert survived == []


@pytest.mark.parametrize(
    "encoded",
    [
        b"\x30\x80" * 2_000_000,
        b"\x30\x84\x00\x3f\xff\xf0" + b"\x30\x00" * 2_000_000,
        b"\x30\x80" + b"\x05\x00" * 2_000_000,
        SOUND + b"\x30\x00" * 1_000_000,
        maker.der(0x30, maker.oid("1.2.840.113549.1.7.2"), maker.der(0xA0, b"\x31\x00" * 10**6)),
    ],
)
def test_bombs_are_quick(encoded: bytes) -> None:
    """Four million bytes of nesting or of tiny values cost less than two seconds."""
    begin = time.perf_counter()

    sound = _touch_everything(encoded)

    assert time.perf_counter() - begin < BUDGET
    assert sound is False or encoded.startswith(SOUND)


def test_more_certificates_than_allowed_are_refused_quickly() -> None:
    """A hundred thousand tiny certificates are told, not tried."""
    cms = maker.Cms(_KEY, [maker.der(0x30, maker.integer(i)) for i in range(100_000)], CONTENT)
    begin = time.perf_counter()

    facts = examine(parse_signed_data(cms.encode()), maker.digest_of(CONTENT)).facts

    assert time.perf_counter() - begin < BUDGET
    assert [anomaly.code for anomaly in facts.anomalies] == ["cms-certificates-damaged"]
