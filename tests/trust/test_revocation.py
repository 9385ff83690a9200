"""CRLs and OCSP responses: who may speak, of whom, and what exactly is said."""

from __future__ import annotations

import random
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from sigcheck.config.trust import Material, TrustStore
from sigcheck.evidence.trust import RevocationSources, attach_revocation, build_path
from sigcheck.evidence.trust.crl import parse_crl
from sigcheck.evidence.trust.ocsp import parse_ocsp
from sigcheck.model.evidence import PathFacts, Purpose, RevocationAnswer, RevocationStatus
from tests.trust import pki
from tests.trust.pki import (
    HELD,
    OCSP_USAGE,
    ODD,
    STOLEN,
    Extension,
    Listed,
    Made,
    Spec,
    leaf,
    make,
    point,
    scope,
    store,
)

ROOT = make(Spec("Gốc"))
CA = make(Spec("CA"), ROOT)
POINT = "http://example.test/ca.crl"
OTHER = "http://example.test/other.crl"


END = make(leaf(serial=4711, extra=[point(POINT)]), CA)
BACK: Extension = (x509.CRLReason(x509.ReasonFlags.remove_from_crl), False)


def _attached(
    crls: list[bytes] | None = None,
    ocsps: list[bytes] | None = None,
    *,
    end: Made = END,
    at_hand: tuple[Made, ...] = (),
) -> PathFacts:
    trust = store(ROOT, at_hand=[CA])
    pool = [end.ours, *(c.ours for c in at_hand)]
    sources = RevocationSources.of(
        [("x.crl", data) for data in crls or ()], [("x.ors", data) for data in ocsps or ()], pool
    )
    return attach_revocation(build_path(end.ours, pool, trust, Purpose.SIGNING), sources, trust)


def _said(*crls: bytes, **options: object) -> list[tuple[str, str]]:
    facts = _attached([*crls], **options)  # type: ignore[arg-type]
    return [(a.status.value, a.problem) for a in facts.steps[0].revocation]


def _answered(response: bytes, **options: object) -> RevocationAnswer:
    facts = _attached(None, [response], **options)  # type: ignore[arg-type]
    (answer,) = facts.steps[0].revocation
    return answer


LISTS = {
    "not listed": (pki.crl(CA), [("good", "")]),
    "listed": (pki.crl(CA, [Listed(4711, extra=[STOLEN])]), [("revoked", "")]),
    "another number is listed": (pki.crl(CA, [Listed(4712)]), [("good", "")]),
    "held": (pki.crl(CA, [Listed(4711, extra=[HELD])]), [("on-hold", "")]),
    "signed by somebody else": (pki.crl(CA, signer="kẻ lạ"), [("good", "signature")]),
    "of another CA": (pki.crl(ROOT), []),
    "unknown critical extension": (pki.crl(CA, extra=[ODD]), [("good", "critical-extension")]),
    "entry with an unknown critical extension": (
        pki.crl(CA, [Listed(4711, extra=[ODD])]),
        [("revoked", "critical-extension")],
    ),
    "for CAs only": (pki.crl(CA, extra=[scope(only_contains_ca_certs=True)]), []),
    "for attribute certificates only": (
        pki.crl(CA, extra=[scope(only_contains_attribute_certs=True)]),
        [],
    ),
    "for end entities only": (
        pki.crl(CA, extra=[scope(only_contains_user_certs=True)]),
        [("good", "")],
    ),
    "its own partition": (
        pki.crl(CA, extra=[scope(full_name=[x509.UniformResourceIdentifier(POINT)])]),
        [("good", "")],
    ),
    "another partition": (
        pki.crl(CA, extra=[scope(full_name=[x509.UniformResourceIdentifier(OTHER)])]),
        [],
    ),
    "some reasons only": (
        pki.crl(CA, extra=[scope(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise}))]),
        [("good", "some-reasons")],
    ),
    "some reasons only, and listed": (
        pki.crl(
            CA,
            [Listed(4711)],
            extra=[scope(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise}))],
        ),
        [("revoked", "")],
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_list_says_what_it_should(name: str) -> None:
    """A list speaks of exactly the certificates in its scope, and only when it may."""
    data, expected = LISTS[name]

    assert _said(data) == expected


