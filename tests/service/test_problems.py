"""Every request that cannot be carried out is told so in problem+json; nothing else ever fails."""

from __future__ import annotations

import hashlib
import json
import socket
import sqlite3
import stat
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from openpyxl import load_workbook

from sigcheck.archive.audit_log import AuditLog
from sigcheck.errors import UsageError
from sigcheck.model.policy import MIB
from sigcheck.render.words import LANGUAGES
from sigcheck.service.access import RateLimiter, RequestLimiter
from sigcheck.service.problems import STATUS, ProblemError, problem_object
from sigcheck.service.settings import load_keys
from sigcheck.service.state import AuditedReports
from tests.service.conftest import FORGED, MakeClient

PDF = {"Content-Type": "application/pdf"}
FORM = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\nPK\r\n'
FIELD = b'--x\r\nContent-Disposition: form-data; name="policy"\r\n\r\narchive\r\n'
KEY = "s3cret"


def told(answer: httpx.Response) -> tuple[int, str]:
    """Return status and code of a problem, which must be one."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"]
    assert problem["detail"]
    return answer.status_code, problem["code"]


@pytest.mark.parametrize(
    ("query", "headers", "body", "status", "code"),
    [
        ("", PDF, b"", 400, "BODY-MISSING"),
        ("", {"Content-Type": FORM}, b"", 400, "BODY-MISSING"),
        ("", {}, b"", 400, "BODY-MISSING"),
        ("", {"Content-Type": FORM}, PART, 400, "BODY-MALFORMED"),
        ("", {"Content-Type": FORM}, b"nonsense", 400, "BODY-MALFORMED"),
        ("", {"Content-Type": FORM}, b"--x--\r\n", 400, "FILE-MISSING"),
        ("", {"Content-Type": "multipart/form-data"}, PART, 400, "BODY-MALFORMED"),
        ("", {"Content-Type": FORM}, PART + PART + b"--x--", 413, "TOO-MANY-FILES"),
        ("", {"Content-Type": "text/plain"}, b"%PDF", 415, "MEDIA-TYPE"),
        ("", {}, b"%PDF", 415, "MEDIA-TYPE"),
        ("", {"Content-Type": FORM}, FIELD + PART + b"--x--", 422, "PARAMETER"),
        ("?polcy=etsi", PDF, b"%PDF", 422, "PARAMETER"),
        ("?policy=etsi&policy=intake", PDF, b"%PDF", 422, "PARAMETER"),
        ("?detail=short", PDF, b"%PDF", 422, "PARAMETER"),
        ("?detail=summary", {**PDF, "Accept": "text/html"}, b"%PDF", 422, "PARAMETER"),
        ("?at=31/02/2026", PDF, b"%PDF", 422, "PARAMETER"),
        ("?policy=/etc/passwd", PDF, b"%PDF", 422, "PARAMETER"),
        ("?lang=fr", PDF, b"%PDF", 422, "PARAMETER"),
        ("?at=hôm+qua", PDF, b"%PDF", 422, "PARAMETER"),
        ("?at=0001-01-01T00:00:00Z", PDF, b"%PDF", 422, "PARAMETER"),
        ("", {**PDF, "Accept": "image/png"}, b"%PDF", 406, "NOT-ACCEPTABLE"),
        ("", {**PDF, "Accept": "application/json;q=0"}, b"%PDF", 406, "NOT-ACCEPTABLE"),
        ("", {**PDF, "Sec-Fetch-Site": "cross-site"}, b"%PDF", 403, "CROSS-SITE"),
        ("", {**PDF, "Origin": "http://evil.example"}, b"%PDF", 403, "CROSS-SITE"),
        ("", {**PDF, "Origin": "null"}, b"%PDF", 403, "CROSS-SITE"),
        ("", {**PDF, "Origin": "http://127.0.0.1:1"}, b"%PDF", 403, "CROSS-SITE"),
    ],
)
def test_a_wrong_request_is_a_problem(
    client: httpx.Client,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
    status: int,
    code: str,
) -> None:
    """Each mistake has its status and its code."""
    answer = client.post(f"/v1/verify{query}", content=body, headers=dict(headers))

    assert told(answer) == (status, code)


@pytest.mark.parametrize("path", ["/v1/verify", "/v1/verify-many"])
def test_the_answer_arrives_although_nobody_wants_the_body(client: httpx.Client, path: str) -> None:
    """A connection that ended with a body unread would be reset, and the answer be lost."""
    url, body = client.base_url, b"x" * 250_000
    head = f"POST {path} HTTP/1.1\r\nHost: {url.netloc.decode()}\r\nContent-Type: text/plain\r\n"
    with socket.create_connection((url.host, url.port or 80)) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))

    assert answer.startswith(b"HTTP/1.1 415 ")
    assert b"MEDIA-TYPE" in answer


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/verify", 405, "METHOD-NOT-ALLOWED"),
        ("GET", "/v1/nothing", 404, "NOT-FOUND"),
        ("GET", "/static/../app.py", 404, "NOT-FOUND"),
        ("GET", "/static/..%2fapp.py", 404, "NOT-FOUND"),
        ("GET", f"/v1/reports/{'0' * 64}", 404, "AUDIT-LOG-NONE"),
        ("GET", "/v1/reports/zzz", 422, "PARAMETER"),
        ("GET", "/docs", 404, "NOT-FOUND"),
    ],
)
def test_a_wrong_address_is_a_problem(
    client: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    """What is not there says so in the same form."""
    assert told(client.request(method, path)) == (status, code)


def test_problems_speak_the_reader_s_language(client: httpx.Client) -> None:
    """Vietnamese unless the query or the browser asks for English."""
    vietnamese = client.get("/v1/nothing").json()["title"]
    english = client.get("/v1/nothing", headers={"Accept-Language": "en-US"}).json()["title"]

    assert (vietnamese, english) == ("Không tìm thấy", "Not found")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_problem_has_its_words(root: Path, lang: str) -> None:
    """Each code has a title and a sentence in each language, and no sentence lacks its code."""
    path = root / "src" / "sigcheck" / "data" / "words" / f"service.{lang}.toml"
    problems = tomllib.loads(path.read_text("utf-8"))["problems"]

    assert set(problems) == set(STATUS)
    for code in STATUS:
        assert "?" not in problem_object(code, {}, lang).detail


def test_the_page_has_the_same_words_in_every_language(root: Path) -> None:
    """Both languages have the same sentences with the same places for facts."""
    import re

    def places(lang: str) -> dict[str, list[str]]:
        path = root / "src" / "sigcheck" / "data" / "words" / f"service.{lang}.toml"
        page = tomllib.loads(path.read_text("utf-8"))["page"]
        return {key: sorted(re.findall(r"{\w+}", text)) for key, text in page.items()}

    assert places("vi") == places("en")


# --- limits ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(client_of: MakeClient) -> httpx.Client:
    """Return a client of a service with small limits."""
    return client_of(
        max_upload=MIB, max_batch=2 * MIB, max_files=3, max_held=3 * MIB, upload_seconds=0.5
    )


def test_a_document_that_says_it_is_too_large_is_not_read(small: httpx.Client) -> None:
    """Content-Length alone is enough to refuse."""
    answer = small.post("/v1/verify", content=bytes(MIB + 1), headers=PDF)

    assert told(answer) == (413, "UPLOAD-TOO-LARGE")


def test_a_document_that_turns_out_too_large_is_cut_off(small: httpx.Client) -> None:
    """Without Content-Length the bytes are counted as they come."""
    answer = small.post("/v1/verify", content=(bytes(65536) for _ in range(17)), headers=PDF)

    assert told(answer) == (413, "UPLOAD-TOO-LARGE")


def test_too_many_files_are_refused(small: httpx.Client) -> None:
    """A batch has a bound of its own."""
    files = [("file", (f"{n}.pdf", b"PK")) for n in range(4)]

    assert told(small.post("/v1/verify-many", files=files)) == (413, "TOO-MANY-FILES")


def test_a_document_that_trickles_in_is_not_waited_for(small: httpx.Client) -> None:
    """A client that stops sending is told so and loses its place."""
    host, port = small.base_url.host, small.base_url.port
    assert port
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(
            b"POST /v1/verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pdf\r\n"
            b"Content-Length: 1000\r\n\r\n%PDF"
        )
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"UPLOAD-TOO-SLOW"' in answer
    assert b"sigcheck_held_bytes 0.0\n" in small.get("/metrics").content


def test_places_and_memory_are_bounded() -> None:
    """Who finds all places or all memory taken comes back; what is released counts no more."""
    limiter = RequestLimiter(max_requests=2, max_client=2, max_held=10)
    with limiter.request("a") as first:
        first.take(6)
        with limiter.request("b") as second, pytest.raises(ProblemError, match="BUSY"):
            second.take(5)
        with limiter.request("b"), pytest.raises(ProblemError, match="BUSY"):
            limiter.enter("c")

    assert (limiter.requests, limiter.held) == (0, 0)


def test_the_rate_is_each_client_s_own() -> None:
    """A client that used up its minute waits; another doesn't; time gives back."""
    now = 0.0
    rate = RateLimiter(60, clock=lambda: now)
    rate.count("a", 60)
    rate.count("b")
    with pytest.raises(ProblemError, match="RATE") as caught:
        rate.count("a", 2)
    now = 2.0
    rate.count("a", 2)

    assert caught.value.retry_after == 2


