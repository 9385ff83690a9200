"""Draw a document in three viewers and say where one of them shows something else than was signed.

The oracle of `fuzz/viewers.py`: it knows nothing of sigcheck. PDFium draws in a process of its own
(on screen, without form fields, as print), MuPDF by `mutool draw`, Poppler by `pdftoppm`. What a
viewer refuses, what crashes it and what it does not finish in time is a way of showing a document
like any other: a document that was drawn when it was signed and is refused now is shown otherwise.

    python -m fuzz.drawing FILE...      what differs from each file's first signed revision
"""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import re
import shutil
import subprocess
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple, Self

from PIL import Image, ImageChops, ImageDraw

DPI = 60
"""Pixels an inch: words of 12 points still differ, and a page takes some milliseconds."""
SEEN = 24
"""Of 255: a pixel that differs by less in every channel is the same to the eye."""
_DARK = [255] * 110 + [0] * 146
_LIGHT = [0] * 190 + [255] * 66
MARGIN = 2
"""Pixels around a rectangle that is left out: edges are drawn softly."""
MOST_PAGES = 20
"""Pages drawn of each document; the vectors have six at most."""
SECONDS = 10.0
"""Time for one viewer and one document; honest ones take a tenth of a second."""
_KEPT = 256
"""Drawings kept: signed revisions come again and again while a fuzzer runs."""
_TEMPORARY = Path("/dev/shm")  # noqa: S108 - memory; files there have names of their own

Rect = tuple[float, float, float, float]


class Picture(NamedTuple):
    """One page: width and height in pixels, three bytes a pixel."""

    width: int
    height: int
    pixels: bytes

    def image(self) -> Image.Image:
        """Return the picture for Pillow."""
        return Image.frombytes("RGB", (self.width, self.height), self.pixels)


class Drawing(NamedTuple):
    """What one viewer made of one document."""

    outcome: str
    """`drawn`, `refused`, `crashed` or `timeout`."""
    pages: tuple[Picture, ...] = ()


class Box(NamedTuple):
    """A page's boxes in points, and how it is turned."""

    crop: Rect
    """What PDFium and MuPDF draw."""
    media: Rect
    """What `pdftoppm` draws."""
    rotation: int


class LeftOut(NamedTuple):
    """A rectangle that may differ: of an anchored later signature, or of a filled field."""

    page: int
    """Counted from 1."""
    rect: Rect
    may_hide: bool = True
    """Whether what was dark in it may be light now: a signature's look may stand on no words."""


class Difference(NamedTuple):
    """One viewer that shows something else than was signed."""

    viewer: str
    what: str
    """`outcome`, `pages`, `size` or `pixels`."""
    page: int = 0
    """Counted from 1; 0 for the document."""
    detail: str = ""

    def __str__(self) -> str:
        page = f" on page {self.page}" if self.page else ""
        return f"{self.viewer}: {self.what}{page} {self.detail}".rstrip()


@dataclass
class Oracle:
    """Draws documents; holds PDFium's process and drawings of signed revisions. To be closed."""

    password: str | None = None
    dpi: int = DPI
    _pdfium: _PdfiumProcess | None = None
    _kept: OrderedDict[tuple[str, bytes], Drawing] = field(default_factory=OrderedDict)

    def differences(
        self,
        signed: bytes,
        now: bytes,
        left_out: Sequence[LeftOut] = (),
        viewers: Sequence[str] = (),
    ) -> list[Difference]:
        """Return what viewers show otherwise in `now` than in `signed`, not counting `left_out`."""
        found: list[Difference] = []
        boxes = self._boxes(now) if left_out else {}
        for viewer in viewers or VIEWERS:
            before, after = self.drawn(viewer, signed), self.drawn(viewer, now, keep=False)
            here = list(_compared(viewer, before, after, left_out, boxes))
            if here:
                # A busy machine is no trick, and PDFium keeps fonts from one document to the next:
                # only what lasts counts.
                before, after = (self.drawn(viewer, data, fresh=True) for data in (signed, now))
                here = list(_compared(viewer, before, after, left_out, boxes))
            found += here
        return found

    def drawn(self, viewer: str, data: bytes, *, keep: bool = True, fresh: bool = False) -> Drawing:
        """Return a viewer's drawing of a document; `fresh`: by a process that drew no other."""
        if fresh:
            self.close()
        key = (viewer, hashlib.sha256(data).digest())
        if key in self._kept and not fresh:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = VIEWERS[viewer](self, data)
        if keep:
            self._kept[key] = made
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made

    def pdfium(self, data: bytes, how: str) -> Drawing:
        """Return PDFium's drawing: `screen`, `bare` (no form fields) or `print`."""
        answer = self._ask(("draw", how, data, self.password, self.dpi))
        return answer if isinstance(answer, Drawing) else Drawing("crashed")

    def _boxes(self, data: bytes) -> dict[int, Box]:
        answer = self._ask(("boxes", "", data, self.password, self.dpi))
        return answer if isinstance(answer, dict) else {}

    def _ask(self, question: tuple[str, str, bytes, str | None, int]) -> object:
        if self._pdfium is None:
            self._pdfium = _PdfiumProcess()
        answer = self._pdfium.ask(question)
        if isinstance(answer, Drawing) and answer.outcome in {"crashed", "timeout"}:
            self.close()
        return answer

    def close(self) -> None:
        """End PDFium's process."""
        if self._pdfium is not None:
            self._pdfium.end()
            self._pdfium = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def missing_programs() -> list[str]:
    """Return the programs that are missing here."""
    return [name for name in ("mutool", "pdftoppm") if shutil.which(name) is None]


