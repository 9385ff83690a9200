"""Paths by key and signature: every case is also put to openssl, a second opinion from outside."""

from __future__ import annotations

import dataclasses
import random
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.errors import PathValidationError
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.validate import validate_path

from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust import build_path
from sigcheck.model.evidence import PathFacts, Purpose, Tier
from tests.trust import pki
from tests.trust.pki import Made, Spec, leaf, make, store

ODD = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
UNREADABLE = x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.15"), b"\xff\xff")
STRICT_POLICY = x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None)
INSIDE = x509.NameConstraints([x509.DirectoryName(x509.Name(pki.dn("x").rdns[:2]))], None)
OUTSIDE = x509.NameConstraints(None, [x509.DirectoryName(x509.Name(pki.dn("x").rdns[:2]))])


@dataclass(frozen=True)
class Chain:
    """A leaf, what may stand between, and the root that is trusted."""

    leaf: Made
    between: Sequence[Made]
    root: Made

    def judged(self, purpose: Purpose = Purpose.SIGNING) -> PathFacts:
        """Build the path with nothing but the root in the store."""
        pool = [c.ours for c in self.between]
        return build_path(self.leaf.ours, pool, store(self.root), purpose)


ROOT = make(Spec("Gốc"))


def _chain(sub: Spec, *, end: Spec | None = None, second: Spec | None = None) -> Chain:
    first = make(sub, ROOT)
    between = [first]
    if second is not None:
        between.append(make(second, first))
    return Chain(make(end or leaf(), between[-1]), between, ROOT)


def _same_key_twice() -> Chain:
    """Return a path in which a CA issued itself a new certificate for a new key."""
    old = make(Spec("CA đổi khoá", key="cũ", path_length=0), ROOT)
    new = make(Spec("CA đổi khoá", key="mới"), old)
    return Chain(make(leaf(), new), [old, new], ROOT)


