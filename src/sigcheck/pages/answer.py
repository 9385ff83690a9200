"""What the drawing process answered; it read a hostile file, so nothing it says is believed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any

from sigcheck.model.pictures import Mark, PageChange, PagePicture, Pictures, Region

_PNG = b"\x89PNG\r\n\x1a\n"


def pictures(output: bytes) -> Pictures:
    """Return the pictures of every line that makes sense; a cut or wrong line is passed over."""
    lines = list(_lines(output))
    pages = [p for line in lines if line.get("kind") == "page" and (p := _page(line))]
    changes = [c for line in lines if line.get("kind") == "change" and (c := _change(line))]
    done = [line for line in lines if line.get("kind") == "done"]
    return Pictures(
        pages=tuple(pages),
        changes=tuple(changes),
        compared=bool(done) and done[0].get("compared") is True,
        problem="" if done and done[0].get("trouble") is False else "stopped",
    )


def _lines(output: bytes) -> Iterator[dict[str, Any]]:
    for line in output.splitlines():
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(told, dict):
            yield told


def _page(told: object) -> PagePicture | None:
    try:
        return _picture(told)
    except (KeyError, TypeError, ValueError):
        return None


def _picture(told: Any) -> PagePicture:
    png = base64.b64decode(told["png"], validate=True)
    if not png.startswith(_PNG):
        raise ValueError("not a PNG")
    marks = tuple(Mark(int(m["signature"]), _region(m["region"])) for m in told.get("marks", ()))
    return PagePicture(
        page=int(told["page"]),
        width=int(told["width"]),
        height=int(told["height"]),
        png=png,
        marks=marks,
    )


def _change(told: Any) -> PageChange | None:
    try:
        return PageChange(
            revision=int(told["revision"]),
            page=int(told["page"]),
            before=_page(told["before"]),
            after=_page(told["after"]),
            regions=tuple(_regions(told["regions"])),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _regions(told: Iterable[Any]) -> Iterator[Region]:
    yield from (_region(region) for region in told)


def _region(told: Any) -> Region:
    left, top, width, height = (min(max(float(x), 0.0), 1.0) for x in told)
    return Region(left, top, width, height)