def test_the_rate_is_enforced(client_of: MakeClient) -> None:
    """The third document of a client that may send two a minute is refused."""
    client = client_of(max_rate=2)
    answers = [client.post("/v1/verify", content=b"PK", headers=PDF) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["retry-after"]) > 0


# --- keys and names -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def guarded(client_of: MakeClient) -> httpx.Client:
    """Return a client of a service that asks for a key and answers to one name."""
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    return client_of(keys={digest: "archive"}, hosts=("127.0.0.1",))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": f"Basic {KEY}"}, 401),
        ({"X-API-Key": ""}, 401),
        ({"Authorization": f"Bearer {KEY}"}, 200),
        ({"X-API-Key": KEY}, 200),
    ],
)
def test_a_key_is_asked_for(guarded: httpx.Client, headers: dict[str, str], status: int) -> None:
    """Documents, reports and trust need a key where there are keys."""
    verified = guarded.post("/v1/verify", content=b"PK", headers={**PDF, **headers})
    trust = guarded.get("/v1/trust", headers=headers)

    assert (verified.status_code, trust.status_code) == (status, status)


def test_health_needs_no_key(guarded: httpx.Client) -> None:
    """Who keeps the service running asks without a key."""
    assert [guarded.get(path).status_code for path in ("/healthz", "/readyz", "/metrics", "/")] == [
        200
    ] * 4


