"""Two incremental updates through pyHanko: the security store, then a document time-stamp."""

from __future__ import annotations

import io

from asn1crypto import crl, ocsp, tsp, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko.sign.validation.dss import DocumentSecurityStore

from sigcheck.errors import FetchError, PreserveError
from sigcheck.fetch import Fetcher
from sigcheck.preserve.preserve import StoreMaterial

CONTENT_TYPE = "application/timestamp-query"
_GRANTED = ("granted", "granted_with_mods")


class FetcherTimeStamper(TimeStamper):
    """Asks one authority. pyHanko makes the request and checks the imprint."""

    def __init__(self, url: str, fetch: Fetcher) -> None:
        """Ask `url` through `fetch`, which decides whether the address may be asked."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._url = url
        self._fetch = fetch

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Return the authority's answer; raises FetchError for a refusal and for noise."""
        answer = self._fetch.post(self._url, req.dump(), CONTENT_TYPE)
        try:
            response = tsp.TimeStampResp.load(answer)
            status = response["status"]["status"].native
            if status not in _GRANTED:
                raise FetchError(str(status), code="TSA-ANSWER")
            signed = response["time_stamp_token"]["content"]["encap_content_info"]["content"]
            nonce = signed.parsed["nonce"].native
        except (ValueError, KeyError, TypeError) as problem:
            raise FetchError(str(problem), code="TSA-ANSWER") from problem
        # pyHanko compares the nonce as well, and stumbles over its own complaint.
        if nonce != req["nonce"].native:
            raise FetchError("the token is over something else", code="TSA-ANSWER")
        return response


# --- Two incremental updates through pyHanko: the security store, then a document time-stamp

DIGEST = "sha256"
_ROOM = 16_384
"""Bytes kept for the token with its certificates; real ones stay below 8 KiB."""


def with_store(document: bytes, material: StoreMaterial) -> bytes:
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
