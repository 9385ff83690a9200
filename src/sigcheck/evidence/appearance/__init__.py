"""What signatures draw and where: text, images, colours, and the page's own words beside them."""

from sigcheck.evidence.appearance.marks import PageMarks, page_marks, page_seals, receiving_marks
from sigcheck.evidence.appearance.page import page_text
from sigcheck.evidence.appearance.widget import widget_facts

__all__ = [
    "PageMarks",
    "page_marks",
    "page_seals",
    "page_text",
    "receiving_marks",
    "widget_facts",
]
