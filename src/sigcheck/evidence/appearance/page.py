"""What a page itself prints: its text by lines, read only as far as needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct, field

from sigcheck.evidence.appearance.content import (
    Allowance,
    Character,
    Fonts,
    Image,
    Machine,
    Shown,
    Writer,
    decoded,
    joined,
    plain,
)
from sigcheck.evidence.pdf.objects import Dict, Stream
from sigcheck.evidence.pdf.view import View

_TOLERANCE = 6.0
"""Points by which two baselines may differ on one line; lines are at least 13 apart."""
_BELOW = 160
"""Pieces of text elsewhere after which a line that was found is held to be complete. Word cuts a
line of the letterhead into some fifteen pieces, and both columns have three lines."""
_ENCLOSED = 20
"""As `_BELOW`, once there is text on both sides of the place."""
_BLANK = " .…_\u00a0"
"""Characters that leave room for what is to be filled in."""
_KEPT = 80
"""Characters of the page that are kept on each side."""


class Beside(NamedTuple):
    """The page's own text on the line of something drawn over it."""

    before: str = ""
    covers: str = ""
    after: str = ""


class PageText(Struct):
    """One page's text, walked lazily from the top of its content."""

    view: View
    page: Dict
    fonts: Fonts
    images: list[Stream] = field(default_factory=list)
    """Images met so far."""
    _pieces: list[Shown] = field(default_factory=list)
    _source: Iterator[Shown] | None = None

    def characters(self) -> Iterator[Character]:
        """Yield every visible character in the order of drawing."""
        writer = Writer(self.fonts)
        for piece in self._walk():
            yield from writer.characters(piece)

    def beside(self, baseline: float, left: float, right: float) -> Beside:
        """Return what stands on a line before, under and after what is drawn there."""
        writer = Writer(self.fonts)
        found = [c for piece in self._line(baseline, left) for c in writer.characters(piece)]
        found.sort(key=lambda c: c.left)
        middle = [(c, (c.left + c.right) / 2) for c in found]
        before = joined(c for c, x in middle if x < left)
        after = joined(c for c, x in middle if x > right)
        covers = joined(c for c, x in middle if left <= x <= right)
        return Beside(plain(before)[-_KEPT:], plain(covers)[:_KEPT], plain(after)[:_KEPT])

    def around(self, baseline: float, left: float, right: float) -> Beside:
        """Return what stands on a line before and after the widest blank below a picture.

        The margins of such a picture are transparent and lie over the words beside; dots that
        mark the room to be filled in are blank.
        """
        writer = Writer(self.fonts)
        pieces = self._line(baseline, (left + right) / 2)
        found = [c for piece in pieces for c in writer.characters(piece)]
        inked = sorted((c for c in found if c.text.strip(_BLANK)), key=lambda c: c.left)
        begins, ends = [left, *(c.right for c in inked)], [*(c.left for c in inked), right]
        blanks = [
            (max(begin, left), min(end, right)) for begin, end in zip(begins, ends, strict=True)
        ]
        begin, end = max(blanks, key=lambda blank: blank[1] - blank[0])
        return self.beside(baseline, (begin + end) / 2, (begin + end) / 2)

    def _line(self, baseline: float, place: float) -> Iterator[Shown]:
        """Yield the pieces of a line, until those around a place are surely among them."""
        elsewhere, sides = 0, set[bool]()
        for piece in self._walk():
            if abs(piece.at[5] - baseline) <= _TOLERANCE:
                sides.add(piece.at[4] > place)
                elsewhere = 0
                yield piece
                continue
            elsewhere += 1
            if sides and elsewhere > (_ENCLOSED if len(sides) > 1 else _BELOW):
                return

    def _walk(self) -> Iterator[Shown]:
        yield from self._pieces
        if self._source is None:
            self._source = _read(self.view, self.page, self.images)
        for piece in self._source:
            self._pieces.append(piece)
            yield piece


def _read(view: View, page: Dict, images: list[Stream]) -> Iterator[Shown]:
    """Yield a page's visible strings, and note the images met on the way.

    No method of `PageText`, which keeps it: a page would then live until the next collection.
    """
    allowance = Allowance()
    own = view.inherited(page, "Resources")
    machine = Machine(view, own if isinstance(own, Dict) else Dict(), allowance)
    for event in machine.run(_content(view, page, allowance)):
        if isinstance(event, Shown):
            if not event.state.invisible:
                yield event
        elif isinstance(event, Image) and event.stream is not None:
            images.append(event.stream)


def _content(view: View, page: Dict, allowance: Allowance) -> bytes:
    """Return the page's content streams as one (7.8.2), cut at the allowance."""
    contents = view.get(page.get("Contents"))
    parts = contents if isinstance(contents, list) else [contents]
    data: list[bytes] = []
    for part in parts[: allowance.forms]:
        stream = view.get(part)
        if isinstance(stream, Stream) and sum(map(len, data)) < allowance.bytes:
            data.append(decoded(stream, allowance))
    return b"\n".join(data)[: allowance.bytes]


def page_text(view: View, page: int) -> list[tuple[float, float, str]]:
    """Return (x, y, text) of every run of text a page shows, in the order of drawing.

    `page` counts from 1; a page that does not exist has no text.
    """
    pages = view.pages()
    if not 0 < page <= len(pages):
        return []
    runs: list[tuple[float, float, str]] = []
    run: list[Character] = []
    for c in PageText(view, pages[page - 1][1], Fonts(view)).characters():
        if run and (abs(run[-1].baseline - c.baseline) > 1 or abs(c.left - run[-1].right) > c.size):
            runs.append((run[0].left, run[0].baseline, plain(joined(run))))
            run = []
        run.append(c)
    if run:
        runs.append((run[0].left, run[0].baseline, plain(joined(run))))
    return [item for item in runs if item[2]]
