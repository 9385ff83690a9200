"""Bounds on what a hostile file may cost; each breach has a code of its own."""

from __future__ import annotations

from msgspec import Struct

MIB = 1024 * 1024


class Limits(Struct, frozen=True):
    """Limits per file. The defaults admit every honest document met so far, with a wide margin."""

    max_file_size: int = 512 * MIB
    """Bytes of the file. Breach: LIMIT-FILE-SIZE."""
    max_objects: int = 2_000_000
    """Cross-reference entries over all revisions. Breach: LIMIT-OBJECTS."""
    max_revisions: int = 1_000
    """Cross-reference sections. Breach: LIMIT-REVISIONS."""
    max_signatures: int = 1_000
    """Signature dictionaries, orphans included. Breach: LIMIT-SIGNATURES."""
    max_nesting: int = 128
    """Depth of arrays and dictionaries; real files stay below 30. Breach: LIMIT-NESTING."""
    max_stream_expansion: int = 64 * MIB
    """Decoded bytes of a single stream. Breach: LIMIT-STREAM-SIZE."""
    max_total_expansion: int = 256 * MIB
    """Decoded bytes of all streams together. Breach: LIMIT-EXPANSION."""
    max_contents: int = 4 * MIB
    """Bytes of one decoded /Contents value (CMS). Breach: LIMIT-CMS-SIZE."""
    max_asn1_nesting: int = 64
    """Depth of ASN.1 values. Breach: LIMIT-ASN1-NESTING."""
    max_chain: int = 10
    """Certificates in one path, anchor included. Breach: LIMIT-CHAIN."""
    max_certificates: int = 500
    """Certificates carried by one document. Breach: LIMIT-CERTIFICATES."""
    max_change_items: int = 2_000
    """Changes named one by one in a report; the rest is counted."""
    max_seconds: float = 20.0
    """Wall time per file. Breach: LIMIT-TIME."""
    max_memory: int = 2_048 * MIB
    """Address space a worker process of `batch` or `service` may use for one file."""
