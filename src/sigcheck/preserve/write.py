"""Two incremental updates through pyHanko: the security store, then a document time-stamp."""

from __future__ import annotations

import io

from asn1crypto import crl, ocsp, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko.sign.validation.dss import DocumentSecurityStore

from sigcheck.errors import PreserveError
from sigcheck.preserve.material import Material

DIGEST = "sha256"
_ROOM = 16_384
"""Bytes kept for the token with its certificates; real ones stay below 8 KiB."""


def with_store(document: bytes, material: Material) -> bytes:
    """Return the document with a security store (ISO 32000-2, 12.8.4.3), merged with its own.

    NOTE: No VRI entries: EN 319 142-1, 5.4.2.3 does without them, and the material serves all
    signatures alike.
    """
    output = io.BytesIO(document)
    try:
        DocumentSecurityStore.add_dss(
            output,
            None,
            certs=[x509.Certificate.load(der) for der in material.certificates],
            crls=[crl.CertificateList.load(der) for der in material.crls],
            ocsps=[ocsp.OCSPResponse.load(der) for der in material.ocsps],
            strict=False,
        )
    except (PdfError, ValueError) as problem:
        raise PreserveError(str(problem), code="PRESERVE-WRITE") from problem
    return output.getvalue()


def with_timestamp(document: bytes, stamper: TimeStamper, field: str) -> bytes:
    """Return the document with an invisible document time-stamp over all of it (12.8.5)."""
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(document), strict=False)
        output = PdfTimeStamper(stamper, field_name=field).timestamp_pdf(
            writer, DIGEST, bytes_reserved=2 * _ROOM
        )
    except (PdfError, SigningError, TimestampRequestError, ValueError) as problem:
        raise PreserveError(str(problem), code="PRESERVE-WRITE") from problem
    return bytes(output.getbuffer())
