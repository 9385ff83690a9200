"""What a request asks for and brings: parameters, the form it accepts, documents in its body.

A body is read into memory under limits, never into a file.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from datetime import datetime
from importlib.util import find_spec
from typing import Annotated, NamedTuple
from urllib.parse import unquote

from fastapi import Header
from fastapi import Query as InQuery
from msgspec import Struct
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from sigcheck.errors import MissingPartError
from sigcheck.model.clock import moment_of
from sigcheck.pages.paper import browser
from sigcheck.render.letter import DOCX_TYPE
from sigcheck.render.words import LANGUAGES
from sigcheck.service.access import Hold, has_body
from sigcheck.service.judging import (
    CSV,
    EVIDENCE,
    HTML,
    JSON,
    LETTER,
    LETTER_TEXT,
    PAGE,
    PDF,
    PICTURES,
    XML,
)
from sigcheck.service.problems import ProblemError

FIRST_YEAR, LAST_YEAR = 1970, 2200
"""There were no PDFs before; a later year is a typing error."""
MAX_NAME = 255
"""Characters of a document's name, as file systems have it."""
PASSWORD_HEADER = "X-PDF-Password"  # noqa: S105 - the name of a header
"""Its value is percent-encoded UTF-8: a header has no other letters than ASCII's."""
UNNAMED = "document.pdf"


class Parameters(Struct, frozen=True):
    """The parameters of a request, checked."""

    policy: str
    lang: str
    at: datetime | None
    password: str | None = None


Policy = Annotated[
    str | None,
    InQuery(description="Which policy judges; `GET /v1/trust` lists them.", examples=["intake"]),
]
At = Annotated[
    str | None,
    InQuery(
        description="Validation time, ISO 8601 or dd/mm/yyyy (default: now; without an offset "
        "it is Vietnam's).",
        examples=["2026-11-23T08:00:00+07:00"],
        json_schema_extra={"format": "date-time"},
    ),
]
Lang = Annotated[
    str | None,
    InQuery(
        description="Language of every sentence.",
        examples=[LANGUAGES[0]],
        json_schema_extra={"enum": [*LANGUAGES], "default": LANGUAGES[0]},
    ),
]
Password = Annotated[
    str | None,
    Header(
        alias=PASSWORD_HEADER,
        description="Password of encrypted documents, percent-encoded UTF-8.",
        examples=["bi-mat"],
    ),
]
Name = Annotated[
    str | None,
    InQuery(
        description="What the report calls a document sent as a raw body.",
        examples=["cong-van-2691.pdf"],
        json_schema_extra={"maxLength": MAX_NAME, "default": UNNAMED},
    ),
]


Detail = Annotated[
    str | None,
    InQuery(
        description="How much of JSON: `full` is sigcheck.report/1, `summary` sigcheck.summary/1.",
        examples=["full"],
        json_schema_extra={"enum": ["full", "summary"], "default": "full"},
    ),
]


class Query(NamedTuple):
    """The parameters of a request as they came; `parameters` checks them, once the key has been."""

    policy: Policy = None
    at: At = None
    lang: Lang = None
    password: Password = None


def query(
    policy: Policy = None, at: At = None, lang: Lang = None, password: Password = None
) -> Query:
    """Return the parameters of a request; FastAPI calls and describes this."""
    return Query(policy, at, lang, password)


def require_known(request: Request, *more: str) -> None:
    """Refuse parameters of the query that nobody reads, or that are there twice.

    Raises:
        ProblemError: PARAMETER; a slip of the pen would otherwise change nothing, silently.
    """
    known = ("policy", "at", "lang", *more)
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if name not in known or names.count(name) > 1:
            raise ProblemError("PARAMETER", name=name[:MAX_NAME], allowed=", ".join(known))


def is_summary(detail: str | None, form: str) -> bool:
    """Say whether a summary is asked for; raises ProblemError PARAMETER for another word."""
    if detail not in (None, "full", "summary"):
        raise ProblemError("PARAMETER", name="detail", allowed="full, summary")
    if detail == "summary" and form != JSON:
        raise ProblemError("PARAMETER", name="detail", allowed=f"Accept: {MEDIA_TYPES[JSON]}")
    return detail == "summary"


def parameters(found: Query, policies: Collection[str], default: str) -> Parameters:
    """Return checked parameters; raises ProblemError PARAMETER for one that won't do."""
    policy = default if found.policy is None else found.policy
    if policy not in policies:
        raise ProblemError("PARAMETER", name="policy", allowed=", ".join(policies))
    lang = LANGUAGES[0] if found.lang is None else found.lang
    if lang not in LANGUAGES:
        raise ProblemError("PARAMETER", name="lang", allowed=", ".join(LANGUAGES))
    return Parameters(policy, lang, moment(found.at), _password(found.password))


