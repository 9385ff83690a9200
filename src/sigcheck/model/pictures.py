"""Pictures of pages for a report that is looked at; made by `sigcheck.pages`, shown by `render`."""

from __future__ import annotations

from sigcheck.model.record import record


@record
class Region:
    """A rectangle on a picture, in fractions of its width and height from the upper left."""

    left: float
    top: float
    width: float
    height: float


@record
class Mark:
    """Where a signature shows itself on a page."""

    signature: int
    """Position in the report, from 0."""
    region: Region


@record
class PagePicture:
    """One page as it looks in one revision."""

    page: int
    """Counted from 1."""
    width: int
    """Pixels, as `height`."""
    height: int
    png: bytes
    marks: tuple[Mark, ...] = ()


@record
class PageChange:
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


@record
class Pictures:
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
