"""The parameters of a request: policy, validation time, language, name."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from urllib.parse import unquote

from msgspec import Struct
from starlette.requests import Request

from sigcheck.model.clock import VIETNAM
from sigcheck.render.words import LANGUAGES
from sigcheck.service.problems import ProblemError

FIRST_YEAR, LAST_YEAR = 1970, 2200
"""Nobody signed a PDF before; and what lies beyond is a slip of the pen."""
MAX_NAME = 255
"""Characters of a document's name, as file systems have it."""
PASSWORD_HEADER = "X-PDF-Password"  # noqa: S105 - the name of a header
"""Its value is percent-encoded UTF-8: a header has no other letters than ASCII's."""
UNNAMED = "document.pdf"


class Parameters(Struct, frozen=True):
    """What is asked, checked."""

    policy: str
    lang: str
    at: datetime | None
    password: str | None = None


def parameters(request: Request, policies: Collection[str], default: str) -> Parameters:
    """Return the parameters of the query; raises ProblemError PARAMETER for one that won't do."""
    query = request.query_params
    policy = query.get("policy", default)
    if policy not in policies:
        raise ProblemError("PARAMETER", name="policy", allowed=", ".join(policies))
    lang = query.get("lang", LANGUAGES[0])
    if lang not in LANGUAGES:
        raise ProblemError("PARAMETER", name="lang", allowed=", ".join(LANGUAGES))
    if len(query.get("name", "")) > MAX_NAME:
        raise ProblemError("PARAMETER", name="name", allowed=f"<= {MAX_NAME}")
    return Parameters(policy, lang, moment(query.get("at")), _password(request))


def _password(request: Request) -> str | None:
    """Return the documents' password: in a header, for addresses end up in logs."""
    found = request.headers.get(PASSWORD_HEADER)
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
        found = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        found = None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ProblemError("PARAMETER", name="at", allowed="2026-11-23T08:00:00+07:00")
    return found if found.tzinfo else found.replace(tzinfo=VIETNAM)


def language(request: Request) -> str:
    """Return the language of problems: asked for, preferred by the browser, or the first."""
    asked = request.query_params.get("lang", "")
    if asked in LANGUAGES:
        return asked
    accepted = request.headers.get("accept-language", "").lower()
    return "en" if accepted.startswith("en") else LANGUAGES[0]


def shown_name(name: str | None) -> str:
    """Return a file's name without the folders some browsers and every attacker put before it."""
    last = (name or "").replace("\\", "/").rpartition("/")[2].strip()
    return last[:MAX_NAME] or UNNAMED
