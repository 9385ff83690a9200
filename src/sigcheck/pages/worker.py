"""Draw and compare pages in a process that may crash: PDFium is native code.

Run by its path, never imported; it knows nothing of sigcheck. Standard input holds a line of JSON
(see `process.py`), then the file. Standard output gets a line of JSON for every result, so that
what was found before a crash is not lost.
"""

from __future__ import annotations

import base64
import ctypes
import io
import json
import math
import re
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import Any, NamedTuple

import pypdfium2_raw as pdfium

CONTENT, SCREEN, PRINT = VIEWS = ("content", "screen", "print")
"""The page without annotations and form fields; with them, as on screen; and as printed."""
CELL = 6
"""Pixels of a cell of the grid on which differences are gathered."""
REACH = 3
"""Cells between two differences that are shown as one."""
MOST_REGIONS = 12
COLOURS = 24
INK, FAINT = 200, 63
"""A pixel of the page is ink where one of its colours is below the first, of 255; it has become
something else where one of them changes by more than the second."""
SOFT, HARD = 0.8, 0.9
"""Parts of the time allowed after which nothing new is begun, and after which the process ends."""
PIXEL = 4
"""Bytes of a pixel: blue, green, red and one unused."""
LARGEST_SIDE = 20_000.0
"""Points; ISO 32000-2 allows 14 400 (annex C.2)."""
ROUNDED = 0.01
"""Points by which two page boxes may differ and still be the same box, written otherwise."""
RUNS = re.compile(rb"[^\0]+(?:\0{1,%d}[^\0]+)*" % (CELL * PIXEL))
"""Bytes that differ, with gaps of less than a cell."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; the last two are outside."""
Bounds = tuple[float, float, float, float]
"""Left, bottom, right, top in points of the page's user space."""


class DrawingError(Exception):
    """PDFium cannot draw this; the argument is a short key for the reason."""


class DrawnSheet(NamedTuple):
    """One page as drawn."""

    width: int
    height: int
    views: dict[str, bytearray]
    bounds: Bounds
    corners: tuple[float, ...]
    """User space coordinates of the upper left, upper right and lower left corner."""
    marks: dict[str, list[Box]]
    """Places of the rectangles asked about, by their name."""

    def view(self, name: str) -> bytearray:
        """Return a view; one that was not drawn, for want of annotations, equals the content."""
        return self.views[name] if name in self.views else self.views[CONTENT]

    def to_page(self, box: Box) -> list[float]:
        """Return a box as a rectangle in user space."""
        x0, y0, x1, y1, x2, y2 = self.corners
        found = []
        for x, y in (box[:2], box[2:]):
            across, down = x / self.width, y / self.height
            found.append(x0 + across * (x1 - x0) + down * (x2 - x0))
            found.append(y0 + across * (y1 - y0) + down * (y2 - y0))
        (left, right), (bottom, top) = sorted(found[::2]), sorted(found[1::2])
        return [round(value, 2) for value in (left, bottom, right, top)]


class DrawnRevision:
    """The file up to some byte, opened by PDFium."""

    def __init__(self, buffer: Any, end: int, password: str | None) -> None:
        """Open it; raises DrawingError."""
        key = password.encode() if password is not None else None
        self.handle = pdfium.FPDF_LoadMemDocument64(buffer, end, key)
        if not self.handle:
            raise DrawingError("not-opened")
        # PDFium keeps a pointer to this; with it, form fields are drawn as a viewer draws them.
        self.form_info = pdfium.FPDF_FORMFILLINFO(version=2)
        self.form = pdfium.FPDFDOC_InitFormFillEnvironment(self.handle, self.form_info)
        self.count: int = pdfium.FPDF_GetPageCount(self.handle)

    def close(self) -> None:
        """Free what PDFium holds."""
        if self.form:
            pdfium.FPDFDOC_ExitFormFillEnvironment(self.form)
        pdfium.FPDF_CloseDocument(self.handle)

    @contextmanager
    def page(self, number: int) -> Iterator[Any]:
        """Give one page, counted from 1; raises DrawingError."""
        page = pdfium.FPDF_LoadPage(self.handle, number - 1)
        if not page:
            raise DrawingError("not-loaded")
        pdfium.FORM_OnAfterLoadPage(page, self.form)
        try:
            yield page
        finally:
            pdfium.FORM_OnBeforeClosePage(page, self.form)
            pdfium.FPDF_ClosePage(page)


