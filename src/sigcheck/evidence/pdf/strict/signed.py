"""Whether a signed revision reads by the letter, so that who refers to what is beyond doubt.

That nothing refers to an object is said after the lenient reader's values. It is true for every
program only where no object on the way hides a reference: in a spelling that only some read, in an
object that only some read, or in an object stream that is decoded in more than one way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sigcheck.evidence.pdf.budget import Budget
from sigcheck.evidence.pdf.document import PdfDocument
from sigcheck.evidence.pdf.indirect import HEADER
from sigcheck.evidence.pdf.lexer import ParseError
from sigcheck.evidence.pdf.objects import Dict, EntryKind, Obj, Stream, numbers_in
from sigcheck.evidence.pdf.strict.containers import decode, packed_objects
from sigcheck.evidence.pdf.strict.tokens import StrictLexer, StrictSyntaxError
from sigcheck.evidence.pdf.view import View

_LOOSE_SPACE = rb"(?:[\x00\t\n\f\r \x80\xff]|%[^\r\n]*+[\r\n])"
"""White space, with the two bytes that PDFium takes for it, and comments of any length."""
BEHIND_NUMBER = _LOOSE_SPACE + rb"++[+-]?\d++" + _LOOSE_SPACE + rb"*+R"
"""The rest of a reference, in any spelling that a viewer was seen to take: any generation, and no
space before its letter."""
_LOOSE = re.compile(rb"(?<![0-9])0*+(\d{1,10}+)" + BEHIND_NUMBER)
_ENDINGS = re.compile(rb"(?:endobj|stream)(?![^\x00\t\n\f\r ()<>\[\]{}/%])")
_TRAILER = re.compile(rb"trailer[\x00\t\n\f\r ]*+(?=<<)")
_FATAL = "object-number-range"
"""What the strict lexer reads, and programs may take for a reference to something else."""


def _note(code: str, at: int, detail: str) -> None:
    if code == _FATAL:
        raise StrictSyntaxError(code, at, detail)


def _loosely(data: bytes, start: int, end: int) -> Iterable[int]:
    return (int(hit[1]) for hit in _LOOSE.finditer(data, start, end))


def reads_strictly(document: PdfDocument, revision: int) -> bool:
    """Say whether all that the trailer of a revision leads to has one reading.

    Each object is read from its bytes by the strict lexer, the object streams with them, and must
    refer to nothing but what the lenient reader found. Raises LimitExceededError.
    """
    reader = _Reader(document, document.view(revision))
    try:
        return reader.sections(revision) and reader.objects()
    except (StrictSyntaxError, ParseError):
        return False


class _Reader:
    """Reads what a view leads to; what has no one reading raises StrictSyntaxError."""

    def __init__(self, document: PdfDocument, view: View) -> None:
        self._document = document
        self._view = view
        self._packed: dict[int, dict[int, Obj]] = {}

    def sections(self, revision: int) -> bool:
        """Say whether the cross-reference sections and trailers up to a revision read strictly."""
        data = self._document.data
        for state in self._document.revisions[:revision]:
            for start, end in state.spans:
                if HEADER.match(data, start) is not None:
                    found = self._document.store.reader.read(start, self._view.get)
                    self._decoded(start, found.value)
                elif (keyword := _TRAILER.search(data, start, end)) is not None:
                    StrictLexer(data, _note).value(keyword.end())
        return True

    def _decoded(self, at: int, stream: Obj) -> tuple[Dict, bytes]:
        """Return the dictionary and the data of the stream of structure whose header is at `at`.

        Raises StrictSyntaxError where it is not decoded alike by everybody.
        """
        header = HEADER.match(self._document.data, at)
        made = StrictLexer(self._document.data, _note).value(header.end())[0] if header else None
        if not isinstance(made, Dict) or not isinstance(stream, Stream) or not stream.length_true:
            raise StrictSyntaxError("container-data", at)
        raw = stream.raw if stream.decrypt is None else stream.decrypt(stream.raw)
        # The lenient reader has counted what it expands to.
        return made, decode(made, raw, Budget(self._document.context.budget.limits))

    def objects(self) -> bool:
        """Say whether every object that the trailer leads to reads strictly."""
        met: set[int] = set()
        pending = [*numbers_in(self._view.trailer)]
        while pending:
            num = pending.pop()
            if num in met:
                continue
            met.add(num)
            if not len(met) % 1024:
                self._document.context.budget.check_time()
            known = {*numbers_in(self._view.object(num))}
            if not self._one(num, known):
                return False
            pending += known
        return True

    def _one(self, num: int, known: set[int]) -> bool:
        """Say whether an object refers to nothing but these, whoever reads it."""
        entry = self._view.entry(num)
        if entry is None or entry.kind is EntryKind.FREE:
            return True
        if entry.kind is EntryKind.COMPRESSED:
            packed = self._container(entry.container)
            return num in packed and known.issuperset(numbers_in(packed[num]))
        data = self._document.data
        found, header = self._view.found(num), HEADER.match(data, entry.offset)
        if found is None or header is None or header.start(1) != found.start:
            return False
        if (int(header[1]), int(header[2])) != (num, entry.gen):
            return False
        lexer = StrictLexer(data, _note)
        value, end = lexer.value(header.end())
        return (
            known.issuperset(numbers_in(value))
            and known.issuperset(_loosely(data, header.end(), end))
            and _ENDINGS.match(data, lexer.skip(end)) is not None
        )

    def _container(self, num: int) -> dict[int, Obj]:
        """Return the objects of an object stream; raises StrictSyntaxError."""
        if num not in self._packed:
            found = self._view.found(num)
            if found is None:
                raise StrictSyntaxError("container-data", 0)
            made, data = self._decoded(found.start, found.value)
            packed = self._packed[num] = packed_objects(made, data, _note, 0)
            if not {*numbers_in([*packed.values()])}.issuperset(_loosely(data, 0, len(data))):
                raise StrictSyntaxError("reference-form", found.start)
        return self._packed[num]
