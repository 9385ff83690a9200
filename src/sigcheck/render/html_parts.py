"""Pieces of HTML that the page is put together from; every text is escaped here and only here."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from sigcheck.render.rows import Row, Tone
from sigcheck.render.sanitize import plain


def text_of(text: str) -> str:
    """Return untrusted text as HTML."""
    return escape(plain(text), quote=True)


def element(name: str, inner: str, **attributes: str) -> str:
    """Return an element; `class_` stands for class, `aria_label` for aria-label."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{value}"' for key, value in attributes.items()
    )
    return f"<{name}{given}>{inner}</{name}>"


def section(title: str, inner: str, name: str) -> str:
    """Return a section with its heading, or nothing where there is nothing to say."""
    heading = element("h2", text_of(title))
    return element("section", f"{heading}{inner}", class_=name) if inner else ""


def bullets(texts: Iterable[str]) -> str:
    """Return a list, or nothing for no texts."""
    items = "".join(element("li", text_of(text)) for text in texts)
    return element("ul", items) if items else ""


def pairs(rows: Iterable[Row]) -> str:
    """Return labels with what stands beside them; a label is not repeated line by line."""
    found, previous = [], ""
    for row in rows:
        label = text_of(row.label)
        found.append("" if row.label == previous else element("dt", label))
        tone = {} if row.tone is Tone.PLAIN else {"class_": row.tone.value}
        found.append(element("dd", text_of(row.text), **tone))
        previous = row.label
    return element("dl", "".join(found))