def _password(found: str | None) -> str | None:
    """Return the documents' password: in a header, for addresses end up in logs."""
    try:
        return unquote(found, errors="strict")[:MAX_NAME] if found else None
    except UnicodeDecodeError:
        raise ProblemError("PARAMETER", name=PASSWORD_HEADER, allowed="m%E1%BA%ADt") from None


def moment(text: str | None) -> datetime | None:
    """Return a validation time; without an offset it is Vietnam's. Raises ProblemError."""
    if text is None:
        return None
    try:
        # In a query a plus sign means a space, and `+07:00` is seldom written as it should be.
        found = moment_of(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        found = None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        allowed = "2026-11-23T08:00:00+07:00, 2026-11-23, 23/11/2026"
        raise ProblemError("PARAMETER", name="at", allowed=allowed)
    return found


def shown_name(name: str | None) -> str:
    """Return a file's name without the folders some browsers and every attacker put before it."""
    last = (name or "").replace("\\", "/").rpartition("/")[2].strip()
    return last[:MAX_NAME] or UNNAMED


# --- Accept (RFC 9110, 12.5.1) --------------------------------------------------------------------

MEDIA_TYPES = {
    JSON: "application/json",
    HTML: "text/html",
    PAGE: "application/vnd.sigcheck.page+json",
    PICTURES: "application/vnd.sigcheck.pictures+json",
    EVIDENCE: "application/zip",
    CSV: "text/csv",
    XML: "application/xml",
    PDF: "application/pdf",
}
"""By form, the one for clients without a preference first."""
try:
    browser()
except MissingPartError:  # nothing here prints
    del MEDIA_TYPES[PDF]
JUDGE_TYPES = {form: MEDIA_TYPES[form] for form in (JSON, HTML, CSV, XML)}
"""As `MEDIA_TYPES`, for a document that is elsewhere."""
LETTER_TYPES = {LETTER: DOCX_TYPE, LETTER_TEXT: "text/plain"}
if find_spec("docx") is None:  # python-docx comes with `sigcheck[report]`
    del LETTER_TYPES[LETTER]
"""As `MEDIA_TYPES`, of the letter that returns a document."""
_MAX_RANGES = 50


def accepted_form(accept: str, media_types: Mapping[str, str] = MEDIA_TYPES) -> str:
    """Return the form a client likes best; raises ProblemError NOT-ACCEPTABLE."""
    ranges = [_range(part) for part in accept.split(",")[:_MAX_RANGES] if part.strip()]
    if not ranges:
        return next(iter(media_types))
    liked = {form: _quality(kind, ranges) for form, kind in media_types.items()}
    best = max(liked, key=liked.__getitem__)
    if liked[best] <= 0:
        raise ProblemError("NOT-ACCEPTABLE", allowed=", ".join(media_types.values()))
    return best


def _range(text: str) -> tuple[str, float]:
    kind, *options = (part.strip().lower() for part in text.split(";"))
    quality = next((o.removeprefix("q=") for o in options if o.startswith("q=")), "1")
    try:
        return kind, min(max(float(quality), 0.0), 1.0)
    except ValueError:
        return kind, 0.0


def _quality(kind: str, ranges: list[tuple[str, float]]) -> float:
    """Return how much a media type is liked: by the range that names it most exactly."""
    family = f"{kind.partition('/')[0]}/*"
    for pattern in (kind, family, "*/*"):
        named = [quality for found, quality in ranges if found == pattern]
        if named:
            return max(named)
    return 0.0


# --- the body -------------------------------------------------------------------------------------

RAW = ("application/pdf", "application/octet-stream")
"""Media types of a body that is the document itself."""
PACKED = ("application/zip", "application/octet-stream")
"""The same, of an evidence package."""
FORM = "multipart/form-data"


class Bounds(Struct, frozen=True):
    """What one request may send."""

    size: int
    """Bytes of the whole body."""
    each: int
    """Bytes of one document."""
    files: int
    seconds: float


async def documents(
    request: Request, bounds: Bounds, hold: Hold, raw: Collection[str] = RAW
) -> AsyncIterator[Part]:
    """Yield the documents of a body as they arrive, at least one.

    Raises:
        ProblemError: for a body that is missing, malformed, too large, too slow or no form of ours.
    """
    if not has_body(request.headers):
        raise ProblemError("BODY-MISSING")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == FORM:
        found = _form(request, bounds, hold)
    elif kind in raw:
        found = _raw(request, bounds, hold)
    else:
        raise ProblemError("MEDIA-TYPE", allowed=", ".join((FORM, *raw)))
    async for part in found:
        yield part


async def body(request: Request, bounds: Bounds, hold: Hold) -> bytes:
    """Return a body whole; raises ProblemError for one that is missing, too large or too slow."""
    data = bytearray()
    async for chunk in _chunks(request, bounds, hold):
        data += chunk
    if not data:
        raise ProblemError("BODY-MISSING")
    return bytes(data)


async def _raw(request: Request, bounds: Bounds, hold: Hold) -> AsyncIterator[Part]:
    yield Part(shown_name(request.query_params.get("name")), await body(request, bounds, hold))


async def _form(request: Request, bounds: Bounds, hold: Hold) -> AsyncIterator[Part]:
    form = Multipart(boundary(request.headers["content-type"]), bounds.each)
    count = 0
    async for chunk in _chunks(request, bounds, hold):
        for part in form.feed(chunk):
            count += 1
            if count > bounds.files:
                raise ProblemError("TOO-MANY-FILES", limit=bounds.files)
            yield Part(shown_name(part.name), part.data)
    form.close()
    if not count:
        raise ProblemError("FILE-MISSING")


async def _chunks(request: Request, bounds: Bounds, hold: Hold) -> AsyncIterator[bytes]:
    declared = request.headers.get("content-length", "")
    too_large = ProblemError("UPLOAD-TOO-LARGE", limit=bounds.size)
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > bounds.size:
        raise too_large
    stream = aiter(request.stream())
    deadline = asyncio.get_running_loop().time() + bounds.seconds
    read = 0
    while True:
        try:
            async with asyncio.timeout_at(deadline) as hold.arriving:
                chunk = await anext(stream, None)
        except TimeoutError:
            raise ProblemError("UPLOAD-TOO-SLOW", limit=int(bounds.seconds)) from None
        finally:
            hold.arriving = None
        if chunk is None:
            return
        read += len(chunk)
        if read > bounds.size:
            raise too_large
        hold.take(len(chunk))
        yield chunk


# --- multipart/form-data (RFC 7578) ---------------------------------------------------------------

_MAX_PARTS = 1_000
"""Parts of a form, fields of others included."""
_MAX_HEADER = 8 * 1024
"""Bytes of one part's headers."""

# A malformed form is its sender's problem; a client must not fill our log with it.
logging.getLogger("python_multipart").addHandler(logging.NullHandler())


class Part(NamedTuple):
    """A file."""

    name: str
    data: bytes


def boundary(content_type: str) -> bytes:
    """Return what separates the parts; raises ProblemError BODY-MALFORMED without one."""
    found = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not found:
        raise ProblemError("BODY-MALFORMED")
    return found


class Multipart:
    """Takes a body in pieces and gives out each file when its last byte is there."""

    def __init__(self, separator: bytes, each: int) -> None:
        """Take the boundary, and the bytes a document may have.

        Raises:
            ProblemError: BODY-MALFORMED, for a boundary that is too long.
        """
        self._each = each
        self._done: list[Part] = []
        self._parts = 0
        self._ended = False
        self._data = bytearray()
        self._disposition = b""
        self._field, self._value = bytearray(), bytearray()
        callbacks = {
            "on_part_begin": self._begin,
            "on_part_data": self._on_data,
            "on_part_end": self._end,
            "on_header_field": self._on_field,
            "on_header_value": self._on_value,
            "on_header_end": self._header_end,
            "on_end": self._finish,
        }
        try:
            self._parser = MultipartParser(separator, callbacks)  # type: ignore[arg-type]
        except FormParserError as problem:
            raise ProblemError("BODY-MALFORMED") from problem

    def feed(self, chunk: bytes) -> Iterator[Part]:
        """Yield the files that a piece of the body completes; raises ProblemError."""
        try:
            self._parser.write(chunk)
        except FormParserError as problem:
            raise ProblemError("BODY-MALFORMED") from problem
        done, self._done = self._done, []
        yield from done

    def close(self) -> None:
        """Raise ProblemError BODY-MALFORMED unless the last boundary has been seen."""
        if not self._ended:
            raise ProblemError("BODY-MALFORMED")

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > _MAX_PARTS:
            raise ProblemError("BODY-MALFORMED")
        self._data, self._disposition = bytearray(), b""

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]
        self._bound_header()

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._bound_header()

    def _bound_header(self) -> None:
        if len(self._field) + len(self._value) > _MAX_HEADER:
            raise ProblemError("BODY-MALFORMED")

    def _header_end(self) -> None:
        if bytes(self._field).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._field, self._value = bytearray(), bytearray()

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self._data += memoryview(data)[start:end]
        if len(self._data) > self._each:
            raise ProblemError("UPLOAD-TOO-LARGE", limit=self._each)

    def _end(self) -> None:
        options = parse_options_header(self._disposition)[1]
        name = options.get(b"filename")
        if name is None:
            # Parameters are the query's. A field passed over in silence might have been one.
            field = options.get(b"name", b"").decode("utf-8", "replace")[:MAX_NAME]
            raise ProblemError("PARAMETER", name=field, allowed="file; ?policy=… &at=… &lang=…")
        self._done.append(Part(name.decode("utf-8", "replace"), bytes(self._data)))
        self._data = bytearray()

    def _finish(self) -> None:
        self._ended = True
