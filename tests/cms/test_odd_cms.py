"""Shapes no honest tool writes, or only old ones: each judged by itself, none loses the others."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from sigcheck.evidence.cms import examine, examine_raw, parse_signed_data, raw_digest
from sigcheck.model.evidence import CmsFacts
from tests.cms import maker

CONTENT = b"the byte range"
MALFORMED = "1.2.840.113549.1.9.16.2.10"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    """The signer's key."""
    return maker.rsa_key()


@pytest.fixture(scope="session")
def other_key() -> rsa.RSAPrivateKey:
    """Somebody else's key."""
    return maker.rsa_key()


@pytest.fixture
def cms(key: rsa.RSAPrivateKey) -> maker.Cms:
    """A sound object, to be made odd."""
    return maker.Cms(key, [maker.certificate(key)], CONTENT)


def _facts(cms: maker.Cms, sub_filter: str = "", content: bytes = CONTENT) -> CmsFacts:
    return examine(parse_signed_data(cms.encode()), maker.digest_of(content), sub_filter).facts


def _codes(facts: CmsFacts) -> set[str]:
    return {anomaly.code for anomaly in facts.anomalies}


def _sound(facts: CmsFacts) -> bool:
    return facts.digest_matches is True and facts.signature_ok is True


def test_the_maker_makes_sound_objects(cms: maker.Cms) -> None:
    """What the cases below change is sound before."""
    facts = _facts(cms)

    assert _sound(facts)
    assert facts.algorithms_agree
    assert facts.anomalies == ()


def test_a_malformed_unsigned_attribute_hides_nothing(cms: maker.Cms) -> None:
    """Files of 2018 to 2020 carry one that makes other libraries raise."""
    cms.unsigned = [
        maker.der(0x30, maker.oid(MALFORMED), maker.der(0x31, b"\x30\x09\x02\x01")),
        maker.attribute("1.2.840.113549.1.9.16.2.14", maker.der(0x30)),
    ]
    data = parse_signed_data(cms.encode())

    facts = examine(data, maker.digest_of(CONTENT)).facts

    assert _sound(facts)
    assert facts.unsigned_problems == (MALFORMED,)
    assert len(data.signers[0].unsigned_values("1.2.840.113549.1.9.16.2.14")) == 1


@pytest.mark.parametrize("wrong", ["1.2.840.113549.1.1.11", "1.2.840.113549.1.1.1"])
def test_a_signature_identifier_for_the_digest_is_tolerated(cms: maker.Cms, wrong: str) -> None:
    """Some tools write sha256WithRSAEncryption or rsaEncryption where sha256 belongs."""
    cms.digest_oid = wrong

    facts = _facts(cms)

    assert _sound(facts)
    assert facts.digest_algorithm == "sha256"
    assert "cms-digest-oid-wrong" in _codes(facts)


def test_digest_and_signature_identifier_must_agree(cms: maker.Cms) -> None:
    """The value is made with SHA-1, the digest algorithm says SHA-256."""
    cms.attributes = cms.default_attributes()
    cms.hash = hashes.SHA1()
    cms.signature_oid = "1.2.840.113549.1.1.5"

    facts = _facts(cms)

    assert facts.algorithms_agree is False
    assert (facts.digest_algorithm, facts.scheme_hash) == ("sha256", "sha1")


def test_a_scheme_of_another_key_type_does_not_agree(cms: maker.Cms) -> None:
    """ECDSA is named, the certificate holds an RSA key."""
    cms.signature_oid = "1.2.840.10045.4.3.2"

    facts = _facts(cms)

    assert facts.algorithms_agree is False
    assert facts.signature_ok is not True


def test_an_unknown_scheme_is_never_sound(cms: maker.Cms) -> None:
    """Nothing can be said of the value, so nothing is."""
    cms.signature_oid = "1.2.3.4.5"

    facts = _facts(cms)

    assert facts.signature_ok is None
    assert "1.2.3.4.5" in facts.signature_problem


def test_pss_parameters_must_name_the_digest_of_the_signer(
    cms: maker.Cms, key: rsa.RSAPrivateKey
) -> None:
    """RSASSA-PSS whose parameters are the SHA-1 defaults, beside SHA-256."""
    cms.signature_oid = "1.2.840.113549.1.1.10"
    cms.signature_params = maker.der(0x30)
    attributes = cms.default_attributes()
    signed = maker.der(0x31, *sorted(attributes))
    sha1 = hashes.SHA1()
    cms.attributes = attributes
    cms.signature = key.sign(signed, padding.PSS(padding.MGF1(sha1), 20), sha1)

    facts = _facts(cms)

    assert facts.signature_ok is True
    assert facts.algorithms_agree is False


