"""Pages with the place of each signature, and what looks otherwise since a signature."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

from sigcheck.model.pictures import PageChange, PagePicture, Pictures, Region
from sigcheck.model.report import DocumentReport
from sigcheck.render.html_parts import element, section, text_of
from sigcheck.render.verdicts import TONES
from sigcheck.render.words import Words

Anchors = Mapping[int, str]
"""Identifier of a signature's card by the signature's number, from 1."""


def pages(pictures: Pictures, document: DocumentReport, anchors: Anchors, words: Words) -> str:
    """Return the pages as they are now, each signature framed and linked to its card."""
    tones = {i: TONES[s.indication.value].value for i, s in enumerate(document.signatures)}
    figures = "".join(_page(picture, tones, anchors, words) for picture in pictures.pages)
    problem = words.name("pictures", pictures.problem) if pictures.problem else ""
    notes = [problem] if problem else []
    if pictures.pages and pictures.left_out:
        notes.append(words.label("pages_left_out", count=pictures.left_out))
    if pictures.pages:
        notes.append(words.label("pictures_note"))
    grid = element("div", figures, class_="pages") if figures else ""
    told = "".join(element("p", text_of(note), class_="aside") for note in notes)
    return section(words.label("pages_title"), grid + told, "looks")


def changes(pictures: Pictures, document: DocumentReport, words: Words) -> str:
    """Return each page that looks otherwise, before and after."""
    by_revision: dict[int, list[int]] = {}
    for signature in document.signatures:
        by_revision.setdefault(signature.evidence.revision, []).append(signature.evidence.index + 1)
    told = "".join(_change(c, by_revision.get(c.revision, []), words) for c in pictures.changes)
    if not told and pictures.compared and document.signatures:
        told = element("p", text_of(words.label("looks_unchanged")))
    return section(words.label("changes_title"), told, "looks")


def _page(picture: PagePicture, tones: Mapping[int, str], anchors: Anchors, words: Words) -> str:
    shown = [mark for mark in picture.marks if mark.signature in tones]
    numbers = ", ".join(str(mark.signature + 1) for mark in shown)
    alt = words.label("page_alt", page=picture.page, signatures=numbers)
    frames = "".join(
        element(
            "a",
            element("span", str(mark.signature + 1)),
            class_=f"frame {tones[mark.signature]}",
            href=f"#{anchors[mark.signature + 1]}",
            style=_place(mark.region),
            aria_label=text_of(words.label("signature", number=mark.signature + 1)),
        )
        for mark in shown
    )
    return _figure(picture, alt, frames, words.label("page_number", page=picture.page))


def _change(change: PageChange, signatures: list[int], words: Words) -> str:
    title = words.label(
        "change_title",
        revision=change.revision,
        page=change.page,
        signatures=", ".join(map(str, signatures)),
    )
    frames = "".join(
        element("span", "", class_="frame differs", style=_place(region))
        for region in change.regions
    )
    sides = (
        _side(change.before, frames, words.label("before"), words.label("page_new"), title),
        _side(change.after, frames, words.label("after"), words.label("page_gone"), title),
    )
    return element("h3", text_of(title)) + element("div", "".join(sides), class_="sides")


def _side(picture: PagePicture | None, frames: str, side: str, missing: str, title: str) -> str:
    if picture is None:
        return element("figure", element("figcaption", text_of(f"{side}: {missing}")))
    return _figure(picture, f"{title}: {side}", frames, side)


def _figure(picture: PagePicture, alt: str, frames: str, caption: str) -> str:
    source = f"data:image/png;base64,{b64encode(picture.png).decode('ascii')}"
    image = (
        f'<img src="{source}" alt="{text_of(alt)}" '
        f'width="{picture.width}" height="{picture.height}">'
    )
    sheet = element("div", image + frames, class_="sheet")
    return element("figure", sheet + element("figcaption", text_of(caption)))


def _place(region: Region) -> str:
    return (
        f"left:{region.left:.2%};top:{region.top:.2%};"
        f"width:{region.width:.2%};height:{region.height:.2%}"
    )
