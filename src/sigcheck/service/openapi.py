"""What OpenAPI says of each operation; the answers' schemas are the ones we check ourselves by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from msgspec import Struct

from sigcheck._version import __version__
from sigcheck.api import Verifier
from sigcheck.config.data import data_folder
from sigcheck.errors import NotAPdfError
from sigcheck.render.words import LANGUAGES
from sigcheck.service.failures import failure
from sigcheck.service.forms import bodies
from sigcheck.service.job import EVIDENCE, HTML, JSON, JSONL, PAGE, Job
from sigcheck.service.negotiate import MEDIA_TYPES
from sigcheck.service.parameters import MAX_NAME, PASSWORD_HEADER
from sigcheck.service.problems import MEDIA_TYPE, STATUS, problem_object

Tree = dict[str, Any]

_DESCRIPTION = """
Verifies the digital signatures of Vietnamese government PDFs (ETSI EN 319 102-1). A document that
was read, or could not be, is always answered by **200** and a report: look at `indication`, never
at the HTTP status, to learn what came of it. Every other status is a problem with the request
(`application/problem+json`, RFC 9457). Nothing is kept unless the operator configured a ledger.
"""
_REF = "#/components/schemas/"


def _problems(*codes: str) -> Tree:
    """Return the answers for what may go wrong, one for each status."""
    found: dict[int, list[str]] = {}
    for code in (*codes, "CROSS-SITE", "UNEXPECTED"):
        found.setdefault(STATUS[code], []).append(code)
    return {
        str(status): {
            "description": " or ".join(codes),
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": f"{_REF}problem"},
                    "examples": {c: {"value": problem_object(c, {}, "en")} for c in codes},
                }
            },
        }
        for status, codes in sorted(found.items())
    }


def _parameter(name: str, description: str, schema: Tree, example: str) -> Tree:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": schema,
        "example": example,
    }


_NAME = _parameter(
    "name",
    "What the report calls a document sent as a raw body.",
    {"type": "string", "maxLength": MAX_NAME, "default": "document.pdf"},
    "cong-van-2691.pdf",
)
_ASKED = [
    _parameter(
        "policy", "Which policy judges; `GET /v1/trust` lists them.", {"type": "string"}, "intake"
    ),
    _parameter(
        "at",
        "Validation time, ISO 8601 (default: now; without an offset it is Vietnam's).",
        {"type": "string", "format": "date-time"},
        "2026-11-23T08:00:00+07:00",
    ),
    _parameter(
        "lang",
        "Language of every sentence.",
        {"type": "string", "enum": list(LANGUAGES), "default": LANGUAGES[0]},
        "vi",
    ),
]
_PASSWORD = {
    "name": PASSWORD_HEADER,
    "in": "header",
    "description": "Password of encrypted documents, percent-encoded UTF-8.",
    "schema": {"type": "string"},
    "example": "bi-mat",
}
_FILE = {"type": "string", "format": "binary", "description": "A PDF, with its file name."}
_BODY_PROBLEMS = (
    *("BODY-MISSING", "BODY-MALFORMED", "FILE-MISSING", "KEY-NEEDED", "UPLOAD-TOO-SLOW"),
    *(
        "UPLOAD-TOO-LARGE",
        "TOO-MANY-FILES",
        "MEDIA-TYPE",
        "PARAMETER",
        "NO-EVIDENCE",
        "RATE",
        "BUSY",
    ),
)
_EXAMPLE_PDF = "%PDF-1.7\n…"


def _form(properties: Tree, required: str) -> Tree:
    schema = {"type": "object", "required": [required], "properties": properties}
    return {"multipart/form-data": {"schema": schema, "example": {required: _EXAMPLE_PDF}}}


def _answer(description: str, content: Tree) -> Tree:
    return {"200": {"description": description, "content": content}}


def _operation(extra: Tree, responses: Tree, summary: str) -> Tree:
    return {"openapi_extra": {**extra, "responses": responses}, "summary": summary}


VERIFY = _operation(
    {
        "parameters": [*_ASKED, _NAME, _PASSWORD],
        "requestBody": {
            "required": True,
            "content": {
                **_form({"file": _FILE}, "file"),
                "application/pdf": {"schema": _FILE, "example": _EXAMPLE_PDF},
                "application/octet-stream": {"schema": _FILE, "example": _EXAMPLE_PDF},
            },
        },
    },
    {
        **_answer(
            "The report, in the form that `Accept` prefers.",
            {
                MEDIA_TYPES[JSON]: {"schema": {"$ref": f"{_REF}report"}},
                MEDIA_TYPES[HTML]: {"schema": {"type": "string"}},
                MEDIA_TYPES[EVIDENCE]: {
                    "schema": {
                        "type": "string",
                        "format": "binary",
                        "description": "An evidence package, for `sigcheck replay`.",
                    }
                },
                MEDIA_TYPES[PAGE]: {
                    "schema": {"type": "object", "description": "For the page at `/`; may change."}
                },
            },
        ),
        **_problems(*_BODY_PROBLEMS, "NOT-ACCEPTABLE"),
    },
    "Judge one document",
)
VERIFY_MANY = _operation(
    {
        "parameters": [*_ASKED, _PASSWORD],
        "requestBody": {
            "required": True,
            "content": _form({"file": {"type": "array", "items": _FILE, "minItems": 1}}, "file"),
        },
    },
    {
        **_answer(
            "JSON Lines, streamed: a document object of the report with `schema`, for each file.",
            {"application/x-ndjson": {"schema": {"type": "string"}}},
        ),
        **_problems(*_BODY_PROBLEMS),
    },
    "Judge many documents",
)
REPORT = _operation(
    {
        "parameters": [
            {
                "name": "sha256",
                "in": "path",
                "required": True,
                "description": "Digest of the document's bytes.",
                "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "example": "0" * 64,
            }
        ]
    },
    {
        **_answer(
            "The newest report kept on this document.",
            {MEDIA_TYPES[JSON]: {"schema": {"$ref": f"{_REF}report"}}},
        ),
        **_problems("KEY-NEEDED", "REPORT-UNKNOWN", "LEDGER-NONE", "PARAMETER"),
    },
    "Find an earlier report (needs a ledger)",
)
TRUST = _operation(
    {},
    {
        **_answer(
            "The trust store's digest, its anchors, the policies.",
            {MEDIA_TYPES[JSON]: {"schema": {"$ref": f"{_REF}trust"}}},
        ),
        **_problems("KEY-NEEDED"),
    },
    "Show trust and policies",
)


def _plain(summary: str, media_type: str, schema: Tree, *codes: str) -> Tree:
    answers = _answer(summary, {media_type: {"schema": schema}})
    return _operation({"security": []}, {**answers, **_problems(*codes)}, summary)


_STATUS_SCHEMA = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"type": "string"}},
}
HEALTH = _plain("The process answers", "application/json", _STATUS_SCHEMA)
READY = _plain("Workers are ready for documents", "application/json", _STATUS_SCHEMA, "NOT-READY")
METRICS = _plain("Counters for Prometheus", "text/plain", {"type": "string"})


class Described(Struct, frozen=True):
    """What of the settings shows in the document."""

    policies: tuple[str, ...]
    keys: bool


def document(app: FastAPI, described: Described) -> Tree:
    """Return the OpenAPI document of an application."""
    tree = get_openapi(
        title="sigcheck",
        version=__version__,
        description=_DESCRIPTION.strip(),
        license_info=None,
        routes=app.routes,
    )
    for path in tree["paths"].values():
        for operation in path.values():
            # FastAPI describes answers of its own validation, which never speaks here.
            _tidy(operation)
            _name_policies(operation, described.policies)
    components = {"schemas": {**_report_schemas(), "problem": _PROBLEM, "trust": _TRUST}}
    if described.keys:
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        tree["security"] = [{"key": []}]
    tree["components"] = components
    _add_examples(tree)
    return tree


def _tidy(operation: Tree) -> None:
    seen: dict[tuple[str, str], Tree] = {}
    for parameter in operation.get("parameters", []):
        seen[parameter["in"], parameter["name"]] = parameter
    if seen:
        operation["parameters"] = list(seen.values())
    unprocessable = operation["responses"].get("422", {}).get("content", {})
    unprocessable.pop("application/json", None)


def _name_policies(operation: Tree, policies: tuple[str, ...]) -> None:
    for index, parameter in enumerate(operation.get("parameters", [])):
        if parameter["name"] == "policy":
            schema = {"type": "string", "enum": list(policies), "default": policies[0]}
            named = {**parameter, "schema": schema, "example": policies[0]}
            operation["parameters"][index] = named


def _report_schemas() -> Tree:
    path = Path(data_folder(), "schema", "sigcheck.report-1.json")
    text = path.read_text("utf-8").replace('"#/$defs/', f'"{_REF}')
    found: Tree = json.loads(text)["$defs"]
    return found


def _add_examples(tree: Tree) -> None:
    """Put a real report beside its schema: the one on a file that is no PDF is short."""
    name = "cong-van-2691.docx"
    job = Job(b"PK", name, "intake", "en", (JSON, JSONL), datetime(2026, 11, 23, 1, tzinfo=UTC))
    verifier = Verifier()
    whole, line = bodies(failure(job, verifier, NotAPdfError()), job, verifier.policy)
    paths: Mapping[str, Tree] = tree["paths"]
    verify = paths["/v1/verify"]["post"]["responses"]["200"]["content"]
    verify[MEDIA_TYPES[JSON]]["example"] = json.loads(whole)
    many = paths["/v1/verify-many"]["post"]["responses"]["200"]["content"]
    many["application/x-ndjson"]["example"] = line.decode("utf-8")


_PROBLEM: Tree = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": sorted(STATUS)},
    },
}
_TRUST: Tree = {
    "type": "object",
    "required": ["digest", "anchors", "default_policy", "policies"],
    "properties": {
        "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "anchors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["sha256", "subject", "tier", "purposes", "certificate"],
                "properties": {
                    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                    "subject": {"type": "string"},
                    "tier": {"type": "string", "enum": ["government", "public", "test"]},
                    "purposes": {"type": "array", "items": {"type": "string"}},
                    "certificate": {
                        "type": "boolean",
                        "description": "Whether the certificate is at hand, not its pin only.",
                    },
                },
            },
        },
        "default_policy": {"type": "string"},
        "policies": {"type": "array", "items": {"type": "object"}},
    },
}
