"""CMS objects made by openssl: every scheme it knows, with and without signed attributes."""

from __future__ import annotations

from pathlib import Path

import pytest

from sigcheck.evidence.cms import examine, needed_digests, parse_signed_data
from sigcheck.model.evidence import Scheme
from tests.cms import maker, openssl

CONTENT = b"directive 2691/CT-UBND " * 400

CASES = [
    ("rsa", ("-md", "sha256"), Scheme.RSA_PKCS1, "sha256"),
    ("rsa", ("-md", "sha1"), Scheme.RSA_PKCS1, "sha1"),
    ("rsa", ("-md", "sha512", "-noattr"), Scheme.RSA_PKCS1, "sha512"),
    ("rsa", ("-md", "sha3-256"), Scheme.RSA_PKCS1, "sha3_256"),
    ("rsa", ("-md", "sha256", "-keyopt", "rsa_padding_mode:pss"), Scheme.RSA_PSS, "sha256"),
    (
        "rsa",
        ("-md", "sha384", "-noattr", "-keyopt", "rsa_padding_mode:pss"),
        Scheme.RSA_PSS,
        "sha384",
    ),
    (
        "rsa",
        ("-md", "sha256", "-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:7"),
        Scheme.RSA_PSS,
        "sha256",
    ),
    ("pss", ("-md", "sha256", "-keyopt", "rsa_padding_mode:pss"), Scheme.RSA_PSS, "sha256"),
    ("ec", ("-md", "sha256"), Scheme.ECDSA, "sha256"),
    ("ec384", ("-md", "sha384", "-noattr"), Scheme.ECDSA, "sha384"),
    ("dsa", ("-md", "sha256"), Scheme.DSA, "sha256"),
    ("rsa", ("-md", "sha256", "-keyid"), Scheme.RSA_PKCS1, "sha256"),
]


@pytest.fixture(scope="session")
def signers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, openssl.Signer]:
    """One signer a key type."""
    folder = tmp_path_factory.mktemp("signers")
    return {kind: openssl.make_signer(folder, kind) for kind in sorted({case[0] for case in CASES})}


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """The signed file."""
    path = tmp_path / "content"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize(("kind", "options", "scheme", "digest"), CASES)
def test_what_openssl_signs_is_sound(
    kind: str,
    options: tuple[str, ...],
    scheme: Scheme,
    digest: str,
    signers: dict[str, openssl.Signer],
    content: Path,
) -> None:
    """Scheme, digest, value and certificate are recognised."""
    data = parse_signed_data(openssl.sign(signers[kind], content, *options))

    examined = examine(data, maker.digest_of(CONTENT))

    facts = examined.facts
    assert needed_digests(data) == {digest}
    assert (facts.scheme, facts.digest_algorithm) == (scheme, digest)
    assert (facts.digest_matches, facts.signature_ok, facts.algorithms_agree) == (True,) * 3
    assert facts.has_signed_attributes is ("-noattr" not in options)
    assert facts.anomalies == ()
    assert examined.certificate is not None
    assert examined.certificate.der == signers[kind].der


@pytest.mark.parametrize(("kind", "options", "scheme", "digest"), CASES)
def test_other_content_is_noticed(
    kind: str,
    options: tuple[str, ...],
    scheme: Scheme,
    digest: str,
    signers: dict[str, openssl.Signer],
    content: Path,
) -> None:
    """One changed byte: the digest differs, or the value itself does not verify."""
    del scheme, digest
    data = parse_signed_data(openssl.sign(signers[kind], content, *options))

    facts = examine(data, maker.digest_of(b"X" + CONTENT[1:])).facts

    assert facts.digest_matches is False or facts.signature_ok is False


@pytest.mark.parametrize(("kind", "options", "scheme", "digest"), CASES)
def test_a_changed_value_does_not_verify(
    kind: str,
    options: tuple[str, ...],
    scheme: Scheme,
    digest: str,
    signers: dict[str, openssl.Signer],
    content: Path,
) -> None:
    """One bit of the signature value is turned over."""
    del scheme, digest
    encoded = openssl.sign(signers[kind], content, *options)
    value = parse_signed_data(encoded).signers[0].signature
    changed = encoded.replace(value, value[:-1] + bytes([value[-1] ^ 1]))

    facts = examine(parse_signed_data(changed), maker.digest_of(CONTENT)).facts

    assert facts.signature_ok is False


def test_streamed_objects_are_ber_and_sound(
    signers: dict[str, openssl.Signer], content: Path
) -> None:
    """Indefinite lengths and a constructed octet string, as openssl streams them."""
    encoded = openssl.sign(signers["rsa"], content, "-stream", "-nodetach", "-md", "sha256")

    data = parse_signed_data(encoded + bytes(500))
    facts = examine(data, maker.digest_of(CONTENT)).facts

    assert (facts.encoding, data.econtent) == ("BER", CONTENT)
    assert (facts.digest_matches, facts.signature_ok) == (True, True)


def test_signing_certificate_attribute_is_matched(
    signers: dict[str, openssl.Signer], content: Path
) -> None:
    """Openssl's -cades writes a signing-certificate-v2."""
    encoded = openssl.sign(signers["rsa"], content, "-cades", "-md", "sha256")

    facts = examine(parse_signed_data(encoded), maker.digest_of(CONTENT)).facts

    assert (facts.signing_certificate_version, facts.signing_certificate_matches) == (2, True)


def test_a_missing_certificate_is_told_and_may_come_from_elsewhere(
    signers: dict[str, openssl.Signer], content: Path
) -> None:
    """Without certificates nothing is said of the value; with a DSS it is."""
    data = parse_signed_data(openssl.sign(signers["ec"], content, "-nocerts", "-md", "sha256"))

    alone = examine(data, maker.digest_of(CONTENT)).facts
    helped = examine(data, maker.digest_of(CONTENT), extra=[signers["ec"].der]).facts

    assert (alone.signature_ok, alone.digest_matches) == (None, True)
    assert helped.signature_ok is True


def test_enclosed_content_other_than_the_range_fails(
    signers: dict[str, openssl.Signer], content: Path
) -> None:
    """ISO 32000-2, 12.8.3.3.1: the object must not carry content of its own."""
    encoded = openssl.sign(signers["rsa"], content, "-nodetach", "-md", "sha256")

    facts = examine(parse_signed_data(encoded), maker.digest_of(b"the pages")).facts

    assert facts.digest_matches is False
    assert [anomaly.code for anomaly in facts.anomalies] == ["cms-encapsulated-other"]