# --- the viewers ---


def _mupdf(oracle: Oracle, data: bytes) -> Drawing:
    password = ("-p", oracle.password) if oracle.password is not None else ()
    options = ("mutool", "draw", "-q", "-r", str(oracle.dpi), "-F", "ppm", *password, "-o", "-")
    return _program(options, data, (f"1-{MOST_PAGES}",))


def _poppler(oracle: Oracle, data: bytes) -> Drawing:
    password = ("-upw", oracle.password) if oracle.password is not None else ()
    return _program(
        ("pdftoppm", "-q", "-r", str(oracle.dpi), "-l", str(MOST_PAGES), *password), data
    )


def _program(command: Sequence[str], data: bytes, behind: Sequence[str] = ()) -> Drawing:
    """Run a viewer that writes its pages as PPM, one after another."""
    folder = _TEMPORARY if _TEMPORARY.is_dir() else None
    with tempfile.NamedTemporaryFile(suffix=".pdf", dir=folder) as file:
        file.write(data)
        file.flush()
        try:
            done = subprocess.run(
                [*command, file.name, *behind], capture_output=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return Drawing("timeout")
    if done.returncode < 0:
        return Drawing("crashed")
    pages = tuple(_pictures(done.stdout))
    return Drawing("drawn", pages) if pages else Drawing("refused")


_HEAD = re.compile(rb"P6\s+(\d+)\s+(\d+)\s+255\s")


def _pictures(stream: bytes) -> Iterator[Picture]:
    at = 0
    while head := _HEAD.match(stream, at):
        width, height = int(head[1]), int(head[2])
        at = head.end() + 3 * width * height
        yield Picture(width, height, stream[head.end() : at])


VIEWERS: Mapping[str, Callable[[Oracle, bytes], Drawing]] = {
    "PDFium": lambda oracle, data: oracle.pdfium(data, "screen"),
    "PDFium without fields": lambda oracle, data: oracle.pdfium(data, "bare"),
    "PDFium as print": lambda oracle, data: oracle.pdfium(data, "print"),
    "MuPDF": _mupdf,
    "Poppler": _poppler,
}


class _PdfiumProcess:
    """PDFium in a process that may crash or stall."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there,), daemon=True)
        self._process.start()
        there.close()
        self._fresh = True

    def ask(self, question: tuple[str, str, bytes, str | None, int]) -> object:
        """Return the answer, or how the process failed."""
        patience = SECONDS + (
            20 if self._fresh else 0
        )  # a fresh process has yet to load the library
        self._fresh = False
        try:
            self._pipe.send(question)
            return self._pipe.recv() if self._pipe.poll(patience) else Drawing("timeout")
        except (EOFError, OSError):
            return Drawing("crashed")

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self._pipe.close()


def _serve(pipe: Connection) -> None:
    """Answer until the other side is gone."""
    logging.getLogger("pypdfium2").setLevel(logging.CRITICAL)  # it speaks of forms it cannot run
    while True:
        try:
            kind, how, data, password, dpi = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send(
            _pdfium_boxes(data, password) if kind == "boxes" else _pdfium(data, how, password, dpi)
        )


def _pdfium(data: bytes, how: str, password: str | None, dpi: int) -> Drawing:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data, password=password)
        try:
            if how != "bare":
                document.init_forms()
            count = min(len(document), MOST_PAGES)
            pages = [_pdfium_page(document, index, how, dpi) for index in range(count)]
        finally:
            document.close()
    except pypdfium2.PdfiumError:
        return Drawing("refused")
    return Drawing("drawn", tuple(pages))


def _pdfium_page(document: object, index: int, how: str, dpi: int) -> Picture:
    import pypdfium2

    try:
        page = document[index]  # type: ignore[index]
    except pypdfium2.PdfiumError:
        return Picture(1, 1, b"\0\0\0")  # a page that cannot be loaded is shown as nothing
    mode = "print" if how == "print" else None
    bitmap = page.render(
        scale=dpi / 72, may_draw_forms=how != "bare", rev_byteorder=True, optimize_mode=mode
    )
    image = bitmap.to_pil().convert("RGB")
    picture = Picture(image.width, image.height, image.tobytes())
    bitmap.close()
    page.close()
    return picture


def _pdfium_boxes(data: bytes, password: str | None) -> dict[int, Box]:
    import pypdfium2

    boxes = {}
    try:
        document = pypdfium2.PdfDocument(data, password=password)
        for index in range(min(len(document), MOST_PAGES)):
            page = document[index]
            crop = tuple(page.get_bbox())
            media = page.get_mediabox(fallback_ok=False)  # None where it is inherited
            if media:  # as it stands in the file, whichever corners it names (7.9.5)
                media = (*map(min, media[:2], media[2:]), *map(max, media[:2], media[2:]))
            boxes[index + 1] = Box(crop, tuple(media or crop), page.get_rotation())
        document.close()
    except pypdfium2.PdfiumError:
        pass
    return boxes


# --- the comparison ---


def _compared(
    viewer: str,
    before: Drawing,
    after: Drawing,
    left_out: Sequence[LeftOut],
    boxes: Mapping[int, Box],
) -> Iterator[Difference]:
    if before.outcome != "drawn":
        return  # nobody saw it in this viewer when it was signed: there is nothing to compare
    if after.outcome != "drawn":
        yield Difference(viewer, "outcome", 0, f"{before.outcome} when signed, {after.outcome} now")
        return
    if len(before.pages) != len(after.pages):
        yield Difference(
            viewer, "pages", 0, f"{len(before.pages)} when signed, {len(after.pages)} now"
        )
    for number, (old, new) in enumerate(zip(before.pages, after.pages, strict=False), 1):
        if old == new:
            continue
        if old[:2] != new[:2]:
            yield Difference(viewer, "size", number, f"{old[:2]} when signed, {new[:2]} now")
            continue
        here = [item for item in left_out if item.page == number and number in boxes]
        media = viewer == "Poppler"
        rects = [_pixels(item.rect, boxes[number], old, media=media) for item in here]
        for item, rect in zip(here, rects, strict=True):
            if not item.may_hide and (hidden := _hidden(old, new, rect)):
                yield Difference(viewer, "hidden", number, f"{hidden} dark pixels in {rect}")
        if found := _differing(old, new, rects):
            yield Difference(viewer, "pixels", number, found)


def _differing(old: Picture, new: Picture, left_out: Sequence[Rect]) -> str:
    """Return where two pictures differ to the eye, empty for nowhere."""
    difference = ImageChops.difference(old.image(), new.image())
    painter = ImageDraw.Draw(difference)
    for rect in left_out:
        painter.rectangle(rect, fill=(0, 0, 0))
    red, green, blue = difference.split()
    strongest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    seen = strongest.point([0] * SEEN + [255] * (256 - SEEN))
    where = seen.getbbox()
    if where is None:
        return ""
    return f"{seen.histogram()[255]} pixels in {where}"


def _hidden(old: Picture, new: Picture, rect: Rect) -> int:
    """Return how many pixels of a rectangle were dark and are light now."""
    size = (old.width, old.height)
    place = tuple(max(0, min(size[at % 2], round(side))) for at, side in enumerate(rect))
    if place[0] >= place[2] or place[1] >= place[3]:
        return 0
    before, after = (picture.image().convert("L").crop(place) for picture in (old, new))
    dark, light = before.point(_DARK), after.point(_LIGHT)
    return ImageChops.multiply(dark, light).histogram()[255]


def _pixels(rect: Rect, box: Box, picture: Picture, *, media: bool) -> Rect:
    """Return a rectangle of the page in pixels of its picture (ISO 32000-2, Table 31)."""
    left, bottom, right, top = box.media if media else box.crop
    wide, high = (right - left) or 1.0, (top - bottom) or 1.0
    corners = []
    for x, y in ((rect[0], rect[1]), (rect[2], rect[3])):
        u, v = (x - left) / wide, (top - y) / high
        turned = {90: (1 - v, u), 180: (1 - u, 1 - v), 270: (v, 1 - u)}.get(box.rotation, (u, v))
        corners.append((turned[0] * picture.width, turned[1] * picture.height))
    (x1, y1), (x2, y2) = corners
    return (
        min(x1, x2) - MARGIN, min(y1, y2) - MARGIN, max(x1, x2) + MARGIN, max(y1, y2) + MARGIN,
    )  # fmt: skip


_RANGE = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")


def first_end(data: bytes) -> int:
    """Return where the first signed revision ends."""
    ends = [int(found[2]) + int(found[3]) for found in _RANGE.finditer(data)]
    return min((end for end in ends if end <= len(data)), default=len(data))


def main(paths: Sequence[str]) -> int:
    """Say for each file what is shown otherwise than at its first signed revision."""
    with Oracle() as oracle:
        for path in paths:
            data = Path(path).read_bytes()
            found = oracle.differences(data[: first_end(data)], data)
            sys.stdout.write(f"{path}: {'; '.join(map(str, found)) or 'shown alike'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
