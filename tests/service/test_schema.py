"""schemathesis holds the service to its own OpenAPI document, promises and refusals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from sigcheck.service.requests import MEDIA_TYPES
from tests.service.conftest import serving

Json = dict[str, Any]

CONFIGURATION = """
[checks]
# The generator dates validation times in any year from 1 to 9999; nobody signed a PDF in most.
positive_data_acceptance.expected-statuses = ["2xx", 404, 422]
"""


@pytest.fixture(scope="module")
def schema(client: httpx.Client) -> Json:
    """Return the service's OpenAPI document."""
    found: Json = client.get("/openapi.json").json()
    return found


def test_schemathesis_finds_nothing(root: Path, tmp_path: Path) -> None:
    """Examples, coverage and fuzzing: every answer is one the document names, in its form."""
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION, "utf-8")
    log = tmp_path / "reports.sqlite"
    with serving(root, "--audit-log", str(log)) as (address, _):
        done = subprocess.run(
            [
                *(str(Path(sys.executable).with_name("schemathesis")), "--config-file"),
                *(str(configuration), "run", f"{address}/openapi.json", "--seed", "1"),
                *("--max-examples", "20", "--no-color", "--workers", "2"),
                *("--request-timeout", "20", "--generation-database", "none"),
            ],
            capture_output=True,
            text=True,
            timeout=300,
            cwd=root,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.service.schemathesis_hooks"},
            check=False,
        )

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr


@pytest.mark.parametrize("route", ["/v1/verify", "/v1/letter", "/v1/judge"])
def test_a_body_that_is_the_file_is_not_empty(
    client: httpx.Client, schema: Json, route: str
) -> None:
    """The document says of each such body what the service does with an empty one."""
    content = schema["paths"][route]["post"]["requestBody"]["content"]
    raw = {kind: body for kind, body in content.items() if not kind.startswith("multipart/")}

    assert raw
    for kind, body in raw.items():
        assert body["schema"]["minLength"] == 1
        answer = client.post(route, content=b"", headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["code"]) == (400, "BODY-MISSING")


def test_the_document_names_every_route(schema: Json) -> None:
    """Each operation has its own words, its answers and the problems it may have."""
    operations = {
        (path, method): operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }

    assert set(operations) == {
        ("/v1/verify", "post"),
        ("/v1/letter", "post"),
        ("/v1/judge", "post"),
        ("/v1/verify-many", "post"),
        ("/v1/reports/{sha256}", "get"),
        ("/v1/trust", "get"),
        ("/healthz", "get"),
        ("/readyz", "get"),
        ("/metrics", "get"),
    }
    for operation in operations.values():
        assert "200" in operation["responses"]
        problems = {s: r for s, r in operation["responses"].items() if s >= "400"}
        assert problems
        for answer in problems.values():
            assert list(answer["content"]) == ["application/problem+json"]


def test_the_examples_hold(schema: Json, root: Path) -> None:
    """The report shown as an example is valid by the checked-in schema of reports."""
    path = root / "src" / "sigcheck" / "data" / "schema" / "sigcheck.report-1.json"
    reports = json.loads(path.read_text("utf-8"))
    answers = schema["paths"]["/v1/verify"]["post"]["responses"]["200"]["content"]
    lines = schema["paths"]["/v1/verify-many"]["post"]["responses"]["200"]["content"]

    assert set(answers) == set(MEDIA_TYPES.values())
    jsonschema.validate(answers["application/json"]["example"], reports)
    jsonschema.validate(json.loads(lines["application/x-ndjson"]["example"]), reports)


def test_policies_are_named(schema: Json) -> None:
    """The document lists the policies of this very service, the default one first."""
    (policy,) = (
        p for p in schema["paths"]["/v1/verify"]["post"]["parameters"] if p["name"] == "policy"
    )

    assert policy["schema"]["enum"] == ["intake", "archive", "etsi"]
