"""The document security store: certificates, CRLs and OCSP responses (ISO 32000-2, 12.8.4.3)."""

from __future__ import annotations

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.pdf import FilterError, Obj, PdfDocument, Stream, View
from sigcheck.model.limits import Limits
from sigcheck.model.record import record


@record
class ValidationData:
    """Raw DER material as the DSS holds it; untrusted until something verifies with it."""

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    present: bool = False


def validation_data(document: PdfDocument, limits: Limits) -> ValidationData:
    """Return the material of the last revision's DSS; a stream that cannot be read is left out."""
    view = document.view()
    store = view.dict(view.catalog.get("DSS"))
    if not store:
        return ValidationData()
    return ValidationData(
        certificates=_streams(view, store.get("Certs"), limits),
        crls=_streams(view, store.get("CRLs"), limits),
        ocsps=_streams(view, store.get("OCSPs"), limits),
        present=True,
    )


def _streams(view: View, value: Obj, limits: Limits) -> tuple[bytes, ...]:
    items = view.list(value)[: limits.max_certificates]
    found = (_decoded(view.get(item), limits) for item in items)
    return tuple(dict.fromkeys(data for data in found if data))


def _decoded(value: Obj, limits: Limits) -> bytes:
    if not isinstance(value, Stream):
        return b""
    try:
        return value.decode(limits.max_stream_expansion)
    except (FilterError, LimitExceededError):
        return b""