def test_pss_without_parameters_is_not_guessed(cms: maker.Cms) -> None:
    """RFC 4055, 3.1: the parameters must be there."""
    cms.signature_oid = "1.2.840.113549.1.1.10"

    assert _facts(cms).signature_ok is None


def test_attributes_out_of_order_are_tried_as_written_and_sorted(
    cms: maker.Cms, key: rsa.RSAPrivateKey
) -> None:
    """Signed over DER, written in another order (RFC 5652, 5.4)."""
    attributes = cms.default_attributes()
    signed = maker.der(0x31, *sorted(attributes))
    cms.attributes = sorted(attributes, reverse=True)
    cms.sorted_attributes = False
    cms.signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())

    facts = _facts(cms)

    assert _sound(facts)
    assert "cms-attributes-not-der" in _codes(facts)


def test_no_signed_attributes_over_other_content_is_a_digest_mismatch(cms: maker.Cms) -> None:
    """The value opens, and the digest inside is that of the other content."""
    cms.attributes = []

    facts = _facts(cms, content=b"changed")

    assert (facts.signature_ok, facts.digest_matches) == (True, False)
    assert facts.message_digest == hashlib.sha256(CONTENT).hexdigest()
    assert facts.computed_digest == hashlib.sha256(b"changed").hexdigest()


def test_a_value_of_another_key_does_not_open(cms: maker.Cms, other_key: rsa.RSAPrivateKey) -> None:
    """Without signed attributes, and made by somebody else."""
    cms.attributes = []
    cms.key = other_key

    assert _facts(cms).signature_ok is False


def test_a_missing_message_digest_matches_nothing(cms: maker.Cms) -> None:
    """RFC 5652, 5.3: with signed attributes it must be there."""
    cms.attributes = cms.default_attributes()[:1]

    facts = _facts(cms)

    assert (facts.signature_ok, facts.digest_matches) == (True, False)


def test_two_message_digests_match_nothing(cms: maker.Cms) -> None:
    """RFC 5652, 11.2: exactly one value."""
    right = maker.der(0x04, hashlib.sha256(CONTENT).digest())
    wrong = maker.der(0x04, hashlib.sha256(b"other").digest())
    values = maker.attribute("1.2.840.113549.1.9.4", right, wrong)
    cms.attributes = [cms.default_attributes()[0], values]

    assert _facts(cms).digest_matches is False


def test_a_second_message_digest_attribute_is_not_hidden(cms: maker.Cms) -> None:
    """Two attributes of the same kind, the first of them right."""
    wrong = maker.der(0x04, hashlib.sha256(b"other").digest())
    twice = maker.attribute("1.2.840.113549.1.9.4", wrong)
    cms.attributes = [*cms.default_attributes(), twice]

    facts = _facts(cms)

    assert facts.digest_matches is False
    assert "cms-attribute-twice" in _codes(facts)


def test_the_content_type_attribute_is_compared(cms: maker.Cms) -> None:
    """A TSTInfo's content type on plain data."""
    wrong = maker.attribute("1.2.840.113549.1.9.3", maker.oid("1.2.840.113549.1.9.16.1.4"))
    cms.attributes = [wrong, cms.default_attributes()[1]]

    facts = _facts(cms)

    assert facts.content_type_attribute_ok is False
    assert _sound(facts)


def test_a_substituted_certificate_is_noticed(cms: maker.Cms, other_key: rsa.RSAPrivateKey) -> None:
    """Two certificates of one issuer and serial number: the one whose key verifies is taken."""
    mine = cms.certificates[0]
    cms.certificates = [maker.certificate(other_key), mine]

    examined = examine(parse_signed_data(cms.encode()), maker.digest_of(CONTENT))

    assert _sound(examined.facts)
    assert "cms-certificate-ambiguous" in _codes(examined.facts)
    assert examined.certificate is not None
    assert examined.certificate.der == mine


def _reference(certificate: bytes) -> bytes:
    hashed = maker.der(0x04, hashlib.sha256(certificate).digest())
    listed = maker.der(0x30, maker.der(0x30, hashed))
    return maker.attribute(SIGNING_CERTIFICATE_V2, maker.der(0x30, listed))


