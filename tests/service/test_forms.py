"""The forms a report comes in over HTTP, and how much of it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import httpx
import jsonschema
import pytest
from lxml import etree

from sigcheck.service.requests import MEDIA_TYPES
from tests.service.conftest import AT, MODEL, PRODUCTION

PDF = {"Content-Type": "application/pdf"}


def asked(client: httpx.Client, data: bytes, accept: str, **query: str) -> httpx.Response:
    """Return the answer to a document in a form."""
    headers = {**PDF, "Accept": accept}
    return client.post("/v1/verify", content=data, headers=headers, params={"at": AT, **query})


def test_the_summary_over_http(client: httpx.Client, fixtures: Path, root: Path) -> None:
    """`?detail=summary` is `report.summary()`: of its schema, and short."""
    schema = json.loads((root / "src/sigcheck/data/schema/sigcheck.summary-1.json").read_text())
    data = (fixtures / MODEL).read_bytes()
    answer = asked(client, data, "application/json", detail="summary", lang="en")
    full = asked(client, data, "application/json", detail="full").json()

    jsonschema.validate(answer.json(), schema)
    assert answer.json()["schema"] == "sigcheck.summary/1"
    assert len(answer.content) < 2_600
    assert answer.json()["documents"][0]["sha256"] == full["documents"][0]["sha256"]
    assert full["schema"] == "sigcheck.report/1"


def test_many_summaries(client: httpx.Client, fixtures: Path, root: Path) -> None:
    """A line each, in the order sent."""
    schema = json.loads((root / "src/sigcheck/data/schema/sigcheck.summary-1.json").read_text())
    data = (fixtures / PRODUCTION).read_bytes()
    files = [("file", (f"{n}.pdf", data)) for n in range(3)]
    answer = client.post("/v1/verify-many?detail=summary", files=files)
    lines = [json.loads(line) for line in answer.text.splitlines()]

    assert [line["path"] for line in lines] == ["0.pdf", "1.pdf", "2.pdf"]
    for line in lines:
        jsonschema.validate(line, schema)


def test_csv_and_xml(client: httpx.Client, fixtures: Path) -> None:
    """A table for an office, a TS 119 102-2 report for another validator."""
    data = (fixtures / MODEL).read_bytes()
    table = asked(client, data, "text/csv", lang="en")
    report = asked(client, data, "application/xml")

    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(list(csv.reader(io.StringIO(table.text)))) == 6
    assert report.headers["content-type"].startswith("application/xml")
    assert "ValidationReport" in etree.fromstring(report.content).tag


@pytest.mark.skipif("pdf" not in MEDIA_TYPES, reason="no browser on this machine prints")
def test_a_report_on_paper(client: httpx.Client, fixtures: Path) -> None:
    """The HTML report, printed; the workers stay as they are."""
    answer = asked(client, (fixtures / MODEL).read_bytes(), "application/pdf")

    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert b"sigcheck_workers_lost_total{" not in client.get("/metrics").content


def test_a_day_as_it_is_written_in_vietnam(client: httpx.Client, fixtures: Path) -> None:
    """`at` takes what the command line takes."""
    data = (fixtures / PRODUCTION).read_bytes()
    answer = client.post("/v1/verify?at=23/11/2026", content=data, headers=PDF)

    assert answer.json()["validation_time"] == "2026-11-23T00:00:00+07:00"