def test_answer_carries_dates_reason_and_digest() -> None:
    """Everything the report needs to name the list and the revocation is in the answer."""
    since = x509.InvalidityDate(pki.BEGIN.replace(tzinfo=None))
    data = pki.crl(CA, [Listed(4711, extra=[STOLEN, (since, False)])])
    (answer,) = _attached([data]).steps[0].revocation
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)

    assert answer.source == "crl:x.crl"
    assert (answer.revoked_at, answer.reason) == (pki.NOW, "key_compromise")
    assert answer.invalid_since == pki.BEGIN
    assert answer.next_update == pki.NOW + timedelta(days=30)
    assert answer.sha256 == digest.finalize().hex()


def test_pem_list_counts_like_der() -> None:
    """A list in PEM, as NEAC serves them, says the same as in DER."""
    listed = x509.load_der_x509_crl(pki.crl(CA, [Listed(4711)]))

    assert _said(listed.public_bytes(serialization.Encoding.PEM)) == [("revoked", "")]


def test_list_of_the_store_counts() -> None:
    """A CRL beside the `--trust` certificates is used without anybody passing it on."""
    plain = store(ROOT, at_hand=[CA])
    trust = TrustStore(
        anchors=plain.anchors,
        certificates=plain.certificates,
        crls=(Material("cp.crl", pki.crl(CA, [Listed(4711)])),),
    )
    facts = attach_revocation(build_path(END.ours, [], trust), RevocationSources(), trust)

    assert [a.source for a in facts.steps[0].revocation] == ["crl:cp.crl"]


def test_every_step_but_the_anchor_is_answered() -> None:
    """The CA's status comes from the root's list; the anchor is exempt and unanswered."""
    steps = _attached([pki.crl(CA), pki.crl(ROOT, [Listed(CA.x509.serial_number)])]).steps

    assert [[a.status.value for a in s.revocation] for s in steps] == [["good"], ["revoked"], []]
    assert [s.revocation_exempt for s in steps] == [False, False, True]


def test_ca_without_crl_sign_may_not_sign_lists() -> None:
    """A list signed by a key that was not certified for it doesn't count (6.3.3 (f))."""
    ca = make(Spec("CA hẹp", usage=pki.usage(key_cert_sign=True)), ROOT)
    end = make(leaf(), ca)

    assert _said(pki.crl(ca), end=end, at_hand=(ca,)) == [("good", "key-usage")]


def test_new_key_of_the_same_ca_may_sign_lists() -> None:
    """After a change of keys the root vouches for the new key under the old name."""
    renewed = make(Spec("CA", key="CA mới"), ROOT)
    data = pki.crl(CA, [Listed(4711)], signer="CA mới")

    assert _said(data, at_hand=(renewed,)) == [("revoked", "")]
    assert _said(data) == [("revoked", "signature")]


def test_twin_ca_is_not_asked() -> None:
    """The list of another CA of the same name, known by its key identifier, says nothing."""
    twin = make(Spec("CA", key="CA song sinh"), make(Spec("Gốc khác")))
    key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(
        pki.key("CA song sinh").public_key()
    )
    data = pki.crl(twin, [Listed(4711)], extra=[(key_id, False)])

    assert _said(data, at_hand=(twin,)) == []


def _indirect(*listed: Listed, issuer: Made) -> bytes:
    return pki.crl(issuer, listed, extra=[scope(indirect_crl=True)])


def test_indirect_list_speaks_for_the_issuer_it_names() -> None:
    """Entries of an indirect list belong to the CA named last (RFC 5280, 5.3.3)."""
    signer = make(Spec("Phát hành CRL", ca=False, usage=pki.usage(crl_sign=True)), ROOT)
    end = make(leaf(serial=5, extra=[point(POINT, signer.x509.subject)]), CA)

    def named(made: Made) -> Extension:
        return x509.CertificateIssuer([x509.DirectoryName(made.x509.subject)]), True

    other = _indirect(Listed(4, extra=[named(ROOT)]), Listed(5), issuer=signer)
    own = _indirect(Listed(4, extra=[named(CA)]), Listed(5), issuer=signer)
    unnamed = _indirect(Listed(5), issuer=signer)
    found = [_said(data, end=end, at_hand=(signer,)) for data in (other, own, unnamed)]

    assert found == [[("good", "")], [("revoked", "")], [("good", "")]]
    assert _said(own, end=end) == [("revoked", "issuer")]


