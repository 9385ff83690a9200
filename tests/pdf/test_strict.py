"""The strict grammar: what it reads without a word, and the code of each deviation."""

from __future__ import annotations

import time
import zlib

import pytest

from sigcheck.evidence.pdf import Dict, Entry, EntryKind, Obj, PdfDocument, XrefKind
from sigcheck.evidence.pdf.budget import Budget
from sigcheck.evidence.pdf.strict.tokens import StrictLexer
from sigcheck.evidence.pdf.strict.update import Before, UpdateReader
from sigcheck.model.evidence import Ambiguity
from sigcheck.model.policy import Limits
from tests.pdf.builder import PAGE, Pdf, open_pdf

_PAGE_3 = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate 90 >>"


def _table_update() -> bytes:
    pdf = Pdf().basics().table()
    pdf.add(3, _PAGE_3)
    pdf.stream(4, b"0 0 m", b"/Type /XObject")
    return bytes(pdf.table())


def _stream_update() -> bytes:
    pdf = Pdf().basics().table()
    pdf.object_stream(5, {3: _PAGE_3, 7: b"(x)"})
    return bytes(pdf.xref_stream(6, {3: (5, 0), 7: (5, 1)}))


def _packed_update(header: bytes, body: bytes, count: int = 2) -> bytes:
    pdf = Pdf().basics().table()
    extra = b"/Type /ObjStm /N %d /First %d" % (count, len(header))
    pdf.stream(5, header + body, extra)
    return bytes(pdf.xref_stream(6, {3: (5, 0), 7: (5, 1)}))


def _read(data: bytes) -> list[Ambiguity]:
    """Read the last update of a document of two revisions."""
    document = open_pdf(data)
    return _ambiguities(document)


def _ambiguities(document: PdfDocument) -> list[Ambiguity]:
    first, last = document.revisions
    assert last.kind is not XrefKind.REBUILT
    size = first.trailer["Size"]
    assert isinstance(size, int)
    before = Before(
        2, lambda number: document.store.entry(number, 1), size, frozenset({first.startxref}), 0
    )
    reader = UpdateReader(
        document.data,
        (first.end, len(document.data)),
        before,
        document.context.budget,
        resolve=document.view().get,
    )
    return reader.read().ambiguities


def _codes(data: bytes) -> set[str]:
    return {ambiguity.code for ambiguity in _read(data)}


class _Locked:
    """A decryptor that opens nothing."""

    def decrypt(self, value: Obj, _num: int, _gen: int) -> Obj:
        """Return the value as it stands."""
        return value

    def stream_data(self, _dictionary: Dict, _data: bytes, _num: int, _gen: int) -> bytes | None:
        """Decrypt nothing."""

    def undecryptable(self, value: Obj, _num: int, _gen: int) -> bool:
        """Say no to every object with a string."""
        return isinstance(value, bytes)


def _direct(update: bytes, known: dict[int, Entry] | None = None, **odd: object) -> set[str]:
    """Read bytes behind a document of three objects, without a look at its chain."""
    first = bytes(Pdf().basics().table())
    at = first.rindex(b"xref\n0")
    entries = known or {}
    before = Before(2, entries.get, 4, frozenset({at}), 0)
    update = update.replace(b"PREV", b"%d" % at)
    update = update.replace(b"HERE", b"%010d" % (len(first) + max(0, update.find(b"4 "))))
    update = update.replace(b"NEXT", b"%d" % (len(first) + update.index(b"xref")))
    data = first + update
    budget = Budget(Limits())
    reader = UpdateReader(
        data,
        (len(first), len(data)),
        before,
        budget,
        lambda _: None,
        _Locked() if odd else None,
    )
    return {ambiguity.code for ambiguity in reader.read().ambiguities}


_OBJECT = b"4 0 obj\n(x)\nendobj\n"
_END = (
    b"xref\n4 1\nHERE 00000 n \ntrailer\n<</Size 5/Root 1 0 R/Prev PREV>>\nstartxref\nNEXT\n%%EOF\n"
)
_IN_USE = {4: Entry(4, 0, EntryKind.OFFSET, 15)}
_ONCE_FREE = {4: Entry(4, 1, EntryKind.FREE, 0)}