def test_a_foreign_name_is_refused(guarded: httpx.Client) -> None:
    """A site that points its own name at this machine gets nothing (DNS rebinding)."""
    answer = guarded.get("/healthz", headers={"Host": "evil.example:80"})

    assert told(answer) == (403, "HOST-UNKNOWN")


@pytest.mark.parametrize(
    "text", ["", "# none\n", "name\n", "name 1234\n", f"two words {'0' * 64}\n"]
)
def test_a_key_file_that_holds_no_keys_is_refused(tmp_path: Path, text: str) -> None:
    """No key file ever means that no key is needed."""
    path = tmp_path / "keys"
    path.write_text(text, "utf-8")

    with pytest.raises(UsageError) as caught:
        load_keys(str(path))
    assert caught.value.code == "KEYS-FILE"


def test_a_key_file_names_holders(tmp_path: Path) -> None:
    """Each line is a name and a digest; what follows a `#` is for people."""
    path = tmp_path / "keys"
    path.write_text(f"# keys\narchive {'a' * 64}  # room 12\n\nintake {'b' * 64}\n", "utf-8")

    assert load_keys(str(path)) == {"a" * 64: "archive", "b" * 64: "intake"}


# --- nothing on disk unless asked -----------------------------------------------------------------


def test_the_audit_log_keeps_reports(
    client_of: MakeClient, tmp_path_factory: pytest.TempPathFactory, fixtures: Path
) -> None:
    """A report is found again by the digest of its document, also when HTML was asked for."""
    path = tmp_path_factory.mktemp("log") / "reports.sqlite"
    client = client_of(audit_log=str(path))
    data = (fixtures / FORGED).read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    before = client.get(f"/v1/reports/{digest}")
    client.post("/v1/verify", content=data, headers={**PDF, "Accept": "text/html"})
    after = client.get(f"/v1/reports/{digest}")

    assert told(before) == (404, "REPORT-UNKNOWN")
    assert after.json()["documents"][0]["sha256"] == digest
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_audit_log_that_fails_stops_no_answer(
    client_of: MakeClient, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The clerk gets the report; the operator sees a counter."""
    path = tmp_path_factory.mktemp("log") / "reports.sqlite"
    client = client_of(audit_log=str(path))
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE reports")

    assert client.post("/v1/verify", content=b"PK", headers=PDF).status_code == 200
    assert "sigcheck_audit_log_errors_total 1.0\n" in client.get("/metrics").text
    assert told(client.get(f"/v1/reports/{'0' * 64}")) == (503, "AUDIT-LOG-SILENT")


def test_an_audit_log_where_nobody_may_write_is_refused(tmp_path: Path) -> None:
    """The service does not start with an audit log it cannot open."""
    with pytest.raises(UsageError) as caught:
        AuditedReports(str(tmp_path / "no" / "such" / "folder"))
    assert caught.value.code == "AUDIT-LOG-FILE"


def test_the_newest_report_is_found(tmp_path: Path) -> None:
    """Each check is an entry of the audit log, and the newest report is told."""
    path = tmp_path / "checks.db"
    reports = AuditedReports(str(path))
    for time_ in ("2026-01-01T00:00:00+07:00", "2025-01-01T00:00:00+07:00"):
        reports.keep("a" * 64, 2, _report(time_))
    found = reports.find("a" * 64)
    reports.close()
    with AuditLog.open(path, create=False) as log:
        entries = list(log.entries())

    assert found is not None
    assert json.loads(found)["validation_time"] == "2025-01-01T00:00:00+07:00"
    assert [entry.check.document for entry in entries] == ["a" * 64] * 2
    assert all(entry.is_sound for entry in entries)
    assert entries[1].previous == entries[0].hash


def _report(validation_time: str) -> bytes:
    report = {
        "tool": {"version": "1"},
        "validation_time": validation_time,
        "policy": {"id": "intake", "version": "1"},
        "trust": {"digest": ""},
        "documents": [{"indication": "UNREADABLE", "sub_indication": None}],
    }
    return json.dumps(report).encode()


def test_uploads_leave_nothing_on_disk(
    client_of: MakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even a large form, which web frameworks like to put into a file, stays in memory."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("tempfile.SpooledTemporaryFile.__init__", _refuse)
    client = client_of()
    answer = client.post("/v1/verify", files={"file": ("a.pdf", bytes(8 * MIB))})

    assert answer.json()["documents"][0]["reason"]["code"] == "DOC-NOT-A-PDF"
    assert list(tmp_path.iterdir()) == []


def _refuse(*_: object, **__: object) -> None:
    raise AssertionError("an upload went into a temporary file")


def test_metrics_are_prometheus_text(client: httpx.Client) -> None:
    """Every sample follows the type of its family, and counters only grow."""
    client.post("/v1/verify", content=b"PK", headers=PDF)
    answer = client.get("/metrics")
    lines = answer.text.splitlines()
    families = {line.split()[2] for line in lines if line.startswith("# TYPE ")}
    samples = [line for line in lines if not line.startswith("#")]

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'sigcheck_documents_total{indication="UNREADABLE"}' in answer.text
    for sample in samples:
        name = sample.partition("{")[0].partition(" ")[0]
        stem = name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
        assert {name, stem} & families
        float(sample.rpartition(" ")[2])


def test_a_client_that_leaves_takes_its_memory_along(client: httpx.Client) -> None:
    """A connection that breaks in the middle of a document holds nothing afterwards."""
    host, port = client.base_url.host, client.base_url.port
    assert port
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(
            b"POST /v1/verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pdf\r\n"
            b"Content-Length: 1000\r\n\r\n%PDF"
        )
    time.sleep(0.3)

    assert "sigcheck_held_bytes 0.0\n" in client.get("/metrics").text


@pytest.mark.parametrize(
    "body",
    [
        b'{"lang": "vi"',
        b"[" * 100_000,
        b'{"lang": "fr", "rows": []}',
        b'{"lang": "vi", "rows": [{"file": 1}]}',
        b"\xff",
    ],
)
def test_what_is_no_list_of_rows_is_refused(client: httpx.Client, body: bytes) -> None:
    """The workbook is made of the page's own rows, and of nothing else."""
    assert told(client.post("/list.xlsx", content=body)) == (422, "PARAMETER")


def test_rows_stay_text_in_the_workbook(client: httpx.Client, tmp_path: Path) -> None:
    """Neither a formula nor a number without end comes out of what a client sends."""
    rows = [{"file": "=1+1", "number": "9" * 5000, "odd": "x", "proven_time": "=2"}]
    answer = client.post("/list.xlsx", json={"lang": "vi", "rows": rows})
    (tmp_path / "list.xlsx").write_bytes(answer.content)

    cells = next(iter(load_workbook(tmp_path / "list.xlsx").active.iter_rows(min_row=2)))
    assert (cells[0].value, cells[0].data_type) == ("=1+1", "s")
    assert {cell.data_type for cell in cells if cell.value} == {"s"}