def test_delta_needs_its_base() -> None:
    """Silence of a delta is no news without the complete list it goes with (5.2.4)."""
    number = (x509.CRLNumber(7), False)
    base = pki.crl(CA, [Listed(4711, extra=[HELD])], extra=[number], at=pki.BEGIN)
    head = [(x509.CRLNumber(8), False), (x509.DeltaCRLIndicator(7), True)]
    silent, back = pki.crl(CA, extra=head), pki.crl(CA, [Listed(4711, extra=[BACK])], extra=head)
    revoked = pki.crl(CA, [Listed(4711, extra=[STOLEN])], extra=head)

    assert _said(silent) == [("good", "delta-without-base")]
    assert _said(revoked) == [("revoked", "")]
    assert _said(base, silent) == [("on-hold", ""), ("on-hold", "")]
    assert _said(base, back) == [("on-hold", ""), ("good", "")]


def test_delta_of_an_older_base_is_refused() -> None:
    """A complete list older than the delta's base leaves a gap and is not used."""
    base = pki.crl(CA, extra=[(x509.CRLNumber(6), False)], at=pki.BEGIN)
    head = [(x509.CRLNumber(8), False), (x509.DeltaCRLIndicator(7), True)]

    assert _said(base, pki.crl(CA, extra=head)) == [("good", ""), ("good", "delta-without-base")]


def test_number_padded_with_zeros_is_found() -> None:
    """A list that writes its numbers longer than DER allows hides nobody."""
    plain = pki.crl(CA, [Listed(4711)])
    parsed = parse_crl(plain, "")
    assert parsed is not None
    entry = parsed.tbs[slice(*parsed.list_at)]
    padded = entry.replace(b"\x02\x02\x12\x67", b"\x02\x03\x00\x12\x67")
    padded = bytes([0x30, padded[1] + 1]) + padded[2:]
    from sigcheck.evidence.trust.crl import index

    assert index(padded, 0, len(padded)).find(4711) == [0]


def test_list_of_twenty_thousand_is_quick() -> None:
    """Twenty thousand entries are indexed well within a tenth of a second, once."""
    numbers = random.Random(1)
    listed = [Listed(numbers.getrandbits(63) + 1, extra=[STOLEN]) for _ in range(20_000)]
    crl = parse_crl(pki.crl(CA, listed), "")
    assert crl is not None
    began = time.perf_counter()
    found = [len(crl.find(entry.serial)) for entry in (listed[0], listed[9_999], listed[-1])]
    spent = time.perf_counter() - began

    assert found == [1, 1, 1]
    assert spent < 0.1


RESPONDER = make(leaf("OCSP", extra=[OCSP_USAGE, (x509.OCSPNoCheck(), False)]), CA)


def test_response_by_the_ca_itself() -> None:
    """The CA's own key may always answer."""
    answer = _answered(pki.ocsp_response(END, CA, CA))

    assert (answer.status, answer.problem) == (RevocationStatus.GOOD, "")
    assert answer.source == "ocsp:x.ors"
    assert answer.responder_not_after is None


@pytest.mark.parametrize("digest", [hashes.SHA1(), hashes.SHA256(), hashes.SHA384()])
def test_response_by_a_delegate(digest: hashes.HashAlgorithm) -> None:
    """A responder certified by the same CA for it may answer, whatever digest names the CA."""
    answer = _answered(pki.ocsp_response(END, CA, RESPONDER, digest=digest))

    assert (answer.status, answer.problem) == (RevocationStatus.GOOD, "")
    assert answer.responder_not_after == pki.END


def test_held_certificate_by_ocsp() -> None:
    """A revocation for the reason of hold is a hold, with its time."""
    answer = _answered(pki.ocsp_response(END, CA, RESPONDER, status=ocsp.OCSPCertStatus.REVOKED))

    assert answer.status is RevocationStatus.ON_HOLD
    assert answer.revoked_at == pki.NOW - timedelta(days=3)


def test_unknown_certificate_by_ocsp() -> None:
    """Unknown is an answer of its own, never good."""
    status = ocsp.OCSPCertStatus.UNKNOWN

    assert _answered(pki.ocsp_response(END, CA, RESPONDER, status=status)).status == "unknown"


