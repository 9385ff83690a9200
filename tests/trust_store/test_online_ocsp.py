"""OCSP over a real connection: honest responders are believed, all others only cost time."""

from __future__ import annotations

import socket
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from sigcheck.checks.times import fresh_answer
from sigcheck.evidence.trust.ocsp import ocsp_request
from tests.fetch.server import Handler, Server, body, redirect
from tests.trust import pki
from tests.trust.pki import OCSP_USAGE, Spec, make
from tests.trust_store.online import (
    CA,
    NOW,
    ROOT,
    Learner,
    Making,
    Responder,
    access,
    points,
    served,
    signer,
)

REVOKED, UNKNOWN = ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN
DELEGATE_USAGE = pki.usage(digital_signature=True)
DELEGATE = make(Spec("Máy OCSP", ca=False, usage=DELEGATE_USAGE, extra=[OCSP_USAGE]), CA)
STRANGER = make(Spec("Máy OCSP lạ", ca=False, usage=DELEGATE_USAGE, extra=[OCSP_USAGE]), ROOT)


def test_the_request_is_one_that_others_read() -> None:
    """Serial number, both hashes and the nonce are where `cryptography` expects them."""
    end = signer()
    read = ocsp.load_der_ocsp_request(ocsp_request(end.ours, CA.ours, b"n" * 16))
    made = ocsp.OCSPRequestBuilder().add_certificate(end.x509, CA.x509, hashes.SHA1()).build()

    assert read.serial_number == 4711
    assert read.issuer_name_hash == made.issuer_name_hash
    assert read.issuer_key_hash == made.issuer_key_hash
    assert read.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"n" * 16


