"""RFC 3161 tokens made by openssl's own authority."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sigcheck.evidence.cms import examine_token
from sigcheck.model.evidence import SignerKind
from tests.cms import maker, openssl

STAMPED = b"a signature value"

CONFIGURATION = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {certificate}
signer_key = {key}
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha1, sha256, sha512
accuracy = secs:1, millisecs:500
ess_cert_id_alg = sha256
"""
CRITICAL = "extendedKeyUsage=critical,timeStamping"


def _token(folder: Path, signer: openssl.Signer, *, digest: str = "sha256") -> bytes:
    folder.mkdir(exist_ok=True)
    (folder / "serial").write_text("2691\n")
    configuration = folder / "tsa.cnf"
    configuration.write_text(
        CONFIGURATION.format(folder=folder, certificate=signer.certificate, key=signer.key)
    )
    (folder / "data").write_bytes(STAMPED)
    query = folder / "query"
    openssl.run("ts", "-query", "-data", folder / "data", f"-{digest}", "-cert", "-out", query)
    return openssl.run("ts", "-reply", "-config", configuration, "-section", "one",
                       "-queryfile", query, "-token_out")  # fmt: skip


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> openssl.Signer:
    """An authority with the one usage, critical."""
    folder = tmp_path_factory.mktemp("authority")
    return openssl.make_signer(folder, "rsa", CRITICAL, name="TSA")


@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha512"])
def test_a_token_says_when_and_what(tmp_path: Path, authority: openssl.Signer, digest: str) -> None:
    """Imprint, time, policy, accuracy and the authority's own certificate."""
    before = datetime.now(UTC) - timedelta(seconds=2)

    token = examine_token(_token(tmp_path, authority, digest=digest), STAMPED, "signature")

    facts = token.facts
    assert (facts.parsed, facts.imprint_matches, facts.imprint_algorithm) == (True, True, digest)
    assert (facts.cms.digest_matches, facts.cms.signature_ok) == (True, True)
    assert facts.cms.signing_certificate_matches is True
    assert facts.cms.content_type_attribute_ok is True
    assert facts.eku_ok
    assert facts.time is not None
    assert before <= facts.time <= datetime.now(UTC) + timedelta(seconds=2)
    assert (facts.policy, facts.serial_number) == ("1.2.3.4.1", "2692")
    assert token.info is not None
    assert token.info.accuracy == timedelta(seconds=1, milliseconds=500)
    assert token.certificate is not None
    assert token.certificate.der == authority.der
    assert facts.tsa.kind is SignerKind.SERVICE


def test_the_imprint_of_a_byte_range_comes_by_digest(
    tmp_path: Path, authority: openssl.Signer
) -> None:
    """A document time-stamp is judged with the digests of its range."""
    token = _token(tmp_path, authority)

    right = examine_token(token, maker.digest_of(STAMPED), "document").facts
    other = examine_token(token, maker.digest_of(b"other"), "document").facts
    none = examine_token(token, dict[str, bytes]().__getitem__, "document").facts

    assert (right.imprint_matches, other.imprint_matches) == (True, False)
    assert none.imprint_matches is None


def test_a_usage_that_is_not_critical_is_not_enough(tmp_path: Path) -> None:
    """RFC 3161, 2.3; openssl refuses to sign so, so the certificate is exchanged afterwards."""
    lax = openssl.make_signer(tmp_path / "lax", "rsa", "extendedKeyUsage=timeStamping")
    strict = _recertified(tmp_path, lax)
    encoded = _token(tmp_path, strict)

    exchanged = examine_token(encoded, STAMPED, "signature", extra=[lax.der])

    assert exchanged.facts.eku_ok
    assert not examine_token(_without_critical(encoded), STAMPED, "signature").facts.eku_ok


def _recertified(folder: Path, signer: openssl.Signer) -> openssl.Signer:
    certificate = folder / "strict.pem"
    openssl.run("req", "-new", "-x509", "-key", signer.key, "-out", certificate, "-days", "3",
                "-subj", "/CN=TSA", "-addext", CRITICAL)  # fmt: skip
    return openssl.Signer(signer.key, certificate)


def _without_critical(encoded: bytes) -> bytes:
    """Turn the usage's critical flag to FALSE, all lengths untouched."""
    usage = bytes.fromhex("0603551d25 0101ff".replace(" ", ""))
    assert encoded.count(usage) == 1
    return encoded.replace(usage, usage[:-1] + b"\0")


def test_a_changed_time_breaks_the_token(tmp_path: Path, authority: openssl.Signer) -> None:
    """The statement is digested inside the token."""
    encoded = _token(tmp_path, authority)
    year = str(datetime.now(UTC).year).encode()
    position = encoded.index(b"\x18\x0f" + year)
    changed = encoded[: position + 2] + b"2001" + encoded[position + 6 :]

    facts = examine_token(changed, STAMPED, "signature").facts

    assert facts.time is not None
    assert facts.time.year == 2001
    assert facts.cms.digest_matches is False


def test_what_is_no_token_is_told(tmp_path: Path, authority: openssl.Signer) -> None:
    """A plain CMS object is no time-stamp."""
    path = tmp_path / "plain"
    path.write_bytes(STAMPED)
    plain = openssl.sign(authority, path)

    for encoded in (plain, b"", b"\x30\x80", b"garbage"):
        facts = examine_token(encoded, STAMPED, "signature").facts
        assert not facts.parsed
        assert facts.parse_problem
