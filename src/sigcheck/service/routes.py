"""`/v1`: documents in, reports out; and `/healthz`, `/readyz`, `/metrics` for operators."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from msgspec import json
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from sigcheck.errors import SigcheckError
from sigcheck.log import WARNING, log
from sigcheck.service import metrics, openapi
from sigcheck.service.access import RETRY_SECONDS, Hold, caller
from sigcheck.service.judging import JSON, JSONL, SUMMARY, SUMMARY_LINE
from sigcheck.service.openapi import LINES, Health, PolicySummary, Readiness, Trust, TrustAnchor
from sigcheck.service.problems import ProblemError
from sigcheck.service.requests import (
    JUDGE_TYPES,
    LETTER_TYPES,
    MAX_NAME,
    MEDIA_TYPES,
    PACKED,
    RAW,
    Bounds,
    Detail,
    Name,
    Parameters,
    Part,
    Query,
    accepted_form,
    documents,
    is_summary,
    parameters,
    query,
    require_known,
)
from sigcheck.service.state import State, state_of

_SHA256 = re.compile(r"[0-9a-f]{64}")

Asked = Annotated[Query, Depends(query)]

router = APIRouter(default_response_class=Response)


# --- documents ------------------------------------------------------------------------------------


@router.post("/v1/verify", **openapi.VERIFY)
async def verify(
    request: Request, asked: Asked, name: Name = None, detail: Detail = None
) -> Response:
    """Judge one document."""
    require_known(request, "name", "detail")
    return await _one(request, asked, name, MEDIA_TYPES, "NO-EVIDENCE", detail)


@router.post("/v1/letter", **openapi.LETTER)
async def letter(request: Request, asked: Asked, name: Name = None) -> Response:
    """Judge one document and draft the letter that returns it to its sender."""
    require_known(request, "name")
    return await _one(request, asked, name, LETTER_TYPES, "NO-LETTER")


@router.post("/v1/judge", **openapi.JUDGE)
async def judge(request: Request, asked: Asked, detail: Detail = None) -> Response:
    """Judge a document that stayed elsewhere, by the evidence package of its reader."""
    require_known(request, "detail")
    return await _one(request, asked, None, JUDGE_TYPES, "PACKAGE", detail, package=True)


async def _one(
    request: Request,
    asked: Query,
    name: str | None,
    media_types: Mapping[str, str],
    nothing: str,
    detail: str | None = None,
    *,
    package: bool = False,
) -> Response:
    """Judge one document; raises ProblemError `nothing` where there is no such form of it."""
    state, wanted, client = _wanted(request, asked)
    if name is not None and len(name) > MAX_NAME:
        raise ProblemError("PARAMETER", name="name", allowed=f"<= {MAX_NAME}")
    form = accepted_form(request.headers.get("accept", ""), media_types)
    shape = SUMMARY if is_summary(detail, form) else form
    state.rate.count(client)
    settings = state.settings
    bounds = Bounds(settings.max_upload, settings.max_upload, 1, settings.upload_seconds)
    with state.limiter.request(client) as hold:
        raw = PACKED if package else RAW
        (part,) = [part async for part in documents(request, bounds, hold, raw)]
        body = await state.verify(part, wanted, shape, settings.wait_seconds, package=package)
    if not body:
        raise ProblemError(nothing)
    return Response(body, media_type=media_types[form], headers={"Vary": "Accept"})


@router.post("/v1/verify-many", **openapi.VERIFY_MANY)
async def verify_many(request: Request, asked: Asked, detail: Detail = None) -> Response:
    """Judge many documents; each report is sent as soon as those before it are."""
    require_known(request, "detail")
    state, wanted, client = _wanted(request, asked)
    form = SUMMARY_LINE if is_summary(detail, JSON) else JSONL
    settings = state.settings
    bounds = Bounds(
        settings.max_batch, settings.max_upload, settings.max_files, settings.upload_seconds
    )
    batch = _Batch(state, wanted, form, client)
    try:
        async for part in documents(request, bounds, batch.hold):
            state.rate.count(client)
            batch.add(part)
    except BaseException:
        batch.close()
        raise
    return _Stream(batch)


@router.get("/v1/reports/{sha256}", **openapi.REPORT)
async def report(request: Request, sha256: str) -> Response:
    """Return the newest report on a document."""
    state = state_of(request)
    caller(request, state.settings.keys)
    if not _SHA256.fullmatch(sha256):
        raise ProblemError("PARAMETER", name="sha256", allowed="0-9a-f × 64")
    if state.reports is None:
        raise ProblemError("AUDIT-LOG-NONE")
    try:
        found = await asyncio.to_thread(state.reports.find, sha256)
    except SigcheckError as problem:
        log(WARNING, "the audit log was not read: %s", problem.diagnostics())
        raise ProblemError("AUDIT-LOG-SILENT", retry_after=RETRY_SECONDS) from problem
    if found is None:
        raise ProblemError("REPORT-UNKNOWN")
    return Response(found, media_type=MEDIA_TYPES[JSON])


@router.get("/v1/trust", **openapi.TRUST)
async def trust(request: Request) -> Response:
    """Show which anchors and policies verdicts rest on."""
    state = state_of(request)
    caller(request, state.settings.keys)
    return Response(json.encode(_trust(state)), media_type=MEDIA_TYPES[JSON])


def _wanted(request: Request, asked: Query) -> tuple[State, Parameters, str]:
    state = state_of(request)
    client = caller(request, state.settings.keys)
    return state, parameters(asked, state.verifiers, state.default_policy), client


def _trust(state: State) -> Trust:
    anchors = sorted(state.trust.anchors.values(), key=lambda a: (a.tier, a.subject, a.sha256))
    return Trust(
        digest=state.trust.digest,
        anchors=tuple(
            TrustAnchor(
                sha256=anchor.sha256,
                subject=anchor.subject,
                tier=anchor.tier,
                purposes=tuple(purpose.value for purpose in anchor.purposes),
                certificate=anchor.sha256 in state.trust.certificates,
            )
            for anchor in anchors
        ),
        default_policy=state.default_policy,
        policies=tuple(
            PolicySummary(v.policy.id, v.policy.version, dict(v.policy.title))
            for v in state.verifiers.values()
        ),
    )


class _Batch:
    """The documents of one request, at most as many at work as there are workers."""

    def __init__(self, state: State, wanted: Parameters, form: str, client: str) -> None:
        self.hold: Hold = state.limiter.enter(client)
        self._state, self._wanted, self._form = state, wanted, form
        self._turn = asyncio.Semaphore(state.settings.workers)
        self._tasks: list[asyncio.Task[bytes]] = []
        self._closed = False

    def add(self, part: Part) -> None:
        """Put a document in line; while the rest arrives it may be judged already."""
        self._tasks.append(asyncio.create_task(self._verify(part)))

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield a line for each document, in the order they came."""
        for task in self._tasks:
            yield await asyncio.shield(task)

    def close(self) -> None:
        """Begin nothing more, and let go of the memory once what is at work is done.

        Workers finish their documents: to kill them would cost the next client more than that.
        """
        self._closed = True
        self._state.later(self._finish())

    async def _finish(self) -> None:
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            self.hold.release()

    async def _verify(self, part: Part) -> bytes:
        async with self._turn:
            if self._closed:
                return b""
            return await self._state.verify(part, self._wanted, self._form)


