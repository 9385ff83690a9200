"""A request's body, read into memory under limits; never into a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from msgspec import Struct
from starlette.requests import ClientDisconnect, Request

from sigcheck.service.admission import Hold
from sigcheck.service.multipart import Multipart, Part, boundary
from sigcheck.service.parameters import shown_name
from sigcheck.service.problems import ProblemError

RAW = ("application/pdf", "application/octet-stream")
"""Media types of a body that is the document itself."""
FORM = "multipart/form-data"
_LITTLE, _MOMENT = 1 << 18, 1.0
"""Bytes and seconds: a longer body is cut off."""


class Bounds(Struct, frozen=True):
    """What one request may send."""

    size: int
    """Bytes of the whole body."""
    files: int
    seconds: float


async def documents(request: Request, bounds: Bounds, hold: Hold) -> AsyncIterator[Part]:
    """Yield the documents of a body as they arrive, at least one.

    Raises:
        ProblemError: for a body that is missing, malformed, too large, too slow or no form of ours.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == FORM:
        found = _form(request, bounds, hold)
    elif kind in RAW:
        found = _raw(request, bounds, hold)
    else:
        raise ProblemError("MEDIA-TYPE", allowed=", ".join((FORM, *RAW)))
    async for part in found:
        yield part


async def settle(request: Request) -> None:
    """Read what little was sent of a body nobody wants.

    A connection that ends before is reset, and its client may never see the answer.
    """
    left = _LITTLE
    with suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(_MOMENT):
            async for chunk in request.stream():
                left -= len(chunk)
                if left < 0:
                    break


async def _raw(request: Request, bounds: Bounds, hold: Hold) -> AsyncIterator[Part]:
    data = bytearray()
    async for chunk in _chunks(request, bounds, hold):
        data += chunk
    if not data:
        raise ProblemError("BODY-MISSING")
    yield Part(shown_name(request.query_params.get("name")), bytes(data))


async def _form(request: Request, bounds: Bounds, hold: Hold) -> AsyncIterator[Part]:
    form = Multipart(boundary(request.headers["content-type"]))
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
            async with asyncio.timeout_at(deadline):
                chunk = await anext(stream, None)
        except TimeoutError:
            raise ProblemError("UPLOAD-TOO-SLOW", limit=int(bounds.seconds)) from None
        if chunk is None:
            return
        read += len(chunk)
        if read > bounds.size:
            raise too_large
        hold.take(len(chunk))
        yield chunk