class Painter:
    """Draws pages into buffers that are used again."""

    def __init__(self, asked: dict[str, Any]) -> None:
        """Take the bounds and the rectangles to look up."""
        self.asked = asked
        self.buffers: dict[tuple[int, str], bytearray] = {}

    def sheet(
        self, revision: DrawnRevision, number: int, place: int = 0, like: Bounds | None = None
    ) -> DrawnSheet:
        """Draw a page as asked, each view of it or on screen alone; raises DrawingError.

        `place` names the set of buffers, overwritten by the next page in the same place. A page
        box that equals `like` but for rounding is taken as `like`.
        """
        all_views = self.asked["task"] == "compare"
        with revision.page(number) as page:
            bounds = adjusted(page, like)
            width, height = size = self.size(page)
            marks = {
                name: [pixels(page, rect, width, height) for rect in rects]
                for name, rects in self.rects(number).items()
            }
            annotations, form = 0, None
            if pdfium.FPDFPage_GetAnnotCount(page) > 0:
                annotations, form = pdfium.FPDF_ANNOT, revision.form
            views = {}
            if all_views or not annotations:
                views[CONTENT] = self.drawn(page, size, (place, CONTENT), 0)
            if annotations:
                views[SCREEN] = self.drawn(page, size, (place, SCREEN), annotations, form)
            if all_views:
                # PDFium draws a form field in both of these where either would show it.
                flags = annotations | pdfium.FPDF_PRINTING
                views[PRINT] = self.drawn(page, size, (place, PRINT), flags, form)
            corners = [
                value
                for x, y in ((0, 0), (width, 0), (0, height))
                for value in to_page(page, x, y, width, height)
            ]
        return DrawnSheet(width, height, views, bounds, tuple(corners), marks)

    def size(self, page: Any) -> tuple[int, int]:
        """Return the pixels of a page's sides."""
        wide, high = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
        if not (0 < wide <= LARGEST_SIDE and 0 < high <= LARGEST_SIDE):
            raise DrawingError("too-large")
        scale = min(
            self.asked["dpi"] / 72,
            math.sqrt(self.asked["pixels"] / (wide * high)),
            self.asked.get("width", LARGEST_SIDE) / wide,
            self.asked.get("height", LARGEST_SIDE) / high,
        )
        return max(round(wide * scale), 1), max(round(high * scale), 1)

    def rects(self, number: int) -> dict[str, list[list[float]]]:
        """Return the rectangles on a page, by their name."""
        found: dict[str, list[list[float]]] = {}
        for asked in self.asked["rects"]:
            if asked["page"] == number:
                found.setdefault(asked["name"], []).append(asked["rect"])
        return found

    def drawn(
        self, page: Any, size: tuple[int, int], name: tuple[int, str], flags: int, form: Any = None
    ) -> bytearray:
        """Return the pixels of one view."""
        width, height = size
        length = width * height * PIXEL
        buffer = self.buffers.get(name)
        if buffer is None or len(buffer) != length:
            buffer = self.buffers[name] = bytearray(length)
        memory = (ctypes.c_char * length).from_buffer(buffer)
        ctypes.memset(memory, 0xFF, length)
        bitmap = pdfium.FPDFBitmap_CreateEx(
            width, height, pdfium.FPDFBitmap_BGRx, memory, width * PIXEL
        )
        if not bitmap:
            raise DrawingError("too-large")
        try:
            pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags)
            if form:
                pdfium.FPDF_FFLDraw(form, bitmap, page, 0, 0, width, height, 0, flags)
        finally:
            pdfium.FPDFBitmap_Destroy(bitmap)
        return buffer


def adjusted(page: Any, like: Bounds | None) -> Bounds:
    """Return the visible box of a page, after it was set to `like` where only rounding differs."""
    rect = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, rect)
    bounds = (rect.left, rect.bottom, rect.right, rect.top)
    if like is None or bounds == like:
        return bounds
    if any(abs(a - b) > ROUNDED for a, b in zip(bounds, like, strict=True)):
        return bounds
    pdfium.FPDFPage_SetMediaBox(page, *like)
    pdfium.FPDFPage_SetCropBox(page, *like)
    return like


def pixels(page: Any, rect: list[float], width: int, height: int) -> Box:
    """Return the pixels that a rectangle in user space touches, and one more on each side."""
    x, y = ctypes.c_int(), ctypes.c_int()
    found = []
    for across, up in (rect[:2], rect[2:]):
        pdfium.FPDF_PageToDevice(page, 0, 0, width, height, 0, across, up, x, y)
        found.append((x.value, y.value))
    (left, right), (top, bottom) = (sorted(values) for values in zip(*found, strict=True))
    return max(left - 1, 0), max(top - 1, 0), min(right + 2, width), min(bottom + 2, height)