HONEST: dict[str, tuple[Making, tuple[str, str | None]]] = {
    "good": (Responder, ("good", None)),
    "without a nonce": (lambda end: Responder(end, nonce="none"), ("good", None)),
    "revoked": (
        lambda end: Responder(end, status=REVOKED, reason=x509.ReasonFlags.key_compromise),
        ("revoked", "key_compromise"),
    ),
    "on hold": (
        lambda end: Responder(end, status=REVOKED, reason=x509.ReasonFlags.certificate_hold),
        ("on-hold", "certificate_hold"),
    ),
    "by a delegate": (lambda end: Responder(end, responder=DELEGATE), ("good", None)),
    "a clock five minutes ahead": (
        lambda end: Responder(end, at=NOW + timedelta(minutes=4)),
        ("good", None),
    ),
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_responder_is_believed(server: Server, name: str) -> None:
    """Its answer is at hand afterwards, with its dates and reason."""
    making, expected = HONEST[name]
    learner = served(server, making)

    assert learner.asks()
    (answer,) = learner.answers
    assert (answer.status.value, answer.reason) == expected
    assert (answer.source, answer.problem) == ("ocsp:online", "")


def _other_key(end: pki.Made) -> Responder:
    """Return a responder that names a CA of the same name and another key."""
    return replace(Responder(end), issuer=make(Spec("CA trực tuyến", key="khóa khác"), ROOT))


def test_a_response_without_an_end_is_fresh_for_a_day(server: Server) -> None:
    """Responders that sign each answer anew set no nextUpdate (RFC 6960, 2.4)."""
    learner = served(server, lambda end: Responder(end, lasts=False))
    learner.asks()

    known = [
        fresh_answer(learner.step, pki.NOW + timedelta(hours=hours)) is not None
        for hours in (-5, 0, 23, 25)
    ]

    assert known == [True, True, True, False]


LYING: dict[str, Making] = {
    "signed by another key": lambda end: Responder(end, key="kẻ lạ"),
    "about another certificate": lambda _: Responder(signer(serial=4712)),
    "of another CA's name": lambda end: Responder(end, issuer=ROOT, key=CA.key_name),
    "by a delegate of another CA": lambda end: Responder(end, responder=STRANGER),
    "by the end entity itself": lambda end: Responder(end, responder=end),
    "from tomorrow": lambda end: Responder(end, at=NOW + timedelta(days=1)),
    "to somebody else's nonce": lambda end: Responder(end, nonce="nonce of yesterday"),
    "unknown": lambda end: Responder(end, status=UNKNOWN),
    "with another key in its identifier": _other_key,
}


@pytest.mark.parametrize("name", LYING)
def test_a_lying_responder_teaches_nothing(server: Server, name: str) -> None:
    """Nothing of it is kept, so the status stays unknown."""
    learner = served(server, LYING[name])

    assert not learner.asks()
    assert learner.answers == ()


def test_a_stale_answer_keeps_its_dates(server: Server) -> None:
    """An old answer is kept with its dates: the checks see that it doesn't reach the moment."""
    learner = served(server, lambda end: Responder(end, at=NOW - timedelta(days=400)))

    learner.asks()
    (answer,) = learner.answers
    assert answer.next_update is not None
    assert answer.next_update < NOW


BROKEN = {
    "no DER": body(b"<html>nothing here</html>"),
    "tryLater": body(b"\x30\x03\x0a\x01\x03"),
    "unauthorized": body(b"\x30\x03\x0a\x01\x06"),
    "cut off": body(b"\x30\x82\x10\x00\x0a\x01\x00"),
    "empty": body(b""),
    "success without a response": body(b"\x30\x03\x0a\x01\x00"),
    "nested without end": body(b"\x30\x80" * 3000),
    "too large": body(b"\x30" + b"\x00" * 200_000),
    "elsewhere by file": redirect("file:///etc/passwd", 307),
    "elsewhere, private": redirect("http://10.0.0.1/", 307),
    "error": lambda handler: handler.reply(b"", 503),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_responder_teaches_nothing(server: Server, name: str) -> None:
    """Noise, refusals and tricks leave the status unknown and raise nothing."""
    server.answers["/ocsp"] = BROKEN[name]
    learner = Learner(signer(access(f"{server.url}/ocsp")))

    assert not learner.asks()
    assert learner.answers == ()


def test_a_dripping_responder_costs_its_time_once(server: Server) -> None:
    """The second document doesn't wait for an address that has just failed."""

    def drip(handler: Handler) -> None:
        for _ in range(100):
            handler.wfile.write(b"H")
            time.sleep(0.05)

    server.answers["/ocsp"] = drip
    learner = Learner(signer(access(f"{server.url}/ocsp")))
    begun = time.monotonic()

    assert not learner.asks()
    first = time.monotonic() - begun
    learner.session = learner.network.session()
    assert not learner.asks()
    assert time.monotonic() - begun - first < first / 2


def test_the_list_is_asked_where_the_responder_is_no_use(server: Server) -> None:
    """OCSP first, then the distribution point."""
    end = signer(access(f"{server.url}/ocsp"), points(f"{server.url}/ca.crl"))
    server.answers |= {"/ocsp": Responder(end, key="kẻ lạ"), "/ca.crl": body(pki.crl(CA))}
    learner = Learner(end)

    assert learner.asks()
    assert learner.told == [("good", "crl:online")]
    assert server.asked == ["POST /ocsp", "GET /ca.crl"]


def test_the_list_is_not_asked_where_the_responder_settled_it(server: Server) -> None:
    """One good answer is enough."""
    learner = served(server, Responder, points(f"{server.url}/ca.crl"))
    server.answers["/ca.crl"] = body(pki.crl(CA))

    assert learner.asks()
    assert server.asked == ["POST /ocsp"]


def test_openssl_answers(tmp_path: Path) -> None:
    """A responder of another make is asked and understood, for good and for revoked."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ends = [signer(access(f"http://127.0.0.1:{port}"), serial=n) for n in (0x1001, 0x1002)]
    now = datetime.now(UTC)
    with _openssl(tmp_path, ends, now, port):
        learners = [Learner(end) for end in ends]
        new = [learner.asks(now) for learner in learners]

    assert new == [True, True]
    assert [learner.told for learner in learners] == [
        [("good", "ocsp:online")],
        [("revoked", "ocsp:online")],
    ]


class _openssl:  # noqa: N801 - reads as a block
    """`openssl ocsp` with an index of two certificates, the second revoked."""

    def __init__(self, folder: Path, ends: list[pki.Made], now: datetime, port: int) -> None:
        since = f"{now - timedelta(days=2):%y%m%d%H%M%SZ},keyCompromise"
        until = f"{pki.END:%y%m%d%H%M%SZ}"
        lines = [
            f"V\t{until}\t\t{ends[0].x509.serial_number:X}\tunknown\t/CN=a",
            f"R\t{until}\t{since}\t{ends[1].x509.serial_number:X}\tunknown\t/CN=b",
        ]
        (folder / "index.txt").write_text("\n".join(lines) + "\n")
        key = pki.key(CA.key_name).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (folder / "ca.key").write_bytes(key)
        ca = CA.save(folder, "ca")
        self.command: list[str | Path] = ["openssl", "ocsp", "-port", str(port), "-CA", ca]
        self.command += ["-index", folder / "index.txt", "-rsigner", ca]
        self.command += ["-rkey", folder / "ca.key", "-ndays", "1", "-nrequest", "2"]
        self.port = port

    def __enter__(self) -> None:
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert self.process.stderr is not None
        # It says "waiting for OCSP client connections" when it listens.
        assert b"waiting" in self.process.stderr.readline()

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.communicate(timeout=5)
