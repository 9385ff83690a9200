"""What is no PDF is told as what it is, and every file is named by its digest and size."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

import sigcheck
from fixtures.make.cases import attacks_base
from sigcheck.evidence.pdf.document import kind_of_other_file
from sigcheck.model.policy import Limits
from sigcheck.render.words import LANGUAGES, Words

_SIGNED = attacks_base.base().data


def _zip(*names: str, comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names:
            packed.writestr(name, _SIGNED)
        packed.comment = comment
    return out.getvalue()


_KINDS = {
    "zip": (_zip("2691.pdf"), _zip("2691.pdf", comment=bytes(60_000)), _zip()),
    "word": (_zip("[Content_Types].xml", "word/document.xml"),),
    "excel": (_zip("[Content_Types].xml", "xl/workbook.xml"),),
    "powerpoint": (_zip("ppt/presentation.xml"),),
    "odf": (_zip("mimetype", "content.xml"),),
    "word-or-excel-97": (bytes.fromhex("d0cf11e0a1b11ae1") + _SIGNED,),
    "7z": (bytes.fromhex("377abcaf271c0004") + _SIGNED,),
    "rar": (b"Rar!\x1a\x07\x00" + _SIGNED, b"Rar!\x1a\x07\x01\x00" + _SIGNED),
    "tar": (b"2691.pdf".ljust(257, b"\0") + b"ustar\x0000".ljust(255, b"\0") + _SIGNED,),
    "gzip": (b"\x1f\x8b\x08\x00" + _SIGNED,),
    "picture": (
        b"\x89PNG\r\n\x1a\n" + _SIGNED,
        b"\xff\xd8\xff\xe0\x00\x10JFIF" + _SIGNED,
        b"GIF89a" + _SIGNED,
        b"II*\x00" + _SIGNED,
        b"RIFF\x00\x10\x00\x00WEBP" + _SIGNED,
        b"BM" + (6 + len(_SIGNED)).to_bytes(4, "little") + _SIGNED,
    ),
}


@pytest.mark.parametrize(
    ("kind", "data"), [(kind, data) for kind, every in _KINDS.items() for data in every]
)
def test_a_file_is_told_by_how_it_begins(kind: str, data: bytes) -> None:
    """Whatever stands inside, a whole signed PDF as well."""
    assert kind_of_other_file(data) == kind

    document = sigcheck.verify(data).document

    assert document.reason is not None
    assert (document.reason.code, dict(document.reason.facts)) == (
        "DOC-NOT-A-PDF",
        {"detail": kind},
    )


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        ("web-page", b"\xef\xbb\xbf\r\n<!DOCTYPE html>\n<html>"),
        ("web-page", b"<HTML><body>"),
        ("xml", b'<?xml version="1.0"?>'),
        ("rtf", b"{\\rtf1"),
        ("base64", b"JVBERi0xLjcK"),
        ("base64", b"data:application/pdf;base64,JVBERi0xLjcK"),
        ("", b"Kinh gui"),
    ],
)
def test_text_is_told_where_no_header_follows(kind: str, start: bytes) -> None:
    """A PDF further down than any program looks is not looked for."""
    document = sigcheck.verify(start + b" " * 2000 + (_SIGNED if kind else b"")).document

    assert document.reason is not None
    assert dict(document.reason.facts) == ({"detail": kind} if kind else {})


@pytest.mark.parametrize(
    "data", [_SIGNED, b" \n" + _SIGNED, b"BM" + _SIGNED, b"PK\x03\x04" + _SIGNED]
)
def test_what_may_be_a_pdf_is_none_of_these(data: bytes) -> None:
    """An archive without its directory is none; bytes before the header are another question."""
    assert kind_of_other_file(data) == ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_kind_has_its_words(lang: str) -> None:
    """A sentence names the kind, the advice says what to do with it."""
    words = Words.load(lang)
    kinds = {*_KINDS, "web-page", "xml", "rtf", "base64"}

    assert set(words.table("file_kind")) == set(words.table("file_todo")) == kinds


def test_an_unreadable_file_is_named_by_digest_and_size(tmp_path: Path) -> None:
    """From bytes, from a path, and beyond the limit of size."""
    data = b"x" * 5000
    file = tmp_path / "x.pdf"
    file.write_bytes(data)
    small = sigcheck.Verifier(limits=Limits(max_file_size=100))
    reports = [sigcheck.verify(data), sigcheck.verify(file), small.verify(file), small.verify(data)]
    reports += sigcheck.Verifier().verify_many([file, file], jobs=2)

    found = {(r.document.indication.value, r.document.sha256, r.document.size) for r in reports}

    assert found == {("UNREADABLE", hashlib.sha256(data).hexdigest(), 5000)}


def test_a_file_that_is_not_there_has_neither(tmp_path: Path) -> None:
    """Nothing is said of what nobody read."""
    document = sigcheck.verify(tmp_path / "nowhere.pdf").document

    assert (document.sha256, document.size) == ("", 0)
