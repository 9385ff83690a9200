"""Fonts a page uses and the file does not carry (ISO 32000-2, 9.9; ISO 19005-2, 6.2.11.4)."""

from __future__ import annotations

from sigcheck.evidence.pdf import Dict, Obj, PdfDocument, Ref, View

_FILES = ("FontFile", "FontFile2", "FontFile3")
_MAX_PAGES = 500
_MAX_FONTS = 500
"""Fonts looked at; a real document has fewer than fifty."""


def fonts_not_embedded(document: PdfDocument) -> tuple[str, ...]:
    """Return the names of the pages' fonts without a font file, each once; untrusted text.

    NOTE: Forms inside pages are not followed: their fonts are the pages' own in real documents.
    """
    view = document.view()
    missing: dict[str, None] = {}
    seen: set[Ref] = set()
    for _, page in view.pages()[:_MAX_PAGES]:
        resources = view.dict(view.inherited(page, "Resources"))
        for value in view.dict(resources.get("Font")).values():
            if isinstance(value, Ref) and (value in seen or len(seen) >= _MAX_FONTS):
                continue
            if isinstance(value, Ref):
                seen.add(value)
            font = view.dict(value)
            if font and not _is_embedded(view, font):
                missing[str(view.get(font.get("BaseFont")) or "?")] = None
    return tuple(missing)


def _is_embedded(view: View, font: Dict) -> bool:
    if view.get(font.get("Subtype")) == "Type3":
        return True  # its glyphs are content streams of the file
    descendants: list[Obj] = view.list(font.get("DescendantFonts"))
    holder = view.dict(descendants[0]) if descendants else font
    descriptor = view.dict(holder.get("FontDescriptor"))
    return any(descriptor.get(name) is not None for name in _FILES)
