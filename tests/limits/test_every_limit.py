"""A limit that is reached is named; it never turns an honest document into a forged one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
import pytest

import sigcheck
from sigcheck import Limits

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
AT = datetime.fromisoformat("2026-11-23T00:00:00+07:00")
VALUES = (1, 2, 3, 8, 64, 1024, 65_536)
HONEST = ("long-an/2691-ct-ubnd-certified", "docmdp/p2-then-form-filled", "longterm/b-lta")
OF_WORKERS = {"max_memory"}
"""Limits that only a worker process keeps; `tests/workers` asks about them."""


@pytest.fixture(scope="module")
def trust() -> sigcheck.TrustStore:
    """The anchors of the vectors."""
    return sigcheck.TrustStore.load([str(FIXTURES / "pki")])


@pytest.mark.parametrize("name", sorted(set(Limits.__struct_fields__) - OF_WORKERS))
@pytest.mark.parametrize("vector", HONEST)
def test_a_limit_that_is_reached_accuses_nobody(
    vector: str, name: str, trust: sigcheck.TrustStore
) -> None:
    """The verdict is the unlimited one, a named limit, or INDETERMINATE."""
    document = FIXTURES / "vectors" / vector / "document.pdf"
    for value in VALUES:
        limits = msgspec.structs.replace(Limits(), **{name: value})
        found = sigcheck.Verifier(trust=trust, limits=limits).verify(document, at=AT).document

        if found.reason is not None and found.reason.code.startswith("LIMIT-"):
            assert limits.of(found.reason.code) == value
        else:
            assert found.indication.value in {"TOTAL-PASSED", "INDETERMINATE"}


def test_a_path_longer_than_the_limit_is_told_as_that(trust: sigcheck.TrustStore) -> None:
    """No CA is said to be missing where the search ended before it."""
    document = FIXTURES / "vectors" / HONEST[1] / "document.pdf"
    limits = Limits(max_chain=2)

    report = sigcheck.Verifier(trust=trust, limits=limits).verify(document, at=AT)

    for lang, told in (("vi", "giới hạn 2 chứng thư"), ("en", "stopped at 2 certificates")):
        text = " ".join(report.render("text", lang).split())
        assert told in text
        assert "chain=" in text
        assert "RootCA" not in text
