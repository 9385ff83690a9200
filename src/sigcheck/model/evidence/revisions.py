"""What the byte layer found, and what each update changed.

See ISO 32000-2, 7.5, 12.8.1 and 12.8.2.2.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Coverage(StrEnum):
    """How much of the file a byte range protects."""

    FILE = "FILE"
    """Everything but the signature value itself, to the end of the file."""
    REVISION = "REVISION"
    """To the end of the revision it was written in; later revisions follow."""
    FROM_START = "FROM_START"
    """From the first byte, but it ends inside a revision."""
    UNCLEAR = "UNCLEAR"
    """Anything else: not from the start, a wrong gap, ranges outside the file."""


class Anomaly(Struct, frozen=True):
    """Something in the file that an honest, careful writer would not produce."""

    code: str
    """Stable name, such as `xref-rebuilt`; explained in `docs/anomalies.md`."""
    offset: int | None = None
    """Byte offset in the file, where there is one."""
    detail: str = ""
    """Technical detail; untrusted text."""


class ByteRangeFacts(Struct, frozen=True):
    """Every question of the byte layer answered separately, so that each check reads one field."""

    values: tuple[int, ...]
    """The integers as written; empty when /ByteRange is missing or not an array of integers."""
    well_formed: bool
    """Exactly four non-negative integers."""
    starts_at_zero: bool
    inside_file: bool
    """Both ranges lie inside the file, without overlap and in order."""
    gap_is_hex_string: bool
    """The gap is exactly one `<hex>` token, delimiters included."""
    gap_is_own_contents: bool
    """That token is this very dictionary's /Contents."""
    end: int | None
    """First byte after the second range."""
    revision_end: int | None
    """First byte after the revision in which the signature dictionary was written."""
    covers_revision: bool
    covers_file: bool
    trailing_bytes: int
    """Bytes after the last revision of the file that are not line ends and nobody explains."""
    unexplained_bytes: int
    """Bytes after `end` that belong to no parsed later revision, line ends not counted."""
    coverage: Coverage
    problem: str | None = None
    """Short technical name of the first thing wrong, for the report's facts."""


# --- Changes between one revision and the next, each named

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
    SIGNATURE_UNCLEAR = "signature-unclear"
    """A further signature of which nobody can say yet whose it is, or whether it holds."""
    FORM_FILLING = "form-filling"
    """An empty field was filled in."""
    FILLING_UNCLEAR = "filling-unclear"
    """A filled-in field that may show something else than its value, or lies over words."""
    VALUE_REPLACED = "value-replaced"
    """A filled-in value was replaced by another one."""
    EMPTY_FIELD = "empty-field"
    """A signature field that nobody answers for and that paints nothing."""
    NEW_FIELD = "new-field"
    """What such a field paints, or a document time-stamp: new content."""
    ANNOTATION = "annotation"
    ANNOTATION_HIDING = "annotation-hiding"
    """An annotation that hides content which was signed."""
    UNDEFINED = "undefined"
    TRAILING_LINE_ENDS = "trailing-line-ends"
    """A few line ends after the last revision."""
    TRAILING_TEXT = "trailing-text"
    """A little text there, without anything that belongs to PDF."""
    TRAILING = "trailing"
    """Any other bytes there."""


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
    """What a new appearance lies over: `text`, `image`, `drawing`, `unreadable`, `field:NAME`,
    `annotation`; for a further signature, with what stamps of the own unit may overlap left out."""
    touches: tuple[str, ...] = ()
    """Of a further signature: all that it may lie over in the least part; also `line`."""
    paints: bool = False
    """A widget that brings an appearance, or what a viewer makes one of (/MK): wherever it lies,
    as small or hidden as it may be."""
    page_share: float = 0.0
    """Part of the page's area that its rectangle takes; 1 where nobody can say. Judged: all
    rectangles of its signer's later signatures on that page, or of all that lie over something,
    whichever is more."""
    stranger: bool = False
    """Judged: a further signature by another unit, or under another authority."""
    in_place: bool = False
    """Judged: a stamp that lies where decree 30/2020 places it, of the same unit, by a signature
    that passed, or that only a missing status or the age of its digest keeps from passing."""
    words: str = ""
    """Judged: what a further signature's appearance says; untrusted."""


class Ambiguity(Struct, frozen=True):
    """Something that programs read in more than one way, written or used by a later revision."""

    code: str
    """A row of `data/ambiguity.toml`, such as `number-form`."""
    revision: int
    """The revision that wrote it, or whose change reaches it in what was signed."""
    offset: int
    """In the file; for something inside an object stream, where that begins."""
    object_number: int | None = None
    detail: str = ""
    """Technical detail; untrusted text."""


class PageView(StrEnum):
    """How a page was drawn to be compared."""

    CONTENT = "content"
    """The page alone, without annotations and form fields."""
    SCREEN = "screen"
    """With annotations and form fields, as a viewer shows it."""
    PRINT = "print"
    """With the annotations and form fields that print, as a viewer prints it."""


class PageDifference(Struct, frozen=True):
    """A region of a page that looks otherwise than in an earlier state of the file."""

    page: int
    """Counted from 1."""
    start: int
    """Bytes of the file in the earlier state: the end of what some signature covers."""
    end: int
    """Bytes of the file in the later state, the next in order."""
    rect: Rect | None
    """None for the whole page: another size, or in one of the states only."""
    share: float
    """Pixels that differ, of the page's: in all regions inside the same rectangles together."""
    views: tuple[PageView, ...]
    inside: tuple[str, ...] = ()
    """Fields, of signatures and filled ones, whose rectangle holds every differing pixel."""
    covered: float = 0.0
    """As `share`, those pixels in which the page itself had ink, and which clearly changed."""


class UndrawnPage(Struct, frozen=True):
    """A page that could not be compared."""

    page: int
    """Counted from 1; 0 for all pages."""
    end: int
    """Bytes of the file in the latest state concerned."""
    problem: str
    """`not-installed`, `not-opened`, `not-loaded`, `too-large`, `bounds`, `time`, `stopped`."""


class PageComparison(Struct, frozen=True):
    """What PDFium, in a process of its own, found different between states of a file."""

    ends: tuple[int, ...]
    """Bytes of the file in each state that was compared with the next, the whole file last."""
    revisions: tuple[int, ...]
    """The newest revision of each state, counted from 1."""
    pages: int
    """Pages compared in all these states."""
    differences: tuple[PageDifference, ...] = ()
    undrawn: tuple[UndrawnPage, ...] = ()
