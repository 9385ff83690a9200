"""Marks on the pages themselves: a receiving office's stamp, a seal without a signature."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from msgspec import Struct

from sigcheck.errors import FAULTS
from sigcheck.evidence.appearance.content import Fonts, lines, plain
from sigcheck.evidence.appearance.images import dominant, image_colours
from sigcheck.evidence.appearance.page import PageText
from sigcheck.evidence.pdf import PdfDocument
from sigcheck.evidence.pdf.lexer import text
from sigcheck.evidence.pdf.objects import Dict, PdfString, Stream
from sigcheck.evidence.pdf.view import View
from sigcheck.model.evidence import Evidence

_STAMP_TEXT = r"CÔNG VĂN ĐẾN|VĂN BẢN ĐẾN|(?:^|\n)\s{0,9}ĐẾN\b(?=[^a-zà-ỹ]{0,40}(?:Số|Ngày|Giờ))"
_STAMP_FILE = r"k[yýí][-_ ]?d[aấ]u[-_ ]?[dđ][eế]n"
RED_STAMP = "red-image-on-page-1"
"""A red image drawn by page 1 itself: how most offices put their incoming stamp."""
_MAX_NAME = 300
_MAX_IMAGES = 6
_MIN_SIDE = 60
_MAX_PIXELS = 4_000_000
_SQUARE = 1.35
"""Longer side over shorter: a round seal's image is nearly square."""


class PageMarks(Struct, frozen=True):
    """What the pages carry besides the signatures' own appearances."""

    stamps: tuple[str, ...] = ()
    """As `DocumentEvidence.stamps`."""
    seals: tuple[int, ...] = ()
    """As `DocumentEvidence.page_seals`."""


def page_marks(document: PdfDocument, signatures: Sequence[Evidence], name: str = "") -> PageMarks:
    """Return a receiving office's marks and seals nobody signed with; `name` is the file's.

    Pages are read only where it matters: page 1 when a rewrite broke every signature, the
    signed pages when no signature draws anything red. Never raises.
    """
    if not signatures:
        return PageMarks(receiving_marks(document, name))
    broken = all(e.cms.digest_matches is False for e in signatures)
    stamps = receiving_marks(document, name, deep=broken and len(document.revisions) == 1)
    widgets = [e.widget for e in signatures if e.widget is not None]
    if any("red" in w.colours for w in widgets):
        return PageMarks(stamps)
    return PageMarks(stamps, page_seals(document, (w.page for w in widgets if w.page)))


def receiving_marks(
    document: PdfDocument, name: str = "", *, deep: bool = False
) -> tuple[str, ...]:
    """Return the marks of a receiving office: in the file's name, in stamps, and on page 1.

    `deep` reads the text and the images of page 1, which costs some milliseconds: ask for it
    where a document's only revision no longer matches its signatures. Never raises.
    """
    found: list[str] = []
    found += _in_name(name.replace("\\", "/").rpartition("/")[2])
    try:
        view = document.view()
        page = view.pages()[0][1] if view.pages() else Dict()
        found += _words(_annotation_text(view, page))
        if deep:
            found += _words(lines(PageText(view, page, Fonts(view)).characters()))
            if any(_red(view, image) for image in _images(view, page)):
                found.append(RED_STAMP)
    except FAULTS:  # advice only: a broken page must cost nothing else
        return tuple(dict.fromkeys(found))
    return tuple(dict.fromkeys(found))


def _words(written: str) -> list[str]:
    text_as_read = unicodedata.normalize("NFC", written)
    return [plain(mark[0]) for mark in re.finditer(_STAMP_TEXT, text_as_read)] if written else []


def _in_name(file_name: str) -> list[str]:
    """Look before an expression is compiled: most names have nothing of the kind."""
    name = unicodedata.normalize("NFC", file_name[-_MAX_NAME:]).casefold()
    if "dau" not in name and "dấu" not in name:
        return []
    return re.findall(_STAMP_FILE, name)[:1]


def _annotation_text(view: View, page: Dict) -> str:
    parts: list[str] = []
    for item in view.list(page.get("Annots"))[:200]:
        contents = view.get(view.dict(item).get("Contents"))
        if isinstance(contents, PdfString):
            parts.append(text(contents[:1000]))
    return "\n".join(parts)


def page_seals(document: PdfDocument, pages: Iterable[int]) -> tuple[int, ...]:
    """Return which of these pages (counted from 1) draw a seal-like image themselves.

    Only images in the page's own resources are looked at, never those of annotations, so a
    signature's appearance is not taken for one. Never raises.
    """
    found: list[int] = []
    try:
        view = document.view()
        known = view.pages()
        for number in sorted(set(pages)):
            if 0 < number <= len(known):
                images = _images(view, known[number - 1][1])
                if any(_squarish(view, i) and _red(view, i) for i in images):
                    found.append(number)
    except FAULTS:  # advice only, as above
        return tuple(found)
    return tuple(found)


def _images(view: View, page: Dict) -> list[Stream]:
    resources = view.inherited(page, "Resources")
    listed = view.dict(resources.get("XObject")) if isinstance(resources, Dict) else Dict()
    found: list[Stream] = []
    for value in list(listed.values())[:50]:
        image = view.get(value)
        if isinstance(image, Stream) and view.get(image.dict.get("Subtype")) == "Image":
            found.append(image)
    return [image for image in found if _of_a_size(view, image)][:_MAX_IMAGES]


def _of_a_size(view: View, image: Stream) -> bool:
    width, height = _sides(view, image)
    return min(width, height) >= _MIN_SIDE and width * height <= _MAX_PIXELS


def _squarish(view: View, image: Stream) -> bool:
    width, height = _sides(view, image)
    return max(width, height) <= _SQUARE * min(width, height)


def _sides(view: View, image: Stream) -> tuple[int, int]:
    width, height = view.get(image.dict.get("Width")), view.get(image.dict.get("Height"))
    if isinstance(width, int) and isinstance(height, int):
        return width, height
    return 0, 0


def _red(view: View, image: Stream) -> bool:
    return dominant(image_colours(view, image))[:1] == ("red",)