def to_page(page: Any, x: int, y: int, width: int, height: int) -> tuple[float, float]:
    """Return the user space coordinates of a pixel's upper left corner."""
    across, up = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDF_DeviceToPage(page, 0, 0, width, height, 0, x, y, across, up)
    return across.value, up.value


# ---------------------------------------------------------------- differences


class Difference(NamedTuple):
    """A region in which two drawings of a page differ."""

    box: Box
    inside: tuple[str, ...]
    """Names of all the rectangles asked about that hold every differing pixel of the region."""
    share: float
    """Pixels that differ in all regions inside the same rectangles, as a part of the page."""
    covered: float
    """Those of them in which the page itself has ink, which has become something else."""


class Counts:
    """What differs inside the same rectangles."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.cells: set[tuple[int, int]] = set()
        self.pixels = 0
        self.covered = 0


def differences(before: DrawnSheet, after: DrawnSheet, view: str) -> list[Difference]:
    """Return what differs; drawing is deterministic, so every pixel counts."""
    one, other = before.view(view), after.view(view)
    if one == other:
        return []
    page = before.views.get(CONTENT) if view != CONTENT else None
    counts: dict[tuple[str, ...], Counts] = {}
    stride = after.width * PIXEL
    for y in range(after.height):
        start = y * stride
        a, b = one[start : start + stride], other[start : start + stride]
        if a == b:
            continue
        unlike = (int.from_bytes(a, "little") ^ int.from_bytes(b, "little")).to_bytes(
            stride, "little"
        )
        for x0, x1, inside in strips(after, y):
            part = unlike[x0 * PIXEL : x1 * PIXEL]
            if part.count(0) == len(part):
                continue
            found = counts.setdefault(inside, Counts())
            found.pixels += sum(map(bool, memoryview(part).cast("I")))
            for run in RUNS.finditer(part):
                first = (x0 + run.start() // PIXEL) // CELL
                last = (x0 + (run.end() - 1) // PIXEL) // CELL
                found.cells.update((x, y // CELL) for x in range(first, last + 1))
            if page:
                places = slice(start + x0 * PIXEL, start + x1 * PIXEL)
                found.covered += covered(page[places], one[places], other[places])
    area = after.width * after.height
    return [
        Difference(box, inside, found.pixels / area, found.covered / area)
        for inside, found in counts.items()
        for box in boxes(found.cells, after.width, after.height)
    ]


def covered(page: bytearray, before: bytearray, after: bytearray) -> int:
    """Count the pixels of a row in which the page has ink and which clearly changed."""
    if page.count(0xFF) == len(page):
        return 0
    return sum(
        min(page[place : place + 3]) < INK
        and any(abs(before[i] - after[i]) > FAINT for i in range(place, place + 3))
        for place in range(0, len(page), PIXEL)
    )


def strips(sheet: DrawnSheet, y: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield the parts of a row of pixels with the names of the rectangles that hold each."""
    across = [
        (left, right, name)
        for name, places in sheet.marks.items()
        for left, top, right, bottom in places
        if top <= y < bottom and left < right
    ]
    edges = sorted({0, sheet.width, *(x for left, right, _ in across for x in (left, right))})
    for x0, x1 in pairwise(edges):
        yield x0, x1, tuple(sorted({n for left, right, n in across if left <= x0 and x1 <= right}))


def boxes(cells: set[tuple[int, int]], width: int, height: int) -> list[Box]:
    """Return a box around each group of cells, or one around all where they are many."""
    found = list(clusters(cells))
    if len(found) > MOST_REGIONS:
        lefts, tops, rights, bottoms = zip(*found, strict=True)
        found = [(min(lefts), min(tops), max(rights), max(bottoms))]
    return [
        (x0 * CELL, y0 * CELL, min((x1 + 1) * CELL, width), min((y1 + 1) * CELL, height))
        for x0, y0, x1, y1 in found
    ]


def clusters(cells: Iterable[tuple[int, int]]) -> Iterator[Box]:
    """Yield the extent of each group of cells that lie close together."""
    left_over = set(cells)
    reach = range(-REACH, REACH + 1)
    while left_over:
        waiting = [left_over.pop()]
        group = []
        while waiting:
            x, y = waiting.pop()
            group.append((x, y))
            near = {(x + dx, y + dy) for dx in reach for dy in reach} & left_over
            left_over -= near
            waiting += near
        columns, rows = [x for x, _ in group], [y for _, y in group]
        yield min(columns), min(rows), max(columns), max(rows)