CASES = {
    "three certificates": (_chain(Spec("CA")), []),
    "four certificates": (_chain(Spec("CA"), second=Spec("CA hai")), []),
    "issued by the root itself": (Chain(make(leaf(), ROOT), [], ROOT), []),
    "no key identifiers": (_chain(Spec("CA", identifiers=False)), []),
    "no key usage": (_chain(Spec("CA", usage=None)), []),
    "not a CA": (_chain(Spec("CA", ca=False)), ["not-a-ca"]),
    "no basic constraints": (_chain(Spec("CA", constraints=False)), ["not-a-ca"]),
    "no keyCertSign": (_chain(Spec("CA", usage=pki.usage(crl_sign=True))), ["key-usage"]),
    "path length kept": (_chain(Spec("CA", path_length=0)), []),
    "path length broken": (
        _chain(Spec("CA", path_length=0), second=Spec("CA hai")),
        ["path-length"],
    ),
    "self-issued certificates don't count": (_same_key_twice(), []),
    "unknown critical extension of the leaf": (
        _chain(Spec("CA"), end=leaf(extra=[(ODD, True)])),
        ["unknown-critical-extension"],
    ),
    "unknown critical extension of the CA": (
        _chain(Spec("CA", extra=[(ODD, True)])),
        ["unknown-critical-extension"],
    ),
    "key usage that can't be read": (
        _chain(Spec("CA", usage=None, extra=[(UNREADABLE, True)])),
        ["extension-unreadable"],
    ),
    "unknown extension that isn't critical": (_chain(Spec("CA", extra=[(ODD, False)])), []),
    "name constraints kept": (_chain(Spec("CA", extra=[(INSIDE, True)])), []),
    "name constraints broken": (
        _chain(Spec("CA", extra=[(OUTSIDE, True)])),
        ["name-constraints"],
    ),
    "policy required and missing": (
        _chain(Spec("CA", extra=[(STRICT_POLICY, True)])),
        ["policy-constraints"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_path_breaks_what_it_should(name: str) -> None:
    """A path reaches its anchor and names exactly the constraints it breaks."""
    chain, expected = CASES[name]
    facts = chain.judged()

    assert facts.anchor is not None
    assert expected == [problem.code for problem in facts.problems]


@pytest.mark.parametrize("name", CASES)
def test_openssl_agrees(name: str, tmp_path: Path) -> None:
    """The chains we find no fault in are the ones openssl accepts, and no others."""
    chain, _ = CASES[name]

    assert _openssl_accepts(chain, tmp_path) == (not chain.judged().problems)


@pytest.mark.parametrize("name", CASES)
def test_certvalidator_agrees(name: str) -> None:
    """Our own walk and certvalidator come to the same answer on every chain."""
    chain, _ = CASES[name]

    assert _certvalidator_accepts(chain) == (not chain.judged().problems)


def _openssl_accepts(chain: Chain, folder: Path) -> bool:
    untrusted = folder / "untrusted.pem"
    files = [c.save(folder, f"c{i}") for i, c in enumerate(chain.between)]
    untrusted.write_bytes(b"".join(path.read_bytes() for path in files))
    options = ["-no_check_time", "-policy_check", "-CAfile", str(chain.root.save(folder, "root"))]
    options += ["-untrusted", str(untrusted)] if files else []
    command = ["openssl", "verify", *options, str(chain.leaf.save(folder, "leaf"))]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _certvalidator_accepts(chain: Chain) -> bool:
    root = asn1_x509.Certificate.load(chain.root.der)
    between = [asn1_x509.Certificate.load(c.der) for c in chain.between]
    path = ValidationPath(
        CertTrustAnchor(root), between, asn1_x509.Certificate.load(chain.leaf.der)
    )
    context = ValidationContext(trust_roots=[root], moment=pki.NOW, revocation_mode="soft-fail")
    try:
        validate_path(context, path)
    except (PathValidationError, ValueError):  # its parser raises what it can't read
        return False
    return True


def test_forged_issuer_name_is_told() -> None:
    """A leaf that names a pinned CA but was signed by another key is no link, and says so."""
    sub = make(Spec("CA"), ROOT)
    forged = make(leaf(), sub, signer="kẻ giả mạo")
    facts = build_path(forged.ours, [], store(ROOT, at_hand=[sub]), Purpose.SIGNING)

    assert facts.anchor is None
    assert [(p.code, p.detail) for p in facts.problems] == [("forged-issuer-name", "other-key-id")]


def test_forged_key_identifier_is_no_link() -> None:
    """A matching key identifier without a matching signature never makes a link."""
    sub = make(Spec("CA"), ROOT)
    right_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(pki.key("CA").public_key())
    spec = leaf(identifiers=False, extra=[(right_id, False)])
    forged = make(spec, sub, signer="kẻ giả mạo")
    facts = build_path(forged.ours, [sub.ours], store(ROOT), Purpose.SIGNING)

    assert facts.anchor is None


def test_name_must_match_too() -> None:
    """A certificate signed by the right key under another issuer name is no link (6.1.3 (a)(4))."""
    sub = make(Spec("CA"), ROOT)
    renamed = make(Spec("CA khác", key="CA"), ROOT)
    end = make(leaf(), renamed)
    facts = build_path(end.ours, [], store(ROOT, at_hand=[sub]), Purpose.SIGNING)

    assert facts.anchor is None


def test_root_in_the_pool_is_no_anchor() -> None:
    """A self-signed certificate that the document carries is not trusted for being there."""
    end = make(leaf(), ROOT)
    facts = build_path(end.ours, [ROOT.ours], store(make(Spec("Gốc khác"))), Purpose.SIGNING)

    assert facts.anchor is None
    assert [p.code for p in facts.problems] == ["untrusted-root"]


def test_pinned_root_in_the_pool_is_an_anchor() -> None:
    """A root that arrives with the document counts when its fingerprint is pinned."""
    trust = store(ROOT)
    bare = type(trust)(anchors=trust.anchors)
    facts = build_path(make(leaf(), ROOT).ours, [ROOT.ours], bare, Purpose.SIGNING)

    assert facts.anchor is not None
    assert facts.anchor.sha256 == ROOT.ours.sha256


def test_same_name_with_another_key_is_told_apart() -> None:
    """Two CAs of one name and different keys each get the leaves they signed."""
    old, new = (make(Spec("CA", key=k), ROOT) for k in ("khoá cũ", "khoá mới"))
    trust = store(ROOT, at_hand=[old, new])
    paths = [build_path(make(leaf(), ca).ours, [], trust, Purpose.SIGNING) for ca in (old, new)]

    assert [p.steps[1].certificate.sha256 for p in paths] == [old.ours.sha256, new.ours.sha256]
    assert not any(p.problems for p in paths)


def test_flawless_path_is_preferred() -> None:
    """Where a key is certified twice, the path that breaks no constraint is taken."""
    narrow = make(Spec("CA", key="chung", path_length=0), ROOT)
    wide = make(Spec("CA", key="chung"), ROOT)
    second = make(Spec("CA hai"), narrow)
    facts = build_path(
        make(leaf(), second).ours, [narrow.ours, second.ours, wide.ours], store(ROOT)
    )

    assert facts.problems == ()
    assert facts.steps[2].certificate.sha256 == wide.ours.sha256


def test_real_anchor_is_preferred_to_a_test_anchor() -> None:
    """A key certified under a real and a test root is judged by the real one."""
    test_root = make(Spec("Gốc thử nghiệm"))
    tested, real = (make(Spec("CA", key="chung"), r) for r in (test_root, ROOT))
    anchors = {
        **store(ROOT).anchors,
        **store(test_root, tier=Tier.TEST).anchors,
    }
    trust = type(store())(
        anchors=anchors, certificates=store(ROOT, test_root, at_hand=[tested, real]).certificates
    )
    facts = build_path(make(leaf(), tested).ours, [], trust, Purpose.SIGNING)

    assert facts.anchor is not None
    assert facts.anchor.tier is Tier.GOVERNMENT


def test_missing_issuer_is_described() -> None:
    """A path that ends too early names the CA, its key and where its certificate is to be had."""
    sub = make(Spec("CA vắng mặt"), ROOT)
    url = "http://example.test/ca.crt"
    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                x509.oid.AuthorityInformationAccessOID.CA_ISSUERS,
                x509.UniformResourceIdentifier(url),
            )
        ]
    )
    facts = build_path(make(leaf(extra=[(access, False)]), sub).ours, [], store(ROOT))

    assert "CN=CA vắng mặt" in facts.missing_issuer
    assert facts.missing_key_id == sub.ours.ski.hex()
    assert facts.missing_urls == (url,)
    assert [p.code for p in facts.problems] == ["issuer-missing"]


