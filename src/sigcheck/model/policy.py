"""Policies, tool profiles and limits: which answers decide, which are notes (data, not code)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from msgspec import Struct, field

from sigcheck.model.evidence import Permission, Tier
from sigcheck.model.finding import Block, Level

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
    max_chain: int = 10
    """Certificates in one path, anchor included. A longer path is not found."""
    max_certificates: int = 500
    """Certificates that one signature carries; breach: LIMIT-CERTIFICATES. Of those in a security
    store, what lies beyond is not used."""
    max_change_items: int = 20_000
    """Changes that all updates together made, those beyond the first thousand undefined ones of a
    revision counted as one. Breach: LIMIT-CHANGES."""
    max_seconds: float = 20.0
    """Wall time per file. Breach: LIMIT-TIME."""
    max_compare_seconds: float = 60.0
    """Wall time for comparing its pages, beyond that. Breach: the pages left are not compared."""
    max_network_seconds: float = 60.0
    """Wall time for asking the network about it, where that is allowed. Breach: what is missing
    stays missing."""
    max_memory: int = 2_048 * MIB
    """Address space a worker process of `batch` or `service` may use for one file."""

    def of(self, code: str) -> int | float | None:
        """Return the limit that an error code says was reached, None for any other code."""
        name = _REACHED.get(code)
        found: int | float | None = getattr(self, name) if name else None
        return found


_REACHED = {
    "LIMIT-FILE-SIZE": "max_file_size",
    "LIMIT-OBJECTS": "max_objects",
    "LIMIT-REVISIONS": "max_revisions",
    "LIMIT-SIGNATURES": "max_signatures",
    "LIMIT-NESTING": "max_nesting",
    "LIMIT-CMS-SIZE": "max_contents",
    "LIMIT-CERTIFICATES": "max_certificates",
    "LIMIT-CHANGES": "max_change_items",
    "LIMIT-STREAM-SIZE": "max_stream_expansion",
    "LIMIT-EXPANSION": "max_total_expansion",
    "LIMIT-TIME": "max_seconds",
    "LIMIT-MEMORY": "max_memory",
}
"""The limits on whole documents, by the code of their breach."""


# --- A policy and the tool profiles: which answers decide, which are notes

Levels = Mapping[Permission, Level]
"""A level per permission column of the table of changes."""


class AlgorithmRule(Struct, frozen=True):
    """Until when an algorithm or key size is accepted, and by which article."""

    name: str
    """sha1, rsa, ec, dsa, rsa-pkcs1v15 …"""
    min_bits: int = 0
    until: date | None = None
    """Last day of acceptance; None while it is accepted without end."""
    advice: bool = False
    """Breaking the rule is a note only."""
    article: str = ""
    mark: str = ""
    """C, S, I or U of `vietnam.md`: how sure the article is."""
    tolerated: tuple[Tier, ...] = ()
    """Tiers of signers for whom a digest still counts after `until`, with a warning, where a
    time-stamp with an accepted imprint proves the time."""


class AmbiguityRule(Struct, frozen=True):
    """A row of `data/ambiguity.toml`: what one kind of ambiguity is worth, and why."""

    kind: str
    """What it is a fault of, such as `number` or `table`: sentences name the kind."""
    level: Level
    """FAIL, INDETERMINATE or NOTE."""
    reason: str


class ToolProfile(Struct, frozen=True):
    """A file of `data/tools`: how a signing tool is known, and which checks its habits soften."""

    id: str
    match: Mapping[str, str]
    """Evidence marks, such as producer prefix, that recognise the tool."""
    softens: Mapping[str, Level]
    """Opted-in checks alone; empty for a tool whose habits need none."""
    reason: str
    """Why something is softened; empty where nothing is."""
    until: date | None = None
    writes: str = ""
    """What the tool writes into a signature, in Vietnamese."""
    seen: str = ""
    """Where and since when it was met."""
    mark: str = ""
    """C, S, I or U of `vietnam.md`: how sure that is."""


class Policy(Struct, frozen=True):
    """How findings are weighed. A code the policy does not name fails."""

    id: str
    version: str
    title: Mapping[str, str] = field(default_factory=dict)
    required: frozenset[Block] = frozenset()
    """Every block here needs a passed finding before a signature may pass."""
    levels: Mapping[str, Level | Levels] = field(default_factory=dict)
    algorithms: tuple[AlgorithmRule, ...] = ()
    profiles: tuple[ToolProfile, ...] = ()
    timestamp_required: frozenset[Block] = frozenset()
    """As `required`, for a time-stamp token."""
    numbers: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Named thresholds, such as `clock-spread-note-seconds`."""
    compare_pages: bool = False
    """Whether pages must have been compared with how they were signed, asked for or not."""
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """What signing tools write: `reason-endings`, `trial-marks`, `vendor-contacts`."""
    ambiguities: Mapping[str, AmbiguityRule] = field(default_factory=lambda: MappingProxyType({}))
    """By code; one without a row fails."""

    def level(self, code: str, permission: Permission = Permission.APPROVAL) -> Level:
        """Return the level of a code under a permission; FAIL for a code not named."""
        found = self.levels.get(code, Level.FAIL)
        if isinstance(found, Level):
            return found
        return found.get(permission, Level.FAIL)