STRANGERS = {
    "another CA's": (make(leaf("OCSP", extra=[OCSP_USAGE]), ROOT), "responder-issuer"),
    "not certified for it": (make(leaf("OCSP"), CA), "responder-usage"),
    "for something else": (
        make(
            leaf(
                "OCSP", extra=[(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False)]
            ),
            CA,
        ),
        "responder-usage",
    ),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_response_by_a_stranger_does_not_count(name: str) -> None:
    """Only the CA and whom it certified for OCSP may answer (RFC 6960, 4.2.2.2)."""
    responder, problem = STRANGERS[name]

    assert _answered(pki.ocsp_response(END, CA, responder)).problem == problem


def test_response_with_a_wrong_signature_does_not_count() -> None:
    """A response that names a responder whose key never signed it is not authentic."""
    forged = pki.ocsp_response(END, CA, RESPONDER)
    parsed = parse_ocsp(forged, "")
    assert parsed is not None
    other = parsed.signature[:-1] + bytes([parsed.signature[-1] ^ 1])

    assert _answered(forged.replace(parsed.signature, other)).problem == "signature"


def test_response_about_another_certificate_is_silent() -> None:
    """A response says nothing of a certificate it doesn't name."""
    other = make(leaf(serial=4712), CA)
    facts = _attached(None, [pki.ocsp_response(other, CA, RESPONDER)])

    assert facts.steps[0].revocation == ()


def test_revoked_responder_does_not_count() -> None:
    """A responder without nocheck that the CA's own list revokes is believed no more."""
    responder = make(leaf("OCSP", serial=99, extra=[OCSP_USAGE]), CA)
    response = pki.ocsp_response(END, CA, responder)
    listed = pki.crl(CA, [Listed(99, since=pki.NOW - timedelta(days=9))])
    answers = _attached([listed], [response]).steps[0].revocation

    assert [a.problem for a in answers if a.source.startswith("ocsp")] == ["responder-revoked"]
    assert _answered(response).problem == ""


def test_openssl_reads_the_list_the_same_way(tmp_path: Path) -> None:
    """The same certificate is revoked by the same list for openssl."""
    for listed, expected in ((4711, "revoked"), (4712, "good")):
        data = pki.crl(CA, [Listed(listed)], at=pki.NOW)
        chain = tmp_path / "chain.pem"
        chain.write_bytes(
            CA.save(tmp_path, "ca").read_bytes()
            + x509.load_der_x509_crl(data).public_bytes(serialization.Encoding.PEM)
        )
        command = ["openssl", "verify", "-crl_check", "-attime", str(int(pki.NOW.timestamp()) + 60)]
        command += ["-CAfile", str(ROOT.save(tmp_path, "root")), "-untrusted", str(chain)]
        command += ["-CRLfile", str(chain), str(END.save(tmp_path, "end"))]
        verdict = subprocess.run(command, capture_output=True, check=False, text=True)

        assert ("certificate revoked" in verdict.stdout + verdict.stderr) == (expected == "revoked")
        assert _said(data) == [(expected, "")]


@pytest.mark.parametrize("seed", range(4))
def test_damaged_lists_and_responses_raise_nothing(seed: int) -> None:
    """Whatever happens to the bytes, the answer is silence or a problem, never an exception."""
    choice = random.Random(seed)
    listed = pki.crl(CA, [Listed(4711, extra=[STOLEN])], extra=[scope(indirect_crl=True)])
    response = pki.ocsp_response(END, CA, RESPONDER)
    for original, is_list in ((listed, True), (response, False)):
        for _ in range(400):
            data = bytearray(original)
            for _ in range(choice.randint(1, 4)):
                data[choice.randrange(len(data))] = choice.randrange(256)
            cut = bytes(data[: choice.randint(1, len(data))] if choice.random() < 0.3 else data)
            facts = _attached([cut], None) if is_list else _attached(None, [cut])
            truth = RevocationStatus.REVOKED if is_list else RevocationStatus.GOOD
            # Bytes outside the signed part may change without changing what is said.
            assert {a.status for a in facts.steps[0].revocation if not a.problem} <= {truth}


@pytest.mark.parametrize("data", [b"", b"\x30", b"\x30\x00", b"\x30\x80", b"-----BEGIN X509 CRL"])
def test_what_is_no_list_is_left_out(data: bytes) -> None:
    """Bytes that are no list and no response are passed over."""
    assert parse_crl(data, "") is None
    assert parse_ocsp(data, "") is None
    assert _attached([data], [data]).steps[0].revocation == ()
