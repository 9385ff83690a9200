"""`/v1`: documents in, reports out."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from sigcheck.service import openapi
from sigcheck.service.admission import RETRY_SECONDS, Hold
from sigcheck.service.job import JSON, JSONL
from sigcheck.service.keys import caller
from sigcheck.service.multipart import Part
from sigcheck.service.negotiate import MEDIA_TYPES, accepted_form
from sigcheck.service.parameters import Parameters, parameters
from sigcheck.service.pool import PoolBusyError
from sigcheck.service.problems import ProblemError
from sigcheck.service.state import State, state_of
from sigcheck.service.upload import Bounds, documents

LINES = "application/x-ndjson"
_SHA256 = re.compile(r"[0-9a-f]{64}")

router = APIRouter(prefix="/v1")


@router.post("/verify", **openapi.VERIFY)
async def verify(request: Request) -> Response:
    """Judge one document."""
    state, asked, client = _asked(request)
    form = accepted_form(request.headers.get("accept", ""))
    state.rate.count(client)
    settings = state.settings
    bounds = Bounds(settings.max_upload, 1, settings.upload_seconds)
    with state.admission.request() as hold:
        found = [part async for part in documents(request, bounds, hold)]
        try:
            body = await state.verify(found[0], asked, form, settings.wait_seconds)
        except PoolBusyError:
            raise ProblemError("BUSY", retry_after=RETRY_SECONDS) from None
    if not body:
        raise ProblemError("NO-EVIDENCE")
    return Response(body, media_type=MEDIA_TYPES[form], headers={"Vary": "Accept"})


@router.post("/verify-many", **openapi.VERIFY_MANY)
async def verify_many(request: Request) -> Response:
    """Judge many documents; each report is sent as soon as those before it are."""
    state, asked, client = _asked(request)
    settings = state.settings
    bounds = Bounds(settings.max_batch, settings.max_files, settings.upload_seconds)
    batch = _Batch(state, asked)
    try:
        async for part in documents(request, bounds, batch.hold):
            state.rate.count(client)
            batch.add(part)
    except BaseException:
        await batch.close()
        raise
    return _Stream(batch)


@router.get("/reports/{sha256}", **openapi.REPORT)
async def report(request: Request, sha256: str) -> Response:
    """Return the newest report kept on a document."""
    state = state_of(request)
    caller(request, state.settings.keys)
    if not _SHA256.fullmatch(sha256):
        raise ProblemError("PARAMETER", name="sha256", allowed="0-9a-f × 64")
    if state.ledger is None:
        raise ProblemError("LEDGER-NONE")
    found = await asyncio.to_thread(state.ledger.find, sha256)
    if found is None:
        raise ProblemError("REPORT-UNKNOWN")
    return Response(found, media_type=MEDIA_TYPES[JSON])


@router.get("/trust", **openapi.TRUST)
async def trust(request: Request) -> Response:
    """Tell which anchors and policies verdicts rest on."""
    state = state_of(request)
    caller(request, state.settings.keys)
    return Response(json.dumps(_trust(state), ensure_ascii=False), media_type=MEDIA_TYPES[JSON])


def _asked(request: Request) -> tuple[State, Parameters, str]:
    state = state_of(request)
    client = caller(request, state.settings.keys)
    return state, parameters(request, state.verifiers, state.default_policy), client


def _trust(state: State) -> Mapping[str, Any]:
    anchors = sorted(state.trust.anchors.values(), key=lambda a: (a.tier, a.subject, a.sha256))
    return {
        "digest": state.trust.digest,
        "anchors": [
            {
                "sha256": anchor.sha256,
                "subject": anchor.subject,
                "tier": anchor.tier.value,
                "purposes": [purpose.value for purpose in anchor.purposes],
                "certificate": anchor.sha256 in state.trust.certificates,
            }
            for anchor in anchors
        ],
        "default_policy": state.default_policy,
        "policies": [
            {"id": v.policy.id, "version": v.policy.version, "title": dict(v.policy.title)}
            for v in state.verifiers.values()
        ],
    }


class _Batch:
    """The documents of one request, at most as many at work as there are workers."""

    def __init__(self, state: State, asked: Parameters) -> None:
        self.hold: Hold = state.admission.enter()
        self._state, self._asked = state, asked
        self._turn = asyncio.Semaphore(state.pool.size)
        self._tasks: list[asyncio.Task[bytes]] = []

    def add(self, part: Part) -> None:
        """Put a document in line; while the rest arrives it may be judged already."""
        self._tasks.append(asyncio.create_task(self._verify(part)))

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield a line for each document, in the order they came."""
        for task in self._tasks:
            yield await task

    async def close(self) -> None:
        """Drop what is unfinished and let go of the memory."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.hold.release()

    async def _verify(self, part: Part) -> bytes:
        async with self._turn:
            return await self._state.verify(part, self._asked, JSONL)


class _Stream(StreamingResponse):
    """Lines as they come; whether the client stays to the end or not, the batch is closed."""

    def __init__(self, batch: _Batch) -> None:
        super().__init__(batch.lines(), media_type=LINES)
        self._batch = batch

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._batch.close()