@pytest.mark.parametrize(
    ("update", "known", "code"),
    [
        (_OBJECT + _END, {}, None),
        (_OBJECT + _END, _IN_USE, None),
        (_OBJECT + _END, _ONCE_FREE, "generation-reused"),
        (_OBJECT.replace(b"4 0", b"4 2") + _END.replace(b"00000 n", b"00002 n"), {},
         "generation-new-unused"),
        (_OBJECT.replace(b"4 0", b"4 2").replace(b"(x)", b"[4 2 R]")
         + _END.replace(b"00000 n", b"00002 n"), {}, "generation-new"),
        (_OBJECT + _END.replace(b"00000 n", b"70000 n"), {}, "generation-range"),
        (_END.replace(b"HERE 00000 n", b"0000000000 00005 f"), _IN_USE, "generation-freed"),
        (b" " + _OBJECT + _END, {}, "object-header-line"),
        (_OBJECT + b"%\xe9\n" + _END, {}, "comment-binary"),
        (_OBJECT.replace(b"(x)", b"(x") + _END, {}, "string-endless"),
        (_OBJECT + _END.replace(b"<<", b"[").replace(b">>", b"]"), {}, "trailer-form"),
        (_OBJECT + _END.replace(b"4 1", b"4 9999999"), {}, "xref-subsection-short"),
        (_OBJECT + _END.replace(b"xref\n4", b"xref 4"), {}, "xref-keyword"),
        (_OBJECT + _END.replace(b"xref\n4", b"xref \n4"), {}, "xref-keyword-space"),
        (_OBJECT + _END.partition(b"startxref")[0], {}, "startxref-missing"),
        (_OBJECT + _END + b"more", {}, "bytes-after-end"),
        (_OBJECT + _END.replace(b"Prev PREV", b"Prev 9"), {}, "trailer-prev-elsewhere"),
    ],
)  # fmt: skip
def test_updates_that_leave_no_chain_are_named_too(
    update: bytes, known: dict[int, Entry], code: str | None
) -> None:
    """The grammar does without the lenient reader, which would give up on some of these."""
    found = _direct(update, known)

    assert code in found if code else not found


def test_what_does_not_decrypt_is_named() -> None:
    """Some programs show it as it stands, some as nothing."""
    stream = b"4 0 obj\n<</Length 1>>stream\nq\nendstream\nendobj\n"

    assert _direct(_OBJECT + _END, locked=True) == {"string-undecryptable"}
    assert _direct(stream + _END, locked=True) == {"stream-undecryptable"}


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        (b"/Filter /ASCIIHexDecode", "container-filter"),
        (b"/Filter /FlateDecode /DecodeParms << /Predictor 2 >>", "container-parameters"),
        (b"/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 0 >>",
         "container-parameters"),
        (b"/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 3 >>", "container-data"),
    ],
)  # fmt: skip
def test_containers_are_decoded_without_leniency(entries: bytes, code: str) -> None:
    """Only what writers use for object streams is decoded at all."""
    pdf = Pdf().basics().table()
    pdf.stream(5, zlib.compress(b"3 0 " + PAGE), b"/Type /ObjStm /N 1 /First 4 " + entries)
    pdf.xref_stream(6, {3: (5, 0)})

    assert code in _codes(bytes(pdf))


def test_a_container_has_generation_zero() -> None:
    """Entries of packed objects have no room for another."""
    pdf = Pdf().basics().table()
    body = b"3 0 " + PAGE
    pdf.add(
        5, b"<</Type/ObjStm/N 1/First 4/Length %d>>\nstream\n%s\nendstream" % (len(body), body), 1
    )
    pdf.xref_stream(6, {3: (5, 0)})

    assert "container-generation" in _codes(bytes(pdf))


def test_white_space_of_other_kinds_between_packed_numbers_is_named() -> None:
    """A zero byte is white space to some, and the end of a text to others."""
    assert _codes(_packed_update(b"3 0\x007 5 ", b"(ab) (cd)")) == {"object-stream-white-space"}


