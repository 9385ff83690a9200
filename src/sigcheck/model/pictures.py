"""Pictures of pages for a report that is looked at; made by `sigcheck.pages`, shown by `render`."""

from __future__ import annotations

from msgspec import Struct


class Region(Struct, frozen=True):
    """A rectangle on a picture, in fractions of its width and height from the upper left."""

    left: float
    top: float
    width: float
    height: float


class Mark(Struct, frozen=True):
    """Where a signature shows itself on a page."""

    signature: int
    """Position in the report, from 0."""
    region: Region


class PagePicture(Struct, frozen=True):
    """One page as it looks in one revision."""

    page: int
    """Counted from 1."""
    width: int
    """Pixels, as `height`."""
    height: int
    png: bytes
    marks: tuple[Mark, ...] = ()


class PageChange(Struct, frozen=True):
    """A page that looks otherwise since a revision."""

    revision: int
    """The revision that brought it, counted from 1."""
    page: int
    before: PagePicture | None
    """None where the page is new."""
    after: PagePicture | None
    """None where the page is gone."""
    regions: tuple[Region, ...] = ()
    """What differs, on both pictures."""


class Pictures(Struct, frozen=True):
    """Everything a report may show of one document."""

    pages: tuple[PagePicture, ...] = ()
    """The pages of the file as it is now."""
    changes: tuple[PageChange, ...] = ()
    """In the order of the revisions; only those after the first signature."""
    compared: bool = False
    """Every page of every revision since the first signature was looked at."""
    left_out: int = 0
    """Pages that are not shown, to keep the report small."""
    problem: str = ""
    """A key of the table `pictures` in `data/words` that says why something is missing."""
