"""Content that acts or reaches outside: what a page shows may then not be what was signed."""

from __future__ import annotations

from sigcheck.evidence.pdf import Dict, Name, Obj, PdfDocument, View

_ACTIONS = {
    "JavaScript": "javascript",
    "Launch": "launch",
    "ImportData": "import-data",
    "SubmitForm": "submit-form",
    "RichMediaExecute": "rich-media",
    "Rendition": "rendition",
    "GoToE": "embedded-go-to",
}
_MAX_PAGES = 2_000
"""Pages whose additional actions are looked at."""


def active_content(document: PdfDocument) -> tuple[str, ...]:
    """Name the kinds of active content the last revision offers a viewer.

    Looked for where viewers run it by themselves: the catalog, the pages and the form.
    Links a reader must click are not active content.
    """
    view = document.view()
    catalog = view.catalog
    found: dict[str, None] = {}
    for value in (catalog.get("OpenAction"), *view.dict(catalog.get("AA")).values()):
        _note_action(view, value, found)
    if view.dict(view.dict(catalog.get("Names")).get("JavaScript")):
        found["javascript"] = None
    if "XFA" in view.acroform:
        found["xfa"] = None
    for _, page in view.pages()[:_MAX_PAGES]:
        for value in view.dict(page.get("AA")).values():
            _note_action(view, value, found)
    return tuple(found)


def _note_action(view: View, value: Obj, found: dict[str, None]) -> None:
    action = view.get(value)
    if not isinstance(action, Dict):
        return
    kind = view.get(action.get("S"))
    if isinstance(kind, Name) and kind in _ACTIONS:
        found[_ACTIONS[kind]] = None
