"""The scripts for offices without a system do what they say."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"


@pytest.fixture
def given(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which `sigcheck` is this one."""
    tools = tmp_path / "bin"
    tools.mkdir()
    program = tools / "sigcheck"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sigcheck "$@"\n')
    program.chmod(0o755)
    return {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "SIGCHECK_TRUST": str(ROOT / "fixtures" / "pki"),
        "SIGCHECK_HOME": str(tmp_path / "home"),
        "SIGCHECK_NO_PICTURES": "1",
        "SIGCHECK_CONFIG": os.devnull,
    }


def test_the_watched_folder_is_emptied_by_verdict(
    fixtures: Path, tmp_path: Path, given: dict[str, str]
) -> None:
    """Each document lies in the folder of its verdict, its report beside it, none written over."""
    inbox, target = tmp_path / "in", tmp_path / "out"
    inbox.mkdir()
    cases = {
        "tốt.pdf": "long-an/2691-ct-ubnd-production",
        "sửa.pdf": "bytes/changed-in-first-range",
        "lạ.pdf": "file/not-a-pdf",
    }
    given["SETTLE_MINUTES"] = "0"
    script = [str(EXAMPLES / "watch" / "watch.sh"), str(inbox), str(target)]
    for _ in range(2):
        for name, case in cases.items():
            shutil.copy(fixtures / "vectors" / case / "document.pdf", inbox / name)
        subprocess.run(["sh", *script], env=given, check=True)

    assert list(inbox.iterdir()) == []
    assert (target / "hop-le" / "tốt.pdf").is_file()
    assert "Chữ ký hợp lệ" in (target / "hop-le" / "tốt.html").read_text("utf-8")
    assert (target / "khong-doc-duoc" / "lạ.pdf").is_file()
    assert len(list((target / "khong-hop-le").glob("sửa*.pdf"))) == 2