def test_cas_that_certify_one_another_end_the_search() -> None:
    """A ring of CAs without a root comes to an end."""
    a = make(Spec("A"), ROOT)
    b = make(Spec("B"), a)
    back = make(Spec("A"), b)
    facts = build_path(make(leaf(), back).ours, [b.ours, back.ours], store(make(Spec("Khác"))))

    assert facts.anchor is None
    assert len(facts.steps) <= 3


def test_crowd_of_namesakes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four hundred CAs of the right name and wrong keys cost at most a hundred verifications."""
    asked: list[str] = []
    from sigcheck.evidence.trust import paths

    def counting(*_: object) -> bool:
        asked.append("")
        return False

    monkeypatch.setattr(paths, "verify_signature", counting)
    crowd = [make(Spec("CA", key=f"giả {i % 7}"), ROOT).ours for i in range(400)]
    facts = build_path(make(leaf(), make(Spec("CA"), ROOT)).ours, crowd, store(ROOT))

    assert len(asked) <= 101
    assert "search-limit" in [p.code for p in facts.problems]


def test_long_chain_is_cut() -> None:
    """A chain longer than the limit is not followed to its end."""
    issuer, between = ROOT, []
    for i in range(12):
        issuer = make(Spec(f"CA {i}"), issuer)
        between.append(issuer.ours)
    facts = build_path(make(leaf(), issuer).ours, between, store(ROOT))

    assert facts.anchor is None
    assert len(facts.steps) == 10


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [(Purpose.SIGNING, ["extended-key-usage"]), (Purpose.TIMESTAMPING, [])],
)
def test_time_stamping_ca_vouches_for_stamps_only(purpose: Purpose, expected: list[str]) -> None:
    """A CA limited to time-stamping does not carry a signer.

    Difference from openssl and certvalidator on purpose: neither nests extended key usages here.
    """
    only_stamps = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    chain = _chain(Spec("CA", extra=[(only_stamps, True)]))

    assert [p.code for p in chain.judged(purpose).problems] == expected


def test_end_entity_that_is_an_anchor() -> None:
    """A certificate that is pinned itself is a path of one."""
    own = make(leaf())
    facts = build_path(own.ours, [], store(own), Purpose.SIGNING)

    assert facts.anchor is not None
    assert len(facts.steps) == 1
    assert facts.steps[0].revocation_exempt


def test_second_path_verifies_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A link is verified once per process, however often it is used."""
    chain = _chain(Spec("CA"))
    chain.judged()
    from sigcheck.evidence.trust import paths

    def forbidden(*_: object) -> bool:
        raise AssertionError("verified again")

    monkeypatch.setattr(paths, "verify_signature", forbidden)

    assert chain.judged().anchor is not None


def test_unusual_route_is_named() -> None:
    """A path with name constraints says that certvalidator judged it, others that we did."""
    engines = [CASES[name][0].judged().engine for name in ("name constraints kept", "not a CA")]

    assert engines == ["certvalidator", "native"]


@pytest.mark.parametrize("seed", range(4))
def test_damaged_certificates_raise_nothing(seed: int) -> None:
    """Whatever a document carries as certificates, nothing is raised and no anchor is made up."""
    choice = random.Random(seed)
    chain = _chain(Spec("CA", path_length=0, extra=[(INSIDE, True)]), end=leaf(extra=[(ODD, True)]))
    originals = [chain.leaf.der, chain.between[0].der, chain.root.der]
    trust = store(ROOT)
    for _ in range(150):
        damaged = [_damage(choice, der) for der in originals]
        pool = [c for c in map(Certificate.parse, damaged) if c is not None]
        end = Certificate.parse(choice.choice((originals[0], damaged[0])))
        facts = build_path(end or chain.leaf.ours, pool, trust, Purpose.SIGNING)
        if facts.anchor is not None:
            assert facts.anchor.sha256 == ROOT.ours.sha256


def _damage(choice: random.Random, der: bytes) -> bytes:
    data = bytearray(der)
    for _ in range(choice.randint(1, 3)):
        data[choice.randrange(len(data))] = choice.randrange(256)
    return bytes(data)


def test_name_in_another_encoding_is_the_same_name() -> None:
    """An issuer name in another string type and case is still the CA's (RFC 5280, 7.1)."""
    plain = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "Co Quan", _type=_ASN1Type.UTF8String)]
    )
    other = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "CO  QUAN", _type=_ASN1Type.PrintableString)]
    )
    ca = make(Spec("CA", subject=plain), ROOT)
    end = make(leaf(), dataclasses.replace(ca, issuing_name=other))
    facts = build_path(end.ours, [], store(ROOT, at_hand=[ca]), Purpose.SIGNING)

    assert facts.anchor is not None