def test_the_same_key_in_another_certificate_is_told_by_its_hash(cms: maker.Cms) -> None:
    """Both keys verify; signing-certificate-v2 says which certificate was meant."""
    mine = cms.certificates[0]
    twin = maker.certificate(cms.key, subject=[(NameOID.COMMON_NAME, "Twin")])
    cms.certificates = [twin, mine]
    cms.attributes = [*cms.default_attributes(), _reference(mine)]

    examined = examine(parse_signed_data(cms.encode()), maker.digest_of(CONTENT))

    assert examined.facts.signing_certificate_matches is True
    assert examined.certificate is not None
    assert examined.certificate.der == mine


def test_a_reference_to_another_certificate_does_not_match(
    cms: maker.Cms, other_key: rsa.RSAPrivateKey
) -> None:
    """The attribute names a certificate that is not the signer's."""
    cms.attributes = [*cms.default_attributes(), _reference(maker.certificate(other_key))]

    facts = _facts(cms)

    assert (facts.signature_ok, facts.signing_certificate_matches) == (True, False)


def test_pkcs7_sha1_signs_the_digest_it_carries(cms: maker.Cms) -> None:
    """ISO 32000-2, 12.8.3.3.1: adbe.pkcs7.sha1 encloses the SHA-1 digest of the range."""
    cms.econtent = hashlib.sha1(CONTENT).digest()
    cms.content = cms.econtent

    right = _facts(cms, "adbe.pkcs7.sha1")
    changed = _facts(cms, "adbe.pkcs7.sha1", b"changed")

    assert _sound(right)
    assert (changed.digest_matches, changed.signature_ok) == (False, True)


def test_pkcs7_sha1_without_content_fails(cms: maker.Cms) -> None:
    """A detached object under adbe.pkcs7.sha1 signs nothing that is there."""
    assert _facts(cms, "adbe.pkcs7.sha1").digest_matches is False


@pytest.mark.parametrize("wrapped", [True, False])
def test_bare_values_verify_with_the_first_certificate(
    key: rsa.RSAPrivateKey, wrapped: bool
) -> None:
    """adbe.x509.rsa_sha1: a PKCS#1 value, in an octet string or bare."""
    value = key.sign(CONTENT, padding.PKCS1v15(), hashes.SHA1())
    contents = maker.der(0x04, value) if wrapped else value
    certificates = [maker.certificate(key)]

    right = examine_raw(contents, certificates, maker.digest_of(CONTENT)).facts
    changed = examine_raw(contents, certificates, maker.digest_of(b"changed")).facts

    assert raw_digest(contents, certificates) == "sha1"
    assert _sound(right)
    assert (changed.signature_ok, changed.digest_matches) == (True, False)


def test_a_bare_value_of_another_key_does_not_verify(
    key: rsa.RSAPrivateKey, other_key: rsa.RSAPrivateKey
) -> None:
    """The certificate in /Cert holds another key."""
    value = key.sign(CONTENT, padding.PKCS1v15(), hashes.SHA1())

    facts = examine_raw(value, [maker.certificate(other_key)], maker.digest_of(CONTENT)).facts

    assert facts.signature_ok is False


def test_bytes_behind_the_object_are_told_zeros_are_not(cms: maker.Cms) -> None:
    """Padding is zeros; anything else is an anomaly."""
    encoded = cms.encode()

    padded = parse_signed_data(encoded + bytes(100))
    trailed = parse_signed_data(encoded + b"more")

    assert padded.anomalies == ()
    assert [anomaly.code for anomaly in trailed.anomalies] == ["cms-trailing-bytes"]


def test_several_signers_are_counted(cms: maker.Cms) -> None:
    """ISO 32000-2, 12.8.3.3: exactly one SignerInfo."""
    cms.copies = 2

    assert _facts(cms).signer_count == 2


def test_another_content_type_is_a_parse_problem() -> None:
    """EnvelopedData where SignedData belongs."""
    envelope = maker.der(0x30, maker.oid("1.2.840.113549.1.7.3"), maker.der(0xA0, maker.der(0x30)))

    facts = examine(parse_signed_data(envelope), maker.digest_of(b"")).facts

    assert facts.parsed is False
    assert "1.2.840.113549.1.7.3" in facts.parse_problem
