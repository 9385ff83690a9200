"""`/v1`: the same report as the command line's, in every form, for every way to send a document."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import jsonschema
import pytest

from sigcheck.model.policy import Limits
from sigcheck.render.letter import DOCX_TYPE
from tests.service import odd_worker
from tests.service.conftest import AT, FORGED, MODEL, NOT_A_PDF, PRODUCTION, MakeClient

PDF = {"Content-Type": "application/pdf"}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def schema(root: Path) -> Json:
    """Return the checked-in schema of reports."""
    path = root / "src" / "sigcheck" / "data" / "schema" / "sigcheck.report-1.json"
    found: Json = json.loads(path.read_text("utf-8"))
    return found


def test_the_report_is_the_command_line_s(
    client: httpx.Client, fixtures: Path, root: Path, schema: Json
) -> None:
    """The answer is byte for byte what `sigcheck verify --format json` prints."""
    case = fixtures / MODEL
    command = [sys.executable, "-m", "sigcheck", "verify", case.name, "--lang", "vi"]
    options = ["--trust", str(root / "fixtures" / "pki"), "--at", AT, "--format", "json"]
    printed = subprocess.run(
        [*command, *options], cwd=case.parent, capture_output=True, text=True, check=False
    ).stdout

    with case.open("rb") as file:
        answer = client.post("/v1/verify", files={"file": file}, params={"at": AT})

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.text == printed
    jsonschema.validate(answer.json(), schema)


@pytest.mark.parametrize(
    ("case", "indication"),
    [
        (MODEL, "INDETERMINATE"),
        (PRODUCTION, "TOTAL-PASSED"),
        (FORGED, "TOTAL-FAILED"),
        (NOT_A_PDF, "UNREADABLE"),
    ],
)
def test_a_raw_body_is_judged(
    client: httpx.Client, fixtures: Path, case: Path, indication: str
) -> None:
    """Any document is answered by 200 and a report that says what came of it."""
    answer = client.post(
        "/v1/verify?name=so%2F2691.pdf",
        content=(fixtures / case).read_bytes(),
        headers=PDF,
        params={"at": AT, "name": "hồ sơ/../2691.pdf"},
    )

    (document,) = answer.json()["documents"]
    assert answer.status_code == 200
    assert (document["indication"], document["path"]) == (indication, "2691.pdf")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("text/html;q=0.4, application/json;q=0.5", "application/json"),
        ("text/*", "text/html; charset=utf-8"),
        ("application/vnd.sigcheck.page+json", "application/vnd.sigcheck.page+json"),
    ],
)
def test_accept_chooses_the_form(
    client: httpx.Client, fixtures: Path, accept: str, kind: str
) -> None:
    """JSON unless something else is liked better."""
    data = (fixtures / FORGED).read_bytes()
    answer = client.post("/v1/verify", content=data, headers={**PDF, "Accept": accept})

    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["vary"] == "Accept"


def test_the_html_report_may_run_nothing(client: httpx.Client, fixtures: Path) -> None:
    """The report page speaks the language asked for; its policy allows no script."""
    data = (fixtures / FORGED).read_bytes()
    answer = client.post("/v1/verify?lang=en", content=data, headers={**PDF, "Accept": "text/html"})

    assert '<html lang="en">' in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src")


def test_policy_and_language_are_the_request_s(client: httpx.Client, fixtures: Path) -> None:
    """The policy named judges and the language named speaks."""
    data = (fixtures / FORGED).read_bytes()
    answer = client.post("/v1/verify?policy=etsi&lang=en", content=data, headers=PDF).json()

    messages = [f["message"] for f in answer["documents"][0]["signatures"][0]["findings"]]
    assert answer["policy"]["id"] == "etsi"
    assert any("signed content was changed" in message for message in messages)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-01-15T09:00:00+07:00", "2026-01-15T09:00:00+07:00"),
        ("2026-01-15T09:00:00 07:00", "2026-01-15T09:00:00+07:00"),
        ("2026-01-15T02:00:00Z", "2026-01-15T09:00:00+07:00"),
        ("2026-01-15T09:00", "2026-01-15T09:00:00+07:00"),
        ("2026-01-15", "2026-01-15T00:00:00+07:00"),
    ],
)
def test_the_validation_time_is_the_request_s(
    client: httpx.Client, fixtures: Path, text: str, told: str
) -> None:
    """ISO 8601, even with the plus sign lost in the query; Vietnam's without an offset."""
    data = (fixtures / FORGED).read_bytes()
    answer = client.post("/v1/verify", params={"at": text}, content=data, headers=PDF)

    assert answer.json()["validation_time"] == told


def test_many_documents_are_answered_line_by_line(
    client: httpx.Client, fixtures: Path, schema: Json
) -> None:
    """A line for each file in the order sent, whatever is wrong with the others."""
    cases = [MODEL, NOT_A_PDF, FORGED, PRODUCTION]
    files = [("file", (f"{n}.pdf", (fixtures / case).read_bytes())) for n, case in enumerate(cases)]
    with client.stream("POST", "/v1/verify-many", files=files, params={"at": AT}) as answer:
        lines = [json.loads(line) for line in answer.iter_lines()]

    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [(line["path"], line["indication"]) for line in lines] == [
        ("0.pdf", "INDETERMINATE"),
        ("1.pdf", "UNREADABLE"),
        ("2.pdf", "TOTAL-FAILED"),
        ("3.pdf", "TOTAL-PASSED"),
    ]
    for line in lines:
        jsonschema.validate(line, schema)


