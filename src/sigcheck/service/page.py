"""The clerk's page: a template and static files out of the package, and its words."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter
from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import MsgspecError, Struct
from msgspec.json import decode as json_decode
from starlette.requests import Request
from starlette.responses import Response

from sigcheck._version import __version__
from sigcheck.config.data import load_data
from sigcheck.render import RenderOptions
from sigcheck.render.spreadsheet import workbook_of
from sigcheck.render.values import iso
from sigcheck.render.words import LANGUAGES, Words
from sigcheck.service.access import caller
from sigcheck.service.judging import LETTER
from sigcheck.service.problems import ProblemError
from sigcheck.service.requests import LETTER_TYPES, Bounds, body
from sigcheck.service.state import State, state_of

router = APIRouter(include_in_schema=False)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_STATIC = Path(__file__).parent / "static"
_FILES: Mapping[str, str] = {
    "page.css": "text/css",
    "page.js": "text/javascript",
    "sheet.js": "text/javascript",
    "zip.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
"""Everything there is, with its media type: no path of a request ever reaches a file system."""


@router.get("/")
async def page(request: Request) -> Response:
    """Return the page; its words and reports come when its script asks for them."""
    return _tagged(_page(), "text/html", request)


@router.get("/static/{name}")
async def static(request: Request, name: str) -> Response:
    """Return a style, a script or a picture of the page."""
    if name == "setup.json":
        return _tagged(json.dumps(_setup(request), ensure_ascii=False), "application/json", request)
    if name not in _FILES:
        raise ProblemError("NOT-FOUND")
    return _file(name, request)


class _Listed(Struct, frozen=True):
    """What the page holds of the files it has shown."""

    lang: Literal["vi", "en"]
    rows: list[dict[str, str]]
    """As `rows_of` made them."""


@router.post("/list.xlsx")
async def workbook(request: Request) -> Response:
    """Return rows of the page as a workbook: nothing is judged again."""
    state = state_of(request)
    settings = state.settings
    client = caller(request, settings.keys)
    bounds = Bounds(settings.max_upload, settings.max_upload, 1, settings.upload_seconds)
    with state.limiter.request(client) as hold:
        data = await body(request, bounds, hold)
        return Response(await asyncio.to_thread(_workbook, data), media_type=XLSX)


def _workbook(data: bytes) -> bytes:
    """Return the workbook; raises ProblemError for what is no list of rows."""
    try:
        listed = json_decode(data, type=_Listed)
    except (MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise ProblemError("PARAMETER", name="rows") from problem
    words = Words.load(listed.lang, commands=False)
    return workbook_of(listed.rows, words, RenderOptions(), datetime.now(UTC))


def _setup(request: Request) -> dict[str, Any]:
    """Return the words in every language and what the page must know of this service."""
    state = state_of(request)
    return {
        "words": _words(),
        "languages": list(LANGUAGES),
        "version": __version__,
        "max_upload": state.settings.max_upload,
        "side_by_side": min(state.settings.workers, 4),
        "default_policy": state.default_policy,
        "policies": {v.policy.id: dict(v.policy.title) for v in state.verifiers.values()},
        "letter": "docx" if LETTER in LETTER_TYPES else "txt",
        "keys": bool(state.settings.keys),
        "xlsx": find_spec("xlsxwriter") is not None,
        "trust": _trust(state),
    }


def _trust(state: State) -> dict[str, Any]:
    """Return how much trust is at hand and how old it is."""
    summary, now = state.trust.summary(), datetime.now(UTC)
    ends = [crl.next_update for crl in state.lists]
    oldest = min((crl.this_update for crl in state.lists), default=None)
    return {
        "anchors": summary.anchors,
        "at_hand": summary.at_hand,
        "lists": len(state.lists),
        "ended": sum(end is not None and end < now for end in ends),
        "oldest": iso(oldest),
    }


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return {lang: load_data(f"words/service.{lang}.toml")["page"] for lang in LANGUAGES}


@cache
def _page() -> str:
    """Return the page in the first language; its script switches to another."""
    environment = Environment(
        loader=PackageLoader("sigcheck.service"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words, lang = _words(), LANGUAGES[0]
    names = {code: table["name"] for code, table in words.items()}
    template = environment.get_template("page.html.j2")
    return template.render(lang=lang, words=words[lang], languages=names)


def _file(name: str, request: Request) -> Response:
    return _tagged(_content(name), _FILES[name], request)


@cache
def _content(name: str) -> str:
    return (_STATIC / name).read_text("utf-8")


def _tagged(text: str, media_type: str, request: Request) -> Response:
    """Answer 304 where the browser has the very same bytes: no page is stale after an update."""
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(text, media_type=media_type, headers=headers)
