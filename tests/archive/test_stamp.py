"""Time-stamps over a manifest and an audit log's head, from a real authority on loopback."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import sigcheck
from sigcheck.archive.bag import STAMP, read_bag
from sigcheck.archive.package import Wish
from sigcheck.archive.replay import read_package
from sigcheck.archive.stamp import judge_stamp, request_token
from sigcheck.errors import FetchError
from sigcheck.fetch import NoFetch
from sigcheck.fetch.http import HttpFetch
from sigcheck.model.indication import Indication
from tests.archive.samples import MADE_AT, package, written
from tests.archive.tsa import PKI, authority, openssl_accepts
from tests.fetch.server import body, serving

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")
FETCH = HttpFetch(allow_loopback=True)


def test_a_package_is_stamped_and_openssl_agrees(tmp_path: Path) -> None:
    """The token is over the manifest, by openssl's own verification and by ours."""
    with authority(tmp_path) as server:
        url = f"{server.url}/tsa"
        wish = Wish(made_at=MADE_AT, stamp=lambda data: request_token(data, url, FETCH, 77))
        path = written(tmp_path, package(wish=wish))
    found = read_package(path)
    assert found.stamp is not None

    stamp = judge_stamp(found.stamp, found.manifest, sigcheck.TrustStore.load([PKI]), found.policy)

    assert openssl_accepts(found.stamp, found.manifest, tmp_path)
    assert not openssl_accepts(found.stamp, found.manifest + b" ", tmp_path)
    assert stamp.indication is not Indication.TOTAL_FAILED
    assert stamp.time is not None
    assert read_bag(path).tags[STAMP] == found.stamp


def test_a_token_over_another_manifest_fails(tmp_path: Path) -> None:
    """A token moved from one package to another is worth nothing there."""
    with authority(tmp_path) as server:
        token = request_token(b"one manifest", f"{server.url}/tsa", FETCH, 5)
    policy = sigcheck.load_policy("intake")

    stamp = judge_stamp(token, b"another manifest", sigcheck.TrustStore.load([PKI]), policy)

    assert stamp.indication is Indication.TOTAL_FAILED


def test_an_authority_nobody_trusts_proves_nothing(tmp_path: Path) -> None:
    """Without an anchor for it, a sound token is not enough."""
    with authority(tmp_path) as server:
        token = request_token(b"manifest", f"{server.url}/tsa", FETCH, 5)

    stamp = judge_stamp(token, b"manifest", sigcheck.TrustStore(), sigcheck.load_policy("intake"))

    assert stamp.indication is Indication.INDETERMINATE


def test_the_answer_to_another_question_is_refused(tmp_path: Path) -> None:
    """A replayed answer, whose nonce and imprint are of an earlier question, is found out."""
    with authority(tmp_path, broken=True) as server:
        request_token(b"first", f"{server.url}/tsa", FETCH, 1)

        with pytest.raises(FetchError) as raised:
            request_token(b"first", f"{server.url}/tsa", FETCH, 2)
        with pytest.raises(FetchError):
            request_token(b"second", f"{server.url}/tsa", FETCH, 1)

    assert raised.value.code == "TSA-ANSWER"


@pytest.mark.parametrize(
    "answer",
    [b"", b"0\x00", b"<html>", b"0\x05\x30\x03\x02\x01\x02", b"0\x05\x30\x03\x02\x01\x00"],
    ids=["nothing", "empty", "html", "rejected", "granted without token"],
)
def test_answers_that_are_none_are_refused(answer: bytes) -> None:
    """Whatever else an authority sends is an error of the network, never a token."""
    with serving({"/tsa": body(answer)}) as server, pytest.raises(FetchError) as raised:
        request_token(b"data", f"{server.url}/tsa", FETCH, 1)

    assert raised.value.code == "TSA-ANSWER"


def test_without_permission_nobody_is_asked() -> None:
    """No fetcher, no time-stamp: the default is no network at all."""
    with pytest.raises(FetchError) as raised:
        request_token(b"data", "http://127.0.0.1:9/tsa", NoFetch(), 1)

    assert raised.value.code == "FETCH-OFFLINE"