@pytest.mark.parametrize("data", [_table_update(), _stream_update()], ids=["table", "stream"])
def test_an_update_to_the_letter_has_one_reading(data: bytes) -> None:
    """Objects, an object stream and both kinds of section are read without a word."""
    assert _read(data) == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"/Rotate 90", b"/Rotate 9.", "real-for-integer"),
        (b"/Rotate 90", b"/Rotate 9e", "number-form"),
        (b"/Rotate 90", b"/Rotate --", "number-form"),
        (b"/Rotate 90", b"/Rotate no", "keyword-unknown"),
        (b"/Rotate 90", b"/Rotat#65 9", "name-escape-needless"),
        (b"/Rotate 90", b"/Rot\xe9te 90", "name-raw-byte"),
        (b"/Rotate 90", b"/Rot#ate 9", "name-escape-malformed"),
        (b"/Rotate 90", b"/Ro#00te 9", "name-escape-null"),
        (b"/Rotate 90", b"/X (\\9 12)", "string-escape"),
        (b"/Rotate 90", b"/X (9\r12 )", "string-raw-line-end"),
        (b"/Rotate 90", b"/X <912>  ", "hex-string-odd"),
        (b"/Rotate 90", b"/X <91 2>", "hex-string-space"),
        (b"/Rotate 90", b"/Type /Pa ", "key-twice"),
        (b"/Rotate 90", b"/Rotate%90", "keyword-unknown"),
        (b"595 842] /Rotate 90", b"59%\n842] /Rotate 90", "comment-in-object"),
        (b"/Rotate 90", b"/X 0 0 R  ", "object-number-range"),
        (b"/Rotate 90", b"/X 3  0 R ", "reference-form"),
        (b"/Rotate 90 ", b"/Rotate 90]", "bracket-stray"),
        (b"/Rotate 90 >>\nendobj", b"/Rotate 90 >>\nendabc", "endobj-missing"),
        (b"4 0 obj", b"4\t0 obj", "object-header-form"),
        (b"4 0 obj", b"4 1 obj", "generation-differs"),
        (b"stream\n0 0 m", b"stream 0 0 m", "stream-line-end"),
        (b"stream\n0 0 m", b"stream\r0 0 m", "stream-line-end"),
        (b"/Length 5", b"/Length 4", "stream-length"),
        (b"/Length 5 ", b"/Lengti 5 ", "stream-length-missing"),
        (b"/Type /XObject", b"/F /FlateDecod", "stream-key-foreign"),
        (b"/Type /XObject", b"/Filter /Fl   ", "filter-unknown"),
        (b"0 0 m\nendstream", b"0 0 m endstream", "stream-length"),
        (b"xref\n3 1\n", b"xref \n3 1", "xref-keyword-space"),
        (b"xref\n3 1\n", b"xref\n3\t1\n", "xref-table-form"),
        (b" 00000 n \n4 1", b" 00000 n\t\n4 1", "xref-row-form"),
        (b"00000 n \ntrailer", b"00000 n\n\ntrailer", "xref-row-form"),
        (b"00000 n \ntrailer\n", b"00000 n \n\ntrailer ", "xref-blank-line"),
        (b"4 1\n0", b"3 1\n0", "xref-number-twice"),
        (b"4 1\n0", b"9 1\n0", "trailer-size-short"),
        (b"/Size 5", b"/Size 4", "trailer-size-short"),
        (b"/Size 5", b"/Size -", "number-form"),
        (b"/Size 5 /Root 1 0 R", b"/Size 5. /Roo 1 0 R", "trailer-size"),
        (b"/Size 5 /Root 1 0 R", b"/Size 5 /Roof 1 0 R", "trailer-root-missing"),
        (b"/Size 5 /Root 1 0 R", b"/Size 5 /Root 1 0 R/ID[()]", "trailer-id"),
        (b"startxref\n", b"startxref ", "startxref-form"),
        (b"\n%%EOF\n", b" \n%%EOF", "eof-marker-form"),
        (b"\n%%EOF\n", b"\n%%EOF\n%", "bytes-after-end"),
    ],
)  # fmt: skip
def test_each_deviation_has_its_code(old: bytes, new: bytes, code: str) -> None:
    """One change of a table's update is found and named."""
    data = _table_update()
    head, found, tail = data.rpartition(old)

    assert found, "the update does not hold what is to be changed"
    assert code in _codes(head + new + tail)


