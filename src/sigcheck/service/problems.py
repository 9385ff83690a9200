"""What is wrong with a request, as `application/problem+json` (RFC 9457) in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct, json
from starlette.requests import Request
from starlette.responses import Response

from sigcheck.config.data import load_data
from sigcheck.render.sanitize import plain
from sigcheck.render.words import LANGUAGES, Words

MEDIA_TYPE = "application/problem+json"

STATUS = {
    "BODY-MISSING": 400,
    "BODY-MALFORMED": 400,
    "FILE-MISSING": 400,
    "KEY-NEEDED": 401,
    "CROSS-SITE": 403,
    "HOST-UNKNOWN": 403,
    "NOT-FOUND": 404,
    "REPORT-UNKNOWN": 404,
    "AUDIT-LOG-NONE": 404,
    "METHOD-NOT-ALLOWED": 405,
    "NOT-ACCEPTABLE": 406,
    "UPLOAD-TOO-SLOW": 408,
    "UPLOAD-TOO-LARGE": 413,
    "TOO-MANY-FILES": 413,
    "MEDIA-TYPE": 415,
    "PARAMETER": 422,
    "NO-EVIDENCE": 422,
    "NO-LETTER": 422,
    "PACKAGE": 422,
    "RATE": 429,
    "UNEXPECTED": 500,
    "BUSY": 503,
    "NOT-READY": 503,
    "AUDIT-LOG-SILENT": 503,
}
"""Code of a problem to HTTP status; each has its words in `data/words/service.{vi,en}.toml`."""


class ProblemError(Exception):
    """A request that cannot be carried out; `facts` fill its sentence."""

    def __init__(self, code: str, *, retry_after: int = 0, **facts: object) -> None:
        """Name the problem, its facts and, in seconds, when to try again."""
        super().__init__(code)
        self.code = code
        self.facts = facts
        self.retry_after = retry_after


class Problem(Struct, frozen=True, forbid_unknown_fields=True):
    """The members of RFC 9457, 3.1, and the code."""

    type: str
    title: str
    status: int
    detail: str
    code: Annotated[str, Meta(extra_json_schema={"enum": sorted(STATUS)})]


def problem_object(code: str, facts: Mapping[str, object], lang: str) -> Problem:
    """Return a problem in the words of a language."""
    texts = load_data(f"words/service.{lang}.toml")["problems"][code]
    detail = plain(Words.load(lang).fill(texts["detail"], facts))
    return Problem(f"urn:sigcheck:problem:{code}", texts["title"], STATUS[code], detail, code)


def response(problem: ProblemError, lang: str) -> Response:
    """Return the answer to such a request; its body may be unread, then the connection ends."""
    headers = {"Connection": "close"} if STATUS[problem.code] in _BODY_UNREAD else {}
    if problem.retry_after:
        headers["Retry-After"] = str(problem.retry_after)
    if problem.code == "KEY-NEEDED":
        headers["WWW-Authenticate"] = "Bearer"
    content = json.encode(problem_object(problem.code, problem.facts, lang))
    return Response(content, STATUS[problem.code], headers, MEDIA_TYPE)


_BODY_UNREAD = frozenset({401, 403, 408, 413, 415, 429, 503})


def language(request: Request) -> str:
    """Return the language of problems: the query's, the browser's, or the first."""
    wanted = request.query_params.get("lang", "")
    if wanted in LANGUAGES:
        return wanted
    accepted = request.headers.get("accept-language", "").lower()
    return "en" if accepted.startswith("en") else LANGUAGES[0]
