"""A worker's own work, without the process around it."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec import json, msgpack

from sigcheck.api import Verifier
from sigcheck.config import TrustStore
from sigcheck.model.policy import Limits
from sigcheck.service import judging
from sigcheck.service.judging import (
    EVIDENCE,
    HTML,
    JSON,
    JSONL,
    PAGE,
    Job,
    ServiceAnswer,
    ServiceJudging,
)
from tests.service.conftest import AT, MODEL, NOT_A_PDF

FORMS = (JSON, JSONL, HTML, PAGE, EVIDENCE)


@pytest.fixture(scope="module")
def verifier(root: Path) -> Verifier:
    """Return a verifier that trusts the fixtures' roots."""
    return Verifier(TrustStore.load([root / "fixtures" / "pki"]))


def test_every_form_of_one_document(verifier: Verifier, fixtures: Path) -> None:
    """One judgement gives all forms, each of its kind."""
    data = (fixtures / MODEL).read_bytes()
    job = Job(data, "2691.pdf", "intake", "vi", FORMS, datetime.fromisoformat(AT))
    answer = judging.judge(job, verifier)
    report, line, page, sheet, package = answer.bodies

    assert answer.indication == "INDETERMINATE"
    assert json.decode(report)["documents"][0]["size"] == len(data)
    assert report.startswith(b'{\n  "schema": "sigcheck.report/1"')
    assert line.count(b"\n") == 1
    assert page.startswith(b"<!DOCTYPE html>")
    assert b'"schema": "sigcheck.page/1"' in sheet
    assert zipfile.ZipFile(io.BytesIO(package)).testzip() is None


def test_what_could_not_be_read_has_every_form_but_evidence(
    verifier: Verifier, fixtures: Path
) -> None:
    """The digest is told all the same; the package is empty, and the route says so."""
    data = (fixtures / NOT_A_PDF).read_bytes()
    answer = judging.judge(Job(data, "x.pdf", "intake", "en", FORMS), verifier)

    assert answer.indication == "UNREADABLE"
    assert json.decode(answer.bodies[0])["documents"][0]["sha256"] == sha256(data).hexdigest()
    assert [bool(body) for body in answer.bodies] == [True, True, True, True, False]


def test_no_picture_is_begun_in_haste(verifier: Verifier, fixtures: Path) -> None:
    """When reading took nearly all the time, the report comes without pictures."""
    data = (fixtures / MODEL).read_bytes()
    answer = judging.judge(Job(data, "x.pdf", "intake", "vi", (HTML,)), verifier, max_seconds=1.0)

    assert b"data:image/" not in answer.bodies[0]


def test_a_limit_of_the_settings_is_a_limit_of_the_worker(fixtures: Path) -> None:
    """Limits travel with the verifier, and their breach is an answer with its code."""
    limited = Verifier(limits=Limits(max_signatures=1))
    data = (fixtures / MODEL).read_bytes()
    answer = judging.judge(Job(data, "x.pdf", "intake", "vi", (JSON,)), limited)

    assert answer.indication == "UNREADABLE"
    assert b'"LIMIT-SIGNATURES"' in answer.bodies[0]


def test_warming_up_touches_every_policy_and_language(verifier: Verifier) -> None:
    """What is loaded late is loaded before the first document."""
    ServiceJudging({"intake": verifier}, Limits(), judging.judge).prepare()


def test_jobs_and_answers_survive_the_way() -> None:
    """What goes in at one end of the pipe comes out at the other, Vietnamese names included."""
    at = datetime.fromisoformat(AT)
    job = Job(b"\x00\xff", "công văn.pdf", "intake", "vi", FORMS, at, "mật khẩu")
    answer = ServiceAnswer((b"a", b""), "UNREADABLE", 0.5)

    assert msgpack.decode(msgpack.encode(job), type=Job) == job
    assert msgpack.decode(msgpack.encode(answer), type=ServiceAnswer) == answer
