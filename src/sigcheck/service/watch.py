"""`/healthz`, `/readyz`, `/metrics`: for whoever keeps the service running."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sigcheck._version import __version__
from sigcheck.service import metrics, openapi
from sigcheck.service.problems import ProblemError
from sigcheck.service.state import state_of

router = APIRouter()


@router.get("/healthz", **openapi.HEALTH)
async def health() -> Response:
    """Say that the process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz", **openapi.READY)
async def ready(request: Request) -> Response:
    """Say that documents can be judged."""
    if not state_of(request).pool.whole:
        raise ProblemError("NOT-READY", retry_after=1)
    return JSONResponse({"status": "ready"})


@router.get("/metrics", **openapi.METRICS)
async def prometheus(request: Request) -> Response:
    """Return the counters; they name no document and no person."""
    state = state_of(request)
    text = state.metrics.text(state.gauges(), state.pool.losses, __version__)
    return Response(text, media_type=metrics.MEDIA_TYPE)
