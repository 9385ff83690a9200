"""Digests are the same whoever computes them."""

from __future__ import annotations

import hashlib
import sys

import pytest

from sigcheck.config import fingerprint as of_config
from sigcheck.evidence import hashing

SIZES = [0, 1, 99, 100, 5000]
NAMES = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256"]


@pytest.fixture(params=["alone", "loaded"])
def _library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `hashlib` in the process, and as if nobody had imported it."""
    monkeypatch.setattr(hashing, "_LARGE", 100)
    monkeypatch.setattr(of_config, "_LARGE", 100)
    if request.param == "alone":
        monkeypatch.delitem(sys.modules, "hashlib")


@pytest.mark.usefixtures("_library")
@pytest.mark.parametrize("size", SIZES)
def test_fingerprints_are_sha256(size: int) -> None:
    """Of small things and large ones, below the evidence and in it."""
    data = b"seal".ljust(size)[:size]
    right = hashlib.sha256(data).hexdigest()

    assert hashing.sha256_hex(data) == of_config.fingerprint(data) == right


@pytest.mark.usefixtures("_library")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", SIZES)
def test_digests_are_those_of_hashlib(name: str, size: int) -> None:
    """At once, and in parts that share a beginning."""
    data = b"x" * size
    running = hashing.running(name, size)
    running.update(memoryview(data)[:50])
    copy = running.copy()
    running.update(memoryview(data)[50:])
    copy.update(b"another end")

    assert hashing.digest(name, data) == hashlib.new(name, data).digest()
    assert running.digest() == hashlib.new(name, data).digest()
    assert copy.digest() == hashlib.new(name, data[:50] + b"another end").digest()


@pytest.mark.usefixtures("_library")
def test_a_name_that_is_nobodys_has_no_digest() -> None:
    """Names come out of signatures."""
    assert hashing.digest("1.2.3.4", b"") is None
    assert hashing.running("sha-256\x00", 10) is None
    assert hashing.digest("shake_256", b"x") == hashlib.shake_256(b"x").digest(64)


def test_a_library_half_imported_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that hashes a large file may be importing it while others ask."""
    monkeypatch.setitem(sys.modules, "hashlib", type(sys)("hashlib"))

    assert hashing.sha256_hex(b"x") == hashlib.sha256(b"x").hexdigest()
    assert hashing.digest("sha1", b"x") == hashlib.sha1(b"x").digest()
