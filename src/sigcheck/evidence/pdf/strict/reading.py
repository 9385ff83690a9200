"""What of a signed document can be read in more than one way, revision by revision.

Two things count against an earlier signature (design, *one reading*, 1 and 4): what an update
writes against the letter, and what it reaches in the signed bytes that was ambiguous there: by
rewriting it, freeing it, or referring to it anew.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from sigcheck.evidence.pdf.audit import HiddenDefinition
from sigcheck.evidence.pdf.document import PdfDocument
from sigcheck.evidence.pdf.indirect import HEADER
from sigcheck.evidence.pdf.lexer import is_white_space
from sigcheck.evidence.pdf.objects import Buffer, Dict, EntryKind, Obj, Ref, Stream
from sigcheck.evidence.pdf.revision import STARTXREF, Revision, ends_unlike_a_file
from sigcheck.evidence.pdf.strict.sections import is_possible_size
from sigcheck.evidence.pdf.strict.signed import reads_strictly
from sigcheck.evidence.pdf.strict.tokens import StrictLexer, StrictSyntaxError
from sigcheck.evidence.pdf.strict.update import Before, StrictUpdate, UpdateReader
from sigcheck.evidence.pdf.view import View
from sigcheck.evidence.pdf.xref import XrefKind, whole
from sigcheck.model.evidence import Ambiguity

_UPWARDS = frozenset({"P", "Parent"})
"""Keys that lead from something drawn to what it lies on, not to what it draws."""
_TRAILER_KEYS = ("Root", "Info", "Encrypt")
_MAX_REACHED = 2_000
"""Signed objects looked at because one update refers to them anew."""
_MAX_READ = 1_000
"""Objects read in search of keys twice, or of references to nothing."""
_MAX_DRAWN = 20_000
"""Objects followed from the pages to find out whether one of the hidden ones is drawn."""


def ambiguities(
    document: PdfDocument, since: int, hidden: Sequence[HiddenDefinition]
) -> tuple[Ambiguity, ...]:
    """Return what the revisions after `since` made ambiguous, in their order.

    Raises LimitExceededError.
    """
    found: list[Ambiguity] = []
    for revision in document.revisions[since:]:
        if revision.kind is XrefKind.REBUILT:
            continue  # there is no chain to be read by a grammar; FC-REVISIONS-READ says so
        document.context.budget.check_time()
        update = _read(document, revision)
        found += update.ambiguities
        found += _disagreements(document, revision, update)
        found += _hints(document, revision, since)
        if _switches(document, revision):
            found.append(Ambiguity("section-kind", revision.number, revision.start))
        found += _Reached(document, revision, update, hidden).ambiguities()
        if any(anomaly.code == "objects-unaccounted-many" for anomaly in document.anomalies):
            found.append(Ambiguity("hidden-definitions-many", revision.number, revision.start))
    found += _unseen(document, since)
    return tuple(found)


def _unseen(document: PdfDocument, since: int) -> Iterator[Ambiguity]:
    """Find what an update changed that only some programs may find in the signed bytes.

    The comparison of revisions (`changes`) names what to ask about: mostly nothing.
    """
    if document.unseen and not reads_strictly(document, since):
        for revision, number in document.unseen:
            at = document.revisions[revision - 1].start
            yield Ambiguity("signed-unclear", revision, at, number, "as signed")


def _read(document: PdfDocument, revision: Revision) -> StrictUpdate:
    number, context = revision.number, document.context
    earlier = document.revisions[: number - 1]
    previous = earlier[-1]
    size = previous.trailer.get("Size")
    sections = {previous.startxref - context.base}
    pointer = STARTXREF.match(document.data, previous.pointer) if previous.pointer >= 0 else None
    if pointer is not None:
        sections.add(int(pointer[1]))
    before = Before(
        number,
        lambda num: document.store.entry(num, number - 1),
        size if isinstance(size, int) else 0,
        frozenset(sections),
        context.base,
    )
    span = (max(r.end for r in earlier), revision.end)
    resolve = document.view(number).get
    reader = UpdateReader(
        document.data, span, before, context.budget, resolve, document.store.decryptor
    )
    return reader.read()


_HEADERS = re.compile(rb"(?<![0-9])[0-9]{1,10}[\x00\t\n\f\r ]++[0-9]{1,5}[\x00\t\n\f\r ]++obj")
_ODD_ROWS = frozenset(
    {
        "object-header-generation", "object-header-glued", "object-header-mismatch",
        "object-unreadable", "xref-duplicate-entry", "xref-entry-width", "xref-hybrid-broken",
        "xref-stream-surplus", "xref-subsection-shifted", "xref-subsection-short",
    }
)  # fmt: skip
"""Anomalies of the lenient reader at which programs begin to search a file."""


def _switches(document: PdfDocument, revision: Revision) -> bool:
    """Say whether an update of another kind than the signed section changes how faults are met.

    Poppler searches the file anew where an object is missing, but only if the newest section is a
    table. So a stream behind tables, or a table behind streams, switches that off or on: whatever
    a search would find, or would be begun for, then counts.
    """
    earlier = document.revisions[: revision.number - 1]
    if (revision.kind is XrefKind.STREAM) is (earlier[-1].kind is XrefKind.STREAM):
        return False
    end = max(r.end for r in earlier)
    return (
        _has_gaps(
            document, document.view(earlier[-1].number)
        )  # first: what it reads may be found to be odd
        or any(a.code in _ODD_ROWS and (a.offset or 0) < end for a in document.anomalies)
        or any(_is_odd(signed.trailer) for signed in earlier)
        or _has_strays(document, earlier, end)
    )


def _is_odd(trailer: Dict) -> bool:
    """Say whether programs may refuse a signed section, and then search the file (7.5.5, 7.5.8)."""
    return type(trailer.get("Prev", 0)) is not int or not is_possible_size(trailer.get("Size"))


def _has_strays(document: PdfDocument, earlier: Sequence[Revision], end: int) -> bool:
    """Say whether anything before `end` looks like an object to which no entry leads."""
    known = sorted(
        {entry.offset for revision in earlier for entry in revision.placed}
        | {start for revision in earlier for start, _ in revision.spans}
    )
    for header in _HEADERS.finditer(document.data, 0, end):
        place = bisect_right(known, header.start()) - 1
        if place < 0 or not is_white_space(document.data, known[place], header.start()):
            return True
    return False


def _has_gaps(document: PdfDocument, view: View) -> bool:
    """Say whether the catalogue leads to an object there is not, within a bounded number."""
    return any(
        _is_dangling(view, reference) or _misses(document, view, reference.num)
        for reference in _reached(view, [view.catalog])
    )


def _is_dangling(view: View, reference: Ref) -> bool:
    """Say whether there is no object of the very generation that a reference names."""
    entry = view.entry(reference.num)
    return entry is None or entry.kind is EntryKind.FREE or entry.gen != reference.gen


def _misses(document: PdfDocument, view: View, number: int) -> bool:
    """Say whether the row of an object leads to another one, or to none.

    Programs take what they find there, take it for nothing, or search the file.
    """
    entry = view.entry(number)
    if entry is None or entry.kind is EntryKind.FREE:
        return False
    if entry.kind is EntryKind.COMPRESSED:
        return _text_of(document, view, number) is None
    header = HEADER.match(document.data, entry.offset)
    return header is None or (int(header[1]), int(header[2])) != (number, entry.gen)


_HINT_WITHIN = 1024
"""Bytes in which the linearization dictionary stands (ISO 32000-2, annex F.3.1)."""
_OBJECT = re.compile(rb"\d{1,10} \d{1,5} obj")
_ENDOBJ = re.compile(rb"[\x00\t\n\f\r ]*+endobj[\x00\t\n\f\r ]*+")
_TABLE_HEAD = 32
"""Bytes of a table before its first row, to which /T leads (annex F.3.1, table F.1)."""
_HINT = re.compile(rb"/L[\x00\t\n\f\r ]*+\+?(\d{1,12})")


def _hints(document: PdfDocument, revision: Revision, since: int) -> Iterator[Ambiguity]:
    """Find a linearization dictionary that an update switches off, or brings to life.

    A program reads by it (annex F) while its /L is the length of the file, and no longer.
    """
    if not document.linearized:
        return
    lengths = {int(found[1]) for found in _HINT.finditer(document.data, 0, 2 * _HINT_WITHIN)}
    for state in document.revisions[max(since, revision.number - 1) - 1 : revision.number]:
        ends = {state.marker_end, state.end}
        if state.number == len(document.revisions):
            ends.add(len(document.data))
        if lengths & ends:
            code = "linearized-signed" if _is_linearized(document, ends) else "linearized-hint"
            yield Ambiguity(code, revision.number, 0, None, f"revision {state.number}")


def _is_linearized(document: PdfDocument, ends: set[int]) -> bool:
    """Say whether the first revision is what the dictionary says of it: both readings agree."""
    header = _OBJECT.search(document.data, 0, _HINT_WITHIN)
    if header is None:
        return False
    try:
        hint, end = StrictLexer(document.data, _ignore).value(header.end())
    except StrictSyntaxError:
        return False
    view, spans = document.view(1), sorted(document.revisions[0].spans)
    pages = [reference for reference, _ in view.pages()]
    if not isinstance(hint, Dict) or len(spans) != 2:
        return False
    last, first, main = _ENDOBJ.match(document.data, end), spans[0], spans[1]
    page, offset = hint.get("P", 0), hint.get("T")
    return (
        hint.get("L") in ends
        and last is not None
        and last.end() == first[0]
        and hint.get("N") == len(pages)
        and isinstance(page, int)
        and 0 <= page < len(pages)
        and (pages[page] or Ref(0, 0)).num == hint.get("O")
        and isinstance(offset, int)
        and main[0] - 2 <= offset < main[0] + _TABLE_HEAD
    )


def _ignore(_code: str, _at: int, _detail: str) -> None:
    """Ignore an oddity: these bytes were signed, and are only compared with the tables."""


def _disagreements(
    document: PdfDocument, revision: Revision, update: StrictUpdate
) -> Iterator[Ambiguity]:
    """Find what the lenient reader, on which everything else is based, takes for something else."""
    if not update.entries:
        return  # broken off at a fault that has been named
    free = EntryKind.FREE
    lenient = whole(revision.entries)
    for number in lenient.keys() | update.entries.keys():
        before = document.store.entry(number, revision.number - 1)
        pair = lenient.get(number, before), update.entries.get(number, before)
        if pair[0] != pair[1] and {free if e is None else e.kind for e in pair} != {free}:
            at = max(revision.pointer, revision.start)
            yield Ambiguity("read-otherwise", revision.number, at, number, "entry")
    if document.encrypted:
        return  # the lenient reader's strings are in the clear
    view = document.view(revision.number)
    for number, strict in update.values().items():
        entry = update.entries.get(number)
        if entry is None or entry.kind is free:
            continue
        value = view.object(number)
        found = value.dict if isinstance(value, Stream) else value
        if found != strict:
            yield Ambiguity("read-otherwise", revision.number, revision.start, number, "value")


class _Reached:
    """What one update reaches in the bytes before it."""

    def __init__(
        self,
        document: PdfDocument,
        revision: Revision,
        update: StrictUpdate,
        hidden: Sequence[HiddenDefinition],
    ) -> None:
        self._document = document
        self._number = revision.number
        self._old, self._new = document.view(revision.number - 1), document.view(revision.number)
        self._revision = revision
        self._update = update
        self._hidden = {d.number for d in hidden if 0 < d.revision < revision.number}
        self._found: list[Ambiguity] = []

    def ambiguities(self) -> list[Ambiguity]:
        rewritten = self._update.values()
        for number in rewritten:
            self._look_at(number)
        for number, entry in self._revision.changed.items():
            if entry.kind is EntryKind.FREE and number in self._hidden:
                self._note("hidden-definition", number)
        self._look_at_references(rewritten)
        self._check_trailer()
        before = self._document.revisions[self._number - 2]
        if ends_unlike_a_file(self._document.data, before, self._revision):
            self._note("signed-end", 0)
        if self._revision.kind is XrefKind.STREAM and self._is_searched():
            # Poppler searches a file that ends with a table anew, but none that ends with a stream.
            self._note("signed-table-misplaced", 0)
        return self._found

    def _is_searched(self) -> bool:
        """Say whether a table that the update leads to has to be searched for."""
        return any(r.searched for r in self._document.revisions[: self._number - 1])

    def _check_trailer(self) -> None:
        """Look at where the trailer leads: to objects of the very generation it names."""
        for key in _TRAILER_KEYS:
            reference = self._revision.trailer.get(key)
            if isinstance(reference, Ref) and _is_dangling(self._new, reference):
                self._note("reference-dangling", reference.num, key)

    def _note(self, code: str, number: int, detail: str = "") -> None:
        at = self._revision.start
        self._found.append(Ambiguity(code, self._number, at, number, detail or "as signed"))

    def _look_at(self, number: int) -> None:
        """Read by the letter what was signed under this number."""
        if number in self._hidden:
            self._note("hidden-definition", number)
        if _misses(self._document, self._old, number):
            self._note("signed-unclear", number)
        place = _text_of(self._document, self._old, number)
        if place is None:
            return
        codes: dict[str, str] = {}

        def note(code: str, _: int, detail: str) -> None:
            codes.setdefault(code, detail)

        try:
            StrictLexer(place[0], note).value(place[1])
        except StrictSyntaxError as error:
            codes.setdefault(error.code, error.detail)
        for code, detail in codes.items():
            self._note(code, number, f"as signed: {detail}")

    def _look_at_references(self, rewritten: dict[int, Obj]) -> None:
        """Look at what the update refers to and what it replaces did not, and the converse.

        What is no longer referred to is replaced as well: the update spells out what it said.
        """
        roots = self._old.trailer.get("Root"), self._new.trailer.get("Root")
        known = set(_downwards(self._old.trailer)) | set(_downwards(self._old.catalog))
        before = {roots[0]} if isinstance(roots[0], Ref) and roots[0] != roots[1] else set()
        for number in rewritten:
            before |= set(_downwards(self._old.object(number)))
        known |= before
        found: set[int] = set()
        after = {roots[1].num} if isinstance(roots[1], Ref) else set()
        for number, value in rewritten.items():
            references = set(_downwards(value))
            after |= {reference.num for reference in references}
            for reference in references - known:
                if _is_dangling(self._new, reference):
                    self._note("reference-dangling", number, f"{reference.num} {reference.gen} R")
                found.add(reference.num)
        self._follow(self._new, found, {*rewritten})
        dropped = {reference.num for reference in before} - after
        self._follow(self._old, dropped, after | {*rewritten})

    def _follow(self, view: View, numbers: set[int], met: set[int]) -> None:
        """Look at signed objects, newly referred to or no longer, and at what they lead to.

        Those in `met` need no look: they were written by the update itself.
        """
        pending = sorted(numbers)
        left = _MAX_REACHED
        while pending and left:
            number = pending.pop()
            if number in met:
                continue
            met.add(number)
            left -= 1
            self._look_at(number)
            pending += _numbers(view.object(number))
        if pending:
            self._note("reached-too-many", pending[-1])


def _text_of(document: PdfDocument, view: View, number: int) -> tuple[Buffer, int] | None:
    """Return the bytes in which an object's value is written, and where it begins."""
    entry = view.entry(number)
    if entry is None or entry.kind is EntryKind.FREE:
        return None
    if entry.kind is EntryKind.OFFSET:
        found = view.found(number)
        header = HEADER.match(document.data, found.start) if found else None
        return (document.data, header.end()) if header else None
    holder = view.entry(entry.container)
    if holder is None or holder.kind is not EntryKind.OFFSET:
        return None
    container = view.container(entry.container)
    place = container.place(number, entry.position) if container else None
    return (container.data, place) if container and place is not None else None