class _Stream(StreamingResponse):
    """Lines as they come; whether the client stays to the end or not, the batch is closed."""

    def __init__(self, batch: _Batch) -> None:
        super().__init__(batch.lines(), media_type=LINES)
        self._batch = batch

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._batch.close()


# --- for operators --------------------------------------------------------------------------------


@router.get("/healthz", **openapi.HEALTH)
async def health() -> Response:
    """Say that the process answers."""
    return Response(json.encode(Health("ok")), media_type=MEDIA_TYPES[JSON])


@router.get("/readyz", **openapi.READY)
async def ready(request: Request) -> Response:
    """Say that documents can be judged, and what the verdicts rest on."""
    state = state_of(request)
    if not state.pool.running or state.limiter.full:
        raise ProblemError("NOT-READY", retry_after=1)
    summary, age = state.trust.summary(), state.list_age
    found = Readiness(
        "ready",
        trust_digest=summary.digest,
        anchors=summary.anchors,
        anchors_at_hand=summary.at_hand or 0,
        newest_list_age=None if age is None else round(age),
        online=state.settings.fetch is not None,
    )
    return Response(json.encode(found), media_type=MEDIA_TYPES[JSON])


@router.get("/metrics", **openapi.METRICS)
async def prometheus(request: Request) -> Response:
    """Return the counters; they name no document and no person."""
    return Response(state_of(request).metrics.text(), media_type=metrics.MEDIA_TYPE)