# ----------------------------------------------------------------- comparison


def compare(asked: dict[str, Any], buffer: Any) -> None:
    """Draw every page at each of the ends and tell of what differs from one end to the next."""
    revisions: list[DrawnRevision | None] = []
    for end in asked["ends"]:
        try:
            revisions.append(DrawnRevision(buffer, end, asked["password"]))
        except DrawingError:
            revisions.append(None)
    counts = [revision.count if revision else -1 for revision in revisions]
    say(kind="opened", counts=counts)
    painter = Painter(asked)
    deadline = time.monotonic() + SOFT * asked["seconds"]
    for number in range(1, min(max(counts), asked["pages"]) + 1):
        if not compare_page(asked, painter, revisions, number, deadline):
            return
        say(kind="compared", page=number)
    say(kind="done")


def compare_page(
    asked: dict[str, Any],
    painter: Painter,
    revisions: list[DrawnRevision | None],
    number: int,
    deadline: float,
) -> bool:
    """Compare one page through all revisions; False where time ran out."""
    before: DrawnSheet | None = None
    for index, (end, revision) in enumerate(zip(asked["ends"], revisions, strict=True)):
        if time.monotonic() > deadline:
            return False
        after = None
        if revision and number <= revision.count:
            try:
                like = before.bounds if before else None
                after = painter.sheet(revision, number, index % 2, like)
            except DrawingError as problem:
                say(kind="undrawn", page=number, end=end, problem=str(problem))
        if before and after:
            step = {"page": number, "start": asked["ends"][index - 1], "end": end}
            compare_sheets(step, before, after)
        before = after
    return True


def compare_sheets(step: dict[str, Any], before: DrawnSheet, after: DrawnSheet) -> None:
    """Tell of each region that differs, with the views in which it does."""
    if (before.width, before.height) != (after.width, after.height):
        say(kind="difference", **step, rect=None, share=1.0, covered=0.0, inside=(), views=VIEWS)
        return
    found: dict[tuple[Box, tuple[str, ...]], list[tuple[str, Difference]]] = {}
    for view in VIEWS:
        for difference in differences(before, after, view):
            place = (difference.box, difference.inside)
            found.setdefault(place, []).append((view, difference))
    for (box, inside), seen in found.items():
        say(
            kind="difference",
            **step,
            rect=after.to_page(box),
            share=max(round(max(one.share for _, one in seen), 6), 0.000001),
            covered=max(one.covered for _, one in seen),
            inside=inside,
            views=[view for view, _ in seen],
        )


# ------------------------------------------------------------------- pictures