def _downwards(value: Obj) -> Iterator[Ref]:
    """Yield the references in a value, but for those that lead upwards."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, Ref):
            yield item
        elif isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, Stream):
            pending.append(item.dict)
        elif isinstance(item, Dict):
            pending.extend([inner for key, inner in item.items() if key not in _UPWARDS])
            pending.extend(item.dropped)


def _numbers(value: Obj) -> Iterator[int]:
    return (reference.num for reference in _downwards(value))


def _reached(view: View, roots: Iterable[Obj]) -> Iterator[Ref]:
    """Yield the references that lead down from some values, and read what they lead to.

    Those nearest first, of a bounded number of objects.
    """
    pending = deque(roots)
    met: set[int] = set()
    while pending and len(met) < _MAX_READ:
        for reference in _downwards(pending.popleft()):
            yield reference
            if reference.num not in met:
                met.add(reference.num)
                pending.append(view.object(reference.num))


def _drawn(view: View, wanted: set[int]) -> bool:
    """Say whether one of some objects decides what the pages of a revision show."""
    pages = view.pages()
    above = [view.trailer.get("Root"), view.catalog.get("Pages"), *(ref for ref, _ in pages)]
    above += [page.get("Parent") for _, page in pages]
    met = {reference.num for reference in above if isinstance(reference, Ref)}
    pending: list[Obj] = [page for _, page in pages]
    for _ in range(_MAX_DRAWN):
        if not pending or not met.isdisjoint(wanted):
            break
        for reference in _downwards(pending.pop()):
            if reference.num not in met:
                met.add(reference.num)
                pending.append(view.object(reference.num))
    return bool(pending) or not met.isdisjoint(wanted)


def read_what_is_drawn(document: PdfDocument) -> None:
    """Read what the pages lead to, so that the lenient reader notes the keys it finds twice.

    A bounded number of objects, the pages' own first: for a warning, not for a verdict.
    """
    view = document.view()
    for _ in _reached(view, [page for _, page in view.pages()[:_MAX_READ]]):
        pass


def drawn_ambiguities(
    document: PdfDocument, revision: int, hidden: Sequence[HiddenDefinition]
) -> tuple[str, ...]:
    """Return codes of what is ambiguous in the bytes up to a revision and drawn on its pages.

    Raises LimitExceededError.
    """
    document.context.budget.check_time()
    wanted = {d.number for d in hidden if 0 < d.revision <= revision}
    codes: set[str] = set()
    if wanted and _drawn(document.view(revision), wanted):
        codes.add("hidden-definition")
    end = document.revisions[revision - 1].end
    if any(a.code == "dict-key-conflict" and (a.offset or 0) < end for a in document.anomalies):
        codes.add("key-twice")
    return tuple(sorted(codes))