def test_results_stream_before_the_last_is_there(client_of: MakeClient) -> None:
    """The first line arrives while a later document still keeps its worker."""
    client = client_of(odd_worker.judge, limits=Limits(max_seconds=1.0))
    files = [("file", ("a.pdf", b"PK")), ("file", ("b.pdf", b"%SLEEP"))]
    with client.stream("POST", "/v1/verify-many", files=files) as answer:
        lines = answer.iter_lines()
        first, came = next(lines), monotonic()
        second, waited = next(lines), monotonic() - came

    assert json.loads(first)["reason"]["code"] == "DOC-NOT-A-PDF"
    assert json.loads(second)["reason"]["code"] == "LIMIT-TIME"
    assert waited > 0.5  # of the second that the later one may take


def test_trust_lists_anchors_and_policies(client: httpx.Client, fixtures: Path) -> None:
    """The digest is the one of the reports, and the pinned government root is among the anchors."""
    told = client.get("/v1/trust").json()
    report = client.post("/v1/verify", content=(fixtures / FORGED).read_bytes(), headers=PDF).json()

    assert told["digest"] == report["trust"]["digest"]
    assert len(told["anchors"]) == report["trust"]["anchors"]
    assert {"government", "public", "test"} == {anchor["tier"] for anchor in told["anchors"]}
    assert told["policies"][0]["id"] == told["default_policy"] == "intake"


def test_the_page_s_form_has_every_language(client: httpx.Client, fixtures: Path) -> None:
    """What the page gets has the verdict and its words in Vietnamese and English."""
    answer = client.post(
        "/v1/verify",
        content=(fixtures / FORGED).read_bytes(),
        headers={**PDF, "Accept": "application/vnd.sigcheck.page+json"},
    ).json()

    assert answer["schema"] == "sigcheck.page/1"
    assert answer["sheets"]["vi"]["verdict"] == "Chữ ký không hợp lệ"
    assert answer["sheets"]["en"]["verdict"] == "Invalid signature"
    assert answer["sheets"]["en"]["tone"] == "bad"
    assert (answer["indication"], answer["reason"]) == ("TOTAL-FAILED", "CR-DIGEST-MATCHES")


def test_the_evidence_package_replays(client: httpx.Client, fixtures: Path, tmp_path: Path) -> None:
    """`application/zip` is a package from which `sigcheck replay` comes to the same verdict."""
    package = tmp_path / "2691.sigcheck.zip"
    answer = client.post(
        "/v1/verify",
        content=(fixtures / MODEL).read_bytes(),
        headers={**PDF, "Accept": "application/zip"},
        params={"at": AT},
    )
    package.write_bytes(answer.content)
    done = subprocess.run(
        [sys.executable, "-m", "sigcheck", "replay", str(package)],
        capture_output=True,
        check=False,
    )

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert done.returncode == 10, done.stderr


def test_there_is_no_evidence_of_what_could_not_be_read(client: httpx.Client) -> None:
    """A package of nothing would prove nothing."""
    answer = client.post("/v1/verify", content=b"PK", headers={**PDF, "Accept": "application/zip"})

    assert (answer.status_code, answer.json()["code"]) == (422, "NO-EVIDENCE")


def test_the_html_report_shows_the_pages(client: httpx.Client, fixtures: Path) -> None:
    """Pages are drawn in the worker's confines, each a picture inside the report."""
    pytest.importorskip("pypdfium2")
    answer = client.post(
        "/v1/verify",
        content=(fixtures / MODEL).read_bytes(),
        headers={**PDF, "Accept": "text/html"},
    )

    assert answer.text.count("data:image/") >= 6
    assert "img-src data:" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("accept", "kind", "starts"),
    [
        ("*/*", DOCX_TYPE, b"PK\x03\x04"),
        ("text/plain", "text/plain; charset=utf-8", b" "),
    ],
)
def test_the_letter_of_return(
    client: httpx.Client, fixtures: Path, accept: str, kind: str, starts: bytes
) -> None:
    """A Word document, or text; it names the document and the signature that does not hold."""
    data = (fixtures / MODEL).read_bytes()

    answer = client.post(
        "/v1/letter", content=data, headers={**PDF, "Accept": accept}, params={"at": AT}
    )

    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.content.startswith(starts)
    assert starts != b" " or "2691/CT-UBND" in answer.text


def test_no_letter_for_a_valid_document(client: httpx.Client, fixtures: Path) -> None:
    """What holds is not returned."""
    data = (fixtures / PRODUCTION).read_bytes()

    answer = client.post("/v1/letter", content=data, headers=PDF, params={"at": AT})

    assert (answer.status_code, answer.json()["code"]) == (422, "NO-LETTER")