class Illustrator:
    """Makes pictures of pages within budgets of time, bytes and pages."""

    def __init__(self, asked: dict[str, Any], buffer: Any) -> None:
        """Take what is asked for and the file."""
        self.asked = asked
        self.buffer = buffer
        self.painter = Painter(asked)
        self.deadline = time.monotonic() + SOFT * asked["seconds"]
        self.bytes_left: int = asked["bytes"]
        self.trouble = False

    def run(self) -> None:
        """Draw the file as it is now, then what each revision changed."""
        from PIL import Image

        self.image = Image
        last = self.asked["revisions"][-1]
        pages = self.draw(last, marks=True)
        compared = self.compare(last["number"], pages)
        say(kind="done", compared=compared and not self.trouble, trouble=self.trouble)

    def compare(self, last: int, newest: dict[int, Any]) -> bool:
        """Compare each revision with the one before it; say whether all were."""
        before: dict[int, Any] | None = None
        for revision in self.asked["revisions"]:
            if time.monotonic() > self.deadline:
                return False
            after = newest if revision["number"] == last else self.draw(revision)
            if before is not None:
                for page in sorted(self.comparable(before, after)):
                    self.compare_page(revision["number"], page, before.get(page), after.get(page))
            before = after
        return len(newest) == len(self.asked["pages"])

    def comparable(self, before: dict[int, Any], after: dict[int, Any]) -> set[int]:
        """Return the pages to compare; one that could not be drawn is neither new nor gone."""
        sure = not self.trouble and time.monotonic() < self.deadline
        return {*before, *after} if sure else {*before} & {*after}

    def draw(self, asked: dict[str, Any], *, marks: bool = False) -> dict[int, Any]:
        """Return the pages asked for, as far as time allows and PDFium can read them."""
        try:
            revision = DrawnRevision(self.buffer, asked["end"], self.asked["password"])
        except DrawingError:
            self.trouble = True
            return {}
        try:
            numbers = [n for n in self.asked["pages"] if n <= revision.count]
            drawn = {n: self.tried(revision, n, marks=marks) for n in numbers}
        finally:
            revision.close()
        return {n: image for n, image in drawn.items() if image}

    def tried(self, revision: DrawnRevision, number: int, *, marks: bool) -> Any:
        """Return one page, or nothing where time is up or PDFium fails."""
        if time.monotonic() > self.deadline:
            return None
        try:
            return self.draw_page(revision, number, marks=marks)
        except (DrawingError, OSError, ValueError):
            self.trouble = True
            return None

    def draw_page(self, revision: DrawnRevision, number: int, *, marks: bool) -> Any:
        """Return one page as on screen."""
        sheet = self.painter.sheet(revision, number)
        size = (sheet.width, sheet.height)
        image = self.image.frombytes("RGB", size, bytes(sheet.view(SCREEN)), "raw", "BGRX")
        if marks:
            small = image.copy()
            small.thumbnail((self.asked["thumbnail"], 4 * self.asked["thumbnail"]))
            found = [
                {"signature": int(name), "region": fractions(box, *size)}
                for name, places in sheet.marks.items()
                for box in places
            ]
            say(kind="page", marks=found, **self.picture(number, small))
        return image

    def compare_page(self, revision: int, page: int, before: Any, after: Any) -> None:
        """Tell of a page that looks otherwise."""
        regions: list[list[float]] = []
        if before and after and before.size == after.size:
            regions = list(self.regions(before, after))
            if not regions:
                return
        shown = self.bytes_left > 0
        say(
            kind="change",
            revision=revision,
            page=page,
            before=self.picture(page, before) if before and shown else None,
            after=self.picture(page, after) if after and shown else None,
            regions=regions,
        )

    def regions(self, before: Any, after: Any) -> Iterator[list[float]]:
        """Yield the regions that differ."""
        one, other = (
            DrawnSheet(
                width=image.width,
                height=image.height,
                views={SCREEN: bytearray(image.convert("RGBA").tobytes())},
                bounds=(0, 0, 0, 0),
                corners=(),
                marks={},
            )
            for image in (before, after)
        )
        for difference in differences(one, other, SCREEN):
            yield fractions(difference.box, *before.size)

    def picture(self, page: int, image: Any) -> dict[str, Any]:
        """Return a picture in a few colours."""
        out = io.BytesIO()
        few = image.quantize(
            COLOURS, self.image.Quantize.MAXCOVERAGE, dither=self.image.Dither.NONE
        )
        few.save(out, "PNG", optimize=True)
        png = out.getvalue()
        self.bytes_left -= len(png)
        text = base64.b64encode(png).decode("ascii")
        return {"page": page, "width": image.width, "height": image.height, "png": text}


def fractions(box: Box, width: int, height: int) -> list[float]:
    """Return left, top, width and height as parts of the picture, kept inside it."""
    left, top, right, bottom = box
    x0, x1 = (min(max(x / width, 0), 1) for x in (left, right))
    y0, y1 = (min(max(y / height, 0), 1) for y in (top, bottom))
    return [round(x0, 4), round(y0, 4), round(x1 - x0, 4), round(y1 - y0, 4)]


# -------------------------------------------------------------------- process


def say(**told: Any) -> None:
    """Write one line."""
    sys.stdout.buffer.write(json.dumps(told).encode("ascii") + b"\n")
    sys.stdout.buffer.flush()


def limit(asked: dict[str, Any]) -> None:
    """Bound memory, time and output; where the system cannot, the parent's clock does."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_AS, asked["memory"]),
        (resource.RLIMIT_CPU, int(asked["seconds"]) + 1),
        (resource.RLIMIT_FSIZE, asked["output"]),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (least, least))
    with suppress(AttributeError):  # not on every system
        # Its default action ends the process, also within PDFium.
        signal.setitimer(signal.ITIMER_REAL, HARD * asked["seconds"])


def main() -> None:
    """Read, bound oneself, draw."""
    asked = json.loads(sys.stdin.buffer.readline())
    limit(asked)
    data = sys.stdin.buffer.read()
    buffer = (ctypes.c_char * len(data)).from_buffer_copy(data)
    del data
    pdfium.FPDF_InitLibrary()
    if asked["task"] == "compare":
        compare(asked, buffer)
    else:
        Illustrator(asked, buffer).run()


if __name__ == "__main__":
    main()
