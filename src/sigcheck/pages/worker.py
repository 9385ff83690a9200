"""Draw pages and compare revisions, in a process that may crash: PDFium is native code.

Run by its path, never imported; it knows nothing of sigcheck. Standard input holds a line of JSON
(see `request.py`), then the file. Standard output gets a line of JSON for every picture, so that
what was drawn before a crash is not lost.
"""

from __future__ import annotations

import base64
import io
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import pypdfium2
from PIL import Image, ImageChops

CELL = 6
"""Pixels of a cell of the grid on which differences are gathered."""
REACH = 3
"""Cells between two differences that are shown as one."""
MOST_REGIONS = 12
COLOURS = 24
Pages = dict[int, Image.Image]


class Worker:
    """Draws within its budgets of time, bytes and pages."""

    def __init__(self, asked: dict[str, Any], data: bytes) -> None:
        """Take what is asked for and the file."""
        self.asked = asked
        self.data = data
        self.deadline = time.monotonic() + asked["seconds"]
        self.bytes_left: int = asked["bytes"]
        self.trouble = False

    def run(self) -> None:
        """Draw the file as it is now, then what each revision changed."""
        last = self.asked["revisions"][-1]
        pages = self.draw(last, marks=True)
        compared = self.compare(last["number"], pages)
        say(kind="done", compared=compared and not self.trouble, trouble=self.trouble)

    def compare(self, last: int, newest: Pages) -> bool:
        """Compare each revision with the one before it; say whether all were."""
        before: Pages | None = None
        for revision in self.asked["revisions"]:
            if time.monotonic() > self.deadline:
                return False
            after = newest if revision["number"] == last else self.draw(revision)
            if before is not None:
                for page in sorted(self.comparable(before, after)):
                    self.compare_page(revision["number"], page, before.get(page), after.get(page))
            before = after
        return len(newest) == len(self.asked["pages"])

    def comparable(self, before: Pages, after: Pages) -> set[int]:
        """Return the pages to compare; one that could not be drawn is neither new nor gone."""
        sure = not self.trouble and time.monotonic() < self.deadline
        return {*before, *after} if sure else {*before} & {*after}

    def draw(self, revision: dict[str, Any], *, marks: bool = False) -> Pages:
        """Return the pages asked for, as far as time allows and PDFium can read them."""
        try:
            data, password = self.data[: revision["end"]], self.asked["password"]
            with pypdfium2.PdfDocument(data, password=password) as pdf:
                pdf.init_forms()  # without it the appearances of fields are not drawn
                numbers = [n for n in self.asked["pages"] if n <= len(pdf)]
                return {n: image for n in numbers if (image := self.tried(pdf, n, marks=marks))}
        except pypdfium2.PdfiumError:
            self.trouble = True
            return {}

    def tried(self, pdf: Any, number: int, *, marks: bool) -> Image.Image | None:
        """Return one page, or nothing where time is up or PDFium fails."""
        if time.monotonic() > self.deadline:
            return None
        try:
            return self.draw_page(pdf[number - 1], number, marks=marks)
        except (pypdfium2.PdfiumError, OSError, ValueError):
            self.trouble = True
            return None

    def draw_page(self, page: Any, number: int, *, marks: bool) -> Image.Image:
        """Return one page, at most `width` by `height` pixels."""
        wide, high = page.get_size()
        scale = min(self.asked["width"] / max(wide, 1), self.asked["height"] / max(high, 1))
        bitmap = page.render(scale=scale, rev_byteorder=True)
        image: Image.Image = bitmap.to_pil().convert("RGB")
        if marks:
            places = [r for r in self.asked["rects"] if r["page"] == number]
            found = [mark(r, page, image, bitmap) for r in places]
            small = image.copy()
            small.thumbnail((self.asked["thumbnail"], 4 * self.asked["thumbnail"]))
            say(kind="page", marks=found, **self.picture(number, small))
        return image

    def compare_page(
        self, revision: int, page: int, before: Image.Image | None, after: Image.Image | None
    ) -> None:
        """Tell of a page that looks otherwise."""
        if before and after and before.size == after.size:
            regions = list(differences(before, after))
            if not regions:
                return
        else:
            regions = []
        shown = self.bytes_left > 0
        say(
            kind="change",
            revision=revision,
            page=page,
            before=self.picture(page, before) if before and shown else None,
            after=self.picture(page, after) if after and shown else None,
            regions=regions,
        )

    def picture(self, page: int, image: Image.Image) -> dict[str, Any]:
        """Return a picture in a few colours."""
        out = io.BytesIO()
        few = image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(out, "PNG", optimize=True)
        png = out.getvalue()
        self.bytes_left -= len(png)
        text = base64.b64encode(png).decode("ascii")
        return {"page": page, "width": image.width, "height": image.height, "png": text}


