"""The application: routes, problems, and a pool that lives as long as it does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from sigcheck._version import __version__
from sigcheck.service import openapi, page, problems, routes
from sigcheck.service.access import Guard
from sigcheck.service.judging import Judge, judge
from sigcheck.service.problems import ProblemError, language
from sigcheck.service.settings import Settings
from sigcheck.service.state import State


def create_app(settings: Settings, judge: Judge = judge) -> FastAPI:
    """Return the application; its workers start with it.

    Raises:
        UsageError: for a trust store, policy or audit log that cannot be used.
    """
    state = State(settings, judge)
    app = _Application(
        title="sigcheck",
        version=__version__,
        lifespan=_lifespan,
        docs_url=None,  # both load their scripts from elsewhere: no office network allows it
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.service = state
    for router in (routes.router, page.router):
        app.include_router(router)
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _unexpected)
    app.add_middleware(Guard, hosts=settings.allowed_hosts, metrics=state.metrics)
    app.described = openapi.document(app, tuple(state.verifiers), keys=bool(settings.keys))
    return app


class _Application(FastAPI):
    """FastAPI with the OpenAPI document of `openapi`."""

    described: dict[str, Any]

    def openapi(self) -> dict[str, Any]:
        return self.described


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state: State = app.state.service
    await state.start()
    try:
        yield
    finally:
        await state.close()


async def _problem(request: Request, problem: Exception) -> Response:
    found = problem if isinstance(problem, ProblemError) else ProblemError("UNEXPECTED")
    return problems.response(found, language(request))


async def _http_problem(request: Request, problem: Exception) -> Response:
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    code = {404: "NOT-FOUND", 405: "METHOD-NOT-ALLOWED"}.get(status, "UNEXPECTED")
    answer = problems.response(ProblemError(code), language(request))
    # RFC 9110, 15.5.6: a refusal of the method names those that are allowed.
    headers = getattr(problem, "headers", None) or {}
    answer.headers.update(headers)
    return answer


async def _gone(_request: Request, _problem: Exception) -> Response:
    """Answer a client that left before its document was complete: nobody reads it."""
    return Response(status_code=400)


async def _unexpected(request: Request, _problem: Exception) -> Response:
    """Answer without details; starlette raises on, so that the server's log has them."""
    return problems.response(ProblemError("UNEXPECTED"), language(request))
