"""Every vector of the repository, judged through the service, comes to what it expects."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service.conftest import MakeClient

_BATCH = 60


@pytest.fixture(scope="module")
def pair(client_of: MakeClient) -> httpx.Client:
    """Return a client of a service with two workers."""
    return client_of(workers=2)


def _cases(fixtures: Path) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """Yield the vectors that need no more than the shared trust, by the time they are judged at."""
    for path in sorted((fixtures / "vectors").glob("*/*/expected.json")):
        expected = json.loads(path.read_text("utf-8"))
        options = expected["options"]
        own = [name for name in ("trust", "revocation") if (path.parent / name).is_dir()]
        if options["trust"] != "own" and not own and not options.get("password"):
            yield options["at"], next(path.parent.glob("document.*")), expected


def test_every_vector_in_batches(pair: httpx.Client, fixtures: Path) -> None:
    """Verdicts of documents and signatures are the vectors' own, whoever shares the batch."""
    by_time: dict[str, list[tuple[Path, dict[str, Any]]]] = defaultdict(list)
    for at, document, expected in _cases(fixtures):
        by_time[at].append((document, expected))
    judged = 0
    for at, cases in by_time.items():
        for start in range(0, len(cases), _BATCH):
            batch = cases[start : start + _BATCH]
            files = [("file", (document.name, document.read_bytes())) for document, _ in batch]
            answer = pair.post("/v1/verify-many", files=files, params={"at": at})
            lines = [json.loads(line) for line in answer.text.splitlines()]
            for (document, expected), line in zip(batch, lines, strict=True):
                found = [s["indication"] for s in line["signatures"]]
                wanted = [s["indication"] for s in expected["signatures"]]
                assert line["indication"] == expected["document"]["indication"], document
                assert sorted(found) == sorted(wanted), document
                judged += 1

    assert judged > 100


def test_an_encrypted_document_takes_its_password(pair: httpx.Client, fixtures: Path) -> None:
    """Without the password nothing can be said; with it, in the header, the document is judged."""
    cases = [
        (path.parent, options["password"], options["at"])
        for path in sorted((fixtures / "vectors").glob("*/*/expected.json"))
        if (options := json.loads(path.read_text("utf-8"))["options"]).get("password")
    ]
    folder, password, at = cases[0]
    data = next(folder.glob("document.*")).read_bytes()
    headers = {"Content-Type": "application/pdf"}
    locked = pair.post("/v1/verify", content=data, headers=headers, params={"at": at}).json()
    opened = pair.post(
        "/v1/verify",
        content=data,
        headers={**headers, "X-PDF-Password": password},
        params={"at": at},
    ).json()
    expected = json.loads((folder / "expected.json").read_text("utf-8"))

    assert locked["documents"][0]["reason"]["code"] == "DOC-PASSWORD-NEEDED"
    assert opened["documents"][0]["indication"] == expected["document"]["indication"]
