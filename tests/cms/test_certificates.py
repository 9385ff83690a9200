"""Our certificate reader against `cryptography.x509`, field by field."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from sigcheck.evidence.cms import Certificate, certificate_facts, verify_signature
from sigcheck.evidence.cms.certificates import load
from sigcheck.evidence.cms.names import general_alike
from tests.cms import maker

EXTENSIONS: list[tuple[x509.ExtensionType, bool]] = [
    (x509.BasicConstraints(ca=True, path_length=2), True),
    (x509.KeyUsage(True, True, False, False, False, True, True, False, False), True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),
    (x509.SubjectKeyIdentifier(b"\x01" * 20), False),
    (
        x509.AuthorityKeyIdentifier(
            b"\x02" * 20,
            [x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA")]))],
            99,
        ),
        False,
    ),
    (
        x509.CRLDistributionPoints(
            [
                x509.DistributionPoint(
                    [x509.UniformResourceIdentifier("http://crl.test/a.crl")],
                    None,
                    frozenset([x509.ReasonFlags.key_compromise]),
                    [x509.DirectoryName(x509.Name([]))],
                )
            ]
        ),
        False,
    ),
    (
        x509.AuthorityInformationAccess(
            [
                x509.AccessDescription(
                    AuthorityInformationAccessOID.OCSP,
                    x509.UniformResourceIdentifier("http://ocsp.test"),
                ),
                x509.AccessDescription(
                    AuthorityInformationAccessOID.CA_ISSUERS,
                    x509.UniformResourceIdentifier("http://ca.test/ca.cer"),
                ),
            ]
        ),
        False,
    ),
    (
        x509.CertificatePolicies(
            [x509.PolicyInformation(x509.ObjectIdentifier("2.16.704.1.1"), None)]
        ),
        False,
    ),
    (x509.SubjectAlternativeName([x509.RFC822Name("ubnd@longan.test")]), False),
    (x509.OCSPNoCheck(), False),
    (x509.NameConstraints([x509.DNSName("test")], None), True),
    (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True),
]


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    """A key."""
    return maker.rsa_key()


def _parsed(der: bytes) -> Certificate:
    certificate = Certificate.parse(der)
    assert certificate is not None
    return certificate


def test_every_extension_is_read(key: rsa.RSAPrivateKey) -> None:
    """What the builder of `cryptography` wrote comes back."""
    certificate = _parsed(maker.certificate(key, extensions=EXTENSIONS))

    point = certificate.crl_distribution_points[0]
    assert (certificate.is_ca, certificate.path_len) == (True, 2)
    assert certificate.key_usage == (
        "digital_signature",
        "content_commitment",
        "key_cert_sign",
        "crl_sign",
    )
    assert (certificate.eku, certificate.eku_critical) == (("1.3.6.1.5.5.7.3.8",), True)
    assert (certificate.ski, certificate.aki_key_id) == (b"\x01" * 20, b"\x02" * 20)
    assert (certificate.aki_issuer, certificate.aki_serial) == (certificate.issuer_der, 99)
    assert (point.urls, point.reasons) == (("http://crl.test/a.crl",), b"\x40")
    assert point.crl_issuer == (b"\x30\x00",)
    assert certificate.ocsp_urls == ("http://ocsp.test",)
    assert certificate.ca_issuers_urls == ("http://ca.test/ca.cer",)
    assert certificate.policies == ("2.16.704.1.1",)
    assert certificate.san_emails == ("ubnd@longan.test",)
    assert (certificate.has_ocsp_nocheck, certificate.has_name_constraints) == (True, True)
    assert certificate.critical_unknown == ("1.2.3.4",)
    assert certificate.extension_problems == ()


def test_names_are_written_most_specific_first(key: rsa.RSAPrivateKey) -> None:
    """As RFC 4514 does, with its escapes."""
    subject = [
        (NameOID.COUNTRY_NAME, "VN"),
        (NameOID.ORGANIZATION_NAME, "UBND, tỉnh"),
        (NameOID.COMMON_NAME, "Ủy ban"),
    ]

    certificate = _parsed(maker.certificate(key, subject=subject))

    assert certificate.subject == "CN=Ủy ban,O=UBND\\, tỉnh,C=VN"


def test_a_negative_modulus_is_read_as_meant(key: rsa.RSAPrivateKey) -> None:
    """Some CAs forgot the leading zero; the strict loaders refuse such a certificate."""
    numbers = key.public_key().public_numbers()
    modulus = maker.der(0x02, numbers.n.to_bytes(256, "big"))
    inner = maker.der(0x30, modulus, maker.integer(numbers.e))
    spki = maker.der(0x30, maker.algorithm(maker.RSA), maker.der(0x03, b"\0" + inner))

    info = load(spki)

    assert info.key == key.public_key()
    assert (info.bits, info.problem) == (2048, "negative-modulus")


@pytest.mark.parametrize("cut", [0, 1, 5, 40, 200, 400])
def test_what_is_no_certificate_is_none_and_told(key: rsa.RSAPrivateKey, cut: int) -> None:
    """Cut short, it is described and never raised."""
    der = maker.certificate(key)[:cut]

    assert Certificate.parse(der) is None
    assert certificate_facts(der).parse_problem


def test_a_damaged_extension_costs_itself_only(key: rsa.RSAPrivateKey) -> None:
    """The key identifier is broken, the rest is read."""
    good = maker.certificate(key, extensions=EXTENSIONS)
    broken = good.replace(b"\x04\x16\x04\x14" + b"\x01" * 20, b"\x04\x16\x04\x34" + b"\x01" * 20)

    certificate = _parsed(broken)

    assert certificate.ski == b""
    assert certificate.is_ca
    assert [problem.partition(":")[0] for problem in certificate.extension_problems] == [
        "2.5.29.14"
    ]


def test_the_issuers_signature_verifies(key: rsa.RSAPrivateKey) -> None:
    """And not with one byte changed."""
    certificate = _parsed(maker.certificate(key))
    parts = (certificate.public_key(), certificate.signature_oid, certificate.signature_params)

    right = verify_signature(*parts, certificate.signature, certificate.tbs)
    changed = verify_signature(*parts, certificate.signature, certificate.tbs[:-1] + b"\0")

    assert (right, changed) == (True, False)


@pytest.mark.corpus
def test_real_ca_certificates_read_like_cryptographys(corpus: Path) -> None:
    """VGCA, NEAC and the licensed CAs, SHA-1 ones included."""
    files = sorted((corpus / "certs").glob("*.der"))
    assert files
    for path in files:
        der = path.read_bytes()
        ours, theirs = _parsed(der), x509.load_der_x509_certificate(der)
        assert ours.facts().parse_problem == ""
        assert ours.serial == theirs.serial_number
        assert ours.tbs == theirs.tbs_certificate_bytes
        assert ours.subject_der == theirs.subject.public_bytes()
        assert (ours.not_before, ours.not_after) == (
            theirs.not_valid_before_utc,
            theirs.not_valid_after_utc,
        )
        assert ours.public_key() == theirs.public_key()
        assert ours.signature_hash == getattr(theirs.signature_hash_algorithm, "name", "")


@pytest.mark.corpus
def test_real_sha1_roots_verify_by_their_own_key(corpus: Path) -> None:
    """`verify_directly_issued_by` refuses SHA-1; the explicit question is answered."""
    answers = []
    for path in sorted((corpus / "certs").glob("*.der")):
        one = _parsed(path.read_bytes())
        if one.self_issued and one.signature_hash == "sha1":
            answers.append(
                verify_signature(
                    one.public_key(),
                    one.signature_oid,
                    one.signature_params,
                    one.signature,
                    one.tbs,
                )
            )

    assert answers
    assert all(answers)


def _general(name: bytes) -> bytes:
    return b"\xa4" + bytes([len(name)]) + name


def _address(text: str) -> bytes:
    return b"\x86" + bytes([len(text)]) + text.encode()


def _name(text: str, tag: int) -> bytes:
    value = bytes([tag, len(text.encode())]) + text.encode()
    pair = b"\x06\x03\x55\x04\x03" + value
    inner = b"\x30" + bytes([len(pair)]) + pair
    middle = b"\x31" + bytes([len(inner)]) + inner
    return b"\x30" + bytes([len(middle)]) + middle


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (_general(_name("Co quan A", 0x13)), _general(_name("CO  QUAN a", 0x0C)), True),
        (_general(_name("Co quan A", 0x13)), _general(_name("Co quan B", 0x13)), False),
        (_address("http://ca.vn/A.crl"), _address("HTTP://CA.VN/A.crl"), True),
        (_address("http://ca.vn/A.crl"), _address("http://ca.vn/a.crl"), False),
        (_address("http://ca.vn/A.crl"), b"\x82" + _address("http://ca.vn/A.crl")[1:], False),
        (_address("http://ca.vn/A.crl"), b"\x86\x7f", False),
    ],
)
def test_general_names_are_compared_by_their_kind(one: bytes, other: bytes, same: bool) -> None:
    """RFC 5280, 7.1 for directory names; 7.4 for addresses: the case of scheme and host is free."""
    assert general_alike(one, other) is same
