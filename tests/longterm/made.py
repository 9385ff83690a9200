"""PAdES documents made by pyHanko, level by level, under the test PKI of the fixtures."""

from __future__ import annotations

import io
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from unittest import mock

from asn1crypto import crl as asn1_crl
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from pyhanko.keys import load_private_key_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import pdf_signer
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
PKI = FIXTURES / "pki"
LETTER = FIXTURES / "vectors" / "file" / "no-signature" / "document.pdf"
WHEN = datetime(2024, 10, 8, 2, 15, tzinfo=UTC)


def signed(level: str) -> bytes:
    """Return the letter signed at B-B, B-T, B-LT or B-LTA; "none" leaves the CAdES part out."""
    writer = IncrementalPdfFileWriter(io.BytesIO(LETTER.read_bytes()))
    kept, pades = level in {"B-LT", "B-LTA"}, level != "none"
    metadata = PdfSignatureMetadata(
        field_name="Signature1",
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES if pades else SigSeedSubFilter.ADOBE_PKCS7_DETACHED,
        embed_validation_info=kept,
        use_pades_lta=level == "B-LTA",
        validation_context=_context() if kept else None,
    )
    stamper = DummyTimeStamper(_certificate("tsa/g2-tsa"), _key("g2-tsa"), _store(), fixed_dt=WHEN)
    signer = signers.SimpleSigner(
        signing_cert=_certificate("leaves/official"),
        signing_key=_key("leaf-spare"),
        cert_registry=_store(),
    )
    stamping = stamper if level != "B-B" else None
    # /M comes from the machine's clock; a signature of after the check would be left open.
    with mock.patch.object(pdf_signer, "datetime", _Stopped):
        out = signers.sign_pdf(writer, metadata, signer, timestamper=stamping)
    return bytes(out.getvalue())


class _Stopped(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return WHEN.astimezone(tz)


def _store() -> SimpleCertificateStore:
    found = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    for name in ("intermediates/g2-sub", "roots/g2-root", "tsa/g2-tsa"):
        found.register(_certificate(name))
    return found


def _context() -> ValidationContext:
    lists = [(PKI / "crl" / f"{name}-2022.crl").read_bytes() for name in ("g2-sub", "g2-root")]
    return ValidationContext(
        trust_roots=[_certificate("roots/g2-root")],
        other_certs=[_certificate("intermediates/g2-sub"), _certificate("tsa/g2-tsa")],
        crls=[asn1_crl.CertificateList.load(data) for data in lists],
        moment=WHEN,
        revocation_mode="hard-fail",
    )


def _certificate(name: str) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load((PKI / f"{name}.der").read_bytes())


def _key(name: str) -> asn1_keys.PrivateKeyInfo:
    data = (PKI / "keys" / f"TEST-ONLY-{name}.key.pem").read_bytes()
    return load_private_key_from_pemder_data(data[data.index(b"-----BEGIN") :], None)
