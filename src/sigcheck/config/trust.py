"""The trust store: which keys may end a path, and the material a path may be made of."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from sigcheck.config.materials import FoundMaterial, MaterialKind, looks_self_signed, search
from sigcheck.config.pins import Pin, Role, own_pins
from sigcheck.config.store import UserStore, store_folder
from sigcheck.errors import TrustError
from sigcheck.model.evidence import Anchor, Purpose, Tier
from sigcheck.model.report import TrustSummary

_CAUTIOUS = (Tier.TEST, Tier.PUBLIC, Tier.GOVERNMENT)
"""Where two lists of the user's disagree about a tier, the earlier one here holds."""


class Material(NamedTuple):
    """One CRL or OCSP response, DER, and the name of the file it came from."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Anchors by fingerprint, certificates and revocation lists at hand. Immutable and picklable.

    Rule 4: an anchor is a SHA-256 somebody pinned; the certificate itself may lie in the store or
    arrive inside a time-stamp token.
    """

    anchors: Mapping[str, Anchor] = field(default_factory=dict)
    """SHA-256 to anchor; holds every pinned anchor, whether or not its certificate is at hand."""
    certificates: Mapping[str, bytes] = field(default_factory=dict)
    """SHA-256 to DER of every certificate at hand, anchors included."""
    pins: tuple[Pin, ...] = ()
    """Our own list and those of the `--trust` folders, missing certificates included."""
    crls: tuple[Material, ...] = ()
    ocsps: tuple[Material, ...] = ()
    digest: str = ""
    """SHA-256 over everything that can change a verdict but cached lists: each answer of those is
    named by its own SHA-256 in the evidence."""
    cache: str = ""
    """Folder of cached lists and responses, looked into for the issuers of a path; empty: none."""
    damaged: tuple[str, ...] = ()
    """Broken files that were passed over, with what is wrong: anchor lists of folders, whose files
    are no anchors then, and entries of the cache."""

    def __post_init__(self) -> None:
        """Freeze the mappings and compute the digest."""
        object.__setattr__(self, "anchors", MappingProxyType(dict(self.anchors)))
        object.__setattr__(self, "certificates", MappingProxyType(dict(self.certificates)))
        object.__setattr__(self, "digest", self.digest or self._computed_digest())

    def __reduce__(self) -> tuple[object, ...]:
        """Travel to a worker process: mapping proxies don't pickle."""
        plain = (dict(self.anchors), dict(self.certificates))
        return TrustStore, (
            *plain,
            self.pins,
            self.crls,
            self.ocsps,
            self.digest,
            self.cache,
            self.damaged,
        )

    @classmethod
    def load(
        cls,
        paths: Iterable[str | os.PathLike[str]] = (),
        crls: Iterable[str | os.PathLike[str]] = (),
        store: UserStore | None = None,
    ) -> TrustStore:
        """Read the paths of `--trust` and `--crl` and the user's store; our own pins always hold.

        Raises:
            TrustError: with the name of the file that could not be used.
            TypeError: for a single path, or a store that is none.
        """
        for one in (paths, crls):
            if isinstance(one, str | bytes | os.PathLike):
                raise TypeError(f"a list of paths, not one path: [{one!r}]")
        if store is not None and not isinstance(store, UserStore):
            raise TypeError(f"store: a UserStore, not {type(store).__name__}")
        damaged: list[TrustError] = []
        trusted = [search(path, damaged) for path in paths]
        trusted += [(store.found(damaged), [*store.pins()])] if store else []
        found = [item for items, _ in trusted for item in items]
        foreign = [pin for _, lists in trusted for pin in lists]
        lists = [item for path in crls for item in search(path)[0]]
        own = own_pins()
        return cls(
            anchors=_anchors(found, own, foreign),
            certificates=_certificates(found),
            pins=tuple(dict.fromkeys((*own, *foreign))),
            crls=_materials(MaterialKind.CRL, (*found, *lists)),
            ocsps=_materials(MaterialKind.OCSP, (*found, *lists)),
            cache=os.fspath(store.cache) if store else "",
            damaged=tuple(problem.detail for problem in damaged),
        )

    @classmethod
    def default(cls) -> TrustStore:
        """Read the store that the command line uses: `SIGCHECK_HOME`, else the platform's own.

        Raises:
            TrustError: if a file of it cannot be used.
        """
        return cls.load(store=UserStore(store_folder(os.environ)))

    @property
    def intermediates(self) -> Mapping[str, bytes]:
        """Return SHA-256 to DER of the certificates at hand that are no anchors."""
        return {k: v for k, v in self.certificates.items() if k not in self.anchors}

    def summary(self) -> TrustSummary:
        """Return what the report says about the trust it rests on."""
        production = (a.sha256 for a in self.anchors.values() if a.tier is not Tier.TEST)
        return TrustSummary(
            digest=self.digest,
            anchors=len(self.anchors),
            at_hand=sum(sha256 in self.certificates for sha256 in production),
        )

    def _computed_digest(self) -> str:
        lines = [
            f"anchor {a.sha256} {a.tier} {','.join(sorted(a.purposes))}"
            for a in self.anchors.values()
        ]
        # A pinned intermediate counts whatever its issuer's algorithm, and a missing one is named.
        lines += [f"pin {pin.role} {pin.sha256 or pin.ski} {pin.url}" for pin in self.pins]
        lines += [f"certificate {sha256}" for sha256 in self.certificates]
        lines += [f"crl {hashlib.sha256(crl.data).hexdigest()}" for crl in self.crls]
        lines += [f"ocsp {hashlib.sha256(ocsp.data).hexdigest()}" for ocsp in self.ocsps]
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _certificates(found: Iterable[FoundMaterial]) -> dict[str, bytes]:
    data = (f.item.data for f in found if f.item.kind is MaterialKind.CERTIFICATE)
    return {hashlib.sha256(der).hexdigest(): der for der in data}


def _materials(kind: MaterialKind, found: Iterable[FoundMaterial]) -> tuple[Material, ...]:
    """Return the distinct lists or responses in the order they were met."""
    distinct = {f.item.data: f.file for f in found if f.item.kind is kind}
    return tuple(Material(os.path.basename(file), data) for data, file in distinct.items())


def _anchors(
    found: Iterable[FoundMaterial], own: Iterable[Pin], foreign: Iterable[Pin]
) -> dict[str, Anchor]:
    """Decide what is an anchor: our pins first, then the user's lists, then self-signed files."""
    anchors = {pin.sha256: pin.anchor() for pin in own if pin.role is Role.ANCHOR}
    settled = {pin.sha256 for pin in own}
    listed: dict[str, Anchor] = {}
    for pin in foreign:
        if pin.role is Role.ANCHOR and pin.sha256 not in settled:
            listed[pin.sha256] = _cautious(pin.anchor(), listed.get(pin.sha256))
    settled |= {pin.sha256 for pin in foreign}
    for entry in found:
        if entry.pins is None and entry.item.kind is MaterialKind.CERTIFICATE:
            sha256 = hashlib.sha256(entry.item.data).hexdigest()
            if sha256 not in settled and looks_self_signed(entry.item.data):
                listed[sha256] = Anchor(
                    sha256, "", Tier.PUBLIC, tuple(Purpose), entry.file, self_made=True
                )
    return anchors | listed


def _cautious(new: Anchor, known: Anchor | None) -> Anchor:
    if known is None or _CAUTIOUS.index(new.tier) < _CAUTIOUS.index(known.tier):
        return new
    return known
