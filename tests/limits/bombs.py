"""Documents made to exhaust a verifier, written when a test asks for them: none is worth storing.

Each is the signed letter of the fixtures with something hostile in it or behind it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping

from fixtures.make import letter, pdf
from fixtures.make.cases.common import signed, signing, spec
from fixtures.make.pdf import Name, Raw, Ref, Value
from fixtures.make.revision import Document, Style, append
from fixtures.make.signing import sign

MIB = 1 << 20


def deflated_zeros(size: int) -> bytes:
    """Return a Flate stream that expands to `size` zero bytes, made without holding them."""
    packer = zlib.compressobj(9)
    block = bytes(MIB)
    parts = [packer.compress(block) for _ in range(size // MIB)]
    return b"".join([*parts, packer.flush()])


def raw_stream(entries: bytes, data: bytes) -> Raw:
    """Return a stream object exactly as given."""
    return Raw(b"<< /Length %d %s >>\nstream\n" % (len(data), entries) + data + b"\nendstream")


def after(changes: Mapping[int, Value], document: Document | None = None) -> bytes:
    """Return the signed letter with one more revision."""
    return append(document or signed(), changes).data


def page_bomb() -> bytes:
    """Page content, replaced after signing, that expands to a gibibyte."""
    base = signed()
    page = base.pages()[0]
    content = raw_stream(b"/Filter /FlateDecode", deflated_zeros(1024 * MIB))
    changed = {**base.objects[page], "Contents": Ref(base.free)}
    return after({page: changed, base.free: content}, base)


def object_stream_bomb() -> bytes:
    """An object stream that expands to a gibibyte."""
    base = signed()
    bomb = raw_stream(
        b"/Type /ObjStm /N 1 /First 6 /Filter /FlateDecode", deflated_zeros(1024 * MIB)
    )
    with_bomb = append(base, {base.free: bomb})
    number = base.free
    # A cross-reference stream that says the catalog lives inside the bomb.
    rows = b"\x02" + number.to_bytes(4, "big") + b"\x00\x00"
    start = len(with_bomb.data)
    head = b"<< /Type /XRef /W [1 4 2] /Index [%d 1] /Size %d" % (base.root, number + 2)
    rest = b"/Root %d 0 R /Prev %d /Length %d >>" % (base.root, with_bomb.startxref or 0, len(rows))
    table = head + rest
    tail = b"%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (number + 1, table, rows)
    return with_bomb.data + tail + b"startxref\n%d\n%%%%EOF\n" % start


def cascade_bomb() -> bytes:
    """Forty filters, one inside the other."""
    data = deflated_zeros(64 * MIB)
    for _ in range(39):
        data = zlib.compress(data, 1)
    base = signed()
    page = base.pages()[0]
    filters = b"/Filter [" + b"/FlateDecode " * 40 + b"]"
    changed = {**base.objects[page], "Contents": Ref(base.free)}
    return after({page: changed, base.free: raw_stream(filters, data)}, base)


def deep_array() -> bytes:
    """A million arrays, one inside the other, in the catalog."""
    base = signed()
    deep = Raw(b"[" * 1_000_000 + b"]" * 1_000_000)
    return after({base.root: {**base.catalog(), "Deep": deep}}, base)


def reference_chain() -> bytes:
    """Objects of which each names the next one twice: paths double with each link."""
    base = signed()
    first = base.free
    links: dict[int, Value] = {n: [Ref(n + 1), Ref(n + 1)] for n in range(first, first + 2_000)}
    links[first + 2_000] = [Raw(b"null")]
    return after({base.root: {**base.catalog(), "Chain": Ref(first)}, **links}, base)


def reference_ring() -> bytes:
    """Pages, fields, annotations and outlines that lead to themselves."""
    base = signed()
    ring, number = Ref(base.free), base.free
    page = base.pages()[0]
    loop = {"Kids": [ring, ring], "Parent": ring, "Next": ring, "First": ring, "K": ring}
    catalog = {**base.catalog(), "Outlines": ring, "StructTreeRoot": ring, "DSS": ring}
    changed = {**base.objects[page], "Annots": [ring] * 50, "Parent": ring}
    return after({base.root: catalog, page: changed, number: loop}, base)


def many_objects(count: int, *, updated: bool = False) -> bytes:
    """A letter with `count` more objects, signed; or with all of them written again after."""
    plain = letter.plain()
    first = plain.free
    leaves: dict[int, Value] = {n: [n] for n in range(first, first + count)}
    rows = [Ref(n) for n in leaves]
    catalog = {**plain.catalog(), "PieceInfo": {"Crowd": Ref(first + count)}}
    base = append(plain, {plain.root: catalog, **leaves, first + count: rows}, Style(comment=b""))
    base = signed(base)
    return after({n: [n, 0] for n in leaves}, base) if updated else base.data


def many_signatures(count: int) -> bytes:
    """One real signature, and `count` fields whose dictionaries copy it."""
    base = signed()
    first = base.free
    fields: dict[int, Value] = {
        n: {
            "FT": Name("Sig"),
            "T": pdf.text(f"Copy{n}"),
            "Type": Name("Annot"),
            "Subtype": Name("Widget"),
            "Rect": [0, 0, 0, 0],
            "V": {"Type": Name("Sig"), "ByteRange": [0, 10, 20, 30], "Contents": Raw(b"<3000>"),
                  "SubFilter": Name("adbe.pkcs7.detached")},
        }
        for n in range(first, first + count)
    }  # fmt: skip
    form = dict(base.value(base.catalog()["AcroForm"]))
    listed = [*base.value(form["Fields"]), *map(Ref, fields)]
    catalog = {**base.catalog(), "AcroForm": {**form, "Fields": listed}}
    return after({base.root: catalog, **fields}, base)


def signed_many_times(count: int) -> bytes:
    """A letter with `count` real signatures, one revision each."""
    bare = spec(stamped=False)
    document = letter.plain()
    for index in range(count):
        what = signing(cms=bare, field=f"S{index}", reserved=2_600)
        document = sign(document, what)
    return document.data


def many_revisions(count: int) -> bytes:
    """A signed letter with `count` small updates."""
    document = signed()
    info = document.trailer.get("Info")
    number = info.number if isinstance(info, Ref) else document.free
    for index in range(count):
        changed = {number: {"ModDate": b"D:20220827000000+07'00'", "N": index}}
        document = append(document, changed, Style(comment=b""))
    return document.data


def prev_ring() -> bytes:
    """Cross-reference sections that name one another."""
    data = signed().data
    start = data.rindex(b"startxref")
    offset = int(data[start + 9 : start + 20].split()[0])
    trailer = data.rindex(b"/Prev", offset, start)
    end = data.index(b"/", trailer + 1) if b"/" in data[trailer + 1 : start] else start
    old = data[trailer:end]
    new = (b"/Prev %d" % offset).ljust(len(old))
    return data[:trailer] + new + data[end:]


def huge_contents() -> bytes:
    """A /Contents of six mebibytes."""
    return signed(what=signing(reserved=6 * MIB)).data


def nested_cms() -> bytes:
    """A /Contents of ten thousand ASN.1 sequences, one inside the other."""
    deep = b""
    for _ in range(10_000):
        size = len(deep)
        length = bytes([size]) if size < 128 else b"\x83" + size.to_bytes(3, "big")
        deep = b"\x30" + length + deep
    data = bytearray(signed(what=signing(reserved=60_000)).data)
    found = re.search(rb"/Contents ?<(?=30)", data)
    assert found is not None
    data[found.end() : found.end() + 2 * len(deep)] = deep.hex().encode()
    return bytes(data)


def overlapping_objects(count: int) -> bytes:
    """Objects each of which contains all that follow: every one a long read."""
    base = signed()
    numbers = range(base.free, base.free + count)
    body = b"".join(b"%d 0 obj [ " % n for n in numbers) + b"]" * count + b" endobj\n"
    start = len(base.data)
    offsets, at = {}, start
    for number in numbers:
        offsets[number] = at
        at += len(b"%d 0 obj [ " % number)
    rows = b"".join(b"%010d 00000 n\r\n" % offsets[n] for n in numbers)
    table = b"xref\n%d %d\n%strailer\n<< /Size %d /Root %d 0 R /Prev %d >>\n" % (
        numbers[0], count, rows, numbers[-1] + 1, base.root, base.startxref or 0,
    )  # fmt: skip
    whole = base.data + body
    return whole + table + b"startxref\n%d\n%%%%EOF\n" % len(whole)


BOMBS: Mapping[str, Callable[[], bytes]] = {
    "page-bomb": page_bomb,
    "object-stream-bomb": object_stream_bomb,
    "cascade-bomb": cascade_bomb,
    "deep-array": deep_array,
    "reference-chain": reference_chain,
    "reference-ring": reference_ring,
    "objects-100000": lambda: many_objects(100_000),
    "objects-100000-written-again": lambda: many_objects(100_000, updated=True),
    "objects-400000": lambda: many_objects(400_000),
    "signature-fields-900": lambda: many_signatures(900),
    "signature-fields-1500": lambda: many_signatures(1_500),
    "signatures-200": lambda: signed_many_times(200),
    "revisions-900": lambda: many_revisions(900),
    "revisions-1500": lambda: many_revisions(1_500),
    "prev-ring": prev_ring,
    "huge-contents": huge_contents,
    "nested-cms": nested_cms,
    "overlapping-objects": lambda: overlapping_objects(20_000),
}
