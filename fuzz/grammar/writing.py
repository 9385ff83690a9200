"""Write one update as a conforming writer would, but for the few places a plan makes odd.

`Update` says what is written; `write` puts it behind the file. Every call of `Choices.odd` is a
place where readers are known, or were thought, to read apart (ISO 32000-2, 7.2 to 7.5).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from fixtures.make import pdf
from fixtures.make.pdf import Hex, Raw, Stream, Value
from fixtures.make.revision import Document, runs
from fuzz.grammar import tokens
from fuzz.grammar.choices import Choices


@dataclass
class Update:
    """What one update writes."""

    kind: str = "table"
    """`table`, `stream` or `hybrid`."""
    objects: dict[int, Value] = field(default_factory=dict)
    packed: set[int] = field(default_factory=set)
    """Objects that go into an object stream."""
    unlisted: list[bytes] = field(default_factory=list)
    """Definitions that no row names."""
    freed: dict[int, int] = field(default_factory=dict)
    """Object number to the generation its free row has."""
    pointed: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Rows that point somewhere else: object number to offset and generation."""
    inside: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Rows into an object stream that is there: number to stream and index (streams only)."""
    first: int = 0
    """The least number of a new object."""
    generations: dict[int, int] = field(default_factory=dict)
    """Generations that header and row give an object, where they are not 0."""
    trailer: dict[str, Value] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    """Trailer keys left out."""


_ENDS = (b"\r\n", b"\r", b" ", b"", b"\n\n", b"\t", b"\0", b"\x0c", b"%\n", b" \n")
_ROW_ENDS = (
    b"\n",
    b"\r\n",
    b" \r",
    b"\r",
    b"  \n",
    b"\n\n",
    b"\t\n",
    b"  ",
    b"\0\n",
    b"%\n",
    b"x\n",
)
_JUNK = (
    b"%x\n", b"%iText-5.5.9\n", b"%\rstartxref\r15\r%%EOF\r", b"%trailer<</Root 29 0 R>>\n",
    b"%startxref 15\n", b"% startxref\n", b"%%EOF startxref\n", b"%7 0 obj\n", b"%xref\n",
    b"%" + b"x" * 1100 + b"\n", (b"%" + b"x" * 60 + b"\n") * 70, b"\r\n" * 600,
    b"\n", b" ", b"\0", b"1\n", b"x\n", b"null\n", b"endobj\n", b"%PDF-1.4\n", b"%%EOF\n",
    b"7 0 obj\n", b"xref\n",
    b"trailer\n", b"stream\n", b"endstream\n", b">>\n", b"<<\n", b"(\n", b")\n",
    b"startxref\n15\n%%EOF\n", b"obj\n",
    b"<</Root 1 0 R>>\n", b"trailer\n<</Root 1 0 R>>\n",
    b"trailer\n<</Size 40/Root 1 0 R>>\nstartxref\n15\n%%EOF\n",
    b"xref\n0 0\ntrailer\n<</Size 40/Root 1 0 R>>\n",
    (b"7 0 obj\n<</Length 44>>stream\n20 w 0 0 m 500 800 l S 0 800 m 500 0 l S    "
    b"\nendstream\nendobj\n"),
    (b"%7 0 obj <</Length 44>>stream 20 w 0 0 m 500 800 l S 0 800 m 500 0 l S     endstream "
    b"endobj\n"),
    b"6 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>\nendobj\n",
    b"5 0 obj\n<</Type/Font/Subtype/Type1/BaseFont/Courier>>\nendobj\n",
    b"6 1 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>\nendobj\n",
    b"1 0 obj\n<</Type/Catalog/Pages<</Type/Pages/Count 0/Kids[]>>>>\nendobj\n", b" " * 1100,
    b"\n" * 1100, b"\0" * 1030,
)  # fmt: skip


class _Writer:
    """Writes one update; `out` is the whole file so far."""

    def __init__(self, document: Document, update: Update, choices: Choices) -> None:
        self.document, self.update, self.choices = document, update, choices
        self.out = bytearray(document.data)
        self.begin = len(document.data)
        self.rows: dict[int, bytes] = {}
        """Rows of the table, without their ends."""
        self.places: dict[int, tuple[int, int, int]] = {}
        """Rows of the cross-reference stream: kind and two fields."""
        self.top = max([document.free - 1, *update.objects], default=0)

    def run(self) -> bytes:
        """Return the file with the update behind it."""
        odd = self.choices.odd
        gap = b"" if self.out.endswith((b"\n", b"\r")) else b"\n"
        self.out += odd("lead", gap, b"", b"\r\n", b"\r", b" ", *_JUNK)
        packed = (
            self.update.packed & self.update.objects.keys()
            if self.update.kind != "table"
            else set()
        )
        unlisted = list(self.update.unlisted)
        for number, value in self.update.objects.items():
            if unlisted and self.choices.chance(0.5):
                self.out += unlisted.pop()
            if number not in packed:
                self._indirect(number, value)
                self.out += odd("between", b"", *_JUNK)
        self.out += b"".join(unlisted)
        for number, generation in self.update.freed.items():
            self.rows[number] = b"0000000000 %05d f" % generation
            self.places[number] = (0, 0, generation)
        for number, (offset, generation) in self.update.pointed.items():
            self.rows[number] = b"%010d %05d n" % (offset, generation)
            self.places[number] = (1, offset, generation)
        for number, (stream, index) in self.update.inside.items():
            self.places[number] = (2, stream, index)
        start = {"table": self._table, "stream": self._stream, "hybrid": self._hybrid}[
            self.update.kind
        ](packed)
        self._end(start)
        return bytes(self.out)

    # --- objects (7.3.10) ---

    def _ciphered(self, number: int, value: Value) -> Value:
        if self.document.cipher is None or isinstance(value, Raw) or number >= 1 << 24:
            return value
        return self.document.cipher(number, value)

    def _indirect(self, number: int, value: Value) -> None:
        odd = self.choices.odd
        head = odd(
            "header", b"%d 0 obj\n", b"%d 1 obj\n", b"%d 00 obj\n", b"0%d 0 obj\n", b"+%d 0 obj\n",
            b"%d  0 obj\n",
            b"%d\t0\tobj\n", b"%d 0 obj", b"%d 0 obj%%c\n", b"%d %%c\n0 obj\n", b"%d.0 0 obj\n",
            b"%d 0 OBJ\n",
            b"%d 0 objx\n", b"%d 65535 obj\n", b"%d\n0\nobj\n", b"%d 0\0obj\n", b"%d 0 obj ",
            b"%d -0 obj\n",
            b"%d 0.0 obj\n", b"%d 0 ob\n", b"%d 65536 obj\n", b"%d 2 obj\n",
        )  # fmt: skip
        shown = odd(
            "numbered", number, number + 1, 7, 6, 5, 0, number + 2**32, number - 2**32, 8388607
        )
        shift = odd("offset", 0, -1, 1, 2, -2, 3, 6, 10)
        extra = odd("prefix", b"", b"1", b"7 0 obj ", b"0 ", b"x", b"6 0 ", b"7 0 obj\n", b"<<>>\n")
        self.out += extra
        offset = len(self.out) + shift - (odd("counted", 0, 1) and len(extra))
        given = self.update.generations.get(number, 0)
        generation = odd("generation", given, 1, 65535, 2)
        self.rows[number] = odd(
            "row", b"%010d %05d n", b"%d %05d n", b"%010d %d n", b"%011d %05d n", b"%010d %05d f",
            b"%010d %05d N",
            b"%010d %05dn", b"%010d  %05d n", b"%010d\t%05d n", b"+%09d %05d n", b"%010d %05d x",
            b"%010d %05d", b"%09d %05d  n",
            b"%010d %05d n ",
        ) % (offset, generation)  # fmt: skip
        kind = odd("kind", 1, 0, 2, 3, 255)
        self.places[number] = (kind, offset, generation)
        # The one definition hides behind another of the same number, or stands before it.
        head = head.replace(b" 0 obj", b" %d obj" % given)
        self.out += head % shown + self._body(number, value) + self._close()

    def _close(self) -> bytes:
        odd = self.choices.odd
        before = odd("before endobj", b"", *_JUNK, b"0 0 R ", b"/A ", b"]", b"true ")
        end = odd(
            "endobj", b"endobj", b"", b"endob", b"ENDOBJ", b"endobj endobj", b"xendobj", b"endobj0",
            b"endobj/A",
            b"endobj%c", b"endobj 7 0 obj null endobj", b"end obj", b"endobj<<", b"endobj)",
            b"endstream",
        )  # fmt: skip
        return b"\n" + before + end + odd("endobj end", b"\n", *_ENDS, b"%")

    def _body(self, number: int, value: Value) -> bytes:
        value = self._ciphered(number, value)
        if isinstance(value, Stream):
            return self._stream_body(value)
        written = pdf.write(value)
        if isinstance(value, Raw) and (b"stream" in written or b"/ByteRange [" in written):
            return written
        return tokens.mutated(written, self.choices)

    def _stream_body(self, value: Stream, number: int = 0) -> bytes:
        odd = self.choices.odd
        entries, data = pdf.stream_parts(value)
        length = len(data)
        data += odd(
            "stream tail", b"", b"\0", b"\nendstream", b" ", b"endstream endobj 7 0 obj", b"\n"
        )
        written = odd(
            "length", b"%d" % length, b"%d" % (length + 1), b"%d" % max(0, length - 1), b"0", b"-1",
            b"%d.0" % length,
            b"%d 0 R" % self.document.free, b"36 0 R", b"32 0 R", b"99999999", b"%d 0 R" % number,
            b"+%d" % length,
            b"%d" % (length + 2**32), b"null", b"(%d)" % length, b"%d" % (length + 40),
            b"0%d" % length, b"%de0" % length,
        )  # fmt: skip
        rest = {key: item for key, item in entries.items() if key != "Length"}
        name = odd(
            "filter key",
            b"/Filter",
            b"/F",
            b"/Fl",
            b"/FFilter",
            b"/#46ilter",
            b"/Filter /Filter",
            b"/Filter null/Filter",
        )
        dictionary = pdf.dictionary(rest).replace(b"/Filter", name)
        flate = odd(
            "filter", b"/FlateDecode", b"/Fl", b"[/FlateDecode]", b"[/FlateDecode null]",
            b"/Flatedecode", b"/#46lateDecode",
            b"[/FlateDecode/FlateDecode]", b"[[/FlateDecode]]", b"/FlateDecode#00",
            b"[/Crypt/FlateDecode]", b"[]",
            b"/FlateDecode/DecodeParms<</Predictor 1>>",
            b"/FlateDecode/DP<</Predictor 12/Columns 3>>",
            b"/FlateDecode/DecodeParms<</Predictor 2.0>>", b"/FlateDecode/F(x)",
            b"/FlateDecode/F/ASCIIHexDecode",
            b"/FlateDecode/FFilter/ASCIIHexDecode", b"/FlateDecode/F<</F(x)>>",
            b"/FlateDecode/DecodeParms[null]",
            b"/FlateDecode/DL 5", b"/FlateDecode/FDecodeParms<</Predictor 12>>",
            b"/FlateDecode/F null",
        )  # fmt: skip
        dictionary = dictionary.replace(b"/FlateDecode", flate)
        second = odd(
            "length twice",
            b"",
            b"/Length 0",
            b"/Length 10",
            b"/Length 99999",
            b"/L 5",
            b"/#4cength 3",
        )
        first = odd("length before", b"", b"/Length 0", b"/Length 10")
        dictionary = b"<<" + first + dictionary[2:-2] + b"/Length " + written + second + b">>"
        start = odd(
            "stream", b"stream\r\n", b"stream\n", b"stream", b"stream\r", b"stream \n",
            b"stream \r\n", b"stream\n\n",
            b"stream\t\n", b"stream\0\n", b"Stream\n", b"stream%c\n", b"stream\r\r\n",
            b"stream\n\r", b"stream  ", b"\nstream\n",
            b"%c\nstream\n", b"streamx\n", b" stream\n", b"stream\x0c\n", b"x stream\n",
            b"stream\nstream\n", b"stream\r\n\r\n",
        )  # fmt: skip
        end = odd(
            "endstream", b"\r\nendstream", b"\nendstream", b"endstream", b"", b" endstream",
            b"\n\nendstream",
            b"\rendstream", b"\nendstrea", b"\nendstream endstream", b"\nendstreamx",
            b"\n%c\nendstream", b"\nendstream %c",
            b"\nEndstream", b"xx\nendstream", b"\nendstream 5", b"\nendstream>>", b"\nendobj",
        )  # fmt: skip
        return tokens.mutated(dictionary, self.choices) + start + data + end

    # --- cross-references (7.5.4 and 7.5.8) ---

    def _size(self, top: int) -> Value:
        odd, own = self.choices.odd, max(top + 1, int(self.document.trailer.get("Size", 0) or 0))
        return odd(
            "size", own, own + 1, own + 100, 1, 0, -1, 7, 2**31, 2**32 + own, Raw(b"%d.0" % own),
            Raw(b"+%d" % own), own - 1,
            Raw(b"%d 0 R" % 32), Raw(b"(5)"), Raw(b"null"), Raw(b"9999999999"), 8388607, 8388608,
            own - 3, Raw(b"0%d" % own),
        )  # fmt: skip

    def _trailer(self, top: int) -> bytes:
        odd, document = self.choices.odd, self.document
        digest = hashlib.md5(document.data, usedforsecurity=False).digest()
        identifier = [document.trailer["ID"][0], Hex(digest)]
        prev = document.startxref
        entries: dict[str, Value] = {
            "Size": self._size(top),
            **document.trailer,
            "ID": identifier,
            "Prev": prev,
        }
        entries["Prev"] = odd(
            "prev", prev, Raw(b"%d.0" % prev), Raw(b"%d 0 R" % 32), prev - 1, prev + 1, 0, -1,
            Raw(b"+%d" % prev), Raw(b"(%d)" % prev),
            prev + 2**32, Raw(b"null"), Raw(b"[%d]" % prev), Raw(b"0%d" % prev), prev + 4, 15,
            self.begin, 10**10,
            Raw(b"%d/Prev %d" % (prev, 15)), Raw(b"15/Prev %d" % prev), Raw(b"-%d" % prev),
            Raw(b"%de0" % prev), Raw(b"--%d" % prev),
            Raw(b"%d.9" % prev), Raw(b"%d/Prev %d" % (prev, self.begin)),
            Raw(b"%d/#50rev 15" % prev),
        )  # fmt: skip
        entries["Root"] = odd(
            "root", entries["Root"], Raw(b"1 1 R"), Raw(b"29 0 R"), Raw(b"1 65535 R"),
            Raw(b"01 0 R"), Raw(b"1 0 R/Root 29 0 R"),
            Raw(b"<</Type/Catalog/Pages 2 0 R>>"), Raw(b"1"), Raw(b"null"), Raw(b"+1 0 R"),
            Raw(b"1 00 R"), Raw(b"2 0 R"),
            Raw(b"1 0 R/Root<</Pages 2 0 R>>"), Raw(b"1.0 0 R"), Raw(b"1  0  R"),
            Raw(b"4294967297 0 R"), Raw(b"1 0 R/#52oot 29 0 R"),
        )  # fmt: skip
        entries["ID"] = odd(
            "id",
            identifier,
            Raw(b"[<00><01>]"),
            Raw(b"[]"),
            Raw(b"[null null]"),
            Raw(b"5"),
            Raw(b"[(x)]"),
        )
        extra = odd(
            "trailer key", b"", b"/XRefStm 5", b"/XRefStm 0", b"/XRefStm -1", b"/XRefStm %d" % prev,
            b"/XRefStm 9999999",
            b"/XRefStm %d.0" % prev, b"/Encrypt 35 0 R", b"/Encrypt<</Filter/Standard>>",
            b"/Type/XRef", b"/Encrypt null",
            b"/XRefStm 30 0 R", b"/XRefStm %d" % self.begin, b"/Linearized 1", b"/Version/2.0",
            b"/Pages 29 0 R",
            b"/Encrypt<</Filter/Standard/V 1/R "
            b"2/O(12345678901234567890123456789012)/U(12345678901234567890123456789012)/P -1>>",
            b"/XRefStm null", b"/Index[0 1]", b"/W[1 2 1]", b"/DocChecksum/0123", b"/XRefStm",
            b"/Extends 5 0 R",
        )  # fmt: skip
        drop = odd("trailer without", "", "Root", "ID", "Prev", "Info", "Size", "Encrypt")
        entries |= self.update.trailer
        entries = {
            key: value
            for key, value in entries.items()
            if key != drop and key not in self.update.dropped
        }
        return tokens.mutated(pdf.dictionary(entries)[:-2] + extra + b">>", self.choices)

    def _table(self, _: Iterable[int] = (), extra: bytes = b"") -> int:
        odd = self.choices.odd
        self.out += odd("before table", b"", *_JUNK)
        start = len(self.out)
        free_head = self.choices.chance(0.5)
        head = odd(
            "free head", b"0000000000 65535 f", b"0000000000 00000 f", b"0000000007 65535 f",
            b"0000000015 00000 n", b"0000000000 65535 n", b"0000000006 65535 f",
        )  # fmt: skip
        rows = {**({0: head} if free_head else {}), **self.rows}
        self.out += odd(
            "xref", b"xref\n", b"xref\r\n", b"xref\r", b"xref ", b"xref\n\n", b"xref \n",
            b"xref%c\n", b"xref\n%c\n", b" xref\n",
            b"xrefx\n", b"xref\t\n", b"\nxref\n", b"XREF\n", b"xref\0\n", b"xref", b"xref\nxref\n",
            b"%c\nxref\n", b"xref\x0c",
        )  # fmt: skip
        for run in runs(rows.keys()) or [[]]:
            first, count = (run[0] if run else 0), len(run)
            self.out += odd(
                "subsection", b"%d %d\n" % (first, count), b"%d %d \n" % (first, count),
                b"%d  %d\n" % (first, count),
                b"%d %d\r\n" % (first, count), b"%d %d\r" % (first, count), b"0%d %d\n" % (first,
                    count), b"+%d %d\n" % (first, count),
                b"%d %d\n" % (first, count + 1), b"%d %d\n" % (first, max(0, count - 1)),
                b"%d\n%d\n" % (first, count),
                b"%d %d %%c\n" % (first, count), b"%d\t%d\n" % (first, count),
                b"%d %d\n" % (first + 1, count),
                b"%d %d\n" % (max(0, first - 1), count), b"%d.0 %d\n" % (first, count),
                b"%d %d\n\n" % (first, count),
                b"%d %d" % (first, count), b"-%d %d\n" % (first, count), b"%d -1\n" % first,
                b"%d 99999\n" % first,
                b"%d %d\n" % (first + 2**32, count), b"%d 0\n%d %d\n" % (first, first, count),
                b"5 0\n%d %d\n" % (first, count),
                b"7 1\n0000000000 00000 f \n%d %d\n" % (first, count),
                b"6 1\n0000000015 00000 n \n%d %d\n" % (first, count),
                b"%d 4294967297\n" % first, b" %d %d\n" % (first, count), b"%d 0%d\n" % (first,
                    count), b"%d %d\x0c\n" % (first, count),
                b"0 1\n0000000000 65535 f \n%d %d\n" % (first, count),
                b"2147483647 1\n0000000000 00000 f \n%d %d\n" % (first, count),
                b"8388607 1\n0000000000 00000 f \n%d %d\n" % (first, count),
            )  # fmt: skip
            for number in run:
                end = odd("row end", b" \n", *_ROW_ENDS)
                self.out += rows[number] + end
            self.out += odd(
                "after rows", b"", b"%c\n", b"\n", b"0000000000 00000 f \n",
                b"7 1\n0000000000 00001 f \n", b"6 0\n",
                b"7 1\n0000000000 00000 n \n", b"6 1\n0000000015 00000 n \n",
                b"5 1\n0000000000 65535 f \n", b" ", b"1\n", b"x",
                b"xref\n", b"7 1\n0000000001 00000 n \n",
            )  # fmt: skip
        self.out += odd(
            "trailer", b"trailer\n", b"trailer", b"trailer ", b"trailer\r\n", b"trailer%c\n",
            b"Trailer\n", b"trailerx\n", b"\ntrailer\n",
            b"trailer\n%c\n", b"trailer\n<</Size 40/Root 29 0 R>>\ntrailer\n", b"%c\ntrailer\n",
            b"", b" trailer\n", b"trailer\0\n",
            b"trailer\n<<>>\n", b"trailer\n1\n",
        )  # fmt: skip
        written = self._trailer(self.top)
        self.out += written[:-2] + extra + b">>" if extra else written
        self.out += odd("trailer end", b"\n", *_ENDS, *_JUNK)
        return start

    def _pack(self, packed: Iterable[int], number: int) -> None:
        """Write an object stream (7.5.7)."""
        odd = self.choices.odd
        heads, bodies = b"", b""
        order = sorted(packed)
        for index, item in enumerate(order):
            shown = odd(
                "packed number",
                item,
                item + 1,
                7,
                6,
                0,
                number,
                item + 2**32,
                Raw(b"%d.0" % item),
                Raw(b"+%d" % item),
            )
            at = odd(
                "packed offset",
                len(bodies),
                len(bodies) + 1,
                0,
                -1,
                99999,
                Raw(b"%d.0" % len(bodies)),
                Raw(b"+%d" % len(bodies)),
                len(bodies) + 2**32,
            )
            gap = odd(
                "head gap",
                b" ",
                b"\n",
                b"  ",
                b"%c\n",
                b"\0",
                b" 7 0 ",
                b" null ",
                b" (a) ",
                b" /A ",
                b" 1.5 ",
                b"\t",
            )
            written = pdf.write(shown) + b" " + pdf.write(at) + gap
            heads += odd(
                "head",
                written,
                b"%7 0\n" + written,
                b"/7 /0 " + written,
                b"7 0 " + written,
                written + written,
                b"(7 0) " + written,
                b"7.5 " + written,
            )
            value = pdf.write(self.update.objects[item])
            body = tokens.mutated(value, self.choices)
            bodies += odd(
                "packed body",
                body,
                b"%d 0 obj\n" % item + body,
                body + b" endobj",
                body + b" <<>>",
                b"%c\n" + body,
                b"(a) " + body,
                body[:-2],
                b"7 0 R",
                b"null " + body,
                b"<</Length 3>>stream\n0 g\nendstream",
            )
            bodies += odd("packed gap", b"\n", b"", b" ", b"%c\n", b"x ", b"1 ", b"\0")
            self.places[item] = (
                odd("packed kind", 2, 1, 0),
                number,
                odd("packed index", index, index + 1, 255, 0),
            )
        count = len(order)
        entries: dict[str, Value] = {
            "Type": odd("packed type", pdf.Name("ObjStm"), pdf.Name("Objstm"), pdf.Name("XObject"),
                None),
            "N": odd("N", count, count + 1, max(0, count - 1), -1, 0, Raw(b"%d.0" % count),
                Raw(b"32 0 R"), 10**6, count + 2**32),
            "First": odd("First", len(heads), len(heads) - 1, len(heads) + 1, 0,
                Raw(b"%d.0" % len(heads)), -1, len(heads) + 2, Raw(b"32 0 R")),
        }  # fmt: skip
        more = odd(
            "packed entries",
            b"",
            b"/Extends 30 0 R",
            b"/Extends %d 0 R" % number,
            b"/F/ASCIIHexDecode",
            b"/N 0",
            b"/First 0",
            b"/F(x)",
        )
        heads += odd("head end", b"", b" ", b"%x", b"7 0 ", b"\n" * 3, b"/")
        stream = Stream(heads + bodies, entries, plain=self.choices.chance(0.3))
        offset = len(self.out)
        self.places[number] = (1, offset, 0)
        self.rows[number] = b"%010d 00000 n" % offset
        body = self._stream_body(self._ciphered(number, stream), number=number)
        self.out += (
            b"%d 0 obj\n" % number + body.replace(b"/ObjStm", b"/ObjStm" + more) + self._close()
        )

    def _xref_stream(self, number: int, own: bool) -> int:
        odd = self.choices.odd
        self.out += odd("before table", b"", *_JUNK)
        start = len(self.out)
        if own:
            self.places[number] = (1, start, 0)
        if self.choices.chance(0.2):
            self.places.setdefault(0, (0, 0, 65535))
        wide = self.choices.one(((1, 4, 2), (1, 3, 2), (1, 8, 2), (1, 2, 2), (1, 4, 2)))
        index: list[Value] = []
        for run in runs(self.places.keys()):
            index += [run[0], len(run)]
        rows = b"".join(
            b"".join(
                (self.places[n][i] & ((1 << 8 * w) - 1)).to_bytes(w, "big")
                for i, w in enumerate(wide)
            )
            for n in sorted(self.places)
        )
        rows += odd("rows", b"", b"\0", bytes(sum(wide)), b"\1" * sum(wide), bytes(3), bytes(100))
        first, count = index[0] if index else 0, len(index)
        shown = odd(
            "index", index, Raw(b"null"), index[:-1], [*index, 5], [*index, 7, 1], [*index, 7, 0],
            [7, 0, *index], [-1, 0, *index],
            [Raw(b"%d.0" % first), *index[1:]], [*index[: count - 1], (index or [0])[-1] + 1], [0,
                99999], Raw(b"(x)"), [*index, 2**31, 1],
            [*index, 8388607, 1], [first + 1, *index[1:]], [Raw(b"+%d" % first), *index[1:]],
            Raw(b"32 0 R"), [*index, 6, -1], [2**32 + first, *index[1:]],
        )  # fmt: skip
        widths = list(wide)
        shown_w = odd(
            "W", widths, [*widths, 1], [*widths, 0], widths[:2], [0, *widths[1:]], [Raw(b"1.0"),
                *widths[1:]], [1, 4, 0], [1, widths[1], Raw(b"+2")],
            [-1, *widths[1:]], [1, 2**32 + widths[1], 2], Raw(b"32 0 R"), Raw(b"null"), [widths[0],
                widths[1] + 1, 1], [1, widths[1], Raw(b"2.0")],
            [[1], *widths[1:]], [2, widths[1] - 1, 2], [*widths, -1],
        )  # fmt: skip
        head = {
            "Type": odd(
                "xref type",
                pdf.Name("XRef"),
                pdf.Name("Xref"),
                None,
                pdf.Name("ObjStm"),
                pdf.Name("XRef "),
            ),
            "Index": shown,
            "W": shown_w,
        }
        stream = Stream(rows, head, plain=self.choices.chance(0.5))
        body = self._stream_body(stream, number=number)
        trailer = self._trailer(self.top)
        body = b"<<" + trailer[2:-2] + body[2:]
        self.out += odd("stream header", b"%d 0 obj\n", b"%d 1 obj\n", b"%d 0 obj", b" %d 0 obj\n",
            b"0%d 0 obj\n", b"7%d 0 obj\n", b"+%d 0 obj\n", b"%d  0 obj\n") % number  # fmt: skip
        self.out += body + self._close()
        return start

    def _stream(self, packed: Iterable[int]) -> int:
        number = self.top + 1
        if packed:
            self._pack(packed, number)
            number += 1
        self.top = number
        own = self.choices.odd("own row", True, False)
        return self._xref_stream(number, own)

    def _hybrid(self, packed: Iterable[int]) -> int:
        """Write a table, and a stream beside it that `/XRefStm` names (7.5.8.4)."""
        odd = self.choices.odd
        number = self.top + 1
        self.places = {
            n: place
            for n, place in self.places.items()
            if n in odd("both", (), (5, 6, 7), (6, 13), (7,))
        }
        if packed:
            self._pack(packed, number)
            del self.places[number]
            number += 1
        self.top = number
        at = self._xref_stream(number, own=False)
        self.rows[number] = b"%010d 00000 n" % at
        for item in packed:
            if hidden := odd(
                "hybrid row",
                b"",
                b"0000000000 00000 f",
                b"0000000000 65535 f",
                b"0000000015 00000 n",
            ):
                self.rows[item] = hidden
        stated = odd("xrefstm", b"%d" % at, b"%d.0" % at, b"%d" % (at + 1), b"+%d" % at, b"0",
            b"-1", b"%d 0 R" % number, b"%d" % (at - 1), b"null", b"99999999",
            b"%d/XRefStm 5" % at)  # fmt: skip
        return self._table(extra=b"/XRefStm " + stated)

    # --- the end (7.5.5) ---

    def _end(self, start: int) -> None:
        odd = self.choices.odd
        self.out += odd("before startxref", b"", *_JUNK)
        self.out += odd(
            "startxref", b"startxref\n", b"startxref\r\n", b"startxref ", b"startxref",
            b"STARTXREF\n", b"startxrefx\n", b"startxref\n%c\n",
            b"startxref\n15\nstartxref\n", b"", b"startxref\n\n", b" startxref\n", b"xstartxref\n",
            b"startxref\0", b"startxref%c\n", b"start xref\n",
        )  # fmt: skip
        self.out += odd(
            "position", b"%d" % start, b"%d" % (start - 1), b"%d" % (start + 1), b"%d.0" % start,
            b"+%d" % start, b"0%d" % start, b"-1", b"0",
            b"%d" % (start + 2**32), b"%d %%c" % start, b"99999999",
            b"%d" % self.document.startxref, b"%d 5" % start, b"(%d)" % start, b"",
            b"%d0" % start, b"%d" % (start + 4), b"%de0" % start, b"%d" % (start - 10),
            b"000000000000%d" % start, b"15",
        )  # fmt: skip
        self.out += odd(
            "position end", b"\n", *_ENDS, b"\n" * 1030, b" " * 4100, b"%startxref\n",
            b"%startxref 15\n",
            b"\n%iText\n", b"\n" + b"%" + b"x" * 1030 + b"\n", b"%\rstartxref\r15\r",
            b"\n%" + b"x" * 1100 + b"\n", b"\n" + (b"%" + b"x" * 60 + b"\n") * 70, b"\n%\n%\n",
        )  # fmt: skip
        self.out += odd(
            "eof", b"%%EOF\n", b"%%EOF", b"%%EOF\r\n", b"", b"%EOF\n", b"%%eof\n",
            b"%%EOF\n%%EOF\n", b"%%EOFx\n", b"%%EOF \n", b"\n%%EOF\n",
            b"%%EOF\nstartxref\n15\n%%EOF\n", b" %%EOF\n", b"%%EO\n", b"%c\n%%EOF\n",
        )  # fmt: skip
        self.out += odd(
            "tail", b"", b"\n", b"\n" * 16, b"\n" * 17, b"\r\n" * 8, b" ", b"\0", b"\n" * 600,
            b"\n" * 1010, b"\n" * 1030, b"\n" * 4100, b" " * 1100,
            b"\0" * 1100, b"%" + b"x" * 1100, b"x" * 500, b"x" * 1020, b"hello world",
            b"startxref\n15\n%%EOF\n", b"<!-- -->" * 20, b"\r" * 16, b"\r" * 1100,
            b"abc " * 128, b"%%EOF\n", b"startxref", b"%%EOF", b"trailer <</Root 29 0 R>>",
            b"7 0 obj null endobj", b"\x1a", b"\xff" * 20, b"\t" * 16,
            b"xref", b"\n" * 15 + b"x", b"obj", b"%PDF-1.7", b"\n%%EOF\n" * 90, b"startxref 1",
            b"\n" * 500 + b"%%EOF\n", b"endobj",
        )  # fmt: skip


def write(document: Document, update: Update, choices: Choices) -> bytes:
    """Return the file with the update behind it."""
    return _Writer(document, update, choices).run()