def test_a_file_that_is_still_being_copied_is_left(
    fixtures: Path, tmp_path: Path, given: dict[str, str]
) -> None:
    """Half a document would be called unreadable."""
    inbox = tmp_path / "in"
    inbox.mkdir()
    shutil.copy(fixtures / "vectors/file/not-a-pdf/document.pdf", inbox / "new.pdf")
    script = str(EXAMPLES / "watch" / "watch.sh")

    subprocess.run(["sh", script, str(inbox), str(tmp_path / "out")], env=given, check=True)

    assert (inbox / "new.pdf").exists()


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("long-an/2691-ct-ubnd-production", "TOTAL-PASSED"),
        ("bytes/changed-in-first-range", "TOTAL-FAILED"),
    ],
)
def test_paperless_gets_a_report_and_a_line(
    fixtures: Path, tmp_path: Path, given: dict[str, str], case: str, told: str
) -> None:
    """The verdict is in the log; a bad signature never stops the import."""
    source = fixtures / "vectors" / case / "document.pdf"
    given |= {
        "DOCUMENT_SOURCE_PATH": str(source),
        "DOCUMENT_ID": "7",
        "SIGCHECK_REPORTS": str(tmp_path),
    }
    script = str(EXAMPLES / "paperless" / "post-consume.sh")

    done = subprocess.run(["sh", script], env=given, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == f"document 7: {told}"
    assert (tmp_path / "7-signatures.html").is_file()


class Paperless(ThreadingHTTPServer):
    """A stub of Paperless-ngx: what its documentation of the REST API says of tags and notes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), PaperlessAnswers)
        self.tags = {"Chữ ký hợp lệ": 1, "Hoá đơn": 2}
        self.document_tags = {1, 2}
        self.notes: list[str] = []


class PaperlessAnswers(BaseHTTPRequestHandler):
    """Answer as the API does, for one document, number 7."""

    server: Paperless

    def answer(self, code: int, body: object) -> None:
        """Send JSON."""
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def allowed(self) -> bool:
        """Tell whether the token is right; refuse otherwise."""
        if self.headers["Authorization"] == "Token secret":
            return True
        self.answer(401, {"detail": "Invalid token."})
        return False

    def do_GET(self) -> None:
        """Find tags by name."""
        if not self.allowed():
            return
        url = urlsplit(self.path)
        assert url.path == "/api/tags/"
        wanted = parse_qs(url.query)["name__iexact"][0].casefold()
        found = [
            {"id": n, "name": t} for t, n in self.server.tags.items() if t.casefold() == wanted
        ]
        self.answer(200, {"count": len(found), "results": found})

    def do_POST(self) -> None:
        """Make a tag, change the tags of a document, or add a note."""
        body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.allowed():
            return
        if self.path == "/api/tags/":
            number = self.server.tags[body["name"]] = len(self.server.tags) + 1
            self.answer(201, {"id": number, "name": body["name"]})
        elif self.path == "/api/documents/bulk_edit/":
            assert (body["documents"], body["method"]) == ([7], "modify_tags")
            self.server.document_tags |= set(body["parameters"]["add_tags"])
            self.server.document_tags -= set(body["parameters"]["remove_tags"])
            self.answer(200, {"result": "OK"})
        elif self.path == "/api/documents/7/notes/":
            self.server.notes.append(body["note"])
            self.answer(200, [{"note": note} for note in self.server.notes])
        else:
            self.answer(404, {"detail": "Not found."})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the name of the base class
        """Say nothing."""


@pytest.fixture
def paperless() -> Iterator[Paperless]:
    """Serve the stub on loopback."""
    with Paperless() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def post_consume(
    given: dict[str, str], server: Paperless, source: Path, token: str, reports: Path
) -> subprocess.CompletedProcess[str]:
    """Run the script as Paperless does."""
    environment = given | {
        "DOCUMENT_SOURCE_PATH": str(source),
        "DOCUMENT_ID": "7",
        "SIGCHECK_REPORTS": str(reports),
        "PAPERLESS_API_URL": f"http://127.0.0.1:{server.server_port}/",
        "PAPERLESS_API_TOKEN": token,
    }
    script = str(EXAMPLES / "paperless" / "post-consume.sh")
    return subprocess.run(
        ["sh", script], env=environment, capture_output=True, text=True, check=False
    )


def test_paperless_sets_the_tag_of_the_verdict_and_a_note(
    fixtures: Path, tmp_path: Path, given: dict[str, str], paperless: Paperless
) -> None:
    """The tag of an earlier verdict is taken off, a tag of the office's own stays."""
    source = fixtures / "vectors/bytes/changed-in-first-range/document.pdf"

    done = post_consume(given, paperless, source, "secret", tmp_path)

    assert done.returncode == 0, done.stderr
    assert paperless.tags["Chữ ký không hợp lệ"] == 3
    assert paperless.document_tags == {2, 3}
    assert len(paperless.notes) == 1
    assert paperless.notes[0].startswith("sigcheck: TOTAL-FAILED\n")


def test_paperless_is_told_of_what_cannot_be_read(
    fixtures: Path, tmp_path: Path, given: dict[str, str], paperless: Paperless
) -> None:
    """The import's log says it as a failure, the document carries the tag."""
    source = tmp_path / "lạ.pdf"
    shutil.copy(fixtures / "vectors/file/not-a-pdf/document.pdf", source)

    done = post_consume(given, paperless, source, "secret", tmp_path)

    assert done.returncode == 1
    assert paperless.document_tags == {2, paperless.tags["Không đọc được"]}
    assert paperless.notes[0].startswith("sigcheck: UNREADABLE\n")


def test_a_refused_token_is_said(
    fixtures: Path, tmp_path: Path, given: dict[str, str], paperless: Paperless
) -> None:
    """Nothing is set, and the log of Paperless tells why."""
    source = fixtures / "vectors/bytes/changed-in-first-range/document.pdf"

    done = post_consume(given, paperless, source, "wrong", tmp_path)

    assert done.returncode == 1
    assert "Paperless answered 401" in done.stderr
    assert "Traceback" not in done.stderr
    assert paperless.notes == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_the_timer_of_the_watched_folder_is_one_that_systemd_takes(tmp_path: Path) -> None:
    """The units are read without a complaint; the script they start is at its place."""
    for unit in ("sigcheck-watch.service", "sigcheck-watch.timer"):
        text = (EXAMPLES / "watch" / unit).read_text("utf-8")
        (tmp_path / unit).write_text(text.replace("/opt/sigcheck", str(ROOT)), "utf-8")

    units = [str(path) for path in sorted(tmp_path.iterdir())]
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
