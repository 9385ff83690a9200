"""A PDF as a sequence of revisions, each readable as it was (ISO 32000-2, 7.5.6)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from itertools import pairwise
from typing import Any, Self, TypeAlias

from sigcheck.errors import (
    DamagedError,
    EmptyFileError,
    EncryptedError,
    LimitExceededError,
    NotAPdfError,
)
from sigcheck.evidence.cms.algorithms import SHAKE_LENGTHS
from sigcheck.evidence.pdf.budget import Budget
from sigcheck.evidence.pdf.indirect import IndirectReader
from sigcheck.evidence.pdf.objects import Buffer, Context, Dict
from sigcheck.evidence.pdf.revision import Revision, read_chain, revisions_of, unexplained_spans
from sigcheck.evidence.pdf.store import ObjectStore
from sigcheck.evidence.pdf.view import View
from sigcheck.evidence.pdf.xref import XrefError, XrefKind, XrefReader
from sigcheck.model.evidence import Anomaly
from sigcheck.model.policy import Limits

_LARGE = 2 << 20
"""Bytes of a file from which on a thread that hashes it pays."""
_REST = 1 << 20
"""Bytes at the end left out: there the ranges of most signatures end."""

Beginning: TypeAlias = "tuple[int, Any]"
"""How many bytes are hashed, and the SHA-256 object that has taken them (None for none)."""


def hash_beginning(data: Buffer) -> Future[Beginning] | None:
    """Hash a large file but for its last megabyte in a thread, while its structure is read."""
    if len(data) < _LARGE:
        return None
    pool = ThreadPoolExecutor(1)
    future = pool.submit(_hash_beginning, data)
    pool.shutdown(wait=False)
    return future


def _hash_beginning(data: Buffer) -> Beginning:
    end = len(data) - _REST
    return end, hashlib.sha256(memoryview(data)[:end], usedforsecurity=False)


def digests(
    data: Buffer,
    ranges: Sequence[tuple[int, int, int]],
    algorithms: Sequence[str],
    beginning: Future[Beginning] | None = None,
) -> list[bytes | None]:
    """Return one digest for each [0 a b c], with the algorithm (hashlib's name) beside it.

    None where hashlib doesn't know the algorithm, or the range doesn't lie inside the file: a
    short read never becomes a digest. Each prefix is hashed once for each algorithm; `beginning`
    is what `hash_beginning` returned.
    """
    out: list[bytes | None] = [None] * len(ranges)
    with memoryview(data) as view:
        for algorithm in set(algorithms):
            wanted = [i for i, name in enumerate(algorithms) if name == algorithm]
            begun = beginning.result() if beginning and algorithm == "sha256" else (0, None)
            _digest_all(view, ranges, wanted, algorithm, begun, out)
    return out


def _digest_all(
    view: memoryview, ranges: Sequence[tuple[int, int, int]], wanted: list[int], algorithm: str,
    begun: Beginning, out: list[bytes | None],
) -> None:  # fmt: skip
    try:
        running: Any = hashlib.new(algorithm, usedforsecurity=False)
    except (ValueError, TypeError):
        return
    at = 0
    known, other = begun
    # Up to its gap a range is a prefix of the file, which every range behind it shares.
    for index in sorted(wanted, key=lambda i: ranges[i][0]):
        first, second, length = ranges[index]
        if not 0 <= at <= first <= second <= second + length <= len(view) or length < 0:
            continue
        if at < known <= first:
            at, running = known, other.copy()
        running.update(view[at:first])
        at = first
        own = running.copy()
        own.update(view[second : second + length])
        out[index] = own.digest(*SHAKE_LENGTHS.get(algorithm, ()))


# --- Files that are something else, whatever stands inside them

_MAGIC = (
    ("word-or-excel-97", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ("7z", b"7z\xbc\xaf\x27\x1c"),
    ("rar", b"Rar!\x1a\x07"),
    ("gzip", b"\x1f\x8b\x08"),
    ("picture", b"\x89PNG\r\n\x1a\n"),
    ("picture", b"\xff\xd8\xff"),
    ("picture", b"GIF87a"),
    ("picture", b"GIF89a"),
    ("picture", b"II*\x00"),
    ("picture", b"MM\x00*"),
    ("picture", b"\x00\x00\x00\x0cjP  "),
)
_TAR_AT = 257
_ZIP, _ZIP_END, _ZIP_TAIL = b"PK\x03\x04", b"PK\x05\x06", 22 + 0xFFFF
"""A zip ends with its directory, behind which only a comment of 65 535 bytes may stand."""
_IN_ZIP = (("word", b"word/"), ("excel", b"xl/"), ("powerpoint", b"ppt/"), ("odf", b"mimetype"))
_TEXT = (
    ("web-page", re.compile(rb"<(?:!doctype html|html|head|body|script)\b", re.IGNORECASE)),
    ("xml", re.compile(rb"<\?xml\b", re.IGNORECASE)),
    ("rtf", re.compile(rb"\{\\rtf")),
    ("base64", re.compile(rb"(?:data:application/pdf;base64,)?JVBERi0")),
)
"""How files of text begin, white space aside."""


def kind_of_other_file(data: Buffer) -> str:
    """Name what a file is that is no PDF by its first bytes, empty where they do not tell."""
    start = bytes(data[:16])
    for kind, magic in _MAGIC:
        if start.startswith(magic):
            return kind
    if data[_TAR_AT : _TAR_AT + 5] == b"ustar":
        return "tar"
    bitmap = start.startswith(b"BM") and int.from_bytes(start[2:6], "little") == len(data)
    if bitmap or (start.startswith(b"RIFF") and start[8:12] == b"WEBP"):
        return "picture"
    if start.startswith(_ZIP_END):
        return "zip"
    directory = data.rfind(_ZIP_END, max(0, len(data) - _ZIP_TAIL))
    if not start.startswith(_ZIP) or directory < 0:
        return ""
    names = data[max(0, directory - _ZIP_TAIL) : directory]
    return next((kind for kind, name in _IN_ZIP if name in names), "zip")


def _kind_by_text(data: Buffer) -> str:
    start = bytes(data[:_HEADER_WITHIN]).lstrip(_BLANK)
    return next((kind for kind, beginning in _TEXT if beginning.match(start)), "")


# --- A PDF as a sequence of revisions, each to be looked at as it was

_HEADER = re.compile(rb"%PDF-(\d\.\d)?")
_BLANK = b"\x00\t\n\f\r \xef\xbb\xbf"
"""White space and the mark some editors put first: nothing another program would show."""
_HEADER_WITHIN = 1024
"""Where viewers look for the header (ISO 32000-2, annex C, implementation notes of old)."""
_LINEARIZED = re.compile(rb"/Linearized[\x00\t\n\f\r ]")


class PdfDocument:
    """An open document. Make one with `PdfDocument.open`."""

    def __init__(self, context: Context, reader: IndirectReader) -> None:
        """Read the structure; use `open` instead."""
        self.data = context.data
        self.context = context
        self._reader = reader
        self._take(_revisions(reader))
        self.survey: object = None
        """What `signatures.survey` found, kept here so that it searches once."""
        self.segments: list[tuple[int, int]] | None = None
        """What `signatures.open_segments` found, for the same reason."""
        self.before_header = 0
        """Bytes of the file before `data`: nothing that was written counts them."""
        self._beginning = hash_beginning(context.data)
        self.unseen: list[tuple[int, int]] = []
        """What an update changed, by revision and number, and nothing was seen to refer to."""
        self.appearances: object = None
        """What the readers of appearances share: fonts, pages, their text."""

    def _take(self, revisions: list[Revision]) -> None:
        self.revisions = revisions
        self.store = ObjectStore(self._reader, revisions)
        self._views: dict[int, View] = {}

    @classmethod
    def open(cls, data: Buffer, limits: Limits, password: str | None = None) -> PdfDocument:
        """Read a document's structure; objects follow when they are asked for.

        Raises an UnreadableError, of whatever kind, only when nothing can be read.
        """
        if not len(data):
            raise EmptyFileError("0 bytes")
        if len(data) > limits.max_file_size:
            raise LimitExceededError(f"{len(data)} bytes", code="LIMIT-FILE-SIZE")
        context = Context(data, Budget(limits))
        _place_header(context)
        document = cls(context, IndirectReader(context))
        if context.base:
            # Written without what stands before the header, which a later program put there.
            found = cls.open(data[context.base :], limits, password)
            found.before_header = context.base
            found.context.note("header-shifted", None, str(context.base))
            return found
        document._compare_encryption()
        if document.encrypted:
            document._decrypt(password)
        if not document._has_pages():
            document._rebuild()
        return document

    def __enter__(self) -> Self:
        """Return this."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release what was read, which would otherwise wait for the garbage collector."""
        self.store.forget()
        for view in self._views.values():
            view.forget()
        self._views.clear()

    def _compare_encryption(self) -> None:
        """Say where an update turned encryption on, off, or over to another dictionary."""
        for before, after in pairwise(self.revisions):
            if before.trailer.get("Encrypt") != after.trailer.get("Encrypt"):
                self.context.note("encryption-changed", after.pointer)

    def _has_pages(self) -> bool:
        view = self.view()
        return isinstance(view.get(view.catalog.get("Pages")), Dict)

    def _rebuild(self) -> None:
        """Do as viewers do when the cross-references are readable, but lead to no page tree."""
        if self.revisions[-1].kind is XrefKind.REBUILT:
            return
        from sigcheck.evidence.pdf.rebuild import rebuild

        chained, decryptor = self.store, self.store.decryptor
        self._take(rebuild(self._reader) or chained.revisions)
        self.store.decryptor = decryptor
        if self._has_pages():
            self.context.note("xref-rebuilt", None, "no page tree along the chain")
        else:
            self._take(chained.revisions)
            self.store.decryptor = decryptor

    def _decrypt(self, password: str | None) -> None:
        from sigcheck.evidence.pdf.encryption import open_encryption

        try:
            self.store.decryptor = open_encryption(self.view(), password, self.context.note)
        except EncryptedError:
            if any(anomaly.code == "encryption-changed" for anomaly in self.anomalies):
                raise DamagedError(code="DOC-ENCRYPTION-ADDED") from None
            raise
        self._views.clear()

    @property
    def anomalies(self) -> list[Anomaly]:
        """Return what was found out of order so far; grows as objects are read."""
        return self.context.anomalies

    def lists_pages_twice(self) -> bool:
        """Say whether a page tree read so far leads to a page or node more than once (7.7.3)."""
        return any(anomaly.code == "page-tree-loop" for anomaly in self.anomalies)

    @property
    def encrypted(self) -> bool:
        """Say whether the last trailer names an encryption dictionary (7.6.1)."""
        return self.revisions[-1].trailer.get("Encrypt") is not None

    @cached_property
    def version(self) -> str:
        """Return the version of the header, or of the catalog where that is later (7.5.2)."""
        header = _HEADER.search(self.data, 0, _HEADER_WITHIN + 8)
        written = header[1].decode() if header and header[1] else ""
        return max(written, str(self.view().catalog.get("Version") or ""))

    @cached_property
    def linearized(self) -> bool:
        """Say whether the file begins with a linearization dictionary (annex F.2)."""
        return _LINEARIZED.search(self.data, 0, _HEADER_WITHIN) is not None

    def view(self, revision: int | None = None) -> View:
        """Return the document as it stood at a revision, counted from 1; default the last."""
        number = len(self.revisions) if revision is None else revision
        if number not in self._views:
            self._views[number] = View(self.store, self.revisions[number - 1], self._views)
        return self._views[number]

    @cached_property
    def sha256(self) -> str:
        """Return the digest of the whole file, hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    def digests(
        self, ranges: Sequence[tuple[int, int, int]], algorithms: Sequence[str]
    ) -> list[bytes | None]:
        """Return one digest for each range, as the function `digests` does.

        The whole file's own digest comes out of the same pass.
        """
        whole = (len(self.data), len(self.data), 0)
        *found, own = digests(self.data, [*ranges, whole], [*algorithms, "sha256"], self._beginning)
        if own is not None:
            self.sha256 = own.hex()
        return found

    def unexplained(self, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
        """Return the spans between revisions, and after the last, that nothing parsed explains."""
        stop = len(self.data) if end is None else end
        return [
            (max(a, start), min(b, stop)) for a, b in self._unexplained if a < stop and b > start
        ]

    @cached_property
    def _unexplained(self) -> list[tuple[int, int]]:
        return unexplained_spans(self.data, self.revisions)


def _place_header(context: Context) -> None:
    if kind := kind_of_other_file(context.data):
        raise NotAPdfError(kind)
    header = _HEADER.search(context.data, 0, _HEADER_WITHIN + 8)
    if header is None:
        kind = _kind_by_text(context.data)
        if kind or b"startxref" not in context.data[-_HEADER_WITHIN:]:
            raise NotAPdfError(kind)
        context.note("header-missing", 0)
        return
    if not header.start():
        return
    if context.data[: header.start()].strip(_BLANK):
        context.note("header-garbage", 0, f"{header.start()} bytes")
    else:
        context.note("header-late", 0, f"{header.start()} bytes")
    context.base = header.start()


_OBJECT = re.compile(rb"(?<![0-9])[0-9]{1,10} [0-9]{1,5} obj\b")


def is_cut_off(document: PdfDocument) -> bool:
    """Say whether objects stand behind all that is read, and no end of a file behind them."""
    data, last = document.data, document.revisions[-1]
    rebuilt = last.kind is XrefKind.REBUILT
    end = data.rfind(b"%%EOF") if rebuilt else last.end
    is_over = not rebuilt and data.find(b"%%EOF", end) >= 0
    return not is_over and _OBJECT.search(data, max(0, end)) is not None


def _revisions(reader: IndirectReader) -> list[Revision]:
    context = reader.context
    failure: Exception | None = None
    shift = context.base
    # From the file's start, then from the header; a wrong offset is forgiven only after both.
    for base, lenient in dict.fromkeys(((0, False), (shift, False), (0, True))):
        context.base = base
        try:
            return revisions_of(context, read_chain(XrefReader(reader, lenient=lenient)))
        except XrefError as error:
            failure = error
    from sigcheck.evidence.pdf.rebuild import rebuild

    context.base = 0
    context.note("xref-rebuilt", None, str(failure))
    revisions = rebuild(reader)
    if not any("Root" in revision.trailer for revision in revisions):
        raise DamagedError(f"no catalog: {failure}")
    return revisions
