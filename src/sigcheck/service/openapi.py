"""The OpenAPI document: FastAPI's, with the types of answers and the problems of each operation.

Parameters are described where they are declared (`requests`). Answers are msgspec structs and the
checked-in schema of reports, which is what tests hold every report to.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from msgspec import Meta, Struct

from sigcheck.api import Verifier
from sigcheck.config.data import data_folder
from sigcheck.errors import NotAPdfError
from sigcheck.model.evidence import Tier
from sigcheck.service.judging import (
    CSV,
    EVIDENCE,
    HTML,
    JSON,
    JSONL,
    PAGE,
    PICTURES,
    XML,
    Job,
    bodies,
    failure,
)
from sigcheck.service.problems import MEDIA_TYPE, STATUS, Problem, problem_object
from sigcheck.service.requests import FORM, LETTER_TYPES, MEDIA_TYPES, PACKED, RAW

Tree = dict[str, Any]

LINES = "application/x-ndjson"
_DESCRIPTION = """
Verifies the digital signatures of Vietnamese government PDFs (ETSI EN 319 102-1). A document that
was read, or could not be, is always answered by **200** and a report: look at `indication`, never
at the HTTP status, to learn what came of it. Every other status is a problem with the request
(`application/problem+json`, RFC 9457). Nothing is kept unless the operator configured an audit log.
"""
_REF = "#/components/schemas/{name}"

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


# --- answers that are no reports ------------------------------------------------------------------


class TrustAnchor(Struct, frozen=True):
    """A trust anchor."""

    sha256: Sha256
    subject: str
    tier: Tier
    purposes: tuple[str, ...]
    certificate: bool
    """Whether the certificate itself is in the store, not its pin only."""


class PolicySummary(Struct, frozen=True):
    """A policy a client may ask for."""

    id: str
    version: str
    title: dict[str, str]
    """By language."""


class Trust(Struct, frozen=True):
    """What verdicts rest on."""

    digest: Sha256
    anchors: tuple[TrustAnchor, ...]
    default_policy: str
    policies: tuple[PolicySummary, ...]


class Health(Struct, frozen=True):
    """How the service is."""

    status: str


class Readiness(Struct, frozen=True):
    """That documents can be judged, and what the verdicts rest on."""

    status: str
    trust_digest: Sha256
    anchors: int
    anchors_at_hand: int
    """Anchors for production whose certificate is in the store; with none, nothing passes."""
    newest_list_age: int | None
    """Seconds since the newest revocation list at hand was issued; null without any."""
    online: bool
    """Whether what a document does not bring is asked for over the network."""


# --- operations -----------------------------------------------------------------------------------


def _operation(summary: str, content: Tree, *codes: str, **extra: Any) -> Tree:
    """Return what a route's decorator takes: its answer and the problems it may have."""
    responses: dict[int, Tree] = {200: {"description": summary, "content": content}}
    for code in sorted((*codes, "CROSS-SITE", "UNEXPECTED"), key=lambda code: STATUS[code]):
        answer = responses.setdefault(STATUS[code], {"description": "", "content": {}})
        answer["description"] = " or ".join(filter(None, (answer["description"], code)))
        kind = answer["content"].setdefault(MEDIA_TYPE, {"schema": _ref("Problem"), "examples": {}})
        kind["examples"][code] = {"value": msgspec.to_builtins(problem_object(code, {}, "en"))}
    return {"summary": summary, "responses": responses, "openapi_extra": extra}


def _ref(name: str) -> Tree:
    return {"$ref": _REF.format(name=name)}


_FILE = {"type": "string", "format": "binary", "description": "A PDF, with its file name."}
_WHOLE = {"minLength": 1}
"""Of a body that is the file itself: an empty one is none (BODY-MISSING)."""
_PACKAGE = {"type": "string", "format": "binary", "description": "An evidence package."}
_EXAMPLE_PDF = "%PDF-1.7\n…"
_BODY_PROBLEMS = ("BODY-MISSING", "BODY-MALFORMED", "FILE-MISSING", "KEY-NEEDED", "MEDIA-TYPE")
_LIMIT_PROBLEMS = ("UPLOAD-TOO-SLOW", "UPLOAD-TOO-LARGE", "TOO-MANY-FILES", "RATE", "BUSY")
_PROBLEMS = (*_BODY_PROBLEMS, *_LIMIT_PROBLEMS, "PARAMETER")


def _form(file: Tree) -> Tree:
    # The body is read by us, part by part in memory: FastAPI would put it into files.
    schema = {"type": "object", "required": ["file"], "properties": {"file": file}}
    return {FORM: {"schema": schema, "example": {"file": _EXAMPLE_PDF}}}


def _body(content: Tree) -> Tree:
    return {"required": True, "content": content}


