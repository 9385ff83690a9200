"""Changes between one revision and the next, each named (ISO 32000-2, 12.8.2.2)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

Rect = tuple[float, float, float, float]
"""Lower-left x, y, upper-right x, y, in default user space units."""


class Permission(StrEnum):
    """What the signature allows later (DocMDP P of ISO 32000-2, table 257)."""

    APPROVAL = "approval"
    """An ordinary signature: no DocMDP."""
    P1 = "p1"
    P2 = "p2"
    P3 = "p3"


class ChangeClass(StrEnum):
    """Rows of the table in the design, from harmless to fatal."""

    EXTENSION = "extension"
    """DSS, VRI, document time-stamp, and the book-keeping every update brings."""
    SIGNATURE = "signature"
    """A further signature, by a field that existed or a new one."""
    FORM_FILLING = "form-filling"
    NEW_FIELD = "new-field"
    """A new signature field left unsigned, with an appearance over content."""
    ANNOTATION = "annotation"
    ANNOTATION_HIDING = "annotation-hiding"
    """An annotation that hides content which was signed."""
    UNDEFINED = "undefined"
    TRAILING = "trailing"
    """Bytes after the last revision other than line ends."""


class ChangeItem(Struct, frozen=True):
    """One change: where, what it was, what it is."""

    change: ChangeClass
    revision: int
    """The revision that brought it, counted from 1."""
    rule: str
    """Name of the rule that explained it, or why nobody could."""
    path: str
    """Where in the document's structure, such as `/Root/AcroForm/Fields[2]`."""
    object_number: int | None = None
    page: int | None = None
    """Counted from 1."""
    rect: Rect | None = None
    field: str = ""
    """Fully qualified field name, when the change belongs to a field."""
    before: str = ""
    """Short plain text of the former value; untrusted."""
    after: str = ""
    covers: tuple[str, ...] = ()
    """What a new appearance lies over: `text`, `field:NAME`, `annotation`."""
