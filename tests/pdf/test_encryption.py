"""Encrypted files: opened with the right password, refused without, signatures left alone."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from sigcheck.errors import DamagedError, EncryptedError, PasswordNeededError
from sigcheck.evidence.pdf import (
    Dict,
    PdfDocument,
    Stream,
    byte_range_facts,
    signature_dictionaries,
)
from sigcheck.model.policy import Limits
from tests.pdf.builder import Pdf, codes, open_pdf, signed

pikepdf = pytest.importorskip("pikepdf")
pytestmark = pytest.mark.filterwarnings("ignore:Encryption R=5")

_HANDLERS: list[dict[str, Any]] = [
    {"R": 2, "aes": False, "metadata": False},
    {"R": 3, "aes": False, "metadata": False},
    {"R": 4, "aes": False, "metadata": False},
    {"R": 4, "aes": True, "metadata": True},
    {"R": 5, "aes": True},
    {"R": 6, "aes": True},
]


def _plain() -> bytes:
    pdf = Pdf().basics()
    pdf.add(4, b"<< /Text (secret words) /Inner [<736563>] >>")
    pdf.stream(5, b"stream data")
    pdf.table(extra=b"/Keep [4 0 R 5 0 R] /ID [<0123> <4567>]")
    return bytes(pdf)


def _encrypted(user: str, owner: str, **settings: Any) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(_plain())) as pdf:
        pdf.Root.Text = pdf.make_indirect(pikepdf.String("secret words"))
        pdf.Root.Data = pdf.make_stream(b"stream data")
        modes = pikepdf.ObjectStreamMode
        pdf.save(
            out,
            encryption=pikepdf.Encryption(user=user, owner=owner, **settings),
            object_stream_mode=modes.generate if settings["R"] > 4 else modes.disable,
        )
    return out.getvalue()


def _contents(document: PdfDocument) -> tuple[object, bytes]:
    view = document.view()
    stream = view.get(view.catalog["Data"])
    assert isinstance(stream, Stream)
    return view.get(view.catalog["Text"]), stream.decode()


@pytest.mark.parametrize("settings", _HANDLERS, ids=lambda s: f"R{s['R']}-{s['aes']}")
@pytest.mark.parametrize("password", ["user", "owner"])
def test_either_password_opens(settings: dict[str, Any], password: str) -> None:
    """RC4 and AES, 40 to 256 bits: strings, streams and object streams in the clear."""
    data = _encrypted("user", "owner", **settings)

    document = PdfDocument.open(data, Limits(), password)

    assert document.encrypted
    assert _contents(document) == (b"secret words", b"stream data")


@pytest.mark.parametrize("settings", _HANDLERS, ids=lambda s: f"R{s['R']}-{s['aes']}")
@pytest.mark.parametrize("password", [None, "", "wrong"])
def test_without_the_password_it_says_so(settings: dict[str, Any], password: str | None) -> None:
    """A missing and a wrong password are told to the user, and apart."""
    with pytest.raises(PasswordNeededError) as refused:
        PdfDocument.open(_encrypted("user", "owner", **settings), Limits(), password)

    assert refused.value.code == ("DOC-PASSWORD-WRONG" if password else "DOC-PASSWORD-NEEDED")


def test_an_empty_user_password_needs_none() -> None:
    """Files that are only protected against changes open by themselves."""
    document = PdfDocument.open(_encrypted("", "owner", R=6, aes=True), Limits())

    assert _contents(document) == (b"secret words", b"stream data")


def test_the_value_of_a_signature_is_never_decrypted() -> None:
    """/Contents stands in the clear in an encrypted file (7.6.2)."""
    empty = _encrypted("", "", R=4, aes=True, metadata=True)
    encrypt = PdfDocument.open(empty, Limits())
    view = encrypt.view()
    dictionary = view.dict(view.trailer["Encrypt"])
    pdf, spans = signed(1)
    body = _spell(dictionary)
    pdf.add(50, body)
    identifier = view.list(view.trailer["ID"])[0]
    assert isinstance(identifier, bytes)
    pdf.table(extra=b"/Encrypt 50 0 R /ID [<%s> <00>]" % identifier.hex().encode())

    document = open_pdf(bytes(pdf))
    (location,) = signature_dictionaries(document)

    assert location.contents == b"\x30" * 32
    assert byte_range_facts(document, location).gap_is_own_contents
    assert location.contents_span == spans[0]


def _spell(value: Any) -> bytes:
    if isinstance(value, Dict):
        return (
            b"<<" + b" ".join(b"/%s %s" % (k.encode(), _spell(v)) for k, v in value.items()) + b">>"
        )
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, bytes):
        return b"<" + value.hex().encode() + b">"
    return b"/" + value.encode() if isinstance(value, str) else b"%d" % value


@pytest.mark.parametrize("written", [b"<< >>", b"<< /Filter /None >>", b"7", b"<< /V 99 /R 99 >>"])
def test_an_unreadable_encryption_dictionary_is_damage(written: bytes) -> None:
    """Nonsense in /Encrypt is one of our own errors."""
    pdf = Pdf().basics()
    pdf.add(50, written)
    pdf.table(extra=b"/Encrypt 50 0 R")

    with pytest.raises((DamagedError, EncryptedError)):
        open_pdf(bytes(pdf))


def test_an_update_that_drops_the_encryption_is_said() -> None:
    """Every string and stream of the earlier revision would be read another way."""
    data = _encrypted("", "owner", R=4, aes=True, metadata=True)
    pdf = Pdf(data=bytearray(data), size=60)
    pdf.previous = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    pdf.add(50, b"null")
    pdf.table()

    assert "encryption-changed" not in codes(open_pdf(data))
    assert "encryption-changed" in codes(open_pdf(bytes(pdf)))