_ONE = _body(
    {
        **_form(_FILE),
        **{kind: {"schema": _WHOLE | _FILE, "example": _EXAMPLE_PDF} for kind in RAW},
    }
)
VERIFY = _operation(
    "Judge one document; the report comes in the form that `Accept` prefers.",
    {
        MEDIA_TYPES[JSON]: {"schema": {"anyOf": [_ref("report"), _ref("summary")]}},
        MEDIA_TYPES[HTML]: {"schema": {"type": "string"}},
        MEDIA_TYPES[EVIDENCE]: {"schema": {"type": "string", "format": "binary"}},
        MEDIA_TYPES[PAGE]: {"schema": {"type": "object"}},
        MEDIA_TYPES[CSV]: {"schema": {"type": "string"}},
        MEDIA_TYPES[XML]: {"schema": {"type": "string"}},
        "application/pdf": {"schema": {"type": "string", "format": "binary"}},
        MEDIA_TYPES[PICTURES]: {"schema": {"type": "object"}},
    },
    *_PROBLEMS,
    "NO-EVIDENCE",
    "NOT-ACCEPTABLE",
    requestBody=_ONE,
)
LETTER = _operation(
    "Judge one document and draft, in Vietnamese, the letter that returns it to its sender.",
    {kind: {"schema": {"type": "string", "format": "binary"}} for kind in LETTER_TYPES.values()},
    *_PROBLEMS,
    "NO-LETTER",
    "NOT-ACCEPTABLE",
    requestBody=_ONE,
)
JUDGE = _operation(
    "Judge a document that stayed elsewhere, by its evidence package: at best INDETERMINATE.",
    {
        MEDIA_TYPES[JSON]: {"schema": {"anyOf": [_ref("report"), _ref("summary")]}},
        **{MEDIA_TYPES[form]: {"schema": {"type": "string"}} for form in (HTML, CSV, XML)},
    },
    *_PROBLEMS,
    "PACKAGE",
    "NOT-ACCEPTABLE",
    requestBody=_body(
        {
            **_form(_PACKAGE),
            **{
                kind: {"schema": _WHOLE | _PACKAGE, "example": "PK\u0003\u0004…"} for kind in PACKED
            },
        }
    ),
)
VERIFY_MANY = _operation(
    "Judge many documents; a line of JSON for each, streamed.",
    {LINES: {"schema": {"type": "string"}}},
    *_PROBLEMS,
    requestBody=_body(_form({"type": "array", "items": _FILE, "minItems": 1})),
)
REPORT = _operation(
    "Find the newest report on a document (needs an audit log)",
    {MEDIA_TYPES[JSON]: {"schema": _ref("report")}},
    *("KEY-NEEDED", "REPORT-UNKNOWN", "AUDIT-LOG-NONE", "AUDIT-LOG-SILENT", "PARAMETER"),
)
TRUST = _operation(
    "Show trust and policies", {MEDIA_TYPES[JSON]: {"schema": _ref("Trust")}}, "KEY-NEEDED"
)
_HEALTH = {MEDIA_TYPES[JSON]: {"schema": _ref("Health")}}
HEALTH = _operation("The process answers", _HEALTH, security=[])
READY = _operation(
    "Workers are ready for documents",
    {MEDIA_TYPES[JSON]: {"schema": _ref("Readiness")}},
    "NOT-READY",
    security=[],
)
METRICS = _operation(
    "Counters for Prometheus", {"text/plain": {"schema": {"type": "string"}}}, security=[]
)


# --- the document ---------------------------------------------------------------------------------


def document(app: FastAPI, policies: tuple[str, ...], *, keys: bool) -> Tree:
    """Return the OpenAPI document of an application with these policies, the default first."""
    tree = get_openapi(
        title=app.title, version=app.version, description=_DESCRIPTION.strip(), routes=app.routes
    )
    for path in tree["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "policy":
                    chosen = {"type": "string", "enum": [*policies], "default": policies[0]}
                    parameter.update(schema=chosen, example=policies[0])
    _, schemas = msgspec.json.schema_components(
        (Problem, Trust, Health, Readiness), ref_template=_REF
    )
    tree["components"] = {"schemas": {**_report_schemas(), **schemas}}
    if keys:
        tree["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        tree["security"] = [{"key": []}]
    _add_examples(tree["paths"])
    return tree


def _report_schemas() -> Tree:
    found: Tree = {}
    for name in ("report", "summary"):
        text = Path(data_folder(), "schema", f"sigcheck.{name}-1.json").read_text("utf-8")
        found |= json.loads(text.replace('"#/$defs/', f'"{_REF.format(name="")}'))["$defs"]
    return found


def _add_examples(paths: Tree) -> None:
    """Put a real report beside its schema: the one on a file that is no PDF is short."""
    moment = datetime(2026, 11, 23, 1, tzinfo=UTC)
    job = Job(b"PK", "cong-van-2691.docx", "intake", "en", (JSON, JSONL), moment)
    verifier = Verifier()
    whole, line = bodies(failure(job, verifier, NotAPdfError()), job, verifier.policy)
    for name, kind, example in (
        ("verify", MEDIA_TYPES[JSON], json.loads(whole)),
        ("verify-many", LINES, line.decode("utf-8")),
    ):
        content = paths[f"/v1/{name}"]["post"]["responses"]["200"]["content"]
        content[kind]["example"] = example
