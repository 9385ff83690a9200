"""The document's XMP metadata stream (ISO 32000-2, 14.3.2)."""

from __future__ import annotations

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.pdf import FilterError, Obj, Ref, Stream
from sigcheck.model.evidence import ChangeClass

_MAX_XMP = 4 * 1024 * 1024
"""Bytes of a metadata stream that are parsed; packets of honest files stay below 100 kB."""
_MAX_DEPTH = 64
_ROOTS = ("adobe:ns:meta/ xmpmeta", "http://www.w3.org/1999/02/22-rdf-syntax-ns# RDF")


def judge_metadata(pair: Pair, before: Obj, after: Obj, number: int) -> None:
    """/Metadata: an XMP packet, replaced in place or by a new stream."""
    path = "/Root/Metadata"
    value = pair.new.get(after)
    holder = after.num if isinstance(after, Ref) else None
    problem = _problem(value)
    if problem or not isinstance(value, Stream):
        pair.undefined("xmp-metadata", path, num=holder, before=before, after=problem)
        pair.settle(after)
        return
    pair.own(after, number)
    pair.adopt(after)
    pair.adopt(value)
    old = pair.old.get(before)
    was = f"{old.length} bytes" if isinstance(old, Stream) else ""
    pair.report(
        ChangeClass.EXTENSION, "xmp-metadata", path,
        num=holder, before=was, after=f"{value.length} bytes",
    )  # fmt: skip


def _problem(value: Obj) -> str:
    """Say why a value is no metadata stream; empty when it is one."""
    if not isinstance(value, Stream):
        return "not a stream"
    if value.dict.get("Type") != "Metadata" or value.dict.get("Subtype") != "XML":
        return "not /Type /Metadata /Subtype /XML"
    try:
        data = value.decode(_MAX_XMP + 1)
    except (FilterError, LimitExceededError):
        return "cannot be decoded"
    if len(data) > _MAX_XMP:
        return "too large"
    return _Packet().problem(data)


class _Packet:
    """Reads a packet once: well-formed, XMP at the root, and no document type declaration."""

    def __init__(self) -> None:
        self.depth = 0
        self.roots: list[str] = []
        self.refused = ""

    def problem(self, data: bytes) -> str:
        from xml.parsers import expat

        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            parser.Parse(data.strip(b"\x00\t\n\r \xef\xbb\xbf"), True)  # noqa: FBT003
        except expat.ExpatError as error:
            return self.refused or f"not well-formed: {expat.ErrorString(error.code)}"
        return self.refused or ("" if self.roots and self.roots[0] in _ROOTS else "not XMP")

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        if not self.depth:
            self.roots.append(name)
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            self._refuse("nested too deeply")

    def _end(self, _name: str) -> None:
        self.depth -= 1

    def _doctype(self, *_arguments: object) -> None:
        self._refuse("document type declaration")

    def _refuse(self, reason: str) -> None:
        from xml.parsers import expat

        self.refused = reason
        raise expat.ExpatError(reason)
