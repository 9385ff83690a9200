"""Reshape an unsigned document: more objects, a structure tree, object streams."""

from __future__ import annotations

import io

import pikepdf
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Pdf, String


def reshape(pdf: bytes, *, objects: int, tagged: bool, object_streams: bool) -> bytes:
    """Return the document with about `objects` objects: paragraphs if tagged, else private data."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        missing = max(0, objects - len(document.objects))
        if tagged:
            _tag(document, max(40, missing // len(document.pages)))
        elif missing:
            _pad(document, missing)
        mode = ObjectStreamMode.generate if object_streams else ObjectStreamMode.disable
        out = io.BytesIO()
        document.save(out, object_stream_mode=mode, static_id=True)
    return out.getvalue()


def _pad(document: Pdf, count: int) -> None:
    """Hang small indirect objects under the catalog's /PieceInfo (ISO 32000-2, 14.5)."""
    leaves = [
        document.make_indirect(Dictionary(N=number, T=String(f"mẫu {number}"), B=Array([0, 0, 9])))
        for number in range(count)
    ]
    groups = [
        document.make_indirect(Array(leaves[start : start + 250])) for start in range(0, count, 250)
    ]
    data = Dictionary(LastModified=String("D:20240715000000Z"), Private=Array(groups))
    document.Root.PieceInfo = document.make_indirect(Dictionary(Bench=data))


def _tag(document: Pdf, per_page: int) -> None:
    """Give each page paragraphs in a structure tree (ISO 32000-2, 14.7)."""
    root = document.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    whole = document.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, P=root))
    paragraphs, numbers = [], []
    for key, page in enumerate(document.pages):
        own = [
            document.make_indirect(
                Dictionary(Type=Name.StructElem, S=Name.P, P=whole, Pg=page.obj, K=place)
            )
            for place in range(per_page)
        ]
        page.obj.StructParents = key
        numbers += [key, document.make_indirect(Array(own))]
        paragraphs += own
    whole.K = Array(paragraphs)
    root.K = whole
    root.ParentTree = document.make_indirect(Dictionary(Nums=Array(numbers)))
    document.Root.StructTreeRoot = root
    document.Root.MarkInfo = Dictionary(Marked=True)