def mark(asked: dict[str, Any], page: Any, image: Image.Image, bitmap: Any) -> dict[str, Any]:
    """Return where a rectangle of the page lies on its picture; PDFium knows turned pages."""
    convert = bitmap.get_posconv(page).to_bitmap
    x0, y0, x1, y1 = asked["rect"]
    corners = [convert(x0, y0), convert(x1, y1)]
    left, right = sorted(x for x, _ in corners)
    top, bottom = sorted(y for _, y in corners)
    return {"signature": asked["signature"], "region": fractions(left, top, right, bottom, image)}


def differences(before: Image.Image, after: Image.Image) -> Iterator[list[float]]:
    """Yield the regions that differ; drawing is deterministic, so every difference counts."""
    differing = ImageChops.difference(before, after)
    whole = differing.getbbox()
    if whole is None:
        return
    grey = differing.convert("L", (1, 1, 1, 0)).point(lambda value: 255 if value else 0)
    grid = grey.reduce(CELL)
    cells = {(i % grid.width, i // grid.width) for i, v in enumerate(grid.getdata()) if v}
    boxes = list(clusters(cells))
    if not 0 < len(boxes) <= MOST_REGIONS:
        yield fractions(*whole, before)
        return
    for left, top, right, bottom in boxes:
        scaled = (left * CELL, top * CELL, (right + 1) * CELL, (bottom + 1) * CELL)
        yield fractions(*scaled, before)


def clusters(cells: set[tuple[int, int]]) -> Iterator[tuple[int, int, int, int]]:
    """Yield a box around each group of cells that lie close together."""
    reach = range(-REACH, REACH + 1)
    while cells:
        waiting = [cells.pop()]
        group = []
        while waiting:
            x, y = waiting.pop()
            group.append((x, y))
            near = {(x + dx, y + dy) for dx in reach for dy in reach} & cells
            cells -= near
            waiting += near
        columns, rows = [x for x, _ in group], [y for _, y in group]
        yield min(columns), min(rows), max(columns), max(rows)


def fractions(
    left: float, top: float, right: float, bottom: float, image: Image.Image
) -> list[float]:
    """Return left, top, width and height as parts of the picture, kept inside it."""
    x0, x1 = (min(max(x / image.width, 0), 1) for x in (left, right))
    y0, y1 = (min(max(y / image.height, 0), 1) for y in (top, bottom))
    return [round(x0, 4), round(y0, 4), round(x1 - x0, 4), round(y1 - y0, 4)]


def say(**told: Any) -> None:
    """Write one line."""
    sys.stdout.buffer.write(json.dumps(told).encode("ascii") + b"\n")
    sys.stdout.buffer.flush()


def limit(asked: dict[str, Any]) -> None:
    """Bound memory, processor time and output; where the system cannot, the parent's clock does."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_AS, asked["memory"]),
        (resource.RLIMIT_CPU, int(2 * asked["seconds"]) + 1),
        (resource.RLIMIT_FSIZE, asked["output"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def main() -> None:
    """Read, bound oneself, draw."""
    asked = json.loads(sys.stdin.buffer.readline())
    limit(asked)
    Worker(asked, sys.stdin.buffer.read()).run()


if __name__ == "__main__":
    main()