@pytest.mark.parametrize(
    ("header", "body", "code"),
    [
        (b"3 0 7 5 ", b"(ab) (cd)", None),
        (b"7 0 3 5 ", b"(ab) (cd)", "xref-entry-misses"),
        (b"3 0 7 5 % ", b"(ab) (cd)", "object-stream-header"),
        (b"3 0 7 5 word ", b"(ab) (cd)", "object-stream-header"),
        (b"3 0 7 5. ", b"(ab) (cd)", "object-stream-header"),
        (b"3 0 7 5 8 5 ", b"(ab) (cd)", "object-stream-header"),
        (b"3 0 3 5 ", b"(ab) (cd)", "object-stream-number-twice"),
        (b"3 5 7 0 ", b"(ab) (cd)", "object-stream-offsets"),
        (b"3 0 7 4 ", b"(ab) (cd)", None),
        (b"3 0 7 6 ", b"(ab) (cd) ", "object-stream-gap"),
        (b"3 0 7 5 ", b"(ab) (cd) 9", "object-stream-gap"),
        (b"3 0 7 8 ", b"(ab) 9  (cd)", "object-stream-gap"),
        (b"3 2 7 5 ", b"9 ab (cd)", "object-stream-gap"),
        (b"3 0 7 5 ", b"4 0 R(cd)", "object-stream-reference"),
    ],
)
def test_object_streams_are_read_to_the_letter(
    header: bytes, body: bytes, code: str | None
) -> None:
    """Header, offsets and what lies between the objects leave nothing over."""
    assert _codes(_packed_update(header, body)) == ({code} if code else set())


def test_a_stream_with_bytes_behind_its_end_is_not_decoded() -> None:
    """What a lenient decoder would skip is named."""
    pdf = Pdf().basics().table()
    data = zlib.compress(b"3 0 " + PAGE) + b"more"
    pdf.stream(5, data, b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode")
    pdf.xref_stream(6, {3: (5, 0)})

    assert _codes(bytes(pdf)) == {"container-data", "stream-data"}


def test_what_a_search_would_take_for_an_object_is_found_in_streams_and_strings() -> None:
    """A definition inside a stream or a string is one for a viewer that rebuilds."""
    pdf = Pdf().basics().table()
    pdf.stream(4, b"\n3 0 obj\n<<>>\n")
    pdf.add(5, b"(\n3 0 obj\n<<>>)")
    pdf.add(6, b"(the trailer of his lorry)")

    found = _read(bytes(pdf.table()))

    assert [(a.code, a.object_number) for a in found] == [
        ("stream-look-alike", 4),
        ("string-look-alike", 5),
    ]


def test_an_entry_leads_to_an_object_of_its_own_update() -> None:
    """Not back to what an earlier revision held, nor inside a stream or half of a number."""
    pdf = Pdf().basics()
    hidden = pdf.offsets[3]
    pdf.add(3, PAGE)
    pdf.table()
    pdf.stream(4, b"xxxx 5 0 obj (inner) endobj")
    inner = bytes(pdf).index(b"5 0 obj")
    half = pdf.add(17, b"(x)") + 1
    pdf.offsets |= {3: hidden, 5: inner, 7: half}

    found = _read(bytes(pdf.table()))

    assert [(a.code, a.object_number) for a in found] == [
        ("stream-look-alike", 4),
        ("xref-entry-elsewhere", 3),
        ("xref-entry-elsewhere", 5),
        ("xref-entry-elsewhere", 7),
    ]


def test_an_old_pointer_before_the_true_one_is_said() -> None:
    """Some tools leave the old `startxref` standing; the one that counts follows it."""
    data = _table_update()
    at = data.rindex(b"startxref")

    assert _codes(data[:at] + b"startxref\n9\n/Info 5 0 R\n>>\n" + data[at:]) == {"startxref-stale"}


def test_numbers_far_beyond_those_there_were_are_named() -> None:
    """A program that makes room for all numbers between is lost there."""
    pdf = Pdf().basics().table()
    pdf.add(1_000_000, b"1")

    assert _codes(bytes(pdf.table())) == {"object-number-range"}


def test_keys_twice_in_a_large_dictionary_cost_in_a_straight_line() -> None:
    """Sixteen times the keys cost nowhere near 256 times the time."""

    def seconds(count: int) -> float:
        data = b"<<" + b"".join(b"/K%d 1 " % number for number in range(count)) + b"/K1 2>>"
        found: list[str] = []
        start = time.perf_counter()
        StrictLexer(data, lambda code, _at, detail: found.append(f"{code} {detail}")).value(0)
        taken = time.perf_counter() - start
        assert found == ["key-twice K1"]
        return taken

    small, large = (min(seconds(count) for _ in range(3)) for count in (1_000, 16_000))

    assert large < 48 * small + 0.05
